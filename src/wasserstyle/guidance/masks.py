"""From the colours of masks to regions: whose edges are soft, and whose files may be JPEG.

A palette is found in the flat parts of a mask; every pixel near a colour of the palette is of
that colour, and the pixels of soft edges and noise take the colour of their surroundings.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
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

APART = 60.0
"""Colours nearer than this to each other are one colour, of 255 a channel (Euclidean)."""
SURE = 36.0
"""Pixels nearer than this to a colour of the palette are of that colour."""
FLAT = 24
"""Largest difference in a channel to all neighbours of a pixel in a flat part."""
LEAST, NOISE = 9, 1e-3
"""Pixels near a colour in flat parts, and share of the mask below which a colour that the other
masks do not have is noise."""
EDGE = 0.03
"""The same for a colour that two larger ones mix to: edges show it, and JPEG widens them."""
MASK = 0.91
"""Share of the pixels that are near a colour of the palette in a mask, at least."""
MOST = 32
"""Colours of a mask; more make it a photograph."""
LONGEST = 1024
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
        BadGuidance: One has too many colours to be a mask, or is hardly flat anywhere.
    """
    looked = [_look(picture) for picture in pictures]
    found = [_palette(look) for look in looked]
    masks: list[FlatMask] = []
    for i, (look, palette) in enumerate(zip(looked, found, strict=True)):
        others = [colour for j, colours in enumerate(found) if j != i for colour in colours]
        kept = [c for c in palette if partner(c, others) or not _is_noise(c, palette, look)]
        if not 0 < len(kept) <= MOST or _flat_share(look, kept) < MASK:
            raise BadGuidance(
                f"{look.name}: is no mask; paint each region in one colour, of at most {MOST}"
            )
        masks.append(FlatMask(look.name, tuple(kept), _index(look, kept)))
    return masks


def _flat_share(look: "_Look", palette: Sequence[Colour]) -> float:
    """Share of the pixels that are near a colour."""
    return float((_distances_to(look.pixels[look.opaque], palette).min(0) < SURE).mean())


def _is_noise(colour: Colour, palette: Mapping[Colour, float], look: "_Look") -> bool:
    """Whether a colour is hardly there, or is what an edge between two larger ones shows."""
    larger = [c for c, share in palette.items() if share > palette[colour]]
    edge = any(_mixes(colour, a, b) for a, b in combinations(larger, 2))
    return palette[colour] < (EDGE if edge and not look.counts else NOISE)


