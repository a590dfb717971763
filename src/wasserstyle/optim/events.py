"""What an observer sees: progress, previews and snapshots are one mechanism."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from wasserstyle.types import Image, Scalar

STREAM = "stream"
"""Key of the random stream's state in a snapshot."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """All that is needed to go on as if nothing had happened, on the same machine."""

    stage: int
    """Index of the scale being optimised."""
    iteration: int
    """Updates already made at this scale."""
    tensors: Mapping[str, Tensor]
    """Bands of the image, state of the optimiser and of the random stream."""

    def to(self, device: torch.device) -> "Snapshot":
        """The same on another device; the random stream's state stays on the host."""
        moved = {k: v if k == STREAM else v.to(device) for k, v in self.tensors.items()}
        return replace(self, tensors=moved)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One update of the image. Cheap to make: what costs time is a function to call."""

    stage: int
    """Index of the scale, from 0."""
    stages: int
    size: int
    """Long side of this scale, pixels."""
    iteration: int
    """Updates made at this scale, from 1."""
    iterations: int
    fraction: float
    """Share of the whole run's work that is done, in (0, 1]."""
    total: Scalar
    """The objective before the update; reading its value waits for the device."""
    terms: Mapping[str, Scalar]
    """The unweighted terms of the objective, by name."""
    image: Callable[[], Image]
    """The current image of this scale, not clamped."""
    snapshot: Callable[[], Snapshot]


Observer = Callable[[Step], None]
"""Called after every update. Raise :class:`wasserstyle.errors.Cancelled` to stop."""


def ignore(_: Step) -> None:
    """Observe nothing."""
