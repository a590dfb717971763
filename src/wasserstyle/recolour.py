"""Colours of one picture carried to another, by Gaussian optimal transport."""

from collections.abc import Sequence

import torch

from wasserstyle.ot.gaussian import Moments, geodesic, mixture, moments, transported
from wasserstyle.types import Cloud, Image, Region

PIECE = 1 << 20
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
    return moved(image, colours(image), colours(like))


def recolour_parts(
    image: Image, parts: Sequence[tuple[Region, Sequence[tuple[Image, Region, float]]]]
) -> Image:
    """Give each region the colours of parts of other pictures, taken as one cloud.

    Args:
        image: What to recolour.
        parts: Regions of the image, and for each the pictures, the regions of them and their
            shares.
    """
    result = image.clone()
    for region, pictures in parts:
        like = mixture([colours(i, r) for i, r, _ in pictures], [s for *_, s in pictures])
        result = torch.where(region, moved(image, colours(image, region), like), result)
    return result


def colours(image: Image, region: Region | None = None) -> Moments:
    """Mean and covariance of the colours in a region, float64."""
    pixels = image[0].flatten(1) if region is None else image[0][:, region]
    pieces = pixels.T.split(PIECE)
    return mixture([moments(piece.double()) for piece in pieces], [len(p) for p in pieces])


def moved(image: Image, own: Moments, like: Moments, share: float = 1.0) -> Image:
    """An image with its colours on the way from their own moments (share 0) to others (1)."""
    goal = like if share == 1 else geodesic(own, like, share)
    pixels: Cloud = image[0].flatten(1).T
    pieces = [transported(p.double(), own, goal).to(image) for p in pixels.split(PIECE)]
    return torch.cat(pieces).clamp(0, 1).T.unflatten(1, image.shape[2:])[None]
