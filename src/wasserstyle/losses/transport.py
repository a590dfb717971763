"""What STROTSS may measure the distance of styles by: bounds of the earth mover's distance.

All are in the unit of the cosine distance. R_A and R_B are never above the earth mover's
distance, and the larger of the two is the relaxed one (Kolkin et al. 2019, Eqs. 5 and 6); the
cost of an entropic plan is never below it; the sliced distance is the mean over lines of half
the squared 2-Wasserstein distance of directions, times their dimension, and never above it
(for unit vectors half the squared distance is the cosine distance).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from wasserstyle.ot.relaxed import Pairing, bounds_of_directions
from wasserstyle.ot.sinkhorn import sinkhorn_plan
from wasserstyle.ot.sliced import random_directions, sliced_wasserstein2
from wasserstyle.types import Cloud, Mass, Scalar

LINES = 256
"""Drawn anew for every sliced distance."""


@dataclass(frozen=True)
class Clouds:
    """What is compared: points of unit length."""

    u: Cloud
    """Of the output."""
    v: Cloud
    """Of the style, a constant."""
    mass: Mass | None = None
    """Of each u, summing to one; None: all alike."""
    pairing: Pairing | None = None
    """Which may be matched; None: any."""
    search: torch.dtype | None = None
    """Precision in which nearest points are sought; None: that of u."""

    def bounds(self) -> tuple[Scalar, Scalar]:
        """R_A and R_B."""
        return bounds_of_directions(
            self.u, self.v, search=self.search, mass=self.mass, pairing=self.pairing
        )


Transport = Callable[[Clouds, torch.Generator], Scalar]


def relaxed(clouds: Clouds, generator: torch.Generator) -> Scalar:
    """``max(R_A, R_B)``, Eq. 6."""
    return torch.maximum(*clouds.bounds())


def relaxed_a(clouds: Clouds, generator: torch.Generator) -> Scalar:
    """R_A: every point of the output is like some point of the style."""
    return clouds.bounds()[0]


def relaxed_b(clouds: Clouds, generator: torch.Generator) -> Scalar:
    """R_B: every point of the style is like some point of the output."""
    return clouds.bounds()[1]


def sinkhorn(clouds: Clouds, generator: torch.Generator) -> Scalar:
    """Cost of an entropic plan; the gradient is that of the plan held still (Danskin)."""
    cost = 1 - clouds.u @ clouds.v.T
    return (sinkhorn_plan(cost.detach(), mass=clouds.mass) * cost).sum()


def sliced(clouds: Clouds, generator: torch.Generator) -> Scalar:
    """Half the sliced 2-Wasserstein distance squared, times the dimension."""
    u, dimension = clouds.u, clouds.u.shape[1]
    if clouds.mass is not None:  # points on a line have equal masses: as many as theirs say
        u = u.index_select(0, _in_equal_steps(clouds.mass, generator))
    lines = random_directions(LINES, dimension, generator).to(u)
    return dimension / 2 * sliced_wasserstein2(u, clouds.v, lines)


def _in_equal_steps(mass: Mass, generator: torch.Generator) -> Int[Tensor, " _n"]:
    """As many points as there are, each as often as its mass says (systematic resampling)."""
    ends = mass.detach().double().cumsum(dim=0)
    first = torch.rand((), generator=generator, dtype=torch.float64).to(ends.device)
    steps = torch.arange(len(mass), device=ends.device)
    return torch.searchsorted(ends, (steps + first) / len(mass) * ends[-1]).clamp_max(
        len(mass) - 1
    )


TRANSPORTS: Mapping[str, Transport] = {
    "relaxed": relaxed,
    "relaxed_a": relaxed_a,
    "relaxed_b": relaxed_b,
    "sinkhorn": sinkhorn,
    "sliced": sliced,
}
UNPAIRED = frozenset({"sinkhorn", "sliced"})
"""Those that know no pairing."""
