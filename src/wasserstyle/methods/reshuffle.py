"""Arbitrary Style Transfer with Deep Feature Reshuffle.

Gu, Chen, Liao and Yuan, CVPR 2018. https://arxiv.org/abs/1805.04103. The features of the style
are put in a new order, that of the content, and each is used once: so the output has the whole
distribution of the style's features, not only those that resemble the content. This is optimal
transport restricted to permutations.

This is a reshuffle by assignment and inversion, not the authors' program: their networks that
turn features back into pictures are not here, so a picture is optimised until it has the
features that are wanted.

Notation: at one layer, F features of the output, S the style's, R = S in its new order, C the
content's; α the share of C in what is wanted, αC + (1 - α)R.

Where we differ (paper / authors' program / default here):

* network: VGG-19 / VGG-19 / VGG-19.
* units: as the network has them / same / each layer by its activation scale (decision 0004).
* levels: relu4_1, relu3_1, relu2_1 in turn, each from the result of the one before / same /
  same.
* order: each style patch once / rounds in which patches ask for the best free place, by
  PatchMatch, and places left over take any / the least total cost, or nearly; a patch more than
  once only where there are too few.
* patches: 3 x 3 at relu4_1, 5 x 5 below / same / 3 x 3.
* compared: - / directions on 80, 40, 20 fixed principal axes / as many axes of these pictures,
  each picture about its own mean.
* R: - / mean of the patches over a cell / middle of the cell's patch.
* rounds of reshuffling and blending in a level: - / 5 / 1.
* α: 0.6 / 0.6 / 0.4.
* C: - / what the level begins with / the content in the style's colours.
* back to a picture: networks trained for it / same / Adam on a pyramid, 30 updates a level, and
  a little total variation against grain that a layer does not see.
* scales: one / one, 512 px / 64, 128, ... up to the size, all levels at each.
* several styles: - / - / cells of each drawn by weight, as many as the output has.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import ClassVar, Literal, final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from wasserstyle.mapmethod import LossOfMaps, MapMethod, Part, Scene, StyleView
from wasserstyle.maps import (
    Cells,
    cells_in,
    cloud,
    mass_in,
    mean_square,
    patches,
    some,
    total_variation,
)
from wasserstyle.method import setting
from wasserstyle.optim import Objective, Stage
from wasserstyle.ot.assignment import nearest_assignment
from wasserstyle.ot.costs import directions
from wasserstyle.ot.gaussian import Moments, mixture
from wasserstyle.recolour import carry, colours
from wasserstyle.types import Cloud, FeatureMap, Maps, Mass, Scalar

LEVELS = ("relu4_1", "relu3_1", "relu2_1")
SIDE = 3
"""Cells along a patch."""
AXES = 5 / 32
"""Principal axes that patches are compared on, as a share of the channels: 80, 40, 20."""
FEWEST = 8
"""Axes at least, where there are as many channels."""
TINY = 1e-12
"""Mean square of the features of a style that has none."""
PAPER, OURS = "the paper", "ours"


@dataclass(frozen=True)
class Picture:
    """One picture of a style, or the part of it that a region is painted like."""

    maps: Maps
    cells: Mapping[str, Cells]
    """Of each layer, that may be used."""
    share: float


@dataclass(frozen=True)
class Known:
    """What is known of a style."""

    pictures: Sequence[Picture]
    colours: Moments


@dataclass(frozen=True)
class Deal:
    """Cells of the content, and those of the style that are dealt out to them."""

    spots: Cells
    stock: Sequence[tuple[FeatureMap, Cells]]
    """Maps of the style and cells of them; one may be there more than once."""

    def of_stock(self, read: Callable[[FeatureMap, Cells], Tensor]) -> Tensor:
        """Something of every cell in stock."""
        return torch.cat([read(feature, cells) for feature, cells in self.stock])


@dataclass(frozen=True)
class Goal:
    """The two ends of the blend that is wanted in a part of the content."""

    content: FeatureMap
    style: FeatureMap
    mass: Mass | None
    size: float
    """Mean square of the style's features, which distances are counted in."""


