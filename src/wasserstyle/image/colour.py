"""Colour: from any colour space and embedded profile to sRGB."""

from typing import Any

import numpy as np
from imagecodecs import CMS, cms_transform
from numpy.typing import NDArray
from PIL import ImageCms

from wasserstyle.image.arrays import Raster, Space, unit


def _built_in(name: str) -> bytes:
    """Return a profile of Pillow's with its creation time set to the year 2000."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()  # pyright: ignore[reportArgumentType]
    when = np.array([2000, 1, 1, 0, 0, 0], ">u2").tobytes()
    return profile[:24] + when + profile[36:]


SRGB = _built_in("sRGB")
"""The profile embedded in every picture written; the same bytes every time."""
_LAB = _built_in("LAB")
_SPACES: dict[bytes, Space] = {b"GRAY": "gray", b"RGB ": "rgb", b"CMYK": "cmyk"}


def to_srgb(raster: Raster) -> NDArray[np.float32]:
    """Convert to sRGB in [0, 1] of shape (H, W, 3).

    A profile that is broken, or made for another colour space than the pixels, is ignored.
    """
    if raster.space == "lab":
        return _transform(raster.colour, "lab", _LAB)
    if raster.icc is not None and raster.icc != SRGB:
        managed = _by_profile(raster.colour, raster.space, raster.icc)
        if managed is not None:
            return managed
    return _plain(raster.colour, raster.space)


def _by_profile(colour: NDArray[Any], space: Space, icc: bytes) -> NDArray[np.float32] | None:
    """Convert by an embedded profile; None when the profile does not fit the pixels."""
    wanted = _SPACES.get(icc[16:20])
    if space == "gray" and wanted == "rgb":  # common: grey pixels tagged as sRGB
        colour, space = colour.repeat(3, axis=2), "rgb"
    if wanted != space:
        return None
    if space == "cmyk" and colour.dtype != np.uint8:
        colour = colour * np.float32(100)  # the library counts ink in percent
    try:
        return _transform(colour, space, icc)
    except RuntimeError:
        return None


def _transform(colour: NDArray[Any], space: Space, profile: bytes) -> NDArray[np.float32]:
    """Convert to sRGB in [0, 1], keeping the depth: 8 bits, or float for anything deeper.

    Raises:
        RuntimeError: the profile is broken.
    """
    samples = np.ascontiguousarray(colour[..., 0] if space == "gray" else colour)
    converted = cms_transform(
        samples,
        profile,
        SRGB,
        colorspace=space,
        outcolorspace="rgb",
        outdtype=samples.dtype,
        intent=CMS.INTENT.RELATIVE_COLORIMETRIC,
        flags=CMS.FLAGS.BLACKPOINTCOMPENSATION,
    )
    # saturated colours may fall outside sRGB
    return unit(converted if converted.dtype == np.uint8 else converted.clip(0, 1))


def _plain(colour: NDArray[Any], space: Space) -> NDArray[np.float32]:
    """Convert without a profile: grey and RGB are taken as sRGB, CMYK as ideal inks."""
    values = unit(colour)
    if space == "cmyk":
        return (1 - values[..., :3]) * (1 - values[..., 3:])
    return values.repeat(3, axis=2) if space == "gray" else values
