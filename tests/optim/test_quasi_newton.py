"""L-BFGS in a box: against scipy's, and by what it promises of every single update."""

import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from wasserstyle.optim import Judge, Objective
from wasserstyle.optim.problem import Course
from wasserstyle.optim.quasi_newton import MEMORY, SHORTENINGS, QuasiNewton

SHAPE = (1, 3, 6, 5)
CLOSE = 1e-4
"""To the minimiser, every pixel."""
NAN = float("nan")


# ------------------------------------------------------------------ problems
def quadratic(seed, condition):
    """Convex, with a minimum that lies outside of the box for about every other pixel."""
    g = torch.Generator().manual_seed(seed)
    n = int(np.prod(SHAPE))
    turn = torch.linalg.qr(torch.randn(n, n, generator=g, dtype=torch.float64)).Q
    scales = torch.logspace(0, np.log10(condition), n, dtype=torch.float64)
    hessian = turn @ torch.diag(scales) @ turn.T
    goal = 0.5 + 0.6 * torch.randn(n, generator=g, dtype=torch.float64)

    def objective(image, _):
        away = image.flatten() - goal.to(image)
        total = away @ (hessian.to(image) @ away) / 2
        return Objective(total, {"half": total / 2})

    return objective


def chain(image, _):
    """Rosenbrock's valley through all pixels; its minimum, at 3/4, lies inside."""
    z = 2 * image.flatten() - 0.5
    return Objective((100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2).sum(), {})


def noisy(image, generator):
    """A quadratic whose goal is drawn anew for every function."""
    goal = 0.5 + 0.3 * torch.randn(image.shape, generator=generator)
    return Objective((image - goal).square().sum(), {})


class Counted:
    """An objective that counts its calls and can be spoilt, by number of the call."""

    def __init__(self, objective, fails=lambda _: False):
        self.objective, self.fails, self.calls = objective, fails, 0

    def __call__(self, image, generator):
        self.calls += 1
        value = self.objective(image, generator)
        if self.fails(self.calls - 1):
            return Objective(value.total * NAN, value.terms)
        return value


def flat(level, dtype=torch.float64, shape=SHAPE):
    return torch.full(shape, level, dtype=dtype)


def solver(objective, start, careful=None, steps=400, seed=3):
    judge = Judge(objective, careful or objective)
    generator = torch.Generator().manual_seed(seed)
    return QuasiNewton(start, judge, Course(steps, lambda _: 0.0), generator=generator)


def descend(objective, start, updates):
    """Images after every update, and the values before it."""
    solving = solver(objective, start)
    images, values = [], []
    for _ in range(updates):
        values.append(float(solving.update().total))
        images.append(solving.image().clone())
    return images, values


def by_scipy(objective, start):
    """The minimiser, and the points after every update on the way."""
    points = []

    def value(x):
        image = torch.tensor(x).view(start.shape).requires_grad_()
        total = objective(image, None).total
        total.backward()
        return total.item(), image.grad.flatten().numpy()

    found = minimize(
        value,
        start.flatten().numpy(),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, 1)] * start.numel(),
        callback=lambda x: points.append(x.copy()),
        options={"maxcor": MEMORY, "ftol": 1e-15, "gtol": 1e-9, "maxiter": 5000},
    )
    return found.x, points


def updates_until_close(points, minimiser):
    """None: never."""
    away = (np.abs(np.asarray(p).flatten() - minimiser).max() for p in points)
    return next((k for k, far in enumerate(away, start=1) if far < CLOSE), None)


PROBLEMS = {
    "easy": (quadratic(0, 10), flat(0.5), (34, 60)),
    "another": (quadratic(1, 10), flat(0.1), (30, 60)),
    "hard": (quadratic(0, 1000), flat(0.5), (30, 60)),
    "valley": (chain, flat(0.2, shape=(1, 3, 4, 3)), (0, 0)),
}
all_problems = pytest.mark.parametrize("problem", PROBLEMS)


# ------------------------------------------------------------------ where it ends
@all_problems
def test_finds_what_scipy_finds_in_about_as_many_updates(problem):
    objective, start, (fewest, most) = PROBLEMS[problem]
    minimiser, points = by_scipy(objective, start)
    active = int(((minimiser <= 0) | (minimiser >= 1)).sum())
    assert fewest <= active <= most
    theirs = updates_until_close(points, minimiser)
    images, _ = descend(objective, start, 2 * theirs + 10)
    ours = updates_until_close(images, minimiser)
    assert ours is not None
    assert ours <= 1.6 * theirs + 5
    assert np.abs(images[-1].flatten().numpy() - minimiser).max() < CLOSE  # it stays there


