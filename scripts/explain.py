"""Draw the figures of docs/explain.md, with the functions that the methods use.

    OMP_NUM_THREADS=1 python scripts/explain.py

Writes docs/explain/{plan,matches,similarity,pyramid}.jpg, from the example pictures and the
results in docs/gallery. Seconds.
"""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch

from wasserstyle.features.sampling import hypercolumns
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.image import read, resize
from wasserstyle.image.resize import to_long_side
from wasserstyle.methods.strotss import LAYERS
from wasserstyle.ot.assignment import assignment
from wasserstyle.ot.costs import cosine_cost, euclidean_cost
from wasserstyle.ot.relaxed import relaxed_emd
from wasserstyle.pyramid import decompose, reconstruct
from wasserstyle.types import Cloud, Image, Positions

ROOT = Path(__file__).parent.parent
EXAMPLES, GALLERY, FIGURES = ROOT / "examples", ROOT / "docs/gallery", ROOT / "docs/explain"
SIDE = 256
DEEP = ("rgb", "relu3_1", "relu4_3")
"""Layers of the self-similarity maps: of the hypercolumn, those with most to say of things."""
BLUE, RED, GREY = "#3465a4", "#c4432b", "#888888"
DPI, JPEG = 110, {"quality": 88, "optimize": True}


def plan() -> Figure:
    """Two small clouds: the transport plan, and its two relaxations."""
    stream = torch.Generator().manual_seed(5)
    x = torch.randn(9, 2, generator=stream) * 0.6
    y = torch.randn(9, 2, generator=stream) * torch.tensor([1.1, 0.5])
    y += torch.tensor([1.1, 0.9])
    cost = euclidean_cost(x, y)
    whole = assignment(cost)
    each = torch.arange(len(x))
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.75), layout="constrained")
    drawn = (
        ("transport plan: every point once", each, whole),
        ("relaxed: each x to its nearest y", each, cost.argmin(dim=1)),
        ("relaxed: each y from its nearest x", cost.argmin(dim=0), each),
    )
    for axis, (title, rows, columns) in zip(axes, drawn, strict=True):
        for i, j in zip(rows.tolist(), columns.tolist(), strict=True):
            axis.plot(*torch.stack([x[i], y[j]]).T, color=GREY, linewidth=1.2, zorder=1)
        axis.scatter(*x.T, color=BLUE, label="x", zorder=2)
        axis.scatter(*y.T, color=RED, marker="s", label="y", zorder=2)
        axis.set_title(f"{title}\nmean cost {cost[rows, columns].mean():.2f}", fontsize=10)
        bare(axis)
        axis.set_aspect("equal")
    axes[0].legend(frameon=False, loc="upper left")
    figure.supxlabel(
        f"the larger of the two: relaxed earth mover's distance {relaxed_emd(cost):.2f}",
        fontsize=10,
    )
    return figure


def matches() -> Figure:
    """Where points of a result find their nearest features in the style, and the style's."""
    result = small(GALLERY / "coffee-watercolour.jpg")
    style = small(EXAMPLES / "style/watercolour.jpg")
    here, there = grid(result, 5, 7), grid(style, 40, 32)
    cost = cosine_cost(look(result, here), look(style, there))
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained")
    for axis, image in zip(axes, (result, style), strict=True):
        axis.imshow(shown(image))
        bare(axis)
    colours = plt.get_cmap("turbo")(np.linspace(0.05, 0.95, len(here)))
    nearest = there[cost.argmin(dim=1)]
    for a, b, colour in zip(here.tolist(), nearest.tolist(), colours, strict=True):
        line = ConnectionPatch(
            a[::-1], b[::-1], "data", "data", axesA=axes[0], axesB=axes[1], color=colour
        )
        line.set(linewidth=1.1, alpha=0.8)
        figure.add_artist(line)
        for axis, point in zip(axes, (a, b), strict=True):
            axis.scatter(point[1], point[0], color=colour, edgecolor="white", s=34, zorder=3)
    return figure


