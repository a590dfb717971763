"""The recipe inside a picture: what was done to make it, as one JSON object.

* PNG           iTXt chunk "wasserstyle"
* JPEG, WebP    EXIF UserComment
* TIFF          ImageDescription

The JSON is plain ASCII (other letters are escaped), which every one of these places can hold.
"""

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

from PIL.Image import Exif
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile
from tifffile import TiffFile

from wasserstyle.errors import BadRecipe, CannotWrite
from wasserstyle.image.picture import check_size
from wasserstyle.image.reason import reason

PNG_KEY = "wasserstyle"
MAX_BYTES = 1_000_000
"""A longer recipe is neither written nor read."""

_EXIF_IFD, _USER_COMMENT = 0x8769, 0x9286
_ASCII = b"ASCII\0\0\0"


def to_json(recipe: Mapping[str, Any]) -> str:
    """Return the recipe as ASCII JSON with sorted keys.

    Raises:
        CannotWrite: it holds something JSON has no form for, or is too long.
    """
    try:
        text = json.dumps(dict(recipe), sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise CannotWrite(
            f"the recipe is not JSON ({reason(error)}); "
            "use only text, finite numbers, lists and dicts"
        ) from error
    if len(text) > MAX_BYTES:
        raise CannotWrite(
            f"the recipe has {len(text):,} bytes and {MAX_BYTES:,} are allowed; shorten it"
        )
    return text


def to_exif(text: str) -> bytes:
    """Return EXIF bytes that hold ASCII text as the UserComment."""
    exif = Exif()
    exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = _ASCII + text.encode("ascii")
    return exif.tobytes()


def read_recipe(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read back the recipe from a PNG, JPEG, WebP or TIFF picture.

    It comes from a file that anyone may have changed: check its values before use.

    Raises:
        BadRecipe: no such picture, or no recipe in it, or one that is not a JSON object of at
            most MAX_BYTES.
    """
    try:
        return parse_recipe(Path(path).read_bytes())
    except BadRecipe as error:
        raise BadRecipe(f"{path}: {error}") from error
    except (OSError, ValueError) as error:
        raise BadRecipe(
            f"{path}: cannot be read ({reason(error)}); give a picture file"
        ) from error


def parse_recipe(data: bytes) -> dict[str, Any]:
    """Read back the recipe from the bytes of a picture; see `read_recipe`."""
    return _parse(_find(data))


def _find(data: bytes) -> str:
    """Return the text that should be the recipe."""
    reader = next((r for start, r in _READERS if data.startswith(start)), None)
    if reader is None:
        raise BadRecipe("is no PNG, JPEG, WebP or TIFF; only those hold recipes, give one")
    try:
        text = reader(BytesIO(data))
    except Exception as error:  # given broken bytes, decoders raise nearly anything
        raise BadRecipe(
            f"cannot be decoded ({reason(error)}); it is damaged or cut short, get a whole copy"
        ) from error
    if not text:
        raise BadRecipe("holds no recipe; give a picture that wasserstyle wrote")
    return text


def _parse(text: str) -> dict[str, Any]:
    if len(text) > MAX_BYTES:
        raise BadRecipe(f"its recipe is longer than {MAX_BYTES:,} bytes; it cannot be trusted")
    try:
        recipe = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadRecipe(
            f"holds no valid recipe ({reason(error)}); give a picture that wasserstyle wrote"
        ) from error
    if not isinstance(recipe, dict):
        raise BadRecipe(f"its recipe is a JSON {type(recipe).__name__}; it must be an object")
    return recipe


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _from_png(file: BytesIO) -> str | None:
    with PngImageFile(file) as image:
        if PNG_KEY in image.info:
            return image.info[PNG_KEY]
        check_size(*image.size)
        return image.text.get(PNG_KEY)  # after the pixels: other programs put it there


def _from_exif(
    plugin: Callable[[BytesIO], JpegImageFile | WebPImageFile], file: BytesIO
) -> str | None:
    with plugin(file) as image:
        comment = image.getexif().get_ifd(_EXIF_IFD).get(_USER_COMMENT)
    if not isinstance(comment, bytes) or not comment.startswith(_ASCII):
        return None  # the words of another program
    return comment.removeprefix(_ASCII).decode("ascii")


def _from_tiff(file: BytesIO) -> str | None:
    with TiffFile(file) as tiff:
        return tiff.pages.first.description


_READERS: tuple[tuple[bytes, Callable[[BytesIO], str | None]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _from_png),
    (b"\xff\xd8\xff", partial(_from_exif, JpegImageFile)),
    (b"RIFF", partial(_from_exif, WebPImageFile)),
    (b"II", _from_tiff),
    (b"MM", _from_tiff),
)
