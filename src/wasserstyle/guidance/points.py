"""Pairs of points, as they are typed and as they are kept in files.

``12,40:100,80`` is x,y in the content and x,y in the style: whole numbers are pixels, numbers
with a decimal point are shares of width and height. A file is a JSON object,
``{"unit": "fraction", "points": [{"content": [x, y], "style": [x, y], "which": 0}]}``.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from wasserstyle.errors import BadGuidance
from wasserstyle.guidance.read import Shapes
from wasserstyle.guidance.value import PointPair

MOST_BYTES = 1_000_000
"""Of a file of points."""
UNITS = ("fraction", "pixel")
WRITTEN = "write it as x,y:x,y, like 120,80:300,40 (pixels) or 0.25,0.5:0.6,0.1 (shares)"


def parse_points(texts: Sequence[str], shapes: Shapes) -> list[PointPair]:
    """Read pairs as they are typed; they refer to the first style.

    Raises:
        BadGuidance: Something else, or a point outside its picture.
    """
    pairs: list[PointPair] = []
    for text in texts:
        sides = [side.split(",") for side in text.split(":")]
        if [len(side) for side in sides] != [2, 2]:
            raise BadGuidance(f"--point {text!r}; {WRITTEN}")
        try:
            own, theirs = (_typed(side) for side in sides)
        except ValueError as error:
            raise BadGuidance(f"--point {text!r}; {WRITTEN}") from error
        pairs.append(_pair(own, theirs, 0, shapes))
    return pairs


def load_points(path: Path, shapes: Shapes) -> list[PointPair]:
    """Read a file of points.

    Raises:
        BadGuidance: It cannot be read or says something else.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadGuidance(
                f"{path}: larger than {MOST_BYTES:,} bytes; that is no file of points"
            )
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadGuidance(f"{path}: no readable JSON ({error}); see the manual") from error
    try:
        return points_of(data, shapes)
    except BadGuidance as error:
        raise BadGuidance(f"{path}: {error}") from error


def points_of(data: Any, shapes: Shapes) -> list[PointPair]:  # noqa: ANN401 - anything JSON holds
    """Read points out of JSON, which anyone may have written.

    Raises:
        BadGuidance: It is something else.
    """
    whole = data if isinstance(data, dict) else {"points": data}
    unit, points = whole.get("unit", UNITS[0]), whole.get("points")
    if unit not in UNITS or not isinstance(points, list):
        raise BadGuidance('give {"unit": "fraction" or "pixel", "points": [...]}')
    return [_read(point, unit == "pixel", shapes) for point in points]


def _read(point: Any, in_pixels: bool, shapes: Shapes) -> PointPair:  # noqa: ANN401, FBT001
    """One pair out of JSON."""
    entry = point if isinstance(point, dict) else {}
    sides = [_coordinates(entry.get(side)) for side in ("content", "style")]
    which = entry.get("which", 0)
    if None in sides:
        raise BadGuidance("a point is not understood; give content and style as [x, y]")
    if not isinstance(which, int) or isinstance(which, bool):
        raise BadGuidance(f"which = {str(which)[:20]!r}; give the number of a style, from 0")
    own, theirs = ((x, y, in_pixels) for x, y in filter(None, sides))
    return _pair(own, theirs, which, shapes)


def _coordinates(side: Any) -> tuple[float, float] | None:  # noqa: ANN401 - anything JSON holds
    """Two numbers; None: something else."""
    if not isinstance(side, list) or len(side) != 2:
        return None
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in side):
        return None
    try:
        return float(side[0]), float(side[1])
    except OverflowError:
        return None


_Typed = tuple[float, float, bool]
"""x, y, and whether they are pixels."""


def _typed(side: Sequence[str]) -> _Typed:
    x, y = (float(text) for text in side)
    return x, y, not any("." in text or "e" in text.lower() for text in side)


def _pair(own: _Typed, theirs: _Typed, which: int, shapes: Shapes) -> PointPair:
    if not 0 <= which < len(shapes.styles):
        raise BadGuidance(f"a point is in a style that is not there; {len(shapes.styles)} are")
    return PointPair(_share(own, shapes.content), _share(theirs, shapes.styles[which]), which)


def _share(point: _Typed, shape: tuple[int, int]) -> tuple[float, float]:
    """(row, column) as shares; pixels are meant by their centres."""
    x, y, in_pixels = point
    height, width = shape if in_pixels else (1, 1)
    x, y = ((x + 0.5) / width, (y + 0.5) / height) if in_pixels else (x, y)
    if not (math.isfinite(x) and math.isfinite(y) and 0 <= x <= 1 and 0 <= y <= 1):
        size = f"{shape[1]} x {shape[0]} pixels"
        raise BadGuidance(f"point {point[0]:g},{point[1]:g} is outside its picture ({size})")
    return y, x
