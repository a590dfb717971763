"""The VGG extractor: image in, named feature maps out."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F

from wasserstyle.errors import BadSetting
from wasserstyle.features.borders import mirrored
from wasserstyle.features.networks import NETWORKS, conv_shapes
from wasserstyle.features.weights import Weights
from wasserstyle.types import FeatureMap, Image


class _MaxPool(torch.autograd.Function):
    """Maxima of windows side by side; for the gradient, where they were is found again.

    Kept, the places would take 8 bytes each: half as much as all features in bfloat16.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, window: tuple[int, int]) -> Tensor:  # noqa: ANN401 - torch's context has no type
        ctx.save_for_backward(x)
        ctx.window = window
        return F.max_pool2d(x, window)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None]:  # noqa: ANN401 - see forward  # pyright: ignore[reportIncompatibleMethodOverride]
        (x,), (gradient,), window = ctx.saved_tensors, grad_outputs, ctx.window
        _, places = F.max_pool2d(x, window, return_indices=True)
        geometry = window, window, (0, 0), (1, 1), False  # no padding, no gaps
        pool = torch.ops.aten.max_pool2d_with_indices_backward
        return pool(gradient, x, *geometry, places), None


POOLINGS: Mapping[str, Callable[[Tensor, tuple[int, int]], Tensor]] = {
    "max": _MaxPool.apply,
    "average": F.avg_pool2d,
}


def _in_zeros(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(x, kernel, bias, padding=1)


def _in_a_mirror(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    return F.conv2d(mirrored(x), kernel, bias)


BORDERS: Mapping[str, Callable[[Tensor, Tensor, Tensor], Tensor]] = {
    "zeros": _in_zeros,
    "mirror": _in_a_mirror,
}


class Vgg(nn.Module):
    """Runs the convolutions up to the deepest layer asked for.

    Args:
        weights: Which network, and its kernels.
        dtype: Precision of the convolutions. Maps come back in it; ``bfloat16`` halves the time
            on processors that have it, with gradients at a cosine of 0.99 to float32.
        pooling: Between blocks, ``max`` as trained, or ``average``.
        border: What convolutions find beyond a map: ``zeros`` as trained, or the map in a
            ``mirror``. Of crops the mirror gives what the whole picture has there far more
            nearly (decision 0025).
    """

    def __init__(
        self,
        weights: Weights,
        dtype: torch.dtype = torch.float32,
        pooling: str = "max",
        border: str = "zeros",
    ) -> None:
        super().__init__()
        self.dtype, self.pool, self.convolve = dtype, POOLINGS[pooling], BORDERS[border]
        self.names = tuple(conv_shapes(NETWORKS[weights.network]))
        self.register_buffer("mean", torch.tensor(weights.mean).view(1, 3, 1, 1))
        for key, value in weights.tensors.items():
            layout = torch.channels_last if value.dim() == 4 else torch.contiguous_format
            buffer = value.to(dtype).contiguous(memory_format=layout)
            self.register_buffer(key.replace(".", "_"), buffer)

    def forward(self, image: Image, layers: Collection[str]) -> dict[str, FeatureMap]:
        """Return the maps of ``layers``, divided by their activation scales.

        Args:
            image: sRGB, nominally in [0, 1], any size from one pixel up.
            layers: Names like ``relu3_1``, ``conv3_1`` for the same before it is rectified,
                ``rgb`` for the image itself.

        Returns:
            Maps in the order of the network, ``rgb`` first.

        Raises:
            BadSetting: A layer does not exist in this network.
        """
        return dict(self.walk(image, layers))

    def walk(self, image: Image, layers: Collection[str]) -> Iterator[tuple[str, FeatureMap]]:
        """See :class:`~wasserstyle.features.Extractor` and :meth:`forward`."""
        wanted = set(layers)
        known = {"rgb", *self.names, *(n.replace("conv", "relu") for n in self.names)}
        if not wanted <= known:
            raise BadSetting(
                f"no layer {min(wanted - known)!r}; known: {', '.join(sorted(known))}"
            )
        if "rgb" in wanted:
            yield "rgb", image
        wanted.discard("rgb")
        x = (image - self.get_buffer("mean").to(image.dtype)).to(self.dtype)
        x = x.contiguous(memory_format=torch.channels_last)  # maps are read point by point
        block = "1"
        for name in self.names:
            if not wanted:
                break
            if name[4] != block:
                x, block = self.pool(x, _window(x)), name[4]
            kernel, bias = self.get_buffer(f"{name}_weight"), self.get_buffer(f"{name}_bias")
            x = self.convolve(x, kernel, bias)
            rectified = name.replace("conv", "relu")
            if name in wanted:
                yield name, x
            x = x.relu() if name in wanted else x.relu_()
            if rectified in wanted:
                yield rectified, x
            wanted -= {name, rectified}


def _window(x: Tensor) -> tuple[int, int]:
    """Of 2x2 pooling; a side of one pixel is not pooled any further."""
    return min(2, x.shape[2]), min(2, x.shape[3])
