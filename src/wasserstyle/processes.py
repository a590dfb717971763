"""Several processes that train one network, started by torchrun; or one, and no exchange."""

import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

T = TypeVar("T")


@contextmanager
def together() -> Generator[None]:
    """Join the processes that torchrun has started with this one, if it has."""
    if "RANK" not in os.environ:
        yield
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    # each kind of tensor by its own: a machine with GPUs can train on its processor
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield
    finally:
        dist.destroy_process_group()


def count() -> int:
    """How many there are."""
    return dist.get_world_size() if dist.is_initialized() else 1


def number() -> int:
    """Which of them this is, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def own(items: Sequence[T]) -> Sequence[T]:
    """What of a batch is for this process."""
    return items[number() :: count()]


def average_gradients(parameters: Iterable[Tensor]) -> None:
    """The mean of all processes' gradients, in all of them."""
    if count() == 1:
        return
    for parameter in parameters:
        if parameter.grad is not None:
            dist.all_reduce(parameter.grad)
            parameter.grad /= count()


def agreed(value: bool) -> bool:  # noqa: FBT001 - a value, not a switch
    """What the first of them says."""
    if count() == 1:
        return value
    said = torch.tensor(int(value))
    dist.broadcast(said, 0)
    return bool(said)
