"""Style terms: moments and palette. The transport itself is in ``ot``."""

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.ot.costs import cosine_cost, directions, euclidean_cost
from wasserstyle.ot.gaussian import Moments, moments
from wasserstyle.ot.relaxed import Pairing, relaxed_emd_of_pairs
from wasserstyle.types import Cloud, Scalar

NEAR = 1e-5
"""Squared colour distance below which the authors' palette cost is flat (their code)."""


def moment_distance(x: Cloud, style: Moments) -> Scalar:
    """Mean absolute difference of means, plus that of covariances (Kolkin et al., Eq. 8)."""
    own = moments(x)
    return (own.mean - style.mean).abs().mean() + (
        own.covariance - style.covariance
    ).abs().mean()


def moment_distance_in_columns(
    x: Float[Tensor, "n d"],
    style: Moments,
    columns: Float[Tensor, " k"] | Tensor,
    mass: Float[Tensor, " n"] | None = None,
) -> Scalar:
    """:func:`moment_distance` with only some columns of the covariance.

    For columns drawn uniformly, the expectation of value and gradient is the full term's.

    Args:
        x: Points.
        style: Moments to match.
        columns: Indices (k,) of the columns compared.
        mass: Of each point, summing to one; None: all alike.
    """
    share = torch.full_like(x[:, :1], 1 / x.shape[0]) if mass is None else mass[:, None]
    mean = (share * x).sum(dim=0)
    centred = x - mean
    block = centred.T @ (share * centred.index_select(1, columns))
    return (mean - style.mean).abs().mean() + (
        block - style.covariance.index_select(1, columns)
    ).abs().mean()


def palette_cosine_euclidean(
    x: Float[Tensor, "n 3"],
    y: Float[Tensor, "m 3"],
    mass: Float[Tensor, " n"] | None = None,
    pairing: Pairing | None = None,
) -> Scalar:
    """Relaxed EMD of colours, cosine plus scaled Euclidean cost (the authors' code).

    The orthogonal change of colour space that their code makes first changes neither distance.

    Args:
        x: First cloud.
        y: Second cloud, a constant.
        mass: Of each point of the first cloud, summing to one; None: all alike.
        pairing: Which points may be matched; None: any.
    """

    def cost(a: Cloud, b: Cloud) -> Float[Tensor, " _pairs"]:
        cosine = 1 - (directions(a) * directions(b)).sum(dim=1)
        near = (a - b).square().sum(dim=1).clamp_min(NEAR)
        return cosine + (near / 3).sqrt()

    with torch.no_grad():
        costs = cosine_cost(x, y) + euclidean_cost(x, y).clamp_min(NEAR**0.5) / 3**0.5
    return relaxed_emd_of_pairs(x, y, costs, cost=cost, mass=mass, pairing=pairing)


def palette_euclidean(
    x: Float[Tensor, "n 3"],
    y: Float[Tensor, "m 3"],
    mass: Float[Tensor, " n"] | None = None,
    pairing: Pairing | None = None,
) -> Scalar:
    """Relaxed EMD of colours, Euclidean cost (Kolkin et al. 2019, Sec. 2.2)."""

    def cost(a: Cloud, b: Cloud) -> Float[Tensor, " _pairs"]:
        return torch.linalg.vector_norm(a - b, dim=1)

    with torch.no_grad():
        costs = euclidean_cost(x, y)
    return relaxed_emd_of_pairs(x, y, costs, cost=cost, mass=mass, pairing=pairing)
