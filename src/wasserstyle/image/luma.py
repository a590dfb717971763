"""How bright a picture is, without its colours."""

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.types import Image

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue (Rec. 601)."""


def luma(image: Image) -> Float[Tensor, "_batch 1 _height _width"]:
    """Weighted means of the channels, in the range and the precision of the picture."""
    weights = torch.tensor(LUMA, dtype=image.dtype, device=image.device)
    return (image * weights[:, None, None]).sum(dim=1, keepdim=True)
