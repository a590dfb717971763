"""Objectives of points: what a method loses at positions drawn anew in every update.

A method says what features are, where points lie, and what they lose; here is how that becomes
the problem of one scale, whether the image is looked at whole or window by window. Points are
drawn on one ground or on several, which a method judges apart; pinned ones are always read.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from wasserstyle.features import Extractor
from wasserstyle.features.large import hypercolumns_of
from wasserstyle.features.sampling import (
    Locate,
    Sampler,
    hypercolumns,
    hypercolumns_along,
    stratified,
)
from wasserstyle.optim import Judge, Objective, Pieces
from wasserstyle.types import Cloud, FeatureMap, Image, Maps, Mass, Positions, Region
from wasserstyle.windows import Window


@dataclass(frozen=True)
class Points:
    """Hypercolumns of output and content at the same positions, rgb first."""

    x: Cloud
    c: Cloud
    at: Positions
    """In the whole picture."""
    mass: Mass | None
    """Of each point, summing to one; None: all alike."""
    precision: torch.dtype
    """Of the network that the features came out of."""


@dataclass(frozen=True)
class Pinned:
    """Hypercolumns of the output at those pinned positions that can be seen."""

    x: Cloud
    which: Int[Tensor, " _points"]
    """Their numbers among all that are pinned."""


Parts = Sequence[Points | None]
"""Points of each ground; None where a window holds nothing of it."""
Drawn = tuple[Cloud, Cloud, Positions]
"""Output, content and where."""
LossOf = Callable[[Parts, Pinned, torch.Generator], Objective]


@dataclass(frozen=True)
class Ground:
    """A part of the content."""

    region: Region
    samples: int
    """Points per update."""


@dataclass(frozen=True, kw_only=True)
class PointScale:
    """One scale of a method that samples points."""

    content: Image
    grounds: Sequence[Ground]
    pins: Positions
    """Read in every update."""
    sampler: Callable[[Region], Sampler]
    layers: Collection[str]
    """Of the hypercolumns, ``rgb`` among them."""
    locate: Locate
    loss: LossOf
    usual: Extractor
    careful: Extractor
    """The same in float32."""

    def whole(self) -> Judge:
        """The objective of the whole image."""
        parts = [_Part(self.sampler(g.region), g.samples, None) for g in self.grounds]
        every = torch.arange(len(self.pins), device=self.pins.device)
        corner, nowhere = self.pins.new_zeros(1, 2), self.pins[:0]
        target = self.target(self.content)
        return self.judge(_Sight(target, parts, corner, self.pins, every, nowhere, _forget))

    def in_windows(self, side: int, generator: torch.Generator) -> Pieces:
        """The same objective, to be minimised in one window after the other."""
        return _Windows(self, side, generator)

    def judge(self, sight: "_Sight") -> Judge:
        """The objective of what can be seen, in the usual precision and in float32."""
        objective = partial(self._objective, sight)
        return Judge(partial(objective, self.usual), partial(objective, self.careful))

    @torch.no_grad()
    def look(self, image: Image) -> Maps:
        """Maps of what is not optimised."""
        return self.usual(image, self.layers)

    @torch.no_grad()
    def target(self, content: Image) -> Maps:
        """Maps of the content, kept beside those of every update: in half precision.

        Rounding by half a thousandth at most, where the network computes in float32.
        """
        walked = self.usual.walk(content, self.layers)
        return {name: _halved(feature) for name, feature in walked}

    def _objective(
        self, sight: "_Sight", extract: Extractor, image: Image, generator: torch.Generator
    ) -> Objective:
        parts, pinned = self._points(sight, extract, image, generator)
        return self.loss(parts, pinned, generator)

    def _points(
        self, sight: "_Sight", extract: Extractor, image: Image, generator: torch.Generator
    ) -> tuple[Parts, Pinned]:
        """What an update reads of output and content."""
        drawn = [part.sample(part.samples, generator) for part in sight.parts if part]
        at, counts = torch.cat(drawn), [len(d) for d in drawn]
        maps = (feature for _, feature in extract.walk(image, self.layers))
        read = [at, sight.pins, sight.remembered]
        clouds = hypercolumns_along(maps, torch.cat(read), self.locate)
        x, of_pins, of_remembered = clouds.split([len(where) for where in read])
        sight.remember(of_remembered.detach())
        pinned = Pinned(of_pins, sight.which)
        c, whole = hypercolumns(sight.target, at, self.locate), at + sight.corner
        fresh = zip(x.split(counts), c.split(counts), whole.split(counts), strict=True)
        parts = [
            part.join(next(fresh), extract.dtype) if part else None for part in sight.parts
        ]
        return parts, pinned


def _forget(_: Cloud) -> None:
    """Where the whole image is looked at, nothing of it has to be remembered."""


def _halved(feature: FeatureMap) -> FeatureMap:
    return feature.half() if feature.dtype == torch.float32 else feature


@dataclass(frozen=True)
class _Rest:
    """Points of a ground outside a window, standing still.

    They are read in every update from what all windows share: a copy would stay in memory.
    """

    x: Cloud
    c: Cloud
    at: Positions
    """These three of all points, in the window or not."""
    which: Int[Tensor, " _points"]
    """The numbers of those outside."""
    share: float
    """Of the ground's mass that they stand for."""


