"""Paint the four style pictures that the examples carry, so that nobody's rights are in them.

Every brush stroke, pen line, tile and wash is made here from a seeded generator, with no
photograph or painting as a source.  The pictures may be used under CC0.

Run it from the repository root; in about a minute it writes the same pictures every time:

    python scripts/paint_styles.py [OUT_DIR]        # OUT_DIR is examples/style by default
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator, default_rng
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.spatial import cKDTree

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


def picture(colour: Array, height: Array, gloss: float, size: Shape) -> Image.Image:
    """Light a surface from the upper left, as its relief catches it, and scale it to `size`."""
    dy, dx = np.gradient(height)
    slant = (1 + 0.6 * dx + 0.8 * dy) / np.sqrt(1 + dx**2 + dy**2)
    shine = np.clip(slant - 1.08, 0, None) ** 1.3 * gloss
    lit = colour * np.clip(0.25 + 0.75 * slant, 0.35, 1.35)[..., None] + shine[..., None]
    image = Image.fromarray((np.clip(lit, 0, 1) * 255 + 0.5).astype(np.uint8))
    return image.resize(size, Image.Resampling.LANCZOS)


# ------------------------------------------------------------------ 1: impasto night


class Layer(NamedTuple):
    """Strokes to lay: chance, direction and palette place per pixel; palette; size; spacing."""

    density: Array
    angle: Array
    tone: Array
    colours: Array
    size: Pair
    spacing: float


class Canvas:
    """Wet paint: its colour, its thickness, and the marks that bristles leave."""

    def __init__(self, rng: Generator, shape: Shape) -> None:
        self.rng, self.shape = rng, shape
        self.height = 0.12 * noise(rng, shape, 4)
        self.colour = palette("6b5a35") * (1 + self.height[..., None])
        self.bristles = noise(rng, (512, 1024), (3, 90), 2)

    def stroke(self, place: Pair, curve: Pair, size: Pair, tints: Array) -> None:
        """Lay one curved stroke of two colours that the bristles have half mixed."""
        (turn, bend), (length, width) = curve, size
        reach = 0.58 * length, 0.55 * width + abs(bend) * (0.58 * length) ** 2
        box, along, across = around(self.shape, place, turn, reach)
        u = along * np.float32(2 / length)
        v = (across - np.float32(bend) * along**2) * np.float32(2 / width)
        row, column = self.rng.integers(30, 480), self.rng.integers(200, 800)
        i = np.clip(row + v * 22, 0, 511).astype(np.intp)
        hair = self.bristles[i, np.clip(column + u * 60, 0, 1023).astype(np.intp)]
        body = 1 - np.square(np.square(u + 0.13 * hair)) - np.square(v * v)
        alpha = np.clip(body * 4, 0, 1) * np.clip(1.5 + 0.55 * hair - 0.75 * u, 0, 1)
        blend = np.clip(0.5 + 0.45 * hair, 0, 1)[..., None]
        first, second = tints.astype(np.float32)
        paint = first + (second - first) * blend
        self.colour[box] += (paint - self.colour[box]) * alpha[..., None]
        thick = 0.9 + 0.28 * hair + 0.6 * v * v + 0.35 * np.clip(u, 0, 1)
        self.height[box] += (thick - 0.65 * self.height[box]) * alpha

    def line(self, start: Pair, end: Pair, width: float, tints: Array) -> None:
        """A stroke from one point to another."""
        (x0, y0), (x1, y1) = start, end
        size = np.hypot(x1 - x0, y1 - y0) + width / 2, width
        turn, bend = np.arctan2(y1 - y0, x1 - x0), self.rng.normal(0, 6e-4)
        self.stroke(((x0 + x1) / 2, (y0 + y1) / 2), (turn, bend), size, tints)

    def lay(self, layer: Layer) -> None:
        """Cover a layer with strokes in random order, each bent to the direction field."""
        rng, knots = self.rng, np.linspace(0, 1, len(layer.colours))
        for x, y in scatter(rng, self.shape, layer.spacing):
            here = int(y), int(x)
            if rng.random() > layer.density[here]:
                continue
            length, width = np.array(layer.size) * rng.uniform(0.7, 1.3, 2)
            turn = layer.angle[here] + rng.normal(0, 0.06)
            step = np.array([np.sin(turn), np.cos(turn)]) * length / 2
            ends = [np.clip(here + s * step, 0, np.array(self.shape) - 1) for s in (-1, 1)]
            first, last = (layer.angle[tuple(end.astype(int))] for end in ends)
            bend = ((last - first + np.pi / 2) % np.pi - np.pi / 2) / length / 2
            tone = layer.tone[here] + rng.normal(0, 0.12, 2)
            tints = np.stack([np.interp(tone, knots, c) for c in layer.colours.T], -1)
            tints *= rng.normal(1, 0.05, (2, 3))
            bend = np.clip(bend, -1.2 / length, 1.2 / length)
            self.stroke((x, y), (turn, bend), (length, width), tints)


NIGHT = palette("0b1240 14246b 1c3f9a 2a62b8 2f8fb5 62b6b5 a9d6c0 1b3385 0f1a55")
GLOW = palette("fffbe0 fff0a0 fbd43c f2b51e d9c552 8fc2a0 4b94b8")
CYPRESS = palette("05100f 0a1f1a 12332a 1d4a33 3a5a2a 6d5a26 0c2a38")
WALLS = palette("3a5f8f 7d9fb5 a8b79a 2c4a78 d6b56a")
ROOFS = palette("8a3a24 b5532a 40356a d07a35 5a2438")
BUSHES, INK, LAMP = (
    palette("0c2a2a 1d4a33 4a7a3a"),
    palette("070c26 0b1436"),
    palette("ffe27a fbc02d"),
)
VORTICES = [
    (0.60, 0.33, 0.20, 1),
    (0.90, 0.20, 0.13, -1),
    (0.30, 0.52, 0.10, -1),
    (0.88, 0.5, 0.12, 1),
]
STARS = [
    (0.20, 0.19, 0.15), (0.42, 0.10, 0.05), (0.72, 0.07, 0.06), (1.20, 0.09, 0.065),
    (0.06, 0.45, 0.055), (0.56, 0.56, 0.045), (0.73, 0.55, 0.05),
    (1.21, 0.42, 0.06), (1.0, 0.36, 0.045), (0.36, 0.32, 0.04),
]  # fmt: skip
HILLS = [
    (0.66, 0.6, 0.030, "16305e 1f4a86 2b6a9a 4a8fa8 243f78 0f1f50"),
    (0.73, 2.6, 0.032, "0f2a4a 1d5560 2d7a6a 6a9f5a 234f6a 0c1c3c"),
    (0.88, 4.4, 0.026, "0c1f33 1f4a3a 3f7a3f 93a043 d0a53a 27563f 0b1a2c"),
]


def sky_flow(x: Array, y: Array) -> Array:
    """Direction of the night wind: a drift, vortices that wind inwards, rings around lights."""
    u, v = np.ones_like(x), 0.45 * np.sin(4.3 * x + 2 * y) - 0.1
    for cx, cy, radius, spin in VORTICES:
        dx, dy = (x - cx) / radius, (y - cy) / radius
        pull = 7 * np.exp(-(dx**2 + dy**2))
        u, v = u - pull * (spin * dy + 0.22 * dx), v + pull * (spin * dx - 0.22 * dy)
    for cx, cy, radius in STARS:
        dx, dy = (x - cx) / radius, (y - cy) / radius
        ring = 30 * np.exp(-((dx**2 + dy**2) ** 2))
        u, v = u - ring * dy, v + ring * dx
    return np.arctan2(v, u)


def streaks(rng: Generator, angle: Array, cell: float, steps: int) -> Array:
    """Noise smeared along a direction field, so that colour runs with the strokes."""
    coarse = np.exp(1j * angle[::4, ::4])
    source, total = noise(rng, coarse.shape, cell), np.zeros(coarse.shape)
    for sign in (-2, 2):
        x, y = grid(coarse.shape)
        for _ in range(steps):
            total += ndimage.map_coordinates(source, [y, x], order=1, mode="nearest")
            turn = ndimage.map_coordinates(coarse, [y, x], order=1, mode="nearest")
            x, y = x + sign * turn.real, y + sign * turn.imag
    return (total / total.std()).repeat(4, 0).repeat(4, 1)


def paint_sky(canvas: Canvas, x: Array, y: Array) -> None:
    """The sky in two coats of shrinking strokes, then its lights in rings."""
    angle = sky_flow(x, y)
    tone = 0.40 + 0.22 * streaks(canvas.rng, angle, 7, 14)
    for cx, cy, radius, _ in VORTICES:
        tone += 0.3 * np.exp(-(((x - cx) ** 2 + (y - cy) ** 2) / (0.6 * radius) ** 2))
    tone += 0.22 * np.exp(-(((y - 0.62) / 0.07) ** 2))
    canvas.lay(Layer(np.ones_like(x), angle, tone, NIGHT, (110, 26), 22))
    canvas.lay(Layer(np.ones_like(x), angle, tone, NIGHT, (74, 15), 17))
    for cx, cy, radius in STARS:
        r, scale = np.hypot(x - cx, y - cy) / radius, 0.6 + 3 * radius
        rings = 0.03 + 0.74 * r + 0.13 * np.sin(r * 15)
        if radius > 0.1:
            rings = np.where((r < 0.5) & (np.hypot(x - cx - 0.035, y - cy) > 0.05), 0, rings)
        density = np.clip(1.25 - r, 0, 1) ** 0.8
        canvas.lay(Layer(density, angle, rings, GLOW, (44 * scale, 14 * scale), 9 * scale))


def ridge(x: Array, level: float, phase: float, swing: float) -> Array:
    """Height of a rolling skyline."""
    return level + swing * (np.sin(3.1 * x + phase) + 0.45 * np.sin(7.3 * x + 2.1 * phase))


def paint_house(canvas: Canvas, place: Pair, w: float, h: float) -> None:
    """Walls, roof, dark outlines and lit windows, or now and then a bush instead."""
    rng, (x, base) = canvas.rng, place
    if rng.random() < 0.3:
        for turn in rng.uniform(0, 2 * np.pi, 30):
            r, cos, sin = w * rng.random() ** 0.5, np.cos(turn), np.sin(turn)
            tints = BUSHES[rng.integers(0, 3, 2)]
            place = x + r * cos, base - w + r * sin
            canvas.stroke(place, (turn + 1.57, 0.01), (26, 9), tints)
        return
    wall, roof = WALLS[rng.integers(0, 5, 2)], ROOFS[rng.integers(0, 5, 2)]
    peak = base - h - rng.uniform(0.5, 1.0) * w
    for s in np.linspace(-1, 1, int(w / 5)):
        canvas.line((x + s * w, base), (x + s * w, base - h), 13, wall * rng.uniform(0.8, 1.1))
    for side in (-1, 1):
        for s in np.linspace(0, 1, 6):
            eave = x + side * 1.15 * w * (1 - 0.3 * s), base - h * (0.97 - 0.1 * s)
            canvas.line(eave, (x + side * s * w * 0.2, peak + s * w * 0.45), 12, roof)
        canvas.line((x + side * 1.3 * w, base - h * 0.88), (x, peak - 4), 6, INK)
        canvas.line((x + side * 1.08 * w, base), (x + side * 1.06 * w, base - h * 0.85), 6, INK)
        pane = x + side * 0.45 * w + rng.normal(0, 2)
        canvas.line((pane, base - h * 0.28), (pane, base - h * 0.6), 11, LAMP)


def paint_village(canvas: Canvas, unit: float) -> None:
    """Three rows of houses along the middle hill, the far row first, with a spire."""
    rng, x, base = canvas.rng, 0.47 * unit, 0.80 * unit
    for row, step in enumerate((0.062, 0.075, 0.105)):
        for centre in np.arange(0.08 + 0.05 * row, 0.90, step):
            cx, size = centre + rng.normal(0, 0.012), (0.7 + 0.2 * row) * unit
            foot = (ridge(cx, 0.75 + 0.04 * row, 2.6, 0.03) + rng.normal(0, 0.006)) * unit
            w, h = rng.uniform((0.020, 0.028), (0.034, 0.052)) * size
            paint_house(canvas, (cx * unit, foot), w, h)
        for s in np.linspace(-1, 1, 9) if row == 0 else ():
            tints = WALLS[[1, 2]] if s < 0.1 else WALLS[[0, 3]]
            canvas.line((x + s * 24, base), (x + s * 24, base - 120), 12, tints)
            roof = INK if abs(s) == 1 else ROOFS[[2, 4]] if s > 0 else ROOFS[[0, 1]]
            canvas.line((x + s * 29, base - 112), (x + s * 3, base - 265), 9, roof)


def paint_land(canvas: Canvas, x: Array, y: Array) -> None:
    """Hills from far to near with the village between them, then dark trees like flames."""
    rng, unit = canvas.rng, canvas.shape[0]
    for number, (level, phase, swing, codes) in enumerate(HILLS):
        top = ridge(x[:1], level, phase, swing)
        depth, slope = y - top, np.gradient(top, axis=1) * unit
        angle = np.arctan(slope) + 0.35 * np.sin(28 * depth + 5 * x + phase)
        tone = 0.5 + 0.2 * streaks(rng, angle, 6, 8) - 0.5 * (depth < 0.008)
        if number == 2:
            paint_village(canvas, unit)
        for size in ((62 + 8 * number, 17), (40, 10)):
            canvas.lay(Layer(depth > 0, angle, tone, palette(codes), size, 13))
    for cx, tip, breadth in ((1.165, 0.30, 0.060), (1.065, 0.06, 0.105)):
        up = np.clip((1.03 - y) / (1.03 - tip), 0, 1)
        half = (
            breadth
            * (1 - up) ** 0.75
            * (0.85 + 0.5 * up + 0.16 * np.sin(34 * y + 30 * (x - cx)))
        )
        offset = (x - cx - 0.022 * np.sin(7 * y + 1) * up) / np.maximum(half, 1e-3)
        inside = (np.abs(offset) < 1) & (up < 1)
        angle = -np.pi / 2 + np.clip(offset, -1, 1) * 0.35 + 0.38 * np.sin(19 * y + 9 * x)
        tone = 0.30 + 0.22 * np.sin(9 * offset + 22 * y) - 0.15 * np.abs(offset)
        canvas.lay(Layer(inside, angle, tone, CYPRESS, (88, 18), 12))
        canvas.lay(Layer(inside * 0.7, angle, tone + 0.15, CYPRESS, (60, 9), 14))


def swirls() -> Image.Image:
    """A village under a night sky, in thick paint."""
    canvas = Canvas(default_rng(1889), (1216, 1536))
    x, y = grid(canvas.shape, canvas.shape[0])
    paint_sky(canvas, x, y)
    paint_land(canvas, x, y)
    height = ndimage.gaussian_filter(canvas.height, 0.9)
    return picture(canvas.colour, 1.6 * height, 0.7, (768, 608))


# ------------------------------------------------------------------ 2: pen and ink


class Sketch:
    """A pen drawing: an ink plate thrice as fine as the paper, and what stands where on it."""

    def __init__(self, rng: Generator, shape: Shape) -> None:
        self.rng, self.shape = rng, shape
        self.styles, self.outlines = [], []
        self.plate = Image.new("L", (shape[1] * 3, shape[0] * 3))
        self.pen = ImageDraw.Draw(self.plate)
        self.dark, self.owner = np.zeros(shape, np.float32), np.zeros(shape, int)

    def add(
        self, mask: Array, dark: Array | float, angle: float, warp: Array | float = 0.0
    ) -> None:
        """Put a thing in front of the others: its place, darkness and way of hatching."""
        self.dark = np.where(mask, dark, self.dark)
        self.owner = np.where(mask, len(self.styles), self.owner)
        self.styles.append((angle, np.broadcast_to(warp, self.shape[1])))

    def line(self, points: Array, width: float) -> None:
        """Draw a line whose pressure swells and fades, and which may end in a pool of ink."""
        t = np.linspace(0.03, 0.97, len(points))
        press = np.sin(np.pi * t) ** 0.35 * (1 + self.rng.normal(0, 0.2) * np.cos(5 * t))
        ink, spots = int(self.rng.uniform(165, 255)), [tuple(p) for p in points * 3]
        for i, force in enumerate(press[:-1]):
            self.pen.line(spots[i : i + 2], fill=ink, width=max(1, round(3 * width * force)))
        if self.rng.random() < 0.10:
            (x, y), r = spots[-1], self.rng.uniform(0.8, 1.9) * (1 + width)
            self.pen.ellipse((x - r, y - r, x + r, y + r), fill=255)

    def contour(self, points: Array | list[Pair], width: float = 1.1) -> None:
        """Keep the outline of a form, to be drawn by `outline` where nothing hides it."""
        self.outlines.append((len(self.styles), points, width))

    def outline(self) -> None:
        """Draw every outline twice, by an unsteady hand."""
        limits = np.array(self.shape[::-1]) - 1
        for number, corners, width in 2 * self.outlines:
            for (x0, y0), (x1, y1) in pairwise(corners):
                t = np.linspace(-0.02, 1.02, max(4, int(np.hypot(x1 - x0, y1 - y0) / 6)))[
                    :, None
                ]
                wobble = ndimage.gaussian_filter1d(
                    self.rng.normal(0, 1.6, (len(t), 2)), 1.5, axis=0
                )
                points = np.array([x0, y0]) * (1 - t) + np.array([x1, y1]) * t + wobble
                x, y = np.clip(points, 0, limits).astype(int).T
                if (self.owner[y, x] <= number).mean() > 0.6:
                    self.line(points, width)

    def solid(self, points: list[Pair], dark: float, angle: float) -> None:
        """A flat side of a building: outlined and hatched."""
        mask = Image.new("1", self.shape[::-1])
        ImageDraw.Draw(mask).polygon(points, fill=1)
        self.add(np.array(mask), dark, angle)
        self.contour([*points, points[0]])

    def rows(self, angle: float, spacing: float) -> Array:
        """Short wobbling strokes in rows over the whole sheet, 12 points each."""
        rng, far = self.rng, np.hypot(*self.shape) / 2 + 20
        starts = scatter(rng, (int(2 * far / spacing), int(2 * far / 44)), 0.9) - [far / 44, 0]
        starts[:, 1] = np.round(starts[:, 1]) * spacing - far + rng.normal(0, 0.5, len(starts))
        t = np.linspace(-0.5, 0.5, 12) * rng.uniform(30, 66, (len(starts), 1))
        bow = rng.normal(0, 7e-4, (len(starts), 1)) * t**2
        wobble = ndimage.gaussian_filter1d(rng.normal(0, 0.55, t.shape), 1.2) + bow
        s, row = starts[:, :1] * 44 + t, starts[:, 1:] + wobble
        x, y = s * np.cos(angle) - row * np.sin(angle), s * np.sin(angle) + row * np.cos(angle)
        return np.stack([x + self.shape[1] / 2, y + self.shape[0] / 2], -1)

    def hatch(self) -> None:
        """Shade every form: the darker it is, the more layers of lines cross over it."""
        limits, layers = np.array(self.shape[::-1]) - 1, np.array([0, 0.85, -0.6, 1.6])
        for number, (angle, warp) in enumerate(self.styles):
            for layer, turn in enumerate(layers):
                lines = self.rows(angle + turn, 4.6 - 0.3 * layer)
                lines[..., 1] += np.interp(
                    lines[..., 0], np.arange(len(warp)), warp - warp.mean()
                )
                x, y = np.moveaxis(np.clip(lines, 0, limits).astype(int), -1, 0)
                light = (
                    self.dark[y, x] + self.rng.normal(0, 0.05, x.shape) < 0.10 + 0.23 * layer
                )
                inside = (lines > 0).all(-1) & (lines < limits).all(-1)
                on = inside & (self.owner[y, x] == number) & ~light
                for i in np.flatnonzero(on.any(1)):
                    for run in np.split(np.arange(12), np.flatnonzero(np.diff(on[i])) + 1):
                        if on[i, run[0]] and len(run) > 1:
                            self.line(
                                lines[i, run], 0.5 + 0.6 * self.dark[y[i, run[0]], x[i, run[0]]]
                            )

    def tree(self, place: Pair, size: float, clumps: int) -> None:
        """Trunk, then a crown of lit clumps, scribbled in loops with dark undersides."""
        rng, (cx, foot), (x, y) = self.rng, place, grid(self.shape)
        top, bole = foot - 2.1 * size, size * (0.09 + 0.2 * np.exp((y - foot) / 16))
        trunk = (np.abs(x - cx - 6 * np.sin(y / 31)) < bole) & (y < foot) & (y > top)
        self.add(trunk, np.clip(0.6 + (x - cx) / size * 1.6, 0.15, 1), 1.35)
        spots = rng.normal(0, 1, (clumps, 2)) * [0.62, 0.40]
        for dx, dy in spots[np.argsort(spots[:, 1])]:
            bx, by, r = cx + dx * size, top + dy * size, size * rng.uniform(0.30, 0.46)
            lumpy = np.hypot(x - bx, (y - by) * 1.15) + 0.09 * r * noise(rng, self.shape, 7)
            shade = 0.42 + 0.6 * ((x - bx) * 0.6 + (y - by)) / r + 0.15 * dy
            self.add(lumpy < r, np.clip(shade, 0.02, 0.95), rng.uniform(0.4, 0.9))
        ys, xs = np.nonzero((np.hypot(x - cx, y - top) < 1.9 * size) & (y < foot - size))
        for i in rng.integers(0, len(xs), int(1.1 * size**2)):
            if self.owner[ys[i], xs[i]] > len(self.styles) - clumps - 1:
                if rng.random() > 0.05 + 0.5 * self.dark[ys[i], xs[i]]:
                    continue
                t = rng.uniform(0, 6.3) + np.linspace(0, rng.uniform(2.5, 5), 9)
                r = rng.uniform(1.8, 4.2) * (0.7 + 0.12 * t)
                self.line(
                    np.stack([xs[i] + 1.3 * r * np.cos(t), ys[i] + r * np.sin(t)], 1), 0.85
                )

    def printed(self) -> Image.Image:
        """Let the ink sink into laid, cream paper."""
        rng, shape = self.rng, (self.shape[0] * 2, self.shape[1] * 2)
        ink = np.array(self.plate.resize(shape[::-1], Image.Resampling.BOX), np.float32) / 255
        x, y = grid(shape)
        spread = [y + 0.6 * noise(rng, shape, 5, 2), x + 0.6 * noise(rng, shape, 5, 2)]
        ink, grain = ndimage.map_coordinates(ink, spread, order=1), noise(rng, shape, 3, 2)
        laid = np.sin(y * 0.9 + noise(rng, shape, 90)) + np.exp(-(((x % 110) - 55) ** 2) / 5)
        tooth = 0.016 * noise(rng, shape, 120, 4) + 0.014 * grain - 0.011 * laid
        pool = 1.5 + 0.35 * noise(rng, shape, 40, 3) + 0.5 * ndimage.gaussian_filter(ink, 3)
        soaked = ndimage.gaussian_filter(ink, 0.8) * pool * np.clip(1 - 0.16 * grain, 0.3, 1.6)
        stain = palette("4e3524") ** np.clip(soaked, 0, 2.1)[..., None]
        return picture(
            (palette("f3e6c6") + tooth[..., None]) * stain, 0 * tooth, 0, self.shape[::-1]
        )


def arch(x: Array, y: Array, place: Pair, size: Pair) -> Array:
    """An opening with a round head that stands at `place`."""
    dx, up, (half, rise) = x - place[0], place[1] - y, size
    return (np.abs(dx) < half) & (up > 0) & ((up < rise) | (np.hypot(dx, up - rise) < half))


def draw_buildings(page: Sketch, x: Array, y: Array) -> None:
    """A farmhouse with a lit front, a dark gable and arched doors."""
    page.solid([(470, 470), (470, 372), (590, 362), (590, 478)], 0.16, 1.5)
    page.solid([(590, 478), (590, 362), (626, 318), (664, 366), (664, 466)], 0.74, 1.25)
    page.solid([(458, 376), (500, 326), (627, 314), (592, 366)], 0.48, 2.2)
    page.solid([(536, 322), (536, 292), (554, 290), (554, 322)], 0.62, 1.5)
    page.solid([(592, 478), (664, 466), (764, 500), (700, 520)], 0.72, 0.2)
    for cx, foot in ((497, 468), (532, 471), (567, 474), (628, 440)):
        page.add(arch(x, y, (cx, foot), (10, 28)), 0.98, 0.7)


def draw_viaduct(page: Sketch, x: Array, y: Array) -> None:
    """A viaduct across the valley: lit piers, dark insides to its arches."""
    top = 232 - 0.035 * x
    page.add((y > top) & (y < 385), 0.27 + 0.2 * (y - top < 12), 1.45)
    for cx in range(58, 768, 86):
        inner = arch(x, y, (cx + 11, 385), (31, 93))
        page.add(arch(x, y, (cx, 385), (33, 95)), np.where(inner, 0.4 * (y > 325), 0.93), 0.2)
        for r in (33, 38):
            t = np.linspace(0, np.pi, 12)
            page.contour(np.stack([cx - r * np.cos(t), 290 - r * np.sin(t)], 1), 0.8)
    for shift in (0, 11):
        page.contour([(a, 232 + shift - 0.035 * a) for a in range(0, 768, 48)])


def hatching() -> Image.Image:
    """A valley with a viaduct, a farmhouse and trees, in sepia ink."""
    page = Sketch(default_rng(1650), (576, 768))
    x, y = grid(page.shape)
    clouds = 0.13 + 0.13 * noise(page.rng, page.shape, (90, 240), 2) - 0.2 * (y / 576)
    page.add(y > -1, clouds, 0.04)
    skylines = (
        (0.33, 0.4, 0.05, 0.3),
        (0.45, 2.9, 0.03, 0.34),
        (0.64, 1.2, 0.018, 0.3),
        (0.8, 4.2, 0.03, 0.34),
    )
    for number, (level, phase, swing, dark) in enumerate(skylines):
        if number == 2:
            draw_viaduct(page, x, y)
        top = ridge(x[0] / 576, level, phase, swing) * 576
        shade = dark + 0.5 * np.gradient(top) + 0.18 * noise(page.rng, page.shape, (18, 80), 3)
        page.add(y > top, np.clip(shade - 0.25 * (y - top < 5), 0, 0.9), 0.06, top)
        if number != 1:
            page.contour([(a, top[a]) for a in range(0, 768, 16)], 0.8)
    page.tree((712, 470), 36, 7)
    draw_buildings(page, x, y)
    page.add(((x - 190) / 130) ** 2 + ((y - 541) / 17) ** 2 < 1, 0.8, 0.1)
    page.tree((132, 545), 118, 17)
    page.hatch()
    page.outline()
    return page.printed()


# ------------------------------------------------------------------ 3: mosaic

GOLD, SUN, TERRACOTTA, ORANGE, CREAM, TURQUOISE, AZURE, BLUE, NAVY, LEAF, BLACK = range(11)
STONES = """
    e9c35a d9a52f b9791f f3dc8c c98f2a | f6e3a0 f2c84b eab02c fff2c4 | b8402a 9c2f22 cf5a35 |
    e0762f d4602a ee9a45 | f3ead2 dfe9e2 fff8e6 c9dcd8 | 58bdb6 3aa6a6 86d2c4 2f8f9a |
    2379a8 1c6397 3b93bb | 1b3f8c 16307a 2653a0 | 0f1f55 14286a 0b1740 |
    3f8a4a 2f6f45 7fae4f 24573f | 14131f 241a22
