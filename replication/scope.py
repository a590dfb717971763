"""How much of an experiment is done: all of it, or as little as proves that it runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
KEPT, RESULTS = ROOT / "out/replication", ROOT / "replication/results"

Pair = tuple[str, str]
"""Names of content and style among the examples."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What an experiment is done on."""

    pairs: tuple[Pair, ...]
    size: int
    """Long side of what is painted, pixels."""
    quick: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Settings of methods that make them quick; none in full."""
    points: int
    """Features of each picture between which exact transport is found."""
    sizes: tuple[int, ...]
    """At which features are compared."""
    timed: Mapping[int, int]
    """Rounds of the timing table by size."""
    weights: tuple[float, ...]
    """Content weights of the trade-off."""
    curve_size: int
    """Long side of its many pictures, pixels."""
    only: tuple[str, ...] = ()
    """Methods to compare; empty: all."""
    kept: Path = KEPT
    results: Path = RESULTS

    def paths(self, pair: Pair) -> tuple[Path, Path]:
        """Content and style."""
        return EXAMPLES / f"content/{pair[0]}.jpg", EXAMPLES / f"style/{pair[1]}.jpg"


FULL = Scope(
    pairs=(("cat", "swirls"), ("astronaut", "mosaic"), ("coffee", "watercolour")),
    size=256,
    points=1024,
    sizes=(64, 128, 256, 512),
    timed={64: 3, 128: 3, 256: 3, 512: 1, 1024: 1},
    weights=(2.0, 1.0, 0.25),
    curve_size=128,
)


def small(folder: Path) -> Scope:
    """A minute of everything, in a folder of its own."""
    steps = {"iterations": 2}
    return Scope(
        pairs=(("cat", "swirls"),),
        size=64,
        quick={
            "strotss": steps | {"samples": 64, "style_pool": 100},
            "gaussian_w2": steps,
            "gatys": steps,
        },
        points=64,
        sizes=(64,),
        timed={64: 1},
        weights=(2.0, 0.25),
        curve_size=64,
        only=("strotss", "gatys", "adain"),
        kept=folder / "kept",
        results=folder / "results",
    )
