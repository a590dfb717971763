"""The machine: device, arithmetic, memory."""

import math
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
import torch

from wasserstyle.device import precision_of
from wasserstyle.errors import BadSetting, NotEnoughMemory
from wasserstyle.image import fit
from wasserstyle.optim import STRETCH

SMALLEST, LARGEST = 16, 100_000
"""Long side of an output, pixels."""
BASE_BYTES = 650e6
"""Resident before the first pixel: torch, network, style statistics (measured)."""
BYTES_PER_PIXEL = {"float32": 3600, "bfloat16": 2400, "float16": 2400}
"""Growth of the peak with the pixels that pass the network at once (measured)."""
Pieces = tuple[int | None, int]
"""Side of the pieces that a method works on a large image in, None: always whole; and bytes of
every pixel that it keeps beside them."""
WHOLE: Pieces = (None, 0)
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
    return str(precision_of(device)).removeprefix("torch.") if name == "auto" else name


def free_bytes(device: torch.device) -> int:
    """Memory that a run may still take."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return psutil.virtual_memory().available


def peak_bytes() -> int:
    """The most memory that this process has had at once, so far."""
    if sys.platform == "win32":
        return psutil.Process().memory_info().peak_wset
    status = Path("/proc/self/status")  # getrusage counts who started this process, too
    if status.exists() and (line := re.search(r"VmHWM:\s+(\d+) kB", status.read_text())):
        return int(line[1]) * 1024
    import resource  # not on Windows

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def needed_bytes(
    size: tuple[int, int],
    precision: str,
    pieces: Pieces = WHOLE,
) -> float:
    """Expected peak memory of a run; just above what is solved whole, less than there.

    Args:
        size: (height, width) of the output.
        precision: Arithmetic of the network.
        pieces: How the method works on a large image.
    """
    window, kept = pieces
    pixels = size[0] * size[1]
    if window is None or max(size) <= STRETCH * window:
        return BASE_BYTES + BYTES_PER_PIXEL[precision] * pixels
    halvings = math.ceil(math.log2(max(size) / (STRETCH * window)))
    whole = pixels / 4**halvings  # of the largest scale that is solved whole
    at_once = max(whole, min(pixels, window**2))
    return BASE_BYTES + BYTES_PER_PIXEL[precision] * at_once + kept * pixels


def check_memory(
    size: tuple[int, int],
    precision: str,
    device: torch.device,
    pieces: Pieces = WHOLE,
) -> float:
    """Refuse a run that would not fit, before it starts.

    Args:
        size: (height, width) of the output.
        precision: Arithmetic of the network.
        device: Where it would run.
        pieces: As for :func:`needed_bytes`.

    Returns:
        Expected peak memory, bytes.

    Raises:
        NotEnoughMemory: With the long side that would fit.
    """
    expect = partial(needed_bytes, precision=precision, pieces=pieces)
    needed, free = expect(size), free_bytes(device) * RESERVE
    if needed <= free:
        return needed
    fits = _longest(size, free, expect, max(size))
    way_out = f"try --size {fits}" if fits >= SMALLEST else "close other programs"
    raise NotEnoughMemory(
        f"{max(size)} px needs about {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; "
        f"{way_out}"
    )


def largest_side(
    precision: str,
    device: torch.device,
    pieces: Pieces = WHOLE,
) -> int:
    """Long side of the largest square output that would fit now."""
    expect = partial(needed_bytes, precision=precision, pieces=pieces)
    return _longest((1, 1), free_bytes(device) * RESERVE, expect, LARGEST)


def _longest(
    shape: tuple[int, int],
    free: float,
    expect: Callable[[tuple[int, int]], float],
    most: int,
) -> int:
    """Longest side, up to ``most``, of an output that fits into so many bytes; 0: none."""
    return next((side for side in range(most, 0, -1) if expect(fit(shape, side)) <= free), 0)
