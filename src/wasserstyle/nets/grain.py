"""Grain: a little of the style's texture in the content, before a network looks at it.

Ours (decision 0026). A network makes strokes of what it is shown. Of an even sky it makes
nothing, or the lattice of its own cells, and a halo where the sky begins. So even places are
given grain: white noise convolved with the style (asymptotic discrete spot noise: Galerne,
Gousseau and Morel, Random Phase Textures, IEEE Transactions on Image Processing 2011), the
Gaussian texture that has the style's spectrum, and so strokes of its size and direction. It is
as strong as the style is in its quiet parts: with bare paper in it, even places stay bare.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from wasserstyle.types import Image, Region

SIDE = 512
"""Of a tile, pixels; larger pictures repeat it."""
STROKE = 32
"""Pixels of a style's window; what is larger is no stroke, and not in the grain."""
QUIET = 0.25
"""Share of the style's windows that are quieter than its grain."""
CELL, AROUND = 2, 3
"""Pixels of a cell of the content, and cells of the windows in which it is even."""
LUMA = (0.299, 0.587, 0.114)
"""Grain is grey."""
NOISE = torch.randn(1, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
"""White; always the same, and a constant of exported graphs."""

Tile = Float[Tensor, "1 1 side side"]
Grey = Float[Tensor, "1 1 h w"]
Cells = Float[Tensor, "1 1 rows columns"]


def grain(style: Image, region: Region | None = None) -> Tile:
    """The style's texture as a tile that fits itself.

    Args:
        style: (1, 3, H, W), sRGB in [0, 1].
        region: The part that counts, (H, W), not empty; None: all.

    Returns:
        (1, 1, SIDE, SIDE), around zero; the same for the same style.
    """
    grey = _grey(style)
    inside = torch.ones_like(grey) if region is None else region[None, None].to(grey)
    detail = grey - _enlarged(_means(grey, STROKE), STROKE, grey)
    weights = _means(inside, STROKE)
    variances = _means(detail.square() * inside, STROKE) / weights.clamp(min=1e-6)
    quiet = _ranked(variances.flatten(), weights.flatten(), QUIET)
    tiny = torch.finfo(grey.dtype).tiny
    calmed = (quiet / (quiet + variances).clamp(min=tiny)).sqrt()
    spot = detail * inside * _enlarged(calmed, STROKE, grey)
    noise = NOISE.to(grey)
    texture = torch.fft.irfft2(torch.fft.rfft2(_folded(spot)) * torch.fft.rfft2(noise))
    return texture * (quiet / texture.square().mean().clamp(min=tiny)).sqrt()


def grain_of_styles(
    images: Sequence[Image], regions: Sequence[Region | None], weights: Sequence[float]
) -> Tile:
    """A mixture of the grains of several styles.

    Args:
        images: The styles.
        regions: Of each; None: it has none, and is left out.
        weights: Of each, relative.
    """
    seen = [s for s in zip(images, regions, weights, strict=True) if s[1] is not None]
    whole = sum(weight for *_, weight in seen)
    grains = [weight / whole * grain(image, region) for image, region, weight in seen]
    return torch.cat(grains).sum(dim=0, keepdim=True)


def grained(image: Image, tile: Tile, share: float | Tensor) -> Image:
    """A picture in which no place is more even than a grain.

    Args:
        image: (1, 3, H, W), sRGB in [0, 1].
        tile: The grain.
        share: Of its contrast that even places get; a number, or one for every pixel.

    Returns:
        Of the same size, in [0, 1].
    """
    tiny = torch.finfo(tile.dtype).tiny
    there = _variance(_grey(image)) / tile.square().mean().clamp(min=tiny)
    missing = (share * share - there).clamp(min=0).sqrt()
    rows, columns = (torch.arange(side, device=tile.device) % SIDE for side in image.shape[2:])
    return (image + missing * tile[:, :, rows][..., columns]).clamp(0, 1)


def _grey(image: Image) -> Grey:
    """Luma."""
    return (image * torch.tensor(LUMA).to(image)[:, None, None]).sum(dim=1, keepdim=True)


def _variance(grey: Grey) -> Grey:
    """In windows around every pixel."""
    mean, square = (_means(z, CELL) for z in (grey, grey.square()))
    for _ in range(2):
        mean, square = (
            F.avg_pool2d(z, AROUND, 1, AROUND // 2, count_include_pad=False)
            for z in (mean, square)
        )
    return _enlarged((square - mean.square()).clamp(min=0), CELL, grey)


def _ranked(values: Tensor, weights: Tensor, share: float) -> Tensor:
    """The value of which a share of the weight is smaller."""
    ranked, order = values.sort()
    heaped = weights[order].cumsum(dim=0)
    return ranked[(heaped < share * weights.sum()).sum()]


def _means(grey: Grey, side: int) -> Cells:
    """Of cells; the edge goes on to whole ones."""
    down, across = ((side - n % side) % side for n in grey.shape[2:])
    return F.avg_pool2d(F.pad(grey, (0, across, 0, down), mode="replicate"), side)


def _enlarged(means: Cells, side: int, like: Grey) -> Grey:
    """Values of cells, linearly between their middles, at the size of a picture."""
    smooth = F.interpolate(means, scale_factor=float(side), mode="bilinear")
    return smooth[..., : like.shape[2], : like.shape[3]]


def _folded(spot: Grey) -> Tile:
    """To a tile: what lies beyond it comes in at the other side."""
    down, across = ((SIDE - side % SIDE) % SIDE for side in spot.shape[2:])
    whole = F.pad(spot, (0, across, 0, down))
    return whole.unflatten(3, (-1, SIDE)).unflatten(2, (-1, SIDE)).sum(dim=(2, 4))
