"""The process that paints: ``python -m wasserstyle.web.worker PROJECT``.

In:  one line of JSON for each job, a `Task`; ``{"stop": id}``. The end of it means that the
     studio is gone: the state of the run is kept and the process ends.
Out: one line of JSON for each event: ``{"kind": "progress", "id": ..., "progress": {...}}``,
     ``preview``, ``done`` and ``stopped`` with ``result``, ``failed`` with ``error``.
"""

import json
import math
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from io import FileIO
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from wasserstyle import image as images
from wasserstyle.errors import BadRecipe, Cancelled, CannotWrite, StyleError
from wasserstyle.image import Picture
from wasserstyle.method import NoMemo
from wasserstyle.optim import Snapshot, Step
from wasserstyle.runs import Result, Stylizer, checkpoint
from wasserstyle.runs.estimate import DEEPEST
from wasserstyle.types import Image
from wasserstyle.web.orders import Source, Task, read_guided
from wasserstyle.web.project import hold

PROGRESS_SECONDS, PREVIEW_SECONDS, SNAPSHOT_SECONDS = 0.2, 0.5, 10.0
"""At least between two of each; the last is what a killed run loses at most."""
PREVIEW_SIDE = 1024
PREVIEW_QUALITY = 85
GRACE_SECONDS = 10.0
"""After the end of the studio: what an update may still take."""
LOCK_SECONDS = 30.0
"""How long the worker of a studio that was killed may keep its successor waiting."""


class Inbox:
    """What the studio says, read in a thread of its own so that a stop is heard in time."""

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._stops: set[str] = set()
        self.closed = False
        """Whether the studio is gone."""

    def read(self, lines: Iterable[str]) -> None:
        """Take in all that comes; after the end of it the process has little time left."""
        for line in lines:
            message = json.loads(line)
            if "stop" in message:
                self._stops.add(message["stop"])
            else:
                task = Task.model_validate_json(line)
                self._stops.discard(task.id)
                self._tasks.put(task)
        self.closed = True
        self._tasks.put(None)
        time.sleep(GRACE_SECONDS)
        os._exit(1)

    def next(self) -> Task | None:
        """Wait for the next task; None: there will be no more."""
        return self._tasks.get()

    def wants_stop(self, task: Task) -> bool:
        """Whether a task shall end with the picture so far."""
        return task.id in self._stops


@dataclass(kw_only=True)
class Outbox:
    """Tells the studio about one job."""

    write: Callable[[bytes], int | None]
    id: str

    def say(self, kind: str, **rest: Any) -> None:  # noqa: ANN401 - any JSON
        """Send one event; that nobody listens any more shows at the other end."""
        with suppress(OSError):
            self.write(f"{json.dumps({'kind': kind, 'id': self.id} | rest)}\n".encode())


