"""Coarse to fine: the problems of all scales in turn, each solved whole or in windows."""

from collections.abc import Sequence

import torch
from torch import Tensor

from wasserstyle.device import return_freed_memory
from wasserstyle.optim.events import Observer, Snapshot, Step, ignore
from wasserstyle.optim.mosaic import Mosaic, cost_in_pixels
from wasserstyle.optim.problem import (
    Course,
    Judge,
    MakeSolver,
    Objective,
    Prepare,
    Problem,
    Solver,
    Stage,
    Stream,
)
from wasserstyle.types import Image

FIXED_COST = 65_000
"""Cost of an update that does not depend on the image, in pixels (measured; time left only)."""


def descend(
    stages: Sequence[Stage],
    prepare: Prepare,
    *,
    solver: MakeSolver,
    stream: Stream,
    start: Image | None = None,
    resume: Snapshot | None = None,
    observe: Observer = ignore,
) -> Image:
    """Solve the problems of all stages in turn, each from the result of the one before.

    Args:
        stages: The schedule, coarse to fine.
        prepare: Makes each stage's problem.
        solver: The update rule.
        stream: Makes each stage's random stream.
        start: Stands for the result of the stages that are smaller than it.
        resume: Where to go on; the result is the one of an uninterrupted run, to the byte.
        observe: Called after every update.

    Returns:
        The last image, detached and NOT clamped: values may leave [0, 1] a little.
    """
    begun = _first(stages, start)
    first = resume.stage if resume else begun
    image = resume.tensors.get("previous") if resume else start
    meter = _Meter(stages, begun)
    for index in range(first, len(stages)):
        solving = _solver(stages[index], prepare(index, image), solver, stream(index))
        if resume and index == first:
            solving.restore(resume.iteration, resume.tensors)
        else:
            solving.begin()
        event = _Reporter(index, stages, meter=meter, previous=image, solver=solving)
        while solving.done < solving.steps:
            observe(event.of(solving.update()))
        image = event.end()
        del solving  # and all that the scale remembers, before the next one looks around
    if image is None:
        raise ValueError("a schedule needs at least one stage")
    return image


def _first(stages: Sequence[Stage], start: Image | None) -> int:
    """The first stage that is not smaller than where it starts, or the last."""
    side = 0 if start is None else max(start.shape[2:])
    return next((i for i, s in enumerate(stages) if s.size >= side), max(0, len(stages) - 1))


def _solver(
    stage: Stage, problem: Problem, solver: MakeSolver, generator: torch.Generator
) -> Solver:
    return_freed_memory()  # what preparing the problem took
    if not isinstance(problem.judge, Judge):
        return Mosaic(problem.start, problem.judge, stage, solver=solver, generator=generator)
    course = Course(stage.iterations, lambda step: stage.rate(step / stage.iterations))
    return solver(problem.start, problem.judge, course, generator=generator)


class _Meter:
    """How much of a run is done, by a cost that grows with the pixels."""

    def __init__(self, stages: Sequence[Stage], first: int = 0) -> None:
        costs = [cost_in_pixels(stage, FIXED_COST) for stage in stages]
        self.costs = [0] * first + costs[first:]

    def fraction(self, stage: int, progress: float) -> float:
        done = sum(self.costs[:stage]) + self.costs[stage] * progress
        return done / sum(self.costs)


class _Reporter:
    """Makes the events of one stage."""

    def __init__(
        self,
        index: int,
        stages: Sequence[Stage],
        *,
        meter: _Meter,
        previous: Image | None,
        solver: Solver,
    ) -> None:
        self.index, self.stages, self.meter = index, stages, meter
        self.previous = previous
        self.solver: Solver | _Ended = solver

    def of(self, value: Objective) -> Step:
        done, steps = self.solver.done, self.solver.steps
        return Step(
            stage=self.index,
            stages=len(self.stages),
            size=self.stages[self.index].size,
            iteration=done,
            iterations=steps,
            fraction=self.meter.fraction(self.index, done / steps),
            total=value.total.detach(),
            terms={name: term.detach() for name, term in value.terms.items()},
            image=self.image,
            snapshot=self.snapshot,
        )

    def image(self) -> Image:
        return self.solver.image()

    def snapshot(self) -> Snapshot:
        iteration, tensors = self.solver.state()
        if self.previous is not None:
            tensors["previous"] = self.previous.clone()
        return Snapshot(stage=self.index, iteration=iteration, tensors=tensors)

    def end(self) -> Image:
        """The result; events already given out keep nothing else of the scale."""
        image = self.solver.image()
        self.solver = _Ended(image)
        return image


class _Ended:
    """What is left of a scale."""

    done = steps = 0

    def __init__(self, result: Image) -> None:
        self.result = result

    def image(self) -> Image:
        return self.result

    def state(self) -> tuple[int, dict[str, Tensor]]:
        raise RuntimeError("this scale has ended; take snapshots while it is observed")
