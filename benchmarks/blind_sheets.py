"""Is the engine's picture worse than that of the authors' program? Sheets to judge blind.

    python benchmarks/blind_sheets.py [--size 256] [--preset fast] [--pairs 0 1 2]
    python benchmarks/blind_sheets.py --answers answers.json --judge "who looked" [--size 256]

The first makes out/blind/SIZE/CONTENT-STYLE.png, the second tallies answers and writes
results/blind_sheets_SIZE.json (SIZE-PRESET for another preset than the default); sheets, key
and answers are as blind.py tells. A sheet that is there is never made again.

Both results are of the same pictures, with the same seed. Those of the authors' program are the
kept runs of reference_runs.py; a missing one is made, which takes from minutes (64 px) to hours
(512 px).
"""

import argparse
import json
import secrets
from pathlib import Path

from PIL import Image as PilImage

import blind
import reference_runs
from blind import CAPTIONS
from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.runs import Options, Stylizer
from wasserstyle.types import Image

ROOT = Path(__file__).parent.parent
OUT, RESULTS = ROOT / "out/blind", ROOT / "benchmarks/results"
PAIRS = (
    *reference_runs.PAIRS,
    ("astronaut", "mosaic"),
    ("astronaut", "watercolour"),
    ("cat", "mosaic"),
    ("cat", "swirls"),
    ("cat", "watercolour"),
    ("coffee", "hatching"),
    ("coffee", "mosaic"),
)
"""Ten of the twelve that the examples allow: every content and every style, twice or more."""
SIZES = (64, 128, 256, 512)
"""Long sides that the authors' program knows and that divide the inputs'."""
TWO = ("engine", "reference")


def name_of(pair: tuple[str, str]) -> str:
    """What the sheet is called, and its line in key and answers."""
    return "-".join(pair)


def kind_of(size: int, preset: str) -> str:
    """What sheets and results of a size and a preset are called."""
    return str(size) if preset == "default" else f"{size}-{preset}"


def folder_of(size: int, preset: str) -> Path:
    """Where the sheets and their key are kept."""
    return OUT / kind_of(size, preset)


def reference_result(pair: tuple[str, str], size: int, seed: int) -> Image | None:
    """Of the authors' program; None while another process is at it."""
    path = reference_runs.end_of(pair, seed, size)
    if not path.exists():
        print(f"{name_of(pair)}: no kept run of the authors' program; this is long", flush=True)
        reference_runs.run(pair, seed, size)
    return images.read(path).rgb if path.exists() else None


def engine_result(pair: tuple[str, str], size: int, seed: int, preset: str) -> Image:
    """Of the package, on the same pictures."""
    content, style = reference_runs.pictures(pair)
    method = methods.get("strotss").preset(preset)
    options = Options(method=method, size=size, seed=seed)
    return Stylizer(style, options=options).stylize(content).image


def magnified(image: Image) -> PilImage.Image:
    """As large as the inputs, each pixel a square: nothing is resampled."""
    picture = images.to_pil(image)
    times = reference_runs.SIZE // max(picture.size)
    size = picture.width * times, picture.height * times
    return picture.resize(size, PilImage.Resampling.NEAREST)


def make(pair: tuple[str, str], size: int, preset: str, *, seed: int, run_seed: int) -> None:
    """One sheet; the key comes first, so that no sheet is ever without."""
    name, folder = name_of(pair), folder_of(size, preset)
    target = folder / f"{name}.png"
    if target.exists():
        print(f"{name}: is there; delete it to have another", flush=True)
        return
    reference = reference_result(pair, size, run_seed)
    if reference is None:
        print(f"{name}: left out; come again when its run is there", flush=True)
        return
    engine = engine_result(pair, size, run_seed, preset)
    results = {"reference": reference, "engine": engine}
    a, b = blind.order(name, TWO, seed)
    shown = *reference_runs.pictures(pair), results[a], results[b]
    sizes = [(image.shape[3], image.shape[2]) for image in shown]
    entry = {"A": a, "B": b, "preset": preset, "seed": seed, "run_seed": run_seed}
    blind.note(folder, name, entry | {"sizes": dict(zip(CAPTIONS, sizes, strict=True))})
    blind.sheet([magnified(image) for image in shown]).save(target)
    print(f"{name}: done", flush=True)


def tally(answers: Path, size: int, preset: str, judge: str) -> None:
    """Open the key, count, print, write."""
    folder = folder_of(size, preset)
    result = blind.tally(answers, folder, TWO)
    key = json.loads(blind.key_path(folder).read_text())
    presets = sorted({key[name]["preset"] for name in result["pairs"]})
    about = {"size": size, "judge": judge, "presets": presets}
    blind.write(RESULTS / f"blind_sheets_{kind_of(size, preset)}.json", about | result)


def main() -> None:
    """Make the sheets, or tally the answers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, choices=SIZES, default=256)
    parser.add_argument("--pairs", type=int, nargs="+", choices=range(len(PAIRS)))
    parser.add_argument("--preset", choices=methods.get("strotss").presets, default="default")
    parser.add_argument("--seed", type=int, help="of the order; leave it out to judge blind")
    parser.add_argument("--run-seed", type=int, default=0, help="of both results")
    parser.add_argument("--answers", type=Path, help="tally these, make nothing")
    parser.add_argument("--judge", default="not named", help="who answered")
    arguments = parser.parse_args()
    if arguments.answers:
        tally(arguments.answers, arguments.size, arguments.preset, arguments.judge)
        return
    seed = secrets.randbits(63) if arguments.seed is None else arguments.seed
    for number in arguments.pairs or range(len(PAIRS)):
        make(
            PAIRS[number],
            arguments.size,
            arguments.preset,
            seed=seed,
            run_seed=arguments.run_seed,
        )


if __name__ == "__main__":
    main()
