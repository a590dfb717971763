"""Relaxed earth mover's distance (Kusner et al. 2015; Kolkin et al. 2019, Eqs. 5 and 6)."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from wasserstyle.ot.costs import average, directions
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
    """``relaxed_emd(cosine_cost(x, y))``, same value and gradient, at a lower price.

    Args:
        x: First cloud.
        y: Second cloud, a constant.
    """
    return relaxed_emd_of_directions(directions(x), directions(y))


def relaxed_emd_of_directions(
    u: Float[Tensor, "n d"],
    v: Float[Tensor, "m d"],
    search: torch.dtype | None = None,
    mass: Float[Tensor, " n"] | None = None,
) -> Scalar:
    """Relaxed EMD under cosine distance of points of unit length.

    Args:
        u: First cloud, unit vectors.
        v: Second cloud, unit vectors, a constant.
        search: Precision in which pairs are chosen; None: that of ``u``, which is exact.
        mass: Of each point of the first cloud, summing to one; None: all alike.
    """
    with torch.no_grad():
        near_u, near_v = nearest(1 - u.to(search or u.dtype) @ v.to(search or u.dtype).T)
    to_v = average((u * v[near_u]).sum(dim=1), mass)
    to_u = (u.index_select(0, near_v) * v).sum(dim=1).mean()
    return 1 - torch.minimum(to_v, to_u)


def nearest(cost: Float[Tensor, "n m"]) -> tuple[Int[Tensor, " n"], Int[Tensor, " m"]]:
    """For each row its cheapest column, for each column its cheapest row.

    The gradient of a minimum flows through the chosen pair only. So pairs can be chosen without
    a graph, and only the chosen ones evaluated again with one: the backward pass is then a
    gather instead of an n x m x d product. Gather with ``index_select``: unlike that of
    ``u[i]``, its backward pass adds in a fixed order.
    """
    return cost.argmin(dim=1), cost.argmin(dim=0)
