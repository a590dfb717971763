"""The loop: it minimises, tells, stops, and goes on after a stop as if it had not stopped."""

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import interpolate

from wasserstyle.errors import Cancelled
from wasserstyle.optim import Judge, Objective, Problem, Stage, constant, descend, late, scales
from wasserstyle.optim.descent import BANDS, Descent
from wasserstyle.optim.loop import _Meter
from wasserstyle.optim.rules import Adam
from wasserstyle.optim.solvers import SOLVERS

FIXED = settings(derandomize=True, deadline=None)

ITERATIONS = 4
STAGES = [Stage(6, ITERATIONS, 0.05, late), Stage(12, ITERATIONS, 0.05), Stage(23, 3, 0.02)]
all_optimisers = pytest.mark.parametrize("optimiser", SOLVERS)


def target(size):
    g = torch.Generator().manual_seed(size)
    return torch.rand(1, 3, size, max(size - 5, 1), generator=g)


def quadratic(stages, noise=0.0, start=0.5):
    """Squared distance to a target that the stream of the stage shakes anew at every step."""

    def prepare(index, previous):
        goal = target(stages[index].size)

        def objective(image, generator):
            shaken = goal + noise * torch.randn(goal.shape, generator=generator)
            total = (image - shaken).square().sum()
            return Objective(total, {"half": total / 2})

        if previous is None:
            return Problem(torch.full_like(goal, start), Judge(objective, objective))
        return Problem(interpolate(previous, goal.shape[2:]), Judge(objective, objective))

    return prepare


def stream(index):
    return torch.Generator().manual_seed(index + 7)


def solve(optimiser, stages=STAGES, noise=0.1, **options):
    prepare = quadratic(stages, noise)
    return descend(stages, prepare, solver=SOLVERS[optimiser], stream=stream, **options)


# ------------------------------------------------------------------ minimising
@pytest.mark.parametrize(
    ("optimiser", "rate", "decay"), [("adam", 0.05, late), ("rmsprop", 0.003, constant)]
)
def test_reaches_the_minimum_of_a_quadratic(optimiser, rate, decay):
    stages = [Stage(12, 200, 2 * rate, decay), Stage(24, 400, rate, decay)]
    found = solve(optimiser, stages, noise=0)
    assert found.shape == target(24).shape
    assert (found - target(24)).abs().max() < 0.03
    assert not found.requires_grad


def test_values_are_not_clamped():
    def prepare(index, previous):
        goal = torch.full((1, 3, 4, 4), 1.5)

        def squares(x, _):
            return Objective((x - goal).square().sum(), {})

        return Problem(goal * 0, Judge(squares, squares))

    found = descend([Stage(4, 150, 0.05)], prepare, solver=SOLVERS["adam"], stream=stream)
    assert found.max() > 1.3


def test_each_stage_begins_where_the_last_one_ended():
    given_on, ends = [], []
    prepare = quadratic(STAGES)

    def spied(index, previous):
        given_on.append(previous)
        return prepare(index, previous)

    def keep(step):
        if step.iteration == step.iterations:
            ends.append(step.image())

    last = descend(STAGES, spied, solver=SOLVERS["adam"], stream=stream, observe=keep)
    assert given_on[0] is None
    assert all(map(torch.equal, given_on[1:], ends[:-1]))
    assert torch.equal(last, ends[-1])


def test_the_rate_of_a_stage_falls_as_its_decay_says():
    """Adam with a constant gradient moves by its rate: the residual's band shows it."""
    rates = []

    class Spy(Adam):
        def move(self, variable, averages, *, rate, count):
            rates.append(rate)
            super().move(variable, averages, rate=rate, count=count)

    stages = [Stage(6, 4, 0.5, late), Stage(8, 2, 0.1)]
    descend(stages, quadratic(stages), solver=partial(Descent, rule=Spy()), stream=stream)
    wanted = [0.5 * late(k / 4) for k in range(4)] + [0.1] * 2
    assert rates == [rate for rate in wanted for _ in range(BANDS + 1)]


