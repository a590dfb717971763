"""What is visible, and which region a pixel is in, at any size."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wasserstyle.guidance import FREE, OPAQUE, Guidance, RegionPair
from wasserstyle.guidance.value import HIDDEN, style_region
from wasserstyle.image import resize

FIXED = settings(derandomize=True, deadline=None, max_examples=30)


def picture(height=8, width=12):
    return torch.zeros(1, 3, height, width)


def opacity(height=8, width=12, visible=slice(None)):
    alpha = torch.zeros(1, 1, height, width)
    alpha[..., visible] = 1
    return alpha


def test_free_is_everywhere():
    region = FREE.region(picture())
    assert region.shape == (8, 12)
    assert region.all()


def test_only_visible_pixels_are_in_the_region():
    region = Guidance(opacity(visible=slice(3, 7))).region(picture())
    assert region[:, 3:7].all()
    assert region.sum() == 8 * 4


@pytest.mark.parametrize("size", [(16, 24), (4, 6), (1, 2), (7, 11)], ids=str)
def test_opacity_follows_the_size_of_the_picture(size):
    region = Guidance(opacity(visible=slice(6, 12))).region(picture(*size))
    assert region.shape == size
    half = size[1] / 2
    columns = torch.arange(size[1])
    assert region[:, columns >= half].all()
    assert not region[:, columns + 1 <= half].any()


@pytest.mark.parametrize(("alpha", "seen"), [(OPAQUE, True), (OPAQUE - 0.01, False)])
def test_half_transparent_is_visible_and_a_bit_more_is_not(alpha, seen):
    opacity = torch.ones(1, 1, 2, 2)
    opacity[0, 0, 0, 0] = alpha
    assert bool(Guidance(opacity).region(picture(2, 2))[0, 0]) is seen


@pytest.mark.parametrize("size", [(8, 12), (3, 2)], ids=str)
def test_where_all_is_transparent_everything_is_sampled(size):
    assert Guidance(torch.zeros(1, 1, 8, 12)).region(picture(*size)).all()


def test_what_vanishes_at_a_coarse_scale_leaves_the_whole():
    """One visible pixel of 64 x 64 fades away at 4 x 4: nothing is left to sample."""
    alpha = torch.zeros(1, 1, 64, 64)
    alpha[0, 0, 20, 20] = 1
    assert Guidance(alpha).region(picture(4, 4)).all()
    assert Guidance(alpha).region(picture(64, 64)).sum() == 1


# ------------------------------------------------------------------ regions
def membership(rows):
    return torch.tensor(rows, dtype=torch.float32)[None, None]


def pair(rows, style=None, weight=1.0):
    return RegionPair("part", membership(rows), (style,), weight)


def guided(*parts, visible=None):
    return Guidance(visible, tuple(pair(part) for part in parts))


def labels(*parts, size=None, visible=None):
    size = size or (len(parts[0]), len(parts[0][0]))
    return guided(*parts, visible=visible).labels(picture(*size)).tolist()


def test_without_regions_all_pixels_are_free():
    assert FREE.labels(picture(2, 3)).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_regions_count_from_one_in_their_order():
    assert labels([[1, 0, 0]], [[0, 1, 0]]) == [[1, 2, 0]]
    assert labels([[0, 1, 0]], [[1, 0, 0]]) == [[2, 1, 0]]


@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(1, 9), st.integers(1, 9))
@FIXED
def test_a_pixel_is_where_most_of_it_is(seed, count, height, width):
    """One label for each pixel: that of the largest share, the first of equal ones; 0 is the rest."""
    g = torch.Generator().manual_seed(seed)
    shares = torch.rand(count, height, width, generator=g) * 0.8
    found = labels(*shares.tolist())
    for row in range(height):
        for column in range(width):
            here = [float(share[row, column]) for share in shares]
            here = [1 - sum(here), *here]
            assert here[found[row][column]] == pytest.approx(max(here), abs=1e-6)


@given(st.integers(0, 10**6), st.sampled_from([(3, 4), (5, 5), (16, 24), (40, 20), (1, 9)]))
@FIXED
def test_regions_of_a_mask_fill_it_at_every_size_without_overlap(seed, size):
    """Where hard regions fill the mask, nothing is free, at sizes smaller and larger than it."""
    g = torch.Generator().manual_seed(seed)
    numbers = torch.randint(2, (8, 12), generator=g)
    found = torch.tensor(
        labels((numbers == 0).float().tolist(), (numbers == 1).float().tolist(), size=size)
    )
    assert found.shape == size
    share = resize((numbers == 1).float()[None, None], *size)[0, 0]
    assert (found[share > 0.5 + 1e-6] == 2).all()
    assert (found[share < 0.5 - 1e-6] == 1).all()


@pytest.mark.parametrize(
    ("parts", "label"),
    [
        ([[[0.5]]], 0),  # half in, half free
        ([[[0.51]]], 1),
        ([[[0.5]], [[0.5]]], 1),  # the first of two halves
        ([[[0.4]], [[0.4]]], 1),
        ([[[0.2]], [[0.3]]], 0),
        ([[[0.7]], [[0.9]]], 2),  # overlapping
        ([[[1.0]], [[1.0]]], 1),
    ],
)
def test_ties(parts, label):
    assert labels(*parts) == [[label]]


def test_hidden_pixels_have_a_label_of_their_own():
    alpha = membership([[1, 1, 0, 0.4]])
    assert labels([[1, 0, 1, 0]], visible=alpha) == [[1, 0, HIDDEN, HIDDEN]]


def test_where_all_is_hidden_nothing_is():
    assert labels([[1, 0]], visible=torch.zeros(1, 1, 1, 2)) == [[1, 0]]


def test_a_thin_region_vanishes_where_less_than_half_a_pixel_is_left():
    line = torch.zeros(64, 64)
    line[:, 20:24] = 1
    seen = {
        side: 1 in torch.tensor(labels(line.tolist(), size=(side, side))).unique()
        for side in (64, 32, 16, 4)
    }
    assert seen == {64: True, 32: True, 16: True, 4: False}


# ------------------------------------------------------------------ regions of styles
def test_a_part_of_a_style_is_what_is_mostly_in_it():
    share = membership([[0.49, 0.5, 0.51, 1]])
    assert style_region(share, picture(1, 4)).tolist() == [[False, True, True, True]]


def test_a_thin_part_of_a_style_keeps_its_strongest_pixels():
    assert style_region(membership([[0.1, 0.3, 0.3, 0]]), picture(1, 4)).tolist() == [
        [False, True, True, False]
    ]
    dot = torch.zeros(1, 1, 64, 64)
    dot[0, 0, 37, 21] = 1
    region = style_region(dot, picture(8, 8))
    assert region[4, 2]
    assert region.sum() == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (64, 64), (200, 3)], ids=str)
def test_a_part_of_a_style_never_vanishes(size):
    for row, column in ((0, 0), (63, 63), (31, 5), (20, 40)):
        dot = torch.zeros(1, 1, 64, 64)
        dot[0, 0, row, column] = 1
        assert style_region(dot, picture(*size)).any()


def test_nothing_of_a_style_is_none():
    assert style_region(None, picture()) is None
    assert style_region(torch.zeros(1, 1, 5, 5), picture()) is None
