"""The one engine that optimises an image, coarse to fine, for every method.

* ``problem``: what the engine is given.    * ``descent``: one image, or one window.
* ``rules``: Adam, RMSprop.              * ``quasi_newton``: L-BFGS in a box.
* ``solvers``: these by name.             * ``schedule``: sizes, decays.
* ``mosaic``: a large image, window after window.
* ``events``: what observers see.         * ``loop``: all scales in turn.
"""

from wasserstyle.optim.events import Observer, Snapshot, Step, ignore
from wasserstyle.optim.loop import descend
from wasserstyle.optim.mosaic import STRETCH, in_windows, passes
from wasserstyle.optim.problem import (
    Judge,
    MakeSolver,
    Objective,
    ObjectiveOf,
    Pieces,
    Problem,
    Stage,
)
from wasserstyle.optim.schedule import constant, late, scales

__all__ = [
    "STRETCH",
    "Judge",
    "MakeSolver",
    "Objective",
    "ObjectiveOf",
    "Observer",
    "Pieces",
    "Problem",
    "Snapshot",
    "Stage",
    "Step",
    "constant",
    "descend",
    "ignore",
    "in_windows",
    "late",
    "passes",
    "scales",
]
