"""Run examples/tour.ipynb, and make the picture that stands in it: docs/tour.jpg.

    OMP_NUM_THREADS=1 python scripts/tour.py

The notebook itself is stored without output.
"""

import base64
import io
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

ROOT = Path(__file__).parent.parent
NOTEBOOK, PICTURE = ROOT / "examples/tour.ipynb", ROOT / "docs/tour.jpg"
WIDTH, GAP = 900, 10
FIGURES = ("show(weights", "show(family")
"""Beginnings of lines of the cells whose figures are taken."""


def run() -> NotebookNode:
    """The notebook with its output."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    where = {"metadata": {"path": str(NOTEBOOK.parent)}}
    NotebookClient(notebook, timeout=3600, resources=where).execute()
    return notebook


def figures(notebook: NotebookNode) -> list[Image.Image]:
    """What the chosen cells drew."""
    cells = [cell for cell in notebook.cells if any(f in cell.source for f in FIGURES)]
    coded = [o["data"]["image/png"] for cell in cells for o in cell.outputs if "data" in o]
    return [Image.open(io.BytesIO(base64.b64decode(c))).convert("RGB") for c in coded]


def main() -> None:
    """Run, and lay out."""
    started = time.perf_counter()
    drawn = figures(run())
    print(f"{time.perf_counter() - started:.0f} s")
    small = [f.resize((WIDTH, round(f.height * WIDTH / f.width))) for f in drawn]
    height = sum(f.height + GAP for f in small) - GAP
    sheet = Image.new("RGB", (WIDTH, height), "white")
    top = 0
    for figure in small:
        sheet.paste(figure, (0, top))
        top += figure.height + GAP
    sheet.save(PICTURE, quality=80, optimize=True)


if __name__ == "__main__":
    main()
