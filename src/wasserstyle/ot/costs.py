"""Ground costs: between all points of two clouds, or between matched points of two clouds."""

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.ot.products import self_product
from wasserstyle.types import Cloud

TINY = 1e-12
"""Smallest norm divided by: a zero vector gets a zero direction, at distance 1 of all."""


def directions(x: Cloud) -> Cloud:
    """Points divided by their Euclidean norms; a zero point stays zero (no NaN)."""
    return torch.nn.functional.normalize(x, dim=1, eps=TINY)


def cosine_cost(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Cosine distance ``1 - <x_i, y_j> / |x_i||y_j|``, in [0, 2] up to rounding."""
    return 1 - directions(x) @ directions(y).T


def self_cosine_cost(x: Float[Tensor, "n d"]) -> Float[Tensor, "n n"]:
    """:func:`cosine_cost` of a cloud with itself, with a cheaper backward pass."""
    return 1 - self_product(directions(x))


def paired_cosine_cost(x: Float[Tensor, "n d"], y: Float[Tensor, "n d"]) -> Float[Tensor, " n"]:
    """Cosine distance between point i of one cloud and point i of the other."""
    return 1 - (directions(x) * directions(y)).sum(dim=1)


def euclidean_cost(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Euclidean distance; the gradient between equal points is zero (no NaN)."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
