"""Watercolour: flowers in a jug on a table.

Washes are laid from the front to the back.  Each darkens the paper by its pigment, pools at its
rim and runs back into itself; once a form is dry, later washes keep off it and leave a thread
of bare paper around it.
"""

from __future__ import annotations

import numpy as np
from brushes import Array, Box, Pair, Shape, around, develop, grid, light, noise, palette
from numpy.random import Generator, default_rng
from PIL import Image
from scipy import ndimage

FLOWERS = palette(
    "e8321e f0561f e0186a f04a8c f5801a f9a826 c81440 e8321e b0208c e85aa8 f7b21a f28a1c"
).reshape(6, 2, 3)
LEAVES = palette("3f8f4a 8fb53a 1f6f5a 3f8f4a 8fb53a d2c23f 24607a 3f8f4a").reshape(4, 2, 3)
EYE = palette("3a1e4a 5a2438")
SPOTS = [  # x, y and size of a flower
    (430, 400, 150), (610, 310, 135), (330, 560, 120), (600, 530, 140),
    (290, 270, 115), (460, 200, 110), (730, 450, 110), (480, 640, 100),
    (210, 440, 95), (750, 230, 90), (650, 660, 85),
]  # fmt: skip


class Sheet:
    """Watercolour paper, painted from the front to the back: wet washes keep off dry ones."""

    def __init__(self, rng: Generator, shape: Shape) -> None:
        self.rng, self.shape, self.wet = rng, shape, []
        self.colour = palette("fbf6ea") + 0.006 * noise(rng, shape, 150, 3)[..., None]
        self.grain, self.dry = noise(rng, shape, 5, 3), np.zeros(shape, np.float32)
        self.ragged, self.pools = noise(rng, shape, 34, 3), noise(rng, shape, 60, 2)

    def cut(self, source: Array, shape: Shape) -> Array:
        """A random piece of a noise field."""
        top, left = self.rng.integers(0, np.array(source.shape) - shape + 1)
        return source[top : top + shape[0], left : left + shape[1]]

    def wash(
        self,
        depth: Array,
        tints: Array,
        load: float,
        wild: float = 3,
        *,
        box: Box = np.s_[:, :],
    ) -> None:
        """Float two pigments where `depth`, in pixels inwards from the rim, is positive.

        Args:
            depth: Signed distance from the rim of the wash.
            tints: Two pigments that run into one another.
            load: How much pigment the brush holds.
            wild: How far the rim wanders, in pixels.
            box: The part of the sheet that `depth` covers.
        """
        self.wet.append((box, depth))
        depth = depth + wild * self.cut(self.ragged, depth.shape)
        pools, grain = self.cut(self.pools, depth.shape), self.grain[box]
        film = np.clip(depth / 1.6 + 0.5 - 0.25 * grain, 0, 1) * (1 - self.dry[box])
        rim = np.exp(-(((depth - 1.8) / 1.9) ** 2)) + 0.5 * np.exp(-np.clip(depth, 0, None) / 9)
        bloom = np.exp(-(((pools - 0.75) / 0.14) ** 2))
        back_run = bloom - 0.7 / (1 + np.exp((0.75 - pools) * 12))
        amount = 0.62 + 0.20 * pools + 0.60 * rim + 0.32 * back_run + 0.12 * grain
        amount = np.clip(amount, 0.05, None) * film * load
        mix = 1 / (1 + np.exp(-2.5 * self.cut(self.pools, depth.shape)))[..., None]
        self.colour[box] *= (tints[0] * mix + tints[1] * (1 - mix)) ** amount[..., None]

    def settle(self) -> None:
        """Let the last form dry; later washes stop a thread of bare paper short of it."""
        for box, depth in self.wet:
            self.dry[box] = np.maximum(self.dry[box], np.clip((depth + 2.5) / 2, 0, 0.94))
        self.wet.clear()

    def petal(self, root: Pair, turn: float, size: Pair, tints: Array, *, load: float) -> None:
        """One loaded brush mark that swells from its root: petal, leaf, stamen or splash."""
        length, width = size
        box, u, v = around(self.shape, root, turn, (length + 4, length / 3 + width))
        u, v = u / length, v + self.rng.normal(0, 0.12) * length * (u / length) ** 2
        swell = np.sin(3.14 * np.clip(u, 0, 1) ** 0.75) ** 0.7
        depth = np.where((u > 0) & (u < 1), width / 2 * swell - np.abs(v), -9)
        load *= self.rng.uniform(0.8, 1.2)
        self.wash(depth, tints, load, min(3.5, width / 14), box=box)


