"""Neural Neighbor Style Transfer, the variant by optimisation (NNST-Opt).

Kolkin, Kucera, Paris, Sykora, Shechtman and Shakhnarovich, 2022.
https://arxiv.org/abs/2203.13215

Every hypercolumn of the output is to become the one of the style that is nearest to what is
there now. Nearest is sought once a scale, in the content mixed with the result so far, so that
no content term is needed. A last pass takes the layers apart: each is matched by itself, and
anew in every update.

Notation: x hypercolumns of the output, s of the style, q of the picture that partners are
sought for; n(i) the partner of cell i; a share of the content in that picture; D cosine
distance, with the mean of either cloud subtracted where partners are sought.

We have the paper's text only at second hand; the preset ``paper`` takes the numbers of the
authors' program.

Where we differ (paper / authors' program / default here):

* network: VGG-16, conv1 to conv5 / conv1 to conv4 / as program.
* units: torchvision's / same / each layer by its activation scale (decision 0004); the preset
  has those of the bundled network.
* hypercolumns: a quarter of the side, every layer over its channels / same, read bilinearly /
  same, finer maps averaged, so that no pixel is left out.
* sought in: - / a content + (1 - a) result, with the finest detail of the content; a = 0.75,
  at the coarsest scale 1 / a = 0.75 at all scales, and 1 - 0.25^w at content weight w.
* what is minimised: D(x_i, s_n(i)) / same / and half of (|x_i|/|s_n(i)| - 1)²: directions alone
  let colours grow stronger than the style's.
* last pass: sum over all layers / same / mean over those of conv1 to conv3, and what
  was minimised before, weight 0.3: small pictures lose their content without.
* in an update: - / all cells, in the last pass 64² of each layer / 2048 of either, 64² in the
  preset.
* style: - / all of it and of its quarter turns / the turns, too; 8192 hypercolumns and 8192
  features of each layer, twice as many in the preset.
* start: - / content / content in the style's colours, by Gaussian transport.
* scales: 64, 128, ... / same / same.
* start of a scale: - / the coarser result / with the content's finest detail.
* optimiser: Adam, 200 a scale / Adam 2e-3, 200 a scale and in the last pass, 8 bands of a
  pyramid / Adam 1e-2, falling, 40 a scale, 20 in the last pass, 5 bands.
* colours: - / corrected in the end, in later versions / as they come out.
* several styles: - / - / their points together, in proportion to the weights.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, final

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from wasserstyle.mapmethod import LossOfMaps, MapMethod, Part, Scene, StyleView
from wasserstyle.maps import Cells, cells_in, some
from wasserstyle.method import setting
from wasserstyle.optim import Objective, Stage
from wasserstyle.ot.costs import directions
from wasserstyle.ot.nearest import nearest
from wasserstyle.pyramid import finest_band
from wasserstyle.types import Cloud, FeatureMap, Image, Maps, Region, Scalar

FINE = ("relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2", "relu3_3")
LAYERS = (*FINE, "relu4_1", "relu4_2", "relu4_3")
"""All that are rectified in the first four blocks of VGG-16."""
COARSER = 4
"""Pixels along a cell of the hypercolumns."""
AT_ONCE = 4096
"""Hypercolumns that are held at once while partners are sought."""
LEAST = 1e-3
"""Length of a point of the style that has none."""
PROGRAM = "authors' program"
OURS = "ours"

Lengths = Float[Tensor, " _points"]
Partners = Int[Tensor, " _cells"]
"""Row of a bank for each cell."""


@dataclass(frozen=True)
class Bank:
    """Points of the styles."""

    points: Cloud
    """Unit vectors."""
    lengths: Lengths
    """Of the points they stand for."""
    keys: Cloud
    """What they are found by: directions from their mean, in the precision of the network."""

    @classmethod
    def of(cls, points: Cloud, precision: torch.dtype) -> "Bank":
        """Points that are compared as they are, but sought from their mean."""
        keys = directions(centred(points)).to(precision)
        return cls(directions(points), lengths(points).clamp_min(LEAST), keys)


@dataclass(frozen=True)
class Banks:
    """Hypercolumns of the styles, and the features of every layer that is split off."""

    columns: Bank
    layers: Mapping[str, Bank]


@dataclass(frozen=True)
class Most:
    """How many points of a picture are drawn."""

    share: float
    """Of all that it has: that of the picture over the largest one."""
    count: float

    def of(self, size: int) -> int:
        """At least one."""
        return max(1, round(min(self.share * size, self.count)))


@dataclass(frozen=True)
class Match:
    """Cells of the output, and the partner of each."""

    cells: Cells
    partners: Partners


@final
@dataclass(frozen=True, kw_only=True)
class Nnst(MapMethod[Banks]):
    """Nearest neighbours: of hypercolumns, then of each layer; no content term."""

    name: ClassVar[str] = "nnst"
    citation: ClassVar[str] = "kolkin2022"
    presets: ClassVar[tuple[str, ...]] = ("default", "paper")
    backbone: ClassVar[str] = "vgg16"
    guides: ClassVar[frozenset[str]] = frozenset({"regions"})

    style_layers: tuple[str, ...] = setting(LAYERS, "layers of the hypercolumns", PROGRAM)
    split_layers: tuple[str, ...] = setting(FINE, "layers matched in the last pass", OURS)
    content_share: float = setting(
        0.75,
        "share of the content where partners are sought, at content weight 1",
        PROGRAM,
        low=0,
        high=1,
    )
    length: float = setting(
        1.0, "weight of the error of a hypercolumn's length; its direction has 1", OURS, low=0
    )
    anchor: float = setting(
        0.3, "weight of the hypercolumns in the last pass, at content weight 1", OURS, low=0
    )
    split_share: float = setting(
        0.5,
        "updates of the last pass, as a share of the finest scale's",
        OURS,
        low=0.01,
        high=10,
    )
    turns: int = setting(
        4, "quarter turns of the style that points are taken of", PROGRAM, low=1, high=4
    )
    style_points: int = setting(
        8192, "most hypercolumns of the styles, and most features of each layer", OURS, low=1
    )
    positions: int = setting(
        2048, "most cells of the output that are compared in an update", OURS, low=1
    )
    iterations: int = setting(40, "updates at the finest scale", OURS, low=1, high=100_000)

    @classmethod
    def paper(cls) -> "Nnst":
        """The numbers of the authors' program."""
        return cls(
            precision="float32",
            units="network",
            split_layers=LAYERS,
            length=0.0,
            anchor=0.0,
            split_share=1.0,
            style_points=16_384,
            positions=64**2,
            start="content",
            detail_at="none",
            iterations=200,
            learning_rate=2e-3,
            decay="none",
        )

    @property
    def layers(self) -> frozenset[str]:
        """See :class:`MapMethod`."""
        return frozenset({*self.style_layers, *self.split_layers})

    def stages(self, size: int) -> list[Stage]:
        """See :class:`MapMethod`; the last pass is one more stage of the same size."""
        stages = super().stages(size)
        count = max(1, round(self.iterations * self.split_share))
        return [*stages, replace(stages[-1], iterations=count)]

    def learn(self, style: StyleView) -> Banks:
        """Hypercolumns and features of the styles and of their quarter turns."""
        stream, seen = style.stream("points"), style.seen()
        largest = max(share for *_, share in seen)
        columns: list[Cloud] = []
        layers: dict[str, list[Cloud]] = {layer: [] for layer in self.split_layers}
        for image, region, share in seen:
            most = Most(share / largest, share * self.style_points / self.turns)
            for turn in range(self.turns):
                maps, here = style.look(image.rot90(turn, (2, 3))), region.rot90(turn)
                columns.append(drawn(self._columns(maps, here.shape), here, most, stream))
                for layer, points in layers.items():
                    points.append(drawn([maps[layer]], here, most, stream))
        precision = columns[0].dtype
        split = {layer: centred(torch.cat(points).float()) for layer, points in layers.items()}
        return Banks(
            Bank.of(torch.cat(columns).float(), precision),
            {layer: Bank.of(points, precision) for layer, points in split.items()},
        )

    def loss(self, scene: Scene, learned: Sequence[Banks]) -> LossOfMaps:
        """Of the hypercolumns; in the last pass the mean of that and the layers', weighted."""
        whole = self._whole(scene, learned)
        if scene.index < scene.count - 1:
            return whole
        split = self._split(scene, learned)
        weight = self.content_weight * self.anchor

        def loss(maps: Maps, generator: torch.Generator) -> Objective:
            columns, layers = whole(maps, generator), split(maps, generator)
            total = (weight * columns.total + layers.total) / (weight + 1)
            return Objective(total, {**columns.terms, **layers.terms})

        return loss

    def _whole(self, scene: Scene, learned: Sequence[Banks]) -> LossOfMaps:
        """Mean of D(x_i, s_n(i)) and of the error of lengths, with partners that stay."""
        size = scene.content.shape[2:]
        share = content_part(self.content_share, self.content_weight)
        matches = self._matches(scene, share, learned)

        def term(x: Sequence[FeatureMap], generator: torch.Generator, part: Part) -> Scalar:
            match = matches[part.number]
            every = torch.arange(len(match.cells), device=match.cells.device)
            rows = some(every, self.positions, generator)
            bank, partners = learned[part.number].columns, match.partners[rows]
            points = points_at(x, match.cells[rows]).float()
            stretched = lengths(points) / bank.lengths[partners] - 1
            distance = apart(directions(points), bank.points[partners])
            return distance + self.length * stretched.square().mean() / 2

        def loss(maps: Maps, generator: torch.Generator) -> Objective:
            x = self._columns(maps, size)
            value = scene.over_parts(partial(term, x, generator))
            return Objective(value, {"columns": value})

        return loss

    def _split(self, scene: Scene, learned: Sequence[Banks]) -> LossOfMaps:
        """Mean over cells and layers of min_j D(x_i, s_j)."""
        maps = scene.look(scene.content)
        cells = {
            part.number: {k: cells_in(part.region, maps[k]) for k in self.split_layers}
            for part in scene.parts
        }

        def term(maps: Maps, generator: torch.Generator, part: Part) -> Scalar:
            distances: list[Scalar] = []
            for layer, bank in learned[part.number].layers.items():
                here = some(cells[part.number][layer], self.positions, generator)
                u = directions(centred(points_at([maps[layer]], here).float()))
                distances.append(apart(u, bank.points[nearest(u, bank.keys)]))
            return torch.stack(distances).mean()

        def loss(maps: Maps, generator: torch.Generator) -> Objective:
            value = scene.over_parts(partial(term, maps, generator))
            return Objective(value, {"layers": value})

        return loss

    def _matches(
        self, scene: Scene, share: float, learned: Sequence[Banks]
    ) -> Mapping[int, Match]:
        """n(i) of every part, by its number."""
        q = self._columns(scene.look(sought(scene, share)), scene.content.shape[2:])
        matches: dict[int, Match] = {}
        for part in scene.parts:
            cells, keys = cells_in(part.region, q[0]), learned[part.number].columns.keys
            pieces = cells.split(AT_ONCE)
            sums = torch.stack([points_at(q, piece).float().sum(dim=0) for piece in pieces])
            mean = sums.sum(dim=0) / len(cells)
            partners = [nearest(points_at(q, piece) - mean, keys) for piece in pieces]
            matches[part.number] = Match(cells, torch.cat(partners))
        return matches

    def _columns(self, maps: Maps, size: Sequence[int]) -> list[FeatureMap]:
        """Maps of the hypercolumns, all of one size."""
        height, width = (max(1, side // COARSER) for side in size)
        return [fitted(maps[layer], height, width) for layer in self.style_layers]


# ------------------------------------------------------------------ what is sought
def content_part(share: float, weight: float) -> float:
    """The share at weight 1, none of it at 0, all in the limit: a = 1 - (1 - share)^weight.

    Example:
        >>> [content_part(0.75, weight) for weight in (0, 0.5, 1, 2)]
        [0.0, 0.5, 0.75, 0.9375]
    """
    return 1 - (1 - share) ** weight


def sought(scene: Scene, share: float) -> Image:
    """The content mixed with the result so far, which has the content's finest detail."""
    rest = scene.start - finest_band(scene.start) + finest_band(scene.content)
    return share * scene.content + (1 - share) * rest


# ------------------------------------------------------------------ points
def fitted(feature: FeatureMap, height: int, width: int) -> FeatureMap:
    """A map averaged down to a size, or interpolated up to it."""
    if feature.shape[2] >= height and feature.shape[3] >= width:
        return F.adaptive_avg_pool2d(feature, (height, width))
    return F.interpolate(feature, (height, width), mode="bilinear", align_corners=False)


def points_at(maps: Sequence[FeatureMap], cells: Cells) -> Cloud:
    """Features of some cells in maps of one size, each over its channels, side by side.

    In the precision of the maps; nothing is lost, as channels are powers of two.
    """
    read = [m[0].permute(1, 2, 0).flatten(0, 1).index_select(0, cells) for m in maps]
    return torch.cat([points / points.shape[1] for points in read], dim=1)


def drawn(
    maps: Sequence[FeatureMap], region: Region, most: Most, stream: torch.Generator
) -> Cloud:
    """Features of cells in a region, drawn at random."""
    cells = cells_in(region, maps[0])
    return points_at(maps, some(cells, most.of(len(cells)), stream))


def centred(points: Cloud) -> Cloud:
    """Points less their mean."""
    return points - points.mean(dim=0)


def lengths(points: Cloud) -> Lengths:
    """Euclidean norms; the gradient of a zero point is zero (no NaN)."""
    return torch.linalg.vector_norm(points, dim=1)


def apart(u: Cloud, v: Cloud) -> Scalar:
    """Mean cosine distance of directions side by side."""
    return (1 - (u * v).sum(dim=1)).mean()


METHOD = Nnst
