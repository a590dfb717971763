import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from wasserstyle.ot.gaussian import monge_map, sqrtm_psd


def covariance(d, seed, rank=None):
    g = torch.Generator().manual_seed(seed)
    a = torch.randn(d, rank or d, generator=g, dtype=torch.float64)
    return a @ a.T


@pytest.mark.parametrize("d", [1, 3, 8])
def test_square_root(d):
    a = covariance(d, seed=d)
    np.testing.assert_allclose(sqrtm_psd(a), sqrtm(a.numpy()).real, atol=1e-10)


@pytest.mark.parametrize("d", [1, 3, 8])
@pytest.mark.parametrize("rank", [None, 1])
def test_monge_map_carries_one_covariance_into_the_other(d, rank):
    a, b = covariance(d, seed=1), covariance(d, seed=2, rank=rank)
    t = monge_map(a, b)
    torch.testing.assert_close(t @ a @ t, b, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(t, t.T, rtol=1e-8, atol=1e-8)
    assert torch.linalg.eigvalsh(t).min() > -1e-8  # the gradient of a convex function


def test_monge_map_is_the_identity_between_equals_and_a_ratio_in_one_dimension():
    a = covariance(4, seed=1)
    torch.testing.assert_close(monge_map(a, a), torch.eye(4).double(), rtol=0, atol=1e-9)
    ratio = monge_map(torch.tensor([[4.0]]), torch.tensor([[9.0]]))
    torch.testing.assert_close(ratio, torch.tensor([[1.5]]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_directions_without_variance_are_mapped_to_zero(dtype):
    a = torch.diag(torch.tensor([2.0, 0.0, 1.0], dtype=dtype))
    t = monge_map(a, torch.eye(3, dtype=dtype))
    expected = torch.diag(torch.tensor([0.5**0.5, 0.0, 1.0], dtype=dtype))
    torch.testing.assert_close(t, expected)
    assert monge_map(a * 0, torch.eye(3, dtype=dtype)).abs().max() == 0
