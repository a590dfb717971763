"""The decoder as an inverse of the encoder: what every network begins with.

Ours: the loss is how far the decoded picture is from the picture, in pixels and at the taps of
the encoder (identity losses as in Park and Lee 2019, Eq. 6, of one picture).
"""

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional as F

from wasserstyle.features import Extractor
from wasserstyle.nets.decoder import Decoder
from wasserstyle.training.data import Pictures

TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
PIXELS = 10.0
"""Weight of the pixels beside the taps, in units of activation scales (ours)."""
RATE = 1e-3
FALL = 5e-4
"""The step size falls as 1/(1 + FALL t)."""


class Inverse:
    """See :class:`~wasserstyle.training.loop.Lesson`."""

    def __init__(self, encoder: Extractor, pictures: Pictures, batch: int) -> None:
        self.encoder, self.pictures, self.batch = encoder, pictures, batch
        self.network = Decoder()
        self.state: nn.Module = self.network
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=RATE)
        self.optimisers = {"decoder": self.optimiser}

    def step(self, number: int) -> Mapping[str, float]:
        """One batch."""
        for group in self.optimiser.param_groups:
            group["lr"] = RATE / (1 + FALL * number)
        picture = self.pictures.batch(number, range(self.batch))
        with torch.no_grad():
            wanted = self.encoder(picture, TAPS)
        made = self.network(wanted[TAPS[-1]].float())
        found = self.encoder(made, TAPS)
        taps = {k: F.mse_loss(found[k].float(), wanted[k].float()) for k in TAPS}
        pixels = F.mse_loss(made, picture)
        loss = PIXELS * pixels + torch.stack(list(taps.values())).sum()
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        logged = {"loss": loss, "pixels": pixels, **taps}
        return {name: float(value.detach()) for name, value in logged.items()}
