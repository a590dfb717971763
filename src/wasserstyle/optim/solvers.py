"""The update rules by the names that settings give them."""

from collections.abc import Mapping
from functools import partial

from wasserstyle.optim.descent import Descent
from wasserstyle.optim.problem import MakeSolver
from wasserstyle.optim.quasi_newton import QuasiNewton
from wasserstyle.optim.schedule import OPTIMISERS

PYRAMID: Mapping[str, MakeSolver] = {
    name: partial(Descent, optimiser=optimiser) for name, optimiser in OPTIMISERS.items()
}
"""First order, on the bands of a Laplacian pyramid; gradients may be noisy."""
PIXELS: Mapping[str, MakeSolver] = {
    f"{name} on pixels": partial(Descent, optimiser=optimiser, levels=0)
    for name, optimiser in OPTIMISERS.items()
}
SOLVERS: Mapping[str, MakeSolver] = {**PYRAMID, **PIXELS, "lbfgs": QuasiNewton}
