"""Hatching: a valley with a viaduct, a farmhouse and trees, in sepia ink.

Forms are put one before another, each with a darkness per pixel and a way of hatching.  Then
short pen lines shade them, more layers crossing where it is darker, an unsteady hand draws the
outlines, and the ink sinks into laid paper.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from brushes import Array, Pair, Shape, develop, grid, noise, palette, pixels, ridge, scatter
from numpy.random import Generator, default_rng
from PIL import Image, ImageDraw
from scipy import ndimage

HEIGHT, WIDTH = 576, 768
FINE = 3  # pixels of the ink plate to one of the sheet
SKYLINES = [  # level, phase and swing of the ridge, darkness; from far to near
    (0.33, 0.4, 0.05, 0.3),
    (0.45, 2.9, 0.03, 0.34),
    (0.64, 1.2, 0.018, 0.3),
    (0.8, 4.2, 0.03, 0.34),
]


class Sketch:
    """A pen drawing: an ink plate finer than the paper, and what stands where on it."""

    def __init__(self, rng: Generator, shape: Shape) -> None:
        self.rng, self.shape = rng, shape
        self.styles, self.outlines = [], []
        self.plate = Image.new("L", (shape[1] * FINE, shape[0] * FINE))
        self.pen = ImageDraw.Draw(self.plate)
        self.dark, self.owner = np.zeros(shape, np.float32), np.zeros(shape, int)

    def add(
        self, mask: Array, dark: Array | float, angle: float, warp: Array | float = 0.0
    ) -> None:
        """Put a thing in front of the others: its place, darkness and way of hatching."""
        self.dark = np.where(mask, dark, self.dark)
        self.owner = np.where(mask, len(self.styles), self.owner)
        self.styles.append((angle, np.broadcast_to(warp, self.shape[1])))

    def contour(self, points: Array | list[Pair], width: float = 1.1) -> None:
        """Keep the outline of a form, to be drawn by `outline` where nothing hides it."""
        self.outlines.append((len(self.styles), points, width))

    def solid(self, points: list[Pair], dark: float, angle: float) -> None:
        """A flat side of a building: outlined and hatched."""
        mask = Image.new("1", self.shape[::-1])
        ImageDraw.Draw(mask).polygon(points, fill=1)
        self.add(np.array(mask), dark, angle)
        self.contour([*points, points[0]])

    def tree(self, place: Pair, size: float, clumps: int) -> None:
        """Trunk, then a crown of lit clumps with dark undersides, scribbled over."""
        rng, (cx, foot), (x, y) = self.rng, place, grid(self.shape)
        top, bole = foot - 2.1 * size, size * (0.09 + 0.2 * np.exp((y - foot) / 16))
        trunk = (np.abs(x - cx - 6 * np.sin(y / 31)) < bole) & (y < foot) & (y > top)
        self.add(trunk, np.clip(0.6 + (x - cx) / size * 1.6, 0.15, 1), 1.35)
        crown = len(self.styles)
        spots = rng.normal(0, 1, (clumps, 2)) * [0.62, 0.40]
        for dx, dy in spots[np.argsort(spots[:, 1])]:
            bx, by, r = cx + dx * size, top + dy * size, size * rng.uniform(0.30, 0.46)
            lumpy = np.hypot(x - bx, (y - by) * 1.15) + 0.09 * r * noise(rng, self.shape, 7)
            shade = 0.42 + 0.6 * ((x - bx) * 0.6 + (y - by)) / r + 0.15 * dy
            self.add(lumpy < r, np.clip(shade, 0.02, 0.95), rng.uniform(0.4, 0.9))
        near = (np.hypot(x - cx, y - top) < 1.9 * size) & (y < foot - size)
        self.scribble(near, crown, int(1.1 * size**2))

    def scribble(self, mask: Array, first: int, tries: int) -> None:
        """Loops over the things from number `first` on, rather where they are dark."""
        rng, (ys, xs) = self.rng, np.nonzero(mask)
        for i in rng.integers(0, len(xs), tries):
            x, y = xs[i], ys[i]
            if self.owner[y, x] >= first and rng.random() <= 0.05 + 0.5 * self.dark[y, x]:
                t = rng.uniform(0, 6.3) + np.linspace(0, rng.uniform(2.5, 5), 9)
                r = rng.uniform(1.8, 4.2) * (0.7 + 0.12 * t)
                self.line(np.stack([x + 1.3 * r * np.cos(t), y + r * np.sin(t)], 1), 0.85)

    def line(self, points: Array, width: float) -> None:
        """Draw a line whose pressure swells and fades, and which may end in a pool of ink."""
        t = np.linspace(0.03, 0.97, len(points))
        press = np.sin(np.pi * t) ** 0.35 * (1 + self.rng.normal(0, 0.2) * np.cos(5 * t))
        ink, spots = int(self.rng.uniform(165, 255)), [tuple(p) for p in points * FINE]
        for i, force in enumerate(press[:-1]):
            broad = max(1, round(FINE * width * force))
            self.pen.line(spots[i : i + 2], fill=ink, width=broad)
        if self.rng.random() < 0.10:
            (x, y), r = spots[-1], self.rng.uniform(0.8, 1.9) * (1 + width)
            self.pen.ellipse((x - r, y - r, x + r, y + r), fill=255)

    def outline(self) -> None:
        """Draw every outline twice, by an unsteady hand."""
        for number, corners, width in 2 * self.outlines:
            for (x0, y0), (x1, y1) in pairwise(corners):
                count = max(4, int(np.hypot(x1 - x0, y1 - y0) / 6))
                t = np.linspace(-0.02, 1.02, count)[:, None]
                shake = self.rng.normal(0, 1.6, (count, 2))
                wobble = ndimage.gaussian_filter1d(shake, 1.5, axis=0)
                points = np.array([x0, y0]) * (1 - t) + np.array([x1, y1]) * t + wobble
                if (self.owner[pixels(points, self.shape)] <= number).mean() > 0.6:
                    self.line(points, width)

    def rows(self, angle: float, spacing: float) -> Array:
        """Short wobbling strokes in rows over the whole sheet, 12 points each."""
        rng, far, pitch = self.rng, np.hypot(*self.shape) / 2 + 20, 44
        cells = int(2 * far / spacing), int(2 * far / pitch)
        starts = scatter(rng, cells, 0.9) - [far / pitch, 0]
        starts[:, 1] = np.round(starts[:, 1]) * spacing - far + rng.normal(0, 0.5, len(starts))
        t = np.linspace(-0.5, 0.5, 12) * rng.uniform(30, 66, (len(starts), 1))
        bow = rng.normal(0, 7e-4, (len(starts), 1)) * t**2
        wobble = ndimage.gaussian_filter1d(rng.normal(0, 0.55, t.shape), 1.2) + bow
        s, row = starts[:, :1] * pitch + t, starts[:, 1:] + wobble
        x, y = s * np.cos(angle) - row * np.sin(angle), s * np.sin(angle) + row * np.cos(angle)
        return np.stack([x + self.shape[1] / 2, y + self.shape[0] / 2], -1)

    def hatch(self) -> None:
        """Shade every form: the darker it is, the more layers of lines cross over it."""
        limits = np.array(self.shape[::-1]) - 1
        for number, (angle, warp) in enumerate(self.styles):
            for layer, turn in enumerate((0, 0.85, -0.6, 1.6)):
                lines = self.rows(angle + turn, 4.6 - 0.3 * layer)
                shift = np.interp(lines[..., 0], np.arange(len(warp)), warp - warp.mean())
                lines[..., 1] += shift
                at = pixels(lines, self.shape)
                dark, inside = self.dark[at], (lines > 0).all(-1) & (lines < limits).all(-1)
                needed = dark + self.rng.normal(0, 0.05, dark.shape) >= 0.10 + 0.23 * layer
                for i, run in stretches(inside & (self.owner[at] == number) & needed):
                    self.line(lines[i, run], 0.5 + 0.6 * dark[i, run[0]])

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
        return develop((palette("f3e6c6") + tooth[..., None]) * stain, self.shape[::-1])


def stretches(on: Array) -> Iterator[tuple[int, Array]]:
    """The unbroken stretches, two places or longer, where a row is on: row and places."""
    places = np.arange(on.shape[1])
    for i in np.flatnonzero(on.any(1)):
        for run in np.split(places, np.flatnonzero(np.diff(on[i])) + 1):
            if on[i, run[0]] and len(run) > 1:
                yield i, run


def arch(x: Array, y: Array, place: Pair, size: Pair) -> Array:
    """An opening with a round head that stands at `place`."""
    dx, up, (half, rise) = x - place[0], place[1] - y, size
    return (np.abs(dx) < half) & (up > 0) & ((up < rise) | (np.hypot(dx, up - rise) < half))


def draw_farm(page: Sketch, x: Array, y: Array) -> None:
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
    for cx in range(58, WIDTH, 86):
        inner = arch(x, y, (cx + 11, 385), (31, 93))
        page.add(arch(x, y, (cx, 385), (33, 95)), np.where(inner, 0.4 * (y > 325), 0.93), 0.2)
        t = np.linspace(0, np.pi, 12)
        for r in (33, 38):
            page.contour(np.stack([cx - r * np.cos(t), 290 - r * np.sin(t)], 1), 0.8)
    for shift in (0, 11):
        page.contour([(a, 232 + shift - 0.035 * a) for a in range(0, WIDTH, 48)])


def draw_valley(page: Sketch, x: Array, y: Array) -> None:
    """Clouds, then hills from far to near with the viaduct between them."""
    clouds = 0.13 + 0.13 * noise(page.rng, page.shape, (90, 240), 2) - 0.2 * (y / HEIGHT)
    page.add(y > -1, clouds, 0.04)
    for number, (level, phase, swing, dark) in enumerate(SKYLINES):
        if number == 2:
            draw_viaduct(page, x, y)
        top = ridge(x[0] / HEIGHT, level, phase, swing) * HEIGHT
        shade = dark + 0.5 * np.gradient(top) + 0.18 * noise(page.rng, page.shape, (18, 80), 3)
        page.add(y > top, np.clip(shade - 0.25 * (y - top < 5), 0, 0.9), 0.06, top)
        if number != 1:
            page.contour([(a, top[a]) for a in range(0, WIDTH, 16)], 0.8)


def paint() -> Image.Image:
    """The whole picture: forms from back to front, then their hatching and outlines."""
    page = Sketch(default_rng(1650), (HEIGHT, WIDTH))
    x, y = grid(page.shape)
    draw_valley(page, x, y)
    page.tree((712, 470), 36, 7)
    draw_farm(page, x, y)
    page.add(((x - 190) / 130) ** 2 + ((y - 541) / 17) ** 2 < 1, 0.8, 0.1)
    page.tree((132, 545), 118, 17)
    page.hatch()
    page.outline()
    return page.printed()
