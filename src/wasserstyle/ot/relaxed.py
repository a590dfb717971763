"""Relaxed earth mover's distance (Kusner et al. 2015; Kolkin et al. 2019, Eqs. 5 and 6)."""

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.ot.costs import directions
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
    u: Float[Tensor, "n d"], v: Float[Tensor, "m d"], search: torch.dtype | None = None
) -> Scalar:
    """Relaxed EMD under cosine distance of points of unit length.

    The gradient of a minimum flows through the chosen pair only. So the pairs are chosen
    without a graph, and only the chosen ones are evaluated again with one: the backward pass is
    a gather instead of an n x m x d product.

    Args:
        u: First cloud, unit vectors.
        v: Second cloud, unit vectors, a constant.
        search: Precision in which pairs are chosen; None: that of ``u``, which is exact.
    """
    with torch.no_grad():
        similarity = u.to(search or u.dtype) @ v.to(search or u.dtype).T
        to_v, to_u = similarity.max(dim=1), similarity.max(dim=0)
        u_side = bool(to_v.values.float().mean() <= to_u.values.float().mean())
    # index_select, not u[...]: the backward pass of the latter adds in any order
    pairs = u * v[to_v.indices] if u_side else u.index_select(0, to_u.indices) * v
    return 1 - pairs.sum(dim=1).mean()
