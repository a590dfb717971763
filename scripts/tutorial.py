"""Make the pictures of docs/tutorial.md, by the commands on that page.

    OMP_NUM_THREADS=1 python scripts/tutorial.py [--work out/tutorial]

Runs every command of the page as it stands, in a folder that has the examples, and lays what
came out side by side: docs/tutorial/NAME.jpg. What is there already is not made again. About
nine minutes of one core.
"""

import argparse
import contextlib
import re
import shlex
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageOps

from wasserstyle.cli import main as wasserstyle

ROOT = Path(__file__).parent.parent
PAGE, PICTURES = ROOT / "docs/tutorial.md", ROOT / "docs/tutorial"
SIDE, GAP = 256, 6
"""Long side of a picture in a sheet, and the white between two, pixels."""
SHEETS = {
    "first": ("examples/content/coffee.jpg", "examples/style/watercolour.jpg", "out/first.png"),
    "weight": ("out/less.png", "out/same.png", "out/more.png"),
    "color": ("out/keep.png", "out/colors.png"),
    "region": (
        "examples/content/astronaut.jpg",
        "examples/masks/astronaut.png",
        "examples/style/mosaic.jpg",
        "examples/masks/mosaic.png",
        "out/without.png",
        "out/regions.png",
    ),
    "point": ("out/free.png", "out/point.png"),
    "quick": ("out/quick.png", "out/adain.png", "out/tiny.png"),
}
ROWS = 3
"""Most pictures in a row."""
QUALITY = 85
FRAMES, STILLS = 24, 4
WHOLE, SHARE, PIECE = 341, (0.25, 0.2), (512, 341)
"""The print: width of the whole picture, corner of the piece as shares, its sides."""


def commands() -> list[list[str]]:
    """Of our program, in the order of the page."""
    text = PAGE.read_text("utf-8")
    lines = "".join(re.findall(r"```console\n(.*?)```", text, re.DOTALL)).splitlines()
    return [words[1:] for line in lines if (words := shlex.split(line))[0] == "wasserstyle"]


def target(words: list[str]) -> str:
    """Where a command writes: after -o, or for a video the second name."""
    return words[words.index("-o") + 1] if "-o" in words else words[2]


def run(words: list[str]) -> None:
    """One command, unless its picture is there."""
    if "--dry-run" in words or not Path(target(words)).exists():
        print("wasserstyle", shlex.join(words), flush=True)
        try:
            wasserstyle(words)
        except SystemExit as stop:
            if stop.code:
                raise


def pan(path: Path, photograph: Path, frames: int = FRAMES) -> None:
    """A clip: a window of 4 by 3 that moves over a photograph from left to right."""
    picture = np.asarray(Image.open(photograph).convert("RGB").resize((448, 298)))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(12))
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(frames):
            left = 128 * number // frames
            piece = np.ascontiguousarray(picture[29:269, left : left + 320])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(piece)))
        container.mux(stream.encode())


def stills(path: Path, count: int = STILLS) -> list[Image.Image]:
    """Frames of a clip, evenly."""
    with av.open(str(path)) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    return [frames[i * (len(frames) - 1) // (count - 1)] for i in range(count)]


def side_by_side(pictures: list[Image.Image], columns: int = ROWS) -> Image.Image:
    """In rows, each as large as it fits."""
    small = [ImageOps.contain(p, (SIDE, SIDE), Image.Resampling.LANCZOS) for p in pictures]
    wide, high = max(p.width for p in small), max(p.height for p in small)
    columns = min(columns, len(small))
    rows = -(-len(small) // columns)
    size = (columns * (wide + GAP) - GAP, rows * (high + GAP) - GAP)
    sheet = Image.new("RGB", size, "white")
    for i, p in enumerate(small):
        down, across = divmod(i, columns)
        left = across * (wide + GAP) + (wide - p.width) // 2
        sheet.paste(p, (left, down * (high + GAP) + (high - p.height) // 2))
    return sheet


def large(path: str) -> Image.Image:
    """A large picture as a whole, and a piece of it as it is."""
    picture = opened(path)
    whole = ImageOps.contain(picture, (WHOLE, picture.height), Image.Resampling.LANCZOS)
    left, top = (round(s * n) for s, n in zip(SHARE, picture.size, strict=True))
    piece = picture.crop((left, top, left + PIECE[0], top + PIECE[1]))
    sheet = Image.new("RGB", (whole.width + GAP + piece.width, piece.height), "white")
    sheet.paste(whole, (0, (piece.height - whole.height) // 2))
    sheet.paste(piece, (whole.width + GAP, 0))
    return sheet


def opened(path: str) -> Image.Image:
    """A picture without transparency; a TIFF of 16 bits as 8."""
    if path.endswith(".tif"):
        from wasserstyle.image import read, to_pil

        return to_pil(read(path).rgb)
    return Image.open(path).convert("RGB")


def sheets() -> dict[str, Image.Image]:
    """Every picture of the page, by its name."""
    made = {name: side_by_side([opened(p) for p in paths]) for name, paths in SHEETS.items()}
    frames = [*stills(Path("clip.mp4")), *stills(Path("out/clip.mp4"))]
    return made | {
        "print": large("out/print.tif"),
        "video": side_by_side(frames, columns=STILLS),
    }


def main() -> None:
    """Run the commands, lay out the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=ROOT / "out/tutorial")
    work = parser.parse_args().work
    work.mkdir(parents=True, exist_ok=True)
    PICTURES.mkdir(exist_ok=True)
    if not (work / "examples").exists():
        (work / "examples").symlink_to(ROOT / "examples")
    with contextlib.chdir(work):
        if not Path("clip.mp4").exists():
            pan(Path("clip.mp4"), Path("examples/content/cat.jpg"))
        for words in commands():
            run(words)
        for name, sheet in sheets().items():
            sheet.save(PICTURES / f"{name}.jpg", quality=QUALITY, optimize=True)


if __name__ == "__main__":
    main()
