"""What do workers cost and save: from one worker to two, and what a job costs beside its work.

    python benchmarks/batch.py [--out benchmarks/results/batch.json]

Each kind of worker, one and two of them, in alternating rounds; a worker has one thread. The
pace is counted from when every worker has answered once to the last result: starting counts
apart. Efficiency is half the ratio of the two paces, of jobs that paint and of jobs that only
wait: where other programs want the cores, painting shows that, and waiting shows what the
machinery alone loses. Overhead is the time of a job that does nothing. The load is kept.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from wasserstyle import batch
from wasserstyle.batch.done import Looker
from wasserstyle.batch.executor import Function, Make
from wasserstyle.batch.jobs import Job
from wasserstyle.batch.rows import Row
from wasserstyle.batch.worker import Painter

ROOT = Path(__file__).parent.parent

KINDS = ("processes", "local")
METHOD, SIZE, JOBS, ROUNDS = "adain", 256, 16, 3
WAIT, WAITS = 0.05, 60
EMPTY, ROWS = 300, 5000
"""Jobs that do nothing, and rows that are only read."""


def nothing(_: int) -> tuple[str, float]:
    """A job without work, on one worker."""
    return "", 0.0


def waiting(_: int) -> tuple[str, float]:
    """A job that needs no processor."""
    time.sleep(WAIT)
    return str(os.getpid()), 0.0


class Timed(Painter):
    """A worker that says what its processor did."""

    def __call__(self, job: Job) -> tuple[str, float]:
        """See :class:`Painter`."""
        began = time.process_time()
        painted = super().__call__(job)
        return painted.worker, time.process_time() - began


def make(function: Function) -> Function:
    """A function that keeps nothing, made in the worker."""
    return function


def listed(folder: Path, count: int) -> list[Job]:
    """One content painted again and again in one style."""
    content, style = ROOT / "examples/content/cat.jpg", ROOT / "examples/style/swirls.jpg"
    row = Row("benchmark", {"content": str(content), "style": [str(style)]})
    defaults = {"method": METHOD, "size": SIZE, "out": str(folder / "{index}.png")}
    return batch.read_jobs([row] * count, defaults)


def course(kind: str, workers: int, maker: Make, items: Sequence[Any]) -> dict[str, float]:
    """Seconds until every worker has answered, and of each item after that."""
    crew = batch.Crew(workers=workers, cluster=kind, threads=1)
    began, seen, times, busy = time.perf_counter(), set(), [], []
    with batch.opened(maker, crew) as open_workers:
        for done in batch.results(open_workers, items):
            if done.error:
                sys.exit(done.error)
            worker, seconds = done.value
            seen.add(worker)
            if len(seen) == workers:
                times.append(time.perf_counter())
                busy.append(seconds)
    pace = (times[-1] - times[0]) / (len(times) - 1)
    return {"start": times[0] - began, "item": pace, "processor": median(busy)}


def scaling(kind: str, maker: Make, items: Sequence[Any]) -> dict[str, Any]:
    """Rounds of one worker and two."""
    rounds: list[dict[str, float]] = []
    for _ in range(ROUNDS):
        one, two = (course(kind, n, maker, items) for n in (1, 2))
        rounds.append(
            {
                "seconds of a job, one worker": one["item"],
                "seconds of a job, two workers": two["item"],
                "processor seconds of a job, one worker": one["processor"],
                "processor seconds of a job, two workers": two["processor"],
                "seconds to start two": two["start"],
                "efficiency": one["item"] / two["item"] / 2,
                "load": os.getloadavg()[0],
            }
        )
    return {"rounds": rounds} | {
        name: median(r[name] for r in rounds) for name in rounds[0] if name != "load"
    }


def looking() -> float:
    """Seconds to find out that a picture is there already, by its recipe."""
    with tempfile.TemporaryDirectory() as folder:
        (job,) = listed(Path(folder), 1)
        Painter()(job)
        began = time.perf_counter()
        for _ in range(200):
            if not Looker().is_done(job):
                sys.exit("the picture is not found")
        return (time.perf_counter() - began) / 200


def reading() -> float:
    """Seconds to read and check a row of a long list."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        listed(Path(folder), ROWS)
        return (time.perf_counter() - began) / ROWS


def main():
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks/results/batch.json")
    out = parser.parse_args().out
    report: dict[str, Any] = {
        "painting": {"method": METHOD, "size": SIZE, "jobs": JOBS, "threads": 1},
        "waiting": {"seconds": WAIT, "jobs": WAITS},
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "load before": os.getloadavg()[0],
        "seconds to read a row": reading(),
        "seconds to find a picture done": looking(),
    }
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            painting = scaling(kind, Timed, listed(Path(folder), JOBS))
        report[kind] = {
            "painting": painting,
            "waiting": scaling(kind, partial(make, waiting), range(WAITS)),
            "seconds of an empty job": course(kind, 1, partial(make, nothing), range(EMPTY))[
                "item"
            ],
        }
    out.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    print(out.read_text("utf-8"))


if __name__ == "__main__":
    main()
