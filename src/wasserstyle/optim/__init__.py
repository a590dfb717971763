"""The one loop that optimises an image, coarse to fine, for every method."""

from wasserstyle.optim.events import Observer, Snapshot, Step, ignore
from wasserstyle.optim.loop import Objective, Problem, Stage, descend
from wasserstyle.optim.schedule import constant, cosine, scales

__all__ = [
    "Objective",
    "Observer",
    "Problem",
    "Snapshot",
    "Stage",
    "Step",
    "constant",
    "cosine",
    "descend",
    "ignore",
    "scales",
]
