"""A fixed grid of pairs, painted now and then: what training is judged by beside its losses.

The yardstick is independent of what is learned: Wasserstein-2 between Gaussians of features
(``ot.gaussian``), of the painted picture to its own style and to the other styles. A network
that has learned to transfer is near its own and far from the others.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from wasserstyle.device import device_of
from wasserstyle.features import Extractor
from wasserstyle.maps import cloud
from wasserstyle.nets.transfer import StyleNetwork
from wasserstyle.nets.units import look
from wasserstyle.ot.gaussian import Goal, Moments, moments, wasserstein2_to
from wasserstyle.training.data import Pictures
from wasserstyle.types import Image

TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
YARDSTICK = "W2"
"""What all names of these distances begin with."""
SIDE = 3
"""Contents and styles."""


@dataclass(frozen=True)
class Grid:
    """Crops that stay the same during a run.

    Args:
        contents: One crop each.
        styles: One crop each.
        network: What is judged, whatever its weights.
        encoder: VGG-19.
    """

    contents: Sequence[Image]
    styles: Sequence[Image]
    network: StyleNetwork
    encoder: Extractor

    @classmethod
    def of(
        cls, contents: Pictures, styles: Pictures, network: StyleNetwork, encoder: Extractor
    ) -> "Grid":
        """The first crops of streams of their own."""
        device = device_of(network)
        ours, theirs = (
            [p.one(-1, n).to(device) for n in range(SIDE)] for p in (contents, styles)
        )
        return cls(ours, theirs, copy.deepcopy(network), encoder)

    @torch.no_grad()
    def judge(self, weights: Mapping[str, Tensor]) -> tuple[Mapping[str, float], Image]:
        """Distances by name, each the mean over all pairs, and the sheet of pictures."""
        self.network.load_state_dict(weights)
        painted = [[self._paint(c, s) for s in self.styles] for c in self.contents]
        noted: dict[str, float] = {}
        styles = [self._moments(style) for style in self.styles]
        found = [self._moments(image) for row in painted for image in row]
        for tap in TAPS:
            goals = [Goal.of(style[tap]) for style in styles]
            table = [[float(wasserstein2_to(own[tap], g)) for g in goals] for own in found]
            own = [table[n][n % SIDE] for n in range(len(table))]
            every = [distance for distances in table for distance in distances]
            others = math.fsum(every) - math.fsum(own)
            noted[f"{YARDSTICK} own {tap}"] = math.fsum(own) / len(own)
            noted[f"{YARDSTICK} others {tap}"] = others / (len(every) - len(own))
        return noted, self._sheet(painted)

    def _paint(self, content: Image, style: Image) -> Image:
        net = self.network
        views = (net.view(x, look(self.encoder, x, net.needs)) for x in (content, style))
        painted: Image = net(*views)
        return painted.clamp(0, 1)

    def _moments(self, image: Image) -> dict[str, Moments]:
        maps = look(self.encoder, image, TAPS)
        return {tap: moments(cloud(maps[tap]).double()) for tap in TAPS}

    def _sheet(self, painted: Sequence[Sequence[Image]]) -> Image:
        """Styles above, contents at the left, what is made of them between."""
        rows = [[torch.ones_like(self.styles[0]), *self.styles]]
        rows += [[c, *row] for c, row in zip(self.contents, painted, strict=True)]
        return torch.cat([torch.cat(row, dim=3) for row in rows], dim=2).cpu()
