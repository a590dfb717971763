"""Masks drawn by number, soft or hard, and as other programs save them."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw

BLACK, WHITE, GREY = (0, 0, 0), (255, 255, 255), (128, 128, 128)
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
YELLOW, CYAN, PINK, ORANGE = (255, 255, 0), (0, 255, 255), (255, 0, 255), (255, 128, 0)
PAINTS = (BLACK, RED, GREEN, BLUE, YELLOW, WHITE, GREY, PINK, CYAN, ORANGE)
FINE = 4
"""Soft masks are drawn so many times larger and reduced."""


def of(numbers, *colours):
    """A mask (H, W, 3) from numbers of colours (H, W)."""
    return np.array(colours, np.uint8)[np.asarray(numbers)]


def halves(height, width, share=0.5):
    """0 left, 1 right."""
    return np.repeat((np.arange(width) >= share * width)[None].astype(int), height, 0)


def square(height, width, side, corner=(0, 0)):
    """1 in a square, 0 around it."""
    numbers = np.zeros((height, width), int)
    numbers[corner[0] : corner[0] + side, corner[1] : corner[1] + side] = 1
    return numbers


def polygons(seed, height, width, count):
    """Numbers of polygons side by side, ``FINE`` times as large; 0 around them."""
    draw = np.random.default_rng(seed)
    canvas = Image.new("L", (FINE * width, FINE * height), 0)
    wide = width / (count - 1)
    for number in range(1, count):
        radius = draw.uniform(0.35, 0.5) * min(height, wide)
        low, high = radius, (height - radius, wide - radius)
        row, column = draw.uniform(low, np.maximum(low, high))
        column += (number - 1) * wide
        turns = 2 * np.pi * (np.arange(n := draw.integers(4, 9)) + draw.uniform()) / n
        corners = zip(
            column + radius * np.cos(turns), row + radius * np.sin(turns), strict=True
        )
        points = [(FINE * x, FINE * y) for x, y in corners]
        ImageDraw.Draw(canvas).polygon(points, fill=number)
    return np.array(canvas)


def soft(numbers, *colours):
    """A mask with antialiased edges, from numbers drawn ``FINE`` times as large."""
    height, width = numbers.shape
    return of(numbers, *colours).reshape(
        height // FINE, FINE, width // FINE, FINE, 3
    ).mean((1, 3)).round().astype(np.uint8)  # fmt: skip


def inside(numbers, pixels=2):
    """Numbers of reduced pixels that are of one number with all within so many pixels; else -1."""
    height, width = (n // FINE for n in numbers.shape)
    found = np.full((height, width), -1)
    for row in range(height):
        for column in range(width):
            rows = slice(max(0, FINE * (row - pixels)), FINE * (row + pixels + 1))
            columns = slice(max(0, FINE * (column - pixels)), FINE * (column + pixels + 1))
            near = numbers[rows, columns]
            if near.min() == near.max():
                found[row, column] = near[0, 0]
    return found


def jpeg(mask, quality):
    """The same after it was saved by Pillow as a JPEG."""
    file = BytesIO()
    Image.fromarray(mask).save(file, "JPEG", quality=quality)
    with Image.open(file) as opened:
        return np.asarray(opened.convert("RGB"))
