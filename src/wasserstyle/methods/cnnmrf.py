"""Combining Markov Random Fields and Convolutional Neural Networks for Image Synthesis.

Li and Wand, CVPR 2016. https://arxiv.org/abs/1601.04589

Every patch of a feature map is to be like the one of the style's map that it is nearest to, so
that the details of a style stay whole and are set together anew.

Notation: x output, c content, s style; Φ feature maps; Ψ_i(Φ) their patches of 3x3 cells, NN(i)
the partner of patch i among those of s; E_s style, E_c content term, Υ total variation; α₁ and
α₂ weights of the latter two.

Where we differ (paper / authors' program / default here):

* network: VGG-19 / same / same.
* units: as the network has them / same / each layer by its activation scale (decision 0004).
* E_s: sum of |Ψ_i(Φ(x)) - Ψ_NN(i)(Φ(s))|² / half of it times 1e-4, its gradient by cell over
  the number of patches there / mean over cells, as a share of the mean square of Φ(s), and
  over layers. Patches over a cell are averaged in the preset ``paper``, too: their sum leaves
  nothing of the content at the paper's α₁.
* E_c: sum of squares at relu4_2 / mean square at relu4_1 / as a share of the mean square of
  Φ(c), at relu4_2. So one weight fits pictures of little and of much contrast.
* α₁: 1 / 20 / 0.4.
* α₂: 1e-3, of sums of squares of levels 0 to 255 / 1e-3, of half of them / 1, of the mean
  square in [0, 1].
* patches: at every cell / at every second one / at every cell, 1024 drawn in each update, 4096
  of the style.
* at the border: no patch reaches over it / same / the edge is repeated.
* copies of the style: 7 scales and 5 rotations, 5 % and 7.5° apart / none / four quarter turns.
  The presets have none.
* start: noise / content / content in the style's colours, by Gaussian transport.
* scales: 64, 128, ... / three, up to 384 px / 128, 256, ... up to the size.
* optimiser: L-BFGS, 200 a scale / L-BFGS, 100 a scale / Adam on a pyramid, 50 a scale.
* several styles: - / - / their patches together, in proportion to the weights.

In all of them a patch is matched anew in every update, by normalised cross-correlation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import ClassVar, Literal, final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from wasserstyle.mapmethod import LossOfMaps, MapMethod, Part, Scene, StyleView
from wasserstyle.maps import Cells, cells_in, cloud, mass_in, mean_square, some, total_variation
from wasserstyle.method import setting
from wasserstyle.optim import Objective
from wasserstyle.ot.costs import directions
from wasserstyle.ot.nearest import nearest
from wasserstyle.types import Cloud, FeatureMap, Image, Maps, Region, Scalar

SIDE = 3
"""Cells along a patch."""
LEVELS = 255
"""Largest level of the pixels that the authors' total variation is of."""
LEAST = 1e-3
"""Mean square of a map without any features to speak of."""
MANY = 16_384
"""Patches of the presets: all of them up to 512 px."""
PAPER = "Sec. 3"
PROGRAM = "authors' program"
OURS = "ours"

Rows = Int[Tensor, "_patches _inside"]
"""Rows of a cloud that make up each patch, SIDE² of them."""
View = tuple[Maps, Region, float]
"""Maps of a picture, the part of it to look at, its share."""


@dataclass(frozen=True)
class Bank:
    """The styles in one layer."""

    points: Cloud
    """Features of all cells."""
    rows: Rows
    """Which of them each patch is made of."""
    keys: Cloud
    """Unit vectors of patches less their mean, in the precision of the network: what is left
    is smaller, so that rounding tells more of them apart, in the same order."""
    energy: float
    """Mean square of a feature."""

    @classmethod
    def of(cls, maps: Sequence[FeatureMap], middles: Sequence[Cells]) -> "Bank":
        """Patches around some cells of each of the maps."""
        begins = accumulate((m[0, 0].numel() for m in maps), initial=0)
        points = torch.cat([cloud(m) for m in maps])
        each = zip(begins, maps, middles, strict=False)  # the last beginning is the end
        rows = torch.cat([begin + around(m, cells) for begin, m, cells in each])
        patches = patches_of(points, rows)
        units = directions(patches)
        keys = (units - units.mean(dim=0)).to(maps[0].dtype)
        return cls(points, rows, keys, float(patches.square().mean()))


Banks = Mapping[str, Bank]