def _mixes(colour: Colour, first: Colour, second: Colour) -> bool:
    """Whether a colour lies between two others."""
    c, a, b = (np.array(part, dtype=float) for part in (colour, first, second))
    share = np.clip((c - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    return float(np.linalg.norm(c - (a + share * (b - a)))) < SURE


def partner(colour: Colour, colours: Sequence[Colour]) -> Colour | None:
    """The nearest of other colours, if it is the same colour."""
    nearest = min(colours, key=lambda c: _distance(c, colour), default=None)
    return nearest if nearest is not None and _distance(nearest, colour) < APART else None


def written(colour: Colour) -> str:
    """As the web writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


@dataclass(frozen=True)
class _Look:
    """A mask as it was given."""

    name: str
    pixels: Pixels
    opaque: NDArray[np.bool_]
    counts: Mapping[Colour, int]
    """Of its colours, if they are few and far from each other: hard edges; else empty."""


def _look(picture: Picture) -> _Look:
    """Colours and opacity, thinned out where the mask is large: no new colours appear."""
    every = -(-max(picture.rgb.shape[2:]) // LONGEST)
    rgb = picture.rgb[0, :, ::every, ::every].permute(1, 2, 0)
    pixels = (rgb * 255).round().to(torch.uint8).numpy()
    opaque = np.ones(pixels.shape[:2], dtype=bool)
    if picture.alpha is not None:
        opaque = (picture.alpha[0, 0, ::every, ::every] >= 0.5).numpy()
    colours, counts = _unique(pixels[opaque])
    named = zip(map(_colour, colours), map(int, counts), strict=True)
    few = dict(named) if len(colours) <= 2 * MOST else {}
    inside, _ = _unique(pixels[_flat(pixels) & opaque])
    hard = not _has_soft_edges(few, set(map(_colour, inside)))
    return _Look(picture.name, pixels, opaque, few if hard else {})


def _has_soft_edges(counts: Mapping[Colour, int], inside: Collection[Colour]) -> bool:
    """Whether colours are near each other, or mix to one that is nowhere flat."""
    pairs = list(combinations(counts, 2))
    mixed = (c for c in counts if c not in inside)
    return any(_distance(a, b) < APART for a, b in pairs) or any(
        _mixes(c, a, b) for c in mixed for a, b in pairs if c not in (a, b)
    )


def _palette(look: _Look) -> dict[Colour, float]:
    """Colours of the flat parts, most frequent first, and the share of the mask near each."""
    if look.counts:
        colours = np.array(list(look.counts), dtype=np.uint8)
        counts, least = np.array(list(look.counts.values())), 1
    else:
        colours, counts = _unique(look.pixels[_flat(look.pixels) & look.opaque])
        least = LEAST
    palette: dict[Colour, float] = {}
    while counts.size and len(palette) <= MOST:
        first = colours[counts.argmax()]
        near = _distances(colours, first) < APART
        if counts[near].sum() >= least:
            palette[_colour(first)] = float(counts[near].sum() / look.opaque.size)
        colours, counts = colours[~near], counts[~near]
    return palette


def _unique(pixels: Pixels) -> tuple[Pixels, NDArray[np.intp]]:
    """The colours of some pixels, and how often each is there."""
    codes, counts = np.unique(
        pixels.reshape(-1, 3).astype(np.uint32) @ BYTES, return_counts=True
    )
    return (codes[:, None] // BYTES % 256).astype(np.uint8), counts


def _flat(pixels: Pixels) -> NDArray[np.bool_]:
    """Where a pixel is like all its neighbours."""
    planes = torch.from_numpy(pixels.astype(np.float32)).permute(2, 0, 1)[None]
    highest, lowest = max_pool2d(planes, 3, 1, 1), -max_pool2d(-planes, 3, 1, 1)
    return ((highest - lowest).amax(1)[0] <= FLAT).numpy()


def _index(look: _Look, palette: Sequence[Colour]) -> Tensor:
    """Number of each pixel's colour, -1 where transparent; unsure ones ask their neighbours."""
    distances = _distances_to(look.pixels, palette)
    index, seen = torch.from_numpy(distances.argmin(0)), torch.from_numpy(look.opaque)
    known = torch.from_numpy(distances.min(0) < SURE) & seen
    votes = _planes(index, len(palette)) * known
    if not look.counts:  # a soft edge may pass through the colour of a third region
        core = votes * torch.from_numpy(_flat(look.pixels))
        near_core = max_pool2d(core[None], 3, 1, 1)[0]
        votes = votes * near_core
        known = votes.any(0)
    while True:
        around = avg_pool2d(votes[None], 3, 1, 1)[0]
        fresh = seen & ~known & around.any(0)
        if not fresh.any():
            return index.masked_fill(~seen, -1)
        index = torch.where(fresh, around.argmax(0), index)
        votes = votes + _planes(index, len(palette)) * fresh
        known = known | fresh


def _distances_to(pixels: Pixels, palette: Sequence[Colour]) -> NDArray[np.floating[Any]]:
    """Of all pixels to each colour, one plane a colour."""
    return np.stack([_distances(pixels, np.array(colour)) for colour in palette])


def _planes(index: Tensor, count: int) -> Tensor:
    return one_hot(index, count).permute(2, 0, 1).float()


def _distances(colours: NDArray[Any], colour: NDArray[Any]) -> NDArray[np.floating[Any]]:
    return np.linalg.norm(colours.astype(np.float32) - colour.astype(np.float32), axis=-1)


def _distance(a: Colour, b: Colour) -> float:
    return float(_distances(np.array([a]), np.array(b))[0])


def _colour(values: NDArray[np.uint8]) -> Colour:
    red, green, blue = (int(v) for v in values)
    return red, green, blue
