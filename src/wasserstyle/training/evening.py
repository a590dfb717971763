"""A decoder learns to even out its cells, to paint no eyes, and to paint as before in all else.

Ours (decision 0014). What networks are taught by sees features of crops, and a grid of cells is
to its liking, as are eyes: both are texture. So a trained network is given a last lesson: its
pictures stay as they were at the taps of the encoder, in every place and in their statistics,
edges become as likely at one place of a cell as at another, and dots in spots stay where the
content has some. What is decoded is not touched.
"""

import copy
from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional as F

from wasserstyle.device import device_of
from wasserstyle.features import Extractor
from wasserstyle.nets.eyes import eyes_loss
from wasserstyle.nets.phases import cells_loss
from wasserstyle.nets.reduced import reduced
from wasserstyle.nets.teaching import statistics_distance
from wasserstyle.nets.transfer import StyleNetwork
from wasserstyle.nets.units import look
from wasserstyle.training.descent import Descent
from wasserstyle.training.inverse import TAPS
from wasserstyle.training.transfer import Sources, matched
from wasserstyle.types import FeatureMap, Image, Scalar

RATE, FALL = 5e-5, 5e-3
"""The step size, which falls as 1/(1 + FALL t)."""
STATISTICS_WEIGHT = 10.0
"""Of means and deviations that stay. Without them what is uncertain is painted softly: by the
maps alone their mean is best."""


class Evening:
    """See :class:`~wasserstyle.training.loop.Lesson`.

    Each of several processes evens out its own pictures of a batch.

    Args:
        network: As it was taught; its decoder learns.
        encoder: VGG-19.
        sources: Pictures.
    """

    def __init__(self, network: StyleNetwork, encoder: Extractor, sources: Sources) -> None:
        self.network, self.encoder, self.sources = network, encoder, sources
        self.before = copy.deepcopy(network.decoder).requires_grad_(requires_grad=False)
        self.state: nn.Module = nn.ModuleDict({"network": network, "before": self.before})
        self.descent = Descent(network.decoder, rate=RATE, fall=FALL)
        self.optimisers = {"decoder": self.descent.optimiser}

    def step(self, number: int) -> Mapping[str, float]:
        """One batch."""
        content, style = self.sources.pairs(number, device_of(self.network))
        with torch.no_grad():
            code = self._code(content, style)
            wanted = look(self.encoder, reduced(self.before, code), TAPS)
        picture = reduced(self.network.decoder, code)
        found = look(self.encoder, picture, TAPS)
        losses: dict[str, Scalar] = {tap: F.mse_loss(found[tap], wanted[tap]) for tap in TAPS}
        losses["statistics"] = STATISTICS_WEIGHT * statistics_distance(found, wanted)
        losses |= {"uneven cells": cells_loss(picture), "eyes": eyes_loss(picture, content)}
        self.descent.step(number, torch.stack(list(losses.values())).sum())
        return {name: float(value.detach()) for name, value in losses.items()}

    def _code(self, *pair: Image) -> FeatureMap:
        seen = [(x, look(self.encoder, x, self.network.needs)) for x in pair]
        return matched(self.network, *seen)
