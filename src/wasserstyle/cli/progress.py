"""Progress on stderr: a live bar on a terminal, plain lines elsewhere, nothing when quiet."""

import math
import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from wasserstyle.cli.counting import LINE_SECONDS
from wasserstyle.optim import Step
from wasserstyle.runs.clock import clock

LIVE_SECONDS = 0.1
"""Between updates of the bar."""


class Progress:
    """Shows nothing; the base of the two that do."""

    def __init__(self) -> None:
        self.terms: dict[str, float] = {}
        self._begin: tuple[float, float] | None = None
        self._shown = 0.0

    @staticmethod
    @contextmanager
    def open(*, quiet: bool) -> Generator["Progress"]:
        """Choose by the terminal."""
        console = Console(stderr=True, highlight=False)
        if quiet:
            yield Progress()
        elif console.is_terminal:
            with Bar(TextColumn("{task.description}"), BarColumn(), console=console) as bar:
                yield _Live(bar)
        else:
            yield _Lines(console)

    def say(self, message: str) -> None:
        """One line for the user."""

    def update(self, step: Step) -> None:
        """Take note of an update."""
        if step.fraction == 1:
            self.terms = {name: float(value) for name, value in step.terms.items()}
            self.terms["objective"] = float(step.total)

    def seconds_left(self, step: Step) -> float:
        """From the pace since the first update seen."""
        began, done = self._begin or (time.monotonic(), step.fraction)
        if step.fraction == done:
            return math.nan
        return (time.monotonic() - began) * (1 - step.fraction) / (step.fraction - done)

    def _due(self, step: Step, seconds: float) -> bool:
        """Whether to show a step: at the end of a scale, or when that was not done for long."""
        self._begin = self._begin or (time.monotonic(), step.fraction)
        if step.iteration < step.iterations and time.monotonic() - self._shown < seconds:
            return False
        self._shown = time.monotonic()
        return True

    def _describe(self, step: Step) -> str:
        left = self.seconds_left(step)
        time_left = "" if math.isnan(left) else f"  {clock(left)} left"
        return (
            f"scale {step.stage + 1}/{step.stages} ({step.size} px)  "
            f"step {step.iteration}/{step.iterations}  "
            f"objective {float(step.total):.4f}{time_left}"
        )


class _Live(Progress):
    def __init__(self, bar: Bar) -> None:
        super().__init__()
        self._bar, self._task = bar, bar.add_task("starting", total=1.0)

    def say(self, message: str) -> None:
        self._bar.console.print(message, markup=False)

    def update(self, step: Step) -> None:
        super().update(step)
        if self._due(step, LIVE_SECONDS):
            text = self._describe(step)
            self._bar.update(self._task, completed=step.fraction, description=text)


class _Lines(Progress):
    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def say(self, message: str) -> None:
        self._console.print(message, markup=False, soft_wrap=True)

    def update(self, step: Step) -> None:
        super().update(step)
        if self._due(step, LINE_SECONDS):
            self.say(f"{step.fraction:4.0%}  {self._describe(step)}")
