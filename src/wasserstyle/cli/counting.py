"""Progress of what is counted: steps of a training, frames of a video. On stderr."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from wasserstyle.runs.clock import clock

LINE_SECONDS = 5.0
"""Between plain lines where there is no terminal."""


class Counter:
    """Shows nothing; the base of the two that do."""

    def say(self, words: str) -> None:
        """Something is done before the first of them; so far how."""

    def update(self, done: int, words: str) -> None:
        """So many are done; and what there is to say."""


@contextmanager
def counting(total: int, *, quiet: bool) -> Generator[Counter]:
    """Count to ``total``: a bar on a terminal, lines elsewhere, nothing when quiet.

    What was done before the first update does not count for the time left.
    """
    console = Console(stderr=True, highlight=False)
    if quiet:
        yield Counter()
    elif console.is_terminal:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bar:
            yield _Bar(bar, total)
    else:
        yield _Lines(console, total)


class _Bar(Counter):
    def __init__(self, bar: Progress, total: int) -> None:
        self._bar, self._total = bar, total
        self._task = bar.add_task("starting", total=total)

    def say(self, words: str) -> None:
        self._bar.update(self._task, description=words)

    def update(self, done: int, words: str) -> None:
        text = f"{done}/{self._total}  {words}"
        self._bar.update(self._task, completed=done, description=text)


class _Lines(Counter):
    def __init__(self, console: Console, total: int) -> None:
        self._console, self._total = console, total
        self._first: tuple[float, int] | None = None
        self._said = time.monotonic()

    def say(self, words: str) -> None:
        if time.monotonic() - self._said >= LINE_SECONDS:
            self._said = time.monotonic()
            self._console.print(words, markup=False, soft_wrap=True)

    def update(self, done: int, words: str) -> None:
        now = time.monotonic()
        began, begun = self._first = self._first or (now, done)
        if done < self._total and now - self._said < LINE_SECONDS:
            return
        self._said = now
        left = (now - began) * (self._total - done) / max(1, done - begun)
        self._console.print(
            f"{done / self._total:4.0%}  {done}/{self._total}  {words}  {clock(left)} left",
            markup=False,
            soft_wrap=True,
        )
