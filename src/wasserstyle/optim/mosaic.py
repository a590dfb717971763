"""A large image, window after window: memory of one window, whatever the size of the image.

Block-coordinate descent. Each window is visited twice, the second time on another grid of
windows and with the falling learning rates; what is optimised in a window sees the rest of the
image, standing still, through the method's :class:`~wasserstyle.optim.problem.Pieces`.
"""

from collections.abc import Mapping
from operator import itemgetter

import torch
from torch import Tensor

from wasserstyle.device import return_freed_memory
from wasserstyle.optim.events import STREAM
from wasserstyle.optim.problem import Course, MakeSolver, Objective, Pieces, Solver, Stage
from wasserstyle.types import Image
from wasserstyle.windows import Window, two_grids

SWEEPS = 2
"""Visits of every pixel."""
STRETCH = 1.5
"""A stage is solved whole up to so many times its window: cutting it would cost more."""


def in_windows(stage: Stage, height: int, width: int) -> bool:
    """Whether an image of this stage is too large to be optimised whole."""
    return stage.window > 0 and max(height, width) > STRETCH * stage.window


def visits(stage: Stage, height: int, width: int) -> list[tuple[int, Window]]:
    """Sweep and window of every visit, row by row."""
    grids = two_grids(height, width, stage.window)
    return [(sweep, window) for sweep, grid in enumerate(grids) for window in grid]


def steps_in(stage: Stage, sweep: int) -> int:
    """Updates of one visit."""
    return max(1, (stage.iterations + SWEEPS - 1 - sweep) // SWEEPS)


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
        self.plan = sorted((planned[i] for i in shuffled), key=itemgetter(0))  # a stable sort
        self.steps = sum(steps_in(stage, sweep) for sweep, _ in self.plan)
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
            self.plan[self.visited][1].blend(image, self.descent.image())
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
            sweep, window = self.plan[self.visited]
            judge = self.pieces.visit(window)
            if judge is None:
                self._pass()
                self.begun = self.done
                continue
            self.descent = self.solver(
                window.cut(self.whole),
                judge,
                self._course(sweep),
                generator=self.generator,
            )

    def _pass(self) -> None:
        self.done += steps_in(self.stage, self.plan[self.visited][0])
        self.visited += 1

    def _close(self, descent: Solver) -> None:
        window = self.plan[self.visited][1]
        window.blend(self.whole, descent.image())
        self.pieces.leave(window, self.whole)
        self.visited += 1

    def _course(self, sweep: int) -> Course:
        """The stage's learning rates, of which each sweep has its share."""
        stage, steps = self.stage, steps_in(self.stage, sweep)
        return Course(steps, lambda step: stage.rate((sweep + step / steps) / SWEEPS))


def passes(stage: Stage, height: int, width: int) -> list[tuple[int, int]]:
    """Updates, and pixels of an update, of the whole image or of each visit to a window."""
    if not in_windows(stage, height, width):
        return [(stage.iterations, height * width)]
    planned = visits(stage, height, width)
    return [(steps_in(stage, sweep), window.area) for sweep, window in planned]


def cost_in_pixels(stage: Stage, fixed: int) -> int:
    """Pixels that pass the network in a stage of a square image, plus ``fixed`` an update."""
    square = passes(stage, stage.size, stage.size)
    return sum(steps * (pixels + fixed) for steps, pixels in square)
