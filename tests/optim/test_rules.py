"""Update rules: torch's own optimisers are the oracle."""

import subprocess
import sys

import pytest
import torch

from wasserstyle.optim.rules import (
    ALPHA,
    EPSILON,
    GREY,
    RULES,
    Optimiser,
    from_opponents,
    to_opponents,
)

THEIRS = {
    "adam": lambda v, rate: torch.optim.Adam(v, lr=rate, betas=(0.5, 0.99)),
    "rmsprop": lambda v, rate: torch.optim.RMSprop(v, lr=rate),
}
all_rules = pytest.mark.parametrize("rule", RULES)


def variables():
    g = torch.Generator().manual_seed(3)
    return [
        torch.randn(size, generator=g, requires_grad=True)
        for size in ((1, 3, 4, 5), (1, 3, 1, 2))
    ]


def set_gradients(variables, step):
    """Large, small, and zero; of another size each time."""
    g = torch.Generator().manual_seed(step)
    for variable in variables:
        gradient = torch.randn(variable.shape, generator=g) * 10.0 ** (3 - step)
        gradient.flatten()[0] = 0
        variable.grad = gradient


@pytest.mark.parametrize("rule", THEIRS)
def test_a_rule_moves_as_torchs_does(rule):
    ours, theirs = variables(), variables()
    optimiser, oracle = Optimiser(RULES[rule], ours), THEIRS[rule](theirs, 1.0)
    for step in range(7):
        rate = 0.3 / (step + 1)
        oracle.param_groups[0]["lr"] = rate
        set_gradients(ours, step)
        set_gradients(theirs, step)
        optimiser.step(rate)
        oracle.step()
        for a, b in zip(ours, theirs, strict=True):
            torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-7)


def turned(x, axes):
    return torch.einsum("ij,bjhw->bihw", axes, x)


AXES = torch.tensor([[1.0, 1, 1], [1, -1, 0], [1, 1, -2]])
AXES /= AXES.norm(dim=1, keepdim=True)


def test_adam_in_opponent_colours_is_torchs_on_turned_variables_with_a_faster_grey():
    (ours, *_), rate = variables(), 0.1
    grey, others = (
        p.clone().requires_grad_() for p in turned(ours.detach(), AXES).split([1, 2], 1)
    )
    optimiser = Optimiser(RULES["opponent adam"], [ours])
    groups = [{"params": [grey], "lr": GREY * rate}, {"params": [others], "lr": rate}]
    oracle = torch.optim.Adam(groups, betas=(0.5, 0.99))
    for step in range(7):
        set_gradients([ours], step)
        grey.grad, others.grad = turned(ours.grad, AXES).split([1, 2], 1)
        optimiser.step(rate)
        oracle.step()
        expected = turned(torch.cat([grey, others], 1), AXES.T)
        torch.testing.assert_close(ours, expected, rtol=1e-5, atol=1e-5)


def test_opponent_colours_keep_lengths_and_come_back():
    x = torch.rand(1, 3, 5, 4, generator=torch.Generator().manual_seed(1))
    opponents = to_opponents(x)
    torch.testing.assert_close(opponents, turned(x, AXES))
    torch.testing.assert_close(from_opponents(opponents), x)


def test_rmsprop_has_the_authors_constants():
    """First step: v = 0.01 g^2, so ten times the rate, in the direction of the sign."""
    band = torch.zeros(3, requires_grad=True)
    optimiser = Optimiser(RULES["rmsprop"], [band])
    band.grad = torch.tensor([5.0, -0.1, 0.0])
    optimiser.step(2e-3)
    torch.testing.assert_close(band.detach(), torch.tensor([-0.02, 0.02, 0.0]))
    assert (ALPHA, EPSILON) == (0.99, 1e-8)
    assert tuple(optimiser.memory[0]) == ("square",)  # no momentum, not centred


@all_rules
def test_it_goes_on_from_a_state_to_the_same_bits(rule):
    whole, parts = variables(), variables()
    first = Optimiser(RULES[rule], parts)
    straight = Optimiser(RULES[rule], whole)
    for step in range(3):
        for optimiser in (first, straight):
            set_gradients(optimiser.variables, step)
            optimiser.step(0.1)
    state = first.state()
    set_gradients(parts, 9)
    kept = [p.detach().clone() for p in parts]
    first.step(5.0)  # the state is a copy: this leaves it as it is
    with torch.no_grad():
        for variable, value in zip(parts, kept, strict=True):
            variable.copy_(value)
    second = Optimiser(RULES[rule], parts)
    second.restore(state)
    for optimiser in (second, straight):
        set_gradients(optimiser.variables, 4)
        optimiser.step(0.1)
    assert all(map(torch.equal, whole, parts))


def test_a_variable_without_a_gradient_is_an_error():
    with pytest.raises(ValueError, match="without a gradient"):
        Optimiser(RULES["adam"], variables()).step(0.1)


def test_a_picture_is_made_without_torchs_compiler():
    """It takes as long to import as a small picture takes to paint."""
    program = (
        "import sys, wasserstyle as w;"
        "w.stylize('examples/content/cat.jpg', 'examples/style/swirls.jpg', size=64,"
        " preset='fast', iterations=1);"
        "from wasserstyle.web.worker import _warm_up; _warm_up();"
        "print('torch._dynamo' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert done.stdout == "False\n"
