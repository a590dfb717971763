"""From features of relu4_1 to an image: VGG-19 in a mirror (Huang and Belongie 2017)."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from wasserstyle.features.borders import mirrored
from wasserstyle.types import FeatureMap, Image

STEPS = ((512, 256), (256, 256, 256, 256, 128), (128, 128, 64), (64, 64, 3))
"""Channels along the convolutions of each block; the first of a block is its input."""
DOUBLINGS = (None, "nearest", "nearest", "bilinear")
"""How the size is doubled before each block. Doubled neighbours at full resolution leave a
lattice of single pixels in flat places; linear doubling before that blurs strokes (0014)."""


def convolution(channels: int, out: int) -> nn.Conv2d:
    """3x3 with the picture mirrored beyond its border, or its edge where that is too thin."""
    return _Mirrored(channels, out)


class _Mirrored(nn.Conv2d):
    def __init__(self, channels: int, out: int) -> None:
        super().__init__(channels, out, 3)

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(mirrored(input))


def convolutions_of(block: nn.Module) -> list[nn.Conv2d]:
    """Those of a block, front to back."""
    return [layer for layer in block.modules() if isinstance(layer, nn.Conv2d)]


class Decoder(nn.Module):
    """Convolutions and ReLU, doubling the size between blocks; nothing after the last."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList()
        last = STEPS[-1][-1]
        for channels in STEPS:
            block = nn.Sequential()
            for a, b in pairwise(channels):
                block.append(convolution(a, b))
                if b != last:
                    block.append(nn.ReLU())
            self.blocks.append(block)

    def forward(self, feature: FeatureMap) -> Image:
        """An image eight times as large, nominally in [0, 1]."""
        feature = feature.to(next(self.parameters()).dtype)
        for block, doubling in zip(self.blocks, DOUBLINGS, strict=True):
            feature = block(enlarged(feature, doubling))
        return feature


def enlarged(feature: FeatureMap, doubling: str | None) -> FeatureMap:
    """What a block of the decoder is given."""
    if doubling is None:
        return feature
    return F.interpolate(feature, scale_factor=2.0, mode=doubling)
