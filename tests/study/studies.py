"""Studies of flat pictures, raters without a browser, and real servers."""

import os
import re
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager, suppress

import httpx
from PIL import Image

from wasserstyle.study.layout import labels, picture_name
from wasserstyle.study.plan import FILE, QUESTIONS, Painter, Pair, Plan, plan_text
from wasserstyle.study.tables import open_engine

SETTINGS = ("low", "default", "high")


def plan_of(methods=(2, 1), pairs=2, **more):
    """A plan with so many settings of each method; the names are not those of methods."""
    painters = tuple(
        Painter(name=f"m{n}", method="m", settings={name: {} for name in SETTINGS[:count]})
        for n, count in enumerate(methods, start=1)
    )
    named = tuple(
        Pair(name=f"p{n}", content=f"c{n}.png", style=f"s{n}.png") for n in range(1, pairs + 1)
    )
    small = {"session": 10, "checks": 1, "raters": 2, "size": 16} | more
    return Plan(methods=painters, pairs=named, **small)


def make(folder, plan):
    """Write a study as ``study new`` leaves it, with flat pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(plan_text(plan))
    for n, pair in enumerate(plan.pairs):
        for m, label in enumerate([*QUESTIONS, *(label for _, label in labels(plan))]):
            path = folder / "pictures" / picture_name(pair, label)
            path.parent.mkdir(parents=True, exist_ok=True)
            colour = (20 * n + 10, 23 * m + 10, 90 * (m % 3))
            Image.new("RGB", (24, 16), colour).save(path)
    return folder


class Served:
    """A study in a process of its own."""

    def __init__(self, folder, port=0, *more):
        command = [sys.executable, "-m", "wasserstyle", "study", "serve", str(folder)]
        self.process = subprocess.Popen(
            [*command, "--port", str(port), *more],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert "http://" in line, self.process.communicate(timeout=10)
        self.url = line.split()[-1]
        self.port = httpx.URL(self.url).port

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        return self.process.communicate(timeout=20)


@contextmanager
def serving(folder, port=0, *more):
    served = Served(folder, port, *more)
    try:
        yield served
    finally:
        served.end()


class Rater:
    """Answers by plain HTTP, and notes what was acknowledged."""

    def __init__(self, http):
        self.http, self.given = http, []

    def begin(self):
        assert self.http.post("/agree").headers["location"] == "/instructions"
        return self

    def look(self):
        """The page of the present comparison; None: the end."""
        page = self.http.get("/task")
        if page.status_code == 303:
            assert page.headers["location"] == "/thanks"
            return None
        assert page.status_code == 200, page.text
        return page.text

    def answer(self, page, value):
        number = re.search(r'name="number" value="(\d+)"', page)[1]
        given = self.http.post("/answer", data={"number": number, "answer": value})
        assert given.status_code == 303, given.text
        self.given.append((int(number), value))

    def answer_all(self, choose):
        while (page := self.look()) is not None:
            self.answer(page, choose(page))
        return self

    def persist(self, choose, again):
        """The same with a server that comes and goes; ``again`` waits for it."""
        while True:
            with suppress(httpx.TransportError):
                return self.answer_all(choose)
            again()


def pictures_of(page):
    """Names by which a page shows C, A and B."""
    found = re.findall(r'<figure class="(\w)">.*?src="/pictures/([^"]+)"', page, re.DOTALL)
    return dict(found)


def assert_each_was_the_least(database, given):
    """Replay: what was given out had the fewest of all that its rater had not seen.

    So that all are within one of each other, but where the last of the fewest had been seen
    already by the raters who were still there.
    """
    engine = open_engine(database)
    with engine.connect() as connection:
        query = "SELECT id FROM comparisons WHERE NOT attention_check"
        compared = [row[0] for row in connection.exec_driver_sql(query)]
        query = "SELECT rater_id, comparison_id FROM presentations ORDER BY id"
        rows = connection.exec_driver_sql(query).all()
    engine.dispose()
    load, seen = Counter(), {}
    for rater, chosen in rows:
        mine = seen.setdefault(rater, set())
        assert chosen not in mine
        if chosen in compared:
            assert load[chosen] == min(load[one] for one in compared if one not in mine)
            load[chosen] += 1
        mine.add(chosen)
    assert len(rows) == given
