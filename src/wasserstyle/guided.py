"""Guidance made into objectives of points: the two readings of the user's control.

Kolkin et al. 2019, Sec. 2.4, and the authors' code read it differently (decision 0011). In the
code, every region is a picture of its own, with its own points and losses. In the paper, the
picture is one, and the ground cost says which points may be matched. Without guidance both are
the plain objective.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Int
from torch import Tensor
from torch.nn.functional import one_hot, pad

from wasserstyle.guidance import Guidance
from wasserstyle.guidance.value import NEIGHBOURS, style_region
from wasserstyle.ot.costs import directions
from wasserstyle.ot.relaxed import Pairing
from wasserstyle.points import Ground, Pinned, Points
from wasserstyle.styles import Places, StylePoints, StyleReader, Tags
from wasserstyle.types import Cloud, Image, Mass, Positions, Region, Scalar, everywhere

WHOLE = 0
"""Number of the part that is in no region and painted like all of the styles."""
MATCHES = 64
"""Points of each region's style that are there in every update, so that all find a match."""

Features = Callable[[Cloud], Cloud]
"""What of a hypercolumn is compared."""
Bound = Int[Tensor, "_points"]


@dataclass(frozen=True)
class Part:
    """A part of the content with an objective of its own."""

    number: int
    """Of its region, from 1, or ``WHOLE``."""
    ground: Ground
    weight: float


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
    """``MATCHES`` of every region."""
    tags: Tags
    """Which constraint each of these points meets: regions first, then pairs of points."""


