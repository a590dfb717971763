"""Style attention: every position of the content gathers features of the style like itself."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wasserstyle.nets.statistics import normalised
from wasserstyle.types import FeatureMap

AT_ONCE = 1024
"""Positions of the content that look at the style at a time: memory does not grow with both."""


class StyleAttention(nn.Module):
    """f_cs = out(softmax(Q Kᵀ) V) + f_c (Park and Lee 2019, Eqs. 1, 2).

    Q and K are 1x1 convolutions of the content's and the style's maps with every channel
    normalised, V of the style's as it is; no 1/√d.

    Args:
        channels: Of the maps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.at_once = AT_ONCE
        self.query, self.key, self.value, self.out = (
            nn.Conv2d(channels, channels, 1) for _ in range(4)
        )

    def forward(self, content: FeatureMap, style: FeatureMap) -> FeatureMap:
        """The content's map made of the style's features, (batch, C, h, w) as the content.

        Args:
            content: (batch, C, h, w).
            style: (batch, C, any size).
        """
        weights = self.query.weight.dtype
        queries = _positions(self.query(normalised(content).to(weights)))
        keys = _positions(self.key(normalised(style).to(weights)))
        values = _positions(self.value(style.to(weights)))
        gathered = [
            F.scaled_dot_product_attention(piece, keys, values, scale=1.0)
            for piece in queries.split(self.at_once, dim=2)
        ]
        flat = torch.cat(gathered, dim=2)[:, 0].transpose(1, 2)
        return self.out(flat.unflatten(2, content.shape[2:])).to(content.dtype) + content


def _positions(feature: FeatureMap) -> Tensor:
    """(batch, 1, positions, channels): one head."""
    return feature.flatten(2).transpose(1, 2)[:, None].contiguous()
