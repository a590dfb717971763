import numpy as np
import pytest
import torch

from reference import equations
from wasserstyle.pyramid import decompose, enlarge, finest_band, reconstruct

SIZES = [(1, 1), (1, 9), (2, 1), (3, 5), (16, 16), (37, 64), (341, 127)]
all_sizes = pytest.mark.parametrize("size", SIZES, ids=str)


def image(height, width):
    g = torch.Generator().manual_seed(0)
    return torch.rand(1, 3, height, width, generator=g, dtype=torch.float64)


@all_sizes
@pytest.mark.parametrize("levels", [0, 1, 5])
def test_reconstruction_is_exact(size, levels):
    x = image(*size)
    bands = decompose(x, levels)
    assert len(bands) == levels + 1
    torch.testing.assert_close(reconstruct(bands), x, rtol=0, atol=1e-14)


def test_bands_halve_down_to_one_pixel():
    sizes = [tuple(b.shape[2:]) for b in decompose(image(341, 20), 5)]
    assert sizes == [(341, 20), (170, 10), (85, 5), (42, 2), (21, 1), (10, 1)]


@all_sizes
def test_finest_band_is_the_equation(size):
    x = image(*size)
    expected = np.stack([equations.smooth_laplacian_band(c) for c in x[0].numpy()])
    np.testing.assert_allclose(finest_band(x)[0], expected, atol=1e-13)


def test_a_flat_image_has_no_bands():
    *bands, rest = decompose(torch.full((1, 3, 21, 34), 0.7).double(), 5)
    assert all(b.abs().max() < 1e-15 for b in bands)
    torch.testing.assert_close(rest, torch.full_like(rest, 0.7))


def test_gradient_reaches_every_band():
    bands = [b.requires_grad_() for b in decompose(image(9, 6), 3)]
    assert torch.autograd.gradcheck(lambda *b: reconstruct(list(b)), bands)


def test_enlarging_treats_odd_and_even_pixels_nearly_alike():
    # Mean slope of enlarged noise at odd and even pixels; bilinear alone has a ratio of 2.
    coarse = torch.randn(1, 3, 200, 200, generator=torch.Generator().manual_seed(0))
    slopes = enlarge(coarse, 400, 400).diff(dim=3).abs()
    phases = [slopes[..., i::2].mean().item() for i in (0, 1)]
    assert max(phases) / min(phases) < 1.35
