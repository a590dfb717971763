"""The update rules by the names that settings give them."""

from collections.abc import Mapping
from functools import partial

from wasserstyle.optim.descent import Descent
from wasserstyle.optim.problem import MakeSolver
from wasserstyle.optim.quasi_newton import QuasiNewton
from wasserstyle.optim.rules import RULES

PYRAMID: Mapping[str, MakeSolver] = {
    name: partial(Descent, rule=rule) for name, rule in RULES.items()
}
"""First order, on the bands of a Laplacian pyramid; gradients may be noisy."""
PIXELS: Mapping[str, MakeSolver] = {
    f"{name} on pixels": partial(Descent, rule=rule, levels=0) for name, rule in RULES.items()
}
SOLVERS: Mapping[str, MakeSolver] = {**PYRAMID, **PIXELS, "lbfgs": QuasiNewton}