@runtime_checkable
class Reading(Protocol):
    """How guidance becomes an objective, at one scale."""

    @property
    def parts(self) -> Sequence[Part]:
        """Of the content; each is judged apart, and all averaged by their weights."""
        ...

    def match(self, points: Points, style: StylePoints, pinned: Pinned) -> Match:
        """What is moved to what in a part."""
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
        labels = guidance.labels(content)
        weights = [1.0, *(region.weight for region in guidance.regions)]
        seen = [n for n in range(len(weights)) if bool((labels == n).any())]
        each = samples if len(seen) == 1 else max(least, samples // len(seen))
        self.parts: Sequence[Part] = [
            Part(n, Ground(labels == n, each), weights[n]) for n in seen
        ]
        self.targets, self.beta = targets, beta

    def match(self, points: Points, style: StylePoints, pinned: Pinned) -> Match:
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

    Args:
        guidance: Regions, points, visibility.
        content: At this scale.
        targets: Of the styles, at this scale.
        samples: Points per update.
        least: There is one part only.
        beta: β, factor of the costs of constrained points.
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
        self.parts: Sequence[Part] = [
            Part(WHOLE, Ground(guidance.region(content), samples), 1.0)
        ]
        self.labels, self.regions = guidance.labels(content), len(guidance.regions)
        self.targets, self.beta = targets, beta

    def match(self, points: Points, style: StylePoints, pinned: Pinned) -> Match:
        """See :class:`Reading`: pinned points join in, and so do their targets."""
        targets, (row, column) = self.targets, points.at.unbind(1)
        if not targets.tags.shape[1]:  # nothing is constrained
            return Match(points.x, style.y, points.mass, None)
        x = torch.cat([points.x, pinned.x])
        bound = torch.cat(
            [self.labels[row, column], 1 + self.regions + pinned.which // len(NEIGHBOURS)]
        )
        y = torch.cat([style.y, targets.pins, targets.matches])
        constraints = targets.tags.shape[1]
        meets = torch.cat([pad(style.tags, (0, constraints - self.regions)), targets.tags])
        counted = len(style.y) + len(targets.pins)
        mass_y = (torch.arange(len(y), device=y.device) < counted).to(y) / counted
        mass = _with_pins(points, len(pinned.x))
        return Match(x, y, mass, pairing(bound, meets, mass_y, self.beta))

    def distance(self, pinned: Pinned, features: Features) -> Scalar | None:
        """See :class:`Reading`: it is in the transport."""
        return None


READINGS: Mapping[str, type[ByLosses] | type[ByCost]] = {"losses": ByLosses, "cost": ByCost}


def pairing(bound: Bound, meets: Tags, mass: Mass, beta: float) -> Pairing:
    """Sec. 2.4: β D where a target meets the constraint, infinity where not, D without one.

    Args:
        bound: Constraint of each point of the output, from 1 on; 0: none.
        meets: Which constraints each target meets.
        mass: Of the targets.
        beta: β.
    """
    columns = torch.cat([torch.ones_like(meets[:, :1]), meets], dim=1).T
    factor = torch.where(bound > 0, beta, 1.0).to(mass)
    return Pairing(factor, columns[bound], mass)


def _with_pins(points: Points, pins: int) -> Mass:
    """Masses of drawn points followed by pinned ones, which count like drawn ones."""
    drawn = len(points.x)
    mass = points.x.new_full((drawn,), 1 / drawn) if points.mass is None else points.mass
    share = pins / (drawn + pins)
    return torch.cat([mass * (1 - share), mass.new_full((pins,), share / max(1, pins))])


# ------------------------------------------------------------------ the styles
def style_parts(
    guidance: Guidance, number: int, images: Sequence[Image]
) -> list[Region | None]:
    """What a part of the content is painted like, in each style."""
    if number == WHOLE:
        return [everywhere(image) for image in images]
    own = guidance.regions[number - 1].styles[: len(images)]
    return [style_region(m, image) for m, image in zip_longest(own, images)]


def tagger(guidance: Guidance, images: Sequence[Image]) -> Callable[[Places], Tags]:
    """Says in which regions' style parts positions are."""
    numbers = range(1, len(guidance.regions) + 1)
    regions = [style_parts(guidance, number, images) for number in numbers]

    def tags(places: Places) -> Tags:
        columns = [
            torch.cat([_held(part, at) for part, at in zip(parts, places, strict=True)])
            for parts in regions
        ]
        none = torch.zeros(sum(map(len, places)), 0, dtype=torch.bool)
        return torch.stack(columns, dim=1) if columns else none.to(images[0].device)

    return tags


def _held(part: Region | None, at: Positions) -> Bool[Tensor, " _points"]:
    if part is None:
        return torch.zeros_like(at[:, 0], dtype=torch.bool)
    row, column = at.unbind(1)
    return part[row, column]


def targets_at(
    guidance: Guidance,
    images: Sequence[Image],
    reader: StyleReader,
    generator: torch.Generator,
) -> Targets:
    """Read what guidance needs of the styles at one scale."""
    count, pairs = len(guidance.regions), len(guidance.points)
    pins = [guidance.style_pins(which, image) for which, image in enumerate(images)]
    drawn = [
        reader.within(style_parts(guidance, number, images)).draw(MATCHES, generator)
        for number in range(1, count + 1)
    ]
    if not count and not pairs:
        nothing = images[0].new_zeros(0, 0)
        return Targets(nothing, nothing, nothing.bool())
    at_pins, *matches = reader.read_all([pins, *drawn])
    order = sorted(range(pairs), key=lambda i: guidance.points[i].which)
    rows = torch.tensor(order, dtype=torch.long).argsort().to(at_pins.device)
    in_order = at_pins.unflatten(0, (pairs, len(NEIGHBOURS)))[rows].flatten(0, 1)
    of_pins = torch.arange(count, count + pairs).repeat_interleave(len(NEIGHBOURS))
    sizes = torch.tensor([len(m) for m in matches], dtype=torch.long)
    of_matches = torch.arange(count).repeat_interleave(sizes)
    tags = one_hot(torch.cat([of_pins, of_matches]), max(1, count + pairs)).bool()
    return Targets(
        in_order,
        torch.cat([at_pins[:0], *matches]),
        tags[:, : count + pairs].to(at_pins.device),
    )