def main(project: Path) -> None:
    """Paint for the studio that has started this process, until it ends.

    Raises:
        CannotWrite: Another worker is still busy in the project.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the studio
    inbox = Inbox()
    threading.Thread(target=inbox.read, args=(sys.stdin,), daemon=True).start()
    os.chdir(project)
    with _private_stdout() as stream, closing(hold(Path("worker.sqlite"), LOCK_SECONDS)):
        _warm_up()
        while (task := inbox.next()) is not None:
            work(task, inbox, Outbox(write=stream.write, id=task.id))
            torch.cuda.empty_cache()


def _warm_up() -> None:
    """Do what is slow only the first time, so that the first job need not wait for it."""
    stylizer = Stylizer(torch.full((1, 3, 16, 16), 0.5))
    image = torch.zeros(1, 3, 16, 16, device=stylizer.device, requires_grad=True)
    deepest = stylizer.features(image, {DEEPEST})[DEEPEST]
    deepest.float().sum().backward()


def _private_stdout() -> FileIO:
    """Standard output for events only; what libraries print goes to standard error.

    Without a buffer: nothing is left to write when nobody listens any more.
    """
    stream = FileIO(os.dup(1), "w")
    os.dup2(2, 1)
    return stream


def work(task: Task, inbox: Inbox, outbox: Outbox) -> None:
    """Paint one job; whatever goes wrong ends the job, not the process."""
    try:
        result = paint(task, inbox, outbox)
        height, width = result.image.shape[2:]
        about = {"width": width, "height": height, "seconds": round(result.seconds, 3)}
        kind = "done" if result.finished else "stopped"
        outbox.say(kind, result=about | {"recipe": result.recipe})
    except StyleError as error:
        outbox.say("failed", error=str(error))
    except Exception as error:  # noqa: BLE001 - the next job may be a better one
        traceback.print_exc()
        what = f"{type(error).__name__}: {error}"
        outbox.say("failed", error=f"a fault in the program ({what}); see worker.log")


def paint(task: Task, inbox: Inbox, outbox: Outbox) -> Result:
    """Paint one job and keep its picture.

    Raises:
        StyleError: In the words of the package.
    """
    content = _read(task.content)
    stylizer = Stylizer(
        [_read(style) for style in task.styles],
        style_weights=[style.weight for style in task.styles],
        options=task.options(),
        memo=NoMemo(),
    )
    guidance = read_guided(Path(), task)
    start = None if task.start is None else images.read(task.start)
    folder = Path("jobs", task.id)
    watch = Watch(
        stopped=partial(inbox.wants_stop, task),
        inbox=inbox,
        outbox=outbox,
        folder=folder,
        alpha=content.alpha,
        recipe=stylizer.recipe(content, guidance=guidance, start=start),
    )
    result = stylizer.stylize(
        content, guidance=guidance, start=start, observe=watch, resume=watch.resume()
    )
    result.save(folder / "result.tif")  # 16 bits
    result.save(folder / "result.png")  # 8 bits, to the byte what the command line writes
    watch.show(result.image)
    return result


@dataclass(kw_only=True)
class Watch:
    """The observer of a job: progress, previews, snapshots, and the end of it."""

    stopped: Callable[[], bool]
    inbox: Inbox
    outbox: Outbox
    folder: Path
    alpha: Tensor | None
    """Opacity of the content."""
    recipe: Mapping[str, Any]
    told: float = -math.inf
    shown: float = -math.inf
    saved: float = field(default_factory=time.monotonic)
    begin: tuple[float, float] | None = None
    """Time and fraction of the first update seen."""

    def __call__(self, step: Step) -> None:
        """Look at an update.

        Raises:
            Cancelled: The job shall end with the picture so far.
            SystemExit: The studio is gone.
        """
        now, closed = time.monotonic(), self.inbox.closed  # asked once: it may change meanwhile
        last = closed or self.stopped()
        self.begin = self.begin or (now, step.fraction)
        if now - self.told >= PROGRESS_SECONDS or step.fraction == 1 or last:
            self.told = now
            self.outbox.say("progress", progress=self._progress(step, now - self.begin[0]))
        if now - self.shown >= PREVIEW_SECONDS:
            self.shown = now
            self.show(step.image().clamp(0, 1).float().cpu())
        if now - self.saved >= SNAPSHOT_SECONDS or last:
            self.saved = now
            self._keep(step)
        if closed:
            raise SystemExit
        if last:
            raise Cancelled

    def resume(self) -> Snapshot | None:
        """Where the run goes on; None: anew, for there is no state or none that fits."""
        if not self._state.exists():
            return None
        try:
            return checkpoint.load(self._state, self.recipe)
        except BadRecipe as error:
            _note(error)
            return None

    def show(self, image: Image) -> None:
        """Write the preview; a full disk is no reason to lose the picture."""
        if max(image.shape[2:]) > PREVIEW_SIDE:
            image = images.to_long_side(image, PREVIEW_SIDE)
        height, width = image.shape[2:]
        alpha = None if self.alpha is None else images.resize(self.alpha, height, width)
        path = self.folder / "preview.jpg"
        try:
            images.write(image, path, alpha=alpha, quality=PREVIEW_QUALITY)
        except CannotWrite as error:
            _note(error)
        else:
            self.outbox.say("preview")

    @property
    def _state(self) -> Path:
        return self.folder / "state.resume"

    def _keep(self, step: Step) -> None:
        """Keep the run's state; a full disk is no reason to lose the picture."""
        try:
            checkpoint.save(self._state, step.snapshot(), self.recipe)
        except CannotWrite as error:
            _note(error)

    def _progress(self, step: Step, seconds: float) -> dict[str, Any]:
        """What the page shows of an update, ``seconds`` after the first one seen."""
        done = step.fraction - (self.begin or (0.0, 0.0))[1]
        return {
            "stage": step.stage + 1,
            "stages": step.stages,
            "size": step.size,
            "iteration": step.iteration,
            "iterations": step.iterations,
            "fraction": step.fraction,
            "objective": _finite(float(step.total)),
            "seconds_left": seconds * (1 - step.fraction) / done if done else None,
        }


def _note(error: StyleError) -> None:
    """A line for the log."""
    sys.stderr.write(f"{error}\n")


def _finite(number: float) -> float | None:
    """A number that JSON has a form for."""
    return number if math.isfinite(number) else None


def _read(source: Source) -> Picture:
    """A picture of the project under the name that the user knows."""
    return replace(images.read(source.path), name=source.name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
