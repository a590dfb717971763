"""Contact sheets: pictures side by side, with a few lines below each."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont

from wasserstyle.image.arrays import to_pil
from wasserstyle.image.read import read
from wasserstyle.image.resize import to_long_side
from wasserstyle.types import Image

GAP = 12
"""Between cells, pixels."""
PAPER, INK, GREY = "#ffffff", "#111111", "#555555"


@dataclass(frozen=True)
class Cell:
    """One picture of a sheet."""

    image: Image
    title: str
    lines: Sequence[str] = ()
    """In smaller type."""


def contact_sheet(cells: Sequence[Cell], *, columns: int, side: int) -> Image:
    """Lay out pictures row by row.

    Args:
        cells: In order.
        columns: Pictures in a row.
        side: Long side of each, pixels.

    Returns:
        (1, 3, H, W) in [0, 1].
    """
    pictures = [to_pil(to_long_side(cell.image.clamp(0, 1), side)) for cell in cells]
    size = max(10, side // 20)
    title, small = (ImageFont.load_default(size=s) for s in (size, size * 3 // 4))
    below = size * 3 // 2 + size * max(len(cell.lines) for cell in cells)
    wide, high = side + GAP, max(p.height for p in pictures) + below + GAP
    rows = -(-len(cells) // columns)
    sheet = PilImage.new(
        "RGB", (min(columns, len(cells)) * wide + GAP, rows * high + GAP), PAPER
    )
    draw = ImageDraw.Draw(sheet)
    for number, (cell, picture) in enumerate(zip(cells, pictures, strict=True)):
        left, top = GAP + number % columns * wide, GAP + number // columns * high
        sheet.paste(picture, (left, top))
        text = top + high - below - GAP + size // 4
        draw.text((left, text), cell.title, INK, title)
        for line, words in enumerate(cell.lines):
            draw.text((left, text + size * 3 // 2 + size * line), words, GREY, small)
    return read(sheet).rgb


def blank(like: Image) -> Image:
    """A grey picture of the same size, for one that could not be made."""
    return torch.full_like(like, 0.8)
