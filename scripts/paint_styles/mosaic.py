"""Mosaic: a sun over a sea with two fish, in small stones.

A design says which kind of stone lies where.  Tiles settle along its forms, each in turn moved
to the middle of the pixels nearest to it (Lloyd's method, with square tiles that turn with the
forms).  Every stone is then cut with a colour and a tilt of its own, chipped, set in grout and
lit from the side.
"""

from __future__ import annotations

import numpy as np
from brushes import Array, Pair, develop, grid, light, noise, palette, pixels, scatter
from numpy.random import Generator, default_rng
from PIL import Image
from scipy import ndimage
from scipy.spatial import cKDTree

GOLD, SUN, TERRACOTTA, ORANGE, CREAM, TURQUOISE, AZURE, BLUE, NAVY, LEAF, BLACK = range(11)
COLOURS = """
    e9c35a d9a52f b9791f f3dc8c c98f2a | f6e3a0 f2c84b eab02c fff2c4 | b8402a 9c2f22 cf5a35 |
    e0762f d4602a ee9a45 | f3ead2 dfe9e2 fff8e6 c9dcd8 | 58bdb6 3aa6a6 86d2c4 2f8f9a |
    2379a8 1c6397 3b93bb | 1b3f8c 16307a 2653a0 | 0f1f55 14286a 0b1740 |
    3f8a4a 2f6f45 7fae4f 24573f | 14131f 241a22
"""
STONES = [palette(codes) for codes in COLOURS.split("|")]


def set_sun(label: Array, x: Array, y: Array) -> None:
    """Set the sun into the design, with flames for rays and a ring around them."""
    r, turn = np.hypot(x - 0.5, y - 0.34), np.arctan2(y - 0.34, x - 0.5)
    label[(r > 0.285) & (r < 0.31)] = TURQUOISE
    flame = 12 * turn + 3 * np.sin(22 * r)
    rays = r < 0.20 + 0.075 * np.sin(flame)
    label[rays] = np.where(np.sin(flame + 0.5) > 0.55, ORANGE, TERRACOTTA)[rays]
    for edge, stone in ((0.145, CREAM), (0.125, SUN), (0.085, ORANGE), (0.06, SUN)):
        label[r < edge] = stone


def set_waves(label: Array, x: Array, y: Array) -> None:
    """Set five rows of waves into the design, each with a crest of foam."""
    for k, stone in enumerate((TURQUOISE, AZURE, BLUE, AZURE, NAVY)):
        swell = 0.030 * np.abs(np.sin((9 + 0.7 * k) * x + 1.7 * k)) + 0.012 * np.sin(5 * x + k)
        depth = y - 0.555 - 0.082 * k + swell
        label[depth > 0] = stone
        label[(depth > 0) & (depth < 0.017)] = CREAM
        label[(depth > 0.034) & (depth < 0.050)] = AZURE if k == 0 else TURQUOISE


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


def set_border(label: Array, x: Array, y: Array) -> None:
    """Set a border with a running wave into the design."""
    across, down = np.minimum(x, 1 - x), np.minimum(y, 1 - y)
    rim, along = np.minimum(across, down), np.where(across < down, y, x)
    wave = rim - 0.043 - np.sin(along * 18 * np.pi) * 0.013
    label[rim < 0.088] = TERRACOTTA
    label[rim < 0.075] = np.where(wave < 0, NAVY, LEAF)[rim < 0.075]
    label[np.abs(wave) < 0.008] = CREAM
    label[rim < 0.014] = TERRACOTTA


def design(side: int) -> Array:
    """Which stone lies where on a square of `side` pixels."""
    shape = side, side
    (x, y), label = grid(shape, side), np.full(shape, GOLD)
    set_sun(label, x, y)
    set_waves(label, x, y)
    set_fish(label, (0.36, 0.69), -0.22, 0.155)
    set_fish(label, (0.65, 0.82), np.pi + 0.16, 0.15)
    set_border(label, x, y)
    return label


