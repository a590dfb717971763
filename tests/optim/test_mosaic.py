"""The mosaic: a large image in windows is optimised as if it were whole, and can be resumed."""

from functools import cache, partial

import pytest
import torch
from torch.nn.functional import interpolate

from wasserstyle.optim import (
    Judge,
    Objective,
    Pieces,
    Problem,
    Stage,
    constant,
    descend,
    in_windows,
    late,
)
from wasserstyle.optim.descent import BANDS, Descent
from wasserstyle.optim.mosaic import FEW, passes, steps_of_sweeps
from wasserstyle.optim.rules import Adam
from wasserstyle.optim.solvers import PYRAMID, SOLVERS
from wasserstyle.windows import two_grids

HEIGHT, WIDTH, SIDE = 220, 80, 128
LARGE = Stage(HEIGHT, 3, 0.05, late, window=SIDE)
STAGES = [Stage(8, 2, 0.05), LARGE, Stage(HEIGHT, 2, 0.02)]
GRIDS = two_grids(HEIGHT, WIDTH, SIDE)
COUNTS = [len(grid) for grid in GRIDS]
"""Windows of the first and of the second sweep."""
all_optimisers = pytest.mark.parametrize("optimiser", PYRAMID)


def target(height, width):
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(height))


def everywhere(_):
    return True


class Rows:
    """Distance to a target, and of the mean colour of all rows to the target's.

    Rows outside the core of a window are remembered as they were when last looked at.
    """

    def __init__(self, goal, noise=0.0, wanted=everywhere, forgetful=False):
        self.goal, self.noise = goal, noise
        self.wanted, self.forgetful = wanted, forgetful
        self.memory = torch.zeros(3, goal.shape[2])
        self.surveys, self.visits = [], []

    def survey(self, image):
        self.memory = means(image)
        self.surveys.append(image.clone())

    def visit(self, window):
        if not self.wanted(window):
            return None
        self.visits.append(window)
        start, core = window.rows.start, slice(window.rows.core_start, window.rows.core_stop)
        goal = window.cut(self.goal)
        outside = torch.cat([self.memory[:, : core.start], self.memory[:, core.stop :]], dim=1)
        rest = outside.sum(1)
        all_rows = means(self.goal).sum(1)

        def objective(piece, generator):
            shaken = goal + self.noise * torch.randn(goal.shape, generator=generator)
            seen = means(piece)[:, core.start - start : core.stop - start]
            if not self.forgetful:
                self.memory[:, core] = seen.detach()
            own = seen.sum(1)
            mean_colour = (rest + own - all_rows).square().sum() / 50
            total = (piece - shaken).square().sum() + mean_colour
            return Objective(total, {"mean": mean_colour})

        return Judge(objective, objective)


def means(image):
    return image[0].mean(dim=2)


def stream(index):
    return torch.Generator().manual_seed(index + 7)


def solve(optimiser="adam", stages=(LARGE,), pieces=None, start=0.5, noise=0.1, **options):
    """One large stage by default; smaller ones are solved whole."""

    def prepare(index, previous):
        width = WIDTH if stages[index].size == HEIGHT else 5
        goal = target(stages[index].size, width)
        old = torch.full_like(goal, start) if previous is None else previous
        image = interpolate(old, goal.shape[2:])
        if stages[index].window:
            return Problem(image, pieces or Rows(goal, noise))

        def objective(x, generator):
            shaken = goal + noise * torch.randn(goal.shape, generator=generator)
            return Objective((x - shaken).square().sum(), {})

        return Problem(image, Judge(objective, objective))

    solver = SOLVERS[optimiser] if isinstance(optimiser, str) else optimiser
    return descend(stages, prepare, solver=solver, **({"stream": stream} | options))


def rows(**options):
    """Pieces of the large stage, to look at afterwards."""
    return Rows(target(HEIGHT, WIDTH), **options)


def test_the_example_is_cut_on_two_grids():
    assert in_windows(LARGE, HEIGHT, WIDTH)
    assert isinstance(rows(), Pieces)
    assert COUNTS == [2, 3]


# ------------------------------------------------------------------ minimising
@pytest.mark.parametrize(
    ("optimiser", "rate", "decay", "error"),
    [
        ("adam", 0.05, late, 0.03),
        ("rmsprop", 0.01, late, 0.03),
        ("rmsprop", 0.01, constant, 0.05),  # such steps end there in the whole image, too
    ],
)
def test_reaches_the_minimum_of_a_quadratic(optimiser, rate, decay, error):
    found = solve(optimiser, [Stage(HEIGHT, 120, rate, decay, window=SIDE)], noise=0)
    assert found.shape == (1, 3, HEIGHT, WIDTH)
    assert (found - target(HEIGHT, WIDTH)).abs().max() < error
    assert not found.requires_grad


