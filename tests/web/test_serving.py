"""Real servers, real workers: killed, stopped, watched; what was asked is never lost."""

import json
import signal
import sys
import threading

import psutil
import pytest

from wasserstyle.image import read
from web.studios import PATIENCE, QUICK, encoded, quick, serving, start, until

pytestmark = pytest.mark.slow  # its file is begun first

CHEAP = QUICK | {"coarsest": 16, "layers": ["rgb", "relu1_1"]}
LONG = CHEAP | {"iterations": 5000}
"""Longer than any of these tests waits, unless it is ended."""
MEDIUM = CHEAP | {"iterations": 150}
"""Long enough to be ended on the way."""
CONTENT, STYLE = encoded(40, 30, seed=1), encoded(30, 30, seed=2)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("studio") / "project") as running:
        yield running


@pytest.fixture(scope="module")
def whole(served):
    """The download of an uninterrupted run."""
    key = served.submit(ask(served, MEDIUM))
    assert served.wait(key, "done", "failed")["status"] == "done"
    return served.http.get(f"/api/jobs/{key}/result.png").content


def ask(served, settings=CHEAP):
    content, style = served.upload(CONTENT), served.upload(STYLE)
    return quick(content, style, settings=settings, run={"size": 32})


def workers(served):
    """Processes of the studio that paint."""
    return psutil.Process(served.process.pid).children()


def began(served, key):
    """Wait until some updates of a job are done."""
    return until(lambda: (served.job(key)["progress"] or {}).get("iteration", 0) > 2)


class Listener:
    """Reads the events of a studio in a thread, to the end or until it has heard enough."""

    def __init__(self, served, enough=lambda job: False):
        self.jobs, self.connected, self.enough = [], threading.Event(), enough
        self.thread = threading.Thread(target=self._read, args=(served,))
        self.thread.start()
        assert self.connected.wait(20)

    def _read(self, served):
        with served.http.stream("GET", "/api/events", timeout=60) as answer:
            self.type = answer.headers["content-type"]
            for line in answer.iter_lines():
                self.connected.set()
                if line.startswith("data: "):
                    self.jobs.append(json.loads(line.removeprefix("data: ")))
                    if self.enough(self.jobs[-1]):
                        return

    def end(self):
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()


def test_a_job_is_watched_from_the_queue_to_the_download(served, tmp_path):
    request = quick(served.upload(CONTENT), served.upload(STYLE))
    listener = Listener(served, lambda job: job["status"] == "done")
    key = served.submit(request)
    listener.end()
    assert listener.type.startswith("text/event-stream")
    events = [job for job in listener.jobs if job["id"] == key]
    statuses = list(dict.fromkeys(job["status"] for job in events))
    told = [status for status in statuses if status != "queued"]  # unless it was overtaken
    assert told == ["running", "done"]
    assert "queued" not in statuses[1:]
    assert [job["version"] for job in events] == sorted(job["version"] for job in events)
    assert events[-1]["version"] >= 2
    job = served.job(key)
    assert {tuple(e["point"]) for e in events if e["point"]} == {tuple(p) for p in job["curve"]}
    (tmp_path / "a.png").write_bytes(served.http.get(f"/api/jobs/{key}/result.png").content)
    assert read(tmp_path / "a.png").rgb.shape == (1, 3, 48, 64)
    assert served.http.get(f"/api/jobs/{key}/preview").content[:3] == b"\xff\xd8\xff"
    assert served.job(key)["result"]["recipe"]["settings"]["iterations"] == 3


def test_stop_is_heard_at_once_and_the_job_goes_on_to_the_same_bytes(served, whole):
    key = served.submit(ask(served, MEDIUM))
    began(served, key)
    assert [served.post(key, "stop").status_code for _ in range(2)] == [200, 200]
    job = served.wait(key, "stopped", "done")
    assert job["status"] == "stopped"
    assert served.http.get(f"/api/jobs/{key}/result.png").content != whole
    assert served.post(key, "resume").status_code == 200
    assert served.wait(key, "done", "failed")["curve"][-1][0] == 1
    assert served.http.get(f"/api/jobs/{key}/result.png").content == whole


