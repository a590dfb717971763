"""Style terms: moments and palette. The transport itself is in ``ot``."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from wasserstyle.ot.costs import cosine_cost, euclidean_cost
from wasserstyle.ot.products import self_product
from wasserstyle.ot.relaxed import relaxed_emd
from wasserstyle.types import Cloud, Scalar

NEAR = 1e-5
"""Squared colour distance below which the authors' palette cost is flat (their code)."""


@dataclass(frozen=True)
class Moments:
    """First two moments of a cloud."""

    mean: Float[Tensor, " d"]
    covariance: Float[Tensor, "d d"]
    """Centred, divided by the number of points (biased, as in the authors' code)."""


def moments(x: Cloud, weights: Float[Tensor, " _points"] | None = None) -> Moments:
    """Mean and covariance of a cloud whose points weigh ``weights`` (equal if None; sum 1)."""
    if weights is None:
        mean = x.mean(dim=0)
        return Moments(mean, self_product((x - mean).T) / x.shape[0])
    mean = weights @ x
    return Moments(mean, self_product(((x - mean) * weights.sqrt()[:, None]).T))


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
    near = euclidean_cost(x, y).clamp_min(NEAR**0.5)
    return relaxed_emd(cosine_cost(x, y) + near / 3**0.5)


def palette_euclidean(x: Float[Tensor, "n 3"], y: Float[Tensor, "m 3"]) -> Scalar:
    """Relaxed EMD of colours, Euclidean cost (Kolkin et al. 2019, Sec. 2.2)."""
    return relaxed_emd(euclidean_cost(x, y))
