"""Sliced Wasserstein distance: transport along lines (Rabin et al. 2011; Bonneel et al. 2015).

On a line the optimal plan matches quantiles: of two clouds with equally many points the i-th
smallest of one goes to the i-th smallest of the other. With n and m points, point i of n holds
the quantiles [i/n, (i+1)/n], and is matched with those of the m points whose quantiles overlap
with its own, in proportion to the overlap. That is exact for any two counts.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from wasserstyle.ot.costs import directions
from wasserstyle.types import Scalar

AT_ONCE = 1 << 22
"""Matched pairs of projections that are held at a time; about 32 bytes each, 128 MB."""


def random_directions(
    count: int, dimension: int, generator: torch.Generator
) -> Float[Tensor, "{count} {dimension}"]:
    """Unit vectors, each uniform on the sphere; on the generator's device."""
    device = generator.device
    return directions(torch.randn(count, dimension, generator=generator, device=device))


def sliced_wasserstein2(
    x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], along: Float[Tensor, "k d"]
) -> Scalar:
    """Mean over directions of the squared 2-Wasserstein distance between projections.

    The gradient is exact: that of the distance with the matching held still. It is found
    together with the value, a few directions at a time, so that nothing is kept for the
    backward pass but as many numbers as ``x`` has.

    Args:
        x: A cloud; the gradient is its own.
        y: Another one, a constant.
        along: Directions, unit vectors.

    Returns:
        At least zero; in the square of the unit of ``x``.

    Example:
        >>> x, y = torch.tensor([[0.0], [2.0]]), torch.tensor([[3.0]])
        >>> sliced_wasserstein2(x, y, torch.ones(1, 1))  # (3² + 1²) / 2
        tensor(5.)
    """
    with torch.no_grad():
        matching = Matching.of(len(x), len(y), like=x)
        value, gradient = x.new_zeros(()), torch.zeros_like(x)
        for lines in along.split(max(1, AT_ONCE // matching.partner.numel())):
            squares, gaps = _on_lines(x, y, lines, matching)
            value += squares / len(along)
            gradient += gaps.T @ lines * (2 / (len(x) * len(along)))
    linear = (x * gradient).sum()
    return value + (linear - linear.detach())


@dataclass(frozen=True)
class Matching:
    """The optimal plan between n points and m points on a line, both in their order."""

    partner: Int[Tensor, "n r"]
    """Points of the m that each of the n is matched with; not all r need be in use."""
    share: Float[Tensor, "n r"]
    """Of that partner in the mass of the point; rows sum to one."""

    @classmethod
    def of(cls, n: int, m: int, *, like: Tensor) -> "Matching":
        """Make it, on the device and in the precision of ``like``.

        Bounds of intervals are whole numbers, in units of 1/nm. In lowest terms n'/m', starts
        lie at all distances up to n' - 1 from the bound before them, so that none has more
        than ``(n' - 1 + m' - 1) // n' + 1`` partners, and some one has.
        """
        common = math.gcd(n, m)
        most = (n // common + m // common - 2) // (n // common) + 1
        start = torch.arange(n, device=like.device)[:, None] * m
        partner = start // n + torch.arange(most, device=like.device)
        end = torch.minimum(start + m, (partner + 1) * n)
        overlap = (end - torch.maximum(start, partner * n)).clamp_min(0)
        return cls(partner.clamp(max=m - 1), overlap.to(like.dtype) / m)


def _on_lines(
    x: Float[Tensor, "n d"],
    y: Float[Tensor, "m d"],
    lines: Float[Tensor, "k d"],
    matching: Matching,
) -> tuple[Scalar, Float[Tensor, "k n"]]:
    """Sum over lines of squared distances, and how far each x is ahead of its partners."""
    ordered, order = (lines @ x.T).sort(dim=1)
    to = (lines @ y.T).sort(dim=1).values
    partner, share = matching.partner, matching.share
    read = to.index_select(1, partner.flatten()).unflatten(1, tuple(partner.shape))
    ahead = ordered[:, :, None] - read
    squares = (share * ahead.square()).sum() / len(x)
    gaps = torch.empty_like(ordered).scatter_(1, order, (share * ahead).sum(dim=2))
    return squares, gaps
