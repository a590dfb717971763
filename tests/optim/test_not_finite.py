"""Updates that are not finite: they never reach the image, and are made up for in float32."""

from functools import cache

import pytest
import torch

from wasserstyle.optim import Judge, Objective, Problem, Stage, descend, late
from wasserstyle.optim.descent import WATCH
from wasserstyle.optim.solvers import PYRAMID, SOLVERS
from wasserstyle.windows import two_grids

SIZE = (14, 11)
STAGE = Stage(14, 30, 0.1, late)
SHORT = Stage(14, WATCH + 5, 0.05, late)
GOAL = torch.rand(1, 3, *SIZE, generator=torch.Generator().manual_seed(3))
START = (GOAL - 0.5).abs().mean()
"""How far from the goal a run begins."""
NAN, INF = float("nan"), float("inf")
all_optimisers = pytest.mark.parametrize("optimiser", PYRAMID)


# ------------------------------------------------------------------ what can go wrong
def value_is(bad):
    """The gradient stays as it was."""
    return lambda image, total: total + bad


def gradient_is(*bad):
    """Of the first few pixels only; the value stays as it was."""

    def spoil(image, total):
        def hook(gradient):
            gradient = gradient.clone()
            gradient.view(-1)[: len(bad)] = torch.tensor(bad)
            return gradient

        image.register_hook(hook)
        return total

    return spoil


def both_are(bad):
    return lambda image, total: total * bad


FAILURES = {
    "value nan": value_is(NAN),
    "value inf": value_is(-INF),
    "gradient nan": gradient_is(NAN),
    "gradient inf": gradient_is(INF),
    "gradient inf and -inf": gradient_is(INF, -INF),
    "both": both_are(NAN),
}
all_failures = pytest.mark.parametrize("failure", FAILURES)


class Faulty:
    """Squared distance to a goal; some of its values are spoilt, chosen by number of the call."""

    def __init__(self, failure, fails, goal=GOAL):
        self.spoil, self.fails, self.goal = FAILURES[failure], fails, goal
        self.calls = self.failed = 0

    def __call__(self, image, generator):
        self.calls += 1
        assert image.isfinite().all()
        total = (image - self.goal).square().sum()
        if self.fails(self.calls - 1):
            self.failed += 1
            total = self.spoil(image, total)
        return Objective(total, {})


def never(_):
    return False


def always(_):
    return True


def some(call):
    """One, some in a row, the first of all and the last of all."""
    return call in {0, 7, 12, 20, 21, 22, 29}


def stream(index):
    return torch.Generator().manual_seed(index + 7)


def solve(usual, careful, optimiser="adam", stage=STAGE, **options):
    def prepare(index, previous):
        return Problem(torch.full_like(GOAL, 0.5), Judge(usual, careful))

    return descend([stage], prepare, solver=SOLVERS[optimiser], stream=stream, **options)


def look(step):
    """Nothing of a run is ever not finite, whatever its objective; what is stays so."""
    if step.iteration % 5:
        return
    tensors = step.snapshot().tensors
    assert step.image().isfinite().all()
    assert all(t.isfinite().all() for t in tensors.values())
    assert any(k.startswith("optimiser") for k in tensors)


# ------------------------------------------------------------------ a few of them
@cache
def undisturbed(optimiser):
    """How near to the goal a run comes in which nothing fails."""
    good = Faulty("both", never)
    error = (solve(good, good, optimiser) - GOAL).abs().mean()
    assert error < START / 50
    return error


@pytest.mark.parametrize(
    ("failure", "optimiser"),
    [*((failure, "adam") for failure in FAILURES), ("both", "rmsprop")],
)
def test_missed_updates_are_made_up_for(failure, optimiser):
    usual, careful = Faulty(failure, some), Faulty(failure, never)
    image = solve(usual, careful, optimiser, observe=look)
    assert usual.calls == STAGE.iterations
    assert careful.calls == usual.failed == 7
    assert (image - GOAL).abs().mean() < 0.01 + undisturbed(optimiser)


@all_failures
def test_an_update_that_is_not_finite_moves_nothing_by_itself(failure):
    """At the first one no optimiser has any momentum yet."""
    seen = []
    spoilt = Faulty(failure, lambda call: call == 0)
    solve(spoilt, spoilt, observe=lambda step: seen.append(step.image()))
    torch.testing.assert_close(seen[0], torch.full_like(GOAL, 0.5), rtol=0, atol=1e-6)
    assert (seen[1] - seen[0]).abs().min() > 1e-3


