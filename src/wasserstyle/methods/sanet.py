"""Arbitrary Style Transfer with Style-Attentional Networks.

Park and Lee, CVPR 2019, arXiv:1812.02342. One pass: every position of the content gathers
features of the style that are like its own, at two layers, and a decoder makes a picture of the
sum.

Notation: f_c, f_s features, F_csc what attention gives at one layer (Eqs. 1, 2), merged by a
convolution (Eq. 3).

Where we differ (paper / default here):

* units: VGG-19 normalised to mean activations of one / every layer to a mean square of one.
* identity losses: of the whole batch / of one content and one style of it,
  the same in the mean.
* crops, batch: 256 px of 512 px, 5 / what `wasserstyle train` is told; see the model card.
* beginning: random / the encoder's inverse and nearest features (decision 0014).
* last doubling in the decoder: neighbours / linear (decision 0014).
* deeper map, enlarged: - / linearly (decision 0025).
* queries and keys: 512 channels / 192, narrowed after the training (decision 0024).
* steps: 160 000 / see the model card.
* grain in the content: none / a fifth of the style's, in even places (decision 0026).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

from wasserstyle.netmethod import NetMethod
from wasserstyle.nets.teaching import (
    Attempt,
    Teaching,
    chosen,
    content_loss,
    identity_losses,
    statistics_loss,
)
from wasserstyle.nets.transfer import DEEPEST, MIDDLE, ByTwoAttentions, StyleNetwork
from wasserstyle.types import Scalar

TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
STYLE_WEIGHT, PIXELS_WEIGHT, DEEP_WEIGHT = 3.0, 50.0, 1.0
"""λ_s, λ_identity1, λ_identity2 (Sec. 4.1); λ_c is one."""


class Losses(Teaching):
    """Eqs. 3 to 6."""

    taps: ClassVar[tuple[str, ...]] = TAPS

    def losses(self, attempt: Attempt) -> Mapping[str, Scalar]:
        """See :meth:`Teaching.losses`."""
        pixels, deep = identity_losses(attempt, TAPS)
        return {
            "content": content_loss(attempt, (MIDDLE, DEEPEST)),
            "style": STYLE_WEIGHT * statistics_loss(attempt, TAPS),
            "identity in pixels": PIXELS_WEIGHT * pixels,
            "identity in features": DEEP_WEIGHT * deep,
        }


@final
@dataclass(frozen=True, kw_only=True)
class SANet(NetMethod):
    """Attention to the style's features at two layers, in one pass through a network."""

    name: ClassVar[str] = "sanet"
    citation: ClassVar[str] = "park2019"

    def network(self) -> StyleNetwork:
        """See :meth:`NetMethod.network`."""
        return ByTwoAttentions()

    def teaching(self, name: str) -> Teaching:
        """See :meth:`NetMethod.teaching`."""
        return chosen(name, {"default": Losses})


METHOD = SANet
