"""Guidance made into objectives of points: the two readings of the user's control.

Kolkin et al. 2019, Sec. 2.4, and the authors' code read it differently (decision 0011). In the
code, every region is a picture of its own, with its own points and losses. In the paper, the
picture is one, and the ground cost says which points may be matched. Without guidance both are
the plain objective.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import one_hot, pad

from wasserstyle.guidance import Guidance
from wasserstyle.guidance.value import NEIGHBOURS, Part
from wasserstyle.ot.costs import directions
from wasserstyle.ot.gaussian import Moments
from wasserstyle.ot.relaxed import Pairing
from wasserstyle.points import Ground, Parts, Pinned, Points
from wasserstyle.pyramid import finest_band
from wasserstyle.recolour import carry, colours_of_styles
from wasserstyle.styles import (
    Draw,
    Features,
    Places,
    StylePoints,
    StyleReader,
    Tags,
    fresh,
    from_pool,
)
from wasserstyle.types import Cloud, Image, Mass, Positions, Region, Scalar

WHOLE = 0
"""Number of the part that is in no region and painted like all of the styles."""
MORE = 64
"""Points of each region, and of its part of the style, that join the ground cost in every
update; those of the style stay the same at a scale, and every point finds a match."""

Bound = Int[Tensor, "_points"]
Factors = Float[Tensor, "_constraints"]


@dataclass(frozen=True)
class Match:
    """The clouds between which transport is measured."""

    x: Cloud
    """Points of the output, those of the update first."""
    y: Cloud
    mass: Mass | None
    """Of each x; None: all alike."""
    pairing: Pairing | None


@dataclass(frozen=True)
class Targets:
    """Points of the styles that guidance needs beside those that are drawn."""

    pins: Cloud
    """At the pinned points, in the order of the content's."""
    matches: Cloud
    """``MORE`` of every region."""
    tags: Tags
    """Which constraint each of these points meets: regions first, then pairs of points."""


@runtime_checkable
class Reading(Protocol):
    """How guidance becomes an objective, at one scale."""

    @staticmethod
    def drawn(guidance: Guidance) -> int:
        """From how many parts of the styles points are drawn: the whole, then regions."""
        ...

    @property
    def grounds(self) -> Sequence[Ground]:
        """Where points of the content are drawn."""
        ...

    def judged(self, parts: Parts) -> Sequence[tuple[Part, Points]]:
        """What is judged apart, of the points of all grounds; shares sum to one at most."""
        ...

    def match(self, points: Points, style: StylePoints, parts: Parts, pinned: Pinned) -> Match:
        """What is moved to what where ``points`` are judged."""
        ...

    def distance(self, pinned: Pinned, features: Features) -> Scalar | None:
        """What pinned points lose beside that; None: nothing."""
        ...


