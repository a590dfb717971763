"""Relaxed earth mover's distance (Kusner et al. 2015; Kolkin et al. 2019, Eqs. 5 and 6)."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wasserstyle.ot.costs import TINY, average, directions
from wasserstyle.types import Cloud, Scalar

PairCost = Callable[[Cloud, Cloud], Float[Tensor, " _pairs"]]
"""Ground cost of points side by side."""


@dataclass(frozen=True)
class Pairing:
    """The user's ground cost (Kolkin et al. 2019, Sec. 2.4): β D, D, or infinity."""

    factor: Float[Tensor, " n"]
    """Of the costs of each point of the first cloud: β where it is constrained, 1 elsewhere."""
    allowed: Bool[Tensor, "n m"]
    """False where the cost is infinite; every row needs a true one."""
    mass: Float[Tensor, " m"]
    """Of each point of the second cloud; those that none may reach are left out."""


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
    *,
    search: torch.dtype | None = None,
    mass: Float[Tensor, " n"] | None = None,
    pairing: Pairing | None = None,
) -> Scalar:
    """Relaxed EMD under cosine distance of points of unit length: the larger of its bounds.

    Args: as :func:`bounds_of_directions`.
    """
    return torch.maximum(*bounds_of_directions(u, v, search=search, mass=mass, pairing=pairing))


def bounds_of_directions(
    u: Float[Tensor, "n d"],
    v: Float[Tensor, "m d"],
    *,
    search: torch.dtype | None = None,
    mass: Float[Tensor, " n"] | None = None,
    pairing: Pairing | None = None,
) -> tuple[Scalar, Scalar]:
    """R_A and R_B (Kolkin et al. 2019, Eq. 5) under cosine distance of unit vectors.

    Args:
        u: First cloud, unit vectors.
        v: Second cloud, unit vectors, a constant.
        search: Precision in which pairs are chosen; None: that of ``u``, which is exact.
        mass: Of each point of the first cloud, summing to one; None: all alike.
        pairing: Which points may be matched; None: any.

    Returns:
        Mean cost from each point of the first cloud to its nearest one of the second, and the
        other way round.
    """
    with torch.no_grad():
        costs = 1 - u.to(search or u.dtype) @ v.to(search or u.dtype).T

    def cost(a: Float[Tensor, "k d"], b: Float[Tensor, "k d"]) -> Float[Tensor, " k"]:
        return 1 - (a * b).sum(dim=1)

    return bounds_of_pairs(u, v, costs, cost=cost, mass=mass, pairing=pairing)


def relaxed_emd_of_pairs(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, "m d"],
    costs: Float[Tensor, "n m"],
    *,
    cost: PairCost,
    mass: Float[Tensor, " n"] | None = None,
    pairing: Pairing | None = None,
) -> Scalar:
    """Relaxed EMD for any ground cost: the larger of :func:`bounds_of_pairs`."""
    return torch.maximum(*bounds_of_pairs(x, y, costs, cost=cost, mass=mass, pairing=pairing))


def bounds_of_pairs(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, "m d"],
    costs: Float[Tensor, "n m"],
    *,
    cost: PairCost,
    mass: Float[Tensor, " n"] | None = None,
    pairing: Pairing | None = None,
) -> tuple[Scalar, Scalar]:
    """R_A and R_B for any ground cost, with only the chosen pairs in the graph.

    The gradient of a minimum flows through the chosen pair only. So pairs are chosen without a
    graph, and only the chosen ones evaluated again with one: the backward pass is then a gather
    instead of an n x m x d product. Gather with ``index_select``: unlike that of ``x[i]``, its
    backward pass adds in a fixed order.

    Args:
        x: First cloud.
        y: Second cloud, a constant.
        costs: Ground costs between all points, without a graph.
        cost: The ground cost of points side by side.
        mass: Of each point of the first cloud, summing to one; None: all alike.
        pairing: Which points may be matched; None: any.
    """
    if pairing is None:
        to_y = average(cost(x, y[costs.argmin(dim=1)]), mass)
        to_x = cost(x.index_select(0, costs.argmin(dim=0)), y).mean()
        return to_y, to_x
    allowed = torch.where(pairing.allowed, pairing.factor[:, None] * costs, torch.inf)
    near_x, near_y = allowed.argmin(dim=1), allowed.argmin(dim=0)
    to_y = average(pairing.factor * cost(x, y[near_x]), mass)
    to_x = pairing.factor[near_y] * cost(x.index_select(0, near_y), y)
    reached = pairing.mass * pairing.allowed.any(dim=0)
    return to_y, to_x @ reached / reached.sum().clamp_min(TINY)