def paint_flower(sheet: Sheet, place: Pair, size: float, tints: Array) -> None:
    """Two rings of petals, few and broad or many and narrow, around a dark eye with stamens."""
    rng, (x, y) = sheet.rng, place
    few = rng.random() < 0.6
    count, breadth = (rng.integers(5, 7), 1.05) if few else (rng.integers(10, 14), 0.42)
    for ring, load in ((1.0, 0.75), (0.66, 1.1)):
        for step in np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(0, 6):
            turn = step + rng.normal(0, 0.12)
            length = size * ring * rng.uniform(0.85, 1.1) * (0.82 + 0.18 * abs(np.cos(turn)))
            sheet.petal((x, y), turn, (length, length * breadth), tints, load=load)
    for turn in rng.uniform(0, 6.3, 6):
        eye = x + rng.normal(0, 3), y + rng.normal(0, 3)
        sheet.petal(eye, turn, (size * 0.24, size * 0.2), EYE, load=0.6)
    for turn in rng.uniform(0, 6.3, 16):
        r = size * rng.uniform(0.2, 0.36)
        sheet.petal((x + r * np.cos(turn), y + r * np.sin(turn)), turn, (9, 6), EYE, load=1.5)
    sheet.settle()


def paint_jug(sheet: Sheet, x: Array, y: Array) -> None:
    """A glazed jug with blue bands."""
    t, bow = np.clip((y - 690) / 300, 0, 1), (x - 480) ** 2 / 900
    half = 74 + 52 * np.sin(np.pi * t**0.8) - 18 * t
    inside = np.minimum(half - np.abs(x - 480), np.minimum(y - 690, 1002 - y - bow))
    sheet.wash(inside, palette("8fc0c8 b8d0c4"), 0.55)
    shade = np.minimum(inside - 3, (x - 505 + 20 * np.sin(y / 50)) / 2)
    sheet.wash(shade, palette("3f7f9a 5a6fa8"), 0.75, 4)
    for level in (775, 800, 900):
        band = np.minimum(inside, 7 - np.abs(y - level + bow))
        sheet.wash(band, palette("24408a 2a62b8"), 1)
    sheet.settle()


def paint_oranges(sheet: Sheet, x: Array, y: Array) -> None:
    """Three oranges beside the jug, each with a shaded side."""
    for cx, cy, r in ((705, 985, 62), (800, 1010, 54), (235, 1010, 58)):
        ball, lit = r - np.hypot(x - cx, y - cy), np.hypot(x - cx + 24, y - cy + 26)
        sheet.wash(ball, palette("f79a1c f9b52e"), 0.95)
        sheet.wash(np.minimum(ball, lit - r * 0.9), palette("e0521c d8402a"), 0.9, 6)
        sheet.settle()


def paint_leaves(sheet: Sheet) -> None:
    """Leaves that point outwards from behind the flowers."""
    rng = sheet.rng
    for turn, r in rng.uniform((0, 120), (2 * np.pi, 300), (90, 2)):
        root = 480 + r * np.cos(turn), 430 + 0.95 * r * np.sin(turn)
        length = rng.uniform(70, 150)
        size = length, length * rng.uniform(0.16, 0.4)
        sheet.petal(root, turn + rng.normal(0, 0.5), size, LEAVES[rng.integers(4)], load=0.95)
    sheet.settle()


def paint_room(sheet: Sheet, x: Array, y: Array) -> None:
    """Shadow, table and wall, with dry-brushed edges, and splashes over all."""
    rng, dry_edge = sheet.rng, 8 * np.clip(sheet.grain, 0, None)
    margin = np.minimum(np.minimum(x - 40, 920 - x), np.minimum(y - 40, 1112 - y))
    shadow = np.minimum(62 - np.hypot((x - 640) / 3.4, y - 1025), margin)
    sheet.wash(shadow, palette("6a4a9a 8a4a7a"), 0.75, 9)
    for k in range(7):
        stroke = 26 - np.abs(y - 920 - 32 * k + 20 * sheet.ragged)
        sheet.wash(np.minimum(margin, stroke) - dry_edge, palette("e08a3a d0542e"), 0.5, 6)
    sheet.wash(np.minimum(margin, y - 905 + 0.04 * x), palette("f2b45a e88a4a"), 0.7, 8)
    sheet.settle()
    sheet.wash(np.minimum(margin - dry_edge, 905 - y), palette("f6c89a f2a8a0"), 0.6, 20)
    far = np.minimum(margin, 700 - y + 170 * noise(rng, sheet.shape, 170, 2))
    sheet.wash(far, palette("7fc4bc a8c8d8"), 0.5, 16)
    for x0, y0, turn, *size in rng.uniform((60, 60, 0, 5, 5), (900, 1090, 6, 18, 13), (34, 5)):
        sheet.petal((x0, y0), turn, size, FLOWERS[rng.integers(6)], load=0.8)


def paint() -> Image.Image:
    """The whole picture, from the nearest flower back to the wall."""
    sheet = Sheet(default_rng(1906), (1152, 960))
    x, y = grid(sheet.shape)
    for number, (cx, cy, size) in enumerate(SPOTS):
        paint_flower(sheet, (cx, cy), size, FLOWERS[number % len(FLOWERS)])
    paint_jug(sheet, x, y)
    paint_oranges(sheet, x, y)
    paint_leaves(sheet)
    paint_room(sheet, x, y)
    tooth = ndimage.gaussian_filter(sheet.grain, 0.7)
    return develop(light(sheet.colour, 0.05 * tooth), (640, 768))
