"""Hypercolumns of images of any size, in the memory of one window."""

from collections.abc import Callable, Mapping

from wasserstyle.features.sampling import Locate, hypercolumns
from wasserstyle.types import Cloud, FeatureMap, Image, Positions
from wasserstyle.windows import windows


def hypercolumns_of(
    image: Image,
    positions: Positions,
    maps: Callable[[Image], Mapping[str, FeatureMap]],
    *,
    locate: Locate,
    side: int,
) -> Cloud:
    """:func:`hypercolumns`, one window after the other where the image is larger than one.

    Args:
        image: The whole image.
        positions: (row, column) in its pixels.
        maps: Network; the first map it returns is at full resolution.
        locate: Rule that carries a position to a coarser map.
        side: Largest side of a window, pixels.

    Returns:
        (n, sum of channels), in the order of the positions.
    """
    height, width = image.shape[2:]
    cloud: Cloud | None = None
    for window in windows(height, width, side):
        here = window.holds(positions).nonzero()[:, 0]
        if len(here):
            at = window.inside(positions[here])
            read = hypercolumns(maps(window.cut(image)), at, locate)
            if cloud is None:
                cloud = read.new_empty(len(positions), read.shape[1])
            cloud[here] = read
    if cloud is None:
        raise ValueError("no positions to read at")
    return cloud
