"""What paints jobs in a worker, and keeps its styles and network from one to the next."""

import os
import platform
import time
from dataclasses import dataclass

from wasserstyle import image as images
from wasserstyle.batch import store
from wasserstyle.batch.jobs import Job
from wasserstyle.runs import Stylizer


@dataclass(frozen=True)
class Painted:
    """What there is to say of a picture that is done."""

    seconds: float
    """From reading to writing."""
    worker: str
    """Machine and number of the process."""
    stylizers: int
    """How often this worker has prepared styles so far."""
    notes: tuple[str, ...] = ()
    """What the user should know of the guidance."""


class Painter:
    """Paints jobs; the last Stylizer stays, as jobs come sorted by what one can paint."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[object, ...], Stylizer] | None = None
        self._made = 0

    def __call__(self, job: Job) -> Painted:
        """Paint one job and put the picture where it goes.

        Raises:
            StyleError: An input that cannot be used, too little memory, no room to write.
        """
        began = time.perf_counter()
        stylizer = self._stylizer(job)
        content = images.read(job.content)
        guidance = job.guides.read(content, stylizer.pictures)
        result = stylizer.stylize(content, guidance=guidance, start=job.start)
        name = job.out.rpartition("/")[2]
        store.put(
            job.out, images.encode(result.image, name, recipe=result.recipe, alpha=result.alpha)
        )
        return Painted(
            time.perf_counter() - began,
            f"{platform.node()}:{os.getpid()}",
            self._made,
            tuple(guidance.notes),
        )

    def _stylizer(self, job: Job) -> Stylizer:
        """For this job: the last one, or a new one with the network of the last one."""
        if self._kept is None or self._kept[0] != job.brush:
            last = self._kept and self._kept[1]
            self._kept = None  # its memory is needed
            stylizer = Stylizer(
                job.styles, style_weights=job.style_weights, options=job.options, like=last
            )
            self._kept, self._made = (job.brush, stylizer), self._made + 1
        return self._kept[1]
