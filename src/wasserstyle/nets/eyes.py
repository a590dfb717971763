"""Whether a picture has eyes: dots in spots that nobody asked for.

Ours (decision 0014). Networks that gather features of a style by attention put the same round
spot with a dot in it wherever a corner or a window is: it looks at you. A dot is where a
channel curves to the same side in all directions (both eigenvalues of its Hessian have one
sign); an eye is a dark dot in a light spot, or a light one in a dark.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from wasserstyle.types import Image, Scalar

SIZES = ((1.0, 2.5), (1.5, 4.0), (2.0, 5.0))
"""Of a dot and of the spot around it: deviations of the Gaussians that show them, pixels."""
SEEN = 0.01
"""An eye this strong is seen: channels are 0 to 1."""
GRAIN = 0.006
"""Below this it is grain of a brush or of paper, and may stay."""
NEAR = 4
"""Pixels within which an eye of the content excuses one of the picture."""
LOSS_WEIGHT = 3e6
"""Of the mean square of what is more than grain, beside errors of maps of mean square one."""

Grey = Float[Tensor, "batch 1 h w"]


def eyes(image: Image) -> Grey:
    """How much of an eye every pixel is the middle of, in the colour that shows it most.

    Of brightness alone a network learns to keep its eyes and to change their colour.

    Args:
        image: (batch, 3, H, W), sRGB in [0, 1]; more than 16 px a side.

    Returns:
        From 0, in units of a channel: the weaker of dot and spot, the strongest of all sizes.
    """
    found = torch.stack(list(_of_sizes(image.flatten(0, 1)[:, None]))).amax(dim=0)
    return found.unflatten(0, image.shape[:2]).amax(dim=1)


def invented(picture: Image, content: Image) -> Grey:
    """Eyes of a picture less those that its content has there or near, from 0."""
    excused = F.max_pool2d(eyes(content), 2 * NEAR + 1, stride=1, padding=NEAR)
    return (eyes(picture) - excused).relu()


def eyes_loss(picture: Image, content: Image) -> Scalar:
    """How much of eyes a picture invents, as a term of what a network is taught by."""
    return LOSS_WEIGHT * (invented(picture, content) - GRAIN).relu().square().mean()


def eyes_seen(picture: Image, content: Image) -> float:
    """Invented eyes that are seen, of 10 000 pixels: strong, and the strongest near."""
    found = invented(picture, content)
    strongest = F.max_pool2d(found, 2 * NEAR + 1, stride=1, padding=NEAR)
    return 1e4 * float(((found == strongest) & (found > SEEN)).float().mean())


def _of_sizes(grey: Grey) -> Iterator[Grey]:
    for dot, spot in SIZES:
        (dark_dot, light_dot), (dark_spot, light_spot) = _dots(grey, dot), _dots(grey, spot)
        yield torch.minimum(dark_dot, light_spot)
        yield torch.minimum(light_dot, dark_spot)


def _dots(grey: Grey, size: float) -> tuple[Grey, Grey]:
    """How much a channel rises in all directions, and how much it falls, from every pixel."""
    y = F.pad(_blurred(grey, size), (1, 1, 1, 1), mode="replicate")
    middle = y[..., 1:-1, 1:-1]
    xx = y[..., 1:-1, 2:] + y[..., 1:-1, :-2] - 2 * middle
    yy = y[..., 2:, 1:-1] + y[..., :-2, 1:-1] - 2 * middle
    xy = (y[..., 2:, 2:] + y[..., :-2, :-2] - y[..., 2:, :-2] - y[..., :-2, 2:]) / 4
    mean = (xx + yy) / 2
    radius = (((xx - yy) / 2).square() + xy.square() + 1e-12).sqrt()  # its root has no slope
    return (mean - radius).relu() * size**2, (-mean - radius).relu() * size**2


def _blurred(grey: Grey, size: float) -> Grey:
    reach = round(3 * size)
    at = torch.arange(-reach, reach + 1, dtype=grey.dtype, device=grey.device)
    kernel = torch.softmax(-at.square() / (2 * size**2), dim=0)
    across, down = kernel.view(1, 1, 1, -1), kernel.view(1, 1, -1, 1)
    grey = F.conv2d(F.pad(grey, (reach, reach, 0, 0), mode="reflect"), across)
    return F.conv2d(F.pad(grey, (0, 0, reach, reach), mode="reflect"), down)
