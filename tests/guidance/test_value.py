import pytest
import torch

from wasserstyle.guidance import FREE, OPAQUE, Guidance


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
