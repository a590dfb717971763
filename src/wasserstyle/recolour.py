"""Colours of one picture carried to another, by Gaussian optimal transport."""

import torch

from wasserstyle.ot.gaussian import monge_map
from wasserstyle.types import Image


def recolour(image: Image, like: Image) -> Image:
    """Give an image the mean and covariance of another's colours, moving them the least.

    Monge-Kantorovich linear colour transfer (Pitié and Kokaram 2007), in sRGB.

    Args:
        image: What to recolour, (1, 3, H, W) in [0, 1].
        like: Where the colours come from, any size.

    Returns:
        An image of the size of ``image``, clamped to [0, 1].
    """
    x, y = (i[0].flatten(1).cpu().double() for i in (image, like))
    mean_x, mean_y = x.mean(1, keepdim=True), y.mean(1, keepdim=True)
    transport = monge_map(torch.cov(x, correction=0), torch.cov(y, correction=0))
    moved = mean_y + transport @ (x - mean_x)
    return moved.clamp(0, 1).to(image).unflatten(1, image.shape[2:])[None]
