"""Roots by products of matrices against roots by eigenvalues."""

import pytest
import torch
from scipy.linalg import sqrtm

from wasserstyle.ot.gaussian import monge_map
from wasserstyle.ot.newton import CODES, COLOURS, monge_maps, roots


def covariances(*spreads, d=16, dtype=torch.float64):
    """One for each: deviations fall from one to the spread along directions of their own."""
    generator = torch.Generator().manual_seed(d)
    made = []
    for spread in spreads:
        q, _ = torch.linalg.qr(torch.randn(d, d, generator=generator, dtype=torch.float64))
        values = torch.logspace(0, 2 * torch.tensor(spread).log10(), d, dtype=torch.float64)
        made.append((q * values) @ q.T)
    return torch.stack(made).to(dtype)


def test_roots_are_those_of_scipy():
    a = covariances(1.0, 0.1, 0.02)
    root, inverse = roots(a, 0.02**2 / 16)
    for x, r, i in zip(a, root, inverse, strict=True):
        torch.testing.assert_close(r, torch.from_numpy(sqrtm(x.numpy()).real))
        torch.testing.assert_close(r @ i, torch.eye(16).double())


def ridged(a):
    a = a.double()
    return a + (CODES.ridge * a.trace() / 16 + CODES.least) * torch.eye(16).double()


@pytest.mark.parametrize(("dtype", "within"), [(torch.float32, 2e-3), (torch.float64, 1e-7)])
def test_maps_are_those_by_eigenvalues(dtype, within):
    x, y = covariances(0.5, 0.1, 1e-3, dtype=dtype), covariances(1e-3, 1.0, 0.2, dtype=dtype)
    for a, b, t in zip(x, y, monge_maps(x, y), strict=True):
        wanted = monge_map(ridged(a), ridged(b))
        torch.testing.assert_close(t.double(), wanted, atol=within, rtol=0)


def test_a_map_carries_one_covariance_into_the_other():
    x, y = covariances(0.5, 0.3), covariances(0.3, 0.9)
    t = monge_maps(x, y, COLOURS)
    torch.testing.assert_close(t @ x @ t, y, atol=1e-4, rtol=0)


def test_what_is_there_stays_and_a_point_stays_finite():
    x = covariances(1e-3, dtype=torch.float32)
    torch.testing.assert_close(monge_maps(x, x), torch.eye(16)[None], atol=1e-2, rtol=0)
    still = monge_maps(0 * x, 0 * x)
    torch.testing.assert_close(still, torch.eye(16)[None], atol=1e-2, rtol=0)
    assert monge_maps(0 * x, x).isfinite().all()


def test_the_least_root_that_may_be_is_found():
    a = covariances(1e-3)
    root, inverse = roots(a, float(1e-6 / a.norm()))
    found, largest = torch.linalg.eigvalsh(root)[0, 0], torch.linalg.eigvalsh(inverse)[0, -1]
    assert found.item() == pytest.approx(1e-3, rel=1e-6)
    assert largest.item() == pytest.approx(1e3, rel=1e-6)
