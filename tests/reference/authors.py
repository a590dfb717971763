"""The authors' program re-stated in plain torch from a description of it, without any saving.

Dense costs and dense gradients, style moments made anew in every step, whole covariances, their
positions, sizes, resampling rules and optimiser. One region, no guidance. No epsilon: a black
sample or a flat content gives NaN, as it does in their program.

``extractor(image, LAYERS)`` returns a dict of maps in the order of LAYERS.
"""

import math
from dataclasses import dataclass

import torch
from torch.nn.functional import interpolate

LAYERS = (
    *("rgb", "relu1_1", "relu1_2", "relu2_1", "relu2_2"),
    *("relu3_1", "relu3_2", "relu3_3", "relu4_3", "relu5_3"),
)
POINTS = 1024
DRAWS, PER_DRAW = 5, 1000
BANDS = 5
RATE, LAST_RATE = 2e-3, 1e-3
COARSEST = 64
COLOURS = torch.tensor(
    [
        [0.577350, 0.577350, 0.577350],
        [-0.577350, 0.788675, -0.211325],
        [-0.577350, -0.211325, 0.788675],
    ]
)


# ------------------------------------------------------------------ losses
def cosine(a, b):
    a = a / a.pow(2).sum(1, keepdim=True).sqrt()
    b = b / b.pow(2).sum(1, keepdim=True).sqrt()
    return 1 - a @ b.T


def nearest(cost):
    return torch.max(cost.min(1).values.mean(), cost.min(0).values.mean())


def content_loss(x, c):
    own, target = cosine(x, x), cosine(c, c)
    own, target = own / own.sum(0, keepdim=True), target / target.sum(0, keepdim=True)
    return len(x) * (own - target).abs().mean()


def covariance(x):
    centred = x - x.mean(0, keepdim=True)
    return centred.T @ centred / len(x)


def moment_loss(x, y):
    means = (x.mean(0) - y.mean(0)).abs().mean()
    return means + (covariance(x) - covariance(y)).abs().mean()


def palette_loss(x, y):
    matrix = COLOURS.to(x)
    x, y = x[:, :3] @ matrix.T, y[:, :3] @ matrix.T
    squares = x.pow(2).sum(1)[:, None] + y.pow(2).sum(1)[None] - 2 * x @ y.T
    return nearest(cosine(x, y) + (squares.clamp(1e-5, 1e5) / 3).sqrt())


def losses(x, c, y, alpha):
    """The four terms and the total for clouds (n, d) of output, content, style, rgb first."""
    terms = {
        "content": content_loss(x, c),
        "transport": nearest(cosine(x, y)),
        "moments": moment_loss(x, y),
        "palette": palette_loss(x, y),
    }
    whole = alpha * terms["content"] + terms["transport"] + terms["moments"]
    whole = whole + terms["palette"] / max(alpha, 1)
    return terms | {"total": whole / (alpha + 2)}


# ------------------------------------------------------------------ sizes and bands
def scale_sizes(size):
    """64, 128, ... up to ``size``."""
    count = round(math.log2(size / COARSEST)) + 1
    sizes = [COARSEST * 2**k for k in range(count)]
    if not sizes or sizes[-1] != size:
        raise ValueError(f"size {size} is not 64 times a power of two")
    return sizes


def resized(image, long_side):
    height, width = image.shape[2:]
    factor = long_side / max(height, width)
    return bilinear(image, int(height * factor), int(width * factor))


def bilinear(image, height, width, align_corners=False):
    return interpolate(image, (height, width), mode="bilinear", align_corners=align_corners)


