"""A large picture in overlapping windows: what is too large to look at whole is looked at so.

Windows begin at multiples of 16 pixels, so that the pooled maps of a window lie on those of the
whole picture. Each has a core; the cores tile the picture. What surrounds a core is there for
the network's receptive field: convolutions pad with zeros, and features near a cut are wrong.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wasserstyle.types import Image, Positions

ALIGNED = 16
"""Stride of the deepest maps, pixels."""
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


def windows(height: int, width: int, side: int, more: int = 0) -> list[Window]:
    """Windows that cover a picture.

    Args:
        height: Of the picture, pixels.
        width: Of the picture, pixels.
        side: Largest side of a window, pixels (up to 15 more at the far border).
        more: Additional windows on every axis that is cut at all: moves the seams.
    """
    rows, columns = (_spans(length, side, more) for length in (height, width))
    return [Window(r, c) for r in rows for c in columns]


def _spans(length: int, side: int, more: int) -> list[Span]:
    if length <= side:
        return [Span(0, length, 0, length, 0, 0)]
    count = math.ceil((length - 2 * HALO) / (side - 2 * HALO)) + more
    own = math.ceil((length + (count - 1) * 2 * HALO) / count / ALIGNED) * ALIGNED
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
