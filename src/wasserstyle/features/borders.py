"""What a 3x3 convolution finds beyond the border of a map: the map in a mirror."""

from torch.nn import functional as F

from wasserstyle.types import FeatureMap


def mirrored(x: FeatureMap) -> FeatureMap:
    """A map with a cell more on every side; where it is one cell thin, its edge goes on."""
    mode = "reflect" if min(x.shape[2:]) > 1 else "replicate"
    return F.pad(x, (1, 1, 1, 1), mode=mode)
