"""Jobs in order, one worker, every end of a job; the worker is spoken for by the test."""

import json

import pytest

from wasserstyle.web.queue import CURVE_POINTS
from wasserstyle.web.studio import Studio
from web.studios import encoded, page_of

RESULT = {"width": 64, "height": 43, "seconds": 1.0, "recipe": {}}


@pytest.fixture
def submit(client, order):
    return lambda **more: client.post("/api/jobs", json=order(**more)).json()["id"]


@pytest.fixture
def status(client):
    return lambda key: client.get(f"/api/jobs/{key}").json()["status"]


def progress(fraction, objective=0.5):
    """As the worker tells it."""
    return {
        "stage": 1,
        "stages": 2,
        "size": 64,
        "iteration": 1,
        "iterations": 3,
        "fraction": fraction,
        "objective": objective,
        "seconds_left": 1.0,
    }


def act(client, key, verb):
    answer = client.post(f"/api/jobs/{key}/{verb}")
    return answer.status_code, answer.json()


def tasks(painter):
    return [json.loads(text)["id"] for text in painter.sent if "stop" not in json.loads(text)]


def test_a_worker_is_ready_before_the_first_job(studio, painters):
    assert len(painters) == 1
    assert painters[0].sent == []


def test_jobs_run_one_after_the_other_in_order(submit, status, painters):
    first, second, third = submit(), submit(), submit()
    (painter,) = painters
    assert tasks(painter) == [first]
    assert [status(key) for key in (first, second, third)] == ["running", "queued", "queued"]
    painter.says("done", first, result=RESULT)
    assert tasks(painter) == [first, second]
    painter.says("failed", second, error="the picture is gone")
    assert tasks(painter) == [first, second, third]
    assert [status(key) for key in (first, second, third)] == ["done", "failed", "running"]


def test_the_worker_gets_paths_and_names_never_ids_of_the_client(
    submit, client, painters, order
):
    key = submit(run={"size": 64}, settings={"layers": ["rgb", "relu1_1"]})
    task = json.loads(painters[0].sent[0])
    content = order()["content"]
    assert task["id"] == key
    assert task["content"] == {
        "path": f"pictures/{content}.png",
        "name": "picture",
        "weight": 1.0,
    }
    assert task["settings"] == {"size": 64, "layers": ["rgb", "relu1_1"]}
    assert task["start"] is None


def test_progress_previews_and_the_result_are_written_down(submit, client, painters):
    key = submit()
    painters[0].says("progress", key, progress=progress(0.25, 2.0))
    painters[0].says("preview", key)
    painters[0].says("progress", key, progress=progress(0.5, None))
    painters[0].says("preview", key)
    job = client.get(f"/api/jobs/{key}").json()
    assert job["progress"] == progress(0.5, None)
    assert job["curve"] == [[0.25, 2.0]]
    assert job["version"] == 2
    assert job["result"] is None
    painters[0].says("done", key, result=RESULT)
    assert client.get(f"/api/jobs/{key}").json()["result"] == RESULT


def test_a_curve_stays_short_and_keeps_its_ends(submit, client, painters):
    key, many = submit(), 2 * CURVE_POINTS
    for i in range(1, many + 1):
        painters[0].says("progress", key, progress=progress(i / many, float(many - i)))
    curve = client.get(f"/api/jobs/{key}").json()["curve"]
    assert CURVE_POINTS / 2 <= len(curve) <= CURVE_POINTS
    assert curve == sorted(curve)
    assert curve[0] == [1 / many, many - 1]
    assert curve[-1] == [1.0, 0.0]


def test_a_run_that_went_back_draws_its_curve_anew(submit, client, painters):
    key = submit()
    for fraction, value in [(0.1, 5.0), (0.5, 4.0), (0.9, 3.0), (0.5, 4.5), (0.6, 4.0)]:
        painters[0].says("progress", key, progress=progress(fraction, value))
    assert client.get(f"/api/jobs/{key}").json()["curve"] == [
        [0.1, 5.0],
        [0.5, 4.5],
        [0.6, 4.0],
    ]


def test_stopping_keeps_the_picture_and_twice_is_once(
    submit, client, status, painters, project
):
    key = submit()
    state = project.folder / "jobs" / key / "state.resume"
    state.touch()
    assert act(client, key, "stop")[0] == 200
    assert act(client, key, "stop")[0] == 200
    assert painters[0].sent[1:] == [json.dumps({"stop": key})] * 2
    assert status(key) == "running"  # until the worker has kept it
    painters[0].says("stopped", key, result=RESULT)
    assert status(key) == "stopped"
    assert state.exists()
    assert act(client, key, "stop")[0] == 200  # pressed before the page knew
    assert len(painters[0].sent) == 3
    assert status(key) == "stopped"


def test_a_stopped_or_failed_job_goes_on(submit, client, status, painters):
    key = submit()
    painters[0].says("stopped", key, result=RESULT)
    code, job = act(client, key, "resume")
    assert (code, job["status"], job["result"]) == (200, "running", None)
    assert tasks(painters[0]) == [key, key]
    assert act(client, key, "resume")[0] == 409
    painters[0].says("failed", key, error="memory ran out")
    assert client.get(f"/api/jobs/{key}").json()["error"] == "memory ran out"
    code, job = act(client, key, "resume")
    assert (code, job["status"], job["error"]) == (200, "running", None)
    painters[0].says("done", key, result=RESULT)
    assert act(client, key, "resume")[0] == 409


