"""Which sizes are visited, and how the step size falls."""

import math
from collections.abc import Callable, Mapping

Decay = Callable[[float], float]
"""Factor of the learning rate at a fraction in [0, 1) of a scale's updates."""

WARM_UP = 0.02
"""Share of a scale's updates over which the step size rises, while Adam's averages fill."""
LEVEL = 0.4
"""Share after which it begins to fall (ours, decision 0009)."""
FLOOR = 0.01
"""Where it ends, as a share of the learning rate."""


def scales(size: int, coarsest: int) -> list[int]:
    """Long sides from coarse to fine, each about double the one before, ending at ``size``.

    The first lies in [coarsest, 2 coarsest), or is ``size`` where that is smaller.

    Example:
        >>> scales(512, 64), scales(300, 64), scales(50, 64)
        ([64, 128, 256, 512], [75, 150, 300], [50])
    """
    octaves = max(0, math.floor(math.log2(size / coarsest)))
    return [size // 2**k for k in range(octaves, -1, -1)]


def constant(_: float) -> float:
    """No decay."""
    return 1.0


def late(progress: float) -> float:
    """A short rise, level while the image forms, then a straight fall while it settles."""
    rise = (progress + WARM_UP / 2) / WARM_UP
    fall = FLOOR + (1 - FLOOR) * (1 - progress) / (1 - LEVEL)
    return min(1.0, rise, fall)


DECAYS: Mapping[str, Decay] = {"none": constant, "late": late}
