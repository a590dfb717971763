"""Methods that compare whole feature maps: one image loop for all of them.

A paper's file says which layers it looks at, what it learns of a style, and what a picture
loses; scales, starts, regions, several styles and resumption are the same for all.
"""

import abc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, Literal, TypeVar

import torch

from wasserstyle.features import Extractor
from wasserstyle.guidance import FREE, Guidance, Part, shares_of
from wasserstyle.image.resize import to_long_side
from wasserstyle.method import Method, Style, Tools, setting
from wasserstyle.optim import Judge, Objective, Observer, Problem, Stage, descend, ignore
from wasserstyle.optim.schedule import DECAYS, scales
from wasserstyle.optim.solvers import SOLVERS
from wasserstyle.ot.gaussian import mixture
from wasserstyle.pyramid import enlarge, finest_band
from wasserstyle.recolour import carry, colours
from wasserstyle.types import Image, Maps, Region, Scalar

Learned = TypeVar("Learned")
"""What a method knows of a style."""
LossOfMaps = Callable[[Maps, torch.Generator], Objective]
Stream = Callable[[str], torch.Generator]
"""A random stream of its own for each name."""
OURS = "ours"


@dataclass(frozen=True, kw_only=True)
class StyleView:
    """The styles at one scale, or those parts of them that a region is painted like."""

    images: Sequence[Image]
    regions: Sequence[Region | None]
    """Of each picture; None: nothing of it."""
    shares: Sequence[float]
    """Of each picture, summing to one; zero where it has no region."""
    look: Callable[[Image], Maps]
    stream: Stream

    def seen(self) -> list[tuple[Image, Region, float]]:
        """Pictures, the parts of them to look at, and their shares."""
        pairs = zip(self.images, self.regions, self.shares, strict=True)
        return [(image, region, share) for image, region, share in pairs if region is not None]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What there is at one scale."""

    content: Image
    start: Image
    """Where the output begins."""
    visible: Region
    parts: Sequence[Part]
    """That can be seen."""
    index: int
    """Of the scale, from 0."""
    count: int
    """Of scales."""
    look: Callable[[Image], Maps]
    """The network, for what is not optimised."""
    stream: Stream

    def over_parts(self, loss: Callable[[Part], Scalar]) -> Scalar:
        """The losses of all parts, each with its share."""
        return torch.stack([part.share * loss(part) for part in self.parts]).sum()


@dataclass(frozen=True, kw_only=True)
class MapMethod(Method, Generic[Learned]):
    """Settings of the image loop; the paper is in ``layers``, ``learn`` and ``loss``."""

    content_weight: float = setting(
        1.0, "how much of the content's structure to keep; multiplies its term", OURS, low=0
    )
    iterations: int = setting(60, "updates at the finest scale", OURS, low=1, high=100_000)
    coarse_share: float = setting(
        1.0, "updates at each coarser scale, as a share of those", OURS, low=0.01, high=10
    )
    optimiser: Literal["adam", "rmsprop", "adam on pixels", "rmsprop on pixels", "lbfgs"] = (
        setting("adam", "update rule, of a pyramid of the image or of its pixels", OURS)
    )
    learning_rate: float = setting(
        1e-2, "step size; L-BFGS finds its own", OURS, low=1e-6, high=1
    )
    decay: Literal["late", "none"] = setting("late", "fall of the step size in a scale", OURS)
    coarsest: int = setting(
        64, "long side of the coarsest scale, pixels, at least", OURS, low=16
    )
    start: Literal["recoloured", "content", "noise"] = setting(
        "recoloured",
        "where the coarsest scale begins; in the style's colours by transport",
        OURS,
    )
    detail_at: Literal["all", "none"] = setting(
        "all", "finer scales whose start gets the content's finest detail", OURS
    )

    @property
    @abc.abstractmethod
    def layers(self) -> frozenset[str]:
        """Layers of the network that the method looks at; ``rgb`` is the image itself."""

    @abc.abstractmethod
    def learn(self, style: StyleView) -> Learned:
        """What the method needs to know of a style; it is kept for the next content."""

    @abc.abstractmethod
    def loss(self, scene: Scene, learned: Sequence[Learned]) -> LossOfMaps:
        """What is minimised at one scale.

        Args:
            scene: The content, and where the output begins.
            learned: Of each part's style, by :attr:`Part.number`.
        """

    def stages(self, size: int) -> list[Stage]:
        """Coarse to fine schedule for an output of ``size`` pixels."""
        sizes = scales(size, self.coarsest)
        coarse = max(1, round(self.iterations * self.coarse_share))
        counts = [coarse] * (len(sizes) - 1) + [self.iterations]
        decay = DECAYS[self.decay]
        pairs = zip(sizes, counts, strict=True)
        return [Stage(side, count, self.learning_rate, decay) for side, count in pairs]

    def stylize(
        self,
        content: Image,
        styles: Sequence[Style],
        *,
        tools: Tools,
        guidance: Guidance = FREE,
        observe: Observer = ignore,
    ) -> Image:
        """See :meth:`Method.stylize`."""
        stages = self.stages(tools.size)
        run = _Run(self, content, styles, guidance, tools, len(stages))
        image = descend(
            stages,
            lambda index, previous: run.problem(index, stages[index].size, previous),
            solver=SOLVERS[self.optimiser],
            stream=partial(tools.stream, "steps"),
            start=tools.start,
            resume=tools.resume,
            observe=observe,
        )
        return image.clamp(0, 1)


@dataclass(frozen=True)
class _Run(Generic[Learned]):
    """One picture on its way through the scales."""

    method: MapMethod[Learned]
    content: Image
    styles: Sequence[Style]
    guidance: Guidance
    tools: Tools
    count: int

    def problem(self, index: int, size: int, previous: Image | None) -> Problem:
        """What is optimised at a scale."""
        method, tools, here = self.method, self.tools, to_long_side(self.content, size)
        views = self._views(size)
        start = self._start(here, views, previous)
        learned = tools.memo.recall(
            (method, size, self.guidance.regions), lambda: [method.learn(v) for v in views]
        )
        scene = Scene(
            content=here,
            start=start,
            visible=self.guidance.region(here),
            parts=self.guidance.parts(here),
            index=index,
            count=self.count,
            look=self._look,
            stream=partial(tools.stream, "scene", index),
        )
        loss = method.loss(scene, learned)

        def judge(extract: Extractor, image: Image, generator: torch.Generator) -> Objective:
            return loss(extract(image, method.layers), generator)

        careful = tools.careful or tools.features
        return Problem(start, Judge(partial(judge, tools.features), partial(judge, careful)))

    def _views(self, size: int) -> list[StyleView]:
        """The styles as the rest of the picture is painted, then as each region is."""
        images = [to_long_side(style.image, size) for style in self.styles]
        weights = [style.weight for style in self.styles]
        return [
            StyleView(
                images=images,
                regions=regions,
                shares=shares_of(weights, regions),
                look=self._look,
                stream=partial(self.tools.stream, "style", size, number),
            )
            for number, regions in enumerate(self.guidance.style_regions(images))
        ]

    def _start(self, here: Image, views: Sequence[StyleView], previous: Image | None) -> Image:
        if previous is None:
            return self._first(here, views)
        if previous.shape == here.shape:
            return previous
        start = enlarge(previous, *here.shape[2:])
        return start + finest_band(here) if self.method.detail_at == "all" else start

    def _first(self, here: Image, views: Sequence[StyleView]) -> Image:
        """Where the coarsest scale begins."""
        if self.method.start == "noise":
            stream = self.tools.stream("start")
            return torch.rand(here.shape, generator=stream).to(here)
        if self.method.start == "content":
            return here
        for part in self.guidance.parts(here):
            seen = views[part.number].seen()
            like = mixture([colours(i, region) for i, region, _ in seen], [s for *_, s in seen])
            here = carry(here, like, region=part.region)
        return here

    @torch.no_grad()
    def _look(self, image: Image) -> Maps:
        return self.tools.features(image, self.method.layers)
