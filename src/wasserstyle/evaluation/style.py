"""How far a picture is from its style: nothing here looks at the content.

Each metric takes the picture and the style, of any sizes; zero for equal distributions. The two
over ``HELD_OUT`` look where no method's default minimises anything; four look through no
network at all, though methods match colours by other means.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from wasserstyle.evaluation.views import EARLY, HELD_OUT, View
from wasserstyle.image.resize import resize
from wasserstyle.maps import cloud
from wasserstyle.ot.costs import euclidean_cost
from wasserstyle.ot.exact import emd
from wasserstyle.ot.gaussian import moments, wasserstein2
from wasserstyle.ot.sliced import random_directions, sliced_wasserstein2
from wasserstyle.types import Cloud, Image

LINES = 128
"""Along which clouds are sorted; the same ones at every call."""
PATCH, PATCH_SCALES = 7, 5
"""Side of patches, pixels; sizes they are cut from, each half the one before."""
PIXELS = 1024
"""Of each picture, between which colours are moved exactly."""
PLASTIC = 1.324717957244746
"""The root of x³ = x + 1."""
BINS, REACH, WIDTH = 64, 3.0, 0.02
"""Of the histogram: along each axis, of log-chroma from -3 to 3, and of its kernel."""
DARK = 1e-6
"""Added to colours before the logarithm."""
LEVELS = 255.0


@torch.no_grad()
def gaussian_w2(picture: View, style: View) -> float:
    """Gaussian W2² of features over the style's variance, mean over held-out layers."""
    return sum(_share(picture, style, layer) for layer in HELD_OUT) / len(HELD_OUT)


@torch.no_grad()
def sliced_w2(picture: View, style: View) -> float:
    """Sliced W2² of features over the style's variance on a line, mean over held-out layers."""
    return sum(_sliced(picture, style, layer) for layer in HELD_OUT) / len(HELD_OUT)


@torch.no_grad()
def patch_swd(picture: View, style: View) -> float:
    """Sliced W2 of 7 x 7 patches of sRGB at five sizes, in levels of 255 of a pixel.

    As patches are compared by Elnekave and Weiss (2022), with all of them and squares in place
    of absolute differences.
    """
    squares = [
        _patches(_halved(picture.image, k), _halved(style.image, k))
        for k in range(PATCH_SCALES)
    ]
    return LEVELS * (sum(squares) / len(squares)) ** 0.5


@torch.no_grad()
def sifid_like(picture: View, style: View) -> float:
    """Fréchet distance of early features, over the style's variance.

    SIFID (Rott Shaham et al. 2019) with pool1 of VGG-16 in place of Inception's: not
    comparable with published values.
    """
    x, y = (_pooled(v) for v in (picture, style))
    return _gaussian(x, y) / _variance(y)


@torch.no_grad()
def colour_emd(picture: View, style: View) -> float:
    """Exact earth mover's distance of 1024 colours each, in levels of 255."""
    x, y = (_colours(v) for v in (picture, style))
    return LEVELS * float(emd(euclidean_cost(x, y)))


@torch.no_grad()
def colour_w2(picture: View, style: View) -> float:
    """Gaussian W2 of colours, in levels of 255."""
    x, y = (v.colours for v in (picture, style))
    return LEVELS * max(0.0, _gaussian(x, y)) ** 0.5


@torch.no_grad()
def histogram(picture: View, style: View) -> float:
    """Hellinger distance of RGB-uv histograms (Afifi et al. 2021), in [0, 1]."""
    ours, theirs = (_chroma_histogram(v.colours) for v in (picture, style))
    return float((ours.sqrt() - theirs.sqrt()).norm() / 2**0.5)


# ------------------------------------------------------------------ of features
def _gaussian(x: Cloud, y: Cloud) -> float:
    """Squared, of the Gaussians of two clouds."""
    return float(wasserstein2(*(moments(z.double()) for z in (x, y))))


def _variance(y: Cloud) -> float:
    """Sum over dimensions; a cloud without any counts as it is."""
    return max(float(y.var(dim=0, correction=0).sum()), 1e-6)


def _share(picture: View, style: View, layer: str) -> float:
    x, y = (cloud(v.held_out[layer]) for v in (picture, style))
    return _gaussian(x, y) / _variance(y)


def _sliced(picture: View, style: View, layer: str) -> float:
    x, y = (cloud(v.held_out[layer]) for v in (picture, style))
    return float(sliced_wasserstein2(x, y, _lines(x.shape[1]))) * x.shape[1] / _variance(y)


def _pooled(view: View) -> Cloud:
    return F.max_pool2d(view.maps[EARLY], 2)[0].flatten(1).T


def _lines(dimension: int) -> Float[Tensor, "_k {dimension}"]:
    return random_directions(LINES, dimension, torch.Generator().manual_seed(0))


# ------------------------------------------------------------------ of pixels
def _halved(image: Image, times: int) -> Image:
    """So many times, down to one patch."""
    height, width = (max(PATCH, n >> times) for n in image.shape[2:])
    return resize(image, height, width)


def _patches(x: Image, y: Image) -> float:
    """Mean square of a pixel, of patches that are projected by convolution."""
    dimension = 3 * PATCH * PATCH
    kernels = _lines(dimension).unflatten(1, (3, PATCH, PATCH))
    ours, theirs = (F.conv2d(z, kernels)[0].flatten(1) for z in (x, y))
    squares = [
        sliced_wasserstein2(a[:, None], b[:, None], torch.ones(1, 1))
        for a, b in zip(ours, theirs, strict=True)
    ]
    return float(sum(squares) / LINES)


def _colours(view: View) -> Cloud:
    """So many pixels, evenly spread, on no lattice that a pattern could share.

    The additive recurrence of the plastic number, which fills a square evenly (Roberts 2018).
    """
    steps = torch.arange(1, PIXELS + 1, dtype=torch.float64)
    ends = zip(view.shape, (1 / PLASTIC, 1 / PLASTIC**2), strict=True)
    row, column = ((steps * share % 1 * n).long() for n, share in ends)
    return view.image[0, :, row, column].T


def _chroma_histogram(pixels: Cloud) -> Float[Tensor, "3 _bins _bins"]:
    """Of the logarithms of each colour over the two others, weighted by brightness."""
    pixels = pixels.double()
    logs, bright = (pixels + DARK).log(), pixels.square().sum(dim=1).sqrt()
    bins = torch.linspace(-REACH, REACH, BINS, dtype=torch.float64)

    def kernel(a: int, b: int) -> Float[Tensor, "_n _bins"]:
        away = (logs[:, a] - logs[:, b])[:, None] - bins
        return 1 / (1 + (away / WIDTH).square())

    sheets = [
        (bright[:, None] * kernel(own, first)).T @ kernel(own, second)
        for own, first, second in ((0, 1, 2), (1, 0, 2), (2, 0, 1))
    ]
    whole = torch.stack(sheets)
    return whole / whole.sum()
