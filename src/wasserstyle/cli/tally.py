"""What a batch says: a line for each job and one for all, and a table of what did not work."""

import json as jsonlib
import signal
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, nullcontext, redirect_stdout
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from wasserstyle.batch import Ended, Outlook, paint_all
from wasserstyle.cli.options import INTERRUPTED
from wasserstyle.errors import BadJobs
from wasserstyle.runs.clock import clock

MOST_PROBLEMS = 50
"""Lines about a list in which something is wrong."""
WIDE = 200
"""Columns of the table where there is no terminal: whole lines to search in."""


class Tally:
    """Paints what is to be done, and counts.

    Args:
        outlook: What is to be done.
        quiet: Say nothing but what did not work.
        json: Records on stdout.
    """

    def __init__(self, outlook: Outlook, *, quiet: bool, json: bool) -> None:
        self._outlook, self._quiet, self._json = outlook, quiet, json
        self._console, self._data = Console(stderr=True, highlight=False), sys.stdout
        self._failed: list[Ended] = []
        self._painted, self._began = 0, time.monotonic()
        self._made: dict[str, int] = {}
        for note in outlook.notes:
            self._say(note)
        there, todo = len(outlook.done), len(outlook.todo)
        self._say(f"{todo} to paint, {there} done already")
        for job in outlook.done:
            self._record(out=job.out, status="done already")

    def paint(self) -> int:
        """Do it, and return the exit code."""
        code = 0
        ended = closing(paint_all(self._outlook))
        with redirect_stdout(sys.stderr), self._bar() as bar, ended as all_:  # Ray prints, too
            try:
                for one in all_:
                    self._take(one)
                    if bar is not None:
                        bar.update(bar.task_ids[0], advance=1, description=self._overall())
            except KeyboardInterrupt:
                code = INTERRUPTED
        if code:
            self._say("interrupted; the same command goes on")
        self._close()
        return code or (1 if self._failed else 0)

    def _bar(self) -> Any:  # noqa: ANN401 - a context of a bar, or of none
        if self._quiet or not self._console.is_terminal:
            return nullcontext()
        bar = Progress(TextColumn("{task.description}"), BarColumn(), console=self._console)
        bar.add_task("starting", total=len(self._outlook.todo))
        return bar

    def _take(self, one: Ended) -> None:
        """One job has ended."""
        out = one.job.out
        if one.painted is None:
            self._failed.append(one)
            self._record(out=out, status="failed", error=one.error, tries=one.tries)
            line = f"failed {out}: {one.error}"
        else:
            done = one.painted
            self._painted += 1
            self._made[done.worker] = max(self._made.get(done.worker, 0), done.stylizers)
            seconds = round(done.seconds, 3)
            record = {"status": "painted", "seconds": seconds, "worker": done.worker}
            self._record(out=out, tries=one.tries, notes=list(done.notes), **record)
            line = f"wrote {out} in {done.seconds:.1f} s"
            line += "".join(f"; note: {note}" for note in done.notes)
        if not self._console.is_terminal:
            line += f"  ({self._overall()})"
        self._say(line)

    def _overall(self) -> str:
        """All of it in a few words, with the time left at the pace so far."""
        ended, all_ = self._painted + len(self._failed), len(self._outlook.todo)
        left = (time.monotonic() - self._began) * (all_ - ended) / max(1, ended)
        return f"{ended}/{all_}, {clock(left)} left"

    def _close(self) -> None:
        """The sum, and the table."""
        seconds, sums = time.monotonic() - self._began, {"painted": self._painted}
        sums |= {"done already": len(self._outlook.done), "failed": len(self._failed)}
        workers = {"workers": len(self._made), "stylizers": sum(self._made.values())}
        self._record(status="sum", **sums, **workers, seconds=round(seconds, 3))
        words = ", ".join(f"{count} {name}" for name, count in sums.items())
        self._say(f"{words}; {seconds:.0f} s")
        if not self._failed:
            return
        table = Table("what did not work", "why", "tries", box=None, pad_edge=False)
        for one in self._failed:
            table.add_row(one.job.out, f"{one.job.row}: {one.error}", str(one.tries))
        width = None if self._console.is_terminal else WIDE
        Console(stderr=True, highlight=False, markup=False, width=width).print(table)

    def _say(self, line: str) -> None:
        if not self._quiet:
            self._console.print(line, markup=False, soft_wrap=True)

    def _record(self, **values: Any) -> None:  # noqa: ANN401 - anything JSON holds
        if self._json:
            print(jsonlib.dumps(values, sort_keys=True), file=self._data, flush=True)


def refuse(error: BadJobs) -> int:
    """Say all that is wrong with a list, a line for each, and return the exit code."""
    for problem in error.problems[:MOST_PROBLEMS]:
        print(f"wasserstyle: {' '.join(problem.split())}", file=sys.stderr)
    if len(error.problems) > MOST_PROBLEMS:
        print(f"wasserstyle: and {len(error.problems) - MOST_PROBLEMS} more", file=sys.stderr)
    return 2


@contextmanager
def stoppable() -> Generator[None]:
    """SIGTERM ends the run in order, as Ctrl-C does."""

    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
