"""What the user pins down, as a value."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from wasserstyle.image.resize import resize
from wasserstyle.types import Image

OPAQUE = 0.5
"""Opacity from which a pixel counts as visible."""


@dataclass(frozen=True)
class Guidance:
    """Where a picture may be looked at."""

    visible: Float[Tensor, "1 1 _h _w"] | None = None
    """Opacity of the content in [0, 1], any size; pixels below ``OPAQUE`` are never sampled.
    None: everything is visible."""

    def region(self, image: Image) -> Bool[Tensor, "_h _w"]:
        """Where ``image``, the content at any size, may be sampled; everywhere if nowhere."""
        height, width = image.shape[2:]
        whole = torch.ones(height, width, dtype=torch.bool, device=image.device)
        if self.visible is None:
            return whole
        seen = resize(self.visible.to(image), height, width)[0, 0] >= OPAQUE
        return seen if seen.any() else whole


FREE = Guidance()
"""No guidance at all."""
