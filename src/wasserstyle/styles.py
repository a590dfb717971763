"""Styles as clouds of points: several pictures are one cloud, each with its share of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch

from wasserstyle.device import send
from wasserstyle.features.large import hypercolumns_of
from wasserstyle.features.sampling import Locate, Sampler, everywhere, hypercolumns, uniform
from wasserstyle.losses.style import Moments, moments
from wasserstyle.points import Maps
from wasserstyle.types import Cloud, Image, Positions

MapsOf = Callable[[Image], Maps]
"""A network; the first map it returns is at full resolution."""
Draw = Callable[[torch.Generator], tuple[Cloud, Moments]]
"""Draws hypercolumns of the styles, ``rgb`` first, and the moments to match."""
Features = Callable[[Cloud], Cloud]
"""What of a hypercolumn is compared."""


@dataclass(frozen=True)
class StyleReader:
    """Reads points of several pictures."""

    samplers: Sequence[Sampler]
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
    def by_window(
        cls,
        images: Sequence[Image],
        shares: Sequence[float],
        maps: MapsOf,
        *,
        locate: Locate,
        side: int,
    ) -> "StyleReader":
        """Looks at the pictures anew in every reading, and keeps nothing."""
        samplers = [uniform(everywhere(image)) for image in images]
        read = partial(hypercolumns_of, maps=maps, locate=locate, side=side)
        return cls(samplers, [partial(read, image) for image in images], shares)

    @torch.no_grad()
    def read(self, count: int, generator: torch.Generator) -> Cloud:
        """Hypercolumns at about so many positions, at least one of each picture."""
        counts = [max(1, round(count * share)) for share in self.shares]
        parts = zip(self.readers, self.samplers, counts, strict=True)
        return torch.cat([read(draw(n, generator)) for read, draw, n in parts])


def mean_colour(images: Sequence[Image], shares: Sequence[float]) -> Image:
    """Mean over all pictures, each with its share; (1, 3, 1, 1)."""
    means = [image.mean((2, 3), keepdim=True) for image in images]
    return torch.stack([w * m for w, m in zip(shares, means, strict=True)]).sum(0)


def fresh(reader: StyleReader, count: int, features: Features) -> Draw:
    """New positions in every step, and their moments."""

    def draw(generator: torch.Generator) -> tuple[Cloud, Moments]:
        y = reader.read(count, generator)
        return y, moments(features(y))

    return draw


def from_pool(pool: Cloud, count: int, features: Features) -> Draw:
    """Some of a pool in every step, and the moments of all of it."""
    of_pool = moments(features(pool))

    def draw(generator: torch.Generator) -> tuple[Cloud, Moments]:
        if count >= len(pool):
            return pool, of_pool
        pick = torch.randint(len(pool), (count,), generator=generator)
        return pool[send(pick, pool.device)], of_pool

    return draw
