"""Items to workers and results back: retries, back-pressure, order. Knows no process."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from wasserstyle.errors import BadSetting, StyleError

Function = Callable[[Any], Any]
Make = Callable[[], Function]
"""Called once in each worker: what the function it returns keeps, stays there."""

DIED = "its worker died; perhaps it took too much memory, or was ended from outside"


@dataclass(frozen=True, kw_only=True)
class Crew:
    """How many workers, and where.

    Raises:
        BadSetting: A number that cannot be.
    """

    workers: int | None = None
    """None: one here; on a cluster as many as it has room for."""
    cluster: str | None = None
    """``processes`` or ``local`` (Ray) for this machine, else the address of a Ray cluster;
    None: this machine, on Ray where it is installed."""
    threads: int | None = None
    """Processor threads of each worker; None: all cores divided, on a cluster one."""
    gpus: float | None = None
    """GPUs of each worker, or a share of one; None: one if the cluster has any."""
    memory: float = 0
    """Bytes that a worker needs, for Ray to find room."""
    retries: int = 1
    """How often an item is tried again."""

    def __post_init__(self) -> None:
        limits = {"workers": (1, 100_000), "threads": (1, 1024), "gpus": (0, 64)}
        for name, (low, high) in {**limits, "retries": (0, 100)}.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise BadSetting(f"{name} = {value}; must be between {low} and {high}")

    @property
    def here(self) -> bool:
        """Whether it is this process."""
        return self.cluster is None and self.workers in {None, 1}

    @property
    def threads_of_each(self) -> int:
        """Of a worker on this machine."""
        return self.threads or max(1, cores() // (self.workers or 1))


def cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on every system
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Outcome:
    """What came of one try."""

    number: int
    """Of the item, from 0."""
    value: Any = None
    error: str | None = None
    """Why there is no value, in one line."""


@dataclass(frozen=True)
class Done:
    """What came of an item in the end."""

    number: int
    """In the order of the items, from 0."""
    item: Any
    value: Any
    error: str | None
    """Why there is no value, in one line; of the last try."""
    tries: int


@runtime_checkable
class Workers(Protocol):
    """Some workers, each with one item at a time."""

    count: int

    def free(self) -> bool:
        """Whether one waits for an item."""
        ...

    def start(self, number: int, item: Any) -> None:  # noqa: ANN401 - any item
        """Give an item to one that is free."""
        ...

    def finished(self) -> Sequence[Outcome]:
        """Wait until something has changed; what has ended since, if anything."""
        ...

    def close(self) -> None:
        """End them all, at once."""
        ...


def attempt(function: Function, number: int, item: Any) -> Outcome:  # noqa: ANN401 - any item
    """Try an item, in a worker: an exception is a result, too."""
    try:
        return Outcome(number, function(item))
    except StyleError as error:
        return Outcome(number, error=str(error))
    except Exception as error:  # noqa: BLE001 - of any function; it ends its item, not the rest
        return Outcome(number, error=f"{type(error).__name__}: {error}")


def results(
    workers: Workers, items: Iterable[Any], *, retries: int = 1, ahead: int | None = None
) -> Iterator[Done]:
    """Give all items to workers, and yield what comes of them as it comes.

    Items are drawn from the iterable only when a worker is free. What failed is tried again
    before anything new is begun.

    Args:
        workers: Open; they stay open.
        items: Whatever the function of the workers takes.
        retries: How often an item is tried again.
        ahead: No item is begun that is so many after the first that is not done yet;
            None: no limit.
    """
    course = _Course(iter(items), retries, ahead)
    while True:
        course.fill(workers)
        if course.ended:
            return
        ended = [done for outcome in workers.finished() if (done := course.note(outcome))]
        course.fill(workers)  # workers work while the caller does
        yield from ended


def in_order(done: Iterable[Done]) -> Iterator[Done]:
    """The same by their numbers; what comes early is kept."""
    kept: dict[int, Done] = {}
    following = 0
    for one in done:
        kept[one.number] = one
        while following in kept:
            yield kept.pop(following)
            following += 1


class _Course:
    """Where the items are."""

    def __init__(self, items: Iterator[Any], retries: int, ahead: int | None) -> None:
        self._items, self._retries, self._ahead = enumerate(items), retries, ahead
        self._newest = -1
        self._again: deque[int] = deque()
        self._tries: dict[int, int] = {}
        self.open: dict[int, Any] = {}
        """Items that are not done, by number; the first is the earliest."""
        self._drawn = False

    @property
    def ended(self) -> bool:
        """Whether all items are done."""
        return self._drawn and not self.open

    def fill(self, workers: Workers) -> None:
        """Give every free worker an item, as long as there are some."""
        while workers.free():
            number = self._again.popleft() if self._again else self._draw()
            if number is None:
                return
            self._tries[number] += 1
            workers.start(number, self.open[number])

    def note(self, outcome: Outcome) -> Done | None:
        """Take in a try; None: there will be another."""
        number = outcome.number
        if outcome.error is not None and self._tries[number] <= self._retries:
            self._again.append(number)
            return None
        item, tries = self.open.pop(number), self._tries.pop(number)
        return Done(number, item, outcome.value, outcome.error, tries)

    def _draw(self) -> int | None:
        """A new item; None: there is none, or it is too early for it."""
        first = next(iter(self.open), self._newest + 1)
        if self._ahead is not None and self._newest + 1 >= first + self._ahead:
            return None
        number, item = next(self._items, (None, None))
        if number is None:
            self._drawn = True
        else:
            self._newest, self.open[number], self._tries[number] = number, item, 0
        return number