def similarity() -> Figure:
    """Distances of all points to one, in the content and in the result."""
    result = small(GALLERY / "cat-swirls.jpg")
    content = resize(small(EXAMPLES / "content/cat.jpg"), *result.shape[2:])
    rows, columns = len(range(2, result.shape[2], 4)), len(range(2, result.shape[3], 4))
    at = torch.cartesian_prod(torch.arange(2, 4 * rows, 4), torch.arange(2, 4 * columns, 4))
    maps = [cosine_cost(f := look(i, at, DEEP), f) for i in (content, result)]
    maps = [m / m.mean(dim=0, keepdim=True) for m in maps]
    figure, axes = plt.subplots(2, 4, figsize=(10, 3.7), layout="constrained")
    for line, point in zip(axes, ((64, 98), (24, 225)), strict=True):
        number = (at - torch.tensor(point)).square().sum(dim=1).argmin()
        for axis, image in zip(line[:2], (content, result), strict=True):
            axis.imshow(shown(image))
        for axis, distances in zip(line[2:], maps, strict=True):
            drawn = distances[:, number].reshape(rows, columns)
            axis.imshow(drawn, cmap="viridis", vmin=0, vmax=1.6, extent=extent(result))
        for axis in line:
            axis.scatter(point[1], point[0], color=RED, edgecolor="white", s=45)
            bare(axis)
    titles = ("content", "result", "distances in the content", "distances in the result")
    for axis, title in zip(axes[0], titles, strict=True):
        axis.set_title(title, fontsize=10)
    return figure


def pyramid() -> Figure:
    """A picture as a sum of bands, and back."""
    image = small(EXAMPLES / "content/cat.jpg")
    bands = decompose(image, 3)
    error = float((reconstruct(bands) - image).abs().max())
    figure, axes = plt.subplots(1, 5, figsize=(10, 1.9), layout="constrained")
    titles = ["the picture", "finest band", "second", "third", "the rest"]
    for axis, title, band in zip(axes, titles, [image, *bands], strict=True):
        middle = 0.0 if band is image or band is bands[-1] else 0.5
        axis.imshow(shown(band * (3 if middle else 1) + middle), extent=extent(image))
        axis.set_title(f"{title}\n{band.shape[3]} x {band.shape[2]}", fontsize=9)
        bare(axis)
    print(f"pyramid and back: largest change {error:.1e}")
    return figure


def small(path: Path) -> Image:
    """A picture of 256 px."""
    return to_long_side(read(path).rgb, SIDE)


def grid(image: Image, rows: int, columns: int) -> Positions:
    """Positions spread evenly."""
    sides = zip(image.shape[2:], (rows, columns), strict=True)
    down, across = (((torch.arange(n) + 0.5) * side / n).long() for side, n in sides)
    return torch.cartesian_prod(down, across)


@torch.no_grad()
def look(image: Image, at: Positions, layers: Sequence[str] = LAYERS) -> Cloud:
    """Hypercolumns at positions."""
    return hypercolumns(Vgg(bundled("vgg16"))(image, layers), at)


def shown(image: Image) -> np.ndarray:
    """For matplotlib."""
    return image[0].permute(1, 2, 0).clamp(0, 1).numpy()


def extent(image: Image) -> tuple[float, float, float, float]:
    """Of a coarser picture over this one."""
    return (-0.5, image.shape[3] - 0.5, image.shape[2] - 0.5, -0.5)


def bare(axis: Axes) -> None:
    """No ticks."""
    axis.set(xticks=[], yticks=[])


def main() -> None:
    """Draw all."""
    FIGURES.mkdir(exist_ok=True)
    for draw in (plan, matches, similarity, pyramid):
        path = FIGURES / f"{draw.__name__}.jpg"
        draw().savefig(path, dpi=DPI, pil_kwargs=JPEG)
        print(f"{path.name}: {path.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
