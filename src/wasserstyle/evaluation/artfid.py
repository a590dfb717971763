"""What needs networks that are not bundled, and what of it can be computed without them.

ArtFID (Wright and Ommer 2022) joins LPIPS through AlexNet with a Fréchet distance through an
Inception network that was trained on paintings; both are downloads. Who has features made by
that network gets the number from :func:`frechet` and :func:`artfid`. It is meant for hundreds
of pictures; of fewer than 500 it says little.
"""

from collections.abc import Mapping

from wasserstyle.ot.gaussian import moments, wasserstein2
from wasserstyle.types import Cloud

LACKING: Mapping[str, str] = {
    "artfid": "needs an Inception network trained on paintings, and AlexNet; with features of"
    " your own: wasserstyle.evaluation.artfid",
    "fid": "needs an Inception network; with features of your own:"
    " wasserstyle.evaluation.artfid.frechet",
    "lpips_alex": "needs AlexNet; lpips_vgg is bundled",
    "dists": "needs the weights of its authors",
    "clip": "needs a CLIP model",
}
"""Metrics that people ask for, and why they are not here."""


def frechet(features: Cloud, others: Cloud) -> float:
    """Fréchet distance of two sets of features: Gaussian W2² (FID, Heusel et al. 2017).

    Args:
        features: One row a picture.
        others: The same, of the other set.
    """
    return float(wasserstein2(*(moments(x.double()) for x in (features, others))))


def artfid(lpips: float, fid: float) -> float:
    """``(1 + LPIPS) (1 + FID)``, LPIPS to the contents and FID to the styles."""
    return (1 + lpips) * (1 + fid)
