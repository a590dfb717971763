"""Relaxed earth mover's distance (Kusner et al. 2015; Kolkin et al. 2019, Eqs. 5 and 6)."""

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.ot.costs import cosine_cost, paired_cosine_cost
from wasserstyle.types import Scalar


def relaxed_emd(cost: Float[Tensor, "n m"]) -> Scalar:
    """Lower bound of the earth mover's distance between uniform clouds.

    Each of the two marginal constraints is dropped in turn; the tighter bound is kept.

    Args:
        cost: Ground cost, ``cost[i, j]`` between point i of one cloud and j of the other.

    Returns:
        ``max(mean_i min_j cost, mean_j min_i cost)``, in the unit of ``cost``.

    Example:
        >>> relaxed_emd(torch.tensor([[0.0, 2.0], [2.0, 0.0]]))
        tensor(0.)
    """
    return torch.maximum(cost.amin(dim=1).mean(), cost.amin(dim=0).mean())


def relaxed_emd_cosine(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Scalar:
    """``relaxed_emd(cosine_cost(x, y))``, without a graph through the n x m costs.

    The gradient of a minimum flows through the chosen pair only. So the pairs are chosen
    without a graph, and only the chosen ones are evaluated again with one: the backward pass is
    a gather instead of an n x m x d product. Same value, same gradient.

    Args:
        x: First cloud.
        y: Second cloud, a constant.
    """
    with torch.no_grad():
        cost = cosine_cost(x, y)
        to_y, to_x = cost.min(dim=1), cost.min(dim=0)
        x_side = bool(to_y.values.mean() >= to_x.values.mean())
    if x_side:
        return paired_cosine_cost(x, y[to_y.indices]).mean()
    return paired_cosine_cost(x[to_x.indices], y).mean()
