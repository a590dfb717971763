"""How near a picture is to its content and to its style, by numbers that no method minimises.

All look through the original VGG-16 (its activation scales: decision 0004), at layers that no
method's default minimises, and at colours. Less is nearer; none is a judgement of beauty. They
are read together: the content itself is perfect in the first, the style itself in the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch

from wasserstyle.features.sampling import hypercolumns
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.image.resize import resize, to_long_side
from wasserstyle.losses.content import self_similarity
from wasserstyle.maps import cloud
from wasserstyle.ot.gaussian import moments, wasserstein2
from wasserstyle.types import Image, Maps, Positions

LAYERS = ("relu1_2", "relu2_2", "relu3_2", "relu4_2")
"""Of the style's score; the last one of the content's."""
SIDE = 256
"""Long side at which pictures are scored, pixels: those of several sizes compare."""
PITCH = 8
"""Between the positions at which self-similarity is compared, pixels."""


@dataclass(frozen=True)
class Scores:
    """Distances of one picture."""

    content: float
    """Change of self-similarity (Kolkin et al. 2019, Eq. 7) at relu4_2, in [0, 2]."""
    style: float
    """Gaussian W2² of features over the style's variance, mean over ``LAYERS``."""
    color: float
    """Gaussian W2 of sRGB colours, in levels of 255."""


@torch.no_grad()
def score(picture: Image, content: Image, style: Image) -> Scores:
    """Score a picture, resized to ``SIDE``.

    Args:
        picture: sRGB in [0, 1], any size.
        content: The same, with the picture's aspect ratio.
        style: The same, any.
    """
    small = to_long_side(picture, SIDE)
    shape = small.shape[2], small.shape[3]
    x, c, y = (_maps(i) for i in (small, resize(content, *shape), to_long_side(style, SIDE)))
    deepest = {"rgb", LAYERS[-1]}
    at = _grid(*shape)
    columns = (
        hypercolumns({k: m for k, m in maps.items() if k in deepest}, at)[:, 3:]
        for maps in (x, c)
    )
    return Scores(
        content=float(self_similarity(*columns)),
        style=sum(_share(x, y, layer) for layer in LAYERS) / len(LAYERS),
        color=255 * max(0.0, _distance(x, y, "rgb")) ** 0.5,
    )


def anchors(content: Image, style: Image) -> Mapping[str, Scores]:
    """Scores of the content and of the style themselves: the ends of the scales."""
    height, width = content.shape[2:]
    return {
        "content": score(content, content, style),
        "style": score(resize(style, height, width), content, style),
    }


@cache
def _network() -> Vgg:
    return Vgg(bundled("vgg16"))


def _maps(image: Image) -> Maps:
    return _network()(image.float().cpu(), {"rgb", *LAYERS})


def _grid(height: int, width: int) -> Positions:
    """Every so many-th pixel, from half a pitch on where there is room."""
    rows, columns = (torch.arange(min(PITCH // 2, n - 1), n, PITCH) for n in (height, width))
    return torch.cartesian_prod(rows, columns)


def _distance(x: Maps, y: Maps, layer: str) -> float:
    """Squared, of the Gaussians of a layer."""
    ours, theirs = (moments(cloud(maps[layer]).double()) for maps in (x, y))
    return float(wasserstein2(ours, theirs))


def _share(x: Maps, y: Maps, layer: str) -> float:
    """Of the style's variance; one without any counts as it is."""
    variance = float(cloud(y[layer]).var(dim=0, correction=0).sum())
    return _distance(x, y, layer) / max(variance, 1e-6)
