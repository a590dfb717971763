"""From the features of a content and of a style to a picture: what the networks share.

``match`` looks at positions only, whatever their order and number, so that regions are a choice
of positions; ``join`` and the decoder look at the whole map.
"""

import abc
from typing import ClassVar

from torch import nn
from torch.nn import functional as F

from wasserstyle.nets.attention import StyleAttention
from wasserstyle.nets.decoder import Decoder, convolution
from wasserstyle.nets.statistics import adaptive_instance_norm
from wasserstyle.types import FeatureMap, Image, Maps

MIDDLE, DEEPEST = "relu4_1", "relu5_1"
CHANNELS = 512
"""Of both."""


class StyleNetwork(nn.Module, abc.ABC):
    """A decoder, and before it a rule that gives the content the features of the style."""

    layers: ClassVar[tuple[str, ...]]
    """Whose maps it needs; ``MIDDLE`` is the first."""

    def __init__(self) -> None:
        super().__init__()
        self.decoder = Decoder()

    @abc.abstractmethod
    def match(self, layer: str, content: FeatureMap, style: FeatureMap) -> FeatureMap:
        """The content's positions with features of the style, at one layer.

        Args:
            layer: One of :attr:`layers`.
            content: (batch, C, any size); positions may be in any order.
            style: The same, of another size.
        """

    def join(self, matched: Maps) -> FeatureMap:
        """What is decoded, at the size of ``MIDDLE``."""
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

    def match(self, layer: str, content: FeatureMap, style: FeatureMap) -> FeatureMap:
        """See :meth:`StyleNetwork.match`."""
        return adaptive_instance_norm(content, style)


class ByAttention(StyleNetwork):
    """Style attention at one layer."""

    layers: ClassVar[tuple[str, ...]] = (MIDDLE,)

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.ModuleDict({name: StyleAttention(CHANNELS) for name in self.layers})

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
        """The deeper map enlarged to the size of the other, and added."""
        size = matched[MIDDLE].shape[2:]
        return matched[MIDDLE] + F.interpolate(matched[DEEPEST], size=size, mode="nearest")
