"""What the four pictures share: colours, noise, places on the sheet, and light on a surface.

A field is an array with one value per pixel, rows first; a point is (x, y), column first.
Whatever is random comes from the generator passed in, so that a seed fixes a picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Array = NDArray[Any]
Shape = tuple[int, int]
Pair = tuple[float, float]
Box = tuple[slice, slice]


def palette(codes: str) -> Array:
    """Read hexadecimal colours into rows of RGB in [0, 1]."""
    return np.array([list(bytes.fromhex(code)) for code in codes.split()], np.float32) / 255


def noise(rng: Generator, shape: Shape, cell: float | Pair, octaves: int = 1) -> Array:
    """Smooth random field with mean 0 and deviation 1; `cell` pixels lie between its knots."""
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        step = np.maximum(np.broadcast_to(cell, 2) / 2**octave, 1)
        knots = rng.standard_normal(np.ceil(shape / step).astype(int) + 2, np.float32)
        total += ndimage.zoom(knots, step + 1e-3)[: shape[0], : shape[1]] * 0.55**octave
    return (total - total.mean()) / total.std()


def grid(shape: Shape, unit: float = 1) -> tuple[Array, Array]:
    """Pixel coordinates (x, y), in multiples of `unit` pixels."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / np.float32(unit)
    return x, y


def scatter(rng: Generator, shape: Shape, step: float, shake: float = 0.6) -> Array:
    """Points (x, y) on a shaken grid, in random order."""
    points = np.mgrid[0 : shape[1] : step, 0 : shape[0] : step].reshape(2, -1).T
    points = points + rng.uniform(-shake, shake, points.shape) * step
    return rng.permutation(np.clip(points, 0, np.array(shape[::-1]) - 1))


def pixels(points: Array, shape: Shape) -> tuple[Array, Array]:
    """Index (rows, columns) of the pixels under points, or nearest to them on the sheet."""
    nearest = np.clip(points, 0, np.array(shape[::-1]) - 1).astype(int)
    return nearest[..., 1], nearest[..., 0]


def around(shape: Shape, place: Pair, turn: float, reach: Pair) -> tuple[Box, Array, Array]:
    """The box about a turned mark, with coordinates along and across the mark."""
    (x, y), cos, sin = place, float(np.cos(turn)), float(np.sin(turn))
    right = int(abs(cos) * reach[0] + abs(sin) * reach[1]) + 2
    down = int(abs(sin) * reach[0] + abs(cos) * reach[1]) + 2
    x0, x1 = np.clip([int(x) - right, int(x) + right], 0, shape[1])
    y0, y1 = np.clip([int(y) - down, int(y) + down], 0, shape[0])
    dx, dy = np.arange(x0, x1)[None] - np.float32(x), np.arange(y0, y1)[:, None] - np.float32(y)
    dx, dy = dx.astype(np.float32), dy.astype(np.float32)
    return np.s_[y0:y1, x0:x1], dx * cos + dy * sin, dy * cos - dx * sin


def ridge(x: Array | float, level: float, phase: float, swing: float) -> Array:
    """Height of a rolling skyline."""
    return level + swing * (np.sin(3.1 * x + phase) + 0.45 * np.sin(7.3 * x + 2.1 * phase))


def light(colour: Array, height: Array, gloss: float = 0) -> Array:
    """The colours of a surface lit from the upper left, as its relief catches the light."""
    dy, dx = np.gradient(height)
    slant = (1 + 0.6 * dx + 0.8 * dy) / np.sqrt(1 + dx**2 + dy**2)
    shine = np.clip(slant - 1.08, 0, None) ** 1.3 * gloss
    return colour * np.clip(0.25 + 0.75 * slant, 0.35, 1.35)[..., None] + shine[..., None]


def develop(colour: Array, size: Shape) -> Image.Image:
    """Colours in [0, 1] as an image of `size` (width, height)."""
    image = Image.fromarray((np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8))
    return image.resize(size, Image.Resampling.LANCZOS)
