"""L-BFGS over the pixels of an image, in the box [0, 1].

Limited-memory BFGS (Liu and Nocedal 1989) on the free pixels, its steps projected on the box
and shortened until they pay (Bertsekas 1982, two-metric projection). The objective is the same
function within one update; it may change between updates, which cost one evaluation more then.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from wasserstyle.optim.events import STREAM
from wasserstyle.optim.problem import Course, Judge, Objective, ObjectiveOf
from wasserstyle.types import Image

MEMORY = 20
"""Pairs of steps and gradient changes that stand for the Hessian."""
FIRST = 0.02
"""Largest change of a pixel while nothing is known of the curvature."""
DECREASE = 1e-4
"""Share of the linear decrease that a step must reach (Armijo)."""
SHORTENINGS = 8
"""Halvings of a step before it is given up."""
CURVED = 1e-10
"""Least curvature of a pair that is remembered, as a share of the squared gradient change."""


@dataclass(frozen=True)
class _Point:
    """An image, and the objective there."""

    image: Image
    objective: Objective
    gradient: Tensor

    @property
    def value(self) -> float:
        """Waits for the device, as any line search does."""
        return float(self.objective.total)

    @property
    def finite(self) -> bool:
        return bool(self.objective.total.isfinite() & self.gradient.isfinite().all())


class QuasiNewton:
    """One image, what is known of its objective's curvature, and its random stream.

    Where the usual objective is not finite the careful one decides; an update without any step
    that pays leaves the image as it is and forgets the curvature.

    Args:
        start: Clamped to the box.
        judge: Value and gradient.
        course: How many updates; step sizes come from the curvature.
        generator: Random stream.
    """

    def __init__(
        self, start: Image, judge: Judge, course: Course, *, generator: torch.Generator
    ) -> None:
        self.judge, self.course, self.generator = judge, course, generator
        self.here = start.detach().clamp(0, 1).clone()
        self.pairs: deque[tuple[Tensor, Tensor]] = deque(maxlen=MEMORY)
        self.known: _Point | None = None
        """The objective here, if the next update sees the same function."""
        self.done = 0

    @property
    def steps(self) -> int:
        """Updates in all."""
        return self.course.steps

    def begin(self) -> None:
        """Nothing is left to prepare."""

    def update(self) -> Objective:
        """Make one update; the value is the one before it."""
        stream = self.generator.get_state()
        here = self.known or self._evaluate(self.here, stream)
        there = self._search(here, stream)
        if there is None:
            self.pairs.clear()
        else:
            self._remember(here, there)
            self.here = there.image
        same = torch.equal(stream, self.generator.get_state())  # nothing random was drawn
        self.known = (there or here) if same else None
        self.done += 1
        return here.objective

    def image(self) -> Image:
        """The image, in the box."""
        return self.here

    def state(self) -> tuple[int, dict[str, Tensor]]:
        """Updates made, and copies of image, curvature and stream."""
        own = {"image": self.here.clone(), STREAM: self.generator.get_state()}
        for i, (step, change) in enumerate(self.pairs):
            own |= {f"step.{i}": step.clone(), f"change.{i}": change.clone()}
        return self.done, own

    def restore(self, done: int, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a :meth:`state`."""
        self.done, self.here, self.known = done, tensors["image"].clone(), None
        count = sum(name.startswith("step.") for name in tensors)
        pairs = [(tensors[f"step.{i}"], tensors[f"change.{i}"]) for i in range(count)]
        self.pairs = deque(pairs, maxlen=MEMORY)
        self.generator.set_state(tensors[STREAM])

    def _evaluate(self, image: Image, stream: Tensor) -> _Point:
        point = self._evaluate_by(self.judge.usual, image, stream)
        return point if point.finite else self._evaluate_by(self.judge.careful, image, stream)

    def _evaluate_by(self, objective: ObjectiveOf, image: Image, stream: Tensor) -> _Point:
        self.generator.set_state(stream)
        leaf = image.detach().clone().requires_grad_()
        value = objective(leaf, self.generator)
        (gradient,) = torch.autograd.grad(value.total, leaf)
        terms = {name: term.detach() for name, term in value.terms.items()}
        return _Point(image, Objective(value.total.detach(), terms), gradient)

    def _search(self, here: _Point, stream: Tensor) -> _Point | None:
        """The first point along the projected direction that is low enough, if there is one."""
        if not here.finite:
            return None
        direction, length = self._direction(here), 1.0
        for _ in range(SHORTENINGS):
            image = (here.image + length * direction).clamp(0, 1)
            slope = float((here.gradient * (image - here.image)).sum())
            if slope == 0:
                return None
            there = self._evaluate(image, stream)
            if there.finite and there.value <= here.value + DECREASE * slope:
                return there
            length /= 2
        return None

    def _direction(self, here: _Point) -> Tensor:
        """Where the quadratic model has its minimum over the pixels that are free to move."""
        free = ~(
            ((here.image <= 0) & (here.gradient > 0))
            | ((here.image >= 1) & (here.gradient < 0))
        )
        gradient = here.gradient * free
        if self.pairs:
            newton = -_two_loops(gradient, self.pairs) * free
            if float((newton * gradient).sum()) < 0:
                return newton
        return -gradient * (FIRST / gradient.abs().max().clamp_min(1e-30))

    def _remember(self, here: _Point, there: _Point) -> None:
        step, change = there.image - here.image, there.gradient - here.gradient
        if float((step * change).sum()) > CURVED * float(change.square().sum()):
            self.pairs.append((step, change))


def _two_loops(gradient: Tensor, pairs: deque[tuple[Tensor, Tensor]]) -> Tensor:
    """The inverse Hessian of the pairs times the gradient (Nocedal 1980)."""
    product, shares = gradient.clone(), []
    for step, change in reversed(pairs):
        share = (step * product).sum() / (step * change).sum()
        product -= share * change
        shares.append(share)
    step, change = pairs[-1]
    product *= (step * change).sum() / change.square().sum()
    for (step, change), share in zip(pairs, reversed(shares), strict=True):
        product += (share - (change * product).sum() / (step * change).sum()) * step
    return product
