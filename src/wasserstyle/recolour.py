"""Colours of one picture carried to another, by Gaussian optimal transport."""

from collections.abc import Callable, Sequence

import torch

from wasserstyle.ot.gaussian import Moments, geodesic, mixture, moments, transported
from wasserstyle.types import Image, Region, everywhere

PIECE = 1 << 16
"""Pixels that are carried at once: what is needed beside the pictures does not grow."""


def recolour(image: Image, like: Image) -> Image:
    """Give an image the mean and covariance of another's colours, moving them the least.

    Monge-Kantorovich linear colour transfer (Pitié and Kokaram 2007), in sRGB.

    Args:
        image: What to recolour, (1, 3, H, W) in [0, 1].
        like: Where the colours come from, any size.

    Returns:
        An image of the size of ``image``, clamped to [0, 1].
    """
    return carry(image, colours(like))


def colours(image: Image, region: Region | None = None) -> Moments:
    """Mean and covariance of the colours in a region, or of all; float64."""
    whole = region is None or bool(region.all())  # choosing all takes as long as the rest
    pixels = image[0].flatten(1) if whole else image[0][:, region]
    pieces = pixels.T.split(PIECE)
    return mixture([moments(piece.double()) for piece in pieces], [len(p) for p in pieces])


def colours_of_styles(
    images: Sequence[Image],
    regions: Sequence[Region | None],
    weights: Sequence[float],
    mixing: Callable[[Sequence[Moments], Sequence[float]], Moments] = mixture,
) -> Moments:
    """One Gaussian of the colours in regions of several styles.

    Args:
        images: The styles.
        regions: Of each; None: it has none, and is left out.
        weights: Of each, relative.
        mixing: How several Gaussians become one.
    """
    seen = [s for s in zip(images, regions, weights, strict=True) if s[1] is not None]
    return mixing([colours(image, region) for image, region, _ in seen], [w for *_, w in seen])


def carry(
    image: Image, like: Moments, *, region: Region | None = None, share: float = 1.0
) -> Image:
    """Move the colours of a region to other moments, and leave what is around it.

    Args:
        image: (1, 3, H, W) in [0, 1].
        like: Where the colours go.
        region: None: all of the image.
        share: How far along the geodesic from their own moments (0) to those (1).

    Returns:
        An image of the same size, what was moved clamped to [0, 1].
    """
    own = colours(image, region)
    goal = like if share == 1 else geodesic(own, like, share)
    result = image.clone(memory_format=torch.contiguous_format)
    pixels = result[0].flatten(1)  # a view: pieces of it are written in place
    inside = (everywhere(image) if region is None else region).flatten()
    for piece, held in zip(pixels.split(PIECE, dim=1), inside.split(PIECE), strict=True):
        moved = transported(piece.T.double(), own, goal).T.clamp(0, 1)
        piece.copy_(torch.where(held, moved.to(piece), piece))
    return result