def test_cancelling_frees_the_memory_of_the_worker_and_the_next_job_runs(served):
    key = served.submit(ask(served, LONG))
    following = served.submit(ask(served))
    began(served, key)
    (before,) = workers(served)
    assert served.post(key, "cancel").json()["status"] == "cancelled"
    assert not before.is_running()
    assert served.wait(following, "done", "failed")["status"] == "done"
    assert served.job(key)["status"] == "cancelled"
    (after,) = workers(served)
    assert after.pid != before.pid


def test_a_worker_that_is_killed_fails_its_job_and_the_next_one_runs(served):
    key = served.submit(ask(served, LONG))
    following = served.submit(ask(served))
    began(served, key)
    workers(served)[0].kill()
    job = served.wait(key, "failed")
    assert "killed by signal 9" in job["error"]
    assert served.wait(following, "done", "failed")["status"] == "done"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"samples": {"a": []}}, "must be of type int"),
        ({"decay": "sudden"}, "choose from late, none"),
        ({"layers": ["rgb", 5]}, "must be names"),
        ({"alpha": [1]}, "must be of type float"),
    ],
)
def test_values_of_other_types_are_refused_in_the_words_of_the_package(served, settings, words):
    """Here, because the type checks of the other tests would be first."""
    answer = served.http.post("/api/jobs", json=ask(served, settings))
    assert answer.status_code == 422
    assert words in answer.json()["error"]


def test_a_second_studio_on_the_project_is_refused(served):
    second = start(served.folder)
    out, err = second.communicate(timeout=30)
    assert second.returncode != 0
    assert out == ""
    assert "another studio has this project open" in err
    assert served.http.get("/api/state").status_code == 200


def test_a_killed_studio_finishes_its_jobs_after_the_restart(tmp_path, whole):
    folder = tmp_path / "project"
    with serving(folder) as first:
        done = first.submit(ask(first))
        first.wait(done, "done")
        key, waiting = first.submit(ask(first, MEDIUM)), first.submit(ask(first))
        began(first, key)
        (worker,) = workers(first)
        first.process.kill()
        first.process.wait(10)
    picture = (folder / "jobs" / done / "result.png").read_bytes()
    with serving(folder) as second:
        state = second.http.get("/api/state").json()
        assert [job["id"] for job in state["jobs"]] == [waiting, key, done]
        assert [job["status"] for job in state["jobs"]] == ["queued", "running", "done"]
        assert len(state["pictures"]) == 2
        assert state["jobs"][1]["progress"]["fraction"] > 0  # known before it goes on
        assert second.wait(key, "done", "failed")["status"] == "done"
        assert second.wait(waiting, "done", "failed")["status"] == "done"
        assert second.http.get(f"/api/jobs/{key}/result.png").content == whole
        assert second.http.get(f"/api/jobs/{done}/result.png").content == picture
        assert not worker.is_running()
        assert "Traceback" not in (folder / "worker.log").read_text()


def test_the_end_is_clean_with_a_page_open_and_a_job_running(served):
    """The last test of this studio: Ctrl-C ends the stream, keeps the job, ends the worker."""
    key = served.submit(ask(served, LONG))
    began(served, key)
    (worker,) = workers(served)
    listener = Listener(served)
    served.process.send_signal(signal.SIGINT)
    assert served.process.wait(20) == 0
    listener.end()  # and it raised nothing
    assert not worker.is_running()
    assert served.process.stderr.read() == ""
    assert (served.folder / "jobs" / key / "state.resume").exists()


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.1", "example.com"])
def test_other_addresses_need_an_explicit_word(tmp_path, address):
    from wasserstyle.cli.studio import studio
    from wasserstyle.errors import BadSetting

    with pytest.raises(BadSetting, match="--allow-remote"):
        studio(tmp_path / "project", 0, address, False)
    assert not (tmp_path / "project").exists()


def test_a_port_that_is_taken_is_named(tmp_path):
    from wasserstyle.errors import BadSetting
    from wasserstyle.web.serve import listen_at

    with listen_at("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadSetting, match=f"port {port} .*choose another port"):
            listen_at("127.0.0.1", port)


def test_without_the_web_packages_it_is_said_which_one_is_missing(tmp_path, monkeypatch):
    from wasserstyle.cli.studio import studio
    from wasserstyle.errors import BadSetting

    monkeypatch.delitem(sys.modules, "wasserstyle.web.app", raising=False)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    with pytest.raises(BadSetting, match=r"\(fastapi\).*wasserstyle\[web\]"):
        studio(tmp_path / "project", 0, "127.0.0.1", False)
