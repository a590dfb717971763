import math

import numpy as np
import pytest
import torch

import ot
from wasserstyle.ot import sliced
from wasserstyle.ot.sliced import Matching, random_directions, sliced_wasserstein2

SIZES = [(40, 40), (40, 17), (17, 40), (6, 1), (1, 6), (24, 12), (5, 60)]


def cloud(n, d, seed):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=g, dtype=torch.float64) ** 3 + seed


def lines(k, d):
    return random_directions(k, d, torch.Generator().manual_seed(5)).double()


# ------------------------------------------------------------------ value
@pytest.mark.parametrize(("n", "m"), SIZES)
@pytest.mark.parametrize("d", [1, 4])
def test_distance_is_that_of_pot_along_the_same_directions(n, m, d):
    x, y, along = cloud(n, d, 1), cloud(m, d, 2), lines(7, d)
    pot = ot.sliced_wasserstein_distance(x.numpy(), y.numpy(), projections=along.T.numpy(), p=2)
    assert sliced_wasserstein2(x, y, along).item() == pytest.approx(pot**2, rel=1e-10)


@pytest.mark.parametrize(("n", "m"), [(9, 9), (9, 4), (4, 9)])
def test_distance_along_one_direction_is_the_optimal_plan_of_a_linear_program(n, m):
    x, y, along = cloud(n, 3, 1), cloud(m, 3, 2), lines(1, 3)
    p, q = (x @ along.T).numpy(), (y @ along.T).numpy()
    uniform = np.full(n, 1 / n), np.full(m, 1 / m)
    expected = ot.emd2(*uniform, ot.dist(p, q, metric="sqeuclidean"))
    assert sliced_wasserstein2(x, y, along).item() == pytest.approx(expected, rel=1e-10)


def test_equal_counts_give_the_mean_square_of_sorted_projections():
    """The paper's definition, written out."""
    x, y, along = cloud(30, 5, 1), cloud(30, 5, 2), lines(6, 5)
    p, q = (np.sort((z @ along.T).numpy(), axis=0) for z in (x, y))
    expected = np.mean((p - q) ** 2)
    assert sliced_wasserstein2(x, y, along).item() == pytest.approx(expected, rel=1e-12)


def test_repeated_points_change_nothing():
    x, y, along = cloud(12, 3, 1), cloud(8, 3, 2), lines(9, 3)
    once = sliced_wasserstein2(x, y, along)
    torch.testing.assert_close(once, sliced_wasserstein2(x.repeat(5, 1), y, along))
    torch.testing.assert_close(once, sliced_wasserstein2(x, y.repeat(3, 1), along))


def test_zero_for_equal_sets_in_any_order_and_a_shift_counts_along_each_line():
    x, along = cloud(20, 3, 1), lines(8, 3)
    assert sliced_wasserstein2(x, x.flip(0), along) < 1e-25
    shift = torch.tensor([1.0, -2.0, 0.5]).double()
    expected = (along @ shift).square().mean()
    torch.testing.assert_close(sliced_wasserstein2(x, x + shift, along), expected)


def test_it_sees_what_moments_do_not():
    """Two points and three: equal means and variances, other distributions."""
    two = torch.tensor([[-1.0], [1.0]])
    three = torch.tensor([[-(1.5**0.5)], [0.0], [1.5**0.5]])
    assert two.var(correction=0) == pytest.approx(three.var(correction=0))
    assert sliced_wasserstein2(two, three, torch.ones(1, 1)) > 0.1


def test_over_many_directions_it_is_the_mean_over_the_sphere():
    """Of a shift: its squared length over the number of dimensions."""
    x, shift = cloud(10, 6, 1), torch.full((6,), 2.0).double()
    value = sliced_wasserstein2(x, x + shift, lines(20_000, 6))
    assert value.item() == pytest.approx(4.0, rel=0.03)


