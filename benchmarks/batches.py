"""What do workers cost and save: from one worker to two, and what a job costs beside its work.

    python benchmarks/batches.py [--out benchmarks/results/batch.json]

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
from pathlib import Path
from statistics import median
from typing import Any

from wasserstyle import batch
from wasserstyle.batch.done import Looker
from wasserstyle.batch.jobs import Job
from wasserstyle.batch.rows import Row
from wasserstyle.batch.worker import Painter

ROOT = Path(__file__).parent.parent

KINDS = ("processes", "local")
METHOD, SIZE, JOBS, ROUNDS = "adain", 256, 12, 3
WAIT, WAITS = 0.05, 40
EMPTY, ROWS = 300, 5000
"""Jobs that do nothing, and rows that are only read."""


class Mixed(Painter):
    """A worker that paints jobs, waits for so many seconds, or does nothing."""

    def __call__(self, item: Job | float) -> tuple[int, float]:
        """Which worker it was, and what its processor did, seconds."""
        began = time.process_time()
        if isinstance(item, Job):
            super().__call__(item)
        else:
            time.sleep(item)
        return os.getpid(), time.process_time() - began


def listed(folder: Path, count: int) -> list[Job]:
    """One content painted again and again in one style."""
    content, style = ROOT / "examples/content/cat.jpg", ROOT / "examples/style/swirls.jpg"
    row = Row("benchmark", {"content": str(content), "style": [str(style)]})
    defaults = {"method": METHOD, "size": SIZE, "out": str(folder / "{index}.png")}
    return batch.read_jobs([row] * count, defaults)


def course(workers: batch.Workers, items: Sequence[Any]) -> dict[str, float]:
    """Seconds until every worker has answered, and of each item after that."""
    began, seen, times, busy = time.perf_counter(), set(), [], []
    for done in batch.results(workers, items):
        if done.error:
            sys.exit(done.error)
        worker, seconds = done.value
        seen.add(worker)
        if len(seen) == workers.count:
            times.append(time.perf_counter())
            busy.append(seconds)
    pace = (times[-1] - times[0]) / (len(times) - 1)
    return {"start": times[0] - began, "item": pace, "processor": median(busy)}


def one_round(kind: str, jobs: Sequence[Job]) -> dict[str, float]:
    """One worker, then two."""
    paint: dict[int, dict[str, float]] = {}
    wait: dict[int, dict[str, float]] = {}
    empty = 0.0
    for count in (1, 2):
        crew, began = batch.Crew(workers=count, cluster=kind, threads=1), time.perf_counter()
        with batch.opened(Mixed, crew) as workers:
            paint[count] = course(workers, jobs)
            start = time.perf_counter() - began
            wait[count] = course(workers, [WAIT] * WAITS)
            if count == 1:
                empty = course(workers, [0.0] * EMPTY)["item"]
            start -= paint[count]["item"] * (len(jobs) - count)
    return {
        "seconds of a job, one worker": paint[1]["item"],
        "seconds of a job, two workers": paint[2]["item"],
        "processor seconds of a job, one worker": paint[1]["processor"],
        "processor seconds of a job, two workers": paint[2]["processor"],
        "seconds of an empty job": empty,
        "seconds to start two": start,
        "efficiency, painting": paint[1]["item"] / paint[2]["item"] / 2,
        "efficiency, waiting": wait[1]["item"] / wait[2]["item"] / 2,
        "load": os.getloadavg()[0],
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
    with tempfile.TemporaryDirectory() as folder:
        jobs = listed(Path(folder), JOBS)
        rounds = [{kind: one_round(kind, jobs) for kind in KINDS} for _ in range(ROUNDS)]
    for kind in KINDS:
        own = [r[kind] for r in rounds]
        report[kind] = {name: median(r[name] for r in own) for name in own[0]} | {"rounds": own}
    out.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    print(out.read_text("utf-8"))


if __name__ == "__main__":
    main()