def finest_band(image):
    height, width = image.shape[2:]
    return image - bilinear(bilinear(image, height // 2, width // 2), height, width)


def pyramid(image):
    bands = []
    for _ in range(BANDS):
        height, width = image.shape[2:]
        small = bilinear(image, max(height // 2, 1), max(width // 2, 1), align_corners=True)
        bands.append(image - bilinear(small, height, width, align_corners=True))
        image = small
    return [*bands, image]


def synthesis(bands):
    image = bands[-1]
    for band in reversed(bands[:-1]):
        image = band + bilinear(image, *band.shape[2:], align_corners=True)
    return image


# ------------------------------------------------------------------ positions and reading
def grid(height, width, generator):
    """Rows and columns of all points of the lattice of a scale, flat."""
    ratio = math.sqrt(height * width // 16384)
    strides = max(math.floor(ratio), 1), max(math.ceil(ratio), 1)
    first = [int(torch.randint(s, (1,), generator=generator)) for s in strides]
    rows = torch.arange(first[0], height, strides[0])
    columns = torch.arange(first[1], width, strides[1])
    rows, columns = torch.meshgrid(rows, columns, indexing="ij")
    return rows.flatten(), columns.flatten()


def paired_anew(lattice, generator):
    """Rows and columns shuffled apart from each other, the first 1024 of each."""
    return [axis[torch.randperm(len(axis), generator=generator)[:POINTS]] for axis in lattice]


def read_output(maps, rows, columns):
    """Bilinear at r / 2^k; differentiable in the maps."""
    values, before = [], None
    rows, columns = rows.double(), columns.double()
    for feature in maps.values():
        height = feature.shape[2]
        if before is not None and height < before:
            rows, columns = rows / 2, columns / 2
        before = height
        values.append(between_four(feature[0], rows, columns))
    return torch.cat(values, dim=0).T


def between_four(feature, rows, columns):
    _, height, width = feature.shape
    top, left = rows.floor(), columns.floor()
    down, right = (rows - top).to(feature.dtype), (columns - left).to(feature.dtype)
    r = [(top + k).long().clamp(0, height - 1) for k in (0, 1)]
    c = [(left + k).long().clamp(0, width - 1) for k in (0, 1)]
    return (
        feature[:, r[0], c[0]] * (1 - down) * (1 - right)
        + feature[:, r[0], c[1]] * (1 - down) * right
        + feature[:, r[1], c[0]] * down * (1 - right)
        + feature[:, r[1], c[1]] * down * right
    )


def read_style(maps, rows, columns):
    """Truncated, level by level."""
    values, before = [], None
    for feature in maps.values():
        height, width = feature.shape[2:]
        if before is not None and height < before:
            rows = (rows // 2).clamp(0, height - 1)
            columns = (columns // 2).clamp(0, width - 1)
        before = height
        values.append(feature[0][:, rows, columns])
    return torch.cat(values, dim=0).T


def style_cloud(style, extractor, generator):
    """Five draws without replacement, each with a forward pass of its own."""
    height, width = style.shape[2:]
    draws = []
    for _ in range(DRAWS):
        with torch.no_grad():
            maps = extractor(style, LAYERS)
        pick = torch.randperm(height * width, generator=generator)[:PER_DRAW]
        draws.append(read_style(maps, pick // width, pick % width))
    return torch.cat(draws)


# ------------------------------------------------------------------ the program
@dataclass
class State:
    """One scale under way."""

    bands: list
    optimizer: torch.optim.Optimizer
    target: dict
    style: torch.Tensor
    lattice: tuple
    alpha: float
    extractor: object
    generator: torch.Generator


def begin(content, style, extractor, *, size, alpha, generator, previous=None, last=True):
    """Set up a scale: sizes, start, style samples, lattice, pyramid and optimiser."""
    content, style = resized(content, size), resized(style, size)
    if previous is None:
        image = style.mean((2, 3), keepdim=True) + finest_band(content)
    else:
        image = bilinear(previous, *content.shape[2:])
        image = image if last else image + finest_band(content)
    bands = [band.detach().clone().requires_grad_() for band in pyramid(image)]
    with torch.no_grad():
        target = extractor(content, LAYERS)
    return State(
        bands=bands,
        optimizer=torch.optim.RMSprop(bands, lr=LAST_RATE if last else RATE),
        target=target,
        style=style_cloud(style, extractor, generator),
        lattice=grid(*content.shape[2:], generator),
        alpha=alpha,
        extractor=extractor,
        generator=generator,
    )


def one_step(state):
    """One iteration; returns the image it began with and the losses there."""
    rows, columns = paired_anew(state.lattice, state.generator)
    image = synthesis(state.bands)
    x = read_output(state.extractor(image, LAYERS), rows, columns)
    c = read_output(state.target, rows, columns)
    values = losses(x, c, state.style, state.alpha)
    state.optimizer.zero_grad()
    values["total"].backward()
    state.optimizer.step()
    return image.detach(), {name: value.detach() for name, value in values.items()}


def run(content, style, extractor, *, size, iterations, weight, generator, observe=None):
    """The whole program, by its numbers: iterations 250, weight 1 (alpha 16, halved).

    The image of the last iteration is the one that it began with: its update is thrown away.
    ``observe(long_side, iteration from 1, image, losses)`` sees every iteration.
    """
    sizes, alpha, image = scale_sizes(size), 16.0 * weight, None
    for scale in sizes:
        state = begin(
            content,
            style,
            extractor,
            size=scale,
            alpha=alpha,
            generator=generator,
            previous=image,
            last=scale == size,
        )
        for iteration in range(1, iterations + 1):
            image, values = one_step(state)
            if observe is not None:
                observe(scale, iteration, image, values)
        alpha /= 2
    return image.clamp(0, 1)
