"""Whole pictures from preview to print: how long, in how much memory, and what was expected.

    python benchmarks/sizes.py [--sizes 512 1024 2048 4096] [--preset fast] [--device auto]

Each size is a run of ``wasserstyle transfer`` in a process of its own, one after the other, on
an otherwise idle machine; before it, what ``--dry-run`` expects. Peak memory is the process's
(on a GPU: what it has of the host). Writes results/sizes.json, a row as soon as it is there,
with the machine it was taken on; other rows stay.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from wasserstyle.device import processor
from wasserstyle.runs.recipe import versions

ROOT = Path(__file__).parent.parent
RESULT = ROOT / "benchmarks/results/sizes.json"
PAIR = ("examples/content/cat.jpg", "examples/style/hatching.jpg")


def transfer(*more: str) -> dict[str, Any]:
    """The record of a run."""
    command = [sys.executable, "-m", "wasserstyle", "transfer", *PAIR, *more, "--json"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    return json.loads(done.stdout.splitlines()[-1])


def measured(size: int, preset: str, device: str, out: Path) -> dict[str, Any]:
    """One size."""
    asked = ["-o", str(out), "--size", str(size), "--preset", preset, "--device", device]
    expected, found = transfer(*asked, "--dry-run"), transfer(*asked)
    return {
        "seconds": round(found["seconds"], 1),
        "peak_megabytes": round(found["peak_bytes"] / 1e6),
        "expected_seconds": round(expected["seconds"], 1),
        "expected_megabytes": round(expected["bytes"] / 1e6),
    }


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[512, 1024, 2048, 4096])
    parser.add_argument("--preset", default="fast")
    parser.add_argument("--device", default="auto")
    given = parser.parse_args()
    kept: dict[str, Any] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    rows = kept.setdefault(f"{given.preset}, {given.device}", {})
    with tempfile.TemporaryDirectory() as folder:
        for size in given.sizes:
            row = measured(size, given.preset, given.device, Path(folder) / "out.png")
            print(size, row, flush=True)
            rows[str(size)] = row | {"processor": processor(), "versions": versions()}
            RESULT.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
