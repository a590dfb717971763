"""The step of a network: the same for all lessons."""

import torch
from torch import nn

from wasserstyle import processes
from wasserstyle.types import Scalar

RISE = 100
"""Steps in which it grows to its value: Adam's first ones are of full length."""
STEEPEST = 1.0
"""Length to which a gradient is cut."""


class Descent:
    """Adam on the mean of all processes' gradients.

    Args:
        network: What learns.
        rate: Step size.
        fall: It falls as 1/(1 + fall t).
    """

    def __init__(self, network: nn.Module, *, rate: float, fall: float) -> None:
        self.network, self.rate, self.fall = network, rate, fall
        self.optimiser = torch.optim.Adam(network.parameters(), lr=rate)

    def step(self, number: int, loss: Scalar) -> None:
        """Step ``number``, from 0, down a loss."""
        for group in self.optimiser.param_groups:
            rise = min(1.0, (number + 1) / RISE)
            group["lr"] = self.rate * rise / (1 + self.fall * number)
        self.optimiser.zero_grad()
        loss.backward()
        processes.average_gradients(self.network.parameters())
        nn.utils.clip_grad_norm_(self.network.parameters(), STEEPEST)
        self.optimiser.step()
