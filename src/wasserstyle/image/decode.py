"""Files: from the bytes of a picture file to pixels.

Pillow reads all that has 8 bits a sample. It cuts deeper colour to 8 bits without a word, so
16-bit PNG goes to imagecodecs and TIFF of more than 8 bits to tifffile. The kind of a file is
told by its first bytes, never by its name.
"""

import re
import struct
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np
from imagecodecs import png_decode
from numpy.typing import NDArray
from PIL import Image as PilImage
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from wasserstyle.errors import BadImage
from wasserstyle.image.arrays import Raster, from_array, unit
from wasserstyle.image.deeptiff import decode_tiff
from wasserstyle.image.picture import check_size
from wasserstyle.image.reason import reason

_ORIENTATION = 0x0112
_GREY = ("1", "L", "LA", "La")


def decode(data: bytes) -> Raster:
    """Decode a picture file.

    The plug-ins of Pillow are called directly: `Image.open` has a lower limit on pixels, and
    tries formats that run outside programs.

    Raises:
        BadImage: empty, damaged, cut short, too large, or no known kind.
    """
    if not data:
        raise BadImage("the file is empty; give a picture")
    for first_bytes, reader in _KINDS:
        if first_bytes.match(data):
            return _guarded(partial(reader, data))
    raise BadImage(
        "is not a picture of a known kind; give JPEG, PNG, WebP, TIFF, BMP, GIF or HEIC"
    )


def decode_pil(image: PilImage.Image) -> Raster:
    """Decode a Pillow image, which may still be waiting in its file.

    Raises:
        BadImage: as `decode`, or samples whose range has no meaning.
    """
    return _guarded(partial(_from_pil, image))


def _guarded(work: Callable[[], Raster]) -> Raster:
    """Turn whatever a decoder raises into a BadImage of one line."""
    try:
        with warnings.catch_warnings():
            # below MAX_PIXELS the size is no reason to warn
            warnings.simplefilter("ignore", PilImage.DecompressionBombWarning)
            return work()
    except BadImage:
        raise
    except Exception as error:  # given broken bytes, decoders raise nearly anything
        raise BadImage(
            f"cannot be decoded ({reason(error)}); it is damaged or cut short, get a whole copy"
        ) from error


def _from_pil(image: PilImage.Image) -> Raster:
    """Understand a Pillow image of any mode, with its profile and orientation."""
    check_size(*image.size)
    image.load()
    deep = image.mode.startswith(("I", "F"))
    raster = from_array(_deep_samples(image)) if deep else _shallow(image)
    return replace(raster, icc=image.info.get("icc_profile"), orientation=_orientation(image))


def _deep_samples(image: PilImage.Image) -> NDArray[Any]:
    """Return 16-bit or float grey samples; mode I is 16 bits in a wider type."""
    samples = np.asarray(image)
    if image.mode != "I":
        return samples
    if samples.min() < 0 or samples.max() > 65535:
        raise BadImage("holds 32-bit integers; save it with 8 or 16 bits")
    return samples.astype(np.uint16)


def _shallow(image: PilImage.Image) -> Raster:
    """Take 8-bit pixels of any mode apart into colour and alpha."""
    alpha = None
    grey = image.mode in _GREY
    if image.has_transparency_data:
        image = image.convert("LA" if grey else "RGBA")
        alpha = unit(np.asarray(image.getchannel("A")))
    if image.mode == "CMYK":
        return Raster(np.asarray(image), "cmyk")
    if image.mode == "LAB":
        return Raster(_lab(np.asarray(image)), "lab")
    if grey:
        return Raster(np.asarray(image.convert("L"))[..., None], "gray", alpha)
    return Raster(np.asarray(image.convert("RGB")), "rgb", alpha)


def _lab(samples: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Turn bytes (a and b are signed) into L in [0, 100] and a, b in [-128, 127]."""
    lightness = samples[..., :1] * np.float32(100 / 255)
    return np.concatenate([lightness, samples[..., 1:].view(np.int8)], 2, dtype=np.float32)


def _orientation(image: PilImage.Image) -> int:
    """Return the EXIF orientation; 1 when absent or unreadable."""
    try:
        return image.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error):
        return 1


def _pillow(plugin: Callable[[BytesIO], PilImage.Image], data: bytes) -> Raster:
    with plugin(BytesIO(data)) as image:
        return _from_pil(image)


def _png(data: bytes) -> Raster:
    with PngImageFile(BytesIO(data)) as image:
        if data[24] != 16:  # the bit depth, at a fixed place in every PNG
            return _from_pil(image)
        check_size(*image.size)
        orientation = _orientation(image)
        deep = from_array(png_decode(data))
        return replace(deep, icc=image.info.get("icc_profile"), orientation=orientation)


def _tiff(data: bytes) -> Raster:
    return decode_tiff(data) or _pillow(TiffImageFile, data)


def _heif(data: bytes) -> Raster:
    try:
        plugin = import_module("pillow_heif").HeifImageFile
    except ImportError as error:
        raise BadImage(
            "is a HEIC picture, which needs one more package; "
            "run: pip install 'wasserstyle[heif]', or save it as PNG or JPEG"
        ) from error
    return _pillow(plugin, data)


_KINDS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], Raster]], ...] = (
    (re.compile(rb"\xff\xd8\xff"), partial(_pillow, JpegImageFile)),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), _png),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), partial(_pillow, WebPImageFile)),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), _tiff),
    (re.compile(rb"GIF8[79]a"), partial(_pillow, GifImageFile)),
    (re.compile(rb"BM"), partial(_pillow, BmpImageFile)),
    (re.compile(rb"....ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL), _heif),
)
