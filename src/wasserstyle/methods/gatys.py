"""Image Style Transfer Using Convolutional Neural Networks.

Gatys, Ecker and Bethge, CVPR 2016. Large pictures coarse to fine, and regions: Gatys, Ecker,
Bethge, Hertzmann and Shechtman, "Controlling Perceptual Factors in Neural Style Transfer", CVPR
2017. https://arxiv.org/abs/1508.06576, https://arxiv.org/abs/1611.07865

Notation: F output, P content; per layer N channels, M cells; G output's Gram matrix FᵀF/M (the
paper's over M), A the style's; l_c content, l_s style, α and β their weights.

Where we differ (paper / authors' notebook / default here):

* network: VGG-19, average pooling / VGG-19, max pooling / as notebook.
* units: as the network has them / same / each layer by its activation scale (decision 0004).
* start: noise / content / content in the style's colours, by Gaussian transport.
* l_c at relu4_2: half the sum of squares / mean square / as notebook.
* l_s: mean over layers of (G - A)²/4N² / sum of the mean squares of G - A times 1000/N² / mean
  over layers of |G - A|²/|A|², so that every layer counts alike.
* α/β: 1/1000 / 1 / 0.01.
* scales: one / 512 px, then the result enlarged / 64, 128, ... up to the size.
* optimiser: L-BFGS / L-BFGS, 500 and 200 evaluations / Adam on a pyramid, 100 a scale.
* box: none / none, clamped at the end / clamped at the end; L-BFGS here stays in [0, 1].
* several styles: - / - / one Gram matrix, their mean by weight.

Neither the pixels' range nor the overall factor of the loss matters to L-BFGS. The notebook's
network may have been rescaled to mean activations of one; its authors do not say.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal, final

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.mapmethod import LossOfMaps, MapMethod, Part, Scene, StyleView
from wasserstyle.maps import cloud, mass_in, mean_square_to
from wasserstyle.method import setting
from wasserstyle.optim import Objective
from wasserstyle.ot.products import self_product
from wasserstyle.types import FeatureMap, Maps, Region, Scalar

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
PAPER = "Sec. 3"
OURS = "ours"

Gram = Float[Tensor, "_channels _channels"]
Grams = Mapping[str, Gram]


@final
@dataclass(frozen=True, kw_only=True)
class Gatys(MapMethod[Grams]):
    """Gram matrices of features: the method that began it all."""

    name: ClassVar[str] = "gatys"
    citation: ClassVar[str] = "gatys2016"
    presets: ClassVar[tuple[str, ...]] = ("default", "paper", "authors")
    backbone: ClassVar[str] = "vgg19"
    guides: ClassVar[frozenset[str]] = frozenset({"regions"})

    style_layers: tuple[str, ...] = setting(STYLE_LAYERS, "layers of the Gram matrices", PAPER)
    content_layer: str = setting("relu4_2", "layer of the content term", PAPER)
    content_share: float = setting(
        0.01,
        "weight of the content term at content weight 1; the style term has 1",
        OURS,
        low=0,
    )
    weighting: Literal["relative", "paper", "notebook"] = setting(
        "relative", "what sums of squares are divided by", OURS
    )
    iterations: int = setting(100, "updates at the finest scale", OURS, low=1, high=100_000)

    @classmethod
    def paper(cls) -> "Gatys":
        """The paper of 2016, by its numbers."""
        return cls(
            precision="float32",
            pooling="average",
            units="network",
            coarsest=1_000_000,
            start="noise",
            optimiser="lbfgs",
            iterations=500,
            content_share=1e-3,
            weighting="paper",
        )

    @classmethod
    def authors(cls) -> "Gatys":
        """The authors' notebook: content first, 512 px, then larger from there."""
        return cls(
            precision="float32",
            units="network",
            coarsest=512,
            start="content",
            detail_at="none",
            optimiser="lbfgs",
            iterations=500,
            coarse_share=1.0,
            content_share=1.0,
            weighting="notebook",
        )

    @property
    def layers(self) -> frozenset[str]:
        """See :class:`MapMethod`."""
        return frozenset({*self.style_layers, self.content_layer})

    def learn(self, style: StyleView) -> Grams:
        """Gram matrices of all layers; of several pictures their mean by share."""
        views = [(style.look(image), region, share) for image, region, share in style.seen()]
        return {
            layer: torch.stack(
                [s * gram(maps[layer], region) for maps, region, s in views]
            ).sum(0)
            for layer in self.style_layers
        }

    def loss(self, scene: Scene, learned: Sequence[Grams]) -> LossOfMaps:
        """α l_c + β l_s, β = 1."""
        weighting, layer = WEIGHTINGS[self.weighting], self.content_layer
        content = mean_square_to(scene.look(scene.content)[layer], scene.visible)
        alpha = self.content_weight * self.content_share

        def style(maps: Maps, part: Part) -> Scalar:
            pairs = [(gram(maps[k], part.region), a) for k, a in learned[part.number].items()]
            return weighting.style(pairs)

        def loss(maps: Maps, _: torch.Generator) -> Objective:
            l_c = weighting.content(maps[layer]) * content(maps[layer])
            l_s = scene.over_parts(partial(style, maps))
            return Objective(alpha * l_c + l_s, {"content": l_c, "style": l_s})

        return loss


def gram(feature: FeatureMap, region: Region) -> Gram:
    """Mean of f fᵀ over the cells of a region."""
    x, mass = cloud(feature), mass_in(region, feature)
    weighted = x / len(x) ** 0.5 if mass is None else x * mass.sqrt()[:, None]
    return self_product(weighted.T)


# ------------------------------------------------------------------ what sums are divided by
@dataclass(frozen=True)
class Weighting:
    """Factors of the two terms."""

    content: Callable[[FeatureMap], float]
    """Of the mean square, given a map of its shape."""
    style: Callable[[Sequence[tuple[Gram, Gram]]], Scalar]
    """Of all layers' G and A."""


def _paper(pairs: Sequence[tuple[Gram, Gram]]) -> Scalar:
    return torch.stack([(g - a).square().mean() / 4 for g, a in pairs]).mean()


def _notebook(pairs: Sequence[tuple[Gram, Gram]]) -> Scalar:
    return torch.stack([1e3 / len(a) ** 2 * (g - a).square().mean() for g, a in pairs]).sum()


def _relative(pairs: Sequence[tuple[Gram, Gram]]) -> Scalar:
    tiny = 1e-12  # a black style has no Gram matrix to speak of
    return torch.stack(
        [(g - a).square().sum() / a.square().sum().clamp_min(tiny) for g, a in pairs]
    ).mean()


WEIGHTINGS: Mapping[str, Weighting] = {
    "relative": Weighting(lambda _: 1.0, _relative),
    "paper": Weighting(lambda target: target[0].numel() / 2, _paper),
    "notebook": Weighting(lambda _: 1.0, _notebook),
}

METHOD = Gatys
