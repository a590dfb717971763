"""The three numbers that comparisons print: one of content, one of style, one of colour.

Less is nearer; none is a judgement of beauty. They are read together: the content itself is
perfect in the first, the style itself in the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from wasserstyle.evaluation.scores import Judge
from wasserstyle.types import Image

CHOSEN = {"content": "self_similarity", "style": "gaussian_w2", "color": "colour_w2"}
"""Which metric each of them is."""


@dataclass(frozen=True)
class Scores:
    """Distances of one picture."""

    content: float
    """Change of self-similarity (Kolkin et al. 2019, Eq. 7) at relu4_2, in [0, 2]."""
    style: float
    """Gaussian W2² of features over the style's variance, mean over held-out layers."""
    color: float
    """Gaussian W2 of sRGB colours, in levels of 255."""

    @classmethod
    def of(cls, found: Mapping[str, float]) -> "Scores":
        """From scores by metric."""
        return cls(**{name: found[metric] for name, metric in CHOSEN.items()})


def score(picture: Image, content: Image, style: Image) -> Scores:
    """Score a picture.

    Args:
        picture: sRGB in [0, 1], any size.
        content: The same, with the picture's aspect ratio.
        style: The same, any.
    """
    return Scores.of(Judge.of(content, style, tuple(CHOSEN.values())).score(picture))


def anchors(content: Image, style: Image) -> Mapping[str, Scores]:
    """Scores of the content and of the style themselves: the ends of the scales."""
    ends = Judge.of(content, style, tuple(CHOSEN.values())).anchors()
    return {name: Scores.of(ends[f"{name} itself"]) for name in ("content", "style")}