def test_every_pixel_changes():
    assert (solve(start=3.0) != 3.0).all()


def test_each_sweep_visits_every_window_once_in_an_order_of_its_own():
    orders = []
    for seed in (1, 2):
        pieces = rows()
        solve(pieces=pieces, stream=lambda _, seed=seed: torch.Generator().manual_seed(seed))
        first, second = pieces.visits[: COUNTS[0]], pieces.visits[COUNTS[0] :]
        for visited, grid in ((first, GRIDS[0]), (second, GRIDS[1])):
            assert len(visited) == len(grid)
            assert set(visited) == set(grid)
        orders.append(first)
    assert orders[0] != orders[1]


def test_the_whole_image_is_looked_at_once_before_the_first_visit():
    pieces = rows()
    solve(pieces=pieces)
    (seen,) = pieces.surveys
    assert (seen == 0.5).all()


def test_what_is_remembered_of_the_rest_matters():
    """Or the tests of resumption and of the objective would not see it."""
    assert not torch.equal(solve(), solve(pieces=rows(noise=0.1, forgetful=True)))


# ------------------------------------------------------------------ schedule
@pytest.mark.parametrize("overlap", [1.0, 1.33, 1.5])
@pytest.mark.parametrize("iterations", [1, 2, 3, 4, 5, 9, 50, 51, 9_999, 100_000])
def test_the_sweeps_share_the_iterations(iterations, overlap):
    first, second = steps_of_sweeps(iterations, overlap)
    few = min(iterations, FEW)
    assert first + second == max(2, few, int(iterations / overlap))  # no visit without one
    assert 0 <= first - second <= 1


@pytest.mark.parametrize(
    ("height", "width"), [(1024, 1024), (682, 1024), (2048, 1363), (4096, 2725), (4096, 700)]
)
def test_windows_look_at_as_many_pixels_as_the_whole_would(height, width):
    for iterations in (11, 30, 50):
        stage = Stage(max(height, width), iterations, 0.1, window=512)
        looked = sum(steps * pixels for steps, pixels in passes(stage, height, width))
        assert len(passes(stage, height, width)) > 2
        share = looked / (iterations * height * width)
        left_over = max(0.04, 1.2 / iterations)  # of few updates about one of a window
        assert 1 - left_over < share < 1.04


def test_the_rates_of_the_stage_fall_over_both_sweeps():
    rates = []

    class Spy(Adam):
        def move(self, variable, averages, *, rate, count):
            rates.append(rate)
            super().move(variable, averages, rate=rate, count=count)

    solve(partial(Descent, rule=Spy()), [Stage(HEIGHT, 5, 0.3, late, window=SIDE)])
    first = [0.3 * late(k / 3 / 2) for k in range(3)]
    second = [0.3 * late(0.5 + k / 2 / 2) for k in range(2)]
    wanted = COUNTS[0] * first + COUNTS[1] * second
    assert rates == pytest.approx([rate for rate in wanted for _ in range(BANDS + 1)])


# ------------------------------------------------------------------ telling
class Recorder:
    """Keeps snapshot, value and place of every step."""

    def __init__(self):
        self.snapshots, self.totals, self.places, self.fractions = [], [], [], []

    def __call__(self, step):
        self.snapshots.append(step.snapshot())
        self.totals.append(step.total)
        self.places.append((step.stage, step.iteration))
        self.fractions.append(step.fraction)
        self.iterations = step.iterations


def test_fractions_rise_to_exactly_one():
    recorder = Recorder()
    solve(stages=STAGES, observe=recorder)
    assert recorder.fractions[0] > 0
    assert recorder.fractions == sorted(set(recorder.fractions))
    assert recorder.fractions[-1] == 1


def test_steps_count_the_updates_of_all_windows():
    recorder = Recorder()
    solve(observe=recorder)
    assert recorder.iterations == 2 * COUNTS[0] + 1 * COUNTS[1]
    assert recorder.places == [(0, k) for k in range(1, recorder.iterations + 1)]


def test_the_image_shows_the_window_under_way():
    pieces, shown = rows(), []
    start = torch.full((1, 3, HEIGHT, WIDTH), 0.5)

    def look(step):
        if step.iteration in (1, 2, 3):
            shown.append((len(pieces.visits), step.image(), step.snapshot().tensors["whole"]))

    solve(pieces=pieces, observe=look)
    (one, under_way, before), (_, closed, _), (three, next_one, after_first) = shown
    assert (one, three) == (1, 2)  # two updates in every visit of the first sweep
    changed = (under_way != start).any(dim=1)[0]
    outside = torch.ones_like(changed)
    outside[pieces.visits[0].rows.start : pieces.visits[0].rows.stop] = False
    assert torch.equal(before, start)
    assert torch.equal(changed, ~outside)
    assert torch.equal(closed, after_first)
    assert not torch.equal(next_one, closed)