@final
@dataclass(frozen=True, kw_only=True)
class CnnMrf(MapMethod[Banks]):
    """Patches of features, each like its nearest in the style."""

    name: ClassVar[str] = "cnnmrf"
    citation: ClassVar[str] = "li2016"
    presets: ClassVar[tuple[str, ...]] = ("default", "paper", "authors")
    backbone: ClassVar[str] = "vgg19"
    guides: ClassVar[frozenset[str]] = frozenset()

    style_layers: tuple[str, ...] = setting(
        ("relu3_1", "relu4_1"), "layers whose patches are compared", PAPER
    )
    content_layer: str = setting("relu4_2", "layer of the content term", PAPER)
    patch_share: float = setting(1.0, "weight of the patches of each layer", PAPER, low=0)
    content_share: float = setting(
        0.4, "weight of the content term at content weight 1, α₁", OURS, low=0
    )
    smoothness: float = setting(1.0, "weight of the total variation, α₂", OURS, low=0)
    weighting: Literal["relative", "paper", "program"] = setting(
        "relative", "what sums of squares are divided by", OURS
    )
    stride: int = setting(1, "cells from one patch to the next", PAPER, low=1)
    turns: int = setting(
        4, "quarter turns of the style that have patches, itself included", OURS, low=1, high=4
    )
    positions: int = setting(1024, "most patches of the output in an update", OURS, low=1)
    style_patches: int = setting(4096, "most patches of the styles", OURS, low=1)
    iterations: int = setting(50, "updates at the finest scale", OURS, low=1, high=100_000)
    coarsest: int = setting(
        128, "long side of the coarsest scale, pixels, at least", OURS, low=16
    )

    @classmethod
    def paper(cls) -> "CnnMrf":
        """The paper, without its copies of the style."""
        return cls(
            precision="float32",
            units="network",
            coarsest=64,
            start="noise",
            detail_at="none",
            optimiser="lbfgs",
            iterations=200,
            content_share=1.0,
            smoothness=1e-3,
            weighting="paper",
            turns=1,
            positions=MANY,
            style_patches=MANY,
        )

    @classmethod
    def authors(cls) -> "CnnMrf":
        """The defaults of the authors' program; its three scales are those up to 384 px."""
        return cls(
            precision="float32",
            units="network",
            coarsest=96,
            start="content",
            detail_at="none",
            optimiser="lbfgs",
            iterations=100,
            content_layer="relu4_1",
            patch_share=1e-4,
            content_share=20.0,
            smoothness=1e-3,
            weighting="program",
            stride=2,
            turns=1,
            positions=MANY,
            style_patches=MANY,
        )

    @property
    def layers(self) -> frozenset[str]:
        """See :class:`MapMethod`."""
        return frozenset({"rgb", *self.style_layers, self.content_layer})

    def learn(self, style: StyleView) -> Banks:
        """Patches of every layer, of pictures and turns in proportion to their shares."""
        views: list[View] = [
            (style.look(image.rot90(k, (2, 3))), region.rot90(k), share / self.turns)
            for image, region, share in style.seen()
            for k in range(self.turns)
        ]
        stream = style.stream("patches")
        return {layer: self._bank(layer, views, stream) for layer in self.style_layers}

    def loss(self, scene: Scene, learned: Sequence[Banks]) -> LossOfMaps:
        """Eq. 1: E_s + α₁ E_c + α₂ Υ."""
        maps = scene.look(scene.content)
        target = maps[self.content_layer]
        seen = mass_in(scene.visible, target)
        energy = float(mean_square(target, torch.zeros_like(target), seen))
        weights = WEIGHTINGS[self.weighting]
        alpha = self.content_weight * self.content_share * weights.content(target, energy)
        smooth = self.smoothness * weights.variation(scene.content)
        cells = {part.number: self._cells(maps, part.region) for part in scene.parts}

        def patches(maps: Maps, generator: torch.Generator, part: Part) -> Scalar:
            drawn = {
                layer: some(at, self.positions, generator)
                for layer, at in cells[part.number].items()
            }
            return self._patches(maps, drawn, learned[part.number])

        def loss(maps: Maps, generator: torch.Generator) -> Objective:
            e_s = scene.over_parts(partial(patches, maps, generator))
            e_c = mean_square(maps[self.content_layer], target, seen)
            variation = total_variation(maps["rgb"])
            return Objective(
                self.patch_share * e_s + alpha * e_c + smooth * variation,
                {"patches": e_s, "content": e_c, "variation": variation},
            )

        return loss

    def _bank(self, layer: str, views: Sequence[View], stream: torch.Generator) -> Bank:
        maps = [maps[layer] for maps, *_ in views]
        cells = [self._cells(m, region)[layer] for m, region, _ in views]
        counts = portions(
            [len(c) for c in cells], [share for *_, share in views], self.style_patches
        )
        drawn = [some(c, count, stream) for c, count in zip(cells, counts, strict=True)]
        return Bank.of(maps, drawn)

    def _cells(self, maps: Maps, region: Region) -> Mapping[str, Cells]:
        """The middles of the patches in a region, by layer."""
        return {
            layer: every(self.stride, cells_in(region, maps[layer]), maps[layer])
            for layer in self.style_layers
        }

    def _patches(self, maps: Maps, drawn: Mapping[str, Cells], banks: Banks) -> Scalar:
        """E_s of all layers."""
        weights = WEIGHTINGS[self.weighting]
        terms = [
            weights.patches(maps[layer], bank, len(banks))
            * patch_distance(maps[layer], drawn[layer], bank)
            for layer, bank in banks.items()
        ]
        return torch.stack(terms).sum()


