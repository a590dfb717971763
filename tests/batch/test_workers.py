"""Several workers: killed, interrupted, retried; every picture is there once, and the same."""

import json
import os
import signal
from contextlib import suppress

import psutil
import pytest

from batch.conftest import PATTERN, QUICK, SLOW, picture, written
from wasserstyle import batch as many
from wasserstyle.batch import executor

pytestmark = pytest.mark.slow  # its file is begun first

LIST = "list.json"
JOBS = 16


@pytest.fixture
def rows(place):
    """A list of jobs of two styles."""
    rows = []
    for number in range(JOBS // 2):
        picture(place / "contents" / f"{number}.png", number)
        for style in "xy":
            row = {"content": f"contents/{number}.png", "style": f"styles/{style}.png"}
            rows.append(row | {"out": f"out/{number}-{style}.png"})
    (place / LIST).write_text(json.dumps(rows))
    return rows


@pytest.fixture
def serial(place, rows, batch):
    """The bytes of each, painted one by one in this process."""
    return one_by_one(place, batch)


def one_by_one(place, batch, quick=QUICK):
    assert batch("--jobs", LIST, quick=quick)[0] == 0
    (place / "out").rename(place / "serial")
    return written(place / "serial")


def read_record(process):
    """The next line, and no byte more: what is buffered here, `communicate` would not see."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(process.stdout.fileno(), 1)
        assert byte, line
        line += byte
    return json.loads(line)


def listening(process):
    """Addresses at which a process and its children wait for others."""
    addresses = set()
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            found = one.net_connections(kind="inet")
            addresses |= {c.laddr.ip for c in found if c.status == psutil.CONN_LISTEN}
    return {address.removeprefix("::ffff:") for address in addresses}


@pytest.mark.parametrize("cluster", ["processes", "local"])
def test_a_killed_worker_loses_and_changes_nothing(place, serial, start, cluster):
    process = start("--jobs", LIST, "--workers", "2", "--cluster", cluster)
    first = read_record(process)
    os.kill(int(first["worker"].rpartition(":")[2]), signal.SIGKILL)
    addresses = listening(psutil.Process(process.pid))
    out, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    records = [first, *map(json.loads, out.splitlines())]
    painted = [r for r in records if r["status"] == "painted"]
    assert sorted(r["out"] for r in painted) == sorted(f"out/{name}" for name in serial)
    assert len({r["worker"] for r in painted}) >= 2
    assert max(r["tries"] for r in painted) == 2
    assert written(place / "out") == serial
    assert addresses == ({"127.0.0.1"} if cluster == "local" else set())


@pytest.mark.parametrize(("end", "workers"), [(signal.SIGINT, 2), (signal.SIGTERM, 1)])
def test_a_stop_leaves_whole_pictures_and_the_same_command_goes_on(
    place, rows, start, batch, end, workers
):
    serial = one_by_one(place, batch, SLOW)
    more = ["--workers", "2", "--cluster", "processes"] if workers == 2 else []
    process = start("--jobs", LIST, *more, quick=SLOW)
    first = read_record(process)
    children = psutil.Process(process.pid).children()
    os.killpg(process.pid, end)  # as a terminal does
    out, said = process.communicate(timeout=30)
    assert process.returncode == 130, said
    assert "the same command goes on" in said
    assert "Traceback" not in said
    assert psutil.wait_procs(children, timeout=10)[1] == []
    records = [first, *map(json.loads, out.splitlines())]
    told = {r["out"] for r in records if r["status"] == "painted"}
    there = {f"out/{path.name}" for path in (place / "out").iterdir()}
    assert told <= there  # one may have ended as the signal came
    assert 0 < len(there) < JOBS

    records = batch("--jobs", LIST, quick=SLOW)[1]
    left = {r["out"] for r in records if r.get("status") == "done already"}
    assert left == there
    assert written(place / "out") == serial


def test_what_a_killed_writer_left_is_removed_and_other_files_are_not(place, batch):
    from wasserstyle.image import PART, unfinished

    (place / "out").mkdir()
    (place / "out" / f"{unfinished('a-x.png')}0123{PART}").write_bytes(b"half")
    (place / "out" / f"{unfinished('z-x.png')}0123{PART}").write_bytes(b"of another batch")
    assert batch("contents/a.png", "--style", "styles/x.png", "-o", PATTERN)[0] == 0
    kept = {f"{unfinished('z-x.png')}0123{PART}", "a-x.png"}
    assert set(written(place / "out")) == kept


# ------------------------------------------------------------------ the map
def squares(number):
    """Of some numbers; the others raise, or end the process."""
    if number == 3:
        raise ValueError("three")
    if number == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def test_map_says_what_failed_and_goes_on_after_a_worker_has_died():
    given = {"workers": 1, "cluster": "processes", "threads": 1, "retries": 0}
    bad, deadly, good = many.map(squares, [3, 4, 5], **given)
    assert (bad.error, bad.value) == ("ValueError: three", None)
    assert "its worker died" in deadly.error
    assert (good.error, good.value, good.number) == (None, 25, 2)


def test_items_are_drawn_only_when_a_worker_is_free():
    drawn = []

    def items():
        for number in range(10):
            drawn.append(number)
            yield number

    for done in many.map(float, items()):
        assert len(drawn) <= done.number + 2


class Scripted:
    """Three workers whose first item ends last."""

    count = 3

    def __init__(self):
        self.held, self.begun, self.begun_before_first_ended = [], 0, 0

    def free(self):
        return len(self.held) < self.count

    def start(self, number, item):
        self.held.append(number)
        self.begun += 1

    def finished(self):
        late = self.held.pop(-1 if len(self.held) > 1 else 0)
        if late == 0:
            self.begun_before_first_ended = self.begun
        return [executor.Outcome(late, late)]

    def close(self):
        """Nothing is open."""


def test_results_come_in_order_and_nobody_runs_too_far_ahead():
    workers = Scripted()
    ended = executor.in_order(executor.results(workers, range(20), ahead=6))
    assert [done.value for done in ended] == list(range(20))
    assert workers.begun_before_first_ended == 6
