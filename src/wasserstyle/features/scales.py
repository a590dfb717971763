"""Activation scales (provisional)."""

from wasserstyle.features.networks import NETWORKS, conv_shapes

ACTIVATION_SCALES = {
    n: {k.replace("conv", "relu"): 139.8 for k in conv_shapes(v)} for n, v in NETWORKS.items()
}
