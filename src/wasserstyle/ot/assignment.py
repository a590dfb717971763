"""Optimal transport restricted to permutations: who gets which target, each used so many times.

With n points and m targets every target is used at most ⌈n/m⌉ times, so that as many points as
targets make a permutation. Few points are assigned exactly; many by trading in blocks.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment
from torch import Tensor

EXACT = 4096
"""Points, or targets as often as they may be used, up to which an assignment is exact by
default: 8 s on one core for features of pictures, and 0.3 GB; 8100 take 121 s."""
BLOCK = 256
"""Most pairs that trade targets among themselves at a time."""
SWEEPS = 16
"""Trades that every pair takes part in, by default."""

Choice = Int[Tensor, " n"]
"""The target of each point."""


def assignment(cost: Float[Tensor, "n m"]) -> Choice:
    """The cheapest choice of a target for every point, none used more than ⌈n/m⌉ times.

    Args:
        cost: Of each point with each target, finite.

    Example:
        >>> assignment(torch.tensor([[0.0, 1.0], [0.0, 9.0]]))
        tensor([1, 0])
    """
    points, targets = cost.shape
    copies = cost.detach().double().repeat(1, _uses(points, targets)).cpu().numpy()
    chosen = torch.from_numpy(linear_sum_assignment(copies)[1]).to(cost.device)
    return chosen % targets


def nearest_assignment(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, "m d"],
    *,
    generator: torch.Generator,
    exact: int = EXACT,
    sweeps: int = SWEEPS,
) -> Choice:
    """The choice with the least sum of squared distances, or nearly.

    Beyond ``exact`` points: all begin with targets in their order; then, in every sweep, the
    pairs of point and target are divided into blocks with middles near each other, and each
    block trades its targets by an exact assignment, so that no sweep raises the cost. Time and
    memory grow with n + m. Measured on patches of VGG features, one core: 0.3 to 1.1 % above
    the least cost, 4096 points in 2 s and 8100 in 4 s (exact: 8 s and 121 s); about twice that
    with half the sweeps. Rounds in which every free target asks for its nearest free point (Gu
    et al. 2018) end 4 % above with 4096 points and 6 % with 8100.

    Args:
        x: Points.
        y: Targets; each is used at most ⌈n/m⌉ times.
        generator: Draws the directions in which pairs are divided; not asked where exact.
        exact: Largest number of points, and of targets times their uses, assigned exactly.
        sweeps: Trades of every pair beyond that.
    """
    seats = len(y) * _uses(len(x), len(y))
    if seats <= exact:
        return assignment(_costs(x, y))
    holds = torch.arange(seats, device=x.device)
    for _ in range(sweeps):
        for block in _blocks(_middles(x, y, holds), generator):
            _trade(x, y, holds, block)
    return holds[: len(x)] % len(y)


def _uses(points: int, targets: int) -> int:
    """⌈n/m⌉."""
    return -(-points // targets)


def _costs(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
    """Half the squared distances, less what depends on the point alone."""
    return y.square().sum(dim=1) / 2 - x @ y.T


def _middles(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], holds: Int[Tensor, " _seats"]
) -> Float[Tensor, "_seats d"]:
    """Twice the middle between point and target; a free target is its own partner."""
    held = y[holds % len(y)]
    return held + torch.cat([x, held[len(x) :]])


def _blocks(
    middles: Float[Tensor, "_seats d"], generator: torch.Generator
) -> Iterator[Int[Tensor, " _block"]]:
    """Halve until small, along a direction that is random but prefers where points spread."""
    waiting = [torch.arange(len(middles), device=middles.device)]
    while waiting:
        block = waiting.pop()
        if len(block) <= BLOCK:
            yield block
            continue
        here = middles[block]
        drawn = torch.randn(here.shape[1], generator=generator).to(here)
        order = block[(here @ (here.T @ (here @ drawn))).argsort(stable=True)]
        waiting += [order[: len(order) // 2], order[len(order) // 2 :]]


def _trade(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, "m d"],
    holds: Int[Tensor, " _seats"],
    block: Int[Tensor, " _block"],
) -> None:
    """Divide the targets of a block anew among its points, the cheapest way."""
    points, rest = block[block < len(x)], block[block >= len(x)]
    held = holds[torch.cat([points, rest])]
    if len(points) == 0:
        return
    costs = _costs(x[points], y[held % len(y)]).double().cpu().numpy()
    taken = torch.from_numpy(linear_sum_assignment(costs)[1]).to(x.device)
    free = torch.ones(len(held), dtype=torch.bool, device=x.device)
    free[taken] = False
    holds[points], holds[rest] = held[taken], held[free]