@dataclass(frozen=True)
class _Part:
    """What can be seen of a ground."""

    sample: Sampler
    samples: int
    rest: _Rest | None

    def join(self, drawn: Drawn, precision: torch.dtype) -> Points:
        """Fresh points, and those of the rest of the ground."""
        (x, c, at), rest = drawn, self.rest
        if rest is None or not len(rest.which):
            return Points(x, c, at, None, precision)
        fresh = x.new_full((len(x),), (1 - rest.share) / len(x))
        still = x.new_full((len(rest.which),), rest.share / len(rest.which))
        return Points(
            torch.cat([x, rest.x[rest.which]]),
            torch.cat([c, rest.c[rest.which]]),
            torch.cat([at, rest.at[rest.which]]),
            torch.cat([fresh, still]),
            precision,
        )


@dataclass(frozen=True)
class _Sight:
    """What can be seen in an update: the whole image, or a window of it."""

    target: Maps
    """Of the content."""
    parts: Sequence[_Part | None]
    corner: Positions
    """Its first pixel in the whole picture, (1, 2)."""
    pins: Positions
    """Those that can be seen, from that corner."""
    which: Int[Tensor, " _points"]
    """Their numbers."""
    remembered: Positions
    """Read for the windows to come, not for the objective; from that corner."""
    remember: Callable[[Cloud], None]
    """Takes what was read there."""


class _Windows:
    """A scale that is too large to be looked at whole (decision 0010).

    In each window the objective is that of the whole image: points of the window are drawn anew
    in every update, half as many as in a whole image; of the rest as many are known, as the
    last update that saw them did.
    """

    def __init__(self, scale: PointScale, side: int, generator: torch.Generator) -> None:
        self.scale, self.side = scale, side
        counts = [max(1, ground.samples // 2) for ground in scale.grounds]
        drawn = [
            stratified(ground.region)(count, generator)
            for ground, count in zip(scale.grounds, counts, strict=True)
        ]
        self.at = torch.cat(drawn)
        numbers = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
        self.ground = numbers.to(self.at.device)
        """Number of each point's ground."""
        self.c = self._read(scale.content)
        self.memory = torch.empty_like(self.c)
        """Hypercolumns of the output."""

    def survey(self, image: Image) -> None:
        """See :class:`~wasserstyle.optim.Pieces`."""
        self.memory = self._read(image)

    def visit(self, window: Window) -> Judge | None:
        """See :class:`~wasserstyle.optim.Pieces`."""
        held = window.holds(self.at)
        grounds = range(len(self.scale.grounds))
        parts = [self._part(number, window, ~held) for number in grounds]
        if not any(parts):
            return None
        corner = -window.inside(torch.zeros_like(self.at[:1]))
        target = self.scale.target(window.cut(self.scale.content))
        pinned, here = (x.nonzero()[:, 0] for x in (window.holds(self.scale.pins), held))
        pins, remembered = window.inside(self.scale.pins[pinned]), window.inside(self.at[here])
        sight = _Sight(
            target, parts, corner, pins, pinned, remembered, partial(self._remember, here)
        )
        return self.scale.judge(sight)

    def _remember(self, which: Int[Tensor, " _points"], x: Cloud) -> None:
        """What is not finite is soon replaced: such updates are made up for in float32."""
        self.memory.index_copy_(0, which, x)

    def _part(
        self, number: int, window: Window, outside: Bool[Tensor, " _points"]
    ) -> _Part | None:
        """What a window's core holds of a ground; and which points of all lie outside."""
        ground = self.scale.grounds[number]
        core = window.core_of(ground.region)
        if not core.any():
            return None
        share = 1 - int(core.sum()) / int(ground.region.sum())
        which = (outside & (self.ground == number)).nonzero()[:, 0]
        rest = _Rest(self.memory, self.c, self.at, which, share)
        return _Part(self.scale.sampler(core), max(1, ground.samples // 2), rest)

    def _read(self, image: Image) -> Cloud:
        return hypercolumns_of(
            image, self.at, self.scale.look, locate=self.scale.locate, side=self.side
        )
