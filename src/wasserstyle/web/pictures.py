"""Pictures from a client: checked before they are decoded, and made small for the page."""

import os
import re
import secrets
import threading
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from wasserstyle import image as images
from wasserstyle.errors import BadImage, StyleError
from wasserstyle.image import Picture

MAX_BYTES = 100_000_000
MAX_PIXELS = 100_000_000
"""Half of what the reader takes: the studio reads pictures while another one is painted."""
VIEW_SIDE, THUMBNAIL_SIDE = 1600, 320
"""Long sides of what the page shows, pixels."""
LONGEST_LABEL = 200
KINDS: tuple[tuple[bytes, type[ImageFile], str], ...] = (
    (b"\xff\xd8\xff", JpegImageFile, ".jpg"),
    (b"\x89PNG\r\n\x1a\n", PngImageFile, ".png"),
    (b"RIFF", WebPImageFile, ".webp"),
    (b"II", TiffImageFile, ".tif"),
    (b"MM", TiffImageFile, ".tif"),
    (b"GIF8", GifImageFile, ".gif"),
    (b"BM", BmpImageFile, ".bmp"),
)
"""First bytes, what reads the declared size, suffix; what is none of these may be HEIC."""

_one_at_a_time = threading.Lock()  # a decoded picture may take a gigabyte


def id_of(data: bytes) -> str:
    """Name of some bytes: equal bytes, equal name."""
    return sha256(data).hexdigest()[:16]


def label_of(text: str) -> str:
    """A file name from a client as words to show: no folders, no control characters."""
    name = re.split(r"[/\\]", text)[-1]
    return "".join(c for c in name if c.isprintable()).strip()[:LONGEST_LABEL] or "picture"


def suffix_of(data: bytes, label: str) -> str:
    """Suffix by the kind of the bytes, after a look at the size they declare.

    Raises:
        BadImage: More pixels than the studio takes.
    """
    for first_bytes, plugin, suffix in KINDS:
        if data.startswith(first_bytes):
            _check_pixels(*_declared_size(plugin, data), label)
            return suffix
    return ".heic"


def read_checked(path: Path, label: str) -> Picture:
    """Read a client's picture from where the studio put it; one is decoded at a time.

    Raises:
        BadImage: In the reader's words, about ``label``; or more pixels than the studio takes.
    """
    try:
        with _one_at_a_time:
            picture = images.read(path)
    except BadImage as error:
        raise BadImage(about(label, path, error)) from error
    height, width = picture.rgb.shape[2:]
    _check_pixels(width, height, label)
    return picture


def about(label: str, path: Path, error: StyleError) -> str:
    """The message of an error with the client's name for a file instead of its path."""
    return f"{label}: {str(error).removeprefix(f'{path}: ')}"


def write_view(picture: Picture, stem: Path) -> Path:
    """Write what the page shows of a picture, as ``stem``.view.jpg, or .png if transparent."""
    kind = "jpg" if picture.alpha is None else "png"
    rgb, alpha = picture.rgb, picture.alpha
    if max(rgb.shape[2:]) > VIEW_SIDE:
        rgb = images.to_long_side(rgb, VIEW_SIDE)
        alpha = None if alpha is None else images.to_long_side(alpha, VIEW_SIDE)
    return images.write(rgb, stem.with_name(f"{stem.name}.view.{kind}"), alpha=alpha)


def thumbnail(path: Path) -> bytes:
    """A small JPEG of a picture that can be trusted."""
    small = images.to_long_side(images.composite(images.read(path)), THUMBNAIL_SIDE)
    file = BytesIO()
    images.to_pil(small).save(file, "JPEG", quality=90)
    return file.getvalue()


def part_of(folder: Path) -> Path:
    """A name for a file that is still being written."""
    return folder / f".{secrets.token_hex(8)}.part"


def write_beside(path: Path, data: bytes) -> Path:
    """Write bytes under a passing name beside ``path``; return that name."""
    part = part_of(path.parent)
    with part.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return part


def _declared_size(plugin: type[ImageFile], data: bytes) -> tuple[int, int]:
    """Width and height by the header, without decoding."""
    try:
        with plugin(BytesIO(data)) as image:
            return image.size
    except Exception:  # noqa: BLE001 - the reader will say better what is wrong
        return 0, 0


def _check_pixels(width: int, height: int, label: str) -> None:
    if width * height > MAX_PIXELS:
        raise BadImage(
            f"{label}: has {width} x {height} pixels and at most "
            f"{MAX_PIXELS // 1_000_000} megapixels are allowed; make it smaller first"
        )
