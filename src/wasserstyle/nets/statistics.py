"""Means and deviations of channels over the positions of each map."""

from jaxtyping import Float
from torch import Tensor

from wasserstyle.types import FeatureMap

EPSILON = 1e-5
"""Added to variances (Huang and Belongie 2017, their program)."""

PerChannel = Float[Tensor, "_batch _channels 1 1"]


def mean_and_deviation(feature: FeatureMap) -> tuple[PerChannel, PerChannel]:
    """Of each channel of each map; the variance is over n, plus ``EPSILON``."""
    mean = feature.mean(dim=(2, 3), keepdim=True)
    variance = (feature - mean).square().mean(dim=(2, 3), keepdim=True)
    return mean, (variance + EPSILON).sqrt()


def normalised(feature: FeatureMap) -> FeatureMap:
    """Each channel with mean zero and deviation one."""
    mean, deviation = mean_and_deviation(feature)
    return (feature - mean) / deviation


def adaptive_instance_norm(content: FeatureMap, style: FeatureMap) -> FeatureMap:
    """The content with the style's means and deviations (Huang and Belongie 2017, Eq. 8)."""
    mean, deviation = mean_and_deviation(style)
    return normalised(content) * deviation + mean


def covariances(x: Float[Tensor, "batch d *positions"]) -> Float[Tensor, "batch d d"]:
    """Of a map's channels over its positions (biased), one matrix for each of the batch."""
    flat = x.flatten(2)
    centred = flat - flat.mean(dim=2, keepdim=True)
    return centred @ centred.transpose(1, 2) / flat.shape[2]
