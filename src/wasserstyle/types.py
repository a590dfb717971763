"""Names for the tensors that cross module borders. Images are sRGB in [0, 1].

A leading underscore makes a size documentation only: two images in one signature may differ
in size. Where sizes must agree, the function spells its own shape string.
"""

from collections.abc import Mapping

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

Image = Float[Tensor, "_batch 3 _height _width"]
FeatureMap = Float[Tensor, "_batch _channels _height _width"]
Maps = Mapping[str, FeatureMap]
"""Feature maps by layer, shallow to deep; ``rgb`` is the image itself."""
Cloud = Float[Tensor, "_points _dim"]
Mass = Float[Tensor, "_points"]
"""Share of each point of a cloud, summing to one."""
Scalar = Float[Tensor, ""]
Positions = Int[Tensor, "_points 2"]
"""Whole pixels (row, column) of an image."""
Region = Bool[Tensor, "_height _width"]
"""True where a picture may be sampled; at least one pixel is."""
Membership = Float[Tensor, "1 1 _h _w"]
"""How much each pixel belongs to something, in [0, 1]; any size, stretched over the picture."""


def everywhere(image: FeatureMap) -> Region:
    """The region of a whole image."""
    return torch.ones(image.shape[2:], dtype=torch.bool, device=image.device)
