"""Style terms: moments and palette. The transport itself is in ``ot``."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.ot.costs import cosine_cost, directions, euclidean_cost
from wasserstyle.ot.products import self_product
from wasserstyle.ot.relaxed import chosen_pairs
from wasserstyle.types import Cloud, Scalar

NEAR = 1e-5
"""Squared colour distance below which the authors' palette cost is flat (their code)."""


@dataclass(frozen=True)
class Moments:
    """First two moments of a cloud."""

    mean: Float[Tensor, " d"]
    covariance: Float[Tensor, "d d"]
    """Centred, divided by the number of points (biased, as in the authors' code)."""


def moments(x: Cloud) -> Moments:
    """Mean and covariance of a cloud."""
    mean = x.mean(dim=0)
    return Moments(mean, self_product((x - mean).T) / x.shape[0])


def moment_distance(x: Cloud, style: Moments) -> Scalar:
    """Mean absolute difference of means, plus that of covariances (Kolkin et al., Eq. 8)."""
    own = moments(x)
    return (own.mean - style.mean).abs().mean() + (
        own.covariance - style.covariance
    ).abs().mean()


def moment_distance_in_columns(
    x: Float[Tensor, "n d"], style: Moments, columns: Float[Tensor, " k"] | Tensor
) -> Scalar:
    """:func:`moment_distance` with only some columns of the covariance.

    For columns drawn uniformly, the expectation of value and gradient is the full term's.

    Args:
        x: Points.
        style: Moments to match.
        columns: Indices (k,) of the columns compared.
    """
    mean = x.mean(dim=0)
    centred = x - mean
    block = centred.T @ centred.index_select(1, columns) / x.shape[0]
    return (mean - style.mean).abs().mean() + (
        block - style.covariance.index_select(1, columns)
    ).abs().mean()


def palette_cosine_euclidean(x: Float[Tensor, "n 3"], y: Float[Tensor, "m 3"]) -> Scalar:
    """Relaxed EMD of colours, cosine plus scaled Euclidean cost (the authors' code).

    The orthogonal change of colour space that their code makes first changes neither distance.
    """
    with torch.no_grad():
        cost = cosine_cost(x, y) + euclidean_cost(x, y).clamp_min(NEAR**0.5) / 3**0.5
        i, j = chosen_pairs(cost)
    a, b = x.index_select(0, i), y[j]
    cosine = 1 - (directions(a) * directions(b)).sum(dim=1)
    near = (a - b).square().sum(dim=1).clamp_min(NEAR)
    return (cosine + (near / 3).sqrt()).mean()


def palette_euclidean(x: Float[Tensor, "n 3"], y: Float[Tensor, "m 3"]) -> Scalar:
    """Relaxed EMD of colours, Euclidean cost (Kolkin et al. 2019, Sec. 2.2)."""
    with torch.no_grad():
        i, j = chosen_pairs(euclidean_cost(x, y))
    return torch.linalg.vector_norm(x.index_select(0, i) - y[j], dim=1).mean()
