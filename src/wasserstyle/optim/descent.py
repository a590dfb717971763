"""Descent over the Laplacian coefficients of one image, or of a window of one."""

from collections.abc import Mapping

import torch
from torch import Tensor

from wasserstyle.optim.events import STREAM
from wasserstyle.optim.problem import Course, Judge, Objective, ObjectiveOf
from wasserstyle.optim.schedule import Optimiser
from wasserstyle.pyramid import decompose, reconstruct
from wasserstyle.types import Image

BANDS = 5
"""Levels of the Laplacian pyramid beside the residual (Kolkin et al. 2019, Sec. 2.5); with none
the variables are the pixels."""
WATCH = 16
"""Updates after which it is asked whether all were finite: asking waits for the device."""


class Descent:
    """Bands of an image, their optimiser and its random stream.

    Where value or gradient are not finite the gradient is taken as zero, and the image moves by
    its momentum only. Such updates are counted on the device and made up for in float32, within
    ``WATCH`` updates and at the step size of then.
    """

    def __init__(
        self,
        start: Image,
        judge: Judge,
        course: Course,
        *,
        optimiser: Optimiser,
        generator: torch.Generator,
        levels: int = BANDS,
    ) -> None:
        self.judge, self.course, self.generator = judge, course, generator
        self.bands = [b.detach().clone().requires_grad_() for b in decompose(start, levels)]
        self.optimizer = optimiser(self.bands)
        self.missed = torch.zeros((), dtype=torch.int64, device=start.device)
        self.done = 0

    @property
    def steps(self) -> int:
        """Updates in all."""
        return self.course.steps

    def begin(self) -> None:
        """Nothing is left to prepare."""

    def update(self) -> Objective:
        """Make one update; the value is the one before it."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.course.rate(self.done)
        value = self._step(self.judge.usual)
        self.done += 1
        if self.done % WATCH == 0 or self.done == self.steps:
            self._make_up()
        return value

    def image(self) -> Image:
        """The image of the bands, not clamped."""
        with torch.no_grad():
            return reconstruct([band.detach().clone() for band in self.bands])

    def state(self) -> tuple[int, dict[str, Tensor]]:
        """Updates made, and copies of bands, optimiser, counter and stream."""
        tensors = {f"band.{i}": band.detach().clone() for i, band in enumerate(self.bands)}
        for i, state in self.optimizer.state_dict()["state"].items():
            tensors |= {
                f"optimiser.{i}.{k}": torch.as_tensor(v).clone() for k, v in state.items()
            }
        own = {"missed": self.missed.clone(), STREAM: self.generator.get_state()}
        return self.done, tensors | own

    def restore(self, done: int, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a :meth:`state`."""
        self.done = done
        self.missed.copy_(tensors["missed"])
        self.generator.set_state(tensors[STREAM])
        state: dict[int, dict[str, Tensor]] = {i: {} for i in range(len(self.bands))}
        for key, value in tensors.items():
            kind, _, rest = key.partition(".")
            if kind == "optimiser":
                i, _, name = rest.partition(".")
                state[int(i)][name] = value.clone()
        with torch.no_grad():
            for i, band in enumerate(self.bands):
                band.copy_(tensors[f"band.{i}"])
        self.optimizer.load_state_dict(self.optimizer.state_dict() | {"state": state})

    def _step(self, objective: ObjectiveOf) -> Objective:
        self.optimizer.zero_grad(set_to_none=True)
        value = objective(reconstruct(self.bands), self.generator)
        value.total.backward()
        gradients = [band.grad for band in self.bands if band.grad is not None]
        sums = torch.stack([value.total.detach(), *(g.sum() for g in gradients)])
        finite = sums.isfinite().all()
        for gradient in gradients:
            gradient.copy_(torch.where(finite, gradient, 0))
        self.missed += ~finite
        self.optimizer.step()
        return value

    def _make_up(self) -> None:
        for _ in range(int(self.missed)):
            self._step(self.judge.careful)
        self.missed.zero_()
