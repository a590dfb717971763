"""How close does a preset look to the authors' program, beside a second run of that program?

    python benchmarks/closeness.py [--presets fast default] [--size 256]
    python benchmarks/closeness.py --answers answers.json --judge "who looked" [--size 256]

The first makes out/blind/closeness-SIZE/NUMBER.png: content and style above, below them a kept
end of the authors' program (reference_runs.py) and another picture of the same pair, in an
order drawn by lot: of a preset with the same seed, or of the authors' program with another
seed. Without the last nobody could say what a judge's "close" is worth. Who painted the other
is only in the key.

Answers are {"NUMBER": 1 to 5, ...}: 5, the two could be two tries of one painter; 4, close; 3,
related; 2, hardly; 1, of different painters. They are counted into results/closeness.json.
"""

import argparse
import json
import random
import secrets
from pathlib import Path
from statistics import mean, median

import blind
from blind_sheets import PAIRS, engine_result, magnified
from reference_runs import end_of, pictures
from wasserstyle import image as images
from wasserstyle import methods

ROOT = Path(__file__).parent.parent
OUT, RESULT = ROOT / "out/blind", ROOT / "benchmarks/results/closeness.json"
AGAIN = "the authors' again"
"""Who painted the other picture: a preset, or this."""
SECOND = 1
"""Seed of the authors' second run."""
GRADES = range(1, 6)
Item = tuple[tuple[str, str], str]
"""A pair, and who painted the other picture."""


def items(presets: list[str], size: int) -> list[Item]:
    """All that can be shown of the kept runs, in an order drawn by lot."""
    kept = [pair for pair in PAIRS if end_of(pair, 0, size).exists()]
    found = [(pair, preset) for pair in kept for preset in presets]
    found += [(pair, AGAIN) for pair in kept if end_of(pair, SECOND, size).exists()]
    random.Random(secrets.randbits(63)).shuffle(found)
    return found


def make(item: Item, name: str, size: int) -> None:
    """One sheet; the key comes first."""
    pair, who = item
    folder = OUT / f"closeness-{size}"
    first = images.read(end_of(pair, 0, size)).rgb
    if who == AGAIN:
        other = images.read(end_of(pair, SECOND, size)).rgb
    else:
        other = engine_result(pair, size, 0, who)
    two = (first, other) if secrets.randbits(1) else (other, first)
    blind.note(folder, name, {"pair": "-".join(pair), "other": who})
    shown = [magnified(image) for image in (*pictures(pair), *two)]
    blind.sheet(shown).save(folder / f"{name}.png")
    print(name, flush=True)


def tally(answers: Path, size: int, judge: str) -> None:
    """Open the key, count, print, write; other sizes stay."""
    key = json.loads(blind.key_path(OUT / f"closeness-{size}").read_text())
    grades: dict[str, dict[str, int]] = {}
    for name, grade in json.loads(answers.read_text()).items():
        if name not in key or grade not in GRADES:
            raise ValueError(f"{name}: {grade!r}; answer 1 to 5 for {', '.join(key)}")
        grades.setdefault(key[name]["other"], {})[key[name]["pair"]] = grade
    rows = {
        who: {
            "median": median(found.values()),
            "mean": round(mean(found.values()), 2),
            "pairs": dict(sorted(found.items())),
        }
        for who, found in sorted(grades.items())
    }
    for who, row in rows.items():
        print(f"{who:20}median {row['median']}, mean {row['mean']}, of {len(row['pairs'])}")
    kept = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    blind.write(RESULT, kept | {f"{size} px": {"judge": judge, "grades": rows}})


def main() -> None:
    """Make the sheets, or tally the answers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    known = methods.get("strotss").presets
    parser.add_argument("--presets", nargs="+", choices=known, default=["fast", "default"])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--answers", type=Path, help="tally these, make nothing")
    parser.add_argument("--judge", default="not named", help="who answered")
    given = parser.parse_args()
    if given.answers:
        tally(given.answers, given.size, given.judge)
        return
    for number, item in enumerate(items(given.presets, given.size), start=1):
        make(item, f"{number:02}", given.size)


if __name__ == "__main__":
    main()
