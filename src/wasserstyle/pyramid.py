"""Laplacian pyramid with exact reconstruction (Burt and Adelson 1983)."""

from torch.nn.functional import interpolate

from wasserstyle.types import Image


def _resize(x: Image, height: int, width: int) -> Image:
    return interpolate(x, (height, width), mode="bilinear", align_corners=False)


def decompose(x: Image, levels: int) -> list[Image]:
    """Split an image into ``levels`` band-pass images and a low-pass rest, fine to coarse."""
    bands: list[Image] = []
    for _ in range(levels):
        small = _resize(x, max(x.shape[2] // 2, 1), max(x.shape[3] // 2, 1))
        bands.append(x - _resize(small, x.shape[2], x.shape[3]))
        x = small
    return [*bands, x]


def reconstruct(bands: list[Image]) -> Image:
    """Invert :func:`decompose`."""
    x = bands[-1]
    for band in reversed(bands[:-1]):
        x = band + _resize(x, band.shape[2], band.shape[3])
    return x


def finest_band(x: Image) -> Image:
    """What the first halving of an image loses: its finest detail, around zero."""
    return decompose(x, 1)[0]
