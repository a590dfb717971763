"""A large image, window after window: memory of one window, whatever the size of the image.

Block-coordinate descent. Each window is visited twice, the second time on another grid of
windows and with the falling learning rates; what is optimised in a window sees the rest of the
image, standing still, through the method's :class:`~wasserstyle.optim.problem.Pieces`.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import NamedTuple

import torch
from torch import Tensor

from wasserstyle.device import return_freed_memory
from wasserstyle.optim.events import STREAM
from wasserstyle.optim.problem import Course, MakeSolver, Objective, Pieces, Solver, Stage
from wasserstyle.types import Image
from wasserstyle.windows import Window, two_grids

SWEEPS = 2
"""Visits of every pixel."""
FEW = 6
"""Updates of which none can be spared: with three instead of six the objective of a picture of
400 px in windows of 256 px was 10 % above that of the whole."""
STRETCH = 1.5
"""A stage is solved whole up to so many times its window: cutting it would cost more."""


def in_windows(stage: Stage, height: int, width: int) -> bool:
    """Whether an image of this stage is too large to be optimised whole."""
    return stage.window > 0 and max(height, width) > STRETCH * stage.window


class Visit(NamedTuple):
    """So many updates of a window, in the sweep of that number."""

    sweep: int
    window: Window
    steps: int


def visits(stage: Stage, height: int, width: int) -> list[Visit]:
    """All of an image, sweep by sweep and row by row."""
    grids = two_grids(height, width, stage.window)
    seen = sum(window.area for grid in grids for window in grid) / len(grids)
    shares = steps_of_sweeps(stage.iterations, seen / (height * width))
    return [
        Visit(sweep, window, shares[sweep])
        for sweep, grid in enumerate(grids)
        for window in grid
    ]


def steps_of_sweeps(iterations: int, overlap: float) -> list[int]:
    """Updates of a window in each sweep.

    In all they look at as many pixels as the updates of the whole image would: where windows
    overlap, a pixel has its updates from several (decision 0010). Of few none is spared.

    Args:
        iterations: Updates of the whole image.
        overlap: Pixels of all windows of a sweep for each of the image, 1 at least.
    """
    least = max(SWEEPS, min(iterations, FEW))  # no visit without an update
    steps = max(least, int(iterations / overlap))
    return [(steps + SWEEPS - 1 - sweep) // SWEEPS for sweep in range(SWEEPS)]


class Mosaic:
    """The image so far, the order of visits, and the descent in the window under way."""

    def __init__(
        self,
        start: Image,
        pieces: Pieces,
        stage: Stage,
        *,
        solver: MakeSolver,
        generator: torch.Generator,
    ) -> None:
        self.whole = start.detach().clone()
        self.pieces, self.stage, self.solver = pieces, stage, solver
        self.generator = generator
        planned = visits(stage, start.shape[2], start.shape[3])
        shuffled = torch.randperm(len(planned), generator=generator).tolist()
        self.plan = sorted((planned[i] for i in shuffled), key=attrgetter("sweep"))  # stable
        self.steps = sum(visit.steps for visit in self.plan)
        self.visited = self.begun = self.done = 0
        self.descent: Solver | None = None

    def begin(self) -> None:
        """Look at the whole image and open the first window."""
        self.pieces.survey(self.whole)
        self._open()

    def update(self) -> Objective:
        """Make one update in the window under way."""
        if self.descent is None:
            raise RuntimeError("no window is open: begin or restore comes first")
        value = self.descent.update()
        self.done += 1
        if self.descent.done == self.descent.steps:
            self._close(self.descent)
            self._open()
        return value

    def image(self) -> Image:
        """The whole image with the window under way laid over it, not clamped."""
        image = self.whole.clone()
        if self.descent is not None:
            self.plan[self.visited].window.blend(image, self.descent.image())
        return image

    def state(self) -> tuple[int, dict[str, Tensor]]:
        """How it stood when the window under way was opened."""
        return self.begun, {
            "whole": self.whole.clone(),
            "memory": self.pieces.memory.clone(),
            STREAM: self.stream,
        }

    def restore(self, done: int, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a :meth:`state`."""
        self.whole.copy_(tensors["whole"])
        self.pieces.memory = tensors["memory"].clone()
        self.generator.set_state(tensors[STREAM])
        while self.done < done:
            self._pass()
        self._open()

    def _open(self) -> None:
        """Start in the next window in which there is anything to do."""
        self.descent = None
        return_freed_memory()
        self.begun, self.stream = self.done, self.generator.get_state()
        while self.visited < len(self.plan) and self.descent is None:
            visit = self.plan[self.visited]
            judge = self.pieces.visit(visit.window)
            if judge is None:
                self._pass()
                self.begun = self.done
                continue
            self.descent = self.solver(
                visit.window.cut(self.whole),
                judge,
                self._course(visit),
                generator=self.generator,
            )

    def _pass(self) -> None:
        self.done += self.plan[self.visited].steps
        self.visited += 1

    def _close(self, descent: Solver) -> None:
        self.plan[self.visited].window.blend(self.whole, descent.image())
        self.visited += 1

    def _course(self, visit: Visit) -> Course:
        """The stage's learning rates, of which each sweep has its share."""
        return Course(
            visit.steps,
            lambda step: self.stage.rate((visit.sweep + step / visit.steps) / SWEEPS),
        )


def passes(stage: Stage, height: int, width: int) -> list[tuple[int, int]]:
    """Updates, and pixels of an update, of the whole image or of each visit to a window."""
    if not in_windows(stage, height, width):
        return [(stage.iterations, height * width)]
    return [(visit.steps, visit.window.area) for visit in visits(stage, height, width)]


def cost_in_pixels(stage: Stage, fixed: int) -> int:
    """Pixels that pass the network in a stage of a square image, plus ``fixed`` an update."""
    square = passes(stage, stage.size, stage.size)
    return sum(steps * (pixels + fixed) for steps, pixels in square)
