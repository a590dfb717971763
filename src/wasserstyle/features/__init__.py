"""From an image to named feature maps, and from maps to hypercolumns at points.

Only this folder knows means, input ranges and activation scales; a method never sees them.
"""

from collections.abc import Collection
from typing import Protocol, runtime_checkable

from wasserstyle.types import FeatureMap, Image


@runtime_checkable
class Extractor(Protocol):
    """Anything that maps an image to named feature maps."""

    def __call__(self, image: Image, layers: Collection[str]) -> dict[str, FeatureMap]:
        """Return the maps of ``layers``, shallow to deep; ``"rgb"`` names the image itself."""
        ...