def test_missed_updates_are_made_up_for_soon():
    usual, careful = Faulty("both", some), Faulty("both", never)
    made = []
    solve(usual, careful, observe=lambda step: made.append(careful.calls))
    for done, calls in enumerate(made, start=1):
        asked = done if done == STAGE.iterations else done // WATCH * WATCH
        assert calls == sum(map(some, range(asked)))


def test_careful_is_not_asked_where_all_is_well():
    def unused(image, generator):
        raise AssertionError

    assert (solve(Faulty("both", never), unused) - GOAL).abs().max() < 0.1


# ------------------------------------------------------------------ all of them
@all_optimisers
def test_careful_alone_reaches_the_goal(optimiser):
    usual, careful = Faulty("both", always), Faulty("both", never)
    image = solve(usual, careful, optimiser, observe=look)
    assert careful.calls == STAGE.iterations
    assert (image - GOAL).abs().mean() < 0.05 < START / 4


@all_failures
def test_where_careful_fails_too_the_run_ends_with_a_finite_image(failure):
    usual, careful = Faulty(failure, always), Faulty(failure, always)
    image = solve(usual, careful, stage=SHORT, observe=look)
    assert image.isfinite().all()
    assert (image - 0.5).abs().max() < 1e-5  # nothing was ever learned
    assert usual.calls == careful.calls == SHORT.iterations  # once each, not for ever


def test_where_careful_fails_half_the_time_the_rest_is_used():
    careful = Faulty("gradient nan", lambda call: call % 2 == 1)
    image = solve(Faulty("gradient nan", always), careful, observe=look)
    assert careful.calls == 2 * careful.failed == STAGE.iterations
    assert (image - GOAL).abs().mean() < 0.05 < START / 4


# ------------------------------------------------------------------ stopping in between
def by_chance(image, generator):
    """About one update in three fails, by the stream, so that a resumed run fails alike."""
    shaken = GOAL + 0.1 * torch.randn(GOAL.shape, generator=generator)
    total = (image - shaken).square().sum()
    spoilt = torch.rand((), generator=generator) < 1 / 3
    return Objective(total * NAN if spoilt else total, {})


def reliable(image, generator):
    shaken = GOAL + 0.1 * torch.randn(GOAL.shape, generator=generator)
    return Objective((image - shaken).square().sum(), {})


@pytest.fixture(scope="module")
def whole_run():
    snapshots = []
    image = solve(
        by_chance,
        reliable,
        stage=SHORT,
        observe=lambda step: snapshots.append(step.snapshot()),
    )
    return image, snapshots


@pytest.mark.parametrize("at", range(0, SHORT.iterations, 2))
def test_a_resumed_run_makes_up_for_what_was_missed_before(whole_run, at):
    image, snapshots = whole_run
    resumed = solve(by_chance, reliable, stage=SHORT, resume=snapshots[at])
    assert torch.equal(resumed, image)


def test_some_were_missed_and_not_yet_made_up_for(whole_run):
    """Or resumption would not test it."""
    missed = [int(s.tensors["missed"]) for s in whole_run[1]]
    assert max(missed) >= 2
    assert sum(m > 0 for m in missed[::2]) >= 4
    assert missed[WATCH - 1] == missed[-1] == 0
    assert missed[WATCH - 2] > 0
    assert missed[-2] > 0


# ------------------------------------------------------------------ in windows
class Spoilt:
    """Pieces of a mosaic whose objectives fail."""

    def __init__(self, goal, careful_fails):
        self.goal, self.careful_fails = goal, careful_fails
        self.memory = torch.zeros(1)
        self.judges = []

    def survey(self, image):
        """Nothing to remember."""

    def visit(self, window):
        goal = window.cut(self.goal)
        self.judges.append(
            Judge(
                Faulty("both", lambda call: call % 3 == 1, goal),
                Faulty("both", self.careful_fails, goal),
            )
        )
        return self.judges[-1]


@pytest.mark.parametrize("careful_fails", [never, always])
def test_every_window_makes_up_for_its_own(careful_fails):
    goal = torch.rand(1, 3, 200, 110, generator=torch.Generator().manual_seed(0))
    pieces, shown = Spoilt(goal, careful_fails), []
    start = torch.full_like(goal, 0.5)
    image = descend(
        [Stage(200, 17, 0.05, window=144)],  # ten updates in two sweeps: windows overlap
        lambda *_: Problem(start, pieces),
        solver=SOLVERS["adam"],
        stream=stream,
        observe=lambda step: shown.append(step.image()),
    )
    assert all(between.isfinite().all() for between in shown)
    assert len(pieces.judges) == sum(map(len, two_grids(200, 110, 144)))
    assert all(j.careful.calls == j.usual.failed == 2 for j in pieces.judges)
    assert image.isfinite().all()
    assert (image - goal).abs().mean() < 0.8 * (start - goal).abs().mean()
