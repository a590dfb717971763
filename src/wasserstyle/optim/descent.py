"""Descent over the Laplacian coefficients of one image, or of a window of one."""

from collections.abc import Mapping

import torch
from torch import Tensor

from wasserstyle.optim.events import STREAM
from wasserstyle.optim.problem import Course, Judge, Objective, ObjectiveOf
from wasserstyle.optim.rules import Optimiser, Rule, gradient_of
from wasserstyle.pyramid import decompose, reconstruct
from wasserstyle.types import Image

BANDS = 5
"""Levels of the Laplacian pyramid beside the residual (Kolkin et al. 2019, Sec. 2.5); with none
the variables are the pixels."""
WATCH = 16
"""Updates after which it is asked whether all were finite: asking waits for the device."""

OPTIMISER = "optimiser."
"""What the names of its tensors begin with in a state."""


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
        rule: Rule,
        generator: torch.Generator,
        levels: int = BANDS,
    ) -> None:
        self.judge, self.course, self.generator = judge, course, generator
        self.bands = [b.detach().clone().requires_grad_() for b in decompose(start, levels)]
        self.optimiser = Optimiser(rule, self.bands)
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
        rate = self.course.rate(self.done)
        value = self._step(self.judge.usual, rate)
        self.done += 1
        if self.done % WATCH == 0 or self.done == self.steps:
            self._make_up(rate)
        return value

    def image(self) -> Image:
        """The image of the bands, not clamped."""
        with torch.no_grad():
            return reconstruct([band.detach().clone() for band in self.bands])

    def state(self) -> tuple[int, dict[str, Tensor]]:
        """Updates made, and copies of bands, optimiser, counter and stream."""
        tensors = {f"band.{i}": band.detach().clone() for i, band in enumerate(self.bands)}
        tensors |= {
            f"{OPTIMISER}{name}": value for name, value in self.optimiser.state().items()
        }
        own = {"missed": self.missed.clone(), STREAM: self.generator.get_state()}
        return self.done, tensors | own

    def restore(self, done: int, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a :meth:`state`."""
        self.done = done
        self.missed.copy_(tensors["missed"])
        self.generator.set_state(tensors[STREAM])
        with torch.no_grad():
            for i, band in enumerate(self.bands):
                band.copy_(tensors[f"band.{i}"])
        self.optimiser.restore(
            {
                name.removeprefix(OPTIMISER): value
                for name, value in tensors.items()
                if name.startswith(OPTIMISER)
            }
        )

    def _step(self, objective: ObjectiveOf, rate: float) -> Objective:
        self.optimiser.clear()
        value = objective(reconstruct(self.bands), self.generator)
        value.total.backward()
        gradients = [gradient_of(band) for band in self.bands]
        sums = torch.stack([value.total.detach(), *(g.sum() for g in gradients)])
        finite = sums.isfinite().all()
        for gradient in gradients:
            gradient.copy_(torch.where(finite, gradient, 0))
        self.missed += ~finite
        self.optimiser.step(rate)
        return value

    def _make_up(self, rate: float) -> None:
        for _ in range(int(self.missed)):
            self._step(self.judge.careful, rate)
        self.missed.zero_()