def test_without_its_memory_it_takes_many_times_as_long():
    """Or the count of updates would not test it."""
    objective, start, _ = PROBLEMS["hard"]
    minimiser, points = by_scipy(objective, start)
    solving = solver(objective, start)
    forgetful = []
    for _ in range(4 * len(points)):
        solving.update()
        solving.pairs.clear()
        forgetful.append(solving.image().clone())
    assert updates_until_close(forgetful, minimiser) is None


@all_problems
def test_stays_in_the_box_and_never_goes_up(problem):
    objective, start, _ = PROBLEMS[problem]
    images, values = descend(objective, start, 60)
    assert all(image.min() >= 0 and image.max() <= 1 for image in images)
    assert all(b <= a for a, b in itertools.pairwise(values))
    assert values[-1] < 0.5 * values[0]


def test_the_value_told_is_the_one_before_the_update():
    objective, start, _ = PROBLEMS["easy"]
    solving = solver(objective, start)
    for _ in range(5):
        before = objective(solving.image(), None)
        told = solving.update()
        assert told.total == before.total
        assert told.terms["half"] == before.terms["half"]
        assert not told.total.requires_grad


def test_begins_in_the_box():
    start = flat(0.5)
    start[..., 0], start[..., 1] = -3.0, 4.0
    solving = solver(quadratic(0, 10), start)
    assert torch.equal(solving.image(), start.clamp(0, 1))
    assert start.min() == -3  # not the caller's


# ------------------------------------------------------------------ what it costs
@all_problems
def test_an_update_costs_one_evaluation_but_for_a_few(problem):
    objective, start, _ = PROBLEMS[problem]
    minimiser, _ = by_scipy(objective, start)
    counted = Counted(objective)
    solving = solver(counted, start)
    costs = []
    while np.abs(solving.image().flatten().numpy() - minimiser).max() >= CLOSE:
        before = counted.calls
        solving.update()
        costs.append(counted.calls - before)
    assert costs[0] == 2  # where it begins, and where it goes
    assert sum(cost == 1 for cost in costs) >= 0.7 * len(costs)
    assert max(costs) <= SHORTENINGS


def test_a_function_that_changes_costs_one_evaluation_more():
    counted = Counted(noisy)
    solving = solver(counted, flat(0.5, torch.float32))
    costs = []
    for _ in range(20):
        before = counted.calls
        solving.update()
        costs.append(counted.calls - before)
    assert min(costs) == 2
    assert sum(cost == 2 for cost in costs) >= 15


# ------------------------------------------------------------------ a function that changes
def test_an_update_sees_one_function_and_the_next_another():
    drawn = []

    def objective(image, generator):
        drawn[-1].append(float(torch.rand((), generator=generator)))
        goal = 0.3 + 0.1 * drawn[-1][-1]
        return Objective(((image - goal).square() * (1 + image)).sum(), {})

    solving = solver(objective, flat(0.9, torch.float32))
    for _ in range(12):
        drawn.append([])
        solving.update()
    assert all(len(numbers) >= 2 for numbers in drawn)
    assert all(len(set(numbers)) == 1 for numbers in drawn)
    assert len({numbers[0] for numbers in drawn}) == len(drawn)


def test_numbers_do_not_depend_on_how_often_a_step_was_shortened():
    """The stream moves by one evaluation an update, whatever the search did."""
    generator = torch.Generator().manual_seed(3)
    expected = []
    for _ in range(6):
        expected.append(generator.get_state())
        torch.randn(SHAPE, generator=generator)
    solving = solver(noisy, flat(0.5, torch.float32))
    for state in expected:
        assert torch.equal(solving.generator.get_state(), state)
        solving.update()


# ------------------------------------------------------------------ what is not finite
def test_where_the_usual_fails_the_careful_decides():
    """The same images as if the careful one had been asked from the beginning."""
    objective, start = quadratic(0, 100), flat(0.5)
    usual, careful = Counted(objective, lambda call: call % 3 == 1), Counted(objective)
    mixed, alone = solver(usual, start, careful), solver(objective, start)
    for _ in range(20):
        assert mixed.update().total == alone.update().total
        assert torch.equal(mixed.image(), alone.image())
    assert careful.calls == sum(call % 3 == 1 for call in range(usual.calls)) > 3


