"""Crops of pictures, drawn by the number of the step alone: there is no state to keep."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from wasserstyle import image as images
from wasserstyle.errors import BadImage, BadSetting
from wasserstyle.streams import stream
from wasserstyle.types import Image

LARGEST = 2.0
"""Short side that a picture is resized to before it is cropped, at most, in crops (as in the
programs of AdaIN and SANet: 512 for crops of 256)."""


@dataclass(frozen=True)
class Pictures:
    """A folder of pictures as an endless stream of crops.

    Args:
        paths: Files, in a fixed order.
        crop: Side of a crop, pixels.
        seed: Of the stream.
    """

    paths: Sequence[Path]
    crop: int
    seed: int

    @classmethod
    def of(cls, folders: Sequence[Path], *, crop: int, seed: int) -> "Pictures":
        """All pictures in folders and the folders in them.

        Raises:
            BadSetting: There is none.
        """
        paths = sorted(p for folder in folders for p in images.pictures_in(folder, "**/*"))
        if not paths:
            raise BadSetting(f"{', '.join(map(str, folders))}: no pictures to train on")
        return cls(paths, crop, seed)

    def batch(self, step: int, numbers: Sequence[int]) -> Image:
        """Crops of one step by their numbers in the batch: the same whoever asks."""
        with ThreadPoolExecutor(4) as pool:
            return torch.cat(list(pool.map(partial(self.one, step), numbers)))

    def one(self, step: int, number: int) -> Image:
        """One crop; pictures that cannot be read are passed over."""
        generator = stream(self.seed, step, number)
        for _ in range(100):
            index = int(torch.randint(len(self.paths), (), generator=generator))
            try:
                picture = images.composite(images.read(self.paths[index]))
            except BadImage:
                continue
            return _crop(picture, self.crop, generator)
        raise BadSetting("a hundred pictures in turn could not be read")


def _crop(picture: Image, side: int, generator: torch.Generator) -> Image:
    """A random square of a picture resized at random, mirrored every other time."""
    height, width = picture.shape[2:]
    share, flip = torch.rand(2, generator=generator).tolist()
    short = min(height, width)
    wanted = side + share * max(0.0, min(LARGEST * side, short) - side)
    shape = [max(side, round(n * wanted / short)) for n in (height, width)]
    resized = images.resize(picture, *shape)
    top, left = (int(torch.randint(n - side + 1, (), generator=generator)) for n in shape)
    crop: Tensor = resized[..., top : top + side, left : left + side]
    return crop.flip(3) if flip < 0.5 else crop
