"""From the features of a content and of a style to a picture: what the networks share.

``match`` looks at positions only, whatever their order and number, so that regions are a choice
of positions; ``join`` and the decoder look at the whole map.
"""

import abc
from typing import ClassVar

import torch
from torch import nn
from torch.nn import functional as F

from wasserstyle.nets.attention import StyleAttention
from wasserstyle.nets.decoder import Decoder, convolution
from wasserstyle.nets.slim import EIGHTH, QUARTER, SlimDecoder, SlimEncoder, joined
from wasserstyle.nets.statistics import adaptive_instance_norm, covariances
from wasserstyle.ot.newton import monge_maps
from wasserstyle.types import FeatureMap, Image, Maps

MIDDLE, DEEPEST = "relu4_1", "relu5_1"
CHANNELS = 512
"""Of both."""
LIKENESS = 192
"""Of queries and keys: what trained ones of 512 channels tell apart lies in these (0024)."""
CELLS = {MIDDLE: 8, DEEPEST: 16, QUARTER: 4, EIGHTH: 8}
"""Pixels of a cell of each map, of a side."""


class StyleNetwork(nn.Module, abc.ABC):
    """A decoder, and before it a rule that gives the content the features of the style."""

    layers: ClassVar[tuple[str, ...]]
    """Names of the maps that are matched, of those in :data:`CELLS`."""
    decoded: ClassVar[int] = 4
    """Cells around a pixel that the decoder has seen, rounded up; VGG-19's mirror: 32 px."""
    margin: ClassVar[int] = 16
    """Pixels that are painted beyond every side of the picture, and cut off. A multiple of the
    largest of :data:`CELLS`."""
    around: ClassVar[int] = 32
    """Pixels around what is decoded that the encoder is shown, too. It pads with zeros, and
    what has seen them is painted as a frame: VGG-19 at relu4_1 sees 34 px far. A multiple of
    the largest of :data:`CELLS`, not zero."""

    def __init__(self, decoder: nn.Module) -> None:
        super().__init__()
        self.decoder = decoder

    @property
    def needs(self) -> tuple[str, ...]:
        """Layers of the encoder from which the maps are made; here they are the maps."""
        return self.layers

    def view(self, image: Image, seen: Maps) -> Maps:
        """The maps that are matched, of a picture.

        Args:
            image: Both sides are multiples of eight.
            seen: What the encoder sees of it, at :attr:`needs` and perhaps at other layers.
        """
        return {layer: seen[layer] for layer in self.layers}

    @abc.abstractmethod
    def match(self, layer: str, content: FeatureMap, style: FeatureMap) -> FeatureMap:
        """The content's positions with features of the style, at one layer.

        Args:
            layer: One of :attr:`layers`.
            content: (batch, C, any size); positions may be in any order.
            style: The same, of another size.
        """

    def join(self, matched: Maps) -> FeatureMap:
        """What is decoded, at an eighth of the picture's size."""
        return matched[MIDDLE]

    def forward(self, content: Maps, style: Maps) -> Image:
        """The content painted like the style."""
        return self.decoder(self.matched(content, style))

    def matched(self, content: Maps, style: Maps) -> FeatureMap:
        """What is decoded, of whole maps."""
        return self.join(
            {layer: self.match(layer, content[layer], style[layer]) for layer in self.layers}
        )


class ByStatistics(StyleNetwork):
    """Every channel with the style's mean and deviation (Huang and Belongie 2017)."""

    layers: ClassVar[tuple[str, ...]] = (MIDDLE,)

    def __init__(self) -> None:
        super().__init__(Decoder())

    def match(self, layer: str, content: FeatureMap, style: FeatureMap) -> FeatureMap:
        """See :meth:`StyleNetwork.match`."""
        return adaptive_instance_norm(content, style)


class ByAttention(StyleNetwork):
    """Style attention at one layer."""

    layers: ClassVar[tuple[str, ...]] = (MIDDLE,)

    def __init__(self) -> None:
        super().__init__(Decoder())
        self.attention = nn.ModuleDict(
            {name: StyleAttention(CHANNELS, LIKENESS) for name in self.layers}
        )

    def match(self, layer: str, content: FeatureMap, style: FeatureMap) -> FeatureMap:
        """See :meth:`StyleNetwork.match`."""
        found: FeatureMap = self.attention[layer](content, style)
        return found


class ByTwoAttentions(ByAttention):
    """Style attention at two layers, and a convolution of their sum (Park and Lee 2019)."""

    layers: ClassVar[tuple[str, ...]] = (MIDDLE, DEEPEST)

    def __init__(self) -> None:
        super().__init__()
        self.merge = convolution(CHANNELS, CHANNELS)

    def join(self, matched: Maps) -> FeatureMap:
        """See :meth:`StyleNetwork.join`."""
        summed = self.summed(matched)
        return self.merge(summed.to(self.merge.weight.dtype)).to(summed.dtype)

    @staticmethod
    def summed(matched: Maps) -> FeatureMap:
        """The deeper map enlarged to the size of the other, and added.

        Linearly: of doubled neighbours plaid grows in flat places (decision 0025).
        """
        size = matched[MIDDLE].shape[2:]
        return matched[MIDDLE] + F.interpolate(matched[DEEPEST], size=size, mode="bilinear")


class ByTransport(StyleNetwork):
    """The optimal map between Gaussians of codes, from a slim encoder of its own."""

    layers: ClassVar[tuple[str, ...]] = (QUARTER, EIGHTH)
    decoded: ClassVar[int] = 10
    margin: ClassVar[int] = 32  # its teacher's pictures of crops had a frame that wide
    around: ClassVar[int] = 16

    def __init__(self) -> None:
        super().__init__(SlimDecoder())
        self.encoder = SlimEncoder()

    @property
    def needs(self) -> tuple[str, ...]:
        """See :attr:`StyleNetwork.needs`."""
        return ()

    def view(self, image: Image, seen: Maps) -> Maps:
        """See :meth:`StyleNetwork.view`."""
        codes: Maps = self.encoder(image)
        return codes

    def match(self, layer: str, content: FeatureMap, style: FeatureMap) -> FeatureMap:
        """See :meth:`StyleNetwork.match`; the map is held still for the gradient.

        Its roots are found in float64: of trained codes, which vary along few directions,
        float32 finds them thirty times as far off.
        """
        with torch.autocast(content.device.type, enabled=False):
            x, y = content.float().flatten(2), style.float().flatten(2)
            mean, goal = x.mean(dim=2, keepdim=True), y.mean(dim=2, keepdim=True)
            with torch.no_grad():
                t = monge_maps(covariances(x).double(), covariances(y).double()).float()
            moved = goal + t @ (x - mean)
        return moved.unflatten(2, content.shape[2:])

    def join(self, matched: Maps) -> FeatureMap:
        """See :meth:`StyleNetwork.join`."""
        return joined(matched)
