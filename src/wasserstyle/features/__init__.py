"""From an image to named feature maps, and from maps to hypercolumns at points.

Only this folder knows means, input ranges and activation scales; a method never sees them.
"""

from collections.abc import Collection, Iterator
from typing import Protocol, runtime_checkable

import torch

from wasserstyle.types import FeatureMap, Image


@runtime_checkable
class Extractor(Protocol):
    """Anything that maps an image to named feature maps."""

    @property
    def dtype(self) -> torch.dtype:
        """Precision it computes in."""
        ...

    def __call__(self, image: Image, layers: Collection[str]) -> dict[str, FeatureMap]:
        """Return the maps of ``layers``, shallow to deep; ``"rgb"`` names the image itself."""
        ...

    def walk(self, image: Image, layers: Collection[str]) -> Iterator[tuple[str, FeatureMap]]:
        """The same maps one by one, each as soon as the network gets to it.

        What is read of a map before the next is asked for has its gradient made when that map's
        turn comes; read at the end, all maps have gradients of full size at once.
        """
        ...
