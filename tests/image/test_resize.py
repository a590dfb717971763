import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from image.pictures import image
from wasserstyle.errors import BadSetting
from wasserstyle.image import fit, resize

sides = st.integers(1, 20_000)


@given(sides, sides, sides)
def test_fit_keeps_the_aspect(height, width, long_side):
    new = fit((height, width), long_side)
    assert max(new) == long_side
    for side, old in zip(new, (height, width), strict=True):
        exact = old * long_side / max(height, width)
        assert side >= 1
        assert abs(side - exact) <= 0.5 + 1e-9 or (side == 1 and exact < 1)


def test_fit_examples():
    assert fit((1080, 1920), 512) == (288, 512)
    assert fit((3, 2), 3) == (3, 2)
    assert fit((1, 5000), 100) == (1, 100)
    assert fit((1, 2), 1) == (1, 1)
    assert fit((1, 2), 5) == (3, 5)  # 2.5 goes up


@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(0, 9),
)
@settings(max_examples=60, deadline=None)
def test_values_stay_in_range(height, width, new_height, new_width, seed):
    given_ = torch.rand(
        1, 2, height, width, generator=torch.Generator().manual_seed(seed)
    ).round()
    resized = resize(given_, new_height, new_width)
    assert resized.shape == (1, 2, new_height, new_width)
    assert resized.min() >= given_.min()
    assert resized.max() <= given_.max()


def test_same_size_returns_the_input():
    picture = image()
    assert resize(picture, 24, 32) is picture


def test_constant_stays_constant():
    for size in ((7, 5), (100, 3)):
        assert (resize(torch.full((1, 1, 24, 32), 0.3), *size) == 0.3).all()


def test_pixel_centres_are_at_halves():
    ramp = (torch.arange(8) + 0.5).expand(1, 1, 8, 8) / 8
    half = resize(ramp, 8, 4)[0, 0, 0, 1:-1]
    np.testing.assert_allclose(half, [3 / 8, 5 / 8], atol=1e-6)


def test_shrinking_averages():
    checks = (torch.arange(64)[:, None] + torch.arange(64)).remainder(2).float()[None, None]
    assert (resize(checks, 8, 8) - 0.5).abs().max() < 0.03


def test_other_channels_and_precision():
    assert resize(torch.rand(2, 7, 9, 9, dtype=torch.float64), 4, 3).dtype == torch.float64


def test_gradient_flows():
    picture = image().requires_grad_()
    resize(picture, 12, 16).sum().backward()
    assert (picture.grad > 0).all()


@pytest.mark.parametrize("call", [lambda: fit((2, 2), 0), lambda: resize(image(), 0, 5)])
def test_sizes_below_one(call):
    with pytest.raises(BadSetting, match="1 or more"):
        call()