"""


def set_fish(label: Array, place: Pair, turn: float, size: float) -> None:
    """Set a fish into the design."""
    x, y = grid(label.shape, label.shape[0])
    u = ((x - place[0]) * np.cos(turn) + (y - place[1]) * np.sin(turn)) / size
    v = ((y - place[1]) * np.cos(turn) - (x - place[0]) * np.sin(turn)) / size
    v = np.sign(np.cos(turn)) * v + 0.10 * u**2
    body = 0.30 * np.clip(1 - u**2, 0, 1) ** 0.8
    fin = (v < 0) & (v > -body - 0.16 * np.sin(np.clip((u + 0.45) * 3.4, 0, np.pi)))
    tail = (u < -0.8) & (u > -1.4 + 0.3 * np.cos(7 * v)) & (np.abs(v) < 0.6 * (-0.68 - u))
    label[fin | tail] = TERRACOTTA
    inside, row = np.abs(v) < body, np.floor((u + 0.5 * np.abs(v) + 2) * 6) % 2
    belly = np.where(v > 0.12, CREAM, np.where(row == 0, ORANGE, SUN))
    label[inside] = np.where(u > 0.5, TERRACOTTA, belly)[inside]
    label[inside & (np.abs(u - 0.46 + 1.2 * v**2) < 0.04)] = NAVY
    eye = np.hypot(u - 0.70, v + 0.03)
    label[eye < 0.12], label[eye < 0.06] = CREAM, BLACK


def design(shape: Shape) -> Array:
    """Which stone lies where: a sun over waves with two fish, in a border."""
    (x, y), label = grid(shape, shape[0]), np.full(shape, GOLD)
    r, turn = np.hypot(x - 0.5, y - 0.34), np.arctan2(y - 0.34, x - 0.5)
    label[(r > 0.285) & (r < 0.31)] = TURQUOISE
    flame = 12 * turn + 3 * np.sin(22 * r)
    rays = r < 0.20 + 0.075 * np.sin(flame)
    label[rays] = np.where(np.sin(flame + 0.5) > 0.55, ORANGE, TERRACOTTA)[rays]
    for edge, stone in ((0.145, CREAM), (0.125, SUN), (0.085, ORANGE), (0.06, SUN)):
        label[r < edge] = stone
    for k, stone in enumerate((TURQUOISE, AZURE, BLUE, AZURE, NAVY)):
        swell = 0.030 * np.abs(np.sin((9 + 0.7 * k) * x + 1.7 * k)) + 0.012 * np.sin(5 * x + k)
        depth = y - 0.555 - 0.082 * k + swell
        label[depth > 0] = stone
        label[(depth > 0) & (depth < 0.017)] = CREAM
        label[(depth > 0.034) & (depth < 0.050)] = AZURE if k == 0 else TURQUOISE
    set_fish(label, (0.36, 0.69), -0.22, 0.155)
    set_fish(label, (0.65, 0.82), np.pi + 0.16, 0.15)
    across, down = np.minimum(x, 1 - x), np.minimum(y, 1 - y)
    rim, along = np.minimum(across, down), np.where(across < down, y, x)
    wave = rim - 0.043 - np.sin(along * 18 * np.pi) * 0.013
    label[rim < 0.088] = TERRACOTTA
    label[rim < 0.075] = np.where(wave < 0, NAVY, LEAF)[rim < 0.075]
    label[np.abs(wave) < 0.008] = CREAM
    label[rim < 0.014] = TERRACOTTA
    return label


def nearest_tiles(label: Array, seeds: Array, turn: Array, stone: Array) -> tuple[Array, Array]:
    """For each pixel, its tile and the room to the next: near, square to it, of its stone."""
    pixels = np.stack(grid(label.shape), -1).reshape(-1, 2)
    near = cKDTree(seeds).query(pixels, k=7)[1]
    offset, cos, sin = pixels[:, None] - seeds[near], np.cos(turn[near]), np.sin(turn[near])
    a = np.abs(offset[..., 0] * cos + offset[..., 1] * sin)
    b = np.abs(offset[..., 1] * cos - offset[..., 0] * sin)
    cost = np.maximum(a, b) + 0.12 * (a + b) + 60 * (stone[near] != label.ravel()[:, None])
    order = np.argpartition(cost, (0, 1), axis=1)[:, :2]
    first, second = np.take_along_axis(cost, order, 1).T
    tile = np.take_along_axis(near, order, 1)[:, 0]
    return tile.reshape(label.shape), (second - first).reshape(label.shape)


def arrange(rng: Generator, label: Array, pitch: float) -> tuple[Array, Array, Array]:
    """Let tiles settle along the forms: their places, turns and stones."""
    edges = ndimage.morphological_gradient(label, 3) > 0
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(~edges), 2.2)
    gy, gx = np.gradient(depth)
    double = (gx + 1j * gy) ** 2
    field = np.angle(ndimage.gaussian_filter(double, 3)) / 2
    seeds, flat = scatter(rng, label.shape, pitch, 0.25), [g.ravel() for g in grid(label.shape)]
    stone = label[tuple(seeds[:, ::-1].astype(int).T)]
    for step in range(16):
        turn = field[tuple(np.clip(seeds[:, ::-1], 0, len(label) - 1).astype(int).T)]
        tile = nearest_tiles(label, seeds, turn, stone)[0]
        mass = np.bincount(tile.ravel(), minlength=len(seeds))
        sums = [np.bincount(tile.ravel(), weights=g, minlength=len(seeds)) for g in flat]
        seeds = np.where(
            mass[:, None] > 0, np.stack(sums, 1) / np.maximum(mass, 1)[:, None], seeds
        )
        if step in {2, 5}:  # patch what no stone of the right kind has reached
            spare = scatter(rng, label.shape, pitch / 1.5)
            at = tuple(spare[:, ::-1].astype(int).T)
            wrong = stone[tile[at]] != label[at]
            seeds = np.concatenate([seeds, spare[wrong]])
            stone = np.concatenate([stone, label[at][wrong]])
    return seeds, field[tuple(np.clip(seeds[:, ::-1], 0, len(label) - 1).astype(int).T)], stone


def mosaic() -> Image.Image:
    """Sun, sea and fish in small stones that are tilted, chipped and set in grout."""
    rng, shape = default_rng(547), (1152, 1152)
    seeds, turn, stone = arrange(rng, design((512, 512)), 7.4)
    seeds, count = seeds * (shape[0] / 512), len(stone)
    tile, room = nearest_tiles(design(shape), seeds, turn, stone)
    stones = [palette(codes) for codes in STONES.split("|")]
    picked = np.stack([rng.choice(stones[s]) for s in stone])
    picked = picked * rng.normal(1, 0.10, (count, 1)) + rng.normal(0, 0.022, (count, 3))
    tilt = rng.normal(0, 0.055, (count, 2)) * np.where(stone <= SUN, 1.8, 1)[:, None]
    speckle, chip = noise(rng, shape, 2, 2), noise(rng, shape, 5, 2)
    bed = np.clip((room - 2.6 + 0.8 * chip) / 2.4, 0, 1)
    plane = ((np.stack(grid(shape), -1) - seeds[tile]) * tilt[tile]).sum(-1)
    height = bed * (2.2 + plane + 0.10 * chip) + 0.22 * speckle * (1 - 0.6 * bed)
    face = picked[tile] * (1 + 0.05 * speckle + 0.05 * noise(rng, shape, 14, 3))[..., None]
    dust = 0.85 + 0.09 * speckle + 0.06 * noise(rng, shape, 60, 2)
    grout = palette("8d7d68") * dust[..., None]
    shadow = 1 - 0.45 * np.clip(np.roll(bed, (3, 2), (0, 1)) - bed, 0, 1)
    colour = (grout + (face - grout) * bed[..., None]) * shadow[..., None]
    return picture(colour, 0.8 * ndimage.gaussian_filter(height, 0.8), 0.9, (768, 768))


# ------------------------------------------------------------------ 4: watercolour

FLOWERS = palette(
    "e8321e f0561f e0186a f04a8c f5801a f9a826 c81440 e8321e b0208c e85aa8 f7b21a f28a1c"
).reshape(6, 2, 3)
LEAVES = palette("3f8f4a 8fb53a 1f6f5a 3f8f4a 8fb53a d2c23f 24607a 3f8f4a").reshape(4, 2, 3)
SPOTS = [
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
        box: Box | None = None,
    ) -> None:
        """Float two pigments where `depth`, in pixels inwards from the rim, is positive.

        Args:
            depth: Signed distance from the rim of the wash.
            tints: Two pigments that run into one another.
            load: How much pigment the brush holds.
            wild: How far the rim wanders, in pixels.
            box: The part of the sheet that `depth` covers.
        """
        box = box or np.s_[:, :]
        self.wet.append((box, depth))
        depth = depth + wild * self.cut(self.ragged, depth.shape)
        pools, grain = self.cut(self.pools, depth.shape), self.grain[box]
        film = np.clip(depth / 1.6 + 0.5 - 0.25 * grain, 0, 1) * (1 - self.dry[box])
        rim = np.exp(-(((depth - 1.8) / 1.9) ** 2)) + 0.5 * np.exp(-np.clip(depth, 0, None) / 9)
        back_run = np.exp(-(((pools - 0.75) / 0.14) ** 2)) - 0.7 / (
            1 + np.exp((0.75 - pools) * 12)
        )
        amount = 0.62 + 0.20 * pools + 0.60 * rim + 0.32 * back_run + 0.12 * grain
        amount = np.clip(amount, 0.05, None) * film * load
        mix = 1 / (1 + np.exp(-2.5 * self.cut(self.pools, depth.shape)))[..., None]
        self.colour[box] *= (tints[0] * mix + tints[1] * (1 - mix)) ** amount[..., None]

    def settle(self) -> None:
        """Let the last form dry; later washes stop a thread of bare paper short of it."""
        for box, depth in self.wet:
            self.dry[box] = np.maximum(self.dry[box], np.clip((depth + 2.5) / 2, 0, 0.94))
        self.wet.clear()

    def petal(
        self, root: Pair, turn: float, size: Pair, tints: Array, *, load: float = 1
    ) -> None:
        """One loaded brush mark that swells from its root: petal, leaf, stamen or splash."""
        length, width = size
        box, u, v = around(self.shape, root, turn, (length + 4, length / 3 + width))
        u, v = u / length, v + self.rng.normal(0, 0.12) * length * (u / length) ** 2
        swell = np.sin(3.14 * np.clip(u, 0, 1) ** 0.75) ** 0.7
        depth = np.where((u > 0) & (u < 1), width / 2 * swell - np.abs(v), -9)
        load *= self.rng.uniform(0.8, 1.2)
        self.wash(depth, tints, load, min(3.5, width / 14), box=box)


def paint_flower(sheet: Sheet, place: Pair, size: float, tints: Array) -> None:
    """Two rings of petals around a dark eye with stamens."""
    rng, (x, y), dark = sheet.rng, place, palette("3a1e4a 5a2438")
    count, broad = (
        (rng.integers(5, 7), 1.05) if rng.random() < 0.6 else (rng.integers(10, 14), 0.42)
    )
    for ring, load in ((1.0, 0.75), (0.66, 1.1)):
        for step in np.linspace(0, 2 * np.pi, count, endpoint=False) + rng.uniform(0, 6):
            turn = step + rng.normal(0, 0.12)
            length = size * ring * rng.uniform(0.85, 1.1) * (0.82 + 0.18 * abs(np.cos(turn)))
            sheet.petal((x, y), turn, (length, length * broad), tints, load=load)
    for turn in rng.uniform(0, 6.3, 6):
        eye = x + rng.normal(0, 3), y + rng.normal(0, 3)
        sheet.petal(eye, turn, (size * 0.24, size * 0.2), dark, load=0.6)
    for turn in rng.uniform(0, 6.3, 16):
        r = size * rng.uniform(0.2, 0.36)
        sheet.petal((x + r * np.cos(turn), y + r * np.sin(turn)), turn, (9, 6), dark, load=1.5)
    sheet.settle()


def paint_jug(sheet: Sheet, x: Array, y: Array) -> None:
    """A glazed jug with blue bands, and oranges beside it."""
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
    for cx, cy, r in ((705, 985, 62), (800, 1010, 54), (235, 1010, 58)):
        ball, lit = r - np.hypot(x - cx, y - cy), np.hypot(x - cx + 24, y - cy + 26)
        sheet.wash(ball, palette("f79a1c f9b52e"), 0.95)
        sheet.wash(np.minimum(ball, lit - r * 0.9), palette("e0521c d8402a"), 0.9, 6)
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


def watercolour() -> Image.Image:
    """Flowers in a jug: washes laid from the front to the back, each around the last."""
    sheet = Sheet(default_rng(1906), (1152, 960))
    rng, (x, y) = sheet.rng, grid(sheet.shape)
    for number, (cx, cy, size) in enumerate(SPOTS):
        paint_flower(sheet, (cx, cy), size, FLOWERS[number % 6])
    paint_jug(sheet, x, y)
    for turn, r in rng.uniform((0, 120), (2 * np.pi, 300), (90, 2)):
        root, length = (
            (480 + r * np.cos(turn), 430 + 0.95 * r * np.sin(turn)),
            rng.uniform(70, 150),
        )
        size = length, length * rng.uniform(0.16, 0.4)
        sheet.petal(root, turn + rng.normal(0, 0.5), size, LEAVES[rng.integers(4)], load=0.95)
    sheet.settle()
    paint_room(sheet, x, y)
    tooth = ndimage.gaussian_filter(sheet.grain, 0.7)
    return picture(sheet.colour, 0.05 * tooth, 0, (640, 768))


PICTURES = {
    "swirls": swirls,
    "hatching": hatching,
    "mosaic": mosaic,
    "watercolour": watercolour,
}


def main() -> None:
    """Paint every picture into the folder named on the command line."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "examples/style")
    folder.mkdir(parents=True, exist_ok=True)
    for name, paint in PICTURES.items():
        path = folder / f"{name}.jpg"
        paint().save(path, quality=93, subsampling=0)
        print(f"{path}  {path.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
