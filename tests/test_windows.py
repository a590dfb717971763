"""Windows: they cover a picture, their cores tile it, and laying one back leaves no seam."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wasserstyle.windows import ALIGNED, HALO, two_grids, windows

FIXED = settings(derandomize=True, deadline=None)
FEW = settings(FIXED, max_examples=40)

SIDES, SEEDS = st.integers(112, 600), st.integers(0, 10**6)
LENGTHS = st.integers(1, 900)
CASES = st.tuples(LENGTHS, st.integers(1, 400), SIDES)
"""What windows are asked for: of pictures that are cut often, once, or never."""


def extent(grid):
    """Height and width of the picture, as the windows have it."""
    return max(w.rows.stop for w in grid), max(w.columns.stop for w in grid)


def box(span_of):
    """The pixels of one window, or of its core, as a pair of slices."""
    return lambda w: tuple(slice(*span_of(s)) for s in (w.rows, w.columns))


pixels = box(lambda s: (s.start, s.stop))
core = box(lambda s: (s.core_start, s.core_stop))


def counted(grid, part):
    """How many windows, or cores, every pixel lies in."""
    count = np.zeros(extent(grid), dtype=int)
    for window in grid:
        count[part(window)] += 1
    return count


def spans(grid):
    """Every span with the length of its axis."""
    height, width = extent(grid)
    return [(w.rows, height) for w in grid] + [(w.columns, width) for w in grid]


def cuts(grid, axis):
    """Where the cores of one axis meet."""
    return sorted({getattr(w, axis).core_start for w in grid} - {0})


def random(*shape, seed=0):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def shuffled(grid, seed):
    order = torch.randperm(len(grid), generator=torch.Generator().manual_seed(seed))
    return [grid[i] for i in order.tolist()]


# ------------------------------------------------------------------ where they lie
@given(CASES)
@FIXED
def test_cores_tile_the_picture(case):
    grid = windows(*case)
    assert extent(grid) == case[:2]
    assert (counted(grid, core) == 1).all()


@given(CASES)
@FIXED
def test_windows_hold_their_cores_far_from_every_cut(case):
    grid = windows(*case)
    for span, length in spans(grid):
        assert span.start % ALIGNED == 0
        assert 0 <= span.start <= span.core_start <= span.core_stop <= span.stop <= length
        assert span.start == 0 or span.core_start - span.start >= HALO
        assert span.stop == length or span.stop - span.core_stop >= HALO


@given(LENGTHS, SIDES)
@FIXED
def test_no_window_is_much_larger_than_asked(length, side):
    """The side rounded up to what is aligned; the last one to the border."""
    aligned = -(-side // ALIGNED) * ALIGNED
    *others, last = windows(length, 8, side)
    assert all(w.rows.stop - w.rows.start <= aligned for w in others)
    assert last.rows.stop - last.rows.start <= aligned + ALIGNED - 1
    assert last.rows.stop == length
    assert last.area == (last.rows.stop - last.rows.start) * 8


@given(st.integers(1, 600), st.integers(1, 600))
@FIXED
def test_what_is_not_too_large_is_one_window(height, width):
    (whole,) = windows(height, width, max(height, width))
    assert pixels(whole) == core(whole) == (slice(0, height), slice(0, width))
    assert whole.area == height * width


@given(SIDES, st.floats(1, 8))
@FIXED
def test_few_windows_are_made(side, times):
    """Each brings as much of its own as fits between two halos."""
    length = int(side * times) + 1
    least = -(-(length - 2 * HALO) // (side - 2 * HALO))
    assert len(windows(length, 8, side)) == least


LARGE = st.tuples(st.integers(300, 1200), st.integers(300, 900), st.integers(256, 600))


@given(LARGE)
@FEW
def test_two_grids_cover_the_picture_and_share_no_seam(case):
    first, second = two_grids(*case)
    for grid in (first, second):
        assert extent(grid) == case[:2]
        assert (counted(grid, core) == 1).all()
    for axis in ("rows", "columns"):
        apart = [abs(a - b) for a in cuts(first, axis) for b in cuts(second, axis)]
        assert min(apart, default=ALIGNED) >= ALIGNED


@given(LARGE)
@FEW
def test_windows_of_two_grids_have_the_pixels_of_a_square(case):
    """And up to 15 rows and columns more at the far border."""
    height, width, side = case
    aligned = -(-side // ALIGNED) * ALIGNED
    for grid in two_grids(*case):
        for window in grid:
            rows, columns = (s.stop - s.start for s in (window.rows, window.columns))
            beyond = [n - n % ALIGNED for n in (rows, columns)]
            assert min(beyond[0] * beyond[1], window.area) <= aligned**2
            assert rows <= height
            assert columns <= width


@pytest.mark.parametrize(("side", "times"), [(1024, 1.34), (2048, 1.48), (4096, 1.5)])
def test_two_grids_cost_few_pixels_more_than_the_picture(side, times):
    """Square windows of 512 px, and one more down and across: 1.69, 1.56 and 1.53."""
    assert (
        sum(w.area for grid in two_grids(side, side, 512) for w in grid) < 2 * times * side**2
    )


# ------------------------------------------------------------------ laying back
@given(CASES, SEEDS)
@FEW
def test_pieces_of_one_picture_change_nothing(case, seed):
    grid = windows(*case)
    picture = random(1, 3, *extent(grid), seed=seed)
    before = picture.clone()
    for window in shuffled(grid, seed):
        window.blend(picture, window.cut(before).clone())
    assert torch.equal(picture, before)


@given(CASES, SEEDS)
@FEW
def test_ones_over_zeros_reach_every_pixel(case, seed):
    grid = windows(*case)
    picture = torch.zeros(1, 3, *extent(grid))
    for window in shuffled(grid, seed):
        window.blend(picture, torch.ones_like(window.cut(picture)))
        assert picture.min() >= 0
        assert picture.max() <= 1
    alone = torch.from_numpy(counted(grid, pixels) == 1)
    assert (picture[..., alone] == 1).all()
    assert (picture > 0).all()


def white_on_black(case, seed):
    """A grid, one of its windows, and a black picture with that window white."""
    grid = windows(*case)
    window = shuffled(grid, seed)[0]
    picture = torch.zeros(1, 3, *extent(grid))
    window.blend(picture, torch.ones_like(window.cut(picture)))
    return grid, window, picture


@given(CASES, SEEDS)
@FEW
def test_a_piece_has_full_weight_where_it_is_alone_and_none_outside(case, seed):
    grid, window, picture = white_on_black(case, seed)
    count, inside = counted(grid, pixels), np.zeros(extent(grid), dtype=bool)
    inside[pixels(window)] = True
    assert (picture[..., torch.from_numpy(inside & (count == 1))] == 1).all()
    assert (picture[..., torch.from_numpy(inside)] > 0).all()
    assert (picture[..., torch.from_numpy(~inside)] == 0).all()


@given(CASES, SEEDS)
@FEW
def test_a_piece_fades_without_a_step(case, seed):
    """Over at least two halos: no two neighbours differ by more than a share of that."""
    _, _, picture = white_on_black(case, seed)
    for axis in (2, 3):
        steps = picture.diff(dim=axis).abs()
        assert not steps.numel() or steps.max() <= 1 / (2 * HALO) + 1e-6


def test_two_neighbours_share_what_they_overlap_in():
    """Weights sum to one: what is the same in both stays, whatever lay there before."""
    weights = []
    for window in windows(300, 20, 208):
        weight = torch.zeros(1, 3, 300, 20)
        window.blend(weight, torch.ones_like(window.cut(weight)))
        weights.append(weight)
    assert len(weights) == 2
    torch.testing.assert_close(sum(weights), torch.ones(1, 3, 300, 20))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_blending_is_in_place_and_keeps_the_precision(dtype):
    picture = torch.zeros(1, 3, 300, 20, dtype=dtype)
    first = windows(300, 20, 208)[0]
    first.blend(picture, torch.ones_like(first.cut(picture)))
    assert picture.dtype == dtype
    assert picture.sum() > 0


# ------------------------------------------------------------------ positions and regions
@given(CASES, SEEDS)
@FEW
def test_positions_and_regions_agree(case, seed):
    grid = windows(*case)
    height, width = extent(grid)
    g = torch.Generator().manual_seed(seed)
    rows, columns = (torch.randint(n, (99,), generator=g) for n in (height, width))
    at = torch.stack([rows, columns], dim=1)
    picture, region = random(3, height, width, seed=seed), random(height, width) < 0.5
    held = torch.zeros(99, dtype=torch.int64)
    for window in grid:
        holds, here = window.holds(at), window.core_of(region)
        r, c = window.inside(at[holds]).unbind(1)
        assert torch.equal(
            window.cut(picture)[:, r, c], picture[:, rows[holds], columns[holds]]
        )
        assert torch.equal(here[r, c], region[rows[holds], columns[holds]])
        assert here.shape == window.cut(picture).shape[1:]
        assert int(here.sum()) == int(region[core(window)].sum())  # nothing outside the core
        held += holds
    assert (held == 1).all()


def test_the_core_of_a_region_leaves_the_region_alone():
    region = torch.ones(300, 20, dtype=torch.bool)
    for window in windows(300, 20, 208):
        assert window.core_of(region).sum() < window.area
    assert region.all()


def test_a_cut_is_a_view():
    """Of maps with any leading axes, and without any."""
    picture = random(2, 3, 300, 20)
    window = windows(300, 20, 208)[1]
    piece = window.cut(picture)
    assert piece.data_ptr() == picture[:, :, window.rows.start :].data_ptr()
    assert torch.equal(window.cut(picture[0, 0]), piece[0, 0])
