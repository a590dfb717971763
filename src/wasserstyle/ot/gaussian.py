"""Transport between Gaussians: closed forms.

For N(m, A) and N(n, B) the squared 2-Wasserstein distance is
``|m - n|^2 + tr A + tr B - 2 tr (A^1/2 B A^1/2)^1/2``, the optimal map from the first to the
second is ``t(x) = n + T (x - m)`` with ``T = A^-1/2 (A^1/2 B A^1/2)^1/2 A^-1/2`` (Dowson and
Landau 1982; Pitié and Kokaram 2007).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.ot.products import self_product
from wasserstyle.types import Cloud, Scalar

FLOOR = 1e-10
"""Share of their sum below which eigenvalues are zero but for rounding."""
NULL = 1e-7
"""Share of the largest eigenvalue below which there is no variance in a direction."""


@dataclass(frozen=True)
class Moments:
    """First two moments of a cloud: all of it, if it is Gaussian."""

    mean: Float[Tensor, " d"]
    covariance: Float[Tensor, "d d"]
    """Centred, divided by the number of points (biased)."""


def moments(x: Cloud) -> Moments:
    """Mean and covariance of a cloud."""
    mean = x.mean(dim=0)
    return Moments(mean, self_product((x - mean).T) / x.shape[0])


def sqrtm_psd(a: Float[Tensor, "d d"]) -> Float[Tensor, "d d"]:
    """Square root of a symmetric positive semi-definite matrix, by eigenvalues."""
    values, vectors = torch.linalg.eigh(a)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T


def overlap(root_a: Float[Tensor, "d d"], b: Float[Tensor, "d d"]) -> Scalar:
    """``tr (A^1/2 B A^1/2)^1/2`` from the root of A, by eigenvalues alone.

    Eigenvalues have a gradient even where they are equal; their roots have none at zero, so
    what is below ``FLOOR`` counts as nothing.
    """
    product = root_a @ b @ root_a
    values = torch.linalg.eigvalsh((product + product.T) / 2)
    floor = FLOOR * values.detach().clamp_min(0).sum() + torch.finfo(values.dtype).tiny
    return torch.where(values > floor, values.clamp_min(floor).sqrt(), 0).sum()


def overlap_of_points(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Scalar:
    """The same for the covariances of two clouds of few points: ``|X Y^T|_* / (n m)^1/2``."""
    x, y = (cloud - cloud.mean(dim=0) for cloud in (x, y))
    return torch.linalg.svdvals(x @ y.T).sum() / (len(x) * len(y)) ** 0.5


def wasserstein2(x: Moments, y: Moments) -> Scalar:
    """Squared 2-Wasserstein distance of two Gaussians; not below zero but for rounding.

    The gradient is that of ``x``; ``y`` is a constant.
    """
    shift = (x.mean - y.mean).square().sum()
    spread = x.covariance.trace() + y.covariance.trace()
    return shift + spread - 2 * overlap(sqrtm_psd(y.covariance).detach(), x.covariance)


def monge_map(cov_x: Float[Tensor, "d d"], cov_y: Float[Tensor, "d d"]) -> Float[Tensor, "d d"]:
    """Linear part T of the optimal map from N(m_x, cov_x) to N(m_y, cov_y).

    T is symmetric and positive semi-definite, and T A T = B where A has full rank; directions
    in which A has no variance are mapped to zero.
    """
    values, vectors = torch.linalg.eigh(cov_x)
    kept = values > values.max() * NULL
    root = values.clamp_min(0).sqrt()
    inverse = torch.where(kept, 1 / root.clamp_min(1e-30), 0)
    half, half_inverse = ((vectors * v) @ vectors.T for v in (root, inverse))
    return half_inverse @ sqrtm_psd(half @ cov_y @ half) @ half_inverse


def transported(points: Cloud, x: Moments, y: Moments) -> Cloud:
    """Where the optimal map from N(x) to N(y) moves points."""
    return y.mean + (points - x.mean) @ monge_map(x.covariance, y.covariance)


def geodesic(x: Moments, y: Moments, share: float) -> Moments:
    """The Gaussian on the way from x (share 0) to y (share 1) at least cost (McCann 1997)."""
    t = monge_map(x.covariance, y.covariance)
    step = (1 - share) * torch.eye(len(t), dtype=t.dtype, device=t.device) + share * t
    return Moments(torch.lerp(x.mean, y.mean, share), step @ x.covariance @ step)


def barycentre(
    all_of: Sequence[Moments], weights: Sequence[float], rounds: int = 20
) -> Moments:
    """The Gaussian with the least weighted sum of squared distances to several.

    Fixed point of Álvarez-Esteban et al. (2016); weights are relative.
    """
    whole = sum(weights)
    shares = [weight / whole for weight in weights]
    pairs = list(zip(shares, all_of, strict=True))
    mean = torch.stack([share * one.mean for share, one in pairs]).sum(0)
    covariance = torch.stack([share * one.covariance for share, one in pairs]).sum(0)
    for _ in range(rounds):
        step = torch.stack([s * monge_map(covariance, one.covariance) for s, one in pairs]).sum(
            0
        )
        covariance = step @ covariance @ step
    return Moments(mean, covariance)
