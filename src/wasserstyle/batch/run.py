"""A list of jobs from beginning to end; run again, it paints what is not there."""

from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

import torch

from wasserstyle.batch import store
from wasserstyle.batch.crew import PROCESSES, RAY, opened
from wasserstyle.batch.done import Looker
from wasserstyle.batch.executor import Crew, results
from wasserstyle.batch.jobs import Job
from wasserstyle.batch.worker import Painted, Painter
from wasserstyle.runs.resources import (
    RESERVE,
    free_bytes,
    needed_bytes,
    pick_device,
    pick_precision,
)
from wasserstyle.runs.stylizer import pieces_of

LOOKERS = 8
"""Threads that look at what is there: they wait for disks most of the time."""


@dataclass(frozen=True)
class Ended:
    """What came of one job."""

    job: Job
    status: Literal["painted", "failed"]
    tries: int
    painted: Painted | None
    error: str | None


@dataclass(frozen=True)
class Outlook:
    """What is to be done, by how many."""

    todo: tuple[Job, ...]
    done: tuple[Job, ...]
    """Their pictures are there already."""
    crew: Crew
    notes: tuple[str, ...]


def look(jobs: Sequence[Job], crew: Crew, *, force: bool) -> Outlook:
    """What there is to do, and how many workers memory allows.

    Args:
        jobs: All of them.
        crew: As asked for.
        force: Paint again what is there.

    Raises:
        BadSetting: A device that is not there.
    """
    done: set[str] = set()
    if not force:
        looker = Looker()
        with ThreadPoolExecutor(LOOKERS) as pool:
            found = pool.map(looker.is_done, jobs)
            done = {job.out for job, there in zip(jobs, found, strict=True) if there}
    todo = tuple(job for job in jobs if job.out not in done)
    crew, notes = _divided(todo, crew)
    return Outlook(todo, tuple(job for job in jobs if job.out in done), crew, notes)


def paint_all(outlook: Outlook) -> Generator[Ended]:
    """Paint what is to be done, and yield what comes of each job as it comes.

    Closing this early, or an exception, ends the workers at once: pictures that are finished
    stay, none is half there.
    """
    if not outlook.todo:
        return
    outs = [job.out for job in outlook.todo]
    store.sweep(outs)
    crew = outlook.crew
    try:
        with opened(Painter, crew) as workers:
            for one in results(workers, outlook.todo, retries=crew.retries):
                status = "failed" if one.error else "painted"
                yield Ended(one.item, status, one.tries, one.value, one.error)
    finally:
        store.sweep(outs)


def _divided(jobs: Sequence[Job], crew: Crew) -> tuple[Crew, tuple[str, ...]]:
    """No more workers than memory has room for, if the largest job came to all at once.

    On a cluster Ray finds room for that much memory.
    """
    count = max(1, len(jobs))
    if crew.cluster not in (None, PROCESSES, RAY):
        memory = max(map(_needed, jobs), default=0)
        return replace(crew, memory=memory, workers=min(crew.workers or count, count)), ()
    devices = {job.options.device: pick_device(job.options.device) for job in jobs}
    workers = min(crew.workers or 1, count)
    if workers == 1:
        return replace(crew, workers=workers), ()
    needed = max(_needed(job, devices[job.options.device]) for job in jobs)
    free = min(map(free_bytes, devices.values())) * RESERVE
    fits = max(1, min(workers, int(free // needed)))
    note = (
        f"{fits} of {workers} workers: each may need {needed / 1e9:.1f} GB "
        f"and {free / 1e9:.1f} GB are free"
    )
    return replace(crew, workers=fits), (note,) if fits < workers else ()


def _needed(job: Job, device: torch.device | None = None) -> float:
    """Bytes for a job, taken as a square, so that no picture need be read.

    Without a device it may be any, and the precision the largest.
    """
    options, precision = job.options, job.options.method.precision
    if precision == "auto":
        precision = pick_precision("auto", device) if device else "float32"
    return needed_bytes((options.size, options.size), precision, pieces_of(options.method))
