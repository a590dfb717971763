"""Styles as clouds of points: several pictures are one cloud, each with its share of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from jaxtyping import Bool
from torch import Tensor

from wasserstyle.device import send
from wasserstyle.features.large import hypercolumns_of
from wasserstyle.features.sampling import Locate, Sampler, hypercolumns, uniform
from wasserstyle.guidance import shares_of
from wasserstyle.ot.gaussian import Moments, moments
from wasserstyle.types import Cloud, Image, Maps, Positions, Region, everywhere

MapsOf = Callable[[Image], Maps]
"""A network; the first map it returns is at full resolution."""
NOWHERE: Positions = torch.zeros(0, 2, dtype=torch.long)
Features = Callable[[Cloud], Cloud]
"""What of a hypercolumn is compared."""


Places = Sequence[Positions]
"""Positions in each of the pictures."""
Tags = Bool[Tensor, "_points _tags"]
"""What of each point is to be known beside its features."""


@dataclass(frozen=True)
class StylePoints:
    """Points of the styles in one update."""

    y: Cloud
    """Hypercolumns, ``rgb`` first."""
    moments: Moments
    """To be matched: of these points, or of more."""
    tags: Tags


Draw = Callable[[torch.Generator], StylePoints]


@dataclass(frozen=True)
class StyleReader:
    """Reads points of several pictures."""

    samplers: Sequence[Sampler | None]
    """None: nothing is drawn from that picture."""
    readers: Sequence[Callable[[Positions], Cloud]]
    shares: Sequence[float]

    @classmethod
    @torch.no_grad()
    def with_maps(
        cls, images: Sequence[Image], shares: Sequence[float], maps: MapsOf, locate: Locate
    ) -> "StyleReader":
        """Looks at every picture once, whole, and keeps its maps."""
        samplers = [uniform(everywhere(image)) for image in images]
        readers = [partial(hypercolumns, maps(image), locate=locate) for image in images]
        return cls(samplers, readers, shares)

    @classmethod
    def by_window(  # noqa: PLR0917 - what the other way needs, and the side
        cls,
        images: Sequence[Image],
        shares: Sequence[float],
        maps: MapsOf,
        locate: Locate,
        side: int,
    ) -> "StyleReader":
        """Looks at the pictures anew in every reading, and keeps nothing."""
        samplers = [uniform(everywhere(image)) for image in images]
        read = partial(hypercolumns_of, maps=maps, locate=locate, side=side)
        return cls(samplers, [partial(read, image) for image in images], shares)

    def within(self, regions: Sequence[Region | None]) -> "StyleReader":
        """The same in parts of the pictures only; None: nothing of that one."""
        return replace(
            self,
            samplers=[None if region is None else uniform(region) for region in regions],
            shares=shares_of(self.shares, regions),
        )

    def draw(self, count: int, generator: torch.Generator) -> Places:
        """About so many positions, at least one of each picture that is drawn from."""
        return [
            sample(max(1, round(count * share)), generator) if sample else NOWHERE
            for sample, share in zip(self.samplers, self.shares, strict=True)
        ]

    def read(self, places: Places) -> Cloud:
        """Hypercolumns at positions, picture by picture."""
        return self.read_all([places])[0]

    @torch.no_grad()
    def read_all(self, groups: Sequence[Places]) -> list[Cloud]:
        """Those of several groups of positions, looking at each picture once."""
        clouds: list[list[Cloud]] = [[] for _ in groups]
        for number, read in enumerate(self.readers):
            here = [group[number] for group in groups]
            if not any(map(len, here)):
                continue
            read_here = read(torch.cat([at for at in here if len(at)]))
            for parts, part in zip(
                clouds, read_here.split([len(at) for at in here]), strict=True
            ):
                parts.append(part)
        return [torch.cat(parts) for parts in clouds]


def fresh(
    reader: StyleReader, count: int, features: Features, tag: Callable[[Places], Tags]
) -> Draw:
    """New positions in every step, and their moments."""

    def draw(generator: torch.Generator) -> StylePoints:
        places = reader.draw(count, generator)
        y = reader.read(places)
        return StylePoints(y, moments(features(y)), tag(places))

    return draw


def from_pool(pool: Cloud, tags: Tags, count: int, features: Features) -> Draw:
    """Some of a pool in every step, and the moments of all of it."""
    of_pool = moments(features(pool))

    def draw(generator: torch.Generator) -> StylePoints:
        if count >= len(pool):
            return StylePoints(pool, of_pool, tags)
        pick = send(torch.randint(len(pool), (count,), generator=generator), pool.device)
        return StylePoints(pool[pick], of_pool, tags[pick])

    return draw
