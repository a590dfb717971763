"""Entropic transport: Sinkhorn's algorithm (Cuturi 2013), scaled down to a small entropy.

Potentials f, g of the plan ``P = exp((f + g - C) / ε)`` are found by turns, so that first rows
and then columns of P have their masses. They begin with a large ε that is halved (Schmitzer
2019), and are absorbed into the kernel every few turns, so that nothing overflows. What is left
of the rows' error is moved by the rounding of Altschuler, Weed and Rigollet (2017): the plan
that is returned is one, and its cost never below the earth mover's distance.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from wasserstyle.ot.costs import TINY

TURNS = 10
"""Between two absorptions."""

Plan = Float[Tensor, "n m"]
Potentials = tuple[Float[Tensor, " n"], Float[Tensor, " m"]]


@dataclass(frozen=True)
class Entropic:
    """How near to unregularised transport."""

    epsilon: float = 0.01
    """ε, in the unit of the cost."""
    tolerance: float = 1e-2
    """Share of the mass that rows may miss before rounding."""
    most: int = 20
    """Absorptions at the last ε, at most."""


@torch.no_grad()
def sinkhorn_plan(
    cost: Float[Tensor, "n m"],
    how: Entropic | None = None,
    mass: Float[Tensor, " n"] | None = None,
) -> Float[Tensor, "n m"]:
    """A plan near the cheapest one; no graph.

    Args:
        cost: Ground cost, finite.
        how: Entropy and precision; None: the defaults.
        mass: Of each point of the first cloud, summing to one; None: all alike. Those of the
            second cloud are all alike.

    Returns:
        Mass moved from i to j; rows and columns have their masses up to rounding.
    """
    how, (n, m) = how or Entropic(), cost.shape
    rows = cost.new_full((n,), 1 / n) if mass is None else mass.clamp_min(TINY)
    problem = _Problem(cost, rows, cost.new_full((m,), 1 / m))
    found = torch.zeros_like(problem.rows), torch.zeros_like(problem.columns)
    for epsilon in _falling(float(cost.max() - cost.min()), how.epsilon):
        found = problem.turned(found, epsilon)
    for _ in range(how.most):
        if problem.missed(problem.kernel(found, how.epsilon)) <= how.tolerance:
            break
        found = problem.turned(found, how.epsilon)
    return problem.rounded(problem.kernel(found, how.epsilon))


def _falling(first: float, last: float) -> list[float]:
    """ε, halved until the last."""
    count = max(0, math.ceil(math.log2(first / last))) if first > 0 else 0
    return [first / 2**k for k in range(count)] + [last]


@dataclass(frozen=True)
class _Problem:
    """Costs and masses."""

    cost: Plan
    rows: Float[Tensor, " n"]
    columns: Float[Tensor, " m"]

    def kernel(self, found: Potentials, epsilon: float) -> Plan:
        f, g = found
        return ((f[:, None] + g - self.cost) / epsilon).exp()

    def turned(self, found: Potentials, epsilon: float) -> Potentials:
        """Potentials some turns later; the first in logarithms, where any start will do."""
        _, g = found
        f = epsilon * (self.rows.log() - ((g - self.cost) / epsilon).logsumexp(dim=1))
        g = (f[:, None] - self.cost) / epsilon
        g = epsilon * (self.columns.log() - g.logsumexp(dim=0))
        kernel, v = self.kernel((f, g), epsilon), torch.ones_like(g)
        u = torch.ones_like(f)
        for _ in range(TURNS):
            u = self.rows / (kernel @ v).clamp_min(TINY**2)
            v = self.columns / (u @ kernel).clamp_min(TINY**2)
        return f + epsilon * u.log(), g + epsilon * v.log()

    def missed(self, plan: Plan) -> float:
        """Mass that rows have too much or too little."""
        return float((plan.sum(dim=1) - self.rows).abs().sum())

    def rounded(self, plan: Plan) -> Plan:
        """The nearest true plan: what is too much is taken away, what is missing spread."""
        plan = plan * (self.rows / plan.sum(dim=1).clamp_min(TINY)).clamp(max=1)[:, None]
        plan = plan * (self.columns / plan.sum(dim=0).clamp_min(TINY)).clamp(max=1)
        short = (self.rows - plan.sum(dim=1)).clamp_min(0)
        narrow = (self.columns - plan.sum(dim=0)).clamp_min(0)
        return plan + short[:, None] * narrow / short.sum().clamp_min(TINY)
