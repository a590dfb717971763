"""The picture that every reader returns, and the limit on its size."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from wasserstyle.errors import BadImage
from wasserstyle.types import Image

MAX_PIXELS = 200_000_000
"""Larger pictures are refused before they are decoded, so that a small file cannot fill memory.

At this size the decoded picture alone takes 2.4 GB.
"""

WHITE = (1.0, 1.0, 1.0)
Alpha = Float[Tensor, "1 1 _height _width"]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture ready for use.

    Attributes:
        rgb: sRGB colour in [0, 1], float32 of shape (1, 3, H, W), not multiplied by alpha.
        alpha: opacity in [0, 1] of shape (1, 1, H, W), or None when all of it is opaque.
        name: the file's name, or "image" when it came from memory.
        path: where it was read from, as given; None when it came from memory.
        sha256: hash of the file's bytes; for a picture from memory, of its shape and pixels.
    """

    rgb: Image
    alpha: Alpha | None
    name: str
    sha256: str | None
    path: str | None = None

    @property
    def source(self) -> dict[str, str | None]:
        """Where it came from, as a recipe names it."""
        return {"name": self.name, "path": self.path, "sha256": self.sha256}


def composite(picture: Picture, background: tuple[float, float, float] = WHITE) -> Image:
    """Lay a picture over one colour; white unless told otherwise.

    Args:
        picture: what to show.
        background: sRGB in [0, 1], seen where the picture is transparent.

    Returns:
        An opaque image of shape (1, 3, H, W) in [0, 1].
    """
    if picture.alpha is None:
        return picture.rgb
    return over(picture.rgb, picture.alpha, background)


def over(rgb: Image, alpha: Alpha, background: tuple[float, float, float]) -> Image:
    """Mix sRGB values by opacity, as browsers do; all in [0, 1]."""
    colour = rgb.new_tensor(background).reshape(1, 3, 1, 1)
    return colour + alpha * (rgb - colour)


def check_size(width: int, height: int) -> None:
    """Refuse a picture with no pixels or too many.

    Raises:
        BadImage: outside 1 to MAX_PIXELS pixels.
    """
    if width < 1 or height < 1:
        raise BadImage(f"has no pixels ({width} x {height}); give a picture of at least 1 x 1")
    if width * height > MAX_PIXELS:
        raise BadImage(
            f"has {width} x {height} pixels and at most {MAX_PIXELS:,} are allowed; "
            "make it smaller first"
        )
