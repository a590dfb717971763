"""Pixels in memory: what numpy and torch arrays mean, and back to them."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import DTypeLike, NDArray
from PIL import Image as PilImage
from torch import Tensor

from wasserstyle.errors import BadImage, BadSetting
from wasserstyle.image.picture import check_size
from wasserstyle.types import Image

Space = Literal["gray", "rgb", "cmyk", "lab"]
TOLERANCE = 1e-3
"""How far a float may leave [0, 1] before it is an error rather than rounding."""
_TOPS = {"uint8": 255, "uint16": 65535, "float32": 1}


@dataclass(frozen=True, eq=False)
class Raster:
    """Decoded pixels, before their colours and orientation are made standard.

    Attributes:
        colour: (H, W, C): uint8, or float32 in [0, 1]; Lab is float32 in its own units.
        space: what the C channels mean.
        alpha: (H, W) float32 in [0, 1], or None; colour is not multiplied by it.
        icc: the embedded colour profile.
        orientation: the EXIF value, 1 (upright) to 8.
    """

    colour: NDArray[Any]
    space: Space
    alpha: NDArray[np.float32] | None = None
    icc: bytes | None = None
    orientation: int = 1


def from_array(array: NDArray[Any]) -> Raster:
    """Understand an array of shape (H, W) or (H, W, C) with 1 to 4 channels.

    Two channels are grey and alpha, four are colour and alpha.

    Raises:
        BadImage: another shape or dtype, or floats outside [0, 1].
    """
    if array.ndim == 2:
        array = array[..., None]
    if array.ndim != 3 or not 1 <= array.shape[2] <= 4:
        raise BadImage(
            f"has the shape {array.shape}; allowed are (H, W) and (H, W, 1 to 4) in numpy, "
            "(C, H, W) and (1, C, H, W) with C = 1, 3 or 4 in torch"
        )
    check_size(array.shape[1], array.shape[0])
    if array.dtype.kind not in "uf" or (array.dtype.kind == "u" and array.itemsize > 2):
        raise BadImage(f"has the dtype {array.dtype}; give uint8, uint16, or floats in [0, 1]")
    channels = array.shape[2]
    colours = 1 if channels <= 2 else 3
    alpha = unit(array[..., -1]) if channels in (2, 4) else None
    colour = array[..., :colours]
    colour = colour if array.dtype == np.uint8 else unit(colour)
    return Raster(colour, "gray" if colours == 1 else "rgb", alpha)


def from_tensor(tensor: Tensor) -> Raster:
    """Understand a tensor of shape (C, H, W) or (1, C, H, W) with C = 1, 3 or 4.

    Raises:
        BadImage: another shape or dtype, or floats outside [0, 1].
    """
    planes = tensor.detach().cpu()
    if planes.ndim == 4 and planes.shape[0] == 1:
        planes = planes[0]
    if planes.ndim != 3 or planes.shape[0] not in (1, 3, 4):
        raise BadImage(
            f"has the shape {tuple(tensor.shape)}; a tensor must be (C, H, W) or (1, C, H, W) "
            "with C = 1, 3 or 4; give a batch one picture at a time"
        )
    if planes.is_floating_point():
        planes = planes.float()  # numpy has no bfloat16
    return from_array(planes.permute(1, 2, 0).numpy())


def unit(array: NDArray[Any], top: int | None = None) -> NDArray[np.float32]:
    """Scale to float32 in [0, 1]; `top` is the integer that means 1 (default: the largest).

    Raises:
        BadImage: signed integers, NaN, or floats outside [0, 1].
    """
    if array.dtype.kind == "u":
        return (array / np.float32(top or np.iinfo(array.dtype).max)).astype(np.float32)
    if array.dtype.kind != "f":
        raise BadImage(f"holds {array.dtype} samples; save it with unsigned or float samples")
    low, high = float(array.min()), float(array.max())
    if not (low >= -TOLERANCE and high <= 1 + TOLERANCE):
        raise BadImage(
            f"holds floats from {low:g} to {high:g}; floats must lie in [0, 1] without NaN; "
            "scale the values first"
        )
    return array.astype(np.float32).clip(0, 1)


def to_array(image: Image, dtype: DTypeLike = np.uint8) -> NDArray[Any]:
    """Turn one image into an array of shape (H, W, 3).

    Args:
        image: (1, 3, H, W); values outside [0, 1] are cut.
        dtype: uint8 or uint16 (rounded to nearest), or float32 in [0, 1].

    Raises:
        BadSetting: another dtype.
        BadImage: not one image of three channels, or NaN.
    """
    check_image(image)
    return quantise(image, dtype)


def to_pil(image: Image) -> PilImage.Image:
    """Turn one image of shape (1, 3, H, W) in [0, 1] into an 8-bit RGB Pillow image."""
    return PilImage.fromarray(to_array(image))


def check_image(image: Tensor) -> None:
    """Refuse what is not one image of shape (1, 3, H, W).

    Raises:
        BadImage: another shape.
    """
    if image.ndim != 4 or image.shape[:2] != (1, 3):
        raise BadImage(
            f"the image has the shape {tuple(image.shape)}; it must be (1, 3, H, W), "
            "pass one colour image at a time"
        )
    check_size(image.shape[3], image.shape[2])


def quantise(planes: Tensor, dtype: DTypeLike) -> NDArray[Any]:
    """Turn (1, C, H, W) into an array (H, W, C); otherwise as `to_array`."""
    wanted = np.dtype(dtype)
    if wanted.name not in _TOPS:
        raise BadSetting(f"the dtype is {wanted}; allowed are uint8, uint16 and float32")
    if torch.isnan(planes).any():
        raise BadImage("the image holds NaN; only numbers in [0, 1] can be shown")
    pixels = planes.detach().cpu().float().clamp(0, 1)[0].permute(1, 2, 0).numpy()
    if wanted == np.float32:
        return pixels
    return np.rint(pixels * _TOPS[wanted.name]).astype(wanted)
