"""Random streams by name: what is drawn depends on what it is for, not on what came before."""

import hashlib

import torch


def stream(*names: str | int) -> torch.Generator:
    """A generator of its own for each name, on the CPU, the same on every machine."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:7]))
