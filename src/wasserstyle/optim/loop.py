"""Coarse to fine descent over the Laplacian coefficients of an image."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from wasserstyle.optim.events import STREAM, Observer, Snapshot, Step, ignore
from wasserstyle.optim.schedule import Decay, Optimiser, constant
from wasserstyle.pyramid import decompose, reconstruct
from wasserstyle.types import Image, Scalar

BANDS = 5
"""Levels of the Laplacian pyramid beside the residual (Kolkin et al. 2019, Sec. 2.5)."""
FIXED_COST = 65_000
"""Cost of an update that does not depend on the image, in pixels (measured; time left only)."""


@dataclass(frozen=True)
class Stage:
    """One scale of a coarse-to-fine schedule."""

    size: int
    """Long side, pixels."""
    iterations: int
    learning_rate: float
    decay: Decay = constant


@dataclass(frozen=True)
class Objective:
    """Value of an objective at one image."""

    total: Scalar
    """What is minimised."""
    terms: Mapping[str, Scalar]
    """Its unweighted parts, for the eyes only."""


@dataclass(frozen=True)
class Problem:
    """What is optimised at one scale, and from where."""

    start: Image
    objective: Callable[[Image, torch.Generator], Objective]
    """A function of the image and of the random stream of this scale."""


Prepare = Callable[[int, Image | None], Problem]
"""Makes the problem of a stage, by index, from the result of the stage before."""
Stream = Callable[[int], torch.Generator]
"""Makes the random stream of a stage, by index."""


def descend(
    stages: Sequence[Stage],
    prepare: Prepare,
    *,
    optimiser: Optimiser,
    stream: Stream,
    resume: Snapshot | None = None,
    observe: Observer = ignore,
) -> Image:
    """Solve the problems of all stages in turn, each from the result of the one before.

    Args:
        stages: The schedule, coarse to fine.
        prepare: Makes each stage's problem.
        optimiser: Makes an optimiser for the bands of the image, anew at each stage.
        stream: Makes each stage's random stream.
        resume: Where to go on; the result is the one of an uninterrupted run, to the byte.
        observe: Called after every update.

    Returns:
        The last image, detached and NOT clamped: values may leave [0, 1] a little.
    """
    first = resume.stage if resume else 0
    image = resume.tensors.get("previous") if resume else None
    meter = _Meter(stages)
    for index in range(first, len(stages)):
        problem = prepare(index, image)
        descent = _Descent(index, image, problem)
        descent.begin(optimiser, stream(index))
        if resume and index == first:
            descent.restore(resume)
        image = descent.run(stages[index], meter, observe)
    if image is None:
        raise ValueError("a schedule needs at least one stage")
    return image


class _Meter:
    """How much of a run is done, by a cost that grows with the pixels."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self.stages = len(stages)
        self.costs = [s.iterations * (s.size**2 + FIXED_COST) for s in stages]

    def fraction(self, stage: int, progress: float) -> float:
        done = sum(self.costs[:stage]) + self.costs[stage] * progress
        return done / sum(self.costs)


class _Descent:
    """The state of one stage: bands, optimiser, random stream."""

    def __init__(self, index: int, previous: Image | None, problem: Problem) -> None:
        self.index, self.previous, self.objective = index, previous, problem.objective
        self.bands = [
            b.detach().clone().requires_grad_() for b in decompose(problem.start, BANDS)
        ]
        self.done = 0

    def begin(self, optimiser: Optimiser, generator: torch.Generator) -> None:
        self.optimizer, self.generator = optimiser(self.bands), generator

    def run(self, stage: Stage, meter: _Meter, observe: Observer) -> Image:
        while self.done < stage.iterations:
            rate = stage.learning_rate * stage.decay(self.done / stage.iterations)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            value = self._update()
            self.done += 1
            observe(
                Step(
                    stage=self.index,
                    stages=meter.stages,
                    size=stage.size,
                    iteration=self.done,
                    iterations=stage.iterations,
                    fraction=meter.fraction(self.index, self.done / stage.iterations),
                    total=value.total.detach(),
                    terms={name: term.detach() for name, term in value.terms.items()},
                    image=self.image,
                    snapshot=self.snapshot,
                )
            )
        return self.image()

    def _update(self) -> Objective:
        self.optimizer.zero_grad(set_to_none=True)
        value = self.objective(reconstruct(self.bands), self.generator)
        value.total.backward()
        self.optimizer.step()
        return value

    def image(self) -> Image:
        with torch.no_grad():
            return reconstruct(self.bands)

    def snapshot(self) -> Snapshot:
        tensors = {f"band.{i}": band.detach().clone() for i, band in enumerate(self.bands)}
        for i, state in self.optimizer.state_dict()["state"].items():
            tensors |= {
                f"optimiser.{i}.{k}": torch.as_tensor(v).clone() for k, v in state.items()
            }
        tensors[STREAM] = self.generator.get_state()
        if self.previous is not None:
            tensors["previous"] = self.previous.clone()
        return Snapshot(stage=self.index, iteration=self.done, tensors=tensors)

    def restore(self, snapshot: Snapshot) -> None:
        self.done = snapshot.iteration
        self.generator.set_state(snapshot.tensors[STREAM])
        state: dict[int, dict[str, Tensor]] = {i: {} for i in range(len(self.bands))}
        for key, value in snapshot.tensors.items():
            kind, _, rest = key.partition(".")
            if kind == "optimiser":
                i, _, name = rest.partition(".")
                state[int(i)][name] = value.clone()
        with torch.no_grad():
            for i, band in enumerate(self.bands):
                band.copy_(snapshot.tensors[f"band.{i}"])
        self.optimizer.load_state_dict(self.optimizer.state_dict() | {"state": state})
