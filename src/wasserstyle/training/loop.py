"""The loop of every network: steps, an average of the weights, checkpoints, logs.

What a step minimises is a :class:`Lesson`; what it sees depends on its number alone. So a run
that was killed goes on from its last checkpoint to the same bits.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from wasserstyle import processes
from wasserstyle.device import device_of
from wasserstyle.errors import BadRecipe

CHECKPOINT = "checkpoint.pt"
KEPT = 0.999
"""Share of the average that stays in every step (Karras et al. 2018)."""
FIRST = 10
"""Steps after which half of it does."""


@runtime_checkable
class Lesson(Protocol):
    """What a network learns."""

    @property
    def network(self) -> nn.Module:
        """What is kept in the end."""
        ...

    @property
    def state(self) -> nn.Module:
        """All that a checkpoint must hold, the network included."""
        ...

    @property
    def optimisers(self) -> Mapping[str, torch.optim.Optimizer]:
        """Of all that is learned."""
        ...

    def step(self, number: int) -> Mapping[str, float]:
        """Learn from one batch; what to log."""
        ...


@runtime_checkable
class Watch(Protocol):
    """Looks on."""

    def begin(self, done: int, average: Mapping[str, Tensor]) -> None:
        """Before the first step of this part of the run; so many are done."""

    def step(self, done: int, noted: Mapping[str, float]) -> None:
        """After every step; ``done`` counts from 1."""

    def checkpoint(self, done: int, average: Mapping[str, Tensor]) -> None:
        """After every checkpoint, with the averaged weights."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long, and how often what is done."""

    steps: int
    folder: Path
    """Of checkpoints."""
    every: int = 200
    """Steps between checkpoints."""
    seconds: float = float("inf")
    """Wall time after which the run stops, resumable."""


@dataclass(frozen=True)
class Trained:
    """Where a run is at its end."""

    done: int
    """Steps."""
    average: Mapping[str, Tensor]
    """Of the network's weights."""


def train(lesson: Lesson, plan: Plan, watch: Watch) -> Trained:
    """Go on to the end of the plan.

    Args:
        lesson: What is learned; it is left as it is after the last step.
        plan: Steps and checkpoints.
        watch: In the first of several processes only.
    """
    average = {
        name: value.detach().clone() for name, value in lesson.network.state_dict().items()
    }
    done, began = _resume(lesson, plan, average), time.monotonic()
    kept = done or -1
    watch.begin(done, average)
    while done < plan.steps and processes.agreed(time.monotonic() - began < plan.seconds):
        noted = lesson.step(done)
        done += 1
        _mix(average, lesson.network, done)
        watch.step(done, noted)
        if done % plan.every == 0:
            _keep(lesson, plan, average, done, watch)
            kept = done
    if kept != done:
        _keep(lesson, plan, average, done, watch)
    return Trained(done, average)


def _mix(average: Mapping[str, Tensor], network: nn.Module, done: int) -> None:
    """Move the average towards the weights; in the first steps, which change much, faster."""
    kept = min(KEPT, done / (done + FIRST))
    for name, value in network.state_dict().items():
        average[name].lerp_(value, 1 - kept)


def _keep(  # noqa: PLR0917 - all that there is
    lesson: Lesson, plan: Plan, average: Mapping[str, Tensor], done: int, watch: Watch
) -> None:
    """Write a checkpoint and have it looked at."""
    save(lesson, plan, average, done)
    watch.checkpoint(done, average)


def save(lesson: Lesson, plan: Plan, average: Mapping[str, Tensor], done: int) -> None:
    """Write a checkpoint; it replaces the last one only when complete."""
    if processes.number():
        return
    plan.folder.mkdir(parents=True, exist_ok=True)
    partial = plan.folder / "checkpoint.part"
    torch.save(
        {
            "done": done,
            "state": lesson.state.state_dict(),
            "average": dict(average),
            "optimisers": {k: o.state_dict() for k, o in lesson.optimisers.items()},
        },
        partial,
    )
    partial.replace(plan.folder / CHECKPOINT)


def _resume(lesson: Lesson, plan: Plan, average: dict[str, Tensor]) -> int:
    """Take up the last checkpoint; the number of steps done."""
    path = plan.folder / CHECKPOINT
    if not path.exists():
        return 0
    try:
        kept = torch.load(path, weights_only=True, map_location=device_of(lesson.state))
        lesson.state.load_state_dict(kept["state"])
        for name, optimiser in lesson.optimisers.items():
            optimiser.load_state_dict(kept["optimisers"][name])
        average.update(kept["average"])
        return int(kept["done"])
    except (KeyError, RuntimeError, ValueError) as error:
        raise BadRecipe(
            f"{path}: of another network, or damaged; choose another folder"
        ) from error
