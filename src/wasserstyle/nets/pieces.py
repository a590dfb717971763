"""A network over a picture of any size, piece by piece, to the same values.

A piece is larger than what is kept of it by the network's receptive field, so that nothing that
is kept has seen a cut.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

from torch import Tensor

from wasserstyle.types import FeatureMap, Maps


@dataclass(frozen=True)
class Cut:
    """One axis of a piece, in cells of the input."""

    start: int
    stop: int
    begin: int
    """Of what is looked at; at most ``start``."""
    end: int

    @classmethod
    def all(cls, length: int, side: int, halo: int) -> "list[Cut]":
        """An axis in pieces."""
        starts = range(0, length, side)
        spans = [(start, min(start + side, length)) for start in starts]
        return [cls(a, b, max(0, a - halo), min(length, b + halo)) for a, b in spans]


def in_pieces(
    network: Callable[[FeatureMap], Maps], picture: FeatureMap, *, side: int, halo: int
) -> Maps:
    """What a network gives, in the memory of one piece and of the whole output.

    Args:
        network: Its outputs are larger or smaller than its input by whole factors.
        picture: (1, C, H, W), multiples of the factors by which outputs are smaller.
        side: Of what is kept of a piece, in cells of the input; a multiple of those factors.
        halo: What is looked at around it: the receptive field, or more; another multiple.
    """
    height, width = picture.shape[2:]
    if max(height, width) <= side + 2 * halo:
        return network(picture)
    whole: dict[str, Tensor] = {}
    for down, across in product(*(Cut.all(length, side, halo) for length in (height, width))):
        piece = picture[..., down.begin : down.end, across.begin : across.end]
        for name, found in network(piece).items():
            into = whole.get(name)
            if into is None:
                shape = [_scaled(n, down, found) for n in (height, width)]
                into = whole[name] = found.new_empty(*found.shape[:2], *shape)
            _lay(into, found, down, across)
    return whole


def _scaled(cells: int, down: Cut, found: Tensor) -> int:
    """Cells of the input in cells of the output."""
    return cells * found.shape[2] // (down.end - down.begin)


def _lay(into: Tensor, found: Tensor, down: Cut, across: Cut) -> None:
    """Keep the middle of a piece."""
    top, bottom, above, left, right, before = (
        _scaled(n, down, found)
        for n in (down.start, down.stop, down.begin, across.start, across.stop, across.begin)
    )
    inner = found[..., top - above : bottom - above, left - before : right - before]
    into[..., top:bottom, left:right] = inner
