"""The one rule by which pictures, opacity and masks change size."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import interpolate

from wasserstyle.errors import BadSetting


def fit(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """Return the (height, width) whose long side is `long_side`, with the aspect of `size`.

    The short side is rounded to nearest and is at least 1.

    >>> fit((1080, 1920), 512)
    (288, 512)

    Raises:
        BadSetting: `long_side` is below 1.
    """
    if long_side < 1:
        raise BadSetting(f"the long side is {long_side} pixels; give 1 or more")
    longest = max(size)
    height, width = (max(1, (2 * s * long_side + longest) // (2 * longest)) for s in size)
    return height, width


def to_long_side(
    image: Float[Tensor, "_batch _channels _height _width"], long_side: int
) -> Float[Tensor, "_batch _channels _h _w"]:
    """Resize an image so that its own long side is `long_side` pixels."""
    height, width = image.shape[2:]
    return resize(image, *fit((height, width), long_side))


def resize(
    image: Float[Tensor, "_batch _channels _height _width"], height: int, width: int
) -> Float[Tensor, "_batch _channels {height} {width}"]:
    """Resize by antialiased bilinear weights, with pixel centres at half coordinates.

    No value leaves the range of the input. An image that has the size already is returned
    itself.

    Args:
        image: (B, C, H, W), any float values.
        height: of the result, in pixels.
        width: of the result, in pixels.

    Raises:
        BadSetting: a side is below 1.
    """
    if height < 1 or width < 1:
        raise BadSetting(f"the size is {height} x {width}; both sides must be 1 or more")
    if image.shape[-2:] == (height, width):
        return image
    resized = interpolate(
        image, size=(height, width), mode="bilinear", antialias=True, align_corners=False
    )
    low, high = image.detach().aminmax()
    return resized.clamp(low, high)  # weights sum to 1 only up to rounding
