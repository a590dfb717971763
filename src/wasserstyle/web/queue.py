"""Jobs in order, and the one process that paints them."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from wasserstyle.errors import StyleError
from wasserstyle.serving import Refused
from wasserstyle.web.orders import task_of_job
from wasserstyle.web.project import Job, Project

CURVE_POINTS = 400
"""At most so many are kept of a job's objective."""
CLOSE_SECONDS = 15.0
"""How long the worker may take to keep its state when the studio ends."""

Message = dict[str, Any]


class Painter:
    """A worker process: tasks and stops go in, messages come out, in a thread of their own."""

    def __init__(self, folder: Path) -> None:
        with (folder / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "wasserstyle.web.worker", str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
            )
        self._in: IO[str] = self._process.stdin  # pyright: ignore[reportAttributeAccessIssue]
        self._out: IO[str] = self._process.stdout  # pyright: ignore[reportAttributeAccessIssue]

    @property
    def how_it_ended(self) -> str:
        """In words, once it has."""
        code = self._process.wait()
        return f"killed by signal {-code}" if code < 0 else f"exit code {code}"

    def listen(
        self, hear: Callable[["Painter", Message], None], ended: Callable[["Painter"], None]
    ) -> None:
        """Call ``hear`` for every message, and ``ended`` once when the process is gone."""

        def run() -> None:
            try:
                for line in self._out:
                    hear(self, json.loads(line))
            finally:
                self.kill()
                self._out.close()
                ended(self)

        self._listener = threading.Thread(target=run, name="painter", daemon=True)
        self._listener.start()

    def send(self, text: str) -> None:
        """Send one line; a process that is gone is noticed where its messages end."""
        with suppress(OSError):
            self._in.write(f"{text}\n")
            self._in.flush()

    def kill(self) -> None:
        """End the process at once; its memory is free when this returns."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Let the process keep its state and end, or kill it; hear its last words."""
        with suppress(OSError):
            self._in.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(CLOSE_SECONDS)
        self.kill()
        self._listener.join()


class Queue:
    """Gives jobs to the worker one by one and writes down what it says.

    Args:
        project: Where the jobs are.
        changed: Called with a job's id after every change.
    """

    def __init__(self, project: Project, changed: Callable[[str], None]) -> None:
        self._project, self._changed = project, changed
        self._lock = threading.RLock()
        self._painter: Painter | None = None
        self._current: str | None = None
        """The job that the painter has."""
        self._closing = False

    def __enter__(self) -> "Queue":
        """Begin: with interrupted jobs first, and a worker ready for the next one."""
        with self._lock:
            self._project.queue_interrupted()
            self._ready()
            self._feed()
        return self

    def __exit__(self, *_: object) -> None:
        """End: the running job keeps its state and goes on at the next start."""
        with self._lock:
            self._closing = True
            painter = self._painter
        if painter:
            painter.close()

    def feed(self) -> None:
        """Take notice of jobs that were put into the project."""
        with self._lock:
            self._feed()

    def stop(self, job: Job) -> None:
        """End a running job with the picture so far; asking again changes nothing.

        Raises:
            Refused: It is not running and has no picture.
        """
        with self._lock:
            self._require(job, "running", "stopped", "done")
            if self._painter and self._current == job.id:
                self._painter.send(json.dumps({"stop": job.id}))

    def cancel(self, job: Job) -> None:
        """Drop a job; if it runs, the worker is ended with all its memory.

        Raises:
            Refused: It is neither queued nor running.
        """
        with self._lock:
            self._require(job, "queued", "running")
            if self._current == job.id and self._painter:
                self._painter.kill()
                self._painter = None
            self._close(job, status="cancelled", progress=None)
            self._ready()

    def resume(self, job: Job) -> None:
        """Let a stopped or failed job go on where it was.

        Raises:
            Refused: It is neither.
        """
        with self._lock:
            self._require(job, "stopped", "failed")
            self._change(job, status="queued", result=None, error=None)
            self._feed()

    def remove(self, job: Job) -> None:
        """Forget a job.

        Raises:
            Refused: It is running.
        """
        with self._lock:
            self._require(job, "queued", "stopped", "done", "failed", "cancelled")
            self._project.remove_job(job)

    def _require(self, job: Job, *statuses: str) -> None:
        now = self._project.job(job.id)
        status = now.status if now else "deleted"
        if status not in statuses:
            allowed = ", ".join(statuses)
            raise Refused(
                409, f"job {job.number} is {status}; this needs one that is {allowed}"
            )

    # ---------------------------------------------------------------- jobs to the worker

    def _ready(self) -> Painter:
        """The worker, started if there is none."""
        if self._painter is None:
            self._painter = Painter(self._project.folder)
            self._painter.listen(self._hear, self._ended)
        return self._painter

    def _feed(self) -> None:
        """Give the next job to the worker, unless it has one."""
        while self._current is None and not self._closing:
            job = self._project.next_job()
            if job is None:
                return
            try:
                task = task_of_job(self._project, job)
            except StyleError as error:  # an input was deleted by hand
                self._change(job, status="failed", error=str(error))
                continue
            self._current = job.id
            self._change(job, status="running")
            self._ready().send(task.model_dump_json())

    # ---------------------------------------------------------------- words of the worker

    def _hear(self, painter: Painter, message: Message) -> None:
        """Write down what the worker says of its job."""
        with self._lock:
            job = self._project.job(message["id"])
            if painter is not self._painter or job is None or job.id != self._current:
                return
            kind = message["kind"]
            if kind == "progress":
                progress = message["progress"]
                self._change(job, progress=progress, curve=_longer(job.curve, progress))
            elif kind == "preview":
                self._change(job, version=job.version + 1)
            elif kind == "failed":
                self._close(job, status="failed", error=message["error"])
            else:
                self._close(job, status=kind, result=message["result"])

    def _ended(self, painter: Painter) -> None:
        """A worker that nobody ended takes its job with it, and no other."""
        with self._lock:
            if painter is not self._painter or self._closing:
                return
            self._painter = None
            job = None if self._current is None else self._project.job(self._current)
            if job is None:
                return  # the next job starts another one
            how = painter.how_it_ended
            error = f"the painting process ended ({how}); resume, or try a smaller size"
            self._close(job, status="failed", error=error)
            self._ready()

    def _close(self, job: Job, **columns: Any) -> None:  # noqa: ANN401 - any column
        """Write down how a job ended, and go on with the next."""
        self._change(job, **columns)
        if columns["status"] in ("done", "cancelled"):
            (self._project.folder / job.folder / "state.resume").unlink(missing_ok=True)
        if self._current == job.id:
            self._current = None
        self._feed()

    def _change(self, job: Job, **columns: Any) -> None:  # noqa: ANN401 - any column
        self._project.change_job(job.id, **columns)
        self._changed(job.id)


def _longer(curve: list[list[float]], progress: Message) -> list[list[float]]:
    """The curve with one more point; a run that went back a little draws anew from there."""
    point = [progress["fraction"], progress["objective"]]
    if point[1] is None:  # not finite
        return curve
    before = [known for known in curve if known[0] < point[0]]
    return [*(before[::2] if len(before) >= CURVE_POINTS else before), point]
