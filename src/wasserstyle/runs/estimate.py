"""How long a run will take here, measured before it starts, and how much memory."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise

import torch

from wasserstyle.errors import Cancelled
from wasserstyle.image import Picture, fit
from wasserstyle.method import Style, Tools
from wasserstyle.optim import Stage, Step, passes
from wasserstyle.runs.clock import clock
from wasserstyle.runs.stylizer import Stylizer
from wasserstyle.types import Image

PROBES = (64, 512)
"""Long sides of the strips by which the work beside the network is measured, pixels."""
STRIP = 32
"""Short side of a strip, pixels: the network has little to do, the method all the rest."""
UPDATES = 3
"""Updates on a strip: the first counts as set-up."""
PATCH = 256
"""Side of the picture by which the network is measured, pixels."""
PIXELS = 1024
"""Side of the picture by which a method without the network is measured."""
DEEPEST = "relu5_1"
"""The network up to here; what methods ask for beyond costs next to nothing."""


@dataclass(frozen=True)
class Estimate:
    """What a run is expected to take."""

    seconds: float
    bytes: float
    """Peak memory."""

    def __str__(self) -> str:
        return f"about {clock(max(1, round(self.seconds)))} and {self.bytes / 1e9:.1f} GB"


@dataclass(frozen=True)
class Probe:
    """Seconds at a scale, beside the network's."""

    side: int
    """Long side, pixels."""
    set_up: float
    """Before the first update."""
    update: float


@dataclass(frozen=True)
class Pace:
    """How fast a method is here."""

    small: Probe
    large: Probe
    pixel: float
    """Seconds of a pixel that passes the network, forward and backward."""

    def seconds(self, stages: Sequence[Stage], height: int, width: int) -> float:
        """Expected time of a schedule, or of one pass where it is empty."""
        if not stages:
            return self.at(max(height, width)).set_up + height * width * self.pixel
        return sum(self._of(stage, *fit((height, width), stage.size)) for stage in stages)

    def at(self, side: int) -> Probe:
        """Between the two scales measured on a straight line, level outside."""
        low, high = self.small, self.large
        share = (side - low.side) / max(1, high.side - low.side)
        share = min(1.0, max(0.0, share))
        set_up = low.set_up + share * (high.set_up - low.set_up)
        return Probe(side, set_up, low.update + share * (high.update - low.update))

    def _of(self, stage: Stage, height: int, width: int) -> float:
        """Of one scale: updates, and for each window as much as one for looking at it."""
        visited = passes(stage, height, width)
        here = self.at(stage.size)
        return here.set_up + sum(
            (steps + 1) * pixels * self.pixel + steps * here.update for steps, pixels in visited
        )


def estimate(stylizer: Stylizer, content: Picture) -> Estimate:
    """Expect time and memory of ``stylizer.stylize(content)``; takes some seconds.

    Raises:
        NotEnoughMemory: It would not fit; with a size that would.
    """
    needed = stylizer.check_memory(content)
    size = stylizer.options.size
    pace = measure(stylizer, size)
    stages = stylizer.method.stages(size)
    return Estimate(pace.seconds(stages, *stylizer.size_of(content)), needed)


def measure(stylizer: Stylizer, size: int) -> Pace:
    """Time the network on a patch, and the method itself in a few updates on strips of noise.

    The strips are as long as scales of a run up to ``size`` (where a method's first scale is
    its setting ``coarsest``), because the work beside the network may grow with them.
    """
    if not stylizer.method.sees:  # all of it is work on pixels
        pixel = [_time_of_pass(stylizer) for _ in range(2)][-1] / PIXELS**2
        return Pace(Probe(size, 0, 0), Probe(size, 0, 0), pixel)
    pixel = [_time_of_network(stylizer) for _ in range(2)][-1] / PATCH**2
    small, large = (_time_of_method(stylizer, min(side, size), pixel) for side in PROBES)
    warm = min(small.set_up, large.set_up)  # the first one waits for libraries, too
    return Pace(replace(small, set_up=warm), large, pixel)


def _time_of_pass(stylizer: Stylizer) -> float:
    """Seconds of a picture by a method that does not look through the network."""
    picture = _noise(PIXELS, PIXELS).to(stylizer.device)
    styles = [Style(_noise(PATCH, PATCH).to(stylizer.device), s) for s in stylizer.shares]
    started = time.perf_counter()
    tools = Tools(features=stylizer.features, size=PIXELS)
    float(stylizer.method.stylize(picture, styles, tools=tools).sum())  # wait for the device
    return time.perf_counter() - started


def _time_of_method(stylizer: Stylizer, side: int, pixel: float) -> Probe:
    method, strip = stylizer.method, _noise(side, min(side, STRIP)).to(stylizer.device)
    if hasattr(method, "coarsest"):
        method = replace(method, coarsest=side)
    times = [time.perf_counter()]

    def watch(step: Step) -> None:
        float(step.total)  # wait for the device
        times.append(time.perf_counter())
        if len(times) > UPDATES:
            raise Cancelled

    styles = [Style(strip, share) for share in stylizer.shares]
    with suppress(Cancelled):
        method.stylize(
            strip, styles, tools=Tools(features=stylizer.features, size=side), observe=watch
        )
    if len(times) == 1:  # one pass, without updates
        times.append(time.perf_counter())
    first, *others = [after - before for before, after in pairwise(times)]
    update = min(others, default=0.0)
    network = strip.shape[2] * strip.shape[3] * pixel
    return Probe(side, max(0.0, first - update), max(0.0, update - network))


def _time_of_network(stylizer: Stylizer) -> float:
    """Seconds of a forward and backward pass of the patch."""
    patch = _noise(PATCH, PATCH).to(stylizer.device).requires_grad_()
    started = time.perf_counter()
    deepest = stylizer.features(patch, {DEEPEST})[DEEPEST]
    (gradient,) = torch.autograd.grad(deepest.sum(), patch)
    float(gradient.sum())  # wait for the device
    return time.perf_counter() - started


def _noise(height: int, width: int) -> Image:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0))