class ByLosses:
    """Losses for each region, and the pinned points' mean distance (authors' code).

    Args:
        guidance: Regions, points, visibility.
        content: At this scale.
        targets: Of the styles, at this scale.
        samples: Points per update, of all parts together; of every part at least ``least``,
            unless there is one only.
        least: See there.
        beta: Weight of the distance at pinned points.
    """

    def __init__(
        self,
        guidance: Guidance,
        content: Image,
        targets: Targets,
        *,
        samples: int,
        least: int,
        beta: float,
    ) -> None:
        self.parts = guidance.parts(content)
        count = len(self.parts)
        each = samples if count == 1 else max(least, samples // count)
        self.grounds = [Ground(part.region, each) for part in self.parts]
        self.targets, self.beta = targets, beta

    @staticmethod
    def drawn(guidance: Guidance) -> int:
        """See :class:`Reading`: the whole and every region."""
        return 1 + len(guidance.regions)

    def judged(self, parts: Parts) -> Sequence[tuple[Part, Points]]:
        """See :class:`Reading`: every region that can be seen."""
        pairs = zip(self.parts, parts, strict=True)
        return [(part, points) for part, points in pairs if points is not None]

    def match(self, points: Points, style: StylePoints, parts: Parts, pinned: Pinned) -> Match:
        """See :class:`Reading`."""
        return Match(points.x, style.y, points.mass, None)

    def distance(self, pinned: Pinned, features: Features) -> Scalar | None:
        """See :class:`Reading`."""
        if not len(pinned.x):
            return None
        pairs = pinned.x, self.targets.pins[pinned.which]
        u, v = (directions(features(cloud)) for cloud in pairs)
        return self.beta * (1 - (u * v).sum(dim=1)).mean()


class ByCost:
    """One objective, whose ground cost knows regions and pinned points (Sec. 2.4).

    Points are drawn all over the picture; some more of every region join the transport, as
    those at the pins do, so that a small one has a say.

    Args:
        guidance: Regions, points, visibility.
        content: At this scale.
        targets: Of the styles, at this scale.
        samples: Points per update, beside those more.
        least: There is one part only.
        beta: β, factor of the costs of constrained points; of a region, times its weight.
    """

    def __init__(
        self,
        guidance: Guidance,
        content: Image,
        targets: Targets,
        *,
        samples: int,
        least: int,
        beta: float,
    ) -> None:
        self.labels, self.regions = guidance.labels(content), len(guidance.regions)
        numbers = range(1, self.regions + 1)
        seen = [n for n in numbers if bool((self.labels == n).any())]
        more = [Ground(self.labels == n, MORE) for n in seen]
        self.whole = Part(WHOLE, guidance.region(content), 1.0)
        self.grounds = [Ground(self.whole.region, samples), *more]
        self.targets = targets
        weights = [region.weight for region in guidance.regions] + [1.0] * len(guidance.points)
        factors = [1.0, *(beta * weight for weight in weights)]
        self.factors = torch.tensor(factors, device=content.device)

    @staticmethod
    def drawn(guidance: Guidance) -> int:
        """See :class:`Reading`: the whole."""
        return 1

    def judged(self, parts: Parts) -> Sequence[tuple[Part, Points]]:
        """See :class:`Reading`: the whole picture."""
        return [(self.whole, points) for points in parts[:1] if points is not None]

    def match(self, points: Points, style: StylePoints, parts: Parts, pinned: Pinned) -> Match:
        """See :class:`Reading`: more points of regions and pinned ones join in."""
        targets = self.targets
        if not targets.tags.shape[1]:  # nothing is constrained
            return Match(points.x, style.y, points.mass, None)
        drawn = [points, *(more for more in parts[1:] if more is not None)]
        row, column = torch.cat([some.at for some in drawn]).unbind(1)
        pins = 1 + self.regions + pinned.which // len(NEIGHBOURS)
        bound = torch.cat([self.labels[row, column], pins])
        x = torch.cat([*(some.x for some in drawn), pinned.x])
        y = torch.cat([style.y, targets.pins, targets.matches])
        pairs = targets.tags.shape[1] - self.regions
        meets = torch.cat([pad(style.tags, (0, pairs)), targets.tags])
        mass = _alike(
            [*map(_mass, drawn), x.new_full((len(pinned.x),), 1 / max(1, len(pinned.x)))]
        )
        mass_y = y.new_full((len(y),), 1 / len(y))
        return Match(x, y, mass, pairing(bound, meets, mass_y, self.factors))

    def distance(self, pinned: Pinned, features: Features) -> Scalar | None:
        """See :class:`Reading`: it is in the transport."""
        return None


GUIDED_BY: Mapping[str, type[ByLosses] | type[ByCost]] = {"losses": ByLosses, "cost": ByCost}


def pairing(bound: Bound, meets: Tags, mass: Mass, factors: Factors) -> Pairing:
    """Sec. 2.4: β D where a target meets the constraint, infinity where not, D without one.

    Args:
        bound: Constraint of each point of the output, from 1 on; 0: none.
        meets: Which constraints each target meets.
        mass: Of the targets.
        factors: 1, and β of each constraint.
    """
    columns = torch.cat([torch.ones_like(meets[:, :1]), meets], dim=1).T
    return Pairing(factors.to(mass)[bound], columns[bound], mass)


def _mass(points: Points) -> Mass:
    count = len(points.x)
    return points.x.new_full((count,), 1 / count) if points.mass is None else points.mass


def _alike(masses: Sequence[Mass]) -> Mass:
    """Masses of several clouds, so that the points of all count alike."""
    whole = sum(map(len, masses))
    return torch.cat([mass * (len(mass) / whole) for mass in masses])


# ------------------------------------------------------------------ the styles
@dataclass(frozen=True)
class StyleModel:
    """What one scale needs to know of the styles."""

    draws: Sequence[Draw]
    """For each part of the content, by its number."""
    targets: Targets
    colours: Sequence[Moments]
    """Of each part."""

    def mean_picture(self, guidance: Guidance, content: Image) -> Image:
        """The content with every part in the mean colour of what it is painted like."""
        labels = guidance.labels(content)
        whole, *parts = (c.mean.to(content)[:, None, None] for c in self.colours)
        picture = whole.expand_as(content)
        for number, colour in enumerate(parts, start=1):
            picture = torch.where(labels == number, colour, picture)
        return picture

    def detail(self, guidance: Guidance, content: Image) -> Image:
        """The content's finest detail in the colours of what each part is painted like."""
        labels, picture = guidance.labels(content), content
        for number, goal in enumerate(self.colours):
            region = labels == number
            if region.any():
                picture = carry(picture, goal, region=region)
        return finest_band(picture)


class StyleParts:
    """The styles at one scale, by what each part of the content is painted like.

    Args:
        guidance: Regions and points.
        images: The styles at that scale.
        reader: Of them.
        drawn: From how many parts points are drawn: the whole, then regions.
    """

    def __init__(
        self, guidance: Guidance, images: Sequence[Image], reader: StyleReader, drawn: int
    ) -> None:
        self.guidance, self.images, self.reader, self.drawn = guidance, images, reader, drawn
        self.whole, *self.regions = guidance.style_regions(images)

    def fresh(self, count: int, features: Features) -> list[Draw]:
        """Draws of new points in every update, for each part."""
        return [fresh(reader, count, features, self.tags) for reader in self._readers()]

    def pools(
        self, size: int, count: int, features: Features, generator: torch.Generator
    ) -> list[Draw]:
        """Draws of ``count`` points from a pool for each part, ``size`` points in all."""
        readers = self._readers()
        each = max(count, size // len(readers))
        places = [reader.draw(each, generator) for reader in readers]
        return [
            from_pool(pool, self.tags(at), count, features)
            for pool, at in zip(self.reader.read_all(places), places, strict=True)
        ]

    def colours(self, shares: Sequence[float]) -> list[Moments]:
        """Of each part, those of its styles as one."""
        parts = (self.whole, *self.regions)
        return [colours_of_styles(self.images, part, shares) for part in parts]

    def targets(self, generator: torch.Generator) -> Targets:
        """Read what guidance needs beside the draws."""
        count, pairs = len(self.regions), len(self.guidance.points)
        if not count and not pairs:
            nothing = self.images[0].new_zeros(0, 0)
            return Targets(nothing, nothing, nothing.bool())
        pins = [self.guidance.style_pins(i, image) for i, image in enumerate(self.images)]
        drawn = [self.reader.within(r).draw(MORE, generator) for r in self.regions]
        at_pins, *matches = self.reader.read_all([pins, *drawn])
        sizes = torch.tensor([len(m) for m in matches], dtype=torch.long)
        of_pins = torch.arange(count, count + pairs).repeat_interleave(len(NEIGHBOURS))
        of_matches = torch.arange(count).repeat_interleave(sizes)
        tags = one_hot(torch.cat([of_pins, of_matches]), count + pairs).bool()
        return Targets(
            self._in_order(at_pins),
            torch.cat([at_pins[:0], *matches]),
            tags.to(at_pins.device),
        )

    def tags(self, places: Places) -> Tags:
        """In which regions positions are."""
        columns = [
            torch.cat([_held(part, at) for part, at in zip(parts, places, strict=True)])
            for parts in self.regions
        ]
        none = torch.zeros(sum(map(len, places)), 0, dtype=torch.bool)
        return torch.stack(columns, dim=1) if columns else none.to(self.images[0].device)

    def _readers(self) -> list[StyleReader]:
        parts = (self.whole, *self.regions)[: self.drawn]
        return [self.reader.within(part) for part in parts]

    def _in_order(self, at_pins: Cloud) -> Cloud:
        """What was read style after style, in the order of the content's pins."""
        points = self.guidance.points
        order = sorted(range(len(points)), key=lambda i: points[i].which)
        rows = torch.tensor(order, dtype=torch.long).argsort().to(at_pins.device)
        return at_pins.unflatten(0, (len(points), len(NEIGHBOURS)))[rows].flatten(0, 1)


def _held(part: Region | None, at: Positions) -> Bool[Tensor, " _points"]:
    if part is None:
        return torch.zeros_like(at[:, 0], dtype=torch.bool)
    row, column = at.unbind(1)
    return part[row, column]
