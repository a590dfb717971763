"""TIFF with more than 8 bits a sample, read by tifffile so that no bit is lost."""

from io import BytesIO
from logging import NullHandler, getLogger
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tifffile import TiffFile, TiffPage

from wasserstyle.errors import BadImage
from wasserstyle.image.arrays import Raster, Space, unit
from wasserstyle.image.picture import check_size

getLogger("tifffile").addHandler(NullHandler())  # what matters reaches the user as BadImage

_MAX_SAMPLES = 16
_ORIENTATION, _ICC = 274, 34675
_SPACES: dict[int, tuple[Space, int]] = {
    0: ("gray", 1),  # 0 is white
    1: ("gray", 1),
    2: ("rgb", 3),
    5: ("cmyk", 4),
    8: ("lab", 3),
}
_PREMULTIPLIED, _STRAIGHT = 1, 2


def decode_tiff(data: bytes) -> Raster | None:
    """Decode the first page, or return None when it has 8 bits a sample or fewer.

    Raises:
        BadImage: too large, or a kind of TIFF that is not a picture.
    """
    with TiffFile(BytesIO(data)) as file:
        page = file.pages.first
        if page.bitspersample <= 8:
            return None
        space, colours = _check(page)
        samples = page.asarray()
        if page.axes == "SYX":
            samples = np.moveaxis(samples, 0, 2)
        samples = samples.reshape(page.imagelength, page.imagewidth, -1)
        colour, alpha = _planes(page, samples, colours)
        icc, orientation = page.tags.valueof(_ICC), page.tags.valueof(_ORIENTATION, default=1)
    return Raster(colour, space, alpha, icc=icc, orientation=orientation)


def _check(page: TiffPage) -> tuple[Space, int]:
    """Refuse before decoding what is too large or has no meaning as a picture."""
    check_size(page.imagewidth, page.imagelength)
    if page.is_tiled:
        check_size(page.tilewidth, page.tilelength)
    known = _SPACES.get(page.photometric)
    if known is None or page.axes not in ("YX", "YXS", "SYX"):
        raise BadImage(
            f"is a TIFF of an unusual kind (colour code {int(page.photometric)}, axes "
            f"{page.axes}); save it as RGB, grey, CMYK or Lab"
        )
    if not known[1] <= page.samplesperpixel <= _MAX_SAMPLES:
        raise BadImage(
            f"has {page.samplesperpixel} channels where {known[1]} to {_MAX_SAMPLES} are "
            "allowed; save it as plain RGB"
        )
    # parts that are not in the file would be read as black
    parts = page.databytecounts
    if not page.is_contiguous and (len(parts) < prod(page.chunked) or 0 in parts):
        raise BadImage("has lost some of its parts; it is damaged, get a whole copy")
    return known


def _planes(
    page: TiffPage, samples: NDArray[Any], colours: int
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None]:
    """Return colour as Raster wants it, and alpha if the first extra channel is one."""
    top = 2**page.bitspersample - 1
    colour, extra = samples[..., :colours], page.extrasamples[:1]
    if page.photometric == 8:
        return _lab(colour), None
    colour = unit(colour, top)
    if page.photometric == 0:
        colour = 1 - colour
    if not extra or extra[0] not in (_PREMULTIPLIED, _STRAIGHT):
        return colour, None
    alpha = unit(samples[..., colours], top)
    if extra[0] == _PREMULTIPLIED:
        colour = (colour / np.maximum(alpha, 1 / top)[..., None]).clip(0, 1)
    return colour, alpha


def _lab(samples: NDArray[Any]) -> NDArray[np.float32]:
    """Turn 16-bit codes (a and b are signed) into L in [0, 100] and a, b in [-128, 128)."""
    if samples.dtype.kind not in "ui" or samples.itemsize != 2:
        raise BadImage(f"is Lab with {samples.dtype} samples; save it as RGB")
    lightness = samples[..., :1].astype(np.uint16) * np.float32(100 / 65535)
    opponents = samples[..., 1:].astype(np.int16) / np.float32(256)
    return np.concatenate([lightness, opponents], 2, dtype=np.float32)
