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

from wasserstyle.ot.costs import average
from wasserstyle.ot.products import self_product
from wasserstyle.types import Cloud, Mass, Scalar

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


def moments(x: Cloud, mass: Mass | None = None) -> Moments:
    """Mean and covariance of a cloud; mass of each point sums to one, None: all alike."""
    if mass is None:
        mean = x.mean(dim=0)
        return Moments(mean, self_product((x - mean).T) / x.shape[0])
    mean = mass @ x
    return Moments(mean, self_product(((x - mean) * mass.sqrt()[:, None]).T))


def mixture(all_of: Sequence[Moments], weights: Sequence[float]) -> Moments:
    """Moments of several clouds taken as one; weights are relative."""
    whole = sum(weights)
    pairs = [(w / whole, one) for w, one in zip(weights, all_of, strict=True)]
    mean = torch.stack([share * one.mean for share, one in pairs]).sum(0)
    second = [share * (one.covariance + one.mean.outer(one.mean)) for share, one in pairs]
    return Moments(mean, torch.stack(second).sum(0) - mean.outer(mean))


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
    return _by_overlap(x, y, overlap(sqrtm_psd(y.covariance).detach(), x.covariance))


def _by_overlap(x: Moments, y: Moments, shared: Scalar) -> Scalar:
    """The closed form of the squared distance."""
    shift = (x.mean - y.mean).square().sum()
    return shift + x.covariance.trace() + y.covariance.trace() - 2 * shared


@dataclass(frozen=True)
class Goal:
    """A Gaussian to be reached, ready for many updates; float64."""

    moments: Moments
    root: Float[Tensor, "d d"]
    """Of its covariance."""

    @classmethod
    def of(cls, moments: Moments) -> "Goal":
        """Prepare a Gaussian."""
        wide = Moments(moments.mean.double(), moments.covariance.double())
        return cls(wide, sqrtm_psd(wide.covariance))


def wasserstein2_to(x: Moments, goal: Goal) -> Scalar:
    """:func:`wasserstein2` to a Gaussian whose root is known; ``x`` in float64."""
    return _by_overlap(x, goal.moments, overlap(goal.root, x.covariance))


def wasserstein2_by_eigenvalues(y: Cloud, goal: Goal, mass: Mass | None = None) -> Scalar:
    """Squared distance of the Gaussian of a cloud to another one, in float64 throughout.

    Value and gradient are those of :func:`wasserstein2_by_transport`, by another way.
    """
    own = moments(y.double(), None if mass is None else mass.double())
    return wasserstein2_to(own, goal).to(y)


def wasserstein2_by_transport(y: Cloud, goal: Goal, mass: Mass | None = None) -> Scalar:
    """Squared distance of the Gaussian of a cloud to another one, by the optimal map t.

    The gradient is that of the mean of ``|y_i - t(y_i)|^2`` with t held still, which is the
    distance's own (Marron, Sec. 3; the envelope theorem); the value is the closed form. No
    matrix root is differentiated: repeated eigenvalues and missing rank do no harm.

    Args:
        y: Points.
        goal: Where to.
        mass: Of each point, summing to one; None: all alike.
    """
    with torch.no_grad():
        own = moments(y, mass)
        wide = Moments(own.mean.double(), own.covariance.double())
        few = len(y) < y.shape[1]
        move = _carry_few if few else _carry_many
        moved, shared = move(y, wide, goal, mass)
        value = _by_overlap(wide, goal.moments, shared)
    squares = average((y - moved).square().sum(dim=1), mass)
    return value.to(y) + squares - squares.detach()


def _carry_many(y: Cloud, own: Moments, goal: Goal, mass: Mass | None) -> tuple[Cloud, Scalar]:
    """Images of points under t, and the overlap, by the eigenvalues of ``M = R A R``."""
    root = goal.root
    values, vectors = _kept_eigenvalues(root @ own.covariance @ root)
    half = root @ vectors
    t = (half * _inverse(values.sqrt())) @ half.T
    return goal.moments.mean.to(y) + (y - own.mean.to(y)) @ t.to(y), values.sqrt().sum()


def _carry_few(y: Cloud, own: Moments, goal: Goal, mass: Mass | None) -> tuple[Cloud, Scalar]:
    """The same for fewer points than dimensions, by those of ``K = (P Y) B (P Y)^T``.

    Y are the centred points, P the roots of their masses. With ``N = P Y R`` is M = N^T N and
    K = N N^T, so that ``N M^-1/2 = K^-1/2 N`` and ``Y T = P^-1 K^-1/2 P Y B``.
    """
    centred = y.double() - own.mean
    shares = torch.full_like(centred[:, 0], 1 / len(y)) if mass is None else mass.double()
    weight = shares.sqrt()[:, None]
    onward = weight * (centred @ goal.moments.covariance)
    values, vectors = _kept_eigenvalues(onward @ (weight * centred).T)
    turned = (vectors * _inverse(values.sqrt())) @ (vectors.T @ onward)
    return (goal.moments.mean + turned * _inverse(weight)).to(y), values.sqrt().sum()


def _kept_eigenvalues(a: Float[Tensor, "d d"]) -> tuple[Float[Tensor, " d"], Tensor]:
    """Eigenvalues, those that are nothing but rounding as zeros, and eigenvectors."""
    values, vectors = torch.linalg.eigh((a + a.T) / 2)
    return torch.where(values > NULL * values.max(), values, 0), vectors


def _inverse(x: Tensor) -> Tensor:
    """1/x, and 0 for 0."""
    return torch.where(x > 0, 1 / x.clamp_min(torch.finfo(x.dtype).tiny), 0)


def monge_map(cov_x: Float[Tensor, "d d"], cov_y: Float[Tensor, "d d"]) -> Float[Tensor, "d d"]:
    """Linear part T of the optimal map from N(m_x, cov_x) to N(m_y, cov_y).

    T is symmetric and positive semi-definite, and T A T = B where A has full rank; directions
    in which A has no variance are mapped to zero.
    """
    values, vectors = _kept_eigenvalues(cov_x)
    root = values.sqrt()
    half, half_inverse = ((vectors * v) @ vectors.T for v in (root, _inverse(root)))
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
