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

from wasserstyle.guidance import shares_of
from wasserstyle.image.luma import luma
from wasserstyle.nets.cells import cell_means, enlarged
from wasserstyle.types import Image, Region

SIDE = 512
"""Of a tile, pixels; larger pictures repeat it."""
STROKE = 32
"""Pixels of a style's window; what is larger is no stroke, and not in the grain."""
QUIET = 0.25
"""Share of the style's windows that are quieter than its grain."""
CELL, AROUND = 2, 3
"""Pixels of a cell of the content, and cells of the windows in which it is even."""
NOISE = torch.randn(1, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
"""White; always the same, and grain is grey. A constant of exported graphs."""

Tile = Float[Tensor, "1 1 side side"]
Grey = Float[Tensor, "1 1 h w"]


def grain(style: Image, region: Region | None = None) -> Tile:
    """The style's texture as a tile that fits itself.

    Args:
        style: (1, 3, H, W), sRGB in [0, 1].
        region: The part that counts, (H, W), not empty; None: all.

    Returns:
        (1, 1, SIDE, SIDE), around zero; the same for the same style.
    """
    grey = luma(style)
    inside = torch.ones_like(grey) if region is None else region[None, None].to(grey)
    detail = grey - enlarged(cell_means(grey, STROKE, STROKE), STROKE, grey)
    weights = cell_means(inside, STROKE, STROKE)
    variances = cell_means(detail.square() * inside, STROKE, STROKE) / weights.clamp(min=1e-6)
    quiet = _ranked(variances.flatten(), weights.flatten(), QUIET)
    tiny = torch.finfo(grey.dtype).tiny
    calmed = (quiet / (quiet + variances).clamp(min=tiny)).sqrt()
    spot = detail * inside * enlarged(calmed, STROKE, grey)
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
    shares = shares_of(weights, regions)
    grains = [
        share * grain(image, region)
        for share, image, region in zip(shares, images, regions, strict=True)
        if region is not None
    ]
    return torch.cat(grains).sum(dim=0, keepdim=True)


def grained(image: Image, tile: Tile, share: float | Tensor) -> Image:
    """A picture in which no place is more even than a grain.

    Args:
        image: (1, 3, H, W), sRGB in [0, 1].
        tile: The grain.
        share: Of its contrast that even places get; in exported graphs a tensor of one.

    Returns:
        Of the same size, in [0, 1].
    """
    tiny = torch.finfo(tile.dtype).tiny
    there = _variance(luma(image)) / tile.square().mean().clamp(min=tiny)
    missing = (share * share - there).clamp(min=0).sqrt()
    rows, columns = (torch.arange(side, device=tile.device) % SIDE for side in image.shape[2:])
    return (image + missing * tile[:, :, rows][..., columns]).clamp(0, 1)


def _variance(grey: Grey) -> Grey:
    """In windows around every pixel."""
    mean, square = (cell_means(z, CELL, CELL) for z in (grey, grey.square()))
    for _ in range(2):
        mean, square = (
            F.avg_pool2d(z, AROUND, 1, AROUND // 2, count_include_pad=False)
            for z in (mean, square)
        )
    return enlarged((square - mean.square()).clamp(min=0), CELL, grey)


def _ranked(values: Tensor, weights: Tensor, share: float) -> Tensor:
    """The value of which a share of the weight is smaller."""
    ranked, order = values.sort()
    heaped = weights[order].cumsum(dim=0)
    return ranked[(heaped < share * weights.sum()).sum()]


def _folded(spot: Grey) -> Tile:
    """To a tile: what lies beyond it comes in at the other side."""
    down, across = ((SIDE - side % SIDE) % SIDE for side in spot.shape[2:])
    whole = F.pad(spot, (0, across, 0, down))
    return whole.unflatten(3, (-1, SIDE)).unflatten(2, (-1, SIDE)).sum(dim=(2, 4))
