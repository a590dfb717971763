"""Style Transfer by Relaxed Optimal Transport and Self-Similarity.

Kolkin, Salavon and Shakhnarovich, CVPR 2019. https://arxiv.org/abs/1904.12785

Notation: X output, C content, S style image; x, c, y hypercolumns sampled from them (x and c at
the same positions); α content weight of a scale; l_c content, l_r transport, l_m moments,
l_p palette term; D cosine distance; μ, Σ mean and covariance.

Where we differ (paper / authors' code / default here):

* steps a scale: 200 / 250, the last thrown away / 100. Optimiser: RMSprop 2e-3, last scale
  1e-3 / same / Adam 1e-2, cosine. Decision 0005.
* α: 1 at 512 px / 2 at 512 px, 1 at 1024 px / 2 from 512 px up, so that large pictures look
  like small ones. In all three it doubles from there to each coarser scale. Decision 0007.
* terms: α l_c + l_r + l_m + l_p/α over 2 + α + 1/α / palette 1/max(α, 1), over 2 + α / as code.
* l_c: mean over pairs / n times that / as code. With the paper's, content is ignored.
* layers: all but conv nos. 9, 10, 12, 13 / RGB, and relu4_3, relu5_3 for 4_1, 5_1 / as code.
* palette distance: Euclidean / cosine + Euclidean/√3 / as code.
* positions: lattice with a random offset / fixed lattice, rows and columns re-paired / uniform
  over all visible pixels, anew each step. Decision 0006.
* reading: maps upsampled / r/2^k, style truncated / pixel centres on pixel centres, both.
* style: 1024 positions each step / 5 draws of 1000 a scale, all of them each step / 5000 a
  scale, 1024 of them each step, moments of all.
* covariance: whole / whole / 256 random columns a step.
* start of a scale: the coarser result, at the first one the style's mean colour with the finest
  detail of the content / that detail at all scales but the last / as code.
* scales: 64, 128, ... / same / the output size halved as long as 64 px are left.

The presets ``paper`` and ``authors`` take these numbers, and the rest from here: the bundled
network with its activation scales (decision 0004), antialiased resizing (0002), the smooth
pyramid (0006), style positions drawn with replacement, no step thrown away.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal, final

import torch
from torch import Tensor

from wasserstyle.features.sampling import (
    Locate,
    Region,
    Sampler,
    centres,
    corners,
    everywhere,
    fixed_lattice,
    hypercolumns,
    lattice,
    truncated,
    uniform,
)
from wasserstyle.guidance import FREE, Guidance
from wasserstyle.image.resize import to_long_side
from wasserstyle.losses.content import self_similarity_of_directions
from wasserstyle.losses.style import (
    Moments,
    moment_distance_in_columns,
    moments,
    palette_cosine_euclidean,
    palette_euclidean,
)
from wasserstyle.method import Method, Style, Tools, setting
from wasserstyle.optim import Objective, Observer, Problem, Stage, descend, ignore
from wasserstyle.optim.schedule import DECAYS, OPTIMISERS, scales
from wasserstyle.ot.costs import directions
from wasserstyle.ot.relaxed import relaxed_emd_of_directions
from wasserstyle.pyramid import enlarge, finest_band
from wasserstyle.types import Cloud, FeatureMap, Image, Scalar

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
CODE, OURS = "authors' code", "ours, decision 0005"

Maps = Mapping[str, FeatureMap]
Terms = dict[str, Scalar]
Read = Callable[[int, torch.Generator], Cloud]
"""Reads so many hypercolumns of the styles, ``rgb`` first."""
StyleDraw = Callable[[torch.Generator], tuple[Cloud, Moments]]
"""Draws hypercolumns of the styles, ``rgb`` first, and the moments to match."""


@dataclass(frozen=True)
class StyleModel:
    """What one scale needs to know of the styles."""

    draw: StyleDraw
    mean_colour: Image
    """(1, 3, 1, 1)."""


@final
@dataclass(frozen=True, kw_only=True)
class Strotss(Method):
    """Relaxed optimal transport of features, self-similarity of content, coarse to fine."""

    name: ClassVar[str] = "strotss"
    citation: ClassVar[str] = "kolkin2019"
    presets: ClassVar[tuple[str, ...]] = ("default", "fast", "paper", "authors")

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
    iterations: int = setting(100, "updates per scale", OURS, low=1, high=100_000)
    optimiser: Literal["adam", "rmsprop"] = setting("adam", "update rule of the pyramid", OURS)
    learning_rate: float = setting(1e-2, "step size", OURS, low=1e-6, high=1)
    last_learning_rate: float = setting(
        1e-2, "step size at the finest scale", OURS, low=1e-6, high=1
    )
    decay: Literal["cosine", "none"] = setting(
        "cosine", "fall of the step size in a scale", OURS
    )
    coarsest: int = setting(
        64, "long side of the coarsest scale, pixels, at least", "Sec. 2.5", low=16
    )
    detail_at: Literal["first", "all but last"] = setting(
        "all but last", "scales whose start gets the content's finest detail", CODE
    )
    layers: tuple[str, ...] = setting(LAYERS, "layers of the hypercolumn, rgb first", CODE)
    samples: int = setting(
        1024, "positions of output and content per step", "Sec. 2.5", low=8, high=16_384
    )
    positions: Literal["uniform", "lattice", "fixed lattice"] = setting(
        "uniform", "how those positions are drawn", "ours, decision 0006"
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

    @classmethod
    def fast(cls) -> "Strotss":
        """Fewer and larger updates: a close look in less than half the time (ours, 0005)."""
        return cls(iterations=40, learning_rate=2e-2, last_learning_rate=2e-2)

    @classmethod
    def authors(cls) -> "Strotss":
        """The program of the authors (commit 9a1543a), by its numbers."""
        return cls(
            precision="float32",
            alpha=2.0,
            least_alpha=0.0,
            iterations=250,
            optimiser="rmsprop",
            learning_rate=2e-3,
            last_learning_rate=1e-3,
            decay="none",
            coarsest=64,
            detail_at="all but last",
            layers=LAYERS,
            samples=1024,
            positions="fixed lattice",
            reading="code",
            style_draw="pool",
            style_pool=5000,
            style_samples=5000,
            covariance_columns=4096,
            content_mean="points",
            palette="cosine+euclidean",
            weighting="code",
        )

    @classmethod
    def paper(cls) -> "Strotss":
        """The paper, by its numbers; what it leaves open as in the authors' code."""
        return cls(
            precision="float32",
            alpha=1.0,
            least_alpha=0.0,
            iterations=200,
            optimiser="rmsprop",
            learning_rate=2e-3,
            last_learning_rate=1e-3,
            decay="none",
            coarsest=64,
            detail_at="first",
            layers=(*LAYERS[1:-2], "relu4_1", "relu5_1"),
            samples=1024,
            positions="lattice",
            reading="centres",
            style_draw="fresh",
            style_samples=1024,
            covariance_columns=4096,
            content_mean="pairs",
            palette="euclidean",
            weighting="paper",
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
        read_output, _ = READINGS[self.reading]

        def prepare(index: int, previous: Image | None) -> Problem:
            size, alpha = stages[index].size, self.alpha_of(stages[index].size)
            here = to_long_side(content, size)
            style = tools.memo.recall((self, size), lambda: self._learn(styles, size, tools))
            sample = self._sampler(guidance.region(here), tools.stream("lattice", index))
            with torch.no_grad():
                target = self._maps(here, tools)
            search = target[self.layers[-1]].dtype  # pairs are found at the network's precision

            def objective(image: Image, generator: torch.Generator) -> Objective:
                at = sample(self.samples, generator)  # the same for output and content
                x = hypercolumns(self._maps(image, tools), at, read_output)
                c = hypercolumns(target, at, read_output)
                y, style_moments = style.draw(generator)
                columns = torch.randperm(x.shape[1], generator=generator)
                terms = self._terms(x, c, y, style_moments, columns, search)
                return _weighted_sum(terms, alpha, self.weighting)

            if previous is None:  # Sec. 2.5
                return Problem(style.mean_colour + finest_band(here), objective)
            start = enlarge(previous, *here.shape[2:])
            if self.detail_at == "all but last" and index < len(stages) - 1:
                start = start + finest_band(here)
            return Problem(start, objective)

        optimiser, stream = OPTIMISERS[self.optimiser], partial(tools.stream, "steps")
        image = descend(
            stages,
            prepare,
            optimiser=optimiser,
            stream=stream,
            resume=tools.resume,
            observe=observe,
        )
        return image.clamp(0, 1)

    def stages(self, size: int) -> list[Stage]:
        """Coarse to fine schedule for an output of ``size`` pixels (Sec. 2.5)."""
        sizes = scales(size, self.coarsest)
        rates = [self.learning_rate] * (len(sizes) - 1) + [self.last_learning_rate]
        return [
            Stage(size, self.iterations, rate, DECAYS[self.decay])
            for size, rate in zip(sizes, rates, strict=True)
        ]

    def alpha_of(self, size: int) -> float:
        """Content weight α of a scale: of its own size only, whatever the output's."""
        return self.content_weight * max(self.alpha * REFERENCE_SIZE / size, self.least_alpha)

    def _terms(  # noqa: PLR0917 - the letters of Eq. 1
        self,
        x: Cloud,
        c: Cloud,
        y: Cloud,
        style_moments: Moments,
        columns: Tensor,
        search: torch.dtype | None = None,
    ) -> Terms:
        """The four terms at sampled points, all clouds rgb first."""
        l_p = PALETTES[self.palette](x[:, RGB], y[:, RGB])  # Sec. 2.2
        x, c, y = map(self._features, (x, c, y))
        u, w, v = map(directions, (x, c, y))
        l_c = self_similarity_of_directions(u, w)  # Eq. 7
        columns = columns[columns < x.shape[1]][: self.covariance_columns].to(x.device)
        return {
            "content": l_c / CONTENT_MEANS[self.content_mean](len(x)),
            "transport": relaxed_emd_of_directions(u, v, search),  # Eqs. 5 and 6
            "moments": moment_distance_in_columns(x, style_moments, columns),  # Eq. 8
            "palette": l_p,
        }

    def _learn(self, styles: Sequence[Style], size: int, tools: Tools) -> StyleModel:
        """Look at the styles at one scale; several are one cloud, each with its share of it."""
        images = [to_long_side(s.image, size) for s in styles]
        shares = [s.weight / sum(s.weight for s in styles) for s in styles]
        with torch.no_grad():
            maps = [self._maps(image, tools) for image in images]
        read = _reader(maps, shares, READINGS[self.reading][1])
        means = [image.mean((2, 3), keepdim=True) for image in images]
        mean_colour = torch.stack([w * m for w, m in zip(shares, means, strict=True)]).sum(0)
        if self.style_draw == "fresh":
            return StyleModel(self._fresh(read), mean_colour)
        pool = read(self.style_pool, tools.stream("style", size))
        return StyleModel(self._from_pool(pool), mean_colour)

    def _fresh(self, read: Read) -> StyleDraw:
        def draw(generator: torch.Generator) -> tuple[Cloud, Moments]:
            y = read(self.style_samples, generator)
            return y, moments(self._features(y))

        return draw

    def _from_pool(self, pool: Cloud) -> StyleDraw:
        of_pool = moments(self._features(pool))

        def draw(generator: torch.Generator) -> tuple[Cloud, Moments]:
            if self.style_samples >= len(pool):
                return pool, of_pool
            pick = torch.randint(len(pool), (self.style_samples,), generator=generator)
            return pool[pick.to(pool.device)], of_pool

        return draw

    def _maps(self, image: Image, tools: Tools) -> dict[str, FeatureMap]:
        return tools.features(image, {"rgb", *self.layers})

    def _features(self, cloud: Cloud) -> Cloud:
        """A cloud read with ``rgb`` first, as the layers ask for it."""
        return cloud if "rgb" in self.layers else cloud[:, RGB.stop :]

    def _sampler(self, region: Region, generator: torch.Generator) -> Sampler:
        if self.positions == "fixed lattice":
            return uniform(fixed_lattice(region, generator))
        return {"uniform": uniform, "lattice": lattice}[self.positions](region)


def _reader(maps: Sequence[Maps], shares: Sequence[float], locate: Locate) -> Read:
    """Reads a number of points over several pictures, each getting its share of them."""
    samplers = [uniform(everywhere(m["rgb"])) for m in maps]

    def read(count: int, generator: torch.Generator) -> Cloud:
        counts = [max(1, round(count * share)) for share in shares]
        parts = zip(maps, samplers, counts, strict=True)
        return torch.cat([hypercolumns(m, draw(n, generator), locate) for m, draw, n in parts])

    return read


def _weighted_sum(terms: Terms, alpha: float, weighting: str) -> Objective:
    """Eq. 1."""
    palette, whole = WEIGHTINGS[weighting](alpha)
    total = alpha * terms["content"] + terms["transport"] + terms["moments"]
    return Objective((total + palette * terms["palette"]) / whole, terms)


METHOD = Strotss
