"""One painting from request to file: what ``transfer`` and ``rerun`` share."""

import json as jsonlib
import os
import signal
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from wasserstyle import image as images
from wasserstyle.cli.options import INTERRUPTED
from wasserstyle.cli.progress import Progress
from wasserstyle.errors import Cancelled, CannotWrite
from wasserstyle.guidance import Guidance
from wasserstyle.image import Picture
from wasserstyle.method import NoMemo, check_value
from wasserstyle.optim import Snapshot, Step
from wasserstyle.runs import Result, Stylizer, checkpoint
from wasserstyle.runs.guides import Guides
from wasserstyle.runs.resources import peak_bytes
from wasserstyle.runs.stylizer import make_options

MOST_THREADS = 4 * (os.cpu_count() or 1)
"""More would only slow the run, or end the process."""
SNAPSHOT_SECONDS = 20.0
"""Between snapshots on disk: what a killed run loses at most."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What to paint."""

    content: Path
    styles: tuple[Path, ...]
    out: Path
    method: str
    preset: str
    settings: Mapping[str, Any]
    style_weights: Sequence[float] | None = None
    guides: Guides = field(default_factory=Guides)
    start: Path | None = None
    """A picture to paint on."""
    threads: int | None = None
    resume: bool = False
    keep: tuple[Path, ...] = ()
    """Other pictures that must not be replaced."""


@dataclass(frozen=True, kw_only=True)
class Show:
    """What to show meanwhile."""

    preview: Path | None = None
    every: int = 20
    quiet: bool = False
    json: bool = False


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A request in which nothing is wrong that shows before the work."""

    stylizer: Stylizer
    content: Picture
    guidance: Guidance
    start: Picture | None
    state: Path
    """Where an interrupted run is kept."""
    recipe: Mapping[str, Any]
    resume: Snapshot | None


def prepare(request: Request, show: Show) -> Prepared:
    """Read all, check all but memory, write nothing.

    Raises:
        StyleError: With what to mend.
    """
    if request.threads is not None:
        check_value("threads", request.threads, int, {"low": 1, "high": MOST_THREADS})
        torch.set_num_threads(request.threads)
    _check_outputs(request, show)
    options = make_options(request.method, request.preset, dict(request.settings))
    stylizer = Stylizer(
        request.styles, style_weights=request.style_weights, options=options, memo=NoMemo()
    )
    content = images.read(request.content)
    guidance = request.guides.read(content, stylizer.pictures)
    stylizer.method.check_guidance(guidance)
    start = None if request.start is None else images.read(request.start)
    state = checkpoint.path_for(request.out)
    recipe = stylizer.recipe(content, guidance=guidance, start=start)
    resume = checkpoint.load(state, recipe) if request.resume else None
    return Prepared(
        stylizer=stylizer,
        content=content,
        guidance=guidance,
        start=start,
        state=state,
        recipe=recipe,
        resume=resume,
    )


def paint(request: Request, show: Show) -> int:
    """Make the picture, write it, say so, and return the exit code.

    Raises:
        StyleError: Nothing was written but previews.
    """
    run = prepare(request, show)
    with Progress.open(quiet=show.quiet) as progress, _interruptible() as interrupt:
        if run.stylizer.weights.family != "original":
            progress.say("weights from a file: results differ from those of the bundled ones")
        for note in run.guidance.notes:
            progress.say(f"note: {note}")
        watch = _Watch(
            show=show,
            state=run.state,
            recipe=run.recipe,
            progress=progress,
            interrupt=interrupt,
        )
        result = run.stylizer.stylize(
            run.content,
            guidance=run.guidance,
            start=run.start,
            observe=watch,
            resume=run.resume,
        )
        result.save(request.out)
        _close(request.out, run.state, result, progress=progress, show=show)
    return 0 if result.finished else INTERRUPTED


def _check_outputs(request: Request, show: Show) -> None:
    """Raise unless what will be written can be, and is none of the pictures read."""
    read = [request.content, *request.styles, *request.keep, *request.guides.pictures]
    taken = {path.resolve() for path in (*read, request.start or request.content)}
    for path in filter(None, (request.out, show.preview)):
        images.check_writable(path)
        if path.resolve() in taken:
            raise CannotWrite(f"{path}: would replace a picture in use; choose another name")
        taken.add(path.resolve())


def _close(out: Path, state: Path, result: Result, *, progress: Progress, show: Show) -> None:
    """Say how it ended; a finished run needs its state no more."""
    if result.finished:
        state.unlink(missing_ok=True)
        progress.say(f"wrote {out} in {result.seconds:.0f} s")
    else:
        progress.say(f"interrupted: wrote the picture so far to {out}; --resume goes on")
    if show.json:
        record = {"out": str(out), "finished": result.finished, "recipe": result.recipe}
        record |= {"seconds": round(result.seconds, 3), "height": result.image.shape[2]}
        record |= {"width": result.image.shape[3], "terms": progress.terms}
        record["peak_bytes"] = peak_bytes()
        print(jsonlib.dumps(record, sort_keys=True))


@dataclass(kw_only=True)
class _Watch:
    """The observer of a run: progress, previews, snapshots, interruption."""

    show: Show
    state: Path
    recipe: Mapping[str, Any]
    progress: Progress
    interrupt: list[int]
    saved: float = field(default_factory=time.monotonic)

    def __call__(self, step: Step) -> None:
        self.progress.update(step)
        if self.show.preview and step.iteration % self.show.every == 0:
            images.write(step.image().clamp(0, 1).float().cpu(), self.show.preview)
        if self.interrupt or time.monotonic() - self.saved > SNAPSHOT_SECONDS:
            self._keep(step)
        if self.interrupt:
            raise Cancelled

    def _keep(self, step: Step) -> None:
        """Keep the run's state; a full disk is no reason to lose the picture."""
        self.saved = time.monotonic()
        try:
            checkpoint.save(self.state, step.snapshot(), self.recipe)
        except CannotWrite as error:
            self.progress.say(f"warning: {error}; --resume will not work")


@contextmanager
def _interruptible() -> Generator[list[int]]:
    """The first Ctrl-C ends the run in order, the second at once."""
    caught: list[int] = []

    def note(number: int, _: object) -> None:
        caught.append(number)
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield caught
    finally:
        signal.signal(signal.SIGINT, previous)