# ------------------------------------------------------------------ gradient
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_gradient_is_the_distances_own(n, m):
    x, y, along = cloud(n, 4, 1).requires_grad_(), cloud(m, 4, 2), lines(5, 4)
    assert torch.autograd.gradcheck(lambda x: sliced_wasserstein2(x, y, along), x)


def test_one_step_along_the_gradient_arrives_where_one_line_is_all():
    x, y = cloud(30, 1, 1).requires_grad_(), cloud(30, 1, 2)
    along = torch.ones(1, 1).double()
    (gradient,) = torch.autograd.grad(sliced_wasserstein2(x, y, along), x)
    landed = x.detach() - len(x) / 2 * gradient
    torch.testing.assert_close(landed.sort(0).values, y.sort(0).values)


@pytest.mark.parametrize("at_once", [1, 50, 1 << 20])
def test_directions_a_few_at_a_time_change_neither_value_nor_gradient(monkeypatch, at_once):
    x, y, along = cloud(20, 3, 1).requires_grad_(), cloud(33, 3, 2), lines(11, 3)
    whole = sliced_wasserstein2(x, y, along)
    (gradient,) = torch.autograd.grad(whole, x)
    monkeypatch.setattr(sliced, "AT_ONCE", at_once)
    parts = sliced_wasserstein2(x, y, along)
    torch.testing.assert_close(parts, whole)
    torch.testing.assert_close(torch.autograd.grad(parts, x)[0], gradient)


def test_memory_is_bounded_by_few_directions_at_a_time(monkeypatch):
    most = []
    on_lines = sliced._on_lines

    def watched(x, y, along, matching):
        most.append(len(along) * matching.partner.numel())
        return on_lines(x, y, along, matching)

    monkeypatch.setattr(sliced, "_on_lines", watched)
    monkeypatch.setattr(sliced, "AT_ONCE", 1000)
    sliced_wasserstein2(cloud(100, 3, 1), cloud(70, 3, 2), lines(40, 3))
    assert max(most) <= 1000
    assert len(most) > 5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equal_points_give_finite_values_and_gradients(dtype):
    x = torch.ones(9, 4, dtype=dtype, requires_grad=True)
    for y in (torch.ones(5, 4, dtype=dtype), cloud(9, 4, 3).to(dtype)):
        value = sliced_wasserstein2(x, y, lines(6, 4).to(dtype))
        (gradient,) = torch.autograd.grad(value, x)
        assert value.isfinite()
        assert gradient.isfinite().all()
        assert value.dtype == gradient.dtype == dtype


# ------------------------------------------------------------------ parts
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_the_matching_is_a_plan_between_both_marginals(n, m):
    matching = Matching.of(n, m, like=torch.zeros(()).double())
    plan = np.zeros((n, m))
    for i in range(n):
        np.add.at(plan[i], matching.partner[i].numpy(), matching.share[i].numpy() / n)
    np.testing.assert_allclose(plan.sum(1), 1 / n, rtol=1e-12)
    np.testing.assert_allclose(plan.sum(0), 1 / m, rtol=1e-12)
    assert matching.partner.numel() <= m + 2 * n
    assert (matching.share > 0).sum(1).max() == matching.share.shape[1]  # no column in vain


def test_directions_are_uniform_on_the_sphere_and_repeat_with_the_seed():
    along = random_directions(20_000, 3, torch.Generator().manual_seed(1))
    torch.testing.assert_close(along.norm(dim=1), torch.ones(20_000))
    assert along.mean(0).abs().max() < 0.02
    torch.testing.assert_close(along.T @ along / 20_000, torch.eye(3) / 3, rtol=0, atol=0.01)
    height = along[:, 0].sort().values  # Archimedes: uniform in [-1, 1]
    assert (height - torch.linspace(-1, 1, 20_000)).abs().max() < 0.03
    again = random_directions(20_000, 3, torch.Generator().manual_seed(1))
    assert torch.equal(along, again)
    assert math.isclose(
        float(random_directions(1, 1, torch.Generator()).abs()), 1, rel_tol=1e-6
    )