def test_no_stage_is_an_error():
    with pytest.raises(ValueError, match="at least one stage"):
        solve("adam", [])


# ------------------------------------------------------------------ telling
def test_steps_tell_where_the_run_is():
    steps = []
    solve("adam", observe=steps.append)
    where = [(s.stage, s.iteration) for s in steps]
    assert where == [
        (i, k) for i, stage in enumerate(STAGES) for k in range(1, stage.iterations + 1)
    ]
    for step in steps:
        stage = STAGES[step.stage]
        assert (step.stages, step.size, step.iterations) == (3, stage.size, stage.iterations)
        assert step.terms["half"] == step.total / 2
        assert not step.total.requires_grad


def test_fractions_rise_to_exactly_one():
    fractions = []
    solve("adam", observe=lambda step: fractions.append(step.fraction))
    assert fractions[0] > 0
    assert fractions == sorted(set(fractions))
    assert fractions[-1] == 1


@given(st.lists(st.tuples(st.integers(1, 8192), st.integers(1, 1000)), min_size=1, max_size=9))
@FIXED
def test_the_last_fraction_is_one_for_every_schedule(sizes):
    meter = _Meter([Stage(size, iterations, 1.0) for size, iterations in sizes])
    fractions = [meter.fraction(i, p) for i in range(len(sizes)) for p in (0.5, 1.0)]
    assert fractions == sorted(set(fractions))
    assert fractions[-1] == 1


@pytest.mark.parametrize("size", [64, 300, 512, 1000, 3000])
def test_fine_scales_weigh_more(size):
    sizes = scales(size, 64)
    meter = _Meter([Stage(s, 100, 1.0) for s in sizes])
    assert meter.costs == sorted(set(meter.costs))


# ------------------------------------------------------------------ stopping and going on
class Recorder:
    """Keeps the snapshot and the value of every step."""

    def __init__(self):
        self.snapshots, self.totals = [], []

    def __call__(self, step):
        self.snapshots.append(step.snapshot())
        self.totals.append(step.total)


@pytest.fixture(scope="module", params=SOLVERS)
def whole_run(request):
    recorder = Recorder()
    return request.param, solve(request.param, observe=recorder), recorder


@pytest.mark.parametrize("at", range(sum(s.iterations for s in STAGES)))
def test_a_resumed_run_gives_the_bytes_of_an_uninterrupted_one(whole_run, at, same_snapshots):
    optimiser, image, recorder = whole_run
    rest = Recorder()
    resumed = solve(optimiser, resume=recorder.snapshots[at], observe=rest)
    assert torch.equal(resumed, image)
    assert rest.totals == recorder.totals[at + 1 :]
    same_snapshots(rest.snapshots, recorder.snapshots[at + 1 :])


@all_optimisers
def test_observing_changes_nothing(optimiser):
    assert torch.equal(solve(optimiser), solve(optimiser, observe=Recorder()))


def test_resuming_does_not_touch_the_snapshot():
    recorder = Recorder()
    solve("adam", observe=recorder)
    snapshot = recorder.snapshots[5]
    before = {k: v.clone() for k, v in snapshot.tensors.items()}
    solve("adam", resume=snapshot)
    assert all(torch.equal(snapshot.tensors[k], v) for k, v in before.items())


def test_the_stream_matters():
    """Or resumption would not test it."""
    assert not torch.equal(solve("adam"), solve("adam", noise=0.0))


@pytest.mark.parametrize("at", [1, 5])
def test_cancelled_stops_at_once(at):
    seen = []

    def cancel(seen, step):
        seen.append(step)
        if len(seen) == at:
            raise Cancelled

    with pytest.raises(Cancelled):
        solve("adam", observe=partial(cancel, seen))
    assert len(seen) == at


@all_optimisers
def test_images_seen_on_the_way_do_not_change_later(optimiser):
    seen = []
    solve(optimiser, observe=lambda step: seen.append((step.image(), step.image().clone())))
    assert all(torch.equal(now, then) for now, then in seen)
    assert not any(now.requires_grad for now, _ in seen)
