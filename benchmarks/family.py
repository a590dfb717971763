"""All methods on the same pairs: time, peak memory and scores, and what they look like.

    python benchmarks/family.py [--threads 1] [--methods NAME ...] [--only report]
        [--workers 2 | --cluster ADDRESS]

Every run is kept in out/family/ and not repeated; delete what should be. Writes
results/family.json, and pictures for the documentation to docs/methods/pictures/: a sheet of
every pair and a strip of every method.
"""

import argparse
import json
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

import torch

from wasserstyle import batch, methods
from wasserstyle import image as images
from wasserstyle.cli.comparison import Comparison, Entry, Outcome, paint_one, scored
from wasserstyle.evaluation.brief import anchors
from wasserstyle.image.sheet import Cell, contact_sheet
from wasserstyle.runs.recipe import versions

ROOT = Path(__file__).parent.parent
KEPT = ROOT / "out/family"
RESULTS = ROOT / "benchmarks/results/family.json"
PICTURES = ROOT / "docs/methods/pictures"
PAIRS = (("cat", "swirls"), ("astronaut", "mosaic"), ("coffee", "watercolour"))
SIZE = 256
COLUMNS = 4


def paths(pair: tuple[str, str]) -> tuple[Path, Path]:
    """Content and style."""
    return ROOT / f"examples/content/{pair[0]}.jpg", ROOT / f"examples/style/{pair[1]}.jpg"


def pictures(pair: tuple[str, str]) -> tuple[torch.Tensor, torch.Tensor]:
    """Both at the size of the output."""
    content, style = (images.to_long_side(images.read(p).rgb, SIZE) for p in paths(pair))
    return content, style


def run(threads: int, what: tuple[tuple[str, str], str]) -> None:
    """One method on one pair, unless it is there."""
    pair, name = what
    kept = KEPT / f"{'-'.join(pair)}-{name}.json"
    if kept.exists():
        return
    content, style = paths(pair)
    comparison = Comparison(
        content=content,
        style=style,
        out=kept,
        methods=name,
        size=SIZE,
        seed=0,
        columns=COLUMNS,
        keep=KEPT,
        threads=threads,
    )
    kept.parent.mkdir(parents=True, exist_ok=True)
    out = kept.with_suffix(".png")
    outcome = paint_one(comparison, Entry(name, "default"), out, quiet=True)
    record = scored(outcome, *pictures(pair)).record() | {"threads": threads}
    kept.write_text(json.dumps(record, indent=1))
    print(f"{kept.stem}: {record.get('seconds')} s", flush=True)


def load(pair: tuple[str, str], name: str) -> Outcome | None:
    """What was kept of a run, scored by the scores of today."""
    kept = KEPT / f"{'-'.join(pair)}-{name}.json"
    if not kept.exists():
        return None
    record = json.loads(kept.read_text())
    outcome = Outcome(
        Entry(name, "default"),
        image=images.read(kept.with_suffix(".png")).rgb,
        seconds=record["seconds"],
        peak_bytes=record["peak_bytes"],
    )
    return scored(outcome, *pictures(pair))


def report() -> None:
    """Write numbers and pictures of all runs that are there."""
    found = {pair: [o for name in methods.names() if (o := load(pair, name))] for pair in PAIRS}
    rows: dict[str, Any] = {}
    for pair, outcomes in found.items():
        content, style = pictures(pair)
        ends = {name: vars(scores) for name, scores in anchors(content, style).items()}
        each = {o.entry.method: o.record() for o in outcomes}
        rows[" x ".join(pair)] = {"anchors": ends, "methods": each}
        cells = [Cell(content, "content"), Cell(style, "style")]
        cells += [outcome.cell(content) for outcome in outcomes]
        sheet = contact_sheet(cells, columns=COLUMNS, side=SIZE)
        images.write(sheet, PICTURES / f"sheet-{'-'.join(pair)}.jpg", quality=85)
    for name in methods.names():
        cells = [
            Cell(o.image, "")
            for outcomes in found.values()
            for o in outcomes
            if o.entry.method == name and o.image is not None
        ]
        if cells:
            strip = contact_sheet(cells, columns=len(PAIRS), side=SIZE)
            images.write(strip, PICTURES / f"{name}.jpg", quality=88)
    machine = {"size": SIZE, "seed": 0, "versions": versions()}
    RESULTS.write_text(json.dumps(machine | {"pairs": rows}, indent=1) + "\n")


def rows_of_manual() -> list[str]:
    """Medians over pairs, for the table of docs/choose.md."""
    rows = []
    for name in methods.names():
        seconds, peak, content, style, color = medians(name)
        cost = f"{seconds:.3g} s | {peak:.0f} MB"
        scores = f"{content:.3f} | {style:.3f} | {color:.0f}"
        rows.append(f"| [{name}](methods/{name}.md) | {cost} | {scores} |")
    return rows


def medians(name: str) -> list[float]:
    """Over pairs: seconds, megabytes, scores of content, style and colours."""
    pairs = json.loads(RESULTS.read_text())["pairs"].values()
    found = [pair["methods"][name] for pair in pairs if name in pair["methods"]]
    columns = [[run["seconds"] for run in found], [run["peak_bytes"] / 1e6 for run in found]]
    columns += [[r["scores"][k] for r in found] for k in ("content", "style", "color")]
    return [median(column) for column in columns]


def main() -> None:
    """Run what is missing, and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--methods", nargs="+", default=methods.names())
    parser.add_argument("--only", choices=["run", "report"])
    parser.add_argument("--workers", type=int, help="so many at once, if cores are free")
    parser.add_argument("--cluster", help="of a Ray cluster that shares this folder")
    arguments = parser.parse_args()
    if arguments.only != "report":
        crew = {"workers": arguments.workers, "cluster": arguments.cluster}
        what = product(PAIRS, arguments.methods)
        for done in batch.map(partial(run, arguments.threads), what, **crew):
            if done.error is not None:
                print(f"{done.item}: {done.error}", flush=True)
    if arguments.only != "run":
        report()
        print("\n".join(rows_of_manual()))


if __name__ == "__main__":
    main()
