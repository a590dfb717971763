"""Between the host and the device, and between the process and the system."""

import ctypes
import platform
import sys
from pathlib import Path

import torch
from torch import Tensor, nn


def send(tensor: Tensor, device: torch.device) -> Tensor:
    """Move a host tensor to a device without waiting for what the device is doing.

    A plain copy to a GPU waits unless the memory it comes from is pinned.
    """
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def device_of(network: nn.Module) -> torch.device:
    """Where a network's weights are."""
    return next(network.parameters()).device


def cpu_has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware."""
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def precision_of(device: torch.device) -> torch.dtype:
    """bfloat16 where the device multiplies in it, else float32: there it would be slower."""
    if device.type == "cuda":
        in_hardware = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        in_hardware = device.type == "cpu" and cpu_has_bfloat16()
    return torch.bfloat16 if in_hardware else torch.float32


def return_freed_memory() -> None:
    """Give what is free in the heap back to the system.

    glibc keeps blocks below 32 MB for later, and a run of many sizes fragments them (decision
    0010). Nothing happens on other systems.
    """
    if sys.platform == "linux" and hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)


def processor() -> str:
    """What the system calls the processor."""
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text("utf-8").splitlines() if listed.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
