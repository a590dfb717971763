"""Style Transfer by Relaxed Optimal Transport and Self-Similarity.

Kolkin, Salavon and Shakhnarovich, CVPR 2019. https://arxiv.org/abs/1904.12785

Notation: X output, C content, S style image; x, c, y hypercolumns sampled from them (x and c at
the same positions); α content weight of a scale; l_c content, l_r transport, l_m moments,
l_p palette term; D cosine distance; μ, Σ mean and covariance.

Where we differ (paper / authors' code / default here):

* steps a scale: 200 / 250, the last thrown away / 50 at the last, 30 before. Decision 0009.
* optimiser: RMSprop 2e-3, last scale 1e-3 / same / Adam in opponent colours 1e-2, falling.
  Decision 0009.
* α: 1 at 512 px / 2 at 512 px, 1 at 1024 px / 2 from 512 px up, so that large pictures look
  like small ones. In all three it doubles from there to each coarser scale. Decision 0007.
* terms: α l_c + l_r + l_m + l_p/α over 2 + α + 1/α / palette 1/max(α, 1), over 2 + α / as code.
* l_c: mean over pairs / n times that / as code. With the paper's, content is ignored.
* layers: all but conv nos. 9, 10, 12, 13 / RGB, and relu4_3, relu5_3 for 4_1, 5_1 / as code.
* palette distance: Euclidean / cosine + Euclidean/√3 / as code.
* positions: 1024 / 1024 / 256 at 64 px, 2048 from 512 px up.
* drawn: on a lattice at random / on a fixed lattice, rows and columns re-paired / one from each
  of equal parts of what is visible, anew each step (0006, 0009).
* reading: maps upsampled / r/2^k, style truncated / pixel centres on pixel centres, both.
* large scales: whole / whole / in windows of 512 px. Decision 0010.
* guidance: ground cost / losses by region, points by a term that is off / as paper, and in the
  cost of colours, too. Decision 0011.
* style: 1024 positions each step / 5 draws of 1000 a scale, all of them each step / 5000 a
  scale, 1024 of them each step, moments of all.
* covariance: whole / whole / 256 random columns a step.
* start of a scale: the coarser result, at the first one the style's mean colour with the finest
  detail of the content / that detail at all scales but the last / at all, in colours carried to
  the style's (0009).
* scales: 64, 128, ... / same / the output size halved as long as 64 px are left.

The presets ``paper`` and ``authors`` take these numbers, and the rest from here: the bundled
network with its activation scales (decision 0004), antialiased resizing (0002), the smooth
pyramid (0006), style positions drawn with replacement, no step thrown away.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import ClassVar, Literal, final

import torch

from wasserstyle.device import send
from wasserstyle.errors import BadGuidance
from wasserstyle.features.sampling import (
    SAMPLERS,
    Locate,
    Region,
    Sampler,
    centres,
    corners,
    fixed_lattice,
    truncated,
    uniform,
)
from wasserstyle.guidance import FREE, Guidance
from wasserstyle.guided import GUIDED_BY, Match, Reading, StyleModel, StyleParts
from wasserstyle.image.resize import to_long_side
from wasserstyle.losses.content import self_similarity_of_directions
from wasserstyle.losses.style import (
    Moments,
    moment_distance_in_columns,
    palette_cosine_euclidean,
    palette_euclidean,
)
from wasserstyle.losses.transport import TRANSPORTS, UNPAIRED, Clouds
from wasserstyle.method import Method, Style, Tools, check_value, setting
from wasserstyle.optim import Objective, Observer, Problem, Stage, descend, ignore, in_windows
from wasserstyle.optim.schedule import DECAYS, scales
from wasserstyle.optim.solvers import SOLVERS
from wasserstyle.ot.costs import directions
from wasserstyle.points import Parts, Pinned, Points, PointScale
from wasserstyle.pyramid import enlarge, finest_band
from wasserstyle.styles import StyleReader
from wasserstyle.types import Cloud, Image, Mass, Scalar

LAYERS = (
    *("rgb", "relu1_1", "relu1_2", "relu2_1", "relu2_2"),
    *("relu3_1", "relu3_2", "relu3_3", "relu4_3", "relu5_3"),
)
"""Of the hypercolumn, as the authors' code has them: 2179 channels."""
RGB = slice(0, 3)
REFERENCE_SIZE = 512
"""Long side of the paper's pictures, to which α is referred."""
READINGS: dict[str, tuple[Locate, Locate]] = {
    "centres": (centres, centres),
    "code": (corners, truncated),
}
"""How output and content are read, and how the style."""
CONTENT_MEANS: dict[str, Callable[[int], int]] = {"points": lambda n: 1, "pairs": lambda n: n}
"""What the sum over pairs, already divided by n, is divided by."""
PALETTES = {"cosine+euclidean": palette_cosine_euclidean, "euclidean": palette_euclidean}
WEIGHTINGS: dict[str, Callable[[float], tuple[float, float]]] = {
    "code": lambda alpha: (1 / max(alpha, 1), alpha + 2),
    "paper": lambda alpha: (1 / alpha, alpha + 2 + 1 / alpha),
}
"""Weight of the palette term, and what the weighted sum is divided by, for an α."""
TERMS = ("content", "transport", "moments", "palette")
"""l_c, l_r, l_m and l_p."""
CODE, OURS = "authors' code", "ours, decision 0009"

