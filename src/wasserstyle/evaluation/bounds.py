"""How tight the relaxed earth mover's distance is: bounds of the exact one, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from wasserstyle.features import Extractor
from wasserstyle.features.sampling import hypercolumns
from wasserstyle.losses.transport import TRANSPORTS, Clouds
from wasserstyle.ot.costs import cosine_cost, directions
from wasserstyle.ot.exact import emd
from wasserstyle.types import Cloud, Image


@dataclass(frozen=True)
class Bounds:
    """Distances between two clouds under the cosine distance, in [0, 2]."""

    relaxed_a: float
    relaxed_b: float
    relaxed: float
    """max(R_A, R_B), what STROTSS minimises; at most ``emd``."""
    sliced: float
    """At most ``emd``, up to the chance of its lines."""
    sinkhorn: float
    """At least ``emd``."""
    emd: float

    @property
    def ratio(self) -> float:
        """REMD over EMD, in (0, 1]."""
        return self.relaxed / self.emd


@torch.no_grad()
def bounds(x: Cloud, y: Cloud, generator: torch.Generator) -> Bounds:
    """All distances between two clouds of equally many points."""
    clouds = Clouds(directions(x), directions(y))
    found = {name: float(of(clouds, generator)) for name, of in TRANSPORTS.items()}
    return Bounds(**found, emd=float(emd(cosine_cost(x, y))))


@torch.no_grad()
def drawn(
    picture: Image,
    *,
    extract: Extractor,
    layers: Sequence[str],
    count: int,
    generator: torch.Generator,
) -> Cloud:
    """Hypercolumns at different pixels of a picture, drawn at random.

    Args:
        picture: sRGB in [0, 1]; at least ``count`` pixels.
        extract: Network.
        layers: Of the hypercolumn; ``rgb`` only where it is among them.
        count: Points.
        generator: Of the draw.
    """
    height, width = picture.shape[2:]
    at = torch.randperm(height * width, generator=generator)[:count]
    positions = torch.stack([at // width, at % width], dim=1)
    columns = hypercolumns(extract(picture, {"rgb", *layers}), positions)
    return columns if "rgb" in layers else columns[:, 3:]