def nearest_tiles(label: Array, seeds: Array, turn: Array, stone: Array) -> tuple[Array, Array]:
    """For each pixel, its tile and the room to the next: near, square to it, of its stone."""
    points = np.stack(grid(label.shape), -1).reshape(-1, 2)
    near = cKDTree(seeds).query(points, k=7)[1]
    offset, cos, sin = points[:, None] - seeds[near], np.cos(turn[near]), np.sin(turn[near])
    a = np.abs(offset[..., 0] * cos + offset[..., 1] * sin)
    b = np.abs(offset[..., 1] * cos - offset[..., 0] * sin)
    cost = np.maximum(a, b) + 0.12 * (a + b) + 60 * (stone[near] != label.ravel()[:, None])
    order = np.argpartition(cost, (0, 1), axis=1)[:, :2]
    first, second = np.take_along_axis(cost, order, 1).T
    tile = np.take_along_axis(near, order, 1)[:, 0]
    return tile.reshape(label.shape), (second - first).reshape(label.shape)


def directions(label: Array) -> Array:
    """How a tile turns at each pixel, so that rows of tiles run along the forms."""
    edges = ndimage.morphological_gradient(label, 3) > 0
    depth = ndimage.gaussian_filter(ndimage.distance_transform_edt(~edges), 2.2)
    gy, gx = np.gradient(depth)
    double = (gx + 1j * gy) ** 2
    return np.angle(ndimage.gaussian_filter(double, 3)) / 2


def centres(tile: Array, seeds: Array) -> Array:
    """The middle of each tile's pixels; a tile without any stays at its seed."""
    mass = np.bincount(tile.ravel(), minlength=len(seeds))[:, None]
    sums = [
        np.bincount(tile.ravel(), weights=axis.ravel(), minlength=len(seeds))
        for axis in grid(tile.shape)
    ]
    return np.where(mass > 0, np.stack(sums, 1) / np.maximum(mass, 1), seeds)


def arrange(rng: Generator, label: Array, pitch: float) -> tuple[Array, Array, Array]:
    """Let tiles settle along the forms: their places, turns and stones."""
    shape, field = label.shape, directions(label)
    seeds = scatter(rng, shape, pitch, 0.25)
    stone = label[pixels(seeds, shape)]
    for step in range(16):
        tile, _ = nearest_tiles(label, seeds, field[pixels(seeds, shape)], stone)
        seeds = centres(tile, seeds)
        if step in {2, 5}:  # patch what no stone of the right kind has reached
            spare = scatter(rng, shape, pitch / 1.5)
            at = pixels(spare, shape)
            wrong = stone[tile[at]] != label[at]
            seeds = np.concatenate([seeds, spare[wrong]])
            stone = np.concatenate([stone, label[at][wrong]])
    return seeds, field[pixels(seeds, shape)], stone


def paint() -> Image.Image:
    """The whole picture: stones arranged on a small design, then cut and set on a large one."""
    rng, draft, side = default_rng(547), 512, 1152
    shape = side, side
    seeds, turn, stone = arrange(rng, design(draft), 7.4)
    seeds, count = seeds * (side / draft), len(stone)
    tile, room = nearest_tiles(design(side), seeds, turn, stone)
    cut = np.stack([rng.choice(STONES[kind]) for kind in stone])
    cut = cut * rng.normal(1, 0.10, (count, 1)) + rng.normal(0, 0.022, (count, 3))
    tilt = rng.normal(0, 0.055, (count, 2)) * np.where(stone <= SUN, 1.8, 1)[:, None]
    speckle, chip = noise(rng, shape, 2, 2), noise(rng, shape, 5, 2)
    bed = np.clip((room - 2.6 + 0.8 * chip) / 2.4, 0, 1)
    plane = ((np.stack(grid(shape), -1) - seeds[tile]) * tilt[tile]).sum(-1)
    height = bed * (2.2 + plane + 0.10 * chip) + 0.22 * speckle * (1 - 0.6 * bed)
    face = cut[tile] * (1 + 0.05 * speckle + 0.05 * noise(rng, shape, 14, 3))[..., None]
    dust = 0.85 + 0.09 * speckle + 0.06 * noise(rng, shape, 60, 2)
    grout = palette("8d7d68") * dust[..., None]
    shadow = 1 - 0.45 * np.clip(np.roll(bed, (3, 2), (0, 1)) - bed, 0, 1)
    colour = (grout + (face - grout) * bed[..., None]) * shadow[..., None]
    relief = 0.8 * ndimage.gaussian_filter(height, 0.8)
    return develop(light(colour, relief, 0.9), (768, 768))
