"""Content terms."""

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.ot.costs import directions
from wasserstyle.ot.products import self_product
from wasserstyle.types import Scalar


def self_similarity(x: Float[Tensor, "n d"], c: Float[Tensor, "n _d"]) -> Scalar:
    """Change of the normalised self-similarities (Kolkin et al. 2019, Eq. 7).

    Distances between all pairs of points of one image, each column divided by its sum, compared
    with those at the same positions of the other image.

    Args:
        x: Hypercolumns of the output.
        c: Hypercolumns of the content at the same positions.

    Returns:
        ``(1/n) sum_ij |D^x_ij / sum_k D^x_kj - D^c_ij / sum_k D^c_kj|``, in [0, 2]. This is the
        authors' code; the formula in the paper is ``1/n`` of it.
    """
    return self_similarity_of_directions(directions(x), directions(c))


def self_similarity_of_directions(
    u: Float[Tensor, "n d"], w: Float[Tensor, "n _d"], mass: Float[Tensor, " n"] | None = None
) -> Scalar:
    """:func:`self_similarity` of points of unit length.

    Args:
        u: Directions of the output.
        w: Directions of the content at the same positions.
        mass: Of each point, summing to one; None: all alike. A sum over points becomes the sum
            of n times their masses.
    """
    share = torch.full_like(u[:, 0], 1 / u.shape[0]) if mass is None else mass
    change = (_over_column_means(u, share) - _over_column_means(w, share)).abs()
    return share @ change @ share


def _over_column_means(
    u: Float[Tensor, "n d"], share: Float[Tensor, " n"]
) -> Float[Tensor, "n n"]:
    distances = (1 - self_product(u)).clamp_min(0)  # rounding goes below zero
    rounding = torch.finfo(u.dtype).eps  # of a column's mean, where all points are equal
    return distances / (share @ distances).clamp_min(rounding)
