"""A slim network for processors: transport between Gaussians of its own codes.

Ours, after Wasserstein Style Transfer (Mroueh, AISTATS 2020, arXiv:1905.12828), where the
features of an encoder are moved by the optimal map between the Gaussians of content and style,
and a decoder makes a picture of them. Here both are slim and learn together; what they learn
from is what AdaIN learns from.

Notation: f_c, f_s codes of content and style at one layer, T the linear map that moves the
Gaussian of f_c onto that of f_s at least cost, t(f) = μ_s + T (f - μ_c).

Where we differ (paper / default here):

* encoder: VGG-19 / slim, codes at a quarter and an eighth of the size, which begin as principal
  components of relu3_1 and relu4_1 (decision 0021) and learn on with the decoder.
* decoder: trained to give pictures back / the same, and then with the style.
* T: by eigenvalues / by products of matrices (Newton and Schulz), held still for the gradient.
* losses: reconstruction / the pixels of a teacher, our AdaIN, and what VGG-19 sees of its
  picture, AdaIN's loss of the style, and how evenly edges lie in cells of eight pixels. The
  contents have noise, of which nothing shall be made.
* several styles: barycentre of the Gaussians / mixture of what each would make.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, final

import torch
from torch.nn import functional as F

from wasserstyle.netmethod import NetMethod
from wasserstyle.nets import files
from wasserstyle.nets.phases import cells_loss
from wasserstyle.nets.reduced import reduced
from wasserstyle.nets.teaching import Attempt, Teaching, chosen, statistics_loss
from wasserstyle.nets.transfer import ByStatistics, ByTransport, StyleNetwork
from wasserstyle.types import Image, Scalar

STYLE_WEIGHT = 30.0
"""Of means and deviations, AdaIN's loss."""
TEACHER_WEIGHT = 50.0
"""Of the mean square of the pixels."""
LOOKS_WEIGHT = 3.0
"""Of the mean squares of differences from the teacher's picture at the taps, which have a mean
square of about one. Pixels and a style alone do not tell strokes from a plaid."""
NOISE = 6 / 255
"""Deviation of the noise in contents, at most."""
TEACHER = "adain"
TAPS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")


class Losses(Teaching):
    """What AdaIN makes of the same pair, AdaIN's loss of the style, and even cells."""

    taps: ClassVar[tuple[str, ...]] = TAPS
    rate: ClassVar[float] = 1e-3
    fall: ClassVar[float] = 2e-3

    def __init__(self) -> None:
        super().__init__()
        self.teacher = ByStatistics().requires_grad_(requires_grad=False)
        files.load(self.teacher, files.bundled(TEACHER))

    def shown(self, content: Image, generator: torch.Generator) -> Image:
        """With noise, which the teacher does not see: of a flat wall nothing shall be made."""
        levels = NOISE * torch.rand(len(content), 1, 1, 1, generator=generator)
        return content + (levels * torch.randn(content.shape, generator=generator)).to(content)

    def losses(self, attempt: Attempt) -> Mapping[str, Scalar]:
        """See :meth:`Teaching.losses`."""
        with torch.no_grad():
            goal = reduced(self.teacher, attempt.of_content, attempt.of_style).clamp(0, 1)
            wanted = attempt.look(goal, TAPS)
        looks = [F.mse_loss(attempt.made[tap], wanted[tap]) for tap in TAPS]
        return {
            "teacher": TEACHER_WEIGHT * F.mse_loss(attempt.picture, goal),
            "looks": LOOKS_WEIGHT * torch.stack(looks).sum(),
            "style": STYLE_WEIGHT * statistics_loss(attempt, TAPS),
            "uneven cells": cells_loss(attempt.picture),
        }


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
