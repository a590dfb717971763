"""What the loop is given: scales, and for each the problem to solve."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from wasserstyle.optim.schedule import Decay, constant
from wasserstyle.types import Image, Scalar
from wasserstyle.windows import Window


@dataclass(frozen=True)
class Stage:
    """One scale of a coarse-to-fine schedule."""

    size: int
    """Long side, pixels."""
    iterations: int
    """Updates of every pixel."""
    learning_rate: float
    decay: Decay = constant
    window: int = 0
    """Long side of the pieces that a larger image is optimised in, pixels; 0: always whole."""

    def rate(self, progress: float) -> float:
        """Learning rate at a fraction in [0, 1) of the updates."""
        return self.learning_rate * self.decay(progress)


@dataclass(frozen=True)
class Objective:
    """Value of an objective at one image."""

    total: Scalar
    """What is minimised."""
    terms: Mapping[str, Scalar]
    """Its unweighted parts, for the eyes only."""


ObjectiveOf = Callable[[Image, torch.Generator], Objective]
"""A function of an image and of the random stream of its scale."""


@dataclass(frozen=True)
class Judge:
    """An objective, and the same in float32 for where the first is not finite."""

    usual: ObjectiveOf
    careful: ObjectiveOf


@runtime_checkable
class Pieces(Protocol):
    """How a method judges a window of a large image while the rest of it stands still.

    What it remembers of the rest is kept in ``memory``, which is saved and restored with a run.
    Every update of a window brings up to date what is remembered of it for the other windows.
    """

    memory: Tensor

    def survey(self, image: Image) -> None:
        """Look at the whole image, window by window, before the first visit."""
        ...

    def visit(self, window: Window) -> Judge | None:
        """What to minimise in a window; None: there is nothing to do in it."""
        ...


@dataclass(frozen=True)
class Problem:
    """What is optimised at one scale, and from where."""

    start: Image
    judge: Judge | Pieces
    """Of the whole image, or of its windows one by one."""


@dataclass(frozen=True)
class Course:
    """How many updates, and the learning rate of each by number from 0."""

    steps: int
    rate: Callable[[int], float]


@runtime_checkable
class Solver(Protocol):
    """Solves one problem, update by update, and can be interrupted between them."""

    done: int
    """Updates made."""

    @property
    def steps(self) -> int:
        """Updates in all."""
        ...

    def begin(self) -> None:
        """Prepare what the first update needs; not called before :meth:`restore`."""
        ...

    def update(self) -> Objective:
        """Make one update; the value is the one before it."""
        ...

    def image(self) -> Image:
        """The image so far."""
        ...

    def state(self) -> tuple[int, dict[str, Tensor]]:
        """Updates made, and copies of all that the next ones depend on."""
        ...

    def restore(self, done: int, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a :meth:`state`."""
        ...


@runtime_checkable
class MakeSolver(Protocol):
    """An update rule."""

    def __call__(
        self, start: Image, judge: Judge, course: Course, *, generator: torch.Generator
    ) -> Solver:
        """Make the solver of one image, or of a window of one."""
        ...


Prepare = Callable[[int, Image | None], Problem]
"""Makes the problem of a stage, by index, from the result of the stage before."""
Stream = Callable[[int], torch.Generator]
"""Makes the random stream of a stage, by index."""
