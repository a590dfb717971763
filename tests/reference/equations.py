"""The equations, one plain float64 NumPy function each. Slow on purpose: a reader can check them.

Clouds are (n, d) arrays, images (height, width), maps (channels, height, width).
"""

import math

import numpy as np


# ------------------------------------------------------------------ transport
def cosine(a, b):
    """1 - <a, b> / |a||b|; a zero vector is at distance 1 of everything."""
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return 1.0 - (np.dot(a, b) / lengths if lengths > 0 else 0.0)


def costs(x, y, distance):
    return np.array([[distance(a, b) for b in y] for a in x])


def relaxed_sides(cost):
    """(R_A, R_B): the mean over one cloud of the distance to the nearest point of the other."""
    return np.mean([min(row) for row in cost]), np.mean([min(column) for column in cost.T])


def relaxed_emd(cost):
    return max(relaxed_sides(cost))


# ------------------------------------------------------------------ content
def self_similarity(x, c):
    """(1/n) sum_ij |A_ij / sum_k A_kj - B_ij / sum_k B_kj|."""
    a, b = costs(x, x, cosine), costs(c, c, cosine)
    n, total = len(x), 0.0
    for j in range(n):
        for i in range(n):
            total += abs(a[i, j] / a[:, j].sum() - b[i, j] / b[:, j].sum())
    return total / n


# ------------------------------------------------------------------ moments
def moments(x):
    """Mean, and centred second moment divided by n: biased."""
    mean = sum(x) / len(x)
    return mean, sum(np.outer(a - mean, a - mean) for a in x) / len(x)


def moment_distance(x, y):
    (mean_x, cov_x), (mean_y, cov_y) = moments(x), moments(y)
    return np.abs(mean_x - mean_y).mean() + np.abs(cov_x - cov_y).mean()


# ------------------------------------------------------------------ palette
def euclidean(a, b):
    return math.sqrt(sum((p - q) ** 2 for p, q in zip(a, b, strict=True)))


def cosine_and_euclidean(a, b):
    """The authors' code: cosine plus sqrt(clamp(|a - b|^2, 1e-5, 1e5) / 3)."""
    return cosine(a, b) + math.sqrt(min(max(euclidean(a, b) ** 2, 1e-5), 1e5) / 3)


def palette_of_code(x, y):
    return relaxed_emd(costs(x, y, cosine_and_euclidean))


def palette_of_paper(x, y):
    return relaxed_emd(costs(x, y, euclidean))


# ------------------------------------------------------------------ total
def total_of_code(terms, alpha):
    style = terms["transport"] + terms["moments"] + terms["palette"] / max(alpha, 1)
    return (alpha * terms["content"] + style) / (alpha + 2)


def total_of_paper(terms, alpha):
    style = terms["transport"] + terms["moments"] + terms["palette"] / alpha
    return (alpha * terms["content"] + style) / (2 + alpha + 1 / alpha)


# ------------------------------------------------------------------ reading
def bilinear(feature, row, column):
    """A map (channels, height, width) at a real position, clamped at the border."""
    _, height, width = feature.shape
    row, column = min(max(row, 0), height - 1), min(max(column, 0), width - 1)
    top, left = math.floor(row), math.floor(column)
    value = np.zeros(feature.shape[0])
    for r, across in ((top, 1 - (row - top)), (top + 1, row - top)):
        for c, along in ((left, 1 - (column - left)), (left + 1, column - left)):
            value += across * along * feature[:, min(r, height - 1), min(c, width - 1)]
    return value


def halve_centres(p, _):
    """Pixel p covers [p - 1/2, p + 1/2]; in units of pixels twice as wide."""
    return (p + 0.5) / 2 - 0.5


def halve_corners(p, _):
    return p / 2


def halve_truncated(p, size):
    """As the authors do: level by level, clipped into the map, cut to a whole number."""
    return int(min(max(p / 2, 0), size - 1))


HALVINGS = {
    "centres": halve_centres,
    "corners": halve_corners,
    "truncated": halve_truncated,
}


def halved_until(p, full, small, rule):
    """Carry a coordinate from an axis of ``full`` pixels to one of ``small``."""
    while full > small:
        full //= 2
        p = HALVINGS[rule](p, full)
    return p


def hypercolumn(maps, row, column, rule):
    """All maps at one pixel of the first; each axis is the first's, halved some times."""
    _, height, width = maps[0].shape
    values = []
    for feature in maps:
        r = halved_until(row, height, feature.shape[1], rule)
        c = halved_until(column, width, feature.shape[2], rule)
        values.append(bilinear(feature, r, c))
    return np.concatenate(values)


# ------------------------------------------------------------------ bands
def resize_axis(size, new):
    """Matrix (new, size) of bilinear resizing with half-pixel centres, not antialiased."""
    matrix = np.zeros((new, size))
    for i in range(new):
        p = min(max((i + 0.5) * size / new - 0.5, 0.0), size - 1)
        low = math.floor(p)
        matrix[i, low] += 1 - (p - low)
        matrix[i, min(low + 1, size - 1)] += p - low
    return matrix


def resize(image, height, width):
    return resize_axis(image.shape[0], height) @ image @ resize_axis(image.shape[1], width).T


def laplacian_band(image):
    """C - up(down(C)), down to (H // 2, W // 2), at least one pixel."""
    height, width = image.shape
    small = resize(image, max(height // 2, 1), max(width // 2, 1))
    return image - resize(small, height, width)


def smooth_laplacian_band(image):
    """The same with a smooth up (ours, decision 0006)."""
    height, width = image.shape
    small = resize(image, max(height // 2, 1), max(width // 2, 1))
    return image - binomial(resize(small, height, width))


def binomial(image):
    """[1, 2, 1]/4 along both axes, borders repeated (ours: decision 0006)."""
    for axis in (0, 1):
        before = np.concatenate([image.take([0], axis), image], axis)
        after = np.concatenate([image, image.take([-1], axis)], axis)
        low = before.take(range(image.shape[axis]), axis)
        high = after.take(range(1, image.shape[axis] + 1), axis)
        image = (low + 2 * image + high) / 4
    return image
