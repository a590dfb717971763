"""Draw the masks of the example pair with regions: examples/masks/astronaut.png and mosaic.png.

    python scripts/example_masks.py

Flat colours, named: head, suit and background of the astronaut, and the disc, the sea and the
sky of the mosaic; its frame is in no region.
"""

from pathlib import Path

import numpy as np
from PIL import Image as PilImage
from PIL import ImageDraw

from wasserstyle import image as images

FOLDER = Path(__file__).parent.parent / "examples/masks"
SIDE = 256
"""Pixels; a mask is stretched over its picture."""
HEAD, SUIT, GROUND = "#e69f00", "#0072b2", "#009e73"
NAMES = {HEAD: "head and disc", SUIT: "suit and sea", GROUND: "background and sky"}

Shape = tuple[str, str, list[tuple[float, float]]]
"""Kind (polygon, ellipse), colour, and corners as shares of the side."""
ASTRONAUT: list[Shape] = [
    ("polygon", GROUND, [(0, 0), (1, 0), (1, 1), (0, 1)]),
    (
        "polygon",
        SUIT,
        [
            *((0.04, 1), (0.06, 0.6), (0.13, 0.48), (0.25, 0.42), (0.22, 0.36), (0.28, 0.29)),
            *((0.52, 0.33), (0.6, 0.43), (0.58, 0.5), (0.68, 0.56), (0.71, 0.67)),
            *((0.83, 0.66), (0.95, 0.75), (0.98, 0.9), (0.99, 1)),
        ],
    ),
    ("ellipse", HEAD, [(0.295, 0.025), (0.59, 0.26)]),
    ("ellipse", HEAD, [(0.35, 0.1), (0.53, 0.38)]),
]
MOSAIC: list[Shape] = [
    ("polygon", GROUND, [(0.085, 0.085), (0.92, 0.085), (0.92, 0.52), (0.085, 0.52)]),
    ("polygon", SUIT, [(0.085, 0.54), (0.92, 0.56), (0.92, 0.91), (0.085, 0.91)]),
    ("ellipse", HEAD, [(0.355, 0.195), (0.645, 0.485)]),
]


def draw(shapes: list[Shape], path: Path) -> None:
    """Draw a mask; what no shape covers is transparent."""
    mask = PilImage.new("RGBA", (SIDE, SIDE))
    pen = ImageDraw.Draw(mask)
    for kind, colour, corners in shapes:
        getattr(pen, kind)([(x * SIDE, y * SIDE) for x, y in corners], fill=colour)
    picture = images.read(np.asarray(mask))
    images.write(picture.rgb, path, recipe={"regions": NAMES}, alpha=picture.alpha)


def main() -> None:
    """Draw both."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    draw(ASTRONAUT, FOLDER / "astronaut.png")
    draw(MOSAIC, FOLDER / "mosaic.png")


if __name__ == "__main__":
    main()