def test_a_finished_job_needs_its_state_no_more(submit, painters, project):
    key = submit()
    state = project.folder / "jobs" / key / "state.resume"
    state.touch()
    painters[0].says("done", key, result=RESULT)
    assert not state.exists()


def test_cancelling_ends_the_worker_and_the_next_job_gets_a_new_one(
    submit, client, status, painters, project
):
    key, other = submit(), submit()
    state = project.folder / "jobs" / key / "state.resume"
    state.touch()
    code, job = act(client, key, "cancel")
    assert (code, job["status"], job["progress"]) == (200, "cancelled", None)
    assert painters[0].killed
    assert not state.exists()
    assert tasks(painters[1]) == [other]
    painters[0].says("done", key, result=RESULT)  # said before it was killed, heard after
    painters[0].ended(painters[0])
    assert [status(key), status(other)] == ["cancelled", "running"]
    assert len(painters) == 2
    assert act(client, key, "cancel")[0] == 409


def test_cancelling_the_last_job_leaves_a_worker_ready(submit, client, painters):
    act(client, submit(), "cancel")
    assert len(painters) == 2
    assert not painters[1].killed


def test_cancelling_a_queued_job_leaves_the_running_one_alone(submit, client, status, painters):
    running, queued = submit(), submit()
    assert act(client, queued, "cancel")[1]["status"] == "cancelled"
    assert status(running) == "running"
    assert not painters[0].killed
    painters[0].says("done", running, result=RESULT)
    assert tasks(painters[0]) == [running]


@pytest.mark.parametrize("verb", ["stop", "resume"])
def test_what_makes_no_sense_for_a_queued_job_is_refused(submit, client, verb):
    submit()
    code, answer = act(client, submit(), verb)
    assert code == 409
    assert answer["error"]


def test_a_worker_that_dies_takes_its_job_with_it_and_no_other(
    submit, client, status, painters
):
    key, other = submit(), submit()
    painters[0].ended(painters[0])
    job = client.get(f"/api/jobs/{key}").json()
    assert job["status"] == "failed"
    assert "killed by signal 9" in job["error"]
    assert status(other) == "running"
    assert tasks(painters[1]) == [other]


def test_a_worker_that_dies_idle_is_replaced_when_needed(studio, submit, status, painters):
    painters[0].ended(painters[0])
    assert len(painters) == 1  # one that cannot start is not started for ever
    key = submit()
    assert tasks(painters[1]) == [key]
    painters[1].ended(painters[1])
    assert status(key) == "failed"
    assert len(painters) == 3
    painters[2].ended(painters[2])
    assert len(painters) == 3


def test_words_about_unknown_or_other_jobs_change_nothing(submit, status, painters):
    running, queued = submit(), submit()
    painters[0].says("done", queued, result=RESULT)
    painters[0].says("done", "0" * 16, result=RESULT)
    assert [status(running), status(queued)] == ["running", "queued"]


def test_an_input_that_was_deleted_by_hand_fails_its_job_only(
    submit, client, status, painters, project
):
    masked = {"content_mask": client.post("/api/masks", content=encoded()).json()["id"]}
    running, broken, third = submit(), submit(), submit()
    project.change_job(broken, request=project.job(broken).request | {"guidance": masked})
    (project.folder / project.mask(masked["content_mask"])).unlink()
    painters[0].says("done", running, result=RESULT)
    assert [status(key) for key in (running, broken, third)] == ["done", "failed", "running"]
    assert "not in the project" in client.get(f"/api/jobs/{broken}").json()["error"]


def test_deleting_a_job(submit, client, painters, project):
    running, queued = submit(), submit()
    assert client.delete(f"/api/jobs/{running}").status_code == 409
    assert client.delete(f"/api/jobs/{queued}").status_code == 200
    assert client.get(f"/api/jobs/{queued}").status_code == 404
    assert client.delete(f"/api/jobs/{queued}").status_code == 404
    painters[0].says("done", running, result=RESULT)
    assert tasks(painters[0]) == [running]
    assert client.delete(f"/api/jobs/{running}").status_code == 200
    assert list((project.folder / "jobs").iterdir()) == []


def test_a_restart_goes_on_with_what_ran_and_then_with_what_waited(
    submit, project, access, painters
):
    running, queued = submit(), submit()
    painters[0].says("progress", running, progress=progress(0.5))
    with Studio.open(project, access) as again:  # the first one was killed: it said nothing
        assert tasks(painters[-1]) == [running]
        job = page_of(again).get(f"/api/jobs/{running}").json()
        assert (job["status"], job["progress"]) == ("running", progress(0.5))
        painters[-1].says("done", running, result=RESULT)
        assert tasks(painters[-1]) == [running, queued]


def test_a_studio_that_ends_closes_its_worker_and_keeps_the_job(
    project, access, painters, order
):
    with Studio.open(project, access) as studio:
        client = page_of(studio)
        key = client.post("/api/jobs", json=order()).json()["id"]
        painter = painters[-1]
    assert painter.closed
    painter.ended(painter)
    assert project.job(key).status == "running"  # to be queued again at the next start
    assert painters[-1] is painter