# ------------------------------------------------------------------ patches
def around(feature: FeatureMap, cells: Cells) -> Rows:
    """Cells of the patches around some middles, row by row; at the border the edge repeats."""
    height, width = feature.shape[2:]
    reach = torch.arange(SIDE, device=cells.device) - SIDE // 2
    rows = (cells.div(width, rounding_mode="floor")[:, None] + reach).clamp(0, height - 1)
    columns = (cells.remainder(width)[:, None] + reach).clamp(0, width - 1)
    return (rows[:, :, None] * width + columns[:, None, :]).flatten(1)


def every(stride: int, cells: Cells, feature: FeatureMap) -> Cells:
    """Those of the cells on a lattice of so many cells, or all if there are none."""
    width = feature.shape[3]
    row, column = cells.div(width, rounding_mode="floor"), cells.remainder(width)
    kept = cells[(row % stride == 0) & (column % stride == 0)]
    return kept if len(kept) else cells


def patches_of(points: Cloud, rows: Rows) -> Cloud:
    """Features of the cells of each patch, one after the other."""
    return points.index_select(0, rows.flatten()).unflatten(0, rows.shape).flatten(1)


def portions(sizes: Sequence[int], shares: Sequence[float], most: int) -> list[int]:
    """How many of each to draw, in proportion to the shares; all of the largest if they fit.

    Args:
        sizes: How many there are.
        shares: Summing to one.
        most: In all.

    Returns:
        At least one of each.
    """
    largest = max(shares)
    return [
        max(1, round(min(size * share / largest, most * share)))
        for size, share in zip(sizes, shares, strict=True)
    ]


# ------------------------------------------------------------------ E_s
@dataclass(frozen=True)
class Votes:
    """What the partners of all patches over a cell say that it should be."""

    mean: Cloud
    """Of their features."""
    spread: Float[Tensor, " _cells"]
    """Mean squared distance from that."""
    count: Float[Tensor, " _cells"]


@torch.no_grad()
def votes(x: Cloud, at: Rows, bank: Bank) -> Votes:
    """Ask the partner of every patch.

    Args:
        x: Features of all cells.
        at: Which of them each patch is made of.
        bank: The style.
    """
    partners = bank.rows[nearest(patches_of(x, at), bank.keys)]
    total, squares, count = torch.zeros_like(x), x.new_zeros(len(x)), x.new_zeros(len(x))
    for here, there in zip(at.T, partners.T, strict=True):
        features = bank.points.index_select(0, there)
        total.index_add_(0, here, features)
        squares.index_add_(0, here, features.square().sum(dim=1))
        count.index_add_(0, here, torch.ones_like(here, dtype=x.dtype))
    several = count.clamp_min(1)
    mean = total / several[:, None]
    spread = (squares / several - mean.square().sum(dim=1)).clamp_min(0)  # of rounding
    return Votes(mean, spread, count)


def patch_distance(feature: FeatureMap, cells: Cells, bank: Bank) -> Scalar:
    """Mean of (Ψ_i(Φ(x)) - Ψ_NN(i)(Φ(s)))² over patches at a cell, then cells and channels.

    The mean over patches is the squared distance from the mean vote, and that of the votes from
    their mean, which has no gradient. So no patch is in the graph.

    Args:
        feature: The output's map.
        cells: Middles of its patches.
        bank: The style.
    """
    x = cloud(feature)
    said = votes(x.detach(), around(feature, cells), bank)
    seen = (said.count > 0).to(x.dtype)
    apart = (x - said.mean).square().sum(dim=1) + said.spread
    return seen @ apart / (seen.sum() * x.shape[1])


# ------------------------------------------------------------------ what sums are divided by
@dataclass(frozen=True)
class Weighting:
    """Factors of the means that the three terms are here."""

    patches: Callable[[FeatureMap, Bank, int], float]
    """Of the output's map, the style and the number of layers."""
    content: Callable[[FeatureMap, float], float]
    """Of the content's map and its mean square."""
    variation: Callable[[Image], float]


WEIGHTINGS: Mapping[str, Weighting] = {
    "relative": Weighting(
        lambda _, bank, layers: 1 / (layers * max(LEAST, bank.energy)),
        lambda _, energy: 1 / max(LEAST, energy),
        lambda _: 1.0,
    ),
    "paper": Weighting(
        lambda x, _, __: float(x.numel()),
        lambda c, _: float(c.numel()),
        lambda image: float(LEVELS**2 * image.numel()),
    ),
    "program": Weighting(
        lambda x, _, __: x.numel() / 2,  # its gradient is the difference itself
        lambda _, __: 1.0,
        lambda image: LEVELS**2 * image.numel() / 2,
    ),
}

METHOD = CnnMrf
