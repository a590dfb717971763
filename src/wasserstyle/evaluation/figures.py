"""Figures that explain: where transport goes, what self-similarity sees, what a weight trades.

All return a matplotlib figure; ``save`` writes it. Needs the extra ``figures``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from wasserstyle.errors import BadSetting
from wasserstyle.evaluation.views import SIDE
from wasserstyle.features.sampling import hypercolumns
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.image.arrays import to_array
from wasserstyle.image.resize import to_long_side
from wasserstyle.methods.strotss import LAYERS
from wasserstyle.ot.assignment import assignment
from wasserstyle.ot.costs import cosine_cost
from wasserstyle.types import Cloud, Image, Positions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GRID = 4
"""Points along each side of a picture whose transport is drawn."""
MAP = 64
"""Long side of a map of self-similarity, cells."""
INCH = 2.6
"""Width of one picture."""
DPI = 110

Pairs = Int[Tensor, "_pairs 2"]


def transport_plan(picture: Image, style: Image) -> "Figure":
    """Where points of a picture go in the style: nearest (R_A), nearest (R_B), and exact.

    Points on a grid of both pictures, hypercolumns of STROTSS, cosine distance. A line joins
    what is matched; its colour is that of the picture's point, by its place.

    Args:
        picture: sRGB in [0, 1].
        style: The same.
    """
    ends = [to_long_side(image, SIDE) for image in (picture, style)]
    at = [_grid(image, GRID, GRID) for image in ends]
    cost = cosine_cost(*(_columns(*pair) for pair in zip(ends, at, strict=True)))
    all_of, once = torch.arange(len(cost)), assignment(cost)
    plans = {
        f"$R_A$ = {cost.amin(1).mean():.3f}": torch.stack([all_of, cost.argmin(1)], dim=1),
        f"$R_B$ = {cost.amin(0).mean():.3f}": torch.stack([cost.argmin(0), all_of], dim=1),
        f"EMD = {cost[all_of, once].mean():.3f}": torch.stack([all_of, once], dim=1),
    }
    figure = _figure(len(plans), sum(_tallness(image) for image in ends) + 0.25)
    axes = figure.subplots(2, len(plans), height_ratios=[_tallness(i) for i in ends])
    for column, (title, pairs) in zip(axes.T, plans.items(), strict=True):
        column[0].set_title(title, fontsize=9)
        for axis, image in zip(column, ends, strict=True):
            _show(axis, image)
        _join(figure, column, at, pairs)
    return figure


def self_similarity_maps(
    pictures: Mapping[str, Image], points: Sequence[tuple[float, float]]
) -> "Figure":
    """How unlike every place of a picture is to a few chosen ones: rows of D of Eq. 7.

    Args:
        pictures: By title, of one aspect ratio; such as a content and what was made of it.
        points: (row, column) in [0, 1], the same in all pictures.
    """
    first = next(iter(pictures.values()))
    figure = _figure(1 + len(points), len(pictures) * (_tallness(first) + 0.12))
    axes = figure.subplots(len(pictures), 1 + len(points), squeeze=False)
    for row, (title, picture) in zip(axes, pictures.items(), strict=True):
        small = to_long_side(picture, SIDE)
        _show(row[0], small)
        row[0].set_title(title, fontsize=9)
        for number, (axis, point) in enumerate(zip(row[1:], points, strict=True)):
            axis.imshow(
                _unlike(small, point).numpy(), cmap="magma", extent=(0, 1, 1, 0), aspect="auto"
            )
            axis.set_box_aspect(_tallness(small))
            axis.set_axis_off()
            mark = {"marker": "o", "ms": 7, "mfc": f"C{number}", "mec": "white"}
            axis.plot(point[1], point[0], **mark)
            height, width = small.shape[2:]
            row[0].plot(point[1] * (width - 1), point[0] * (height - 1), **mark)
    return figure


@dataclass(frozen=True)
class Point:
    """A setting of a method in a trade-off."""

    method: str
    label: str
    content: float
    style: float


def trade_off(points: Sequence[Point], content: str, style: str) -> "Figure":
    """Style against content, a curve for each method, and the Pareto front.

    Args:
        points: Less is nearer, in both; those of a method in the order of its curve.
        content: Name of the content's axis.
        style: Name of the style's axis.
    """
    figure = _figure(2.6, 1.8)
    axis = figure.subplots()
    for number, method in enumerate(dict.fromkeys(p.method for p in points)):
        mine = [p for p in points if p.method == method]
        mark = f"-{'os^Dv'[number // 10 % 5]}"
        across, up = [p.content for p in mine], [p.style for p in mine]
        axis.plot(across, up, mark, color=f"C{number % 10}", ms=4, lw=1, label=method)
    front = pareto(points)
    ends = [p.content for p in front], [p.style for p in front]
    axis.plot(*ends, "--", color="0.4", lw=1, zorder=0, label="Pareto front")
    axis.set_xlabel(f"{content} (less is nearer)")
    axis.set_ylabel(f"{style} (less is nearer)")
    axis.legend(fontsize=7, frameon=False)
    axis.spines[["top", "right"]].set_visible(False)
    return figure


def pareto(points: Sequence[Point]) -> list[Point]:
    """Those that no other one is nearer than in both; by content."""
    ordered = sorted(points, key=lambda p: (p.content, p.style))
    front: list[Point] = []
    for point in ordered:
        if not front or point.style < front[-1].style:
            front.append(point)
    return front


def save(figure: "Figure", path: Path) -> Path:
    """Write a figure; by its suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {"pil_kwargs": {"quality": 88}} if path.suffix == ".jpg" else {}
    figure.savefig(path, dpi=DPI, **options)
    return path


