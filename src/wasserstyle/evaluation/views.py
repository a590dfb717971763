"""A picture as metrics see it: its pixels and the maps of one network, made once."""

from dataclasses import dataclass
from functools import cache, cached_property

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.image.luma import luma
from wasserstyle.image.resize import resize, to_long_side
from wasserstyle.maps import cloud
from wasserstyle.types import Cloud, Image, Maps

SIDE = 256
"""Long side at which pictures are scored, pixels: those of several sizes compare."""
HELD_OUT = ("relu3_2", "relu3_4", "relu4_4", "relu5_2")
"""Of VGG-19, for scores of style: no method's default minimises anything there, and those that
look through VGG-16 (strotss, nnst) nothing of this network."""
PERCEPTUAL = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
"""Of VGG-16, for LPIPS."""
STRUCTURE, OBJECTS, EARLY = "relu3_1", "relu4_2", "relu1_2"
"""Of VGG-16: for the structural distance, self-similarity, and what stands for SIFID."""
LOOKED_AT = {"vgg16": {"rgb", STRUCTURE, OBJECTS, EARLY, *PERCEPTUAL}, "vgg19": {*HELD_OUT}}


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
    def maps(self) -> Maps:
        """Of the original VGG-16 (decision 0004), all layers that metrics ask for."""
        return _seen(self.image, "vgg16")

    @cached_property
    def held_out(self) -> Maps:
        """Of VGG-19, the layers that scores of style look at."""
        return _seen(self.image, "vgg19")

    @property
    def colours(self) -> Cloud:
        """All pixels."""
        return cloud(self.image)

    @property
    def luma(self) -> Float[Tensor, "_h _w"]:
        """Rec. 601, in [0, 1], float64."""
        return luma(self.image.double())[0, 0]


@torch.no_grad()
def _seen(image: Image, network: str) -> Maps:
    return _network(network)(image, LOOKED_AT[network])


@cache
def _network(name: str) -> Vgg:
    return Vgg(bundled(name))
