"""Names for the tensors that cross module borders. Images are sRGB in [0, 1].

A leading underscore makes a size documentation only: two images in one signature may differ
in size. Where sizes must agree, the function spells its own shape string.
"""

from jaxtyping import Float, Int
from torch import Tensor

Image = Float[Tensor, "_batch 3 _height _width"]
FeatureMap = Float[Tensor, "_batch _channels _height _width"]
Cloud = Float[Tensor, "_points _dim"]
Mass = Float[Tensor, "_points"]
"""Share of each point of a cloud, summing to one."""
Scalar = Float[Tensor, ""]
Positions = Int[Tensor, "_points 2"]
"""Whole pixels (row, column) of an image."""
