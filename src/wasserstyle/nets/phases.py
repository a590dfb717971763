"""Whether a picture shows the cells that it was decoded from.

Ours (decision 0014). A decoder makes eight rows and eight columns of a cell. In a picture that
no decoder made an edge is as likely at one place of a cell as at another; where it is not,
cells show as a grid.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.types import Image, Scalar

CELL = 8
"""Pixels, of a side."""
EDGE = 6 / 255
"""A difference of neighbours that counts half. Larger ones count not much more: a grid is
seen in flat places."""

FLAT = 1e-3
"""Share of edges below which a picture counts as flat, and even."""
LOSS_WEIGHT = 50.0
"""Of the mean square of the unevenness, beside errors of maps of mean square one."""


def unevenness(image: Image) -> Float[Tensor, "2 cell"]:
    """How much oftener neighbours differ at a place of a cell than in the mean of all places.

    Args:
        image: (batch, 3, H, W), sRGB in [0, 1]; its corner is a cell's, both sides are
            multiples of eight and at least four cells.

    Returns:
        Rows, columns. 0: as often; 0.1: a tenth oftener. The outermost cells are left out.
    """
    grey = image.mean(dim=1)
    return torch.stack([_of_columns(grey.transpose(1, 2)), _of_columns(grey)])


def cells_loss(image: Image) -> Scalar:
    """How uneven a picture is, as a term of what a network is taught by."""
    return LOSS_WEIGHT * unevenness(image).square().mean()


def _of_columns(grey: Float[Tensor, "batch h w"]) -> Float[Tensor, " cell"]:
    inside = grey[:, CELL:-CELL, CELL - 1 : -CELL]
    steps = inside.diff(dim=2).square()
    edges = (steps / (steps + EDGE**2)).unflatten(2, (-1, CELL)).mean(dim=(0, 1, 2))
    return (edges - edges.mean()) / (edges.mean() + FLAT)
