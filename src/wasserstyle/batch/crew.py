"""From what is asked for to workers: this process, processes, or Ray."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from typing import TypeVar

from wasserstyle.batch.executor import Crew, Done, Function, Make, Workers, results
from wasserstyle.batch.local import Processes, Serial

PROCESSES, RAY = "processes", "local"
T = TypeVar("T")


@contextmanager
def opened(make: Make, crew: Crew) -> Generator[Workers]:
    """Workers for as long as they are needed; what they are doing then, they do not end.

    Args:
        make: Called once in each worker; its result takes items. Both must be importable in
            another process.
        crew: How many, and where.

    Raises:
        BadSetting: No Ray, no cluster, or not enough of it.
    """
    workers = _open(make, crew)
    try:
        yield workers
    finally:
        workers.close()


def map(
    function: Function,
    items: Iterable[T],
    *,
    workers: int | None = None,
    cluster: str | None = None,
    threads: int | None = None,
    gpus: float | None = None,
    retries: int = 1,
) -> Generator[Done]:
    """Call a function with every item, on this machine or on a cluster.

    Exceptions and the death of a worker are tried again; what fails in the end is yielded with
    ``error`` set and does not end the rest. On several workers the function, items and results
    are pickled: the function is one of a module, and a script that calls this has
    ``if __name__ == "__main__"``.

    Args:
        function: Of one item.
        items: Drawn only when a worker is free.
        workers: How many; see :class:`Crew` for this and the rest.
        cluster: Where.
        threads: Processor threads of each.
        gpus: GPUs of each, or a share of one.
        retries: How often an item is tried again.

    Yields:
        What came of each item, as it comes; ``number`` says which it was.

    Raises:
        BadSetting: No Ray, no cluster, or not enough of it.
    """
    crew = Crew(workers=workers, cluster=cluster, threads=threads, gpus=gpus, retries=retries)
    with opened(partial(_same, function), crew) as open_workers:
        yield from results(open_workers, items, retries=retries)


def _same(function: Function) -> Function:
    """A function that keeps nothing is its own maker."""
    return function


def _open(make: Make, crew: Crew) -> Workers:
    if crew.here:
        return Serial(make, crew.threads)
    where = crew.cluster or (RAY if find_spec("ray") else PROCESSES)
    if where == PROCESSES:
        return Processes(make, crew.workers or 1, crew.threads_of_each)
    from wasserstyle.batch.on_ray import Actors  # Ray is an extra

    return Actors(make, replace(crew, cluster=where))
