"""Where features are read: no sampler may ever leave its region, nor come back empty."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from wasserstyle.features.sampling import (
    SAMPLERS,
    STRIP,
    fixed_lattice,
    lattice,
    stratified,
    uniform,
)
from wasserstyle.types import everywhere

FIXED = settings(derandomize=True, deadline=None)

SIDE = st.integers(1, 40)


def stream(seed=0):
    return torch.Generator().manual_seed(seed)


def fixed(region):
    return lambda count, g: uniform(fixed_lattice(region, g))(count, g)


EVERY = {**SAMPLERS, "fixed lattice": fixed}
random_samplers = pytest.mark.parametrize("make", [uniform, stratified])
all_samplers = pytest.mark.parametrize("make", EVERY.values(), ids=EVERY)


@st.composite
def regions(draw):
    """Thin lines, single pixels, opposite quadrants, speckles; one pixel at least."""
    height, width = draw(SIDE), draw(SIDE)
    region = torch.zeros(height, width, dtype=torch.bool)
    row, column = draw(st.integers(0, height - 1)), draw(st.integers(0, width - 1))
    kind = draw(st.sampled_from(["row", "column", "pixel", "quadrants", "speckles", "all"]))
    if kind == "row":
        region[row] = True
    elif kind == "column":
        region[:, column] = True
    elif kind == "quadrants":
        region[:row, :column] = region[row:, column:] = True
    elif kind == "speckles":
        region |= torch.rand(height, width, generator=stream(draw(SIDE))) < 0.1
    elif kind == "all":
        region[:] = True
    region[row, column] = True
    return region


@all_samplers
@given(region=regions(), count=st.integers(1, 3000), seed=st.integers(0, 10**6))
@settings(FIXED, max_examples=150)
def test_samples_stay_inside_and_are_never_none(make, region, count, seed):
    sample, g = make(region), stream(seed)
    for _ in range(3):
        points = sample(count, g)
        assert len(points) > 0
        assert points.dtype == torch.int64
        assert (points >= 0).all()
        assert (points < torch.tensor(region.shape)).all()
        assert region[points[:, 0], points[:, 1]].all()


@pytest.mark.parametrize("shape", [(1, 4096), (4096, 1), (512, 3), (100, 700)])
@pytest.mark.parametrize("count", [10**6, 100])
def test_lattice_stays_inside_at_the_largest_offset(monkeypatch, shape, count):
    """The last point lies half a rounding error from the border: it must not round past it."""
    largest = 1 - 2**-24  # that torch.rand returns
    monkeypatch.setattr(torch, "rand", lambda *size, **_: torch.full(size, largest))
    points = lattice(torch.ones(shape, dtype=torch.bool))(count, stream())
    assert (points < torch.tensor(shape)).all()


@random_samplers
@pytest.mark.parametrize("whole", [True, False])
def test_random_draws_cover_every_pixel_evenly(make, whole):
    region = torch.ones(3, 6, dtype=torch.bool)
    region[1, 2:5] = whole
    sample, g = make(region), stream()
    visits = torch.zeros(region.shape)
    for _ in range(1300):
        points = tuple(sample(7, g).T)
        visits.index_put_(points, torch.tensor(1.0), accumulate=True)
    assert (visits[~region] == 0).all()
    assert chisquare(visits[region].numpy()).pvalue > 1e-3


@random_samplers
@pytest.mark.parametrize("count", [5, 18, 400])
def test_random_draws_are_as_many_as_asked_for_so_that_shares_of_styles_hold(make, count):
    assert len(make(torch.ones(3, 6, dtype=torch.bool))(count, stream())) == count


def most_and_least(points, side):
    """Points in squares that tile the picture."""
    squares = torch.zeros(64 // side, 96 // side)
    squares.index_put_(tuple(points.T // side), torch.tensor(1.0), accumulate=True)
    return int(squares.max()), int(squares.min())


@pytest.mark.parametrize("every", [1, 2])
def test_stratified_draws_miss_no_part_and_crowd_in_none(every):
    """And so do every second of them, which self-similarity compares."""
    region, g = torch.ones(64, 96, dtype=torch.bool), stream()
    count = every * region.numel() // STRIP**2
    crowds = {
        make: [most_and_least(make(region)(count, g)[::every], 4 * STRIP) for _ in range(20)]
        for make in (stratified, uniform)
    }
    for most, least in crowds[stratified]:
        assert 16 - 5 <= least <= most <= 16 + 5
    assert min(least for _, least in crowds[uniform]) < 16 - 5
    assert max(most for most, _ in crowds[uniform]) > 16 + 5


def test_stratified_draws_begin_elsewhere_every_time():
    """Where parts meet two points can be close together, and where they do not they cannot."""
    sample, g = stratified(torch.ones(STRIP, 400, dtype=torch.bool)), stream()
    first = torch.cat([sample(4, g)[:1, 1] for _ in range(200)])
    assert first.min() < 20
    assert first.max() > 380


def test_lattice_is_regular_in_both_axes_and_about_as_dense_as_asked_for():
    points = lattice(torch.ones(60, 90, dtype=torch.bool))(150, stream())  # pitch 6
    rows, columns = points[:, 0].unique(), points[:, 1].unique()
    assert len(points) == len(rows) * len(columns) == 150
    for axis in (rows, columns):
        assert ((axis.diff() - 6).abs() <= 1).all()


def test_lattice_moves_between_draws_and_gets_everywhere():
    sample, g = lattice(torch.ones(12, 15, dtype=torch.bool)), stream()
    draws = [sample(20, g) for _ in range(200)]
    assert len({tuple(d.flatten().tolist()) for d in draws}) > 5
    assert len(torch.cat(draws).unique(dim=0)) == 12 * 15


def test_lattice_in_a_region_is_as_dense_as_asked_for_in_the_region():
    region = torch.zeros(80, 80, dtype=torch.bool)
    region[:40, 40:] = True
    assert 80 <= len(lattice(region)(100, stream())) <= 125


@pytest.mark.parametrize(
    ("shape", "strides", "points"),
    [((341, 512), (3, 4), 14_592), ((128, 128), (1, 1), 16_384), ((43, 64), (1, 1), 2752)],
)
def test_fixed_lattice_has_the_authors_strides(shape, strides, points):
    kept = fixed_lattice(torch.ones(shape, dtype=torch.bool), stream())
    rows, columns = (kept.any(dim=1 - axis).nonzero()[:, 0] for axis in (0, 1))
    assert (rows.diff() == strides[0]).all()
    assert (columns.diff() == strides[1]).all()
    assert kept.sum() == len(rows) * len(columns)
    assert abs(int(kept.sum()) - points) <= max(shape)


def test_fixed_lattice_has_a_random_offset():
    region = torch.ones(341, 512, dtype=torch.bool)
    first = {tuple(fixed_lattice(region, stream(s)).nonzero()[0].tolist()) for s in range(99)}
    assert first == {(row, column) for row in range(3) for column in range(4)}


def test_fixed_lattice_keeps_a_region_that_it_misses():
    region = torch.zeros(512, 512, dtype=torch.bool)
    region[7, 9] = True
    for seed in range(20):
        assert (fixed_lattice(region, stream(seed)) == region).all()


@all_samplers
def test_equal_streams_draw_equal_points(make):
    sample = make(torch.ones(30, 20, dtype=torch.bool))
    assert (sample(50, stream(3)) == sample(50, stream(3))).all()


def test_everywhere_is_the_whole_image():
    region = everywhere(torch.zeros(1, 3, 4, 7))
    assert region.shape == (4, 7)
    assert region.all()
