"""Does guidance keep styles apart? Style distances inside each region, guided and not.

    python benchmarks/guided.py PAIRS.tsv [--size 256]

PAIRS.tsv names content, style, content_mask and style_mask in columns, relative to itself.
Every pair is painted without guidance and in both readings of it; then each region of each
picture is compared with every region of the style: relaxed EMD, moments and palette of
hypercolumns, at positions that no run has drawn, in float32. Guidance wins in a region where
the distance to its own region of the style is smaller than without. Writes
results/guidance.json, and a sheet of pictures for each pair into out/guidance.
"""

import argparse
import csv
import json
import time
from pathlib import Path

import torch
from PIL import Image as PilImage

from wasserstyle import Stylizer, read_guidance
from wasserstyle import image as images
from wasserstyle.device import processor
from wasserstyle.features.sampling import hypercolumns, uniform
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.guidance import FREE, Guidance, Shapes
from wasserstyle.guidance.value import style_region
from wasserstyle.losses.style import moment_distance, moments, palette_cosine_euclidean
from wasserstyle.methods.strotss import LAYERS
from wasserstyle.ot.relaxed import relaxed_emd_cosine
from wasserstyle.runs.stylizer import make_options
from wasserstyle.types import Cloud, Image, Region

ROOT = Path(__file__).parent.parent
RESULTS, SHEETS = ROOT / "benchmarks/results/guidance.json", ROOT / "out/guidance"
WAYS = {"free": None, "losses": "losses", "cost": "cost"}
"""Without guidance, and the method's two readings of it."""
POINTS, SEED = 2048, 9001
SMALLEST = 30
"""Pixels below which a region of the output is too small to be compared."""


def cloud(image: Image, region: Region, network: Vgg) -> Cloud:
    """Hypercolumns at fixed positions of a region."""
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        maps = network(image, set(LAYERS))
        return hypercolumns(maps, uniform(region)(POINTS, generator))


def style_distance(x: Cloud, y: Cloud) -> float:
    """The style terms of STROTSS at content weight zero."""
    of_colours = palette_cosine_euclidean(x[:, :3], y[:, :3])
    return float(relaxed_emd_cosine(x, y) + moment_distance(x, moments(y)) + of_colours)


def distances(
    picture: Image, style: Image, guidance: Guidance, network: Vgg
) -> dict[str, dict[str, float]]:
    """Region of the picture -> region of the style -> distance."""
    labels = guidance.labels(picture)
    parts = {
        pair.name: cloud(style, part, network)
        for pair in guidance.regions
        if (part := style_region(pair.styles[0], style)) is not None
    }
    table: dict[str, dict[str, float]] = {}
    for number, pair in enumerate(guidance.regions, start=1):
        if int((labels == number).sum()) >= SMALLEST:
            x = cloud(picture, labels == number, network)
            table[pair.name] = {name: style_distance(x, y) for name, y in parts.items()}
    return table


def compare(row: dict[str, str], folder: Path, size: int, network: Vgg) -> dict[str, object]:
    """Paint one pair in all ways and measure."""
    files = {name: folder / path for name, path in row.items()}
    content, style = images.read(files["content"]), images.read(files["style"])
    guidance = read_guidance(
        content_mask=files["content_mask"],
        style_masks=[files["style_mask"]],
        shapes=Shapes.of(content, [style]),
    )
    at_size = images.to_long_side(style.rgb, size)
    found: dict[str, object] = {"notes": list(guidance.notes)}
    shown = [images.to_long_side(content.rgb, size), mask_of(files["content_mask"], size)]
    shown += [at_size, mask_of(files["style_mask"], size)]
    for way, reading in WAYS.items():
        settings = {"size": size} | ({"guiding": reading} if reading else {})
        stylizer = Stylizer(style, options=make_options("strotss", "default", settings))
        result = stylizer.stylize(content, guidance=guidance if reading else FREE)
        table = distances(result.image, at_size, guidance, network)
        found[way] = {"seconds": round(result.seconds, 1), "distances": table}
        shown.append(result.image)
    save_sheet(shown, SHEETS / f"{files['content'].stem}.png")
    return found | {"regions": verdicts(found)}


def mask_of(path: Path, size: int) -> Image:
    """A mask as a picture of the sheet."""
    return images.to_long_side(images.composite(images.read(path)), size)


def verdicts(found: dict) -> dict[str, dict[str, object]]:
    """For each region: distance to its own style in all ways, and whether guidance wins."""
    regions = found["free"]["distances"]
    summary: dict[str, dict[str, object]] = {}
    for name in regions:
        own = {way: found[way]["distances"][name][name] for way in WAYS}
        nearest = {
            way: min(found[way]["distances"][name], key=found[way]["distances"][name].get)
            for way in WAYS
        }
        summary[name] = {
            "own": {way: round(value, 4) for way, value in own.items()},
            "nearest": nearest,
            "wins": {way: own[way] < own["free"] for way in WAYS if way != "free"},
        }
    return summary


def save_sheet(pictures: list[Image], path: Path) -> None:
    """Content, its mask, style, its mask, and the picture of each way, side by side."""
    height = max(picture.shape[2] for picture in pictures)
    width = sum(picture.shape[3] + 8 for picture in pictures)
    sheet = PilImage.new("RGB", (width, height), "white")
    left = 0
    for picture in pictures:
        sheet.paste(images.to_pil(picture), (left, 0))
        left += picture.shape[3] + 8
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)


def main() -> None:
    """Measure all pairs and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--size", type=int, default=256)
    arguments = parser.parse_args()
    network = Vgg(bundled("vgg16"))
    with arguments.pairs.open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found: dict[str, object] = {
        "machine": processor(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "size": arguments.size,
        "pairs": {},
    }
    for row in rows:
        name = Path(row["content"]).stem
        started = time.perf_counter()
        pair = compare(row, arguments.pairs.parent, arguments.size, network)
        found["pairs"][name] = pair
        print(f"{name}: {time.perf_counter() - started:.0f} s")
        for region, verdict in pair["regions"].items():
            print(f"  {region:10} {verdict['own']}  nearest {verdict['nearest']}", flush=True)
    for way in [way for way in WAYS if way != "free"]:
        verdicts_of = [v for p in found["pairs"].values() for v in p["regions"].values()]
        wins = sum(v["wins"][way] for v in verdicts_of)
        own = sum(
            v["nearest"][way] == k
            for p in found["pairs"].values()
            for k, v in p["regions"].items()
        )
        print(
            f"{way}: nearer to its own style in {wins} of {len(verdicts_of)} regions; "
            f"nearest to its own of all in {own}"
        )
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