def test_an_image_is_not_changed_by_looking():
    def look(step):
        step.image().zero_()
        for tensor in step.snapshot().tensors.values():
            tensor.zero_()

    assert torch.equal(solve(), solve(observe=look))


# ------------------------------------------------------------------ nothing to do
def below(window):
    return window.rows.core_start >= 90


def test_windows_with_nothing_to_do_are_skipped_counted_and_left_alone():
    pieces, recorder = rows(noise=0.1, wanted=below), Recorder()
    image = solve(pieces=pieces, observe=recorder)
    wanted = [[below(w) for w in grid] for grid in GRIDS]
    assert all(any(w) and not all(w) for w in wanted)
    made = 2 * sum(wanted[0]) + sum(wanted[1])
    assert len(pieces.visits) == sum(map(sum, wanted))
    assert len(recorder.places) == made < recorder.iterations == 2 * COUNTS[0] + COUNTS[1]
    assert recorder.places == sorted(set(recorder.places))
    assert recorder.fractions == sorted(set(recorder.fractions))
    assert recorder.places[-1] == (0, recorder.iterations)
    assert recorder.fractions[-1] == 1
    touched = torch.zeros(HEIGHT, dtype=torch.bool)
    for window in pieces.visits:
        touched[window.rows.start : window.rows.stop] = True
    assert 0 < touched.sum() < HEIGHT
    assert torch.equal((image != 0.5).any(dim=3).any(dim=1)[0], touched)


def test_where_there_is_nothing_to_do_at_all_the_image_comes_back():
    recorder = Recorder()
    image = solve(pieces=rows(wanted=lambda _: False), observe=recorder)
    assert (image == 0.5).all()
    assert recorder.places == []


# ------------------------------------------------------------------ stopping and going on
WANTED = {"all": everywhere, "some": below, "few": lambda w: w.rows.core_start == 0}
MADE = {
    name: 4 + sum((2 - i) * wanted(w) for i, grid in enumerate(GRIDS) for w in grid)
    for name, wanted in WANTED.items()
}
"""Updates of all three stages."""


RUNS = [("adam", "all"), ("adam", "some"), ("rmsprop", "few")]
EVERY_STEP = [(run, at) for run in RUNS for at in range(MADE[run[1]])]


def again(optimiser, wanted, **options):
    return solve(optimiser, STAGES, rows(noise=0.1, wanted=WANTED[wanted]), **options)


@cache
def whole_run(run):
    recorder = Recorder()
    image = again(*run, observe=recorder)
    assert len(recorder.places) == MADE[run[1]]
    return image, recorder


@pytest.mark.parametrize(("run", "at"), EVERY_STEP)
def test_a_resumed_run_gives_the_bytes_of_an_uninterrupted_one(run, at, same_snapshots):
    image, recorder = whole_run(run)
    rest = Recorder()
    resumed = again(*run, resume=recorder.snapshots[at], observe=rest)
    assert torch.equal(resumed, image)
    first = len(recorder.places) - len(rest.places)
    assert at <= first <= at + 1  # of two updates in a visit one may be made again
    assert rest.places == recorder.places[first:]
    assert rest.totals == recorder.totals[first:]
    assert rest.fractions == recorder.fractions[first:]
    same_snapshots(rest.snapshots, recorder.snapshots[first:])


@all_optimisers
def test_observing_changes_nothing(optimiser):
    assert torch.equal(solve(optimiser), solve(optimiser, observe=Recorder()))


def test_a_snapshot_goes_back_to_when_the_window_was_opened():
    recorder = Recorder()
    solve(observe=recorder)
    opened = [s.iteration for s in recorder.snapshots[: 2 * COUNTS[0]]]
    assert opened == [2 * (k // 2) for k in range(1, 2 * COUNTS[0] + 1)]


def test_a_snapshot_remembers_what_no_look_at_the_image_would_show():
    """Rows where a window faded out were changed after they were looked at."""
    recorder = Recorder()
    solve(observe=recorder)
    tensors = recorder.snapshots[-3].tensors
    assert not torch.equal(tensors["memory"], means(tensors["whole"]))


def test_resuming_does_not_touch_the_snapshot():
    recorder = Recorder()
    solve(observe=recorder)
    snapshot = recorder.snapshots[5]
    before = {k: v.clone() for k, v in snapshot.tensors.items()}
    solve(resume=snapshot)
    assert all(torch.equal(snapshot.tensors[k], v) for k, v in before.items())


def test_the_stream_matters():
    """Or resumption would not test it."""
    assert not torch.equal(solve(), solve(noise=0.0))
