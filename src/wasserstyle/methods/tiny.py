"""A slim network for processors: transport between Gaussians of its own codes.

Ours, after Wasserstein Style Transfer (Mroueh, AISTATS 2020, arXiv:1905.12828), where the
features of an encoder are moved by the optimal map between the Gaussians of content and style,
and a decoder makes a picture of them. Here both are slim and learn together, from the pictures
of a larger network.

Notation: f_c, f_s codes of content and style at one layer, T the linear map that moves the
Gaussian of f_c onto that of f_s at least cost, t(f) = μ_s + T (f - μ_c).

Where we differ (paper / default here):

* encoder: VGG-19 / slim, codes at a quarter and an eighth of the size, which begin as principal
  components of relu3_1 and relu4_1 (decision 0021) and learn on with the decoder.
* decoder: trained to give pictures back / the same, and then with the style.
* T: by eigenvalues / by products of matrices (Newton and Schulz), held still for the gradient.
* losses: reconstruction / the pixels of a teacher, our SANet, and what VGG-19 sees of its
  picture; AdaIN's loss of the style, and covariances beside it; how evenly edges lie in cells
  of eight pixels. The contents have noise, of which nothing shall be made.
* several styles: barycentre of the Gaussians / mixture of what each would make.
* grain in the content: none / a fifth of the style's, in even places (decision 0026).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import torch
from torch.nn import functional as F

from wasserstyle.netmethod import NetMethod, decoded_part
from wasserstyle.nets import files
from wasserstyle.nets.phases import cells_loss
from wasserstyle.nets.reduced import reduced
from wasserstyle.nets.statistics import covariances
from wasserstyle.nets.teaching import Attempt, Teaching, chosen, statistics_loss
from wasserstyle.nets.transfer import DEEPEST, ByTransport, ByTwoAttentions, StyleNetwork
from wasserstyle.types import Image, Scalar

STYLE_WEIGHT = 30.0
"""Of means and deviations, AdaIN's loss."""
TEACHER_WEIGHT = 50.0
"""Of the mean square of the pixels."""
LOOKS_WEIGHT = 6.0
"""Of the mean squares of differences from the teacher's picture at the taps, which have a mean
square of about one. Pixels and a style alone do not tell strokes from a plaid."""
COVARIANCES_WEIGHT = 10.0
"""Of squared differences of covariances, in squares of the style's: what goes together in a
stroke, which means and deviations of single channels do not tell."""
NOISE = 6 / 255
"""Deviation of the noise in contents, at most."""
TEACHER = "sanet"
TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")


class Losses(Teaching):
    """What SANet makes of the same pair, the style's first two moments, and even cells."""

    taps: ClassVar[tuple[str, ...]] = (*TAPS, DEEPEST)  # the last for the teacher
    rate: ClassVar[float] = 1e-3
    fall: ClassVar[float] = 2e-3

    def __init__(self) -> None:
        super().__init__()
        self.teacher = ByTwoAttentions().requires_grad_(requires_grad=False)
        files.load(self.teacher, files.bundled(TEACHER))

    def shown(self, content: Image, generator: torch.Generator) -> Image:
        """With noise, which the teacher does not see: of a flat wall nothing shall be made."""
        levels = NOISE * torch.rand(len(content), 1, 1, 1, generator=generator)
        return content + (levels * torch.randn(content.shape, generator=generator)).to(content)

    @torch.no_grad()
    def goal(self, attempt: Attempt) -> Image:
        """What the teacher makes of the batch.

        It is shown the contents mirrored beyond their crops: a frame is painted along the
        border where the encoder has seen its own zeros (decision 0014).
        """
        beyond = (self.teacher.around,) * 4
        shown = F.pad(attempt.content, beyond, mode="reflect")
        seen = decoded_part(attempt.look(shown, self.teacher.needs), self.teacher)
        return reduced(self.teacher, seen, attempt.of_style).clamp(0, 1)

    def losses(self, attempt: Attempt) -> Mapping[str, Scalar]:
        """See :meth:`Teaching.losses`."""
        goal = self.goal(attempt)
        with torch.no_grad():
            wanted = attempt.look(goal, TAPS)
        looks = [F.mse_loss(attempt.made[tap], wanted[tap]) for tap in TAPS]
        return {
            "teacher": TEACHER_WEIGHT * F.mse_loss(attempt.picture, goal),
            "looks": LOOKS_WEIGHT * torch.stack(looks).sum(),
            "style": STYLE_WEIGHT * statistics_loss(attempt, TAPS),
            "covariances": COVARIANCES_WEIGHT * covariances_loss(attempt),
            "uneven cells": cells_loss(attempt.picture),
        }


def covariances_loss(attempt: Attempt) -> Scalar:
    """Squared differences of covariances at the taps, in squares of the styles' own."""
    terms: list[Scalar] = []
    for tap in TAPS:
        x, y = (covariances(maps[tap]) for maps in (attempt.made, attempt.of_style))
        terms.append((x - y).square().sum() / y.square().sum())
    return torch.stack(terms).sum()


@final
@dataclass(frozen=True, kw_only=True)
class Tiny(NetMethod):
    """Gaussian transport of a slim network's codes: a fraction of a second on a processor."""

    name: ClassVar[str] = "tiny"
    citation: ClassVar[str] = "mroueh2020"

    def network(self) -> StyleNetwork:
        """See :meth:`NetMethod.network`."""
        return ByTransport()

    def teaching(self, name: str) -> Teaching:
        """See :meth:`NetMethod.teaching`."""
        return chosen(name, {"default": Losses})


METHOD = Tiny
