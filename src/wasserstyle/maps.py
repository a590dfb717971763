"""Whole feature maps as clouds of points, all of them or those inside a region of the picture.

A region is given in pixels of the picture; a cell of a coarser map belongs to it by the share
of its pixels that do.
"""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from wasserstyle.types import Cloud, FeatureMap, Mass, Region, Scalar

Cells = Int[Tensor, " _cells"]
"""Cells of a map by number, row by row."""
HALF = 0.5
"""Share of a cell from which it belongs to a region as a whole."""


def cloud(feature: FeatureMap) -> Cloud:
    """Features of all cells, (h w, C), float32 or wider."""
    dtype = torch.promote_types(feature.dtype, torch.float32)
    return feature[0].permute(1, 2, 0).flatten(0, 1).to(dtype)


def mass_in(region: Region, feature: FeatureMap) -> Mass | None:
    """Mass of every cell, in proportion to its share of the region; None: the region is all."""
    if region.all():
        return None
    shares = _shares(region, feature)
    return shares / shares.sum()


def cells_in(region: Region, feature: FeatureMap) -> Cells:
    """Cells that belong to a region; those with the largest share where none does by half."""
    shares = _shares(region, feature)
    return (shares >= min(HALF, float(shares.max()))).nonzero()[:, 0]


def cells_of(regions: Sequence[Region], feature: FeatureMap) -> list[Cells]:
    """Cells of each of several regions: a cell is of the one with the largest share of it."""
    shares = torch.stack([_shares(region, feature) for region in regions])
    most, owner = shares.max(dim=0)
    return [((owner == n) & (most > 0)).nonzero()[:, 0] for n in range(len(regions))]


def some(cells: Cells, count: int, generator: torch.Generator) -> Cells:
    """At most so many of the cells, drawn at random, in their order."""
    if len(cells) <= count:
        return cells
    pick = torch.randperm(len(cells), generator=generator)[:count].sort().values
    return cells[pick.to(cells.device)]


def in_proportion(available: Sequence[int], shares: Sequence[float], most: int) -> list[int]:
    """How many cells of each picture to take: by share, one at least, as many as there are.

    Example:
        >>> in_proportion([100, 100], [0.75, 0.25], 40)
        [30, 10]
    """
    tiny = 1e-12  # a picture without weight
    pairs = list(zip(available, shares, strict=True))
    whole = min(most, *(cells / max(share, tiny) for cells, share in pairs))
    return [max(1, round(share * whole)) for _, share in pairs]


def some_of_each(
    cells: Sequence[Cells], shares: Sequence[float], most: int, generator: torch.Generator
) -> list[Cells]:
    """Some cells of each picture, drawn at random.

    Args:
        cells: Of each picture.
        shares: Of each picture; how many are drawn is up to :func:`in_proportion`.
        most: Cells in all.
        generator: Picture after picture is drawn with it.
    """
    counts = in_proportion([len(at) for at in cells], shares, most)
    return [some(at, count, generator) for at, count in zip(cells, counts, strict=True)]


def patches(
    feature: FeatureMap, cells: Cells, side: int
) -> Float[Tensor, "_patches _channels {side}*{side}"]:
    """Neighbourhoods of cells, (n, C, side²); beyond the border of the map lies its edge.

    Args:
        feature: One map.
        cells: The middles.
        side: Cells along a patch, odd.
    """
    halo = side // 2
    dtype = torch.promote_types(feature.dtype, torch.float32)
    padded = F.pad(feature.to(dtype), (halo,) * 4, mode="replicate")[0]
    width, wide = feature.shape[3], padded.shape[2]
    steps = torch.arange(side, device=feature.device)
    inside = (steps[:, None] * wide + steps).flatten()
    corners = cells // width * wide + cells % width
    points = padded.permute(1, 2, 0).flatten(0, 1)
    read = points.index_select(0, (corners[:, None] + inside).flatten())
    return read.unflatten(0, (len(cells), side * side)).transpose(1, 2)


def mean_square(x: FeatureMap, target: FeatureMap, mass: Mass | None = None) -> Scalar:
    """Mean of squared differences over channels and cells; mass of cells sums to one."""
    change = (cloud(x) - cloud(target)).square().mean(dim=1)
    return change.mean() if mass is None else mass @ change


def mean_square_to(target: FeatureMap, region: Region) -> Callable[[FeatureMap], Scalar]:
    """How far another map is from this one: :func:`mean_square` over a region of the picture.

    Args:
        target: (1, C, h, w); the other must have the same shape.
        region: In pixels of the picture.
    """
    mass = mass_in(region, target)
    return lambda x: mean_square(x, target, mass)


def total_variation(image: FeatureMap) -> Scalar:
    """Mean of squared differences between neighbouring pixels, down and across."""
    down = (image[..., 1:, :] - image[..., :-1, :]).square()
    across = (image[..., 1:] - image[..., :-1]).square()
    return (down.sum() + across.sum()) / image[0].numel()


def _shares(region: Region, feature: FeatureMap) -> Float[Tensor, " _cells"]:
    inside = region.to(feature.device, torch.float32)[None, None]
    height, width = feature.shape[2:]
    return F.adaptive_avg_pool2d(inside, (height, width)).flatten()
