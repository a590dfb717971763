"""Progress on stderr: a live bar on a terminal, plain lines elsewhere, nothing when quiet."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from wasserstyle.optim import Step

LINE_SECONDS = 5.0
"""Between plain lines."""


class Progress:
    """Shows nothing; the base of the two that do."""

    def __init__(self) -> None:
        self.terms: dict[str, float] = {}
        self._begin: tuple[float, float] | None = None

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
        now = time.monotonic()
        if self._begin is None:
            self._begin = now, step.fraction
            return float("nan")
        began, done = self._begin
        return (now - began) * (1 - step.fraction) / max(step.fraction - done, 1e-9)

    def _describe(self, step: Step) -> str:
        left = self.seconds_left(step)
        time_left = "" if left != left else f"  {int(left // 60)}:{int(left % 60):02d} left"
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
        self._bar.update(self._task, completed=step.fraction, description=self._describe(step))


class _Lines(Progress):
    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console, self._last = console, 0.0

    def say(self, message: str) -> None:
        self._console.print(message, markup=False, soft_wrap=True)

    def update(self, step: Step) -> None:
        super().update(step)
        text = self._describe(step)
        due = time.monotonic() - self._last > LINE_SECONDS
        if due or step.iteration == step.iterations:
            self.say(f"{step.fraction:4.0%}  {text}")
            self._last = time.monotonic()