@final
@dataclass(frozen=True, kw_only=True)
class Reshuffle(MapMethod[Known]):
    """Features of the style in the order of the content, each used once."""

    name: ClassVar[str] = "reshuffle"
    citation: ClassVar[str] = "gu2018"
    presets: ClassVar[tuple[str, ...]] = ("default", "paper")
    backbone: ClassVar[str] = "vgg19"
    guides: ClassVar[frozenset[str]] = frozenset()

    style_layers: tuple[str, ...] = setting(
        LEVELS, "layers that are reshuffled, in turn at each scale", PAPER
    )
    content_share: float = setting(
        0.4,
        "α, share of the content in what is wanted, at content weight 1; the paper has 0.6",
        OURS,
        low=0,
        high=0.99,
    )
    content_of: Literal["recoloured", "level"] = setting(
        "recoloured",
        "what is kept: the content in the style's colours, or what the level begins with",
        OURS,
    )
    gather: Literal["middles", "votes"] = setting(
        "middles",
        "a cell gets the middle of its patch, or the mean of the patches over it",
        OURS,
    )
    rounds: int = setting(
        1,
        "times that the features of a level are reshuffled and blended",
        OURS,
        low=1,
        high=100,
    )
    exact: int = setting(
        1024, "cells up to which the order is the best, not nearly so", OURS, low=1
    )
    sweeps: int = setting(8, "trades of every cell beyond that", OURS, low=1, high=1000)
    smoothness: float = setting(
        1.0, "weight of the total variation, against grain no layer sees", OURS, low=0
    )
    iterations: int = setting(
        30, "updates at each level of the finest scale", OURS, low=1, high=100_000
    )

    @classmethod
    def paper(cls) -> "Reshuffle":
        """The numbers of the paper and of the authors' program; meant for 512 px."""
        return cls(
            precision="float32",
            units="network",
            content_share=0.6,
            content_of="level",
            gather="votes",
            rounds=5,
            exact=4096,
            coarsest=1_000_000,
            start="content",
            iterations=100,
        )

    @property
    def layers(self) -> frozenset[str]:
        """See :class:`MapMethod`."""
        return frozenset({*self.style_layers, "rgb"})

    def stages(self, size: int) -> list[Stage]:
        """See :class:`MapMethod`; one for each level of each scale."""
        return [stage for stage in super().stages(size) for _ in self.style_layers]

    def learn(self, style: StyleView) -> Known:
        """The features of all pictures, and their colours as one."""
        pictures: list[Picture] = []
        for image, region, share in style.seen():
            maps = style.look(image)
            cells = {layer: cells_in(region, maps[layer]) for layer in self.style_layers}
            pictures.append(Picture(maps, cells, share))
        each = [colours(image, region) for image, region, _ in style.seen()]
        return Known(pictures, mixture(each, [picture.share for picture in pictures]))

    def loss(self, scene: Scene, learned: Sequence[Known]) -> LossOfMaps:
        """α |F - C|² + (1 - α) |F - R|², whose minimum is αC + (1 - α)R; R is found once."""
        layer = self.style_layers[scene.index % len(self.style_layers)]
        given = self.content_share * self.content_weight
        alpha = given / (given + 1 - self.content_share)
        goals = self._goals(scene, learned, layer, alpha)

        def apart(feature: FeatureMap, end: str, part: Part) -> Scalar:
            goal = goals[part.number]
            return mean_square(feature, attrgetter(end)(goal), goal.mass) / goal.size

        def loss(maps: Maps, _: torch.Generator) -> Objective:
            l_c = scene.over_parts(partial(apart, maps[layer], "content"))
            l_s = scene.over_parts(partial(apart, maps[layer], "style"))
            l_v = total_variation(maps["rgb"])
            total = alpha * l_c + (1 - alpha) * l_s + self.smoothness * l_v
            return Objective(total, {"content": l_c, "style": l_s, "variation": l_v})

        return loss

    def _goals(
        self, scene: Scene, learned: Sequence[Known], layer: str, alpha: float
    ) -> Mapping[int, Goal]:
        """C and R by number of the part."""
        start = scene.look(scene.start)[layer]
        content = CONTENTS[self.content_of](scene, learned)[layer]
        generator = scene.stream("order")

        def goal(part: Part) -> Goal:
            spots = cells_in(part.region, start)
            pictures = learned[part.number].pictures
            deal = Deal(spots, stock(pictures, layer, len(spots), generator))
            f = r = start.float()
            for _ in range(self.rounds):
                r = self._reshuffled(f, deal, generator)
                f = alpha * content + (1 - alpha) * r
            size = float(cloud(r)[spots].square().mean())
            mass = mass_in(part.region, start)
            return Goal(content, r.to(content.dtype), mass, max(size, TINY))

        return {part.number: goal(part) for part in scene.parts}

    def _reshuffled(self, f: FeatureMap, deal: Deal, generator: torch.Generator) -> FeatureMap:
        """R, in the order of f."""
        x, y = compared(f, deal)
        choice = nearest_assignment(
            x, y, generator=generator, exact=self.exact, sweeps=self.sweeps
        )
        return gathered(f, deal, choice, GATHERS[self.gather])


