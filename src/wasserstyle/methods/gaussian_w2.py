"""Style Transfer as Optimal Transport.

Marron, https://github.com/VinceMarron/style_transfer. The style of a picture is a Gaussian at
every layer; what is minimised is the squared 2-Wasserstein distance between Gaussians. Its
gradient moves every feature towards where the optimal map t carries it, the least change of all
that do, so that no content term is needed.

Notation: y features of the output, μ and Σ their mean and covariance, x those of the style;
t(y) = μ_x + T (y - μ_y) the optimal map.

Where we differ (paper / author's program / default here):

* network: VGG-19 / VGG-19, average pooling / VGG-19, max pooling.
* layers: "convolution layers" / all 16 convolutions, before they are rectified / the first of
  each block, rectified.
* weight of a layer: 1 / 1 / 1 over the trace of the style's covariance: the share of its
  variance that is not yet explained; mean over layers.
* units: as the network has them / same / each layer by its activation scale (decision 0004).
* covariance: over n - 1 / over n / over n.
* gradient: of the distance / through eigenvalues, no root below 0.1 / of the mean of
  |y - t(y)|² with t held still, which is the same; no variance below 1e-7 of the largest.
* start: - / content / content in the style's colours, by the same transport.
* scales: one / one / 64, 128, ... up to the size.
* optimiser: - / L-BFGS-B, 80 steps / Adam on a pyramid, 60 a scale.
* content: no term / no term / features of relu4_1, weight 0.02.
* several styles: - / - / their Wasserstein barycentre, by weight.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal, final

import torch

from wasserstyle.features.networks import VGG19, conv_shapes
from wasserstyle.mapmethod import LossOfMaps, MapMethod, Part, Scene, StyleView
from wasserstyle.maps import cloud, mass_in, mean_square_to
from wasserstyle.method import setting
from wasserstyle.optim import Objective
from wasserstyle.ot.gaussian import (
    Goal,
    Moments,
    barycentre,
    mixture,
    moments,
    wasserstein2_by_eigenvalues,
    wasserstein2_by_transport,
)
from wasserstyle.types import Cloud, FeatureMap, Maps, Mass, Region, Scalar

CONVOLUTIONS = tuple(conv_shapes(VGG19))
"""Of VGG-19, before they are rectified."""
FIRSTS = tuple(f"relu{block}_1" for block in range(1, 6))
MARRON = "the author's program"
OURS = "ours"

Goals = Mapping[str, Goal]


@final
@dataclass(frozen=True, kw_only=True)
class GaussianW2(MapMethod[Goals]):
    """Wasserstein-2 between Gaussians of features: each moves as little as it can."""

    name: ClassVar[str] = "gaussian_w2"
    citation: ClassVar[str] = "marron2018"
    presets: ClassVar[tuple[str, ...]] = ("default", "paper")
    backbone: ClassVar[str] = "vgg19"
    guides: ClassVar[frozenset[str]] = frozenset({"regions"})

    style_layers: tuple[str, ...] = setting(FIRSTS, "layers whose Gaussians are moved", OURS)
    layer_weight: Literal["trace", "one"] = setting(
        "trace", "what a layer's distance is divided by: the style's variance, or one", OURS
    )
    form: Literal["transport", "eigenvalues"] = setting(
        "transport", "gradient by the optimal map, or through eigenvalues; the same", "Sec. 3"
    )
    mixing: Literal["barycentre", "mixture"] = setting(
        "barycentre", "one Gaussian of several styles", "Agueh and Carlier 2011; or raw moments"
    )
    content_layer: str = setting("relu4_1", "layer of the content term", OURS)
    content_share: float = setting(
        0.02, "weight of the content term at content weight 1; the paper has none", OURS, low=0
    )

    @classmethod
    def paper(cls) -> "GaussianW2":
        """The paper, by the numbers of its author's program."""
        return cls(
            precision="float32",
            pooling="average",
            units="network",
            style_layers=CONVOLUTIONS,
            layer_weight="one",
            content_share=0.0,
            coarsest=1_000_000,
            start="content",
            optimiser="lbfgs",
            iterations=80,
        )

    @property
    def layers(self) -> frozenset[str]:
        """See :class:`MapMethod`."""
        return frozenset({*self.style_layers, self.content_layer})

    def learn(self, style: StyleView) -> Goals:
        """The Gaussian of every layer."""
        views = [(style.look(image), region) for image, region, _ in style.seen()]
        shares = [share for *_, share in style.seen()]
        return {
            layer: Goal.of(self._mixed([_wide(maps[layer], r) for maps, r in views], shares))
            for layer in self.style_layers
        }

    def loss(self, scene: Scene, learned: Sequence[Goals]) -> LossOfMaps:
        """Eq. 3."""
        layer = self.content_layer
        content = mean_square_to(scene.look(scene.content)[layer], scene.visible)
        alpha = self.content_weight * self.content_share

        def style(maps: Maps, part: Part) -> Scalar:
            return self._distance(maps, learned[part.number], part.region)

        def loss(maps: Maps, _: torch.Generator) -> Objective:
            l_s = scene.over_parts(partial(style, maps))
            l_c = content(maps[layer])
            return Objective(l_s + alpha * l_c, {"transport": l_s, "content": l_c})

        return loss

    def _mixed(self, gaussians: Sequence[Moments], shares: Sequence[float]) -> Moments:
        if len(gaussians) == 1:
            return gaussians[0]
        return {"barycentre": barycentre, "mixture": mixture}[self.mixing](gaussians, shares)

    def _distance(self, maps: Maps, goals: Goals, region: Region) -> Scalar:
        """W2² of all layers; with weights by trace their mean, so that none of it is 1."""
        divisor = DIVISORS[self.layer_weight]
        distances = [
            FORMS[self.form](cloud(maps[layer]), goal, mass_in(region, maps[layer]))
            / divisor(goal, len(goals))
            for layer, goal in goals.items()
        ]
        return torch.stack(distances).sum()


def _wide(feature: FeatureMap, region: Region) -> Moments:
    """Moments in a region, for arithmetic that is done once a scale."""
    own = moments(cloud(feature), mass_in(region, feature))
    return Moments(own.mean.double(), own.covariance.double())


FORMS: Mapping[str, Callable[[Cloud, Goal, Mass | None], Scalar]] = {
    "transport": wasserstein2_by_transport,
    "eigenvalues": wasserstein2_by_eigenvalues,
}
LEAST = 0.05
"""Share of the mean square that a style's variance counts as at least: a small region may be a
single cell at a deep layer, without any."""
TINY = 1e-12
"""Mean square of a black picture's features."""


def _variance(goal: Goal) -> float:
    trace, mean = goal.moments.covariance.trace(), goal.moments.mean
    return max(TINY, float(trace), LEAST * float(trace + mean.square().sum()))


DIVISORS: Mapping[str, Callable[[Goal, int], float]] = {
    "one": lambda _, __: 1.0,
    "trace": lambda goal, layers: layers * _variance(goal),
}

METHOD = GaussianW2
