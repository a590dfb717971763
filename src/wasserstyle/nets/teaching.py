"""What a network is taught by: one batch seen through the encoder, and losses of it."""

import abc
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from wasserstyle.errors import BadSetting
from wasserstyle.nets.statistics import mean_and_deviation, normalised
from wasserstyle.streams import stream
from wasserstyle.types import FeatureMap, Image, Maps, Scalar

EVEN = "even"
"""Name of the last lesson, the same for all networks: it takes grid and eyes from one that has
learned to paint (decision 0014)."""


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One batch and what the network makes of it. Maps have a mean square of about one."""

    number: int
    """Of the step, from 0."""
    seed: int
    """Of the training."""
    content: Image
    style: Image
    of_content: Maps
    of_style: Maps
    decoded: FeatureMap
    """What the decoder got."""
    picture: Image
    made: Maps
    """Of the picture."""
    back: Callable[[Image, Maps], Image]
    """Pictures as their own styles, by the network."""
    look: Callable[[Image, Collection[str]], Maps]

    def stream(self, name: str) -> torch.Generator:
        """Randomness of this step alone."""
        return stream(self.seed, self.number, name)


class Teaching(nn.Module, abc.ABC):
    """Losses of a paper, and what of them is learned itself (critics)."""

    taps: ClassVar[tuple[str, ...]]
    """Layers at which pictures are compared."""
    rate: ClassVar[float] = 1e-4
    """Adam's step size (programs of AdaIN and SANet)."""
    fall: ClassVar[float] = 5e-5
    """The step size falls as 1/(1 + fall t) (the same programs)."""

    def shown(self, content: Image, generator: torch.Generator) -> Image:
        """A content as a network that looks at pictures itself sees it. Here: as it is."""
        return content

    def study(self, attempt: Attempt) -> Mapping[str, float]:
        """Learn from a batch before the network does; what to log. Here: nothing."""
        return {}

    @property
    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """Of what is learned here."""
        return {}

    @abc.abstractmethod
    def losses(self, attempt: Attempt) -> Mapping[str, Scalar]:
        """Terms, with their weights; their sum is what the network makes small."""


def chosen(name: str, known: Mapping[str, Callable[[], Teaching]]) -> Teaching:
    """A teaching by its name.

    Raises:
        BadSetting: There is none.
    """
    if name not in known:
        raise BadSetting(f"no losses {name!r}; known: {', '.join([*known, EVEN])}")
    return known[name]()


def statistics_loss(attempt: Attempt, taps: Collection[str]) -> Scalar:
    """The distance to the style's means and deviations (Huang and Belongie 2017, Eq. 13)."""
    return statistics_distance({tap: attempt.made[tap] for tap in taps}, attempt.of_style)


def statistics_distance(found: Maps, wanted: Maps) -> Scalar:
    """Squared differences of means and of deviations, over all layers of the first."""
    terms: list[Tensor] = []
    for tap in found:
        pair = mean_and_deviation(found[tap]), mean_and_deviation(wanted[tap])
        terms += [F.mse_loss(ours, theirs) for ours, theirs in zip(*pair, strict=True)]
    return torch.stack(terms).sum()


def content_loss(attempt: Attempt, taps: Collection[str]) -> Scalar:
    """Squared differences of normalised maps (Park and Lee 2019, Eq. 4)."""
    terms = [
        F.mse_loss(normalised(attempt.made[tap]), normalised(attempt.of_content[tap]))
        for tap in taps
    ]
    return torch.stack(terms).sum()


def identity_losses(attempt: Attempt, taps: Collection[str]) -> tuple[Scalar, Scalar]:
    """A picture as its own style should come back: in pixels, and at the taps.

    Park and Lee 2019, Eq. 6, of one content and one style of the batch: in the mean the same.
    """
    pictures = torch.cat([attempt.content[:1], attempt.style[:1]])
    maps = {
        tap: torch.cat([attempt.of_content[tap][:1], attempt.of_style[tap][:1]]) for tap in taps
    }
    back = attempt.back(pictures, maps)
    found = attempt.look(back, taps)
    pixels = 2 * F.mse_loss(back, pictures)  # a sum over the two
    deep = [2 * F.mse_loss(found[tap], maps[tap]) for tap in taps]
    return pixels, torch.stack(deep).sum()
