"""Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization.

Huang and Belongie, ICCV 2017, arXiv:1703.06868. One pass: the content's features get the
style's mean and deviation in every channel, and a decoder, trained once for all styles, makes a
picture of them.

Notation: f_c, f_s features of relu4_1, t = AdaIN(f_c, f_s) (Eq. 8), g the decoder (Eq. 9).

Where we differ (paper / default here):

* units: VGG-19 normalised to mean activations of one / every layer to a mean square of one.
* crops, batch: 256 px of 512 px, 8 / what `wasserstyle train` is told; see the model card.
* beginning of the decoder: random / the encoder's inverse (decision 0014).
* last doubling in the decoder: neighbours / linear (decision 0014).
* steps: 160 000 / see the model card.
* grain in the content: none / a fifth of the style's, in even places (decision 0026).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

from torch.nn import functional as F

from wasserstyle.netmethod import NetMethod
from wasserstyle.nets.teaching import Attempt, Teaching, chosen, statistics_loss
from wasserstyle.nets.transfer import MIDDLE, ByStatistics, StyleNetwork
from wasserstyle.types import Scalar

STYLE_WEIGHT = 10.0
"""λ of Eq. 11 (the authors' program in PyTorch's most used translation; theirs has other
units)."""
TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
"""Eq. 13."""


class Losses(Teaching):
    """Eqs. 11 to 13."""

    taps: ClassVar[tuple[str, ...]] = TAPS

    def losses(self, attempt: Attempt) -> Mapping[str, Scalar]:
        """See :meth:`Teaching.losses`."""
        return {
            "content": F.mse_loss(attempt.made[MIDDLE], attempt.decoded.detach()),
            "style": STYLE_WEIGHT * statistics_loss(attempt, TAPS),
        }


@final
@dataclass(frozen=True, kw_only=True)
class AdaIN(NetMethod):
    """Channels' means and deviations of the style, in one pass through a network."""

    name: ClassVar[str] = "adain"
    citation: ClassVar[str] = "huang2017"

    def network(self) -> StyleNetwork:
        """See :meth:`NetMethod.network`."""
        return ByStatistics()

    def teaching(self, name: str) -> Teaching:
        """See :meth:`NetMethod.teaching`."""
        return chosen(name, {"default": Losses})


METHOD = AdaIN
