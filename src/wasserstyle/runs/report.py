"""What a machine can do, as plain text values."""

from importlib.util import find_spec

import torch

from wasserstyle.device import cpu_has_bfloat16
from wasserstyle.features.networks import NETWORKS
from wasserstyle.features.weights import bundled
from wasserstyle.runs.estimate import Estimate, measure
from wasserstyle.runs.recipe import versions
from wasserstyle.runs.resources import (
    free_bytes,
    largest_side,
    needed_bytes,
    pick_device,
    pick_precision,
)
from wasserstyle.runs.stylizer import Options, Stylizer, pieces_of

SIZES = (512, 1024)
"""Long sides of which the report says how long they take, pixels."""


def machine() -> dict[str, str]:
    """Versions, device, threads, arithmetic, memory, speed, weights, extras; by name.

    Measures the speed, which takes some seconds.

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
    stylizer = Stylizer(torch.full((1, 3, 16, 16), 0.5), options=Options())
    largest = largest_side(precision, device, pieces_of(stylizer.method))
    report["largest size"] = f"{largest} px (square picture)"
    for size, expected in _speed(stylizer).items():
        report[f"{size} px"] = f"{expected} (square picture)"
    for network in NETWORKS:
        report[network] = f"bundled, sha256 {bundled(network).sha256}"
    report["HEIC"] = "yes" if find_spec("pillow_heif") else "no (install wasserstyle[heif])"
    return report


def _speed(stylizer: Stylizer) -> dict[int, Estimate]:
    """What square pictures would take here, by size, whether or not they fit."""
    method, precision = stylizer.method, stylizer.precision
    pace = measure(stylizer, SIZES[-1])
    return {
        size: Estimate(
            pace.seconds(method.stages(size), size, size),
            needed_bytes((size, size), precision, pieces_of(method)),
        )
        for size in SIZES
    }
