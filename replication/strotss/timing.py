"""Table 1: seconds by size and method, with peak memory, next to the published ones."""

from statistics import median

from replication.paint import Order, cost
from replication.report import Found
from replication.scope import Scope

METHODS = ("strotss", "gatys", "cnnmrf", "contextual", "reshuffle")
PUBLISHED: dict[str, dict[int, str]] = {
    "strotss": {64: "20", 128: "38", 256: "60", 512: "95", 1024: "154"},
    "gatys": {64: "8", 128: "10", 256: "14", 512: "33", 1024: "116"},
    "cnnmrf": {64: "3", 128: "8", 256: "27", 512: "117", 1024: "out of memory"},
    "contextual": {64: "13", 128: "40", 256: "189", 512: "277", 1024: "out of memory"},
    "reshuffle": {512: "69, projected"},
}
"""Seconds, on a GTX 1080 (recalled)."""


def orders(_scope: Scope) -> list[Order]:
    """None: what is timed is painted alone."""
    return []


def run(scope: Scope) -> Found:
    """Medians and spread of runs that are in a process each."""
    names = [name for name in METHODS if not scope.only or name in scope.only]
    return Found(
        title="Time and memory",
        published="seconds on a GTX 1080; a dash: not reported.",
        comment="Default presets, wall time of the painting in a process of its own, median"
        " (least to most), peak memory of the process. On processors, not on a GPU; the machine"
        " had other work to do, so that ratios between methods say more than seconds.",
        table=[
            _row(scope, name, size, rounds)
            for size, rounds in scope.timed.items()
            for name in names
        ],
    )


def _row(scope: Scope, name: str, size: int, rounds: int) -> dict[str, object]:
    order = Order(
        pair=scope.pairs[0], method=name, size=size, settings=scope.quick.get(name, {})
    )
    runs = [cost(scope, order, turn) for turn in range(rounds)]
    seconds = sorted(run["seconds"] for run in runs)
    spread = f" ({seconds[0]:.0f} to {seconds[-1]:.0f})" if rounds > 1 else ""
    return {
        "size": f"{size} px",
        "method": name,
        "published": PUBLISHED[name].get(size),
        "seconds": f"{median(seconds):.0f}{spread}",
        "rounds": rounds,
        "peak MB": round(max(run["peak_bytes"] for run in runs) / 1e6),
    }
