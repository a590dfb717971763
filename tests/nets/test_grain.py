"""Grain: a style's texture, as NumPy finds it in float64, where the content is even."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from wasserstyle.image.luma import LUMA
from wasserstyle.nets.grain import (
    CELL,
    NOISE,
    QUIET,
    SIDE,
    STROKE,
    grain,
    grain_of_styles,
    grained,
)


def noisy(height, width, strength=0.1, seed=0):
    stream = torch.Generator().manual_seed(seed)
    return (0.5 + strength * torch.randn(1, 3, height, width, generator=stream)).clamp(0, 1)


def lines(side=192, period=8):
    """From the left to the right."""
    wave = 0.5 + 0.2 * torch.sin(torch.arange(side) * (2 * torch.pi / period))
    return wave[:, None].expand(1, 3, side, side).contiguous()


def paper(side=256, blank=0.5):
    """Bare at the left, noise at the right."""
    picture = noisy(side, side)
    picture[..., : int(side * blank)] = 0.8
    return picture


@pytest.mark.parametrize("size", [(160, 224), (150, 231), (544, 608)])  # whole, cut, folded
def test_it_is_white_noise_convolved_with_the_details_of_the_style(size):
    style = noisy(*size, strength=0.15)
    style[..., : size[1] // 2] = 0.5 + 0.3 * (style[..., : size[1] // 2] - 0.5)
    found = grain(style)[0, 0].double().numpy()

    grey = np.tensordot(LUMA, style[0].double().numpy(), 1)
    detail = grey - enlarged(cells(grey), size)
    variances = cells(detail**2)
    quiet = np.sort(variances.ravel())[int(np.ceil(QUIET * variances.size)) - 1]
    spot = detail * enlarged(np.sqrt(quiet / (quiet + variances)), size)
    tile = np.zeros((SIDE, SIDE))
    for y, x in np.ndindex(size):
        tile[y % SIDE, x % SIDE] += spot[y, x]
    wanted = np.fft.ifft2(np.fft.fft2(tile) * np.fft.fft2(NOISE[0, 0].double().numpy())).real
    wanted *= np.sqrt(quiet / np.mean(wanted**2))
    np.testing.assert_allclose(found, wanted, atol=1e-3 * wanted.std())


def cells(grey):
    """Means of windows; beyond the border the edge goes on."""
    down, across = (-n % STROKE for n in grey.shape)
    whole = np.pad(grey, ((0, down), (0, across)), mode="edge")
    rows, columns = (n // STROKE for n in whole.shape)
    return whole.reshape(rows, STROKE, columns, STROKE).mean((1, 3))


def enlarged(means, size):
    """Linearly between the middles of windows, first down, then across."""
    for axis, side in enumerate(size):
        at = (np.arange(side) + 0.5) / STROKE - 0.5
        known = np.arange(means.shape[axis])
        means = np.apply_along_axis(lambda v, a=at, k=known: np.interp(a, k, v), axis, means)
    return means


def test_strokes_have_the_direction_and_the_size_of_the_style_s():
    tile = grain(lines(period=8))[0, 0]
    tile = tile / tile.std()
    assert (tile * tile.roll(40, 1)).mean() > 0.5  # along a line
    assert (tile * tile.roll(8, 0)).mean() > 0.5  # the next line
    assert (tile * tile.roll(4, 0)).mean() < -0.5  # between them


def test_it_is_as_strong_as_the_style_s_quiet_parts():
    style = noisy(256, 256, strength=0.05)
    style[..., 128:] = (0.5 + 4 * (style[..., 128:] - 0.5)).clamp(0, 1)
    grey = (style * torch.tensor(LUMA)[:, None, None]).sum(1)
    torch.testing.assert_close(grain(style).std(), grey[..., :128].std(), atol=0, rtol=0.1)
    assert grain(paper()).abs().max() < 1e-4  # half of it is bare


def test_only_the_region_of_a_style_counts():
    style = torch.cat([lines(), lines().transpose(2, 3)], dim=3)
    left = torch.zeros(192, 384, dtype=torch.bool)
    left[:, :160] = True
    tile = grain(style, left)[0, 0] / grain(style, left).std()
    assert (tile * tile.roll(8, 0)).mean() > 0.5
    assert (tile * tile.roll(4, 1)).mean() > 0.3  # no lines from top to bottom
    half = torch.zeros(256, 256, dtype=torch.bool)
    half[:, 128:] = True
    assert grain(paper(), half).std() > 0.03


def test_styles_mix_by_weight_and_one_without_a_region_is_left_out():
    one, other = noisy(96, 96, seed=1), lines(96)
    here = torch.ones(96, 96, dtype=torch.bool)
    mixed = grain_of_styles([one, other, one], [here, here, None], [3.0, 1.0, 9.0])
    torch.testing.assert_close(mixed, 0.75 * grain(one) + 0.25 * grain(other))


def test_even_places_get_it_and_textured_ones_stay():
    tile = grain(noisy(256, 256, strength=0.05))
    content = torch.full((1, 3, 96, 192), 0.5)
    content[..., 96:] = noisy(96, 96, strength=0.2)
    found = grained(content, tile, 0.4)
    torch.testing.assert_close(
        found[..., :80] - content[..., :80],
        (0.4 * tile[..., :96, :80]).expand(1, 3, 96, 80),
        atol=1e-4,
        rtol=0,
    )
    assert torch.equal(found[..., 112:], content[..., 112:])
    assert torch.equal(grained(content, tile, 0.0), content)


def test_what_a_place_has_counts_towards_what_it_gets():
    """Variances add: half the grain's is there, half comes in."""
    tile = grain(noisy(256, 256, strength=0.05))
    content = noisy(512, 512, strength=float(tile.std()) / 2**0.5 / 0.668, seed=3)
    grey = content.mean(1, keepdim=True).expand(1, 3, 512, 512)
    grey = 0.5 + (grey - 0.5) * tile.std() / 2**0.5 / grey.std()
    added = (grained(grey, tile, 1.0) - grey).std()
    torch.testing.assert_close(added, tile.std() / 2**0.5, atol=0, rtol=0.1)


def test_a_large_content_repeats_it_and_a_place_keeps_its_own():
    tile = grain(noisy(96, 96))
    large = grained(torch.full((1, 3, 40, SIDE + 40), 0.5), tile, 0.2)
    torch.testing.assert_close(large[..., :40], large[..., SIDE:])
    small = grained(torch.full((1, 3, 24, 32), 0.5), tile, 0.2)
    torch.testing.assert_close(small, large[..., :24, :32])


@pytest.mark.parametrize("style", [torch.full((1, 3, 48, 16), 0.7), torch.zeros(1, 3, 96, 96)])
def test_a_style_without_texture_has_no_grain(style):
    content = torch.full((1, 3, 33, 47), 0.5)
    torch.testing.assert_close(grained(content, grain(style), 1.0), content, atol=1e-4, rtol=0)


def test_cells_that_are_cut_by_the_border_are_as_even_as_the_rest():
    tile = grain(noisy(96, 96))
    side = 10 * CELL + 1
    content = F.interpolate(noisy(8, 8, strength=0.02), size=(side, side), mode="bilinear")
    added = (grained(content, tile, 0.4) - content).abs()
    assert added[..., -1].mean() > 0.2 * 0.4 * tile.std()
