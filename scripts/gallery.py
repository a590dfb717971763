"""Make the pictures of the README: content, style and result side by side.

    python scripts/gallery.py [--size 512] [--only NAME ...]

Writes docs/gallery/NAME.jpg (the result, recipe inside), docs/gallery/strip.jpg (all),
docs/gallery/banner.jpg (the same in one row), and docs/gallery/regions.jpg: the pair with
masks, without and with them.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from wasserstyle import read_guidance, stylize

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES, GALLERY = ROOT / "examples", ROOT / "docs/gallery"
PAIRS = {
    "cat-swirls": ("cat", "swirls"),
    "astronaut-mosaic": ("astronaut", "mosaic"),
    "coffee-watercolour": ("coffee", "watercolour"),
    "cat-hatching": ("cat", "hatching"),
}
GUIDED = ("astronaut-regions", "astronaut-mosaic")
"""With masks, and the same pair without."""
ROW, GAP = 220, 6
"""Height of a picture in the strip, and the white between two, pixels."""
COLUMN = 262
"""Side of a result in the banner, pixels; all pictures in it are cut square."""


def paint(name: str, size: int) -> None:
    """Make one result."""
    content, style = PAIRS[GUIDED[1] if name == GUIDED[0] else name]
    result = stylize(
        EXAMPLES / f"content/{content}.jpg",
        EXAMPLES / f"style/{style}.jpg",
        size=size,
        seed=0,
        **(guided(content, style) if name == GUIDED[0] else {}),
    )
    elsewhere = json.loads(json.dumps(result.recipe).replace(f"{ROOT}/", ""))
    replace(result, recipe=elsewhere).save(GALLERY / f"{name}.jpg", quality=90)
    print(f"{name}: {result.seconds:.0f} s", flush=True)


def guided(content: str, style: str) -> dict[str, Any]:
    """The example masks of a pair (scripts/example_masks.py), and more of the content."""
    own, theirs = (EXAMPLES / f"masks/{name}.png" for name in (content, style))
    masks = read_guidance(content_mask=own, style_masks=[theirs])
    return {"guidance": masks, "content_weight": 3.0}


def regions() -> Image.Image:
    """Content, style, their masks, and the picture without and with them, in one row."""
    content, style = PAIRS[GUIDED[1]]
    paths = [EXAMPLES / f"content/{content}.jpg", EXAMPLES / f"masks/{content}.png"]
    paths += [EXAMPLES / f"style/{style}.jpg", EXAMPLES / f"masks/{style}.png"]
    paths += [GALLERY / f"{name}.jpg" for name in reversed(GUIDED)]
    opened = [Image.open(path).convert("RGBA") for path in paths]
    pictures = [ImageOps.contain(p, (ROW, ROW), Image.Resampling.LANCZOS) for p in opened]
    sheet = Image.new("RGB", (len(pictures) * (ROW + GAP) - GAP, ROW), "white")
    for i, picture in enumerate(pictures):
        sheet.paste(picture, (i * (ROW + GAP), 0), picture)
    return sheet


def row(name: str) -> list[Image.Image]:
    """Content, style, result at one height."""
    content, style = PAIRS[name]
    paths = (
        EXAMPLES / f"content/{content}.jpg",
        EXAMPLES / f"style/{style}.jpg",
        GALLERY / f"{name}.jpg",
    )
    pictures = [Image.open(path).convert("RGB") for path in paths]
    return [ImageOps.contain(p, (2 * ROW, ROW), Image.Resampling.LANCZOS) for p in pictures]


def strip(names: list[str]) -> Image.Image:
    """All rows, columns aligned and centred."""
    rows = [row(name) for name in names]
    widths = [max(r[i].width for r in rows) for i in range(3)]
    sheet = Image.new("RGB", (sum(widths) + 2 * GAP, len(rows) * (ROW + GAP) - GAP), "white")
    for j, pictures in enumerate(rows):
        for i, picture in enumerate(pictures):
            left = sum(widths[:i]) + i * GAP + (widths[i] - picture.width) // 2
            sheet.paste(picture, (left, j * (ROW + GAP)))
    return sheet


def banner(names: list[str]) -> Image.Image:
    """In one row: every result, below it its content and its style."""
    small = (COLUMN - GAP) // 2
    high = COLUMN + GAP + small
    sheet = Image.new("RGB", (len(names) * (COLUMN + GAP) - GAP, high), "white")
    for i, name in enumerate(names):
        content, style = PAIRS[name]
        left, below = i * (COLUMN + GAP), COLUMN + GAP
        cells = (
            (GALLERY / f"{name}.jpg", COLUMN, (left, 0)),
            (EXAMPLES / f"content/{content}.jpg", small, (left, below)),
            (EXAMPLES / f"style/{style}.jpg", small, (left + small + GAP, below)),
        )
        for path, side, corner in cells:
            picture = Image.open(path).convert("RGB")
            sheet.paste(ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS), corner)
    return sheet


def main() -> None:
    """Paint what is asked for, then lay out what there is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=512)
    names = [*PAIRS, GUIDED[0]]
    parser.add_argument("--only", nargs="*", choices=names, default=names)
    arguments = parser.parse_args()
    GALLERY.mkdir(parents=True, exist_ok=True)
    for name in arguments.only:
        paint(name, arguments.size)
    there = [n for n in PAIRS if (GALLERY / f"{n}.jpg").exists()]
    strip(there).save(GALLERY / "strip.jpg", quality=88)
    banner(there).save(GALLERY / "banner.jpg", quality=88)
    regions().save(GALLERY / "regions.jpg", quality=88)


if __name__ == "__main__":
    main()
