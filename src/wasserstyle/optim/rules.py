"""Update rules of first order: how a variable moves by its gradient.

Torch has them, too, and is what they are tested against. Its optimisers import a compiler when
the first one is made, which takes two seconds and 75 MB.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

EPSILON = 1e-8
"""Added to the root of the mean square, as in torch."""
BETAS = 0.5, 0.99
"""Of Adam: how much of the means of gradients and of their squares stays in an update."""
GREY = 2.5
"""How much faster grey is than its opponents."""
ALPHA = 0.99
"""Of RMSprop, as in torch: the same of the squares."""
COUNT = "count"
"""Of updates, among the tensors of a state."""


@runtime_checkable
class Rule(Protocol):
    """Moves one variable against its gradient, in place."""

    @property
    def averages(self) -> Sequence[str]:
        """What it remembers, each of the variable's shape."""
        ...

    def move(
        self, variable: Tensor, averages: Mapping[str, Tensor], *, rate: float, count: int
    ) -> None:
        """Make one update.

        Args:
            variable: With its gradient.
            averages: Renewed.
            rate: Step size.
            count: Of updates, from 1 on.
        """
        ...


class Adam:
    """Kingma and Ba 2015, Algorithm 1, with short averages, β = (0.5, 0.99).

    Ours, decision 0009: a long average of gradients lags behind an image that still forms.
    """

    averages = ("mean", "square")

    def move(
        self, variable: Tensor, averages: Mapping[str, Tensor], *, rate: float, count: int
    ) -> None:
        """See :class:`Rule`."""
        variable.sub_(self.direction(gradient_of(variable), averages, count), alpha=rate)

    def direction(self, g: Tensor, averages: Mapping[str, Tensor], count: int) -> Tensor:
        """Of a gradient: where to, about one long in every coefficient."""
        m, v = averages["mean"], averages["square"]
        beta1, beta2 = BETAS
        m.lerp_(g, 1 - beta1)
        v.mul_(beta2).addcmul_(g, g, value=1 - beta2)
        root = v.sqrt().div_(math.sqrt(1 - beta2**count)).add_(EPSILON)
        return m / root.mul_(1 - beta1**count)


class OpponentAdam(Adam):
    """Adam along grey, red against green, yellow against blue, and faster along grey.

    In pictures red, green and blue rise and fall together, and an average of each by itself
    does not know. Ours, decision 0009.
    """

    def move(
        self, variable: Tensor, averages: Mapping[str, Tensor], *, rate: float, count: int
    ) -> None:
        """See :class:`Rule`; (1, 3, h, w)."""
        opponents = to_opponents(gradient_of(variable))
        grey, *colours = self.direction(opponents, averages, count).unbind(1)
        turned = torch.stack([GREY * grey, *colours], dim=1)
        variable.sub_(from_opponents(turned), alpha=rate)


def to_opponents(x: Tensor) -> Tensor:
    """Red, green, blue along orthonormal axes: grey, red - green, red + green - 2 blue."""
    r, g, b = x.unbind(1)
    axes = [(r + g + b) / math.sqrt(3), (r - g) / math.sqrt(2), (r + g - 2 * b) / math.sqrt(6)]
    return torch.stack(axes, dim=1)


def from_opponents(x: Tensor) -> Tensor:
    """Invert :func:`to_opponents`."""
    grey, red, yellow = x.unbind(1)
    grey, red, yellow = grey / math.sqrt(3), red / math.sqrt(2), yellow / math.sqrt(6)
    return torch.stack([grey + red + yellow, grey - red + yellow, grey - 2 * yellow], dim=1)


class RmsProp:
    """Hinton's, with torch's defaults, as in the authors' code."""

    averages = ("square",)

    def move(
        self, variable: Tensor, averages: Mapping[str, Tensor], *, rate: float, count: int
    ) -> None:
        """See :class:`Rule`."""
        g, v = gradient_of(variable), averages["square"]
        v.mul_(ALPHA).addcmul_(g, g, value=1 - ALPHA)
        variable.addcdiv_(g, v.sqrt().add_(EPSILON), value=-rate)


RULES: Mapping[str, Rule] = {
    "adam": Adam(),
    "opponent adam": OpponentAdam(),
    "rmsprop": RmsProp(),
}


class Optimiser:
    """A rule, at work on several variables."""

    def __init__(self, rule: Rule, variables: Sequence[Tensor]) -> None:
        self.rule, self.variables, self.count = rule, variables, 0
        self.memory = [{name: torch.zeros_like(x) for name in rule.averages} for x in variables]

    def clear(self) -> None:
        """Forget the gradients."""
        for variable in self.variables:
            variable.grad = None

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move all of them."""
        self.count += 1
        for variable, averages in zip(self.variables, self.memory, strict=True):
            self.rule.move(variable, averages, rate=rate, count=self.count)

    def state(self) -> dict[str, Tensor]:
        """Copies of what it remembers."""
        averages = {
            f"{i}.{name}": average.clone()
            for i, memory in enumerate(self.memory)
            for name, average in memory.items()
        }
        return averages | {COUNT: torch.tensor(self.count)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from a :meth:`state`."""
        self.count = int(tensors[COUNT])
        for i, memory in enumerate(self.memory):
            for name, average in memory.items():
                average.copy_(tensors[f"{i}.{name}"])


def gradient_of(variable: Tensor) -> Tensor:
    """What the last backward pass left.

    Raises:
        ValueError: There was none.
    """
    if variable.grad is None:
        raise ValueError("a variable without a gradient cannot move")
    return variable.grad
