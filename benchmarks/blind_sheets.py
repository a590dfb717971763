"""Is the engine's picture worse than that of the authors' program? Sheets to judge blind.

    python benchmarks/blind_sheets.py [--size 256] [--pairs 0 1 2]
    python benchmarks/blind_sheets.py --answers answers.json --judge "who looked" [--size 256]

The first makes out/blind/SIZE/CONTENT-STYLE.png: content and style above, below them the two
results, called A and B in an order drawn for each pair. Which is which is only in
out/blind/SIZE/key/key.json: look first. A sheet that is there is never made again.

The second tallies {"astronaut-swirls": {"style": "A", "content": "equal", "overall": "B"}, ...}
and writes results/blind_sheets_SIZE.json. The questions: which looks more like the style, which
keeps the content better, which is the better picture.

Both results are of the same pictures, with the same seed. Those of the authors' program are the
kept runs of reference_runs.py; a missing one is made, which takes from minutes (64 px) to hours
(512 px).
"""

import argparse
import json
import random
import secrets
from collections.abc import Mapping
from pathlib import Path

import reference_runs
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont

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
QUESTIONS = ("style", "content", "overall")
VERDICTS = ("engine", "equal", "reference")
CAPTIONS = ("content", "style", "A", "B")
LETTER, LINE, GAP = 28, 40, 16
"""Height of the letters, of a caption with its air, and the white between pictures, pixels."""


def name_of(pair: tuple[str, str]) -> str:
    """What the sheet is called, and its line in key and answers."""
    return "-".join(pair)


def key_of(size: int) -> Path:
    """Where the key is kept: apart from the sheets."""
    return OUT / f"{size}/key/key.json"


def order(pair: tuple[str, str], seed: int) -> tuple[str, str]:
    """Whose result is A and whose is B: a coin for each pair, whichever pairs are asked for."""
    engine_first = random.Random(f"{seed} {name_of(pair)}").random() < 0.5
    return ("engine", "reference") if engine_first else ("reference", "engine")


def reference_result(pair: tuple[str, str], size: int, seed: int) -> Image | None:
    """Of the authors' program; None while another process is at it."""
    path = reference_runs.end_of(pair, seed, size)
    if not path.exists():
        print(f"{name_of(pair)}: no kept run of the authors' program; this is long", flush=True)
        with reference_runs.exact_shortcuts():
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


def sheet(content: Image, style: Image, a: Image, b: Image) -> PilImage.Image:
    """Two rows of two, each picture under its caption."""
    pictures = [magnified(image) for image in (content, style, a, b)]
    width = max(picture.width for picture in pictures)
    upper, lower = (max(p.height for p in pictures[i : i + 2]) for i in (0, 2))
    size = 2 * width + 3 * GAP, upper + lower + 2 * LINE + 3 * GAP
    whole = PilImage.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(whole), ImageFont.load_default(size=LETTER)
    for number, (caption, picture) in enumerate(zip(CAPTIONS, pictures, strict=True)):
        row, column = divmod(number, 2)
        left, top = GAP + column * (width + GAP), GAP + row * (upper + LINE + GAP)
        draw.text((left, top), caption, "black", font=font)
        whole.paste(picture, (left, top + LINE))
    return whole


def note(pair: tuple[str, str], size: int, entry: Mapping[str, object]) -> None:
    """Put one pair into the key."""
    path = key_of(size)
    key = json.loads(path.read_text()) if path.exists() else {}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(key | {name_of(pair): entry}, indent=1) + "\n")


def make(pair: tuple[str, str], size: int, preset: str, *, seed: int, run_seed: int) -> None:
    """One sheet; the key comes first, so that no sheet is ever without."""
    target = OUT / f"{size}/{name_of(pair)}.png"
    if target.exists():
        print(f"{name_of(pair)}: is there; delete it to have another", flush=True)
        return
    reference = reference_result(pair, size, run_seed)
    if reference is None:
        print(f"{name_of(pair)}: left out; come again when its run is there", flush=True)
        return
    engine = engine_result(pair, size, run_seed, preset)
    results = {"reference": reference, "engine": engine}
    a, b = order(pair, seed)
    shown = *reference_runs.pictures(pair), results[a], results[b]
    sizes = [(image.shape[3], image.shape[2]) for image in shown]
    entry = {"A": a, "B": b, "preset": preset, "seed": seed, "run_seed": run_seed}
    note(pair, size, entry | {"sizes": dict(zip(CAPTIONS, sizes, strict=True))})
    sheet(*shown).save(target)
    print(f"{name_of(pair)}: done", flush=True)


def verdicts(name: str, said: dict[str, str], key: dict[str, dict[str, str]]) -> dict[str, str]:
    """Question -> engine, equal or reference, for one pair.

    Raises:
        ValueError: No such sheet, another question, or another answer.
    """
    if name not in key:
        raise ValueError(f"{name!r} is not in the key; it has {', '.join(key)}")
    if set(said) != set(QUESTIONS):
        raise ValueError(f"{name} answers {', '.join(said)}; answer {', '.join(QUESTIONS)}")
    who = {"A": key[name]["A"], "B": key[name]["B"], "equal": "equal"}
    for question, answer in said.items():
        if answer not in who:
            raise ValueError(f"{name}, {question}: {answer!r}; answer A, B or equal")
    return {question: who[said[question]] for question in QUESTIONS}


def tally(answers: Path, size: int, judge: str) -> None:
    """Open the key, count, print, write."""
    key = json.loads(key_of(size).read_text())
    said = json.loads(answers.read_text())
    pairs = {name: verdicts(name, answer, key) for name, answer in said.items()}
    counts = {
        question: {who: sum(p[question] == who for p in pairs.values()) for who in VERDICTS}
        for question in QUESTIONS
    }
    for question, count in counts.items():
        print(f"{question:10}" + "".join(f"{who:>12}{count[who]:3}" for who in VERDICTS))
    result = {
        "size": size,
        "judge": judge,
        "presets": sorted({key[name]["preset"] for name in pairs}),
        "counts": counts,
        "pairs": pairs,
        "not_judged": [name for name in key if name not in pairs],
    }
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"blind_sheets_{size}.json"
    target.write_text(json.dumps(result, indent=1) + "\n")


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
        tally(arguments.answers, arguments.size, arguments.judge)
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
