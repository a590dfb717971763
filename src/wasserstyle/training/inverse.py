"""The decoder as an inverse of the encoder: what every network begins with.

Ours: the loss is how far the decoded picture is from the picture, in pixels and at the taps of
the encoder, each as a share of its mean square (identity losses as in Park and Lee 2019, Eq. 6,
of one picture). It begins with the closed form (``mirror``), which large steps would destroy.
"""

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional as F

from wasserstyle import processes
from wasserstyle.device import device_of
from wasserstyle.features import Extractor
from wasserstyle.nets.decoder import Decoder
from wasserstyle.nets.reduced import reduced
from wasserstyle.nets.units import look
from wasserstyle.training.data import Pictures
from wasserstyle.training.descent import Descent
from wasserstyle.types import FeatureMap, Scalar

TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
PIXELS = 20.0
"""Weight of the pixels beside the taps (ours)."""
RATE, FALL = 1e-4, 5e-4
"""The step size, which falls as 1/(1 + FALL t)."""


class Inverse:
    """See :class:`~wasserstyle.training.loop.Lesson`."""

    def __init__(
        self, decoder: Decoder, encoder: Extractor, pictures: Pictures, batch: int
    ) -> None:
        self.network, self.encoder, self.pictures, self.batch = (
            decoder,
            encoder,
            pictures,
            batch,
        )
        self.state: nn.Module = self.network
        self.descent = Descent(self.network, rate=RATE, fall=FALL)
        self.optimisers = {"decoder": self.descent.optimiser}

    def step(self, number: int) -> Mapping[str, float]:
        """One batch."""
        picture = self.pictures.batch(number, processes.own(range(self.batch)))
        picture = picture.to(device_of(self.network))
        with torch.no_grad():
            wanted = look(self.encoder, picture, TAPS)
        made = reduced(self.network, wanted[TAPS[-1]])
        found = look(self.encoder, made, TAPS)
        taps = {k: _share(found[k], wanted[k]) for k in TAPS}
        pixels = F.mse_loss(made, picture)
        loss = PIXELS * pixels + torch.stack(list(taps.values())).sum()
        self.descent.step(number, loss)
        logged = {"loss": loss, "pixels": pixels, **taps}
        return {name: float(value.detach()) for name, value in logged.items()}


def _share(found: FeatureMap, wanted: FeatureMap) -> Scalar:
    """Mean square of the difference in the mean square of what is wanted."""
    return F.mse_loss(found, wanted) / wanted.square().mean()
