"""A Sliced Wasserstein Loss for Neural Texture Synthesis.

Heitz, Vanhoey, Chambon and Belcour, CVPR 2021. https://arxiv.org/abs/2006.07229. All of a
layer's features are one distribution; it is compared with the style's along random lines, where
optimal transport is a matter of sorting. Unlike Gram matrices or moments of any order, that is
zero for equal distributions only.

Notation: l layers, N_l channels; L_SW the sum over layers of the mean over directions V and
cells of |sort(V·p) - sort(V·p̃)|², p features of the style, p̃ of the output.

Where we differ (paper / authors' program / default here):

* task: textures / textures / a content is painted: a content term, and a start from it.
* network: VGG-19, average pooling, reflected borders / same / VGG-19, max pooling, zeros beyond
  the border; ``paper`` pools by averages.
* units: as the network has them / same / each layer by its activation scale (decision 0004).
* layers: all 12 convolutions of four blocks, rectified / same / six of them.
* weight of a layer: 1 / 1 / mean over layers, each over the mean square of the style's
  features, so that every layer counts alike.
* directions of a layer: N_l, drawn anew / same / 32, drawn anew.
* cells: all / all / at most 4096 a layer, drawn anew; the style's once a scale.
* counts that differ: - / the style's features are repeated / exact transport of quantiles.
* start: - / mean colour and a little noise / content in the style's colours; ``paper`` noise.
* scales: one / one / 64, 128, ... up to the size.
* optimiser: L-BFGS / L-BFGS, 20 times 64 evaluations, or 64 times 64 steps with new directions
  in every evaluation / Adam on a pyramid, 80 a scale; ``paper`` 640 updates of L-BFGS, which
  are the first program's evaluations: two an update, as directions change.
* content: - / - / mean square of features of relu4_1, weight 0.001.
* regions: a tag as one more channel, which outweighs the others / - / one cloud for each.
* several styles: - / - / one cloud, points of each by its weight.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal, final

import torch

from wasserstyle.device import send
from wasserstyle.features.networks import VGG19, conv_shapes
from wasserstyle.mapmethod import LossOfMaps, MapMethod, Part, Scene, StyleView
from wasserstyle.maps import Cells, cells_in, mean_square_to, some, some_of_each
from wasserstyle.method import setting
from wasserstyle.optim import Objective
from wasserstyle.ot.sliced import random_directions, sliced_wasserstein2
from wasserstyle.types import Cloud, FeatureMap, Maps, Scalar

CONVOLUTIONS = tuple(
    name.replace("conv", "relu") for name in conv_shapes(VGG19) if name[4] != "5"
)
"""Of the first four blocks of VGG-19, rectified."""
SIX = ("relu1_2", "relu2_2", "relu3_1", "relu3_3", "relu4_1", "relu4_3")
"""Half of them: for Adam the rest adds cost, not strokes."""
PROGRAM = "the authors' program"
OURS = "ours"
ALL = 100_000_000
"""More cells than any picture has."""

Clouds = Mapping[str, Cloud]
"""Features of the style by layer."""


@final
@dataclass(frozen=True, kw_only=True)
class SlicedWasserstein(MapMethod[Clouds]):
    """Whole distributions of features, sorted along random directions."""

    name: ClassVar[str] = "sliced_wasserstein"
    citation: ClassVar[str] = "heitz2021"
    presets: ClassVar[tuple[str, ...]] = ("default", "paper")
    backbone: ClassVar[str] = "vgg19"
    guides: ClassVar[frozenset[str]] = frozenset({"regions"})

    style_layers: tuple[str, ...] = setting(SIX, "layers whose features are sorted", OURS)
    layer_weight: Literal["energy", "one"] = setting(
        "energy", "what a layer's distance is divided by: the style's mean square, or one", OURS
    )
    directions: int = setting(
        32,
        "random directions a layer and update; no more than it has channels",
        OURS,
        low=1,
        high=512,
    )
    samples: int = setting(
        4096, "cells of a layer in an update, at most", OURS, low=1, high=ALL
    )
    content_layer: str = setting("relu4_1", "layer of the content term", OURS)
    content_share: float = setting(
        1e-3, "weight of the content term at content weight 1; the paper has none", OURS, low=0
    )
    iterations: int = setting(80, "updates at the finest scale", OURS, low=1, high=100_000)

    @classmethod
    def paper(cls) -> "SlicedWasserstein":
        """The paper's textures, by the numbers of its authors' program; no content."""
        return cls(
            precision="float32",
            pooling="average",
            units="network",
            style_layers=CONVOLUTIONS,
            layer_weight="one",
            directions=512,
            samples=ALL,
            content_share=0.0,
            coarsest=1_000_000,
            start="noise",
            optimiser="lbfgs",
            iterations=640,
        )

    @property
    def layers(self) -> frozenset[str]:
        """See :class:`MapMethod`."""
        return frozenset({*self.style_layers, self.content_layer})

    def learn(self, style: StyleView) -> Clouds:
        """Features of the style, those of several pictures in one cloud."""
        seen, stream = style.seen(), style.stream("cells")
        views = [(style.look(image), region) for image, region, _ in seen]
        shares = [share for *_, share in seen]

        def points(layer: str) -> Cloud:
            cells = [cells_in(region, maps[layer]) for maps, region in views]
            drawn = some_of_each(cells, shares, self.samples, stream)
            pairs = zip(views, drawn, strict=True)
            return torch.cat([_features(maps[layer], at) for (maps, _), at in pairs])

        return {layer: points(layer) for layer in self.style_layers}

    def loss(self, scene: Scene, learned: Sequence[Clouds]) -> LossOfMaps:
        """L_SW, and the content."""
        layer, maps_of_content = self.content_layer, scene.look(scene.content)
        content = mean_square_to(maps_of_content[layer], scene.visible)
        alpha = self.content_weight * self.content_share
        slices = {
            part.number: [
                self._slice(name, y, cells_in(part.region, maps_of_content[name]))
                for name, y in learned[part.number].items()
            ]
            for part in scene.parts
        }

        def style(maps: Maps, generator: torch.Generator, part: Part) -> Scalar:
            return torch.stack([one(maps, generator) for one in slices[part.number]]).sum()

        def loss(maps: Maps, generator: torch.Generator) -> Objective:
            l_s = scene.over_parts(partial(style, maps, generator))
            l_c = content(maps[layer])
            return Objective(l_s + alpha * l_c, {"sliced": l_s, "content": l_c})

        return loss

    def _slice(self, layer: str, y: Cloud, cells: Cells) -> "_Slice":
        weight = 1 / DIVISORS[self.layer_weight](y, len(self.style_layers))
        return _Slice(layer, y, cells, weight, self.samples, self.directions)


@dataclass(frozen=True)
class _Slice:
    """One layer of one part."""

    layer: str
    y: Cloud
    cells: Cells
    weight: float
    samples: int
    directions: int

    def __call__(self, maps: Maps, generator: torch.Generator) -> Scalar:
        feature = maps[self.layer]
        x = _features(feature, some(self.cells, self.samples, generator))
        count, channels = min(self.directions, x.shape[1]), x.shape[1]
        lines = send(random_directions(count, channels, generator), x.device)
        return self.weight * sliced_wasserstein2(x, self.y, lines.to(x))


def _features(feature: FeatureMap, cells: Cells) -> Cloud:
    """Features of some cells, float32 or wider; the rest of the map is not converted."""
    points = feature[0].permute(1, 2, 0).flatten(0, 1).index_select(0, cells)
    return points.to(torch.promote_types(points.dtype, torch.float32))


TINY = 1e-12
"""Mean square of a black picture's features."""
DIVISORS: Mapping[str, Callable[[Cloud, int], float]] = {
    "one": lambda _, __: 1.0,
    "energy": lambda y, layers: layers * max(TINY, float(y.square().mean())),
}

METHOD = SlicedWasserstein
