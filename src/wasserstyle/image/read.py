"""Reading: from a file, or from a picture in memory, to a `Picture`."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image as PilImage
from torch import Tensor

from wasserstyle.errors import BadImage
from wasserstyle.image.arrays import Raster, from_array, from_tensor
from wasserstyle.image.colour import to_srgb
from wasserstyle.image.decode import decode, decode_pil
from wasserstyle.image.picture import Picture
from wasserstyle.image.reason import reason

Source = str | os.PathLike[str] | PilImage.Image | NDArray[Any] | Tensor | Picture


def read(source: Source) -> Picture:
    """Read a picture as sRGB.

    Files may be JPEG, PNG, WebP, TIFF, BMP, GIF (first frame), and HEIC with the extra
    `wasserstyle[heif]`. PNG and TIFF keep 16 bits. The EXIF orientation is applied, and colours
    are converted by the embedded profile; without one they are taken as sRGB.

    Args:
        source: a path; a Pillow image; an array (H, W) or (H, W, 1 to 4) of uint8, uint16 or
            floats in [0, 1]; a tensor (C, H, W) or (1, C, H, W) of uint8 or floats in [0, 1];
            or a Picture, which is returned as it is.

    Returns:
        The picture, with at most MAX_PIXELS pixels.

    Raises:
        BadImage: it is missing, damaged, cut short, too large, or no picture.
    """
    if isinstance(source, Picture):
        return source
    if isinstance(source, (str, os.PathLike)):
        return _read_file(Path(source))
    name = Path(getattr(source, "filename", "")).name or "image"  # Pillow keeps the path
    try:
        rgb, alpha = _upright(_from_memory(source))
    except BadImage as error:
        raise BadImage(f"{name}: {error}") from error
    return Picture(rgb, alpha, name, _pixel_hash(rgb, alpha))


def _read_file(path: Path) -> Picture:
    try:
        data = path.read_bytes()
        rgb, alpha = _upright(decode(data))
    except BadImage as error:
        raise BadImage(f"{path}: {error}") from error
    except (OSError, ValueError) as error:
        raise BadImage(
            f"{path}: cannot be read ({reason(error)}); give a picture file"
        ) from error
    return Picture(rgb, alpha, path.name, sha256(data).hexdigest(), str(path))


def _from_memory(source: object) -> Raster:
    if isinstance(source, PilImage.Image):
        return decode_pil(source)
    if isinstance(source, np.ndarray):
        return from_array(source)
    if isinstance(source, Tensor):
        return from_tensor(source)
    raise BadImage(
        f"a {type(source).__name__} is no picture; give a path, a Pillow image, "
        "a numpy array or a torch tensor"
    )


def _upright(raster: Raster) -> tuple[Tensor, Tensor | None]:
    """Return sRGB (1, 3, H, W), and alpha (1, 1, H, W) unless all of it is opaque."""
    rgb = _tensor(_turn(to_srgb(raster), raster.orientation))
    if raster.alpha is None or raster.alpha.min() >= 1:
        return rgb, None
    return rgb, _tensor(_turn(raster.alpha[..., None], raster.orientation))


def _turn(array: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Undo an EXIF orientation of an array (H, W, C); unknown values change nothing."""
    if orientation in (5, 6, 7, 8):
        array = array.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return array


def _tensor(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array.transpose(2, 0, 1)))[None]


def _pixel_hash(rgb: Tensor, alpha: Tensor | None) -> str:
    """Hash shape and pixels: equal pictures agree, whatever container they came in."""
    digest = sha256(str(tuple(rgb.shape)).encode())
    for planes in (rgb,) if alpha is None else (rgb, alpha):
        digest.update(planes.numpy().data)
    return digest.hexdigest()
