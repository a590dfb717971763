"""A picture by cells of some pixels: their means, and values of them enlarged again."""

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

Pixels = Float[Tensor, "1 c _height _width"]
Cells = Float[Tensor, "1 c _rows _columns"]


def cell_means(image: Pixels, side: int, whole: int) -> Cells:
    """Means of cells.

    Args:
        image: Any channels.
        side: Of a cell, pixels.
        whole: The edge goes on to a multiple of so many pixels, itself one of ``side``.
    """
    down, across = ((whole - n % whole) % whole for n in image.shape[2:])
    return F.avg_pool2d(F.pad(image, (0, across, 0, down), mode="replicate"), side)


def enlarged(cells: Cells, side: int, like: Float[Tensor, "..."]) -> Pixels:
    """Values of cells, linearly between their middles, at the height and width of a picture."""
    smooth = F.interpolate(cells, scale_factor=float(side), mode="bilinear")
    return smooth[..., : like.shape[2], : like.shape[3]]
