"""A network learns to transfer style: one batch of contents and styles a step."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch
from torch import nn

from wasserstyle import processes
from wasserstyle.device import device_of
from wasserstyle.features import Extractor
from wasserstyle.nets.reduced import reduced
from wasserstyle.nets.teaching import Attempt, Teaching
from wasserstyle.nets.transfer import StyleNetwork
from wasserstyle.nets.units import look
from wasserstyle.streams import stream
from wasserstyle.training.data import Pictures
from wasserstyle.training.descent import Descent
from wasserstyle.types import FeatureMap, Image, Maps

Seen = tuple[Image, Maps]
"""Pictures, and what the encoder sees of them."""


@dataclass(frozen=True)
class Sources:
    """What there is to train on."""

    contents: Pictures
    styles: Pictures
    batch: int

    def pairs(self, number: int, device: torch.device) -> tuple[Image, Image]:
        """Contents and styles of a step, those of this process."""
        numbers = processes.own(range(self.batch))
        return (
            self.contents.batch(number, numbers).to(device),
            self.styles.batch(number, numbers).to(device),
        )


def matched(network: StyleNetwork, content: Seen, style: Seen) -> FeatureMap:
    """What the decoder gets."""
    views = (network.view(*seen) for seen in (content, style))
    return reduced(network.matched, *views)


class Transfer:
    """See :class:`~wasserstyle.training.loop.Lesson`.

    Args:
        network: It learns from the weights it has.
        teaching: Losses, and what learns beside it.
        encoder: VGG-19.
        sources: Pictures.
    """

    def __init__(
        self, network: StyleNetwork, teaching: Teaching, encoder: Extractor, sources: Sources
    ) -> None:
        self.network, self.teaching, self.encoder = network, teaching, encoder
        self.sources = sources
        self.state: nn.Module = nn.ModuleDict({"network": network, "teaching": teaching})
        self.descent = Descent(network, rate=teaching.rate, fall=teaching.fall)
        self.optimisers = {"network": self.descent.optimiser, **teaching.optimisers}

    def step(self, number: int) -> Mapping[str, float]:
        """One batch."""
        attempt = self.attempt(number)
        logged = dict(self.teaching.study(attempt))
        losses = self.teaching.losses(attempt)
        self.descent.step(number, torch.stack(list(losses.values())).sum())
        return logged | {name: float(value.detach()) for name, value in losses.items()}

    def attempt(self, number: int) -> Attempt:
        """The batch of a step, and what the network makes of it now."""
        content, style = self.sources.pairs(number, device_of(self.network))
        layers = {*self.teaching.taps, *self.network.needs}
        with torch.no_grad():
            of_content, of_style = self._look(content, layers), self._look(style, layers)
        seed = self.sources.contents.seed
        shown = self.teaching.shown(content, stream(seed, number, "shown"))
        decoded = matched(self.network, (shown, of_content), (style, of_style))
        picture = reduced(self.network.decoder, decoded)
        return Attempt(
            number=number,
            seed=seed,
            content=content,
            style=style,
            of_content=of_content,
            of_style=of_style,
            decoded=decoded,
            picture=picture,
            made=self._look(picture, layers),
            back=self._back,
            look=self._look,
        )

    def _back(self, pictures: Image, maps: Maps) -> Image:
        seen = pictures, maps
        return reduced(self.network.decoder, matched(self.network, seen, seen))

    def _look(self, image: Image, layers: Collection[str]) -> Maps:
        return look(self.encoder, image, layers)