# ------------------------------------------------------------------ what is dealt out
def stock(
    pictures: Sequence[Picture], layer: str, count: int, generator: torch.Generator
) -> list[tuple[FeatureMap, Cells]]:
    """All cells of one picture; of several so many that each can have its share only.

    Args:
        pictures: Of the style.
        layer: Whose maps.
        count: Cells of the content.
        generator: Draws cells of several pictures.
    """
    if len(pictures) == 1:
        return [(pictures[0].maps[layer], pictures[0].cells[layer])]
    return [
        (p.maps[layer], portion(p.cells[layer], math.ceil(p.share * count), generator))
        for p in pictures
    ]


def portion(cells: Cells, count: int, generator: torch.Generator) -> Cells:
    """So many of the cells: all of them as often as they fit in, the rest drawn at random."""
    whole, rest = divmod(count, len(cells))
    return torch.cat([*[cells] * whole, some(cells, rest, generator)])


def compared(f: FeatureMap, deal: Deal) -> tuple[Cloud, Cloud]:
    """Patches around the cells of both sides, as points on the sphere.

    A cell counts by its direction from the mean of its own side, on the principal axes of both.
    Half the squared distance of two patches is one less the mean cosine of their cells.

    Returns:
        (n, d) of the content and (m, d) of the style.
    """
    own, others = cloud(f)[deal.spots], deal.of_stock(_read)
    means = own.mean(dim=0), others.mean(dim=0)
    axes = principal_axes([own - means[0], others - means[1]])

    def patch(mean: Float[Tensor, " C"], feature: FeatureMap, cells: Cells) -> Cloud:
        codes = directions((cloud(feature) - mean) @ axes)
        grid = codes.T.unflatten(1, feature.shape[2:])[None]
        return patches(grid, cells, SIDE).flatten(1) / SIDE

    return patch(means[0], f, deal.spots), deal.of_stock(partial(patch, means[1]))


def principal_axes(clouds: Sequence[Float[Tensor, "_points d"]]) -> Float[Tensor, "d _axes"]:
    """Orthonormal directions in which clouds around zero spread most, all points alike."""
    channels = clouds[0].shape[1]
    count = min(channels, max(FEWEST, round(AXES * channels)))
    spread = torch.stack([points.T @ points for points in clouds]).sum(dim=0)
    return torch.linalg.eigh(spread.double()).eigenvectors[:, -count:].to(spread)


def gathered(f: FeatureMap, deal: Deal, choice: Int[Tensor, " n"], side: int) -> FeatureMap:
    """The style's features where they were dealt to; cells around keep theirs.

    Args:
        f: What the content has there.
        deal: Of n cells.
        choice: Of the stock, for each of them.
        side: Cells along the patches that are laid down, odd; a cell gets the mean of all that
            lie on it, which is nearest to them in the squared distance.
    """
    sums = torch.zeros_like(cloud(f))
    counts = sums.new_zeros(len(sums), 1)
    for step in range(side * side):
        by = step // side - side // 2, step % side - side // 2
        dealt = deal.of_stock(partial(_read_beside, by))[choice]
        to = _beside(by, f, deal.spots)
        inside = _beside((-by[0], -by[1]), f, to) == deal.spots
        sums[to[inside]] += dealt[inside]  # no cell is in it twice
        counts[to[inside]] += 1
    mean = torch.where(counts > 0, sums / counts.clamp_min(1), cloud(f))
    return mean.T.unflatten(1, f.shape[2:])[None]


def _read(feature: FeatureMap, cells: Cells) -> Cloud:
    return cloud(feature)[cells]


def _read_beside(by: tuple[int, int], feature: FeatureMap, cells: Cells) -> Cloud:
    return _read(feature, _beside(by, feature, cells))


def _beside(by: tuple[int, int], feature: FeatureMap, cells: Cells) -> Cells:
    """Cells so many rows and columns further; beyond the border of the map lies its edge."""
    height, width = feature.shape[2:]
    rows, columns = cells // width + by[0], cells % width + by[1]
    return rows.clamp(0, height - 1) * width + columns.clamp(0, width - 1)


# ------------------------------------------------------------------ what settings name
def _recoloured(scene: Scene, learned: Sequence[Known]) -> Maps:
    """Features of the content in the style's colours, part by part."""
    image = scene.content
    for part in scene.parts:
        image = carry(image, learned[part.number].colours, region=part.region)
    return scene.look(image)


CONTENTS: Mapping[str, Callable[[Scene, Sequence[Known]], Maps]] = {
    "recoloured": _recoloured,
    "level": lambda scene, _: scene.look(scene.start),
}
GATHERS: Mapping[str, int] = {"middles": 1, "votes": SIDE}
"""Cells along the patches that are laid down."""

METHOD = Reshuffle
