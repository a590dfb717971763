"""What a machine can do, as plain text values."""

from importlib.util import find_spec

import torch

from wasserstyle.features.networks import NETWORKS
from wasserstyle.features.weights import bundled
from wasserstyle.runs.recipe import versions
from wasserstyle.runs.resources import (
    cpu_has_bfloat16,
    free_bytes,
    largest_side,
    pick_device,
    pick_precision,
)


def machine() -> dict[str, str]:
    """Versions, device, threads, arithmetic, memory, weights, extras; by name.

    Raises:
        BadWeights: Bundled weights are damaged.
    """
    device = pick_device("auto")
    precision = pick_precision("auto", device)
    report = dict(versions())
    report["device"] = torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
    report["threads"] = str(torch.get_num_threads())
    report["bfloat16"] = "in hardware" if cpu_has_bfloat16() else "not on this processor"
    report["dtype auto"] = precision
    report["free memory"] = f"{free_bytes(device) / 1e9:.1f} GB"
    report["largest size"] = f"{largest_side(precision, device)} px (square picture)"
    for network in NETWORKS:
        report[network] = f"bundled, sha256 {bundled(network).sha256}"
    report["HEIC"] = "yes" if find_spec("pillow_heif") else "no (install wasserstyle[heif])"
    return report
