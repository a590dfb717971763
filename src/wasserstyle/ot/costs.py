"""Ground costs between all points of two clouds."""

import torch
from jaxtyping import Float
from torch import Tensor

TINY = 1e-12
"""Smallest norm divided by: a zero vector gets a zero direction, at distance 1 of all."""


def average(
    values: Float[Tensor, " n"], mass: Float[Tensor, " n"] | None = None
) -> Float[Tensor, ""]:
    """Mean over points that have a mass each (summing to one); None: all alike."""
    return values.mean() if mass is None else values @ mass


def directions(x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """Points divided by their Euclidean norms; a zero point stays zero (no NaN)."""
    norm = x.square().sum(dim=1, keepdim=True).clamp_min(TINY**2).sqrt()
    return x / norm.masked_fill(norm <= TINY, 1.0)


def cosine_cost(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Cosine distance ``1 - <x_i, y_j> / |x_i||y_j|``, in [0, 2] up to rounding."""
    return 1 - directions(x) @ directions(y).T


def euclidean_cost(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Euclidean distance; the gradient between equal points is zero (no NaN)."""
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")
