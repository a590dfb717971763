"""The Contextual Loss for Image Transformation with Non-Aligned Data.

Mechrez, Talmi and Zelnik-Manor, ECCV 2018. https://arxiv.org/abs/1803.02077. Two pictures are
alike if most features of the one are, for some feature of the other, by far the nearest: a soft
and one-sided matching, where REMD matches hard and from both sides.

Notation: x_i features of the output, y_j of the style, n and m of them; d_ij cosine distance
after both are centred by the style's mean, d̃_ij relative to the nearest y, w_ij similarity,
CX_ij its share in the row; h bandwidth, L_CX = -log CX.

Where we differ (paper / author's settings / default here):

* network: VGG-19 / same, as of "neural-style" by A. Athalye / same.
* layers: conv2_2, conv3_2, conv4_2 / relu2_1, relu3_1, relu4_1, resized to the grid of the
  first, each over its number of channels, in one vector / relu1_1 beside them, which holds the
  colours, and each apart.
* units: as the network has them / same / each layer by its activation scale (decision 0004).
* points: at most 65² a layer, drawn at random / same / 1024 of them, drawn anew.
* h: 0.1 and 0.2 / 0.1 / 0.1.
* content: L_CX of conv4_2 / L_CX of relu4_2, weight 0.5 / mean square of relu4_1,
  weight 0.02.
* total variation: - / 1e-4 for pixels in [0, 255], that is 6.5 in [0, 1] / none.
* start: - / - / content in the style's colours; ``paper`` content: from noise, a contextual
  content term finds its features anywhere, for it knows no places.
* scales: one / one / 64, 128, ... up to the size.
* optimiser: Adam / Adam on pixels, step 5 of 255, 300 updates, β (0.9, 0.999) / Adam on a
  pyramid, 60 a scale; β (0.5, 0.99) throughout.
* several styles: - / - / one set of points, of each by its weight.

The author's settings are those he gave in issue 2 of roimehrez/contextualLoss, where he left
open whether the content term is contextual; with mean squares of features in the hundreds,
weight 0.5 would leave nothing of the style. What the paper has is recalled, not looked up.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal, final

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.features.sampling import corners, hypercolumns
from wasserstyle.mapmethod import LossOfMaps, MapMethod, Part, Scene, StyleView
from wasserstyle.maps import (
    Cells,
    cells_in,
    mean_square_to,
    some,
    some_of_each,
    total_variation,
)
from wasserstyle.method import setting
from wasserstyle.optim import Objective
from wasserstyle.ot.costs import cosine_cost
from wasserstyle.types import Cloud, Maps, Scalar

MOST = 65**2
"""Points of a layer (the authors' program)."""
EPSILON = 1e-5
"""Added to the distance of the nearest (Eq. 2)."""
GIVEN_LAYERS = ("relu2_1", "relu3_1", "relu4_1")
GIVEN = "the author, contextualLoss issue 2"
OURS = "ours"

Group = tuple[str, ...]
"""Layers that are read as one vector."""
Clouds = Mapping[Group, Cloud]
"""Features of the style."""
Term = Callable[[Maps, torch.Generator], Scalar]


@final
@dataclass(frozen=True, kw_only=True)
class Contextual(MapMethod[Clouds]):
    """Every feature of the style is the nearest to some feature of the output."""

    name: ClassVar[str] = "contextual"
    citation: ClassVar[str] = "mechrez2018"
    presets: ClassVar[tuple[str, ...]] = ("default", "paper")
    backbone: ClassVar[str] = "vgg19"
    guides: ClassVar[frozenset[str]] = frozenset({"regions"})

    style_layers: tuple[str, ...] = setting(
        ("relu1_1", *GIVEN_LAYERS), "layers that are matched", OURS
    )
    layers_as: Literal["apart", "one vector"] = setting(
        "apart", "match each layer by itself, or all in one long vector", OURS
    )
    bandwidth: float = setting(
        0.1, "h: how much nearer than others counts as near", GIVEN, low=1e-3
    )
    samples: int = setting(
        1024, "points of a layer in an update, at most", OURS, low=1, high=MOST
    )
    content_layer: str = setting("relu4_1", "layer of the content term", OURS)
    content_term: Literal["mean square", "contextual"] = setting(
        "mean square", "how features of the output are held to the content's", OURS
    )
    content_share: float = setting(
        0.02,
        "weight of the content term at content weight 1; the style term has 1",
        OURS,
        low=0,
    )
    variation: float = setting(
        0.0, "weight of the total variation, of pixels in [0, 1]", OURS, low=0
    )

    @classmethod
    def paper(cls) -> "Contextual":
        """The settings for style transfer that the author gave."""
        return cls(
            precision="float32",
            units="network",
            style_layers=GIVEN_LAYERS,
            layers_as="one vector",
            samples=MOST,
            content_layer="relu4_2",
            content_term="contextual",
            content_share=0.5,
            variation=1e-4 * 255**2,
            coarsest=1_000_000,
            start="content",
            optimiser="adam on pixels",
            learning_rate=5 / 255,
            decay="none",
            iterations=300,
        )

    @property
    def layers(self) -> frozenset[str]:
        """See :class:`MapMethod`."""
        return frozenset({"rgb", *self.style_layers, self.content_layer})

    def learn(self, style: StyleView) -> Clouds:
        """At most 65² points of each layer, of several pictures by their shares."""
        seen, stream = style.seen(), style.stream("cells")
        views = [(style.look(image), region) for image, region, _ in seen]
        shares = [share for *_, share in seen]

        def points(group: Group) -> Cloud:
            cells = [cells_in(region, _grid(maps, group)) for maps, region in views]
            drawn = some_of_each(cells, shares, MOST, stream)
            pairs = zip(views, drawn, strict=True)
            return torch.cat([_read(maps, group, at) for (maps, _), at in pairs])

        return {group: points(group) for group in GROUPS[self.layers_as](self.style_layers)}

    def loss(self, scene: Scene, learned: Sequence[Clouds]) -> LossOfMaps:
        """L_CX to the style, the content, and the total variation."""
        maps_of_content = scene.look(scene.content)
        content = CONTENTS[self.content_term](self, scene, maps_of_content)
        matches = {
            part.number: [
                self._match(group, y, cells_in(part.region, _grid(maps_of_content, group)))
                for group, y in learned[part.number].items()
            ]
            for part in scene.parts
        }
        alpha = self.content_weight * self.content_share

        def style(maps: Maps, generator: torch.Generator, part: Part) -> Scalar:
            return torch.stack([one(maps, generator) for one in matches[part.number]]).mean()

        def loss(maps: Maps, generator: torch.Generator) -> Objective:
            l_s = scene.over_parts(partial(style, maps, generator))
            l_c = content(maps, generator)
            l_tv = total_variation(maps["rgb"])
            total = l_s + alpha * l_c + self.variation * l_tv
            return Objective(total, {"style": l_s, "content": l_c, "variation": l_tv})

        return loss

    def content_contextual(self, scene: Scene, maps: Maps) -> Term:
        """L_CX to the content, at the same cells in both, as in the author's program."""
        group = (self.content_layer,)
        cells = cells_in(scene.visible, _grid(maps, group))

        def match(maps_of_output: Maps, generator: torch.Generator) -> Scalar:
            at = some(cells, self.samples, generator)
            x, y = (_read(m, group, at) for m in (maps_of_output, maps))
            return -contextual_similarity(x, y, self.bandwidth).log()

        return match

    def content_mean_square(self, scene: Scene, maps: Maps) -> Term:
        """Mean square of what changes, cell by cell."""
        layer = self.content_layer
        content = mean_square_to(maps[layer], scene.visible)
        return lambda maps, _: content(maps[layer])

    def _match(self, group: Group, y: Cloud, cells: Cells) -> Term:
        """-log CX of some of the output's cells and some of the points y."""
        numbers = torch.arange(len(y), device=y.device)

        def match(maps: Maps, generator: torch.Generator) -> Scalar:
            x = _read(maps, group, some(cells, self.samples, generator))
            of_style = y.index_select(0, some(numbers, self.samples, generator))
            return -contextual_similarity(x, of_style, self.bandwidth).log()

        return match


def contextual_similarity(x: Float[Tensor, "n d"], y: Float[Tensor, "m d"], h: float) -> Scalar:
    """CX of an output and a style (Eqs. 2 to 5, as the authors' program has them).

    Args:
        x: Features of the output.
        y: Those of the style, a constant.
        h: Bandwidth.

    Returns:
        ``mean_j max_i CX_ij``, in [1/m, 1]: the share of the style's features that are the
        nearest by far to some feature of the output.
    """
    mean = y.mean(dim=0)
    d = (cosine_cost(x - mean, y - mean) / 2).clamp_min(0)  # rounding goes below zero
    relative = d / (d.amin(dim=1, keepdim=True) + EPSILON)
    cx = ((1 - relative) / h).softmax(dim=1)  # w over the sum of its row, without overflow
    return cx.amax(dim=0).mean()


# ------------------------------------------------------------------ reading
def _grid(maps: Maps, group: Group) -> Tensor:
    """The finest map of a group: its cells are the points."""
    return next(feature for layer, feature in maps.items() if layer in group)


def _read(maps: Maps, group: Group, cells: Cells) -> Cloud:
    """Features of some cells of the finest map; of the others, what lies there when resized.

    Resized as TensorFlow did it then, aligned at the top left corner. Each layer is divided by
    its number of channels.
    """
    own = {layer: feature for layer, feature in maps.items() if layer in group}
    width = _grid(maps, group).shape[3]
    points = hypercolumns(own, torch.stack([cells // width, cells % width], dim=1), corners)
    divisors = [points.new_full((f.shape[1],), f.shape[1]) for f in own.values()]
    return points / torch.cat(divisors)


# ------------------------------------------------------------------ choices
GROUPS: Mapping[str, Callable[[Group], Sequence[Group]]] = {
    "apart": lambda layers: [(layer,) for layer in layers],
    "one vector": lambda layers: [layers],
}
CONTENTS: Mapping[str, Callable[[Contextual, Scene, Maps], Term]] = {
    "mean square": Contextual.content_mean_square,
    "contextual": Contextual.content_contextual,
}

METHOD = Contextual