Terms = dict[str, Scalar]


@dataclass(frozen=True)
class Scale:
    """What one scale compares."""

    style: StyleModel
    guided: Reading
    alpha: float


@final
@dataclass(frozen=True, kw_only=True)
class Strotss(Method):
    """Relaxed optimal transport of features, self-similarity of content, coarse to fine."""

    name: ClassVar[str] = "strotss"
    citation: ClassVar[str] = "kolkin2019"
    presets: ClassVar[tuple[str, ...]] = ("default", "fast", "best", "paper", "authors")
    guides: ClassVar[frozenset[str]] = frozenset({"regions", "points"})

    content_weight: float = setting(
        1.0,
        "how much of the content's structure to keep; multiplies α",
        CODE,
        low=1e-3,
    )
    alpha: float = setting(
        2.0, "α at 512 px and content weight 1; it halves as the scale doubles", CODE, low=1e-3
    )
    least_alpha: float = setting(
        2.0, "α does not fall below this at larger scales", "ours, decision 0007", low=0
    )
    iterations: int = setting(50, "updates at the finest scale", OURS, low=1, high=100_000)
    coarse_share: float = setting(
        0.6, "updates at each coarser scale, as a share of those", OURS, low=0.01, high=10
    )
    optimiser: Literal["opponent adam", "adam", "rmsprop"] = setting(
        "opponent adam", "update rule of the pyramid", OURS
    )
    learning_rate: float = setting(1e-2, "step size", OURS, low=1e-6, high=1)
    last_learning_rate: float = setting(
        1e-2, "step size at the finest scale", OURS, low=1e-6, high=1
    )
    decay: Literal["late", "none"] = setting("late", "fall of the step size in a scale", OURS)
    coarsest: int = setting(
        64, "long side of the coarsest scale, pixels, at least", "Sec. 2.5", low=16
    )
    detail_at: Literal["first", "all but last", "all"] = setting(
        "all", "scales whose start gets the content's finest detail", OURS
    )
    detail_colors: Literal["content", "style"] = setting(
        "style", "whose colors that detail has: its own, or carried to the style's", OURS
    )
    layers: tuple[str, ...] = setting(LAYERS, "layers of the hypercolumn, rgb first", CODE)
    terms: tuple[str, ...] = setting(
        TERMS, "terms of the objective: content, transport, moments, palette", "Eq. 1"
    )
    transport: Literal["relaxed", "relaxed_a", "relaxed_b", "sinkhorn", "sliced"] = setting(
        "relaxed",
        "distance of styles: max(R_A, R_B), one of them, or a tighter one for research",
        "Eq. 6",
    )
    samples: int = setting(
        2048,
        "positions of output and content per step, from 512 px up",
        OURS,
        low=8,
        high=16_384,
    )
    least_samples: int = setting(
        256, "they fall with the size of coarser scales to this", OURS, low=8, high=16_384
    )
    content_samples: int = setting(
        1024, "positions compared for self-similarity, at most all", OURS, low=8, high=16_384
    )
    window: int = setting(
        512,
        "side of the pieces that larger scales are optimised in, pixels",
        "ours, decision 0010",
        low=256,
    )
    positions: Literal["stratified", "uniform", "lattice", "fixed lattice"] = setting(
        "stratified", "how those positions are drawn", "ours, decisions 0006, 0009"
    )
    reading: Literal["centres", "code"] = setting(
        "centres", "where a position lies in a coarser map", "Sec. 2.1 (upsampled maps)"
    )
    style_draw: Literal["pool", "fresh"] = setting(
        "pool", "style positions and moments: a pool per scale, or new ones each step", CODE
    )
    style_pool: int = setting(
        5000, "positions of the pool, over all styles", CODE, low=8, high=100_000
    )
    style_samples: int = setting(
        1024, "style positions used per step", "Sec. 2.5", low=8, high=100_000
    )
    covariance_columns: int = setting(
        256, "columns of Σ compared per step, at most all", OURS, low=1
    )
    content_mean: Literal["points", "pairs"] = setting(
        "points", "l_c is divided by the number of these", CODE
    )
    palette: Literal["cosine+euclidean", "euclidean"] = setting(
        "cosine+euclidean", "cost between colours", CODE
    )
    weighting: Literal["code", "paper"] = setting("code", "weight of l_p and denominator", CODE)
    guiding: Literal["cost", "losses"] = setting(
        "cost",
        "regions and points bind the ground cost, or have losses of their own",
        "Sec. 2.4",
    )
    beta: float = setting(
        5.0, "how much more guided points weigh; in losses, pinned ones only", "Sec. 2.4", low=0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for term in self.terms:
            check_value("terms", term, str, {"choices": TERMS})

    def check_guidance(self, guidance: Guidance) -> None:
        """See :meth:`Method.check_guidance`.

        Raises:
            BadGuidance: The distance of styles knows no ground cost of the user's.
        """
        super().check_guidance(guidance)
        pinned = guidance.regions or guidance.points
        if pinned and self.guiding == "cost" and self.transport in UNPAIRED:
            raise BadGuidance(f"{self.transport} has no guided cost; use guiding=losses")

    @classmethod
    def fast(cls) -> "Strotss":
        """Few, large updates, half the content's weight: a first look in a fifth of the time.

        Ours, decision 0009: so few updates leave more of the content than many.
        """
        return cls(
            content_weight=0.5, iterations=11, learning_rate=1.5e-2, last_learning_rate=1.5e-2
        )

    @classmethod
    def best(cls) -> "Strotss":
        """Four times the updates.

        Ours, decision 0009.
        """
        return cls(iterations=200)

    @classmethod
    def authors(cls) -> "Strotss":
        """The program of the authors (commit 9a1543a), by its numbers."""
        return cls(
            precision="float32",
            alpha=2.0,
            least_alpha=0.0,
            iterations=250,
            coarse_share=1.0,
            window=1_000_000,
            content_samples=1024,
            optimiser="rmsprop",
            learning_rate=2e-3,
            last_learning_rate=1e-3,
            decay="none",
            coarsest=64,
            detail_at="all but last",
            detail_colors="content",
            layers=LAYERS,
            samples=1024,
            least_samples=1024,
            positions="fixed lattice",
            reading="code",
            style_draw="pool",
            style_pool=5000,
            style_samples=5000,
            covariance_columns=4096,
            content_mean="points",
            palette="cosine+euclidean",
            weighting="code",
            guiding="losses",
            beta=1.0,
        )

    @classmethod
    def paper(cls) -> "Strotss":
        """The paper, by its numbers; what it leaves open as in the authors' code."""
        return cls(
            precision="float32",
            alpha=1.0,
            least_alpha=0.0,
            iterations=200,
            coarse_share=1.0,
            window=1_000_000,
            content_samples=1024,
            optimiser="rmsprop",
            learning_rate=2e-3,
            last_learning_rate=1e-3,
            decay="none",
            coarsest=64,
            detail_at="first",
            detail_colors="content",
            layers=(*LAYERS[1:-2], "relu4_1", "relu5_1"),
            samples=1024,
            least_samples=1024,
            positions="lattice",
            reading="centres",
            style_draw="fresh",
            style_samples=1024,
            covariance_columns=4096,
            content_mean="pairs",
            palette="euclidean",
            weighting="paper",
            guiding="cost",
            beta=5.0,
        )

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

        def prepare(index: int, previous: Image | None) -> Problem:
            size, here = stages[index].size, to_long_side(content, stages[index].size)
            style = tools.memo.recall(
                (self, size, guidance.regions, guidance.points),
                lambda: self._learn(styles, size, guidance, tools),
            )
            lattices = partial(tools.stream, "lattice", index)
            scale = self._scale(here, style, guidance, tools=tools, lattices=lattices)
            carried = self.detail_colors == "style"
            detail = style.detail(guidance, here) if carried else finest_band(here)
            if previous is None:  # Sec. 2.5
                start = style.mean_picture(guidance, here) + detail
            else:
                start = self._start(index, len(stages), previous, detail)
            if in_windows(stages[index], *here.shape[2:]):
                rest = tools.stream("rest", index)
                return Problem(start, scale.in_windows(self.window, rest))
            return Problem(start, scale.whole())

        image = descend(
            stages,
            prepare,
            solver=SOLVERS[self.optimiser],
            stream=partial(tools.stream, "steps"),
            start=tools.start,
            resume=tools.resume,
            observe=observe,
        )
        return image.clamp(0, 1)

    def _scale(
        self,
        content: Image,
        style: StyleModel,
        guidance: Guidance,
        *,
        tools: Tools,
        lattices: Callable[[], torch.Generator],
    ) -> PointScale:
        """What is compared at the scale that ``content`` has."""
        size = max(content.shape[2:])
        guided = GUIDED_BY[self.guiding](
            guidance,
            content,
            style.targets,
            samples=self.samples_at(size),
            least=self.least_samples,
            beta=self.beta,
        )
        return PointScale(
            content=content,
            grounds=guided.grounds,
            pins=guidance.pins(content),
            sampler=partial(self._sampler, lattices),
            layers=self._looked_at(),
            locate=READINGS[self.reading][0],
            loss=partial(self._loss, Scale(style, guided, self.alpha_of(size))),
            usual=tools.features,
            careful=tools.careful or tools.features,
        )

    def _start(self, index: int, count: int, previous: Image, detail: Image) -> Image:
        """Where a scale begins after the one before (Sec. 2.5)."""
        if previous.shape == detail.shape:
            return previous
        start = enlarge(previous, *detail.shape[2:])
        detailed = {"first": 1, "all but last": count - 1, "all": count}[self.detail_at]
        return start + detail if index < detailed else start

    def stages(self, size: int) -> list[Stage]:
        """Coarse to fine schedule for an output of ``size`` pixels (Sec. 2.5)."""
        sizes = scales(size, self.coarsest)
        coarse = max(1, round(self.iterations * self.coarse_share))
        counts = [coarse] * (len(sizes) - 1) + [self.iterations]
        rates = [self.learning_rate] * (len(sizes) - 1) + [self.last_learning_rate]
        return [
            Stage(size, count, rate, DECAYS[self.decay], self.window)
            for size, count, rate in zip(sizes, counts, rates, strict=True)
        ]

    def alpha_of(self, size: int) -> float:
        """Content weight α of a scale: of its own size only, whatever the output's."""
        return self.content_weight * max(self.alpha * REFERENCE_SIZE / size, self.least_alpha)

    def samples_at(self, size: int) -> int:
        """Positions per step at a scale: a small picture has less to see."""
        return min(self.samples, max(self.least_samples, self.samples * size // REFERENCE_SIZE))

    def _loss(
        self, scale: Scale, parts: Parts, pinned: Pinned, generator: torch.Generator
    ) -> Objective:
        terms: Terms = {}
        for part, points in scale.guided.judged(parts):
            style = scale.style.draws[part.number](generator)
            match = scale.guided.match(points, style, parts, pinned)
            for name, term in self._terms(points, match, style.moments, generator).items():
                terms[name] = terms.get(name, 0) + part.share * term
        distance = scale.guided.distance(pinned, self._features)
        if distance is not None:
            terms["points"] = distance
        return _weighted_sum(terms, scale.alpha, self.weighting)

    def _terms(
        self, points: Points, match: Match, moments: Moments, generator: torch.Generator
    ) -> Terms:
        """The terms of Eq. 1 at sampled points, all clouds rgb first."""
        columns = torch.randperm(points.x.shape[1], generator=generator)
        mass, pairing = match.mass, match.pairing
        colours = match.x[:, RGB], match.y[:, RGB]
        palette = partial(PALETTES[self.palette], *colours)  # Sec. 2.2
        x, c, y = map(self._features, (match.x, points.c, match.y))
        u, v, drawn = directions(x), directions(y), len(points.x)
        clouds = Clouds(u, v, mass, pairing, points.precision)
        columns = send(columns[columns < x.shape[1]][: self.covariance_columns], x.device)
        terms: Mapping[str, Callable[[], Scalar]] = {
            "content": lambda: self._content(u[:drawn], c, points.mass),
            "transport": lambda: TRANSPORTS[self.transport](clouds, generator),  # Eqs. 5, 6
            "moments": lambda: moment_distance_in_columns(
                x[:drawn], moments, columns, points.mass
            ),  # Eq. 8
            "palette": lambda: palette(mass=mass, pairing=pairing),
        }
        return {name: terms[name]() for name in TERMS if name in self.terms}

    def _content(self, u: Cloud, c: Cloud, mass: Mass | None) -> Scalar:
        """Eq. 7 at every so many-th point: its price grows with their square."""
        every = math.ceil(len(u) / self.content_samples)
        some = None if mass is None else mass[::every] / mass[::every].sum()
        l_c = self_similarity_of_directions(u[::every], directions(c[::every]), some)
        return l_c / CONTENT_MEANS[self.content_mean](math.ceil(len(u) / every))

    def _learn(
        self, styles: Sequence[Style], size: int, guidance: Guidance, tools: Tools
    ) -> StyleModel:
        """Look at the styles at one scale."""
        images = [to_long_side(s.image, size) for s in styles]
        shares = [s.weight / sum(s.weight for s in styles) for s in styles]
        maps = partial(tools.features, layers=self._looked_at())
        _, locate = READINGS[self.reading]
        looked, drawn = (images, shares, maps, locate), GUIDED_BY[self.guiding].drawn(guidance)
        if self.style_draw == "fresh":
            parts = StyleParts(guidance, images, StyleReader.with_maps(*looked), drawn)
            draws = parts.fresh(self.style_samples, self._features)
        else:
            reader = StyleReader.by_window(*looked, self.window)
            parts = StyleParts(guidance, images, reader, drawn)
            counts, stream = (self.style_pool, self.style_samples), tools.stream("style", size)
            draws = parts.pools(*counts, self._features, stream)
        targets = parts.targets(tools.stream("targets", size))
        return StyleModel(draws, targets, parts.colours(shares))

    def _looked_at(self) -> set[str]:
        """Layers of the hypercolumn, and rgb for the palette."""
        return {"rgb", *self.layers}

    def _features(self, cloud: Cloud) -> Cloud:
        """A cloud read with ``rgb`` first, as the layers ask for it."""
        return cloud if "rgb" in self.layers else cloud[:, RGB.stop :]

    def _sampler(self, stream: Callable[[], torch.Generator], region: Region) -> Sampler:
        if self.positions == "fixed lattice":
            return uniform(fixed_lattice(region, stream()))
        return SAMPLERS[self.positions](region)


def _weighted_sum(terms: Terms, alpha: float, weighting: str) -> Objective:
    """Eq. 1."""
    palette, whole = WEIGHTINGS[weighting](alpha)
    weights = {"content": alpha, "palette": palette}
    weighted = [weights.get(name, 1.0) * term for name, term in terms.items()]
    return Objective(reduce(torch.add, weighted) / whole, terms)


METHOD = Strotss
