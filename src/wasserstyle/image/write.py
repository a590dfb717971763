"""Writing: files appear only when complete, and equal pictures give equal bytes."""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import tifffile
import torch
from PIL import Image as PilImage
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from wasserstyle.errors import BadImage, BadSetting, CannotWrite, StyleError
from wasserstyle.image.arrays import check_image, quantise
from wasserstyle.image.colour import SRGB
from wasserstyle.image.picture import WHITE, Alpha, over
from wasserstyle.image.reason import reason
from wasserstyle.image.recipe import PNG_KEY, to_exif, to_json
from wasserstyle.types import Image

PART = ".part"
"""How the names of unfinished files end."""
_JPEG_EXIF_BYTES = 65_533  # a JPEG segment has a 16-bit length


@dataclass(frozen=True, eq=False)
class _Job:
    """What an encoder needs: pixels, the recipe as JSON text, the quality for lossy formats."""

    image: Image
    alpha: Alpha | None
    recipe: str | None
    quality: int

    def planes(self) -> Tensor:
        """Return colour, and alpha if there is one, as (1, 3 or 4, H, W)."""
        return self.image if self.alpha is None else torch.cat([self.image, self.alpha], 1)


def write(
    image: Image,
    path: str | os.PathLike[str],
    *,
    recipe: Mapping[str, Any] | None = None,
    alpha: Alpha | None = None,
    quality: int = 95,
) -> Path:
    """Write one picture with its sRGB profile; the suffix of `path` tells the format.

    .png has 8 bits, .tif and .tiff have 16, .jpg, .jpeg and .webp are lossy. A missing folder
    is made. The file appears under its name only when complete.

    Args:
        image: (1, 3, H, W) sRGB; values outside [0, 1] are cut.
        path: where to; an existing file is replaced.
        recipe: embedded as JSON, see `read_recipe`.
        alpha: (1, 1, H, W) opacity in [0, 1]; JPEG, which has none, is laid over white.
        quality: of JPEG and WebP, 1 to 100.

    Returns:
        The path written.

    Raises:
        CannotWrite: an unknown suffix, a folder or disk that refuses, a picture or recipe that
            the format cannot hold.
        BadImage: `image` is not one picture, holds NaN, or differs in size from `alpha`.
        BadSetting: `quality` is outside 1 to 100.
    """
    check_writable(path)
    return write_bytes(encode(image, path, recipe=recipe, alpha=alpha, quality=quality), path)


def encode(
    image: Image,
    path: str | os.PathLike[str],
    *,
    recipe: Mapping[str, Any] | None = None,
    alpha: Alpha | None = None,
    quality: int = 95,
) -> bytes:
    """The file that `write` would write, for places that are no folder; see there."""
    if not 1 <= quality <= 100:
        raise BadSetting(f"the quality is {quality}; give 1 to 100")
    check_image(image)
    if alpha is not None and alpha.shape != (1, 1, *image.shape[2:]):
        raise BadImage(
            f"alpha has the shape {tuple(alpha.shape)} and the image {tuple(image.shape)}; "
            "alpha must be (1, 1, H, W) with the height and width of the image, resize one"
        )
    path = Path(path)
    encoder = _encoder(path)
    job = _Job(image, alpha, None if recipe is None else to_json(recipe), quality)
    try:
        return encoder(job)
    except StyleError:
        raise
    except (OSError, ValueError) as error:
        raise _refusal(path, error) from error


def write_bytes(data: bytes, path: str | os.PathLike[str]) -> Path:
    """Write a file; it appears only when complete.

    Raises:
        CannotWrite: a folder or disk that refuses.
    """
    path = Path(path)
    try:
        _replace(path, data)
    except OSError as error:
        raise _refusal(path, error) from error
    return path


def write_text(text: str, path: str | os.PathLike[str]) -> Path:
    """Write a text that goes with pictures; it appears only when complete.

    Raises:
        CannotWrite: a folder or disk that refuses.
    """
    return write_bytes(text.encode(), path)


def check_suffix(path: str | os.PathLike[str]) -> None:
    """Raise unless the suffix is that of a format that can be written.

    Raises:
        CannotWrite: with those that can.
    """
    _encoder(Path(path))


def unfinished(name: str) -> str:
    """How the names of unfinished files begin that were to become `name`."""
    return f".{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}."


def check_writable(path: str | os.PathLike[str]) -> None:
    """Find out before a long run whether `write` could write there; leave nothing behind.

    Raises:
        CannotWrite: as `write` would for this path.
    """
    path = Path(path)
    _encoder(path)
    try:
        if path.is_dir():
            raise IsADirectoryError("it is a folder")
        parents = path.absolute().parents
        folder = next((p for p in parents if p.exists()), parents[0])
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _refusal(path, error) from error


def _encoder(path: Path) -> Callable[[_Job], bytes]:
    encode = _ENCODERS.get(path.suffix.lower())
    if encode is None:
        raise CannotWrite(
            f"{path}: no format is known for the suffix '{path.suffix}'; "
            f"use one of {', '.join(_ENCODERS)}"
        )
    return encode


def _refusal(path: Path, error: OSError | ValueError) -> CannotWrite:
    return CannotWrite(
        f"{path}: cannot be written ({reason(error)}); choose another place, or another format"
    )


def _replace(path: Path, data: bytes) -> None:
    """Write beside `path`, then rename: nobody ever sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{unfinished(path.name)}{secrets.token_hex(8)}{PART}")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _pil(planes: Tensor) -> PilImage.Image:
    return PilImage.fromarray(quantise(planes, "uint8"))


def _png(job: _Job) -> bytes:
    chunks = PngInfo()
    if job.recipe is not None:
        chunks.add_itxt(PNG_KEY, job.recipe)
    file = BytesIO()
    _pil(job.planes()).save(file, "PNG", icc_profile=SRGB, pnginfo=chunks)
    return file.getvalue()


def _exif(job: _Job) -> bytes:
    return b"" if job.recipe is None else to_exif(job.recipe)


def _jpeg(job: _Job) -> bytes:
    exif = _exif(job)
    if len(exif) > _JPEG_EXIF_BYTES:
        raise CannotWrite(
            f"the recipe takes {len(exif):,} bytes and JPEG holds {_JPEG_EXIF_BYTES:,}; "
            "write .png, .webp or .tif instead"
        )
    image = job.image if job.alpha is None else over(job.image, job.alpha, WHITE)
    file = BytesIO()
    # subsampling 0: as much detail in colour as in brightness
    _pil(image).save(
        file, "JPEG", quality=job.quality, subsampling=0, icc_profile=SRGB, exif=exif
    )
    return file.getvalue()


def _webp(job: _Job) -> bytes:
    file = BytesIO()
    # exact: keep colour under transparent pixels
    _pil(job.planes()).save(
        file, "WEBP", quality=job.quality, exact=True, icc_profile=SRGB, exif=_exif(job)
    )
    return file.getvalue()


def _tiff(job: _Job) -> bytes:
    file = BytesIO()
    tifffile.imwrite(
        file,
        quantise(job.planes(), "uint16"),
        photometric="rgb",
        extrasamples=None if job.alpha is None else ["unassalpha"],
        compression="zlib",
        predictor=True,
        iccprofile=SRGB,
        description=job.recipe,
        metadata=None,
    )
    return file.getvalue()


_ENCODERS: dict[str, Callable[[_Job], bytes]] = {
    ".png": _png,
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".webp": _webp,
    ".tif": _tiff,
    ".tiff": _tiff,
}
