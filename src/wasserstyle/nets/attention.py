"""Style attention: every position of the content gathers features of the style like itself."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from wasserstyle.nets.statistics import normalised
from wasserstyle.types import FeatureMap

LOGITS = 1 << 22
"""Of positions of the content and of the style at a time: memory does not grow with both."""


class StyleAttention(nn.Module):
    """f_cs = out(softmax(Q Kᵀ) V) + f_c (Park and Lee 2019, Eqs. 1, 2).

    Q and K are 1x1 convolutions of the content's and the style's maps with every channel
    normalised, V of the style's as it is; no 1/√d. Weights of a position sum to one, so the
    output's convolution is that of the values: of the style's positions, which are fewer.

    Args:
        channels: Of the maps.
        width: Of queries and keys, which say what is like what; the paper's is that of the
            maps (decision 0024).
    """

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.at_once: int | None = LOGITS
        self.query, self.key = (nn.Conv2d(channels, width, 1) for _ in range(2))
        self.value, self.out = (nn.Conv2d(channels, channels, 1) for _ in range(2))

    def forward(self, content: FeatureMap, style: FeatureMap) -> FeatureMap:
        """The content's map made of the style's features, (batch, C, h, w) as the content.

        Args:
            content: (batch, C, h, w).
            style: (batch, C, any size).
        """
        weights = self.query.weight.dtype
        queries = _positions(self.query(normalised(content).to(weights)))
        keys = _positions(self.key(normalised(style).to(weights)))
        values = _positions(self.out(self.value(style.to(weights))))
        gathered = [
            (piece @ keys.mT).softmax(dim=2) @ values
            for piece in self._pieces(queries, keys.shape[1])
        ]
        flat = torch.cat(gathered, dim=1).mT
        return flat.unflatten(2, content.shape[2:]).to(content.dtype) + content

    def _pieces(self, queries: Tensor, keys: int) -> Sequence[Tensor]:
        """As many at a time as memory is for; all of them where ``at_once`` is None."""
        if self.at_once is None:
            return [queries]
        return queries.split(max(1, self.at_once // keys), dim=1)


def _positions(feature: FeatureMap) -> Tensor:
    """(batch, positions, channels)."""
    return feature.flatten(2).mT.contiguous()
