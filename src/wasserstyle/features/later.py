"""A network that is made when it is first asked."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import torch

from wasserstyle.features import Extractor
from wasserstyle.types import FeatureMap, Image


@dataclass(frozen=True)
class Later:
    """Stands for an extractor that most runs never need.

    See :class:`~wasserstyle.features.Extractor`.
    """

    dtype: torch.dtype
    make: Callable[[], Extractor]

    @cached_property
    def made(self) -> Extractor:
        """The extractor."""
        return self.make()

    def __call__(self, image: Image, layers: Collection[str]) -> dict[str, FeatureMap]:
        """Ask it."""
        return self.made(image, layers)

    def walk(self, image: Image, layers: Collection[str]) -> Iterator[tuple[str, FeatureMap]]:
        """Ask it for one map after the other."""
        return self.made.walk(image, layers)
