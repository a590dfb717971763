"""Laplacian pyramid with exact reconstruction (Burt and Adelson 1983)."""

from torch.nn import functional as F

from wasserstyle.types import Image


def enlarge(x: Image, height: int, width: int) -> Image:
    """Upsample by about two, smoothly: bilinear, then the binomial [1, 2, 1]/4 on both axes.

    Bilinear upsampling alone treats odd and even pixels differently, and what is optimised
    through it keeps a grid of period two (decision 0006). The binomial has a double zero there.
    """
    x = F.interpolate(x, (height, width), mode="bilinear", align_corners=False)
    x = F.pad(x, (1, 1, 1, 1), mode="replicate")
    x = (x[..., :-2] + 2 * x[..., 1:-1] + x[..., 2:]) / 4
    return (x[..., :-2, :] + 2 * x[..., 1:-1, :] + x[..., 2:, :]) / 4


def halve(x: Image) -> Image:
    """Average 2 x 2 pixels, or nearly so where a side is odd; no side becomes zero."""
    height, width = max(x.shape[2] // 2, 1), max(x.shape[3] // 2, 1)
    return F.interpolate(x, (height, width), mode="bilinear", align_corners=False)


def decompose(x: Image, levels: int) -> list[Image]:
    """Split an image into ``levels`` band-pass images and a low-pass rest, fine to coarse."""
    bands: list[Image] = []
    for _ in range(levels):
        small = halve(x)
        bands.append(x - enlarge(small, x.shape[2], x.shape[3]))
        x = small
    return [*bands, x]


def reconstruct(bands: list[Image]) -> Image:
    """Invert :func:`decompose`."""
    x = bands[-1]
    for band in reversed(bands[:-1]):
        x = band + enlarge(x, band.shape[2], band.shape[3])
    return x


def finest_band(x: Image) -> Image:
    """What the first halving of an image loses: its finest detail, around zero."""
    return decompose(x, 1)[0]
