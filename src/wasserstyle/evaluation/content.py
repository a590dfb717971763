"""How far a picture is from its content: nothing here looks at the style.

Each metric takes the picture and the content at one size; zero for equal pictures, but for
SSIM, which is one.
"""

from functools import cache
from importlib.resources import files

import torch
from jaxtyping import Float
from safetensors.torch import load
from scipy.ndimage import gaussian_filter
from torch import Tensor

from wasserstyle.evaluation.views import OBJECTS, PERCEPTUAL, STRUCTURE, View
from wasserstyle.features.sampling import hypercolumns
from wasserstyle.losses.content import self_similarity as change_of_self_similarity
from wasserstyle.maps import cloud
from wasserstyle.types import Cloud, FeatureMap, Positions

PITCH = 8
"""Between the positions at which self-similarity is compared, pixels."""
ROWS = 1024
"""Of the structure's similarity matrix that are held at a time."""
SIGMA, RADIUS, K1, K2 = 1.5, 5, 0.01, 0.03
"""Of SSIM's window, and its constants (Wang et al. 2004)."""
TINY = 1e-10
"""Added to squared norms, as LPIPS's own program does to norms."""


@torch.no_grad()
def self_similarity(picture: View, content: View) -> float:
    """Change of self-similarity (Kolkin et al. 2019, Eq. 7) at relu4_2, in [0, 2]."""
    at = _grid(*picture.shape)
    columns = (
        hypercolumns({"rgb": v.image, OBJECTS: v.maps[OBJECTS]}, at)[:, 3:]
        for v in (picture, content)
    )
    return float(change_of_self_similarity(*columns))


@torch.no_grad()
def lpips(picture: View, content: View) -> float:
    """Learned perceptual distance (Zhang et al. 2018), about 0 to 1.

    Their heads, version 0.1, on the bundled network: they were fitted to torchvision's, so that
    values are near the published ones and not the same.
    """
    return sum(_perceptual(picture, content, layer) for layer in PERCEPTUAL)


@torch.no_grad()
def ssim(picture: View, content: View) -> float:
    """Structural similarity of luma (Wang et al. 2004), at most 1; more is nearer."""
    x, y = (v.luma.numpy() for v in (picture, content))

    def blur(values: object) -> Float[Tensor, "_h _w"]:
        return torch.from_numpy(gaussian_filter(values, SIGMA, radius=RADIUS))

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    both = blur(x * y) - mean_x * mean_y
    means = (2 * mean_x * mean_y + K1**2) / (mean_x**2 + mean_y**2 + K1**2)
    spreads = (2 * both + K2**2) / (var_x + var_y + K2**2)
    inside = (means * spreads)[RADIUS:-RADIUS, RADIUS:-RADIUS]
    return float(inside.mean())


@torch.no_grad()
def cfsd(picture: View, content: View) -> float:
    """Content feature structural distance (Chung et al. 2024) at relu3_1, in nats, >= 0.

    Each cell of the content is similar to all others by shares that sum to one (softmax of
    products of features over √C); how far those of the picture are from them (KL), mean over
    cells. Ours: √C, and the sum over cells is a mean, so that sizes compare; published values
    do not.
    """
    x, c = (cloud(v.maps[STRUCTURE]) for v in (picture, content))
    x, c = (z / z.shape[1] ** 0.5 for z in (x, c))
    rows = range(0, len(x), ROWS)
    return float(sum(_divergence(x, c, slice(r, r + ROWS)) for r in rows) / len(x))


def _divergence(x: Cloud, c: Cloud, rows: slice) -> Float[Tensor, ""]:
    ours, theirs = ((z[rows] @ z.T).log_softmax(dim=1) for z in (x, c))
    return (theirs.exp() * (theirs - ours)).sum()


def _perceptual(picture: View, content: View, layer: str) -> float:
    x, y = (_directions(v.maps[layer]) for v in (picture, content))
    head = _heads()[layer].to(x)
    return float(torch.einsum("c,chw->hw", head, (x - y).square()).mean())


def _directions(feature: FeatureMap) -> Float[Tensor, "_c _h _w"]:
    whole = feature[0].float()
    return whole / (whole.square().sum(dim=0).sqrt() + TINY)


@cache
def _heads() -> dict[str, Float[Tensor, " _c"]]:
    return load((files("wasserstyle.evaluation") / "data/lpips_vgg.safetensors").read_bytes())


def _grid(height: int, width: int) -> Positions:
    """Every so many-th pixel, from half a pitch on where there is room."""
    rows, columns = (torch.arange(min(PITCH // 2, n - 1), n, PITCH) for n in (height, width))
    return torch.cartesian_prod(rows, columns)
