"""Whether eyes are found for what they are: dots in spots of the other sign."""

from itertools import product

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from wasserstyle.image import read, to_long_side
from wasserstyle.nets.eyes import SEEN, SIZES, eyes, eyes_loss, eyes_seen

SIDE = 48
MIDDLE = SIDE // 2


def disc(radius):
    """1 in a disc in the middle, 0 around it."""
    y, x = np.mgrid[:SIDE, :SIDE] - MIDDLE
    return (x**2 + y**2 <= radius**2).astype(float)


def as_image(grey):
    return torch.from_numpy(grey).expand(1, 3, SIDE, SIDE)


def an_eye(*, dot=0.1, spot=0.8, around=0.3):
    return around + (spot - around) * disc(6) + (dot - spot) * disc(2)


def test_of_a_photograph_by_eigenvalues(photograph):
    image = to_long_side(read(photograph).rgb, 64).double()

    def dots(grey, size):
        y = np.pad(
            gaussian_filter(grey, size, mode="mirror", radius=round(3 * size)), 1, "edge"
        )
        middle = y[1:-1, 1:-1]
        xx = y[1:-1, 2:] + y[1:-1, :-2] - 2 * middle
        yy = y[2:, 1:-1] + y[:-2, 1:-1] - 2 * middle
        xy = (y[2:, 2:] + y[:-2, :-2] - y[2:, :-2] - y[:-2, 2:]) / 4
        low, high = np.moveaxis(
            np.linalg.eigvalsh(np.stack([xx, xy, xy, yy], -1).reshape(*xx.shape, 2, 2)), -1, 0
        )
        return size**2 * low.clip(min=0), size**2 * (-high).clip(min=0)

    wanted = 0
    for (dot, spot), grey in product(SIZES, image[0].numpy()):
        (dark, light), (dark_around, light_around) = dots(grey, dot), dots(grey, spot)
        wanted = np.maximum(wanted, np.minimum(dark, light_around))
        wanted = np.maximum(wanted, np.minimum(light, dark_around))
    assert wanted.max() > SEEN
    np.testing.assert_allclose(eyes(image)[0, 0].numpy(), wanted, atol=1e-5)


@pytest.mark.parametrize(("dot", "spot"), [(0.1, 0.8), (0.9, 0.2)])
def test_a_dot_in_a_spot_is_an_eye(dot, spot):
    found = eyes(as_image(an_eye(dot=dot, spot=spot, around=0.5)))[0, 0]
    assert found.max() > 5 * SEEN
    assert divmod(int(found.argmax()), SIDE) == (MIDDLE, MIDDLE)


@pytest.mark.parametrize(
    "grey",
    [
        np.full((SIDE, SIDE), 0.4),
        disc(2),
        disc(9),
        np.tile(np.arange(SIDE) // 5 % 2, (SIDE, 1)).astype(float),
        np.tile(np.arange(SIDE) > MIDDLE, (SIDE, 1)).astype(float),
    ],
    ids=["flat", "a dot", "a disc", "stripes", "an edge"],
)
def test_what_is_no_eye_is_none(grey):
    assert eyes(as_image(grey)).max() < 0.3 * eyes(as_image(an_eye())).max()


def test_the_content_excuses_its_own_eyes_and_those_near():
    eye, none = as_image(an_eye()), as_image(np.full((SIDE, SIDE), 0.3))
    assert eyes_loss(eye, eye) == 0
    assert eyes_loss(eye.roll(3, dims=3), eye) < 0.1 * eyes_loss(eye, none)
    assert eyes_loss(none, none) == 0


def test_its_slope_leads_away_from_eyes():
    none = as_image(np.full((SIDE, SIDE), 0.3))
    learned = as_image(an_eye())
    first = eyes_loss(learned, none)
    for _ in range(20):
        learned = learned.detach().clone().requires_grad_()
        value = eyes_loss(learned, none)
        (slope,) = torch.autograd.grad(value, learned)
        learned = learned - value / (4 * slope.square().sum()) * slope
    assert torch.isfinite(learned).all()
    assert eyes_loss(learned, none) < 0.1 * first


def test_flat_pictures_have_a_finite_slope():
    flat = as_image(np.full((SIDE, SIDE), 0.3)).clone().requires_grad_()
    eyes_loss(flat, flat.detach()).backward()
    assert torch.isfinite(flat.grad).all()


def test_eyes_are_counted_but_not_those_of_the_content():
    none = torch.full((1, 3, SIDE, 2 * SIDE), 0.3, dtype=torch.float64)
    eye = as_image(an_eye())
    two = torch.cat([eye, eye], dim=3)
    of_one = torch.cat([eye, none[..., :SIDE]], dim=3)
    pixels = 2 * SIDE**2
    assert eyes_seen(two, none) == pytest.approx(2e4 / pixels)
    assert eyes_seen(two, of_one) == pytest.approx(1e4 / pixels)
    assert eyes_seen(two, two) == 0