def test_careful_is_not_asked_where_all_is_well():
    def unused(image, generator):
        raise AssertionError

    solving = solver(quadratic(0, 10), flat(0.5), careful=unused)
    for _ in range(10):
        solving.update()


def gradient_fails(image, _):
    """The value is finite, the gradient is not."""
    image.register_hook(lambda gradient: gradient * NAN)
    return Objective(image.square().sum(), {})


@pytest.mark.parametrize(
    ("objective", "fails"),
    [(quadratic(0, 10), lambda _: True), (gradient_fails, lambda _: False)],
    ids=["value", "gradient"],
)
def test_where_both_fail_the_image_stays(objective, fails):
    usual, careful = Counted(objective, fails), Counted(objective, fails)
    solving = solver(usual, flat(0.4), careful)
    for _ in range(4):
        solving.update()
    assert torch.equal(solving.image(), flat(0.4))
    assert solving.done == 4
    assert usual.calls == careful.calls == 1  # there is nowhere to look, and nothing new


@pytest.mark.parametrize("what", ["value", "gradient"])
def test_a_step_that_leads_to_nowhere_is_shortened(what):
    """Finite only near the start: the search must come back from where it is not."""
    start = flat(0.5)

    def objective(image, _):
        total = (image - 0.9).square().sum()
        spoilt = NAN if (image - start).abs().max() > 0.015 else 1.0
        if what == "gradient":
            image.register_hook(lambda gradient: gradient * spoilt)
            return Objective(total, {})
        return Objective(total * spoilt, {})

    solving = solver(objective, start)
    solving.update()
    assert 0 < (solving.image() - start).abs().max() <= 0.015


# ------------------------------------------------------------------ when nothing pays
def test_where_no_step_pays_the_image_stays_and_the_memory_goes():
    """The gradient lies from some update on: every step goes up."""
    lies = [False]

    def objective(image, _):
        total = (image - 0.3).square().sum() + (image - 0.4).pow(4).sum()
        return Objective(total - 2 * (total - total.detach()) if lies[0] else total, {})

    counted = Counted(objective)
    solving = solver(counted, flat(0.9))
    for _ in range(3):
        solving.update()
    assert solving.pairs
    lies[0] = True
    solving.known = None
    before, calls = solving.image().clone(), counted.calls
    solving.update()
    assert torch.equal(solving.image(), before)
    assert not solving.pairs
    assert counted.calls - calls == 1 + SHORTENINGS


def test_in_a_corner_nothing_is_searched():
    counted = Counted(lambda image, _: Objective(image.sum(), {}))
    solving = solver(counted, flat(0.0))
    for _ in range(3):
        solving.update()
    assert torch.equal(solving.image(), flat(0.0))
    assert counted.calls == 1


def test_a_constant_objective_leaves_the_image():
    solving = solver(lambda image, _: Objective((image * 0).sum(), {}), flat(0.5))
    solving.update()
    assert torch.equal(solving.image(), flat(0.5))


# ------------------------------------------------------------------ stopping and going on
RESUMED = {
    "the same function": (quadratic(2, 100), torch.float64),
    "another": (noisy, torch.float32),
}


@pytest.mark.parametrize("name", RESUMED)
def test_goes_on_as_if_it_had_not_stopped(name):
    objective, dtype = RESUMED[name]
    whole = solver(objective, flat(0.5, dtype))
    states, images, values = [whole.state()], [], []
    for _ in range(MEMORY + 6):  # until old pairs are forgotten
        values.append(whole.update().total)
        images.append(whole.image().clone())
        states.append(whole.state())
    assert len(whole.pairs) == MEMORY
    for at, (done, tensors) in enumerate(states[:-1]):
        again = solver(objective, flat(0.1, dtype), seed=99)
        again.restore(done, tensors)
        assert again.done == at
        for value, image in zip(values[at:], images[at:], strict=True):
            assert again.update().total == value
            assert torch.equal(again.image(), image)
        assert again.done == whole.done
        assert all(torch.equal(again.state()[1][k], v) for k, v in states[-1][1].items())


def test_a_state_is_a_copy():
    solving = solver(quadratic(0, 10), flat(0.5))
    for _ in range(4):
        solving.update()
    _, tensors = solving.state()
    before = {name: tensor.clone() for name, tensor in tensors.items()}
    again = solver(quadratic(0, 10), flat(0.5))
    again.restore(4, tensors)
    for _ in range(4):
        solving.update()
        again.update()
    assert all(torch.equal(tensors[name], tensor) for name, tensor in before.items())
