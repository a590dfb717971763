"""Swirls: a village under a night sky, in thick paint.

A direction field says how each stroke turns and bends, and bristles half mix its two colours.
Strokes pile up in height as well as in colour, from the sky to the near trees; at the end the
relief is lit from the side.  Places are in multiples of the picture's height.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from brushes import (
    Array,
    Pair,
    Shape,
    around,
    develop,
    grid,
    light,
    noise,
    palette,
    pixels,
    ridge,
    scatter,
)
from numpy.random import Generator, default_rng
from PIL import Image
from scipy import ndimage

NIGHT = palette("0b1240 14246b 1c3f9a 2a62b8 2f8fb5 62b6b5 a9d6c0 1b3385 0f1a55")
GLOW = palette("fffbe0 fff0a0 fbd43c f2b51e d9c552 8fc2a0 4b94b8")
CYPRESS = palette("05100f 0a1f1a 12332a 1d4a33 3a5a2a 6d5a26 0c2a38")
WALLS = palette("3a5f8f 7d9fb5 a8b79a 2c4a78 d6b56a")
ROOFS = palette("8a3a24 b5532a 40356a d07a35 5a2438")
BUSHES = palette("0c2a2a 1d4a33 4a7a3a")
INK = palette("070c26 0b1436")
LAMP = palette("ffe27a fbc02d")
VORTICES = [  # x, y, radius, spin
    (0.60, 0.33, 0.20, 1),
    (0.90, 0.20, 0.13, -1),
    (0.30, 0.52, 0.10, -1),
    (0.88, 0.50, 0.12, 1),
]
STARS = [  # x, y, radius; the first is the moon
    (0.20, 0.19, 0.15), (0.42, 0.10, 0.05), (0.72, 0.07, 0.06), (1.20, 0.09, 0.065),
    (0.06, 0.45, 0.055), (0.56, 0.56, 0.045), (0.73, 0.55, 0.05),
    (1.21, 0.42, 0.06), (1.0, 0.36, 0.045), (0.36, 0.32, 0.04),
]  # fmt: skip
HILLS = [  # level, phase and swing of the ridge, colours
    (0.66, 0.6, 0.030, "16305e 1f4a86 2b6a9a 4a8fa8 243f78 0f1f50"),
    (0.73, 2.6, 0.032, "0f2a4a 1d5560 2d7a6a 6a9f5a 234f6a 0c1c3c"),
    (0.88, 4.4, 0.026, "0c1f33 1f4a3a 3f7a3f 93a043 d0a53a 27563f 0b1a2c"),
]


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
            half = np.array([np.cos(turn), np.sin(turn)]) * length / 2
            ends = np.array([int(x), int(y)]) + np.stack([-half, half])
            first, last = layer.angle[pixels(ends, self.shape)]
            bend = ((last - first + np.pi / 2) % np.pi - np.pi / 2) / length / 2
            tone = layer.tone[here] + rng.normal(0, 0.12, 2)
            tints = np.stack([np.interp(tone, knots, c) for c in layer.colours.T], -1)
            tints *= rng.normal(1, 0.05, (2, 3))
            bend = np.clip(bend, -1.2 / length, 1.2 / length)
            self.stroke((x, y), (turn, bend), (length, width), tints)


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
    angle, everywhere = sky_flow(x, y), np.ones_like(x)
    tone = 0.40 + 0.22 * streaks(canvas.rng, angle, 7, 14)
    for cx, cy, radius, _ in VORTICES:
        tone += 0.3 * np.exp(-(((x - cx) ** 2 + (y - cy) ** 2) / (0.6 * radius) ** 2))
    tone += 0.22 * np.exp(-(((y - 0.62) / 0.07) ** 2))
    canvas.lay(Layer(everywhere, angle, tone, NIGHT, (110, 26), 22))
    canvas.lay(Layer(everywhere, angle, tone, NIGHT, (74, 15), 17))
    for cx, cy, radius in STARS:
        r, scale = np.hypot(x - cx, y - cy) / radius, 0.6 + 3 * radius
        rings = 0.03 + 0.74 * r + 0.13 * np.sin(r * 15)
        if radius > 0.1:  # the moon's crescent
            rings = np.where((r < 0.5) & (np.hypot(x - cx - 0.035, y - cy) > 0.05), 0, rings)
        density = np.clip(1.25 - r, 0, 1) ** 0.8
        canvas.lay(Layer(density, angle, rings, GLOW, (44 * scale, 14 * scale), 9 * scale))


def paint_bush(canvas: Canvas, place: Pair, w: float) -> None:
    """A round bush, dabbed in circles."""
    rng, (x, base) = canvas.rng, place
    for turn in rng.uniform(0, 2 * np.pi, 30):
        r, cos, sin = w * rng.random() ** 0.5, np.cos(turn), np.sin(turn)
        tints = BUSHES[rng.integers(0, 3, 2)]
        canvas.stroke((x + r * cos, base - w + r * sin), (turn + 1.57, 0.01), (26, 9), tints)


def paint_house(canvas: Canvas, place: Pair, w: float, h: float) -> None:
    """Walls, roof, dark outlines and lit windows."""
    rng, (x, base) = canvas.rng, place
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


def paint_church(canvas: Canvas, x: float, base: float) -> None:
    """A tower and its spire, lit from the left."""
    for s in np.linspace(-1, 1, 9):
        wall = WALLS[[1, 2]] if s < 0.1 else WALLS[[0, 3]]
        canvas.line((x + s * 24, base), (x + s * 24, base - 120), 12, wall)
        roof = INK if abs(s) == 1 else ROOFS[[2, 4]] if s > 0 else ROOFS[[0, 1]]
        canvas.line((x + s * 29, base - 112), (x + s * 3, base - 265), 9, roof)


def paint_village(canvas: Canvas) -> None:
    """Three rows of houses and bushes, the far row first, with a church behind the second."""
    rng, unit = canvas.rng, canvas.shape[0]
    for row, step in enumerate((0.062, 0.075, 0.105)):
        for centre in np.arange(0.08 + 0.05 * row, 0.90, step):
            cx, size = centre + rng.normal(0, 0.012), (0.7 + 0.2 * row) * unit
            foot = (ridge(cx, 0.75 + 0.04 * row, 2.6, 0.03) + rng.normal(0, 0.006)) * unit
            w, h = rng.uniform((0.020, 0.028), (0.034, 0.052)) * size
            if rng.random() < 0.3:
                paint_bush(canvas, (cx * unit, foot), w)
            else:
                paint_house(canvas, (cx * unit, foot), w, h)
        if row == 0:
            paint_church(canvas, 0.47 * unit, 0.80 * unit)


def paint_hills(canvas: Canvas, x: Array, y: Array) -> None:
    """Hills from far to near, with the village before the nearest."""
    for number, (level, phase, swing, codes) in enumerate(HILLS):
        top = ridge(x[:1], level, phase, swing)
        depth, slope = y - top, np.gradient(top, axis=1) * canvas.shape[0]
        angle = np.arctan(slope) + 0.35 * np.sin(28 * depth + 5 * x + phase)
        tone = 0.5 + 0.2 * streaks(canvas.rng, angle, 6, 8) - 0.5 * (depth < 0.008)
        if number == 2:
            paint_village(canvas)
        for size in ((62 + 8 * number, 17), (40, 10)):
            canvas.lay(Layer(depth > 0, angle, tone, palette(codes), size, 13))


def paint_cypresses(canvas: Canvas, x: Array, y: Array) -> None:
    """Two dark trees like flames, before all the rest."""
    for cx, tip, breadth in ((1.165, 0.30, 0.060), (1.065, 0.06, 0.105)):
        up = np.clip((1.03 - y) / (1.03 - tip), 0, 1)
        bulge = 0.85 + 0.5 * up + 0.16 * np.sin(34 * y + 30 * (x - cx))
        half = breadth * (1 - up) ** 0.75 * bulge
        offset = (x - cx - 0.022 * np.sin(7 * y + 1) * up) / np.maximum(half, 1e-3)
        inside = (np.abs(offset) < 1) & (up < 1)
        angle = -np.pi / 2 + np.clip(offset, -1, 1) * 0.35 + 0.38 * np.sin(19 * y + 9 * x)
        tone = 0.30 + 0.22 * np.sin(9 * offset + 22 * y) - 0.15 * np.abs(offset)
        canvas.lay(Layer(inside, angle, tone, CYPRESS, (88, 18), 12))
        canvas.lay(Layer(inside * 0.7, angle, tone + 0.15, CYPRESS, (60, 9), 14))


def paint() -> Image.Image:
    """The whole picture, from the sky to the nearest tree."""
    canvas = Canvas(default_rng(1889), (1216, 1536))
    x, y = grid(canvas.shape, canvas.shape[0])
    paint_sky(canvas, x, y)
    paint_hills(canvas, x, y)
    paint_cypresses(canvas, x, y)
    height = ndimage.gaussian_filter(canvas.height, 0.9)
    return develop(light(canvas.colour, 1.6 * height, 0.7), (768, 608))
