"""What the user pins down: regions painted alike, points matched, parts left out.

``value`` is what methods see; ``masks`` finds the colours of masks, ``points`` reads
coordinates, ``read`` makes the value.
"""

from wasserstyle.guidance.points import load_points, parse_points, points_of
from wasserstyle.guidance.read import Shapes, read_guidance, region_names
from wasserstyle.guidance.value import (
    FREE,
    OPAQUE,
    Guidance,
    Part,
    PointPair,
    RegionPair,
    shares_of,
)

__all__ = [
    "FREE",
    "OPAQUE",
    "Guidance",
    "Part",
    "PointPair",
    "RegionPair",
    "Shapes",
    "load_points",
    "parse_points",
    "points_of",
    "read_guidance",
    "region_names",
    "shares_of",
]
