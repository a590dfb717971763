"""The machine: device, arithmetic, memory."""

import math

import psutil
import torch

from wasserstyle.errors import BadSetting, NotEnoughMemory

BASE_BYTES = 850e6
"""Resident before the first pixel: torch, network, style statistics (measured at 64 px)."""
BYTES_PER_PIXEL = {"float32": 3600, "bfloat16": 2200, "float16": 2200}
"""Growth of the peak with the pixels of the output (measured, 256 to 1024 px)."""
RESERVE = 0.9
"""Share of the free memory that a run may plan with."""


def pick_device(name: str) -> torch.device:
    """Resolve ``auto`` to the GPU if there is one.

    Raises:
        BadSetting: torch does not know the device or the machine does not have it.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device).cpu()
    except Exception as error:
        raise BadSetting(f"device {name!r} is not available here; try auto or cpu") from error
    return device


def pick_precision(name: str, device: torch.device) -> str:
    """Resolve ``auto`` to bfloat16 where the machine computes in it, else to float32."""
    if name != "auto":
        return name
    if device.type == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    return "bfloat16" if device.type == "cpu" and cpu_has_bfloat16() else "float32"


def cpu_has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware."""
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def free_bytes(device: torch.device) -> int:
    """Memory that a run may still take."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return psutil.virtual_memory().available


def needed_bytes(pixels: int, precision: str) -> float:
    """Expected peak memory of a run with so many output pixels."""
    return BASE_BYTES + BYTES_PER_PIXEL[precision] * pixels


def check_memory(size: tuple[int, int], precision: str, device: torch.device) -> None:
    """Refuse a run that would not fit, before it starts.

    Args:
        size: (height, width) of the output.
        precision: Arithmetic of the network.
        device: Where it would run.

    Raises:
        NotEnoughMemory: With the long side that would fit.
    """
    pixels, free = size[0] * size[1], free_bytes(device) * RESERVE
    needed = needed_bytes(pixels, precision)
    if needed <= free:
        return
    fits = int(_affordable(free, precision) ** 0.5 * max(size) / math.sqrt(pixels))
    way_out = f"try --size {fits}" if fits >= 16 else "close other programs"
    raise NotEnoughMemory(
        f"{max(size)} px needs about {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; "
        f"{way_out}"
    )


def largest_side(precision: str, device: torch.device) -> int:
    """Long side of the largest square output that would fit now."""
    return math.isqrt(int(_affordable(free_bytes(device) * RESERVE, precision)))


def _affordable(free: float, precision: str) -> float:
    """Output pixels that fit into so many bytes."""
    return max(0.0, free - BASE_BYTES) / BYTES_PER_PIXEL[precision]
