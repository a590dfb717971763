"""Where features are read, and how: positions inside a region, hypercolumns at positions."""

import math
from collections.abc import Callable, Iterable, Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.device import send
from wasserstyle.types import Cloud, FeatureMap, Maps, Positions, Region

Sampler = Callable[[int, torch.Generator], Positions]
"""Draws about so many positions (row, column) inside its region; never none, never outside."""
Along = Float[Tensor, " n"]
"""Positions along one axis."""
Locate = Callable[[Along, float], Along]
"""Where pixels of the image lie in a map, by the size of its pixels in those of the image."""
STRIP = 8
"""Height of the strips that stratified draws follow, pixels."""


# ------------------------------------------------------------------ where: positions
def uniform(region: Region) -> Sampler:
    """Independent draws with replacement, every pixel of the region alike."""
    width = region.shape[1]
    inside = None if region.all() else region.flatten().nonzero()[:, 0]
    pixels = region.numel() if inside is None else len(inside)

    def sample(count: int, generator: torch.Generator) -> Positions:
        index = send(torch.randint(pixels, (count,), generator=generator), region.device)
        index = index if inside is None else inside[index]
        return torch.stack([index // width, index % width], dim=1)

    return sample


def stratified(region: Region) -> Sampler:
    """One draw from each of equal parts of the region: every pixel alike, no part missed.

    The parts follow each other along strips of the region, about as wide as high where there is
    a point for every ``STRIP`` x ``STRIP`` pixels, and begin elsewhere in every draw. Of the
    points every second, every third, ... are stratified, too. Ours, decision 0009.
    """
    rows, columns = region.nonzero().unbind(1)
    along = (rows // STRIP * region.shape[1] + columns) * STRIP + rows % STRIP
    pixels = torch.stack([rows, columns], dim=1)[along.argsort()]

    def sample(count: int, generator: torch.Generator) -> Positions:
        begin, within = torch.rand(count + 1, generator=generator, dtype=torch.float64).split(
            [1, count]
        )
        parts = (torch.arange(count) + within) / count + begin
        index = (parts * len(pixels)).long() % len(pixels)
        return pixels[send(index, region.device)]

    return sample


def lattice(region: Region) -> Sampler:
    """A regular lattice with a random offset each time (Kolkin et al. 2019, Sec. 2.5).

    Of about as many points as asked for; where none falls into the region, a uniform draw.
    """
    pixels = int(region.sum())

    def sample(count: int, generator: torch.Generator) -> Positions:
        pitch = max(1.0, math.sqrt(pixels / count))
        points = _lattice_points(region, pitch, generator)
        return points if len(points) else uniform(region)(count, generator)

    return sample


SAMPLERS: Mapping[str, Callable[[Region], Sampler]] = {
    "stratified": stratified,
    "uniform": uniform,
    "lattice": lattice,
}
"""By the names that settings give them."""


def fixed_lattice(region: Region, generator: torch.Generator) -> Region:
    """Only the pixels of a region on a lattice of about 128 x 128 (the authors' code)."""
    ratio = math.sqrt(region.numel() // 16384)
    strides = max(math.floor(ratio), 1), max(math.ceil(ratio), 1)
    rows, columns = (int(torch.randint(s, (1,), generator=generator)) for s in strides)
    kept = torch.zeros_like(region)
    kept[rows :: strides[0], columns :: strides[1]] = True
    kept &= region
    return kept if kept.any() else region


def _lattice_points(region: Region, pitch: float, generator: torch.Generator) -> Positions:
    offsets = torch.rand(2, generator=generator, dtype=torch.float64) * pitch
    axes = [_axis(o, n, pitch) for o, n in zip(offsets.tolist(), region.shape, strict=True)]
    points = torch.cartesian_prod(*axes).reshape(-1, 2).to(region.device)
    return points[region[points[:, 0], points[:, 1]]]


def _axis(offset: float, length: int, pitch: float) -> Tensor:
    """Pixels of one axis from an offset on; at least one, however short the axis."""
    first = min(offset, length - 1)
    steps = torch.arange(math.ceil((length - first) / pitch), dtype=torch.float64)
    return (first + pitch * steps).long().clamp(max=length - 1)


# ------------------------------------------------------------------ how: hypercolumns
def centres(points: Along, pixel: float) -> Along:
    """Pixel centres on pixel centres: what bilinear upsampling of the map would show."""
    return (points + 0.5) / pixel - 0.5


def corners(points: Along, pixel: float) -> Along:
    """Aligned at the top left corner (the authors' code, output and content)."""
    return points / pixel


def truncated(points: Along, pixel: float) -> Along:
    """The feature whose cell holds the pixel, no interpolation (the authors' code, style)."""
    return (points / pixel).floor()


def hypercolumns(maps: Maps, positions: Positions, locate: Locate = centres) -> Cloud:
    """Feature vectors of all layers at each position, side by side.

    Bilinear between the four nearest features, clamped at the border.

    Args:
        maps: Feature maps of ONE image; the first is at full resolution, and each axis of the
            others is that size halved some times, rounding down.
        positions: (row, column) in pixels of the first map.
        locate: Rule that carries a position to a coarser map.

    Returns:
        (n, sum of channels), float32 or wider.
    """
    return hypercolumns_along(maps.values(), positions, locate)


def hypercolumns_along(
    maps: Iterable[FeatureMap], positions: Positions, locate: Locate
) -> Cloud:
    """:func:`hypercolumns`, each map read before the next one is asked for."""
    full, columns = None, list[Tensor]()
    for feature in maps:
        full = full or feature.shape[2:]
        halvings = [_halvings(n, m) for n, m in zip(full, feature.shape[2:], strict=True)]
        dtype = torch.promote_types(feature.dtype, torch.float32)
        axes = zip(positions.to(dtype).unbind(1), halvings, strict=True)
        columns.append(_read(feature, *(locate(axis, 2.0**k) for axis, k in axes)))
    return torch.cat(columns, dim=1)


def _halvings(full: int, size: int) -> int:
    count = 0
    while full > size:
        full //= 2
        count += 1
    return count


def _read(feature: FeatureMap, rows: Along, columns: Along) -> Cloud:
    """Bilinear, all four neighbours in one gather of rows."""
    _, channels, height, width = feature.shape
    (row, below, down), (column, beside, right) = (
        _between(rows, height),
        _between(columns, width),
    )
    index = torch.cat([r * width + c for r in (row, below) for c in (column, beside)])
    weight = torch.cat([v * u for v in (1 - down, down) for u in (1 - right, right)])
    # A view where the map is channels-last, and so is its gradient: no copy of the whole map.
    points = feature.permute(0, 2, 3, 1).reshape(-1, channels)
    values = points.index_select(0, index).to(rows.dtype) * weight[:, None]
    return values.unflatten(0, (4, -1)).sum(dim=0)


def _between(points: Along, length: int) -> tuple[Tensor, Tensor, Along]:
    """The features around each point, and how far it is from the first to the second."""
    points = points.clamp(0, length - 1)
    low = points.floor()
    return low.long(), (low.long() + 1).clamp(max=length - 1), points - low
