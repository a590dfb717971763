"""A network with an encoder of its own begins by seeing as VGG-19 does and giving back.

Ours, decision 0021: its codes learn to be the principal components of VGG-19's maps, so that
maps between Gaussians of them carry style before any is taught, and its decoder learns to make
pictures of them. No gradient goes through VGG-19: a step takes a third of one of the lessons
that follow.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from wasserstyle.device import device_of
from wasserstyle.features import Extractor
from wasserstyle.nets.reduced import reduced
from wasserstyle.nets.slim import EDGES, EIGHTH, LOOKS, QUARTER
from wasserstyle.nets.transfer import StyleNetwork
from wasserstyle.nets.units import look
from wasserstyle.ot.gaussian import moments
from wasserstyle.training.data import Pictures
from wasserstyle.training.descent import Descent
from wasserstyle.types import FeatureMap, Image, Maps

STEPS, BATCH, CROP = 1000, 8, 96
RATE, FALL = 1e-3, 1e-3
SEEN = {QUARTER: ("relu3_1", EDGES), EIGHTH: ("relu4_1", LOOKS)}
"""What a code learns to be: so many components of a layer of its size. Of photographs and
paintings they hold 71 and 81 % of the layers' variance."""
LAYERS = [layer for layer, _ in SEEN.values()]
SEEN_WEIGHT = 0.1
"""Of the codes' mean squares beside the pixels'."""
FITTED = 24
"""Batches whose components they are."""


@dataclass(frozen=True)
class Components:
    """Largest principal components of a layer's vectors, of mean square one over all."""

    mean: Float[Tensor, "c 1 1"]
    axes: Float[Tensor, "k c"]

    @classmethod
    def of(cls, maps: Iterable[FeatureMap], count: int) -> "Components":
        """Of all positions of some maps."""
        found = moments(torch.cat([m.movedim(1, -1).flatten(0, 2) for m in maps]).double())
        variances, axes = torch.linalg.eigh(found.covariance)
        unit = variances[-count:].mean().sqrt()
        return cls(found.mean[:, None, None].float(), (axes[:, -count:].T / unit).float())

    def __call__(self, found: FeatureMap) -> FeatureMap:
        """A map's, (B, k, H, W)."""
        return torch.einsum("kc,bchw->bkhw", self.axes, found - self.mean)


@dataclass(frozen=True)
class Sight:
    """What the codes of a picture should be."""

    encoder: Extractor
    components: Mapping[str, Components]
    """Of the layer that a code is to stand for, by the name of the code."""

    @classmethod
    def of(cls, pictures: Pictures, encoder: Extractor, device: torch.device) -> "Sight":
        """With the components of some of the pictures."""
        batches = [pictures.batch(-1 - n, range(BATCH)).to(device) for n in range(FITTED)]
        seen = [look(encoder, batch, LAYERS) for batch in batches]
        fitted = {
            code: Components.of([maps[layer] for maps in seen], count)
            for code, (layer, count) in SEEN.items()
        }
        return cls(encoder, fitted)

    def __call__(self, image: Image) -> Maps:
        """Codes by name."""
        maps = look(self.encoder, image, LAYERS)
        return {code: self.components[code](maps[layer]) for code, (layer, _) in SEEN.items()}


def copy(
    network: StyleNetwork,
    pictures: Pictures,
    encoder: Extractor,
    say: Callable[[str], None],
) -> None:
    """Learn to see and to give pictures back; the same for the same stream of pictures.

    Args:
        network: With codes named as in ``SEEN``.
        pictures: Crops of ``CROP`` pixels.
        encoder: VGG-19.
        say: Called with how far it is, after every batch.
    """
    device = device_of(network)
    descent = Descent(network, rate=RATE, fall=FALL)
    with torch.no_grad():
        sight = Sight.of(pictures, encoder, device)
    for number in range(STEPS):
        image = pictures.batch(number, range(BATCH)).to(device)
        with torch.no_grad():
            wanted = sight(image)
        codes = network.view(image, {})
        copied = F.mse_loss(reduced(network, codes, codes), image)
        seen = [F.mse_loss(codes[code], goal) for code, goal in wanted.items()]
        descent.step(number, copied + SEEN_WEIGHT * torch.stack(seen).sum())
        say(f"learning to see and to copy: {number + 1}/{STEPS}")
