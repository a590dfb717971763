"""Guidance as a value: what a method is told, and what of it is left at a scale."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from wasserstyle.errors import BadGuidance
from wasserstyle.image.resize import resize
from wasserstyle.types import Image, Membership, Positions, Region, everywhere

OPAQUE = 0.5
"""Opacity from which a pixel counts as visible, and membership from which it belongs."""
SPACING = 20 / 512
"""Of the points around a pinned one, as a share of the long side (Kolkin et al. 2019, 2.4)."""
NEIGHBOURS = tuple((row, column) for row in (-1, 0, 1) for column in (-1, 0, 1))
"""A pinned point is a grid of three by three."""
HIDDEN = -1
"""Label of pixels that are never looked at; those in no region have 0, regions count from 1."""

Labels = Int[Tensor, "_h _w"]


@dataclass(frozen=True, eq=False)
class RegionPair:
    """A part of the content, and the part of the styles it is painted like."""

    name: str
    content: Membership
    styles: tuple[Membership | None, ...]
    """One for each style; None: nothing of that one. Parts of several regions may overlap."""
    weight: float = 1.0
    """Of this region among all, however large it is."""


@dataclass(frozen=True)
class PointPair:
    """A point of the content, and the point of a style it is painted like.

    Points are (row, column) as shares of height and width, in [0, 1].
    """

    content: tuple[float, float]
    style: tuple[float, float]
    which: int = 0
    """Number of the style, from 0."""


@dataclass(frozen=True)
class Part:
    """A part of the content that is painted like a part of the styles."""

    number: int
    """Of its region, from 1; 0: all that is in none."""
    region: Region
    share: float
    """Of its objective in the whole."""


@dataclass(frozen=True, eq=False)
class Guidance:
    """What the user pins down."""

    visible: Membership | None = None
    """Opacity of the content; pixels below ``OPAQUE`` are never sampled. None: all visible."""
    regions: tuple[RegionPair, ...] = ()
    points: tuple[PointPair, ...] = ()
    notes: tuple[str, ...] = ()
    """What the user should know of it, in sentences."""
    record: Mapping[str, Any] = field(default_factory=dict)
    """Where it came from, for the recipe."""

    def check(self, styles: int) -> None:
        """Raise unless all that it refers to is among so many styles.

        Raises:
            BadGuidance: A point or a region is of another style.
        """
        if any(not 0 <= point.which < styles for point in self.points):
            raise BadGuidance(f"a point is in a style that is not there; {styles} are")
        for pair in self.regions:
            if len(pair.styles) > styles or all(mask is None for mask in pair.styles):
                raise BadGuidance(
                    f"{pair.name}: its masks are not those of the {styles} styles"
                )

    def region(self, image: Image) -> Region:
        """Where ``image``, the content at any size, may be sampled; everywhere if nowhere."""
        if self.visible is None:
            return everywhere(image)
        height, width = image.shape[2:]
        seen = resize(self.visible.to(image), height, width)[0, 0] >= OPAQUE
        return seen if seen.any() else everywhere(image)

    def labels(self, image: Image) -> Labels:
        """Number of the region that each pixel of the content is in, at any size.

        A pixel belongs to the region with the largest share of it, or to none where that is
        larger. So regions never overlap, and one that is thinner than a pixel may vanish.
        """
        height, width = image.shape[2:]
        shares = [resize(r.content.to(image), height, width)[0, 0] for r in self.regions]
        free = 1 - torch.stack(shares).sum(0) if shares else torch.ones_like(image[0, 0])
        labels = torch.stack([free, *shares]).argmax(0)
        return labels.masked_fill(~self.region(image), HIDDEN)

    def parts(self, image: Image) -> list[Part]:
        """All regions that can be seen in the content, and the rest; shares by weight."""
        labels = self.labels(image)
        weights = [1.0, *(region.weight for region in self.regions)]
        seen = [n for n in range(len(weights)) if bool((labels == n).any())]
        whole = math.fsum(weights[n] for n in seen)
        return [Part(n, labels == n, weights[n] / whole) for n in seen]

    def style_regions(self, styles: Sequence[Image]) -> list[list[Region | None]]:
        """What of each style each part is painted like, by :attr:`Part.number`.

        None: nothing of that style.
        """
        parts: list[list[Region | None]] = [[everywhere(style) for style in styles]]
        for pair in self.regions:
            masks = zip_longest(pair.styles[: len(styles)], styles)
            parts.append([style_region(mask, style) for mask, style in masks])
        return parts

    def pins(self, image: Image) -> Positions:
        """Positions of all points of the content and their neighbours, nine for each pair."""
        return _grids([point.content for point in self.points], image)

    def style_pins(self, which: int, image: Image) -> Positions:
        """The same in a style; only those of the pairs that refer to it."""
        return _grids([point.style for point in self.points if point.which == which], image)


def style_region(membership: Membership | None, image: Image) -> Region | None:
    """The part of a style at any size; its strongest pixels where it is thinner than one."""
    if membership is None:
        return None
    height, width = image.shape[2:]
    share = resize(membership.to(image), height, width)[0, 0]
    if not share.any():
        return None
    return share >= min(OPAQUE, float(share.max()))


def shares_of(weights: Sequence[float], regions: Sequence[Region | None]) -> list[float]:
    """Share of each style among those that have a region; zero for the others.

    Example:
        >>> here = torch.ones(1, 1, dtype=torch.bool)
        >>> shares_of([1, 2, 3], [here, None, here])
        [0.25, 0.0, 0.75]
    """
    pairs = list(zip(weights, regions, strict=True))
    whole = math.fsum(weight for weight, region in pairs if region is not None)
    return [0.0 if region is None else weight / whole for weight, region in pairs]


def _grids(points: list[tuple[float, float]], image: Image) -> Positions:
    """Each point and its eight neighbours as pixels of an image, clipped at its borders."""
    height, width = image.shape[2:]
    sides = torch.tensor([height, width], dtype=torch.float64)
    centres = torch.tensor(points, dtype=torch.float64).reshape(-1, 1, 2) * sides - 0.5
    around = torch.tensor(NEIGHBOURS, dtype=torch.float64) * SPACING * max(height, width)
    grids = (centres + around + 0.5).floor().long().reshape(-1, 2)  # a half goes up
    return grids.clamp(min=torch.zeros(2).long(), max=sides.long() - 1).to(image.device)


FREE = Guidance()
"""No guidance at all."""
