"""Objectives of points: what a method loses at positions drawn anew in every update.

A method says what features are, where points lie, and what they lose; here is how that becomes
the problem of one scale, whether the image is looked at whole or window by window.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import torch

from wasserstyle.features import Extractor
from wasserstyle.features.large import hypercolumns_of
from wasserstyle.features.sampling import Locate, Region, Sampler, hypercolumns, uniform
from wasserstyle.optim import Judge, Objective, Pieces
from wasserstyle.types import Cloud, FeatureMap, Image, Mass
from wasserstyle.windows import Window

Maps = Mapping[str, FeatureMap]


@dataclass(frozen=True)
class Points:
    """Hypercolumns of output and content at the same positions, rgb first."""

    x: Cloud
    c: Cloud
    mass: Mass | None
    """Of each point, summing to one; None: all alike."""
    precision: torch.dtype
    """Of the network that the features came out of."""


@dataclass(frozen=True, kw_only=True)
class PointScale:
    """One scale of a method that samples points."""

    content: Image
    region: Region
    """Where points may be taken."""
    samples: int
    """Points per update."""
    sampler: Callable[[Region], Sampler]
    maps: Callable[[Image, Extractor], Maps]
    """Feature maps of an image, the one at full resolution first."""
    locate: Locate
    loss: Callable[[Points, torch.Generator], Objective]
    usual: Extractor
    careful: Extractor
    """The same in float32."""

    def whole(self) -> Judge:
        """The objective of the whole image."""
        target, sample = self.look(self.content), self.sampler(self.region)
        return self.judge(_Ground(target, sample, self.samples))

    def in_windows(self, side: int, generator: torch.Generator) -> Pieces:
        """The same objective, to be minimised in one window after the other."""
        return _Windows(self, side, generator)

    def judge(self, ground: "_Ground") -> Judge:
        """The objective on some ground, in the usual precision and in float32."""
        objective = partial(self._objective, ground)
        return Judge(partial(objective, self.usual), partial(objective, self.careful))

    @torch.no_grad()
    def look(self, image: Image) -> Maps:
        """Maps of what is not optimised."""
        return self.maps(image, self.usual)

    def _objective(
        self, ground: "_Ground", extract: Extractor, image: Image, generator: torch.Generator
    ) -> Objective:
        at = ground.sample(ground.samples, generator)  # the same for output and content
        maps = self.maps(image, extract)
        x = hypercolumns(maps, at, self.locate)
        c = hypercolumns(ground.target, at, self.locate)
        precision = list(maps.values())[-1].dtype
        return self.loss(ground.join(x, c, precision), generator)


@dataclass(frozen=True)
class _Rest:
    """Points of the image outside a window, standing still."""

    x: Cloud
    c: Cloud
    share: float
    """Of the image's mass that they stand for."""


@dataclass(frozen=True)
class _Ground:
    """Where points are taken in an update."""

    target: Maps
    """Of the content."""
    sample: Sampler
    samples: int
    rest: _Rest | None = None

    def join(self, x: Cloud, c: Cloud, precision: torch.dtype) -> Points:
        """Fresh points, and those of the rest of the image."""
        rest = self.rest
        if rest is None or not len(rest.x):
            return Points(x, c, None, precision)
        fresh = x.new_full((len(x),), (1 - rest.share) / len(x))
        still = x.new_full((len(rest.x),), rest.share / len(rest.x))
        both = torch.cat([x, rest.x]), torch.cat([c, rest.c])
        return Points(*both, torch.cat([fresh, still]), precision)


class _Windows:
    """A scale that is too large to be looked at whole (decision 0010).

    In each window the objective is that of the whole image: points of the window are drawn anew
    in every update, half as many as in a whole image; of the rest as many are known, as it was
    when last visited.
    """

    def __init__(self, scale: PointScale, side: int, generator: torch.Generator) -> None:
        self.scale, self.side = scale, side
        self.at = uniform(scale.region)(max(1, scale.samples // 2), generator)
        self.c = self._read(scale.content)
        self.memory = torch.empty_like(self.c)
        """Hypercolumns of the output."""

    def survey(self, image: Image) -> None:
        """See :class:`~wasserstyle.optim.Pieces`."""
        self.memory = self._read(image)

    def visit(self, window: Window) -> Judge | None:
        """See :class:`~wasserstyle.optim.Pieces`."""
        core, region = window.core_of(self.scale.region), self.scale.region
        if not core.any():
            return None
        outside = ~window.holds(self.at)
        share = 1 - int(core.sum()) / int(region.sum())
        rest = _Rest(self.memory[outside], self.c[outside], share)
        target = self.scale.look(window.cut(self.scale.content))
        ground = _Ground(target, self.scale.sampler(core), len(self.at), rest)
        return self.scale.judge(ground)

    def leave(self, window: Window, image: Image) -> None:
        """See :class:`~wasserstyle.optim.Pieces`."""
        here = window.holds(self.at)
        if here.any():
            maps, at = self.scale.look(window.cut(image)), window.inside(self.at[here])
            self.memory[here] = hypercolumns(maps, at, self.scale.locate)

    def _read(self, image: Image) -> Cloud:
        return hypercolumns_of(
            image, self.at, self.scale.look, locate=self.scale.locate, side=self.side
        )
