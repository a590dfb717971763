"""A seeded random network with the names of VGG's layers: for tests, no weights needed."""

from collections.abc import Collection, Iterator

import torch
from torch import nn
from torch.nn import functional as F

from wasserstyle.types import FeatureMap, Image


class ToyFeatures(nn.Module):
    """One fixed random 3x3 convolution of 8 channels per layer, halved from block to block."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        self.seed, self.dtype = seed, torch.float32

    def forward(self, image: Image, layers: Collection[str]) -> dict[str, FeatureMap]:
        """Return the maps of ``layers``, in the order of their names, ``rgb`` first."""
        return dict(self.walk(image, layers))

    def walk(self, image: Image, layers: Collection[str]) -> Iterator[tuple[str, FeatureMap]]:
        """The same one by one."""
        if "rgb" in layers:
            yield "rgb", image
        x = image
        for layer in sorted(set(layers) - {"rgb"}):
            block = int(layer[4])
            while min(x.shape[2:]) > 1 and x.shape[2] > image.shape[2] >> (block - 1):
                x = F.avg_pool2d(x, 2)
            generator = torch.Generator().manual_seed(self.seed + block)
            kernel = torch.randn(8, x.shape[1], 3, 3, generator=generator).to(x) / 3
            x = F.conv2d(x, kernel, padding=1)
            x = x.relu() if layer.startswith("relu") else x
            yield layer, x
