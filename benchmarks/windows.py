"""What do windows cost, and is the picture still the whole's?

    python benchmarks/windows.py [--preset fast] [--size 1024] [--ways whole windows 320px 74]

One pair, each way a run of ``wasserstyle transfer`` in a process of its own, one after the
other. All are scored by one evaluator: the preset's objective (α of 512 px) of the written
picture, in float32, on positions of its own seed, 4096 of output and content and 5000 of the
style. "whole": the preset with a window as large as the picture. "windows": the preset. A
number: the preset with so many iterations of the last scale; the coarser ones have as many as
ever. "320px": the preset in windows of that side. Writes results/windows.json, a row as soon
as it is there, with the machine it was taken on.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import torch

from equal_objective import Evaluator
from sizes import PAIR, ROOT, transfer
from wasserstyle.device import processor
from wasserstyle.image import read, to_long_side
from wasserstyle.methods.strotss import Strotss

RESULT = ROOT / "benchmarks/results/windows.json"


def evaluator(preset: Strotss, size: int) -> Evaluator:
    """By the preset's objective, of the pictures as the command line resizes them."""
    content, style = (to_long_side(read(ROOT / path).rgb, size) for path in PAIR)
    return Evaluator(content, style, preset.alpha_of(size))


def settings(preset: Strotss, way: str, size: int) -> list[str]:
    """Of a way, as the command line has them."""
    if way == "whole":
        return ["-s", f"window={size}"]
    if way == "windows":
        return []
    if way.endswith("px"):
        return ["-s", f"window={way.removesuffix('px')}"]
    coarse = preset.iterations * preset.coarse_share / int(way)
    return ["-s", f"iterations={way}", "-s", f"coarse_share={coarse}"]


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--preset", default="default")
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ways", nargs="+", default=["whole", "windows"])
    given = parser.parse_args()
    kept: dict[str, Any] = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    rows = kept.setdefault(f"{given.preset}, {given.size} px, seed {given.seed}", {})
    preset = Strotss.preset(given.preset)
    score = evaluator(preset, given.size)
    for way in given.ways:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.png"
            asked = ["-o", str(out), "--size", str(given.size), "--seed", str(given.seed)]
            asked += ["--preset", given.preset, *settings(preset, way, given.size)]
            found = transfer(*asked)
            row: dict[str, Any] = score.terms(read(out).rgb)
        row |= {"seconds": round(found["seconds"]), "processor": processor()}
        row |= {"threads": torch.get_num_threads()}
        print(way, row, flush=True)
        rows[way] = row
        RESULT.write_text(json.dumps(kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
