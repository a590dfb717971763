"""A picture as metrics see it: its pixels and the maps of one network, made once."""

from dataclasses import dataclass
from functools import cache, cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.image.resize import resize, to_long_side
from wasserstyle.maps import cloud
from wasserstyle.types import Cloud, FeatureMap, Image, Maps

SIDE = 256
"""Long side at which pictures are scored, pixels: those of several sizes compare."""
HELD_OUT = ("relu1_2", "relu2_2", "relu3_2", "relu4_2")
"""Layers that no method's default minimises all of."""
PERCEPTUAL = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
"""Of LPIPS."""
STRUCTURE = "relu3_1"
"""Of the content feature structural distance."""
EVERY = tuple(sorted({"rgb", *HELD_OUT, *PERCEPTUAL, STRUCTURE}))


@dataclass(frozen=True)
class View:
    """One picture, at the size of scoring."""

    image: Image
    """sRGB in [0, 1], (1, 3, h, w), float32."""

    @classmethod
    def of(cls, picture: Image, like: "View | None" = None) -> "View":
        """Look at a picture, resized to ``SIDE`` or to the size of another view."""
        small = to_long_side(picture, SIDE) if like is None else resize(picture, *like.shape)
        return cls(small.float().cpu())

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.image.shape[2], self.image.shape[3]

    @cached_property
    @torch.no_grad()
    def maps(self) -> Maps:
        """Of the original VGG-16 (decision 0004), all layers that metrics ask for."""
        return _network()(self.image, EVERY)

    def map(self, layer: str) -> FeatureMap:
        """One map."""
        return self.maps[layer]

    def cloud(self, layer: str) -> Cloud:
        """All cells of a map."""
        return cloud(self.maps[layer])

    @property
    def luma(self) -> Float[Tensor, "_h _w"]:
        """Rec. 601, in [0, 1], float64."""
        weights = torch.tensor([0.299, 0.587, 0.114], dtype=torch.float64)
        return torch.einsum("c,chw->hw", weights, self.image[0].double())


@cache
def _network() -> Vgg:
    return Vgg(bundled("vgg16"))
