"""The terms against the equations, and what must hold of them whatever the clouds."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from reference import equations
from wasserstyle.losses.content import self_similarity
from wasserstyle.losses.style import (
    NEAR,
    moment_distance,
    moment_distance_in_columns,
    moments,
    palette_cosine_euclidean,
    palette_euclidean,
)

FIXED = settings(derandomize=True, deadline=None)

SEEDS = st.integers(0, 10**6)
PALETTES = [
    (palette_cosine_euclidean, equations.palette_of_code),
    (palette_euclidean, equations.palette_of_paper),
]


def cloud(n, d, seed=0, dtype=torch.float64):
    return torch.rand(n, d, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def permutation(n, seed):
    return torch.randperm(n, generator=torch.Generator().manual_seed(seed))


# ------------------------------------------------------------------ content
@pytest.mark.parametrize(("n", "d", "e"), [(2, 3, 3), (9, 5, 8), (14, 30, 2)])
def test_self_similarity_is_the_equation(n, d, e):
    x, c = cloud(n, d), cloud(n, e, seed=1)
    expected = equations.self_similarity(x.numpy(), c.numpy())
    assert self_similarity(x, c).item() == pytest.approx(expected, rel=1e-11)


def test_self_similarity_gradient():
    x, c = cloud(6, 4).requires_grad_(), cloud(6, 4, seed=1)
    assert torch.autograd.gradcheck(lambda x: self_similarity(x, c), (x,))


@given(SEEDS, st.floats(1e-3, 1e3))
@FIXED
def test_self_similarity_sees_neither_order_nor_scale(seed, scale):
    x, c = cloud(9, 5, seed), cloud(9, 5, seed + 1)
    value, order = self_similarity(x, c), permutation(9, seed)
    torch.testing.assert_close(self_similarity(x[order], c[order]), value)
    torch.testing.assert_close(self_similarity(x * scale, c), value)
    assert self_similarity(x[order], c) > value / 10  # but not of one alone


@given(SEEDS)
@FIXED
def test_self_similarity_is_zero_on_equals_and_at_most_two(seed):
    x, c = cloud(9, 5, seed) - 0.5, cloud(9, 5, seed + 1) ** 9
    assert self_similarity(x, 3 * x).item() == pytest.approx(0, abs=1e-12)
    assert 0 < self_similarity(x, c) <= 2


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("d", [3, 2179])
@pytest.mark.parametrize("seed", range(6))
def test_self_similarity_of_flat_images_keeps_its_bound(seed, d, dtype):
    """All points equal: every distance is rounding noise, of either sign."""
    flat, varied = cloud(1, d, seed, dtype).repeat(64, 1), cloud(64, d, seed + 1, dtype)
    for output, c in ((flat, varied), (varied, flat), (flat, flat)):
        x = output.clone().requires_grad_()
        value = self_similarity(x, c)
        value.backward()
        assert 0 <= value <= 2
        assert x.grad.isfinite().all()


# ------------------------------------------------------------------ moments
def test_moments_are_the_equation():
    x = cloud(11, 6)
    found = moments(x)
    mean, covariance = equations.moments(x.numpy())
    np.testing.assert_allclose(found.mean, mean, rtol=1e-12)
    np.testing.assert_allclose(found.covariance, covariance, atol=1e-14)


@pytest.mark.parametrize(("n", "m", "d"), [(5, 8, 3), (12, 7, 10), (1, 3, 2)])
def test_moment_distance_is_the_equation(n, m, d):
    x, y = cloud(n, d), cloud(m, d, seed=1) * 2
    expected = equations.moment_distance(x.numpy(), y.numpy())
    assert moment_distance(x, moments(y)).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("block", [1, 2, 3, 6])
def test_blocks_of_columns_average_to_the_whole(block):
    """Over a partition into equal blocks, value and gradient: unbiased, exactly."""
    x, style = cloud(9, 6).requires_grad_(), moments(cloud(13, 6, seed=1))
    blocks = permutation(6, seed=2).split(block)
    parts = torch.stack([moment_distance_in_columns(x, style, b) for b in blocks])
    whole = moment_distance(x, style)
    torch.testing.assert_close(parts.mean(), whole, rtol=1e-12, atol=0)
    gradients = [torch.autograd.grad(v, x)[0] for v in (parts.mean(), whole)]
    torch.testing.assert_close(*gradients, rtol=1e-12, atol=1e-15)
    if block < 6:
        assert parts.std() > 0  # blocks do differ


def test_moments_gradient():
    x, style = cloud(6, 4).requires_grad_(), moments(cloud(9, 4, seed=1))
    assert torch.autograd.gradcheck(lambda x: moment_distance(x, style), (x,))


def test_moments_see_no_order_and_are_zero_on_equals():
    x = cloud(9, 4)
    assert moment_distance(x[permutation(9, 0)], moments(x)).item() == pytest.approx(
        0, abs=1e-15
    )


# ------------------------------------------------------------------ palette
@pytest.mark.parametrize(("n", "m"), [(4, 9), (9, 4), (1, 1)])
@pytest.mark.parametrize(("palette", "equation"), PALETTES)
def test_palette_is_the_equation(palette, equation, n, m):
    x, y = cloud(n, 3), cloud(m, 3, seed=1)
    y[0] = x[0] + 1e-4  # within the floor of the authors' cost
    expected = equation(x.numpy(), y.numpy())
    assert palette(x, y).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_palette_of_equal_pixels_is_zero_up_to_the_floor_of_the_authors(dtype):
    x = cloud(9, 3, dtype=dtype)
    y = x[permutation(9, 0)]
    assert palette_euclidean(x, y) == 0
    floor = (NEAR / 3) ** 0.5
    assert palette_cosine_euclidean(x, y).item() == pytest.approx(floor, abs=1e-6)
    assert NEAR == 1e-5


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("black", ["output", "style", "both"])
@pytest.mark.parametrize("palette", [p for p, _ in PALETTES])
def test_black_pixels_give_no_nan(palette, black, dtype):
    x, y = cloud(6, 3, dtype=dtype), cloud(2, 3, seed=1, dtype=dtype)
    if black != "style":
        x[:2] = 0
    if black != "output":
        y[0] = 0
    x.requires_grad_()
    value = palette(x, y)
    value.backward()
    assert value.isfinite()
    assert x.grad.isfinite().all()
    assert x.grad[3:].abs().max() > 0


def test_a_black_pixel_does_not_drown_the_others():
    """Adaptive step sizes remember the largest gradient: 1e10 at one pixel stops its region."""
    x, y = cloud(64, 3, dtype=torch.float32), cloud(4, 3, seed=1, dtype=torch.float32)
    x[0] = 0
    x.requires_grad_()
    palette_cosine_euclidean(x, y).backward()
    others = x.grad[1:].norm(dim=1).max()
    assert others > 0
    assert x.grad[0].norm() < 1e4 * others