# ------------------------------------------------------------------ parts
def _figure(columns: float, rows: float) -> "Figure":
    """In widths of a picture."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise BadSetting(
            "figures need matplotlib: pip install 'wasserstyle[figures]'"
        ) from error
    return Figure(figsize=(INCH * columns, INCH * rows), layout="constrained")


def _tallness(image: Image) -> float:
    return image.shape[2] / image.shape[3]


def _show(axis: "Axes", image: Image) -> None:
    axis.imshow(to_array(image))
    axis.set_axis_off()


def _join(
    figure: "Figure", axes: Sequence["Axes"], at: Sequence[Positions], pairs: Pairs
) -> None:
    """Draw a line for every pair, from the upper picture to the lower one."""
    from matplotlib import colormaps
    from matplotlib.patches import ConnectionPatch

    for one, other in pairs.tolist():
        (y, x), (v, u) = at[0][one].tolist(), at[1][other].tolist()
        colour = colormaps["hsv"](one / len(at[0]))
        line = ConnectionPatch(
            xyA=(x, y), xyB=(u, v), coordsA="data", coordsB="data",
            axesA=axes[0], axesB=axes[1], color=colour, lw=0.8, alpha=0.8,
        )  # fmt: skip
        figure.add_artist(line)
        for axis, (across, down) in zip(axes, ((x, y), (u, v)), strict=True):
            axis.plot(across, down, ".", color=colour, ms=4)


def _grid(image: Image, rows: int, columns: int) -> Positions:
    """Middles of so many equal cells."""
    ends = zip(image.shape[2:], (rows, columns), strict=True)
    along = [((torch.arange(k) + 0.5) * n / k).long() for n, k in ends]
    return torch.cartesian_prod(*along)


@torch.no_grad()
def _columns(image: Image, at: Positions) -> Cloud:
    return hypercolumns(_network()(image.float(), LAYERS), at)


def _unlike(image: Image, point: tuple[float, float]) -> Float[Tensor, "_h _w"]:
    """Cosine distances of all places of a picture to one."""
    cells = [max(1, round(n * MAP / max(image.shape[2:]))) for n in image.shape[2:]]
    here = [round(s * (n - 1)) for s, n in zip(point, image.shape[2:], strict=True)]
    every = torch.cat([torch.tensor([here]), _grid(image, *cells)])
    columns = _columns(image, every)
    return cosine_cost(columns[:1], columns[1:])[0].unflatten(0, cells)


@cache
def _network() -> Vgg:
    return Vgg(bundled("vgg16"))
