"""Workers of this process and of this machine."""

import multiprocessing
import signal
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from wasserstyle.batch.executor import DIED, Function, Make, Outcome, attempt

SECONDS_TO_END = 5.0
"""For a worker with nothing to do, before it is killed."""


class Serial:
    """One worker: this process."""

    count = 1

    def __init__(self, make: Make, threads: int | None) -> None:
        self._make, self._threads = make, threads
        self._function: Function | None = None
        self._given: tuple[int, Any] | None = None

    def free(self) -> bool:
        """See :class:`Workers`."""
        return self._given is None

    def start(self, number: int, item: Any) -> None:  # noqa: ANN401 - any item
        """It is worked on when its result is asked for."""
        self._given = (number, item)

    def finished(self) -> Sequence[Outcome]:
        """See :class:`Workers`."""
        if self._given is None:
            return []
        self._function = self._function or begin(self._make, self._threads)
        given, self._given = self._given, None
        return [attempt(self._function, *given)]

    def close(self) -> None:
        """Nothing is open."""


class Processes:
    """Processes of this machine, each begun when first needed, and anew when it has died.

    A process of its own for each worker, and not one pool: when a worker of
    ``ProcessPoolExecutor`` dies, all its items are lost and nobody knows whose fault it was.
    """

    def __init__(self, make: Make, count: int, threads: int) -> None:
        self.count = count
        self._begin = (make, threads)
        self._context = multiprocessing.get_context("spawn")
        self._idle: list[_Process] = []
        self._busy: dict[Connection, tuple[_Process, int]] = {}

    def free(self) -> bool:
        """See :class:`Workers`."""
        return len(self._busy) < self.count

    def start(self, number: int, item: Any) -> None:  # noqa: ANN401 - any item
        """See :class:`Workers`."""
        process = self._idle.pop() if self._idle else _Process(self._context, self._begin)
        self._busy[process.line] = (process, number)
        with suppress(OSError):  # if it has died, finished() finds out
            process.line.send((number, item))

    def finished(self) -> Sequence[Outcome]:
        """See :class:`Workers`."""
        return [self._hear(line) for line in wait(list(self._busy))]

    def close(self) -> None:
        """See :class:`Workers`."""
        for process, _ in self._busy.values():
            process.kill()
        for process in self._idle:
            process.end()
        self._busy, self._idle = {}, []

    def _hear(self, line: Any) -> Outcome:  # noqa: ANN401 - what wait() returns
        process, number = self._busy.pop(line)
        try:
            outcome: Outcome = process.line.recv()
        except (EOFError, OSError):
            process.kill()
            return Outcome(number, error=DIED)
        self._idle.append(process)
        return outcome


class _Process:
    """One worker, and the line to it."""

    def __init__(self, context: Any, begin: tuple[Make, int]) -> None:  # noqa: ANN401 - spawn's
        self.line, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, *begin), daemon=True)
        with _uninterrupted():
            self._process.start()
        theirs.close()  # so that its end shows here

    def end(self) -> None:
        """Let it go home."""
        self.line.close()
        self._process.join(SECONDS_TO_END)
        self.kill()

    def kill(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.join()
        self._process.close()
        self.line.close()


@contextmanager
def _uninterrupted() -> Generator[None]:
    """Processes begun meanwhile never see Ctrl-C: it is for this one to handle."""
    if not hasattr(signal, "pthread_sigmask"):  # not on Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(line: Connection, make: Make, threads: int) -> None:
    """What a worker does until nobody is at the other end of the line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    function = begin(make, threads)
    try:
        while True:
            line.send(attempt(function, *line.recv()))
    except (EOFError, OSError):
        return


def begin(make: Make, threads: int | None) -> Function:
    """Make a worker's function, in the worker; None: torch's threads are left as they are."""
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    return make()
