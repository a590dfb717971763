"""Where the fine grid of the plain recipe comes from, and whether it is gone.

    python benchmarks/grid.py [--size 256] [--iterations 50] [--pair CONTENT STYLE ...]

Grid: how differently neighbours change at odd and even rows (columns). The profile of absolute
differences is divided by its running mean; the excess is the root mean square of its two phase
means, in percent. Photographs resized with antialiasing have 0 to 3.

Each variant undoes one remedy of the default preset; "all" undoes them together.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray
from torch.nn import functional as F

from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.runs import Options, Stylizer
from wasserstyle.types import Image

ROOT = Path(__file__).parent.parent
PAIR = ROOT / "examples/content/astronaut.jpg", ROOT / "examples/style/watercolour.jpg"
QUIET = 0.9
"""Quantile of differences above which edges are cut off: the grid is in the smooth parts."""
WINDOW = 17
"""Pixels of the running mean."""


def grid_excess(image: Image) -> tuple[float, float]:
    """Excess in percent of rows and of columns."""
    luma = images.to_array(image, np.float32).mean(axis=2)
    return _excess(luma, 0), _excess(luma, 1)


def _excess(luma: NDArray[np.float32], axis: int) -> float:
    slopes = np.abs(np.diff(luma, axis=axis))
    slopes = np.minimum(slopes, np.quantile(slopes, QUIET))
    profile = slopes.mean(axis=1 - axis)
    half = WINDOW // 2
    trend = np.convolve(np.pad(profile, half, mode="edge"), np.ones(WINDOW) / WINDOW, "valid")
    ratio = profile / trend - 1
    return 100 * float(np.sqrt(np.mean([ratio[k::2].mean() ** 2 for k in (0, 1)])))


def plain_enlarge(x: Image, height: int, width: int) -> Image:
    """Bilinear, no binomial."""
    return F.interpolate(x, (height, width), mode="bilinear", align_corners=False)


def plain_shrink(image: Image, long_side: int) -> Image:
    """Bilinear without antialiasing, as the authors' code resizes."""
    return plain_enlarge(image, *images.fit((image.shape[2], image.shape[3]), long_side))


@contextmanager
def plain_pyramid() -> Iterator[None]:
    """Bilinear enlarging in the pyramid and from scale to scale."""
    with (
        mock.patch("wasserstyle.pyramid.enlarge", plain_enlarge),
        mock.patch("wasserstyle.methods.strotss.enlarge", plain_enlarge),
    ):
        yield


@contextmanager
def aliased() -> Iterator[None]:
    """No antialiasing."""
    with mock.patch("wasserstyle.methods.strotss.to_long_side", plain_shrink):
        yield


@contextmanager
def untouched() -> Iterator[None]:
    """Nothing undone in the code."""
    yield


@contextmanager
def everything() -> Iterator[None]:
    """Both."""
    with plain_pyramid(), aliased():
        yield


VARIANTS: dict[str, tuple[Callable[[], object], dict[str, str]]] = {
    "default": (untouched, {}),
    "bilinear pyramid": (plain_pyramid, {}),
    "fixed lattice": (untouched, {"positions": "fixed lattice"}),
    "code's reading": (untouched, {"reading": "code"}),
    "no antialiasing": (aliased, {}),
    "all": (everything, {"positions": "fixed lattice", "reading": "code"}),
}


def main() -> None:
    """Run all variants on all pairs, print, write results/grid.json and the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--iterations", type=int, default=50)
    parser.add_argument("--pair", type=Path, nargs=2, action="append", default=[])
    parser.add_argument("--pictures", type=Path, help="folder for the pictures")
    arguments = parser.parse_args()
    results: dict[str, dict[str, tuple[float, float]]] = {}
    for content, style in arguments.pair or [PAIR]:
        table = results.setdefault(f"{content.stem} x {style.stem}", {})
        base = images.to_long_side(images.read(content).rgb, arguments.size)
        table["content itself"] = grid_excess(base)
        for name, (undo, change) in VARIANTS.items():
            method = replace(
                methods.get("strotss")(), iterations=arguments.iterations, **change
            )
            options = Options(method=method, size=arguments.size)
            with undo():
                result = Stylizer(style, options=options).stylize(content)
            table[name] = grid_excess(result.image)
            rows, columns = table[name]
            print(f"{content.stem:14}{name:18}{rows:5.1f} {columns:5.1f}", flush=True)
            if arguments.pictures:
                result.save(arguments.pictures / f"{content.stem}-{name.replace(' ', '-')}.png")
    target = ROOT / "benchmarks/results/grid.json"
    target.write_text(
        json.dumps(
            {"size": arguments.size, "iterations": arguments.iterations, "percent": results},
            indent=1,
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
