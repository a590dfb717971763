"""A slim encoder and decoder, made for processors: a twentieth of the work of VGG-19's pair.

Two codes are kept of a picture, one of a quarter of its size for edges, one of an eighth for
what things look like. Widths are ours; both sides of the picture are multiples of eight.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wasserstyle.nets.decoder import convolution
from wasserstyle.types import FeatureMap, Image, Maps

QUARTER, EIGHTH = "quarter", "eighth"
"""Names of the codes."""
EDGES, LOOKS = 32, 64
"""Their channels."""
FINE, MIDDLE, DEEP = 16, 48, 96
"""Channels at a half, a quarter and an eighth of the size."""
LEAK = 0.1
"""Slope below zero. With none, steps of 1e-3 switched nearly all deep channels off for good
(decision 0021)."""


class Residual(nn.Module):
    """x + two convolutions of it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first, self.second = (convolution(channels, channels) for _ in range(2))

    def forward(self, x: FeatureMap) -> FeatureMap:
        """Of the same size."""
        found: FeatureMap = self.second(leaky(self.first(x)))
        return x + found


class SlimEncoder(nn.Module):
    """A picture's two codes."""

    def __init__(self) -> None:
        super().__init__()
        self.halves = _halving(3, FINE)
        self.quarters = _halving(FINE, MIDDLE)
        self.edges = convolution(MIDDLE, EDGES)
        self.eighths = _halving(MIDDLE, DEEP)
        self.deep = nn.Sequential(Residual(DEEP), Residual(DEEP))
        self.looks = nn.Conv2d(DEEP, LOOKS, 1)

    def forward(self, image: Image) -> Maps:
        """Codes by name."""
        x = _ready(image, self.looks)
        quarter = leaky(self.quarters(leaky(self.halves(x))))
        deep = self.deep(leaky(self.eighths(quarter)))
        return {QUARTER: self.edges(quarter), EIGHTH: self.looks(deep)}


class SlimDecoder(nn.Module):
    """From codes joined into one map to a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.begin = convolution(LOOKS, DEEP)
        self.deep = nn.Sequential(*(Residual(DEEP) for _ in range(3)))
        self.join = convolution(DEEP + EDGES, MIDDLE)
        self.middle = Residual(MIDDLE)
        self.fine = nn.Sequential(
            convolution(MIDDLE, MIDDLE // 2),
            nn.LeakyReLU(LEAK),
            convolution(MIDDLE // 2, MIDDLE // 2),
            nn.LeakyReLU(LEAK),
        )
        self.end = convolution(MIDDLE // 2, 3)

    def forward(self, feature: FeatureMap) -> Image:
        """An image eight times as large, nominally in [0, 1]."""
        x = _ready(feature, self.end)
        looks, edges = x.split([LOOKS, 4 * EDGES], dim=1)
        x = _doubled(self.deep(leaky(self.begin(looks))))
        x = leaky(self.join(torch.cat([x, F.pixel_shuffle(edges, 2)], dim=1)))
        x = self.fine(_doubled(self.middle(x)))
        picture: Image = self.end(_doubled(x))
        return picture


def leaky(x: FeatureMap) -> FeatureMap:
    """A little of what is below zero, too."""
    return F.leaky_relu(x, LEAK)


def joined(codes: Maps) -> FeatureMap:
    """Both codes as one map, at an eighth of the picture's size."""
    return torch.cat([codes[EIGHTH], F.pixel_unshuffle(codes[QUARTER], 2)], dim=1)


def _halving(channels: int, out: int) -> nn.Conv2d:
    """A convolution in which every pixel counts alike."""
    return nn.Conv2d(channels, out, 4, stride=2, padding=1, padding_mode="reflect")


def _doubled(x: FeatureMap) -> FeatureMap:
    """Without the dots of a grid, which doubled neighbours leave in so small a network."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear")


def _ready(x: Tensor, like: nn.Conv2d) -> Tensor:
    """In the weights' precision, channels last: on processors a third faster."""
    return x.to(like.weight.dtype).contiguous(memory_format=torch.channels_last)
