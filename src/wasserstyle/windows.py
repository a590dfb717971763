"""A large picture in overlapping windows: what is too large to look at whole is looked at so.

Windows begin at multiples of 16 pixels, so that the pooled maps of a window lie on those of the
whole picture. Each has a core; the cores tile the picture. What surrounds a core is there for
the network's receptive field: convolutions pad with zeros, and features near a cut are wrong.
"""

import functools
import math
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wasserstyle.types import Image, Positions

ALIGNED = 16
"""Stride of the deepest maps, pixels."""
Counts: TypeAlias = tuple[int, int]
"""Windows down and across."""
HALO = 48
"""Least distance of a core from a cut through the picture: three cells of the deepest maps."""


@dataclass(frozen=True)
class Span:
    """One axis of a window, in pixels of the whole picture."""

    start: int
    stop: int
    core_start: int
    core_stop: int
    fade_in: int
    """Pixels shared with the window before; 0 at the picture's border."""
    fade_out: int
    """Pixels shared with the window after; 0 at the picture's border."""


@dataclass(frozen=True)
class Window:
    """A piece of a picture."""

    rows: Span
    columns: Span

    @property
    def area(self) -> int:
        """Pixels."""
        rows, columns = self.rows, self.columns
        return (rows.stop - rows.start) * (columns.stop - columns.start)

    def cut(
        self, picture: Float[Tensor, "*_any _h _w"]
    ) -> Float[Tensor, "*_any _rows _columns"]:
        """This window of a picture; a view."""
        return picture[
            ..., self.rows.start : self.rows.stop, self.columns.start : self.columns.stop
        ]

    def holds(self, positions: Positions) -> Bool[Tensor, " _points"]:
        """Which positions of the whole picture lie in the core."""
        row, column = positions.unbind(1)
        return (
            (row >= self.rows.core_start)
            & (row < self.rows.core_stop)
            & (column >= self.columns.core_start)
            & (column < self.columns.core_stop)
        )

    def inside(self, positions: Positions) -> Positions:
        """Positions of the whole picture as positions of the window."""
        corner = [self.rows.start, self.columns.start]
        return positions - torch.tensor(corner, device=positions.device)

    def core_of(self, region: Bool[Tensor, "_h _w"]) -> Bool[Tensor, "_rows _columns"]:
        """The part of a region in the core, on the ground of the window."""
        rows, columns = self.rows, self.columns
        kept = torch.zeros_like(region)
        core = (
            slice(rows.core_start, rows.core_stop),
            slice(columns.core_start, columns.core_stop),
        )
        kept[core] = region[core]
        return kept[rows.start : rows.stop, columns.start : columns.stop]

    def blend(self, picture: Image, piece: Image) -> None:
        """Lay a piece over the picture, in place, fading where windows overlap."""
        old = self.cut(picture)
        down, across = (_ramp(span, picture.device) for span in (self.rows, self.columns))
        old.lerp_(piece, (down[:, None] * across).to(picture.dtype))


def windows(height: int, width: int, side: int) -> list[Window]:
    """Windows that cover a picture.

    Args:
        height: Of the picture, pixels.
        width: Of the picture, pixels.
        side: Largest side of a window, pixels (up to 15 more at the far border).
    """
    return _grid(height, width, (_count(height, side), _count(width, side)))


def two_grids(height: int, width: int, side: int) -> tuple[list[Window], list[Window]]:
    """Two covers of a picture with no seam in common, of as few pixels as can be.

    Overlaps are paid for with every window, so these need not be square: with a side of 512,
    1024 x 1024 pixels are 2 x 3 windows and 3 x 2.

    Args:
        height: Of the picture, pixels.
        width: Of the picture, pixels.
        side: A window has the pixels of a square of this side, at most, and is no longer than
            a side and a quarter (and up to 15 more rows and columns at the far border).
    """
    first, second = _two_counts(height, width, side)
    return _grid(height, width, first), _grid(height, width, second)


@functools.cache
def _two_counts(height: int, width: int, side: int) -> tuple[Counts, Counts]:
    """Windows per axis of both grids."""
    rows, columns = (_counts(length, side) for length in (height, width))
    price = {
        (r, c): r * c * _own(height, r) * _own(width, c)
        for r in rows
        for c in columns
        if _own(height, r) * _own(width, c) <= _aligned(side) ** 2
    }
    ranked = sorted(price, key=lambda counts: (price[counts], counts))
    size = (height, width)
    partners = {
        a: next((b for b in ranked if all(map(_apart, size, a, b))), None) for a in ranked
    }
    pairs = [(a, b) for a, b in partners.items() if b is not None]
    alike = [(ranked[0], ranked[0])]  # windows hardly wider than their halos
    return min(pairs or alike, key=lambda pair: price[pair[0]] + price[pair[1]])


@functools.cache
def _apart(length: int, a: int, b: int) -> bool:
    """Whether an axis is cut elsewhere by so many windows and by so many others."""
    first, second = ([s.core_start for s in _spans(length, n)[1:]] for n in (a, b))
    return all(abs(x - y) >= ALIGNED for x in first for y in second)


def _counts(length: int, side: int) -> list[int]:
    """How many windows an axis may have: of half a side to a side and a quarter."""
    least = max(side // 2, 2 * HALO + ALIGNED) - 2 * HALO  # pixels that are a window's own
    most = max((length - 2 * HALO) // least, _count(length, side) + 1)
    return [n for n in range(1, most + 1) if 4 * _own(length, n) <= 5 * side]


def _count(length: int, side: int) -> int:
    """The fewest windows that are no longer than this."""
    return 1 if length <= side else math.ceil((length - 2 * HALO) / (side - 2 * HALO))


def _aligned(length: float) -> int:
    return math.ceil(length / ALIGNED) * ALIGNED


def _own(length: int, count: int) -> int:
    """Pixels of each of so many windows along an axis."""
    return length if count == 1 else _aligned((length + (count - 1) * 2 * HALO) / count)


def _grid(height: int, width: int, counts: Counts) -> list[Window]:
    rows, columns = (_spans(n, count) for n, count in zip((height, width), counts, strict=True))
    return [Window(r, c) for r in rows for c in columns]


def _spans(length: int, count: int) -> list[Span]:
    if count == 1:
        return [Span(0, length, 0, length, 0, 0)]
    own = _own(length, count)
    starts = [i * (length - own) // (count - 1) // ALIGNED * ALIGNED for i in range(count)]
    stops = [start + own for start in starts[:-1]] + [length]
    shared = [0, *(b - a for b, a in zip(stops[:-1], starts[1:], strict=True)), 0]
    cuts = [0, *((b + a) // 2 for b, a in zip(stops[:-1], starts[1:], strict=True)), length]
    spans = zip(starts, stops, cuts[:-1], cuts[1:], shared[:-1], shared[1:], strict=True)
    return [Span(*span) for span in spans]


def _ramp(span: Span, device: torch.device) -> Float[Tensor, " _pixels"]:
    """1 inside, falling to 0 over what is shared with the neighbours."""
    pixel = torch.arange(span.stop - span.start, device=device) + 0.5
    rise = pixel / max(span.fade_in, 1)
    fall = pixel.flip(0) / max(span.fade_out, 1)
    whole = torch.ones_like(pixel)
    return torch.minimum(
        rise if span.fade_in else whole, fall if span.fade_out else whole
    ).clamp_max(1)
