"""Halos that a network paints around things, taken back where the content is even.

Ours (decision 0023). A cell of a wall that has seen the edge of a thing, 34 px away, is painted
as what lies beside edges in the style, often a pale or dark seam. In every window a painting is
nearly a linear function of the content's colours (the guided filter of He, Sun and Tang, Guided
Image Filtering, TPAMI 2013, Eq. 4 to 8). Strokes are what this function leaves out; a halo is
where it is one thing in a narrow window and another in a wide one. So where the content is
even, what the narrow windows say is replaced by what the wide ones say, and all else stays.
"""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from wasserstyle.nets.cells import cell_means, enlarged
from wasserstyle.types import Image, Region

WIDE, NARROW = 96, 16
"""Pixels from the middle of a window to its border: beyond a halo, and within it."""
RIDGE = 1e-3
"""Variance of the content below which a window is even (ε)."""
PATTERN = 0.04
"""Variance of the content, within some pixels, at which a third of the change is left."""
SPOT = 2
"""Cells from the middle to the border of the windows in which it is a pattern."""
COARSE, FINE = 16, 4
"""Pixels between the middles of wide windows, and of narrow ones."""

Colours = Float[Tensor, "1 3 h w"]
Functions = Float[Tensor, "1 12 h w"]
"""Of three colours, one for each of three: nine slopes, three offsets."""


def evened(picture: Image, content: Image, region: Region | None = None) -> Image:
    """A painting without halos.

    Args:
        picture: (1, 3, H, W), sRGB in [0, 1].
        content: What was painted, of the same size.
        region: What of it was painted together, (H, W); None: all. What lies around it stays,
            and has no influence.

    Returns:
        Of the same size, in [0, 1].
    """
    inside = torch.ones_like(picture[:, :1]) if region is None else region[None, None].float()
    some = inside + 1e-6  # what lies around a region is found from itself, and never shown
    counts = cell_means(some, FINE, COARSE)
    x, xx, y = (
        cell_means(z * some, FINE, COARSE) / counts
        for z in (content, content.square(), picture)
    )
    sums = _sums(x, y, counts)
    wide = _functions(F.avg_pool2d(sums, COARSE // FINE), WIDE // COARSE)
    wide = F.interpolate(wide, scale_factor=float(COARSE // FINE), mode="bilinear")
    change = _evenness(x, xx, counts) * (wide - _functions(sums, NARROW // FINE))
    moved: list[Tensor] = []
    for own in change.unflatten(1, (4, 3)).unbind(2):  # a colour in turn: less to hold
        at = enlarged(own, FINE, picture)
        moved.append((at[:, :3] * content).sum(dim=1, keepdim=True) + at[:, 3:])
    return (picture + torch.cat(moved, dim=1) * inside).clamp(0, 1)


def _evenness(x: Colours, xx: Colours, inside: Tensor) -> Tensor:
    """From 1, where the content is of one colour, to 0, where it is a pattern."""
    mean, square = (_mean(z, inside, SPOT) for z in (x, xx))
    variance = (square - mean.square()).mean(dim=1, keepdim=True)
    return _mean((-variance / PATTERN).exp(), inside, SPOT)


def _sums(x: Colours, y: Colours, inside: Float[Tensor, "1 1 h w"]) -> Tensor:
    """Of what counts: itself, colours of content and picture, their products; 25 channels."""
    terms = [torch.ones_like(inside), x, y, _products(x, x), _products(x, y)]
    return torch.cat(terms, dim=1) * inside


def _functions(sums: Tensor, reach: int) -> Functions:
    """What the windows around each cell say the content's colours became (Eq. 5 to 8).

    Args:
        sums: Of cells.
        reach: Of a window, cells.
    """
    around = _window(sums, reach)
    x, y, xx, xy = (around[:, 1:] / around[:, :1]).split([3, 3, 9, 9], dim=1)
    slopes = _solved(xx - _products(x, x), xy - _products(x, y))
    offsets = y - (slopes.unflatten(1, (3, 3)) * x[:, :, None]).sum(dim=1)
    return _mean(torch.cat([slopes, offsets], dim=1), sums[:, :1], reach)


def _mean(x: Tensor, inside: Tensor, reach: int) -> Tensor:
    """Over windows, of what is inside."""
    return _window(x * inside, reach) / _window(inside, reach)


def _window(x: Tensor, reach: int) -> Tensor:
    """Mean over what is near, less of what is farther: two boxes, nothing beyond the border."""
    side = reach + 1
    x = x.contiguous(memory_format=torch.channels_last)  # pooled many at a time
    for kernel in ((side, 1), (1, side)) * 2:
        x = F.avg_pool2d(x, kernel, 1, (kernel[0] // 2, kernel[1] // 2))
    return x


def _products(a: Colours, b: Colours) -> Float[Tensor, "1 9 h w"]:
    """Of each channel of the first with each of the second."""
    return (a[:, :, None] * b[:, None]).flatten(1, 2)


def _solved(second: Tensor, mixed: Tensor) -> Tensor:
    """Slopes: (second + RIDGE)⁻¹ mixed, by cofactors, which ONNX knows."""
    eye = torch.eye(3, dtype=second.dtype, device=second.device).reshape(9, 1, 1)
    rows = (second + RIDGE * eye).unflatten(1, (3, 3)).unbind(1)
    cofactors = torch.stack(
        [torch.linalg.cross(rows[i - 2], rows[i - 1], dim=1) for i in range(3)], dim=1
    )
    determinant = (rows[0] * cofactors[:, 0]).sum(dim=1)[:, None, None]
    pairs = cofactors[:, :, :, None] * mixed.unflatten(1, (3, 3))[:, None]
    return (pairs.sum(dim=2) / determinant).flatten(1, 2)
