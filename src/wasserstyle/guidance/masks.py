"""From the colours of masks to regions: whose edges are soft, and whose files may be JPEG.

A palette is found in the flat parts of a mask; every pixel near a colour of the palette is of
that colour, and the pixels of soft edges and noise take the colour of their surroundings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d, max_pool2d, one_hot

from wasserstyle.errors import BadGuidance
from wasserstyle.image import Picture
from wasserstyle.types import Membership

APART = 72.0
"""Colours nearer than this to each other are one colour, of 255 a channel (Euclidean)."""
SURE = 36.0
"""Pixels nearer than this to a colour of the palette are of that colour."""
FLAT = 24
"""Largest difference in a channel to all neighbours of a pixel in a flat part."""
LEAST, NOISE = 9, 1e-3
"""Pixels of a colour in flat parts, and share of the mask below which a colour that the other
masks do not have is noise."""
MOST = 32
"""Colours of a mask; more make it a photograph."""
LONGEST = 2048
"""Long side at which a mask is looked at, pixels."""
BYTES = np.array([65536, 256, 1], dtype=np.uint32)
"""Places of red, green and blue in one number."""

Colour = tuple[int, int, int]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class FlatMask:
    """A mask and its colours."""

    name: str
    colours: tuple[Colour, ...]
    index: Int[Tensor, "_h _w"]
    """Of each pixel's colour; -1: transparent."""

    def share(self, colour: Colour) -> float:
        """Of the mask that has a colour."""
        return float((self.index == self.colours.index(colour)).float().mean())

    def of(self, colours: Sequence[Colour]) -> Membership:
        """Where one of these colours is."""
        numbers = torch.tensor([self.colours.index(c) for c in colours])
        return torch.isin(self.index, numbers).float()[None, None]


def flatten(pictures: Sequence[Picture]) -> list[FlatMask]:
    """Find the colours of masks that belong together, and which pixel has which.

    Args:
        pictures: Masks whose colours are to be compared.

    Raises:
        BadGuidance: One has too many colours to be a mask, or none.
    """
    looked = [_pixels(picture) for picture in pictures]
    found = [_palette(pixels, opaque) for pixels, opaque in looked]
    masks: list[FlatMask] = []
    for i, (picture, (pixels, opaque)) in enumerate(zip(pictures, looked, strict=True)):
        others = [colour for j, colours in enumerate(found) if j != i for colour in colours]
        palette = [c for c, share in found[i].items() if share >= NOISE or partner(c, others)]
        if not 0 < len(palette) <= MOST:
            raise BadGuidance(
                f"{picture.name}: has {len(palette)} flat colours and 1 to {MOST} are regions; "
                "paint each region in one colour"
            )
        masks.append(FlatMask(picture.name, tuple(palette), _index(pixels, opaque, palette)))
    return masks


def partner(colour: Colour, colours: Sequence[Colour]) -> Colour | None:
    """The nearest of other colours, if it is the same colour."""
    nearest = min(colours, key=lambda c: _distance(c, colour), default=None)
    return nearest if nearest is not None and _distance(nearest, colour) < APART else None


def written(colour: Colour) -> str:
    """As the web writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _pixels(picture: Picture) -> tuple[Pixels, NDArray[np.bool_]]:
    """Colours and opacity, thinned out where the mask is large: no new colours appear."""
    every = -(-max(picture.rgb.shape[2:]) // LONGEST)
    rgb = picture.rgb[0, :, ::every, ::every].permute(1, 2, 0)
    pixels = (rgb * 255).round().to(torch.uint8).numpy()
    if picture.alpha is None:
        return pixels, np.ones(pixels.shape[:2], dtype=bool)
    return pixels, (picture.alpha[0, 0, ::every, ::every] >= 0.5).numpy()


def _palette(pixels: Pixels, opaque: NDArray[np.bool_]) -> dict[Colour, float]:
    """Colours of the flat parts, most frequent first, and the share of the mask near each."""
    flat = _flat(pixels) & opaque
    some = pixels[flat if flat.sum() >= LEAST else opaque]
    codes, counts = np.unique(some.astype(np.uint32) @ BYTES, return_counts=True)
    colours = (codes[:, None] // BYTES % 256).astype(np.uint8)
    palette: dict[Colour, float] = {}
    while len(palette) <= MOST and counts.max(initial=0) >= min(LEAST, len(some)):
        first = colours[counts.argmax()]
        near = _distances(colours, first) < APART
        palette[_colour(first)] = float(counts[near].sum() / opaque.size)
        colours, counts = colours[~near], counts[~near]
    return palette


def _flat(pixels: Pixels) -> NDArray[np.bool_]:
    """Where a pixel is like all its neighbours."""
    planes = torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None]
    highest, lowest = max_pool2d(planes, 3, 1, 1), -max_pool2d(-planes, 3, 1, 1)
    return ((highest - lowest).amax(1)[0] <= FLAT).numpy()


def _index(pixels: Pixels, opaque: NDArray[np.bool_], palette: Sequence[Colour]) -> Tensor:
    """Number of each pixel's colour, -1 where transparent; unsure ones ask their neighbours."""
    distances = np.stack([_distances(pixels, np.array(colour)) for colour in palette])
    index, seen = torch.from_numpy(distances.argmin(0)), torch.from_numpy(opaque)
    known = torch.from_numpy(distances.min(0) < SURE) & seen
    votes = _planes(index, len(palette)) * known
    while True:
        around = avg_pool2d(votes[None], 3, 1, 1)[0]
        fresh = seen & ~known & around.any(0)
        if not fresh.any():
            return index.masked_fill(~seen, -1)
        index = torch.where(fresh, around.argmax(0), index)
        votes = votes + _planes(index, len(palette)) * fresh
        known = known | fresh


def _planes(index: Tensor, count: int) -> Tensor:
    return one_hot(index, count).permute(2, 0, 1).float()


def _distances(colours: NDArray[Any], colour: NDArray[Any]) -> NDArray[np.floating[Any]]:
    return np.linalg.norm(colours.astype(np.float32) - colour.astype(np.float32), axis=-1)


def _distance(a: Colour, b: Colour) -> float:
    return float(_distances(np.array([a]), np.array(b))[0])


def _colour(values: NDArray[np.uint8]) -> Colour:
    red, green, blue = (int(v) for v in values)
    return red, green, blue
