"""The process that paints, without the process: what it says and keeps, and how jobs end."""

import contextlib
import io
import json
import shlex
import threading
from pathlib import Path

import pytest
import torch
from PIL import Image

import wasserstyle
from wasserstyle import image as images
from wasserstyle.guidance import PointPair, read_guidance
from wasserstyle.image import read, read_recipe
from wasserstyle.web import worker
from wasserstyle.web.orders import Task, task_of_job
from wasserstyle.web.worker import Inbox, Outbox, work
from web.studios import BLUE, QUICK, RED, encoded, mask

KEY = "0123456789abcdef"


def project_at(folder):
    """Two pictures and one job's folder."""
    (folder / "jobs" / KEY).mkdir(parents=True)
    (folder / "content.png").write_bytes(encoded(33, 24, seed=1))
    (folder / "style.png").write_bytes(encoded(20, 30, seed=2))
    return folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project folder to work in."""
    monkeypatch.chdir(tmp_path)
    return project_at(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What an uninterrupted run says and leaves behind."""
    with contextlib.chdir(project_at(tmp_path_factory.mktemp("whole"))):
        return worked(), left()


def left():
    return {path.name: path.read_bytes() for path in Path("jobs", KEY).iterdir()}


def task(**more):
    plain = {
        "id": KEY,
        "method": "strotss",
        "preset": "default",
        "start": None,
        "content": {"path": "content.png", "name": "my cat.png"},
        "styles": [{"path": "style.png", "name": "swirls.png", "weight": 2.0}],
        "settings": QUICK | {"size": 32, "coarsest": 16, "seed": 3},
        "guidance": {},
    }
    return Task.model_validate_json(json.dumps(plain | more))


def worked(inbox=None, **more):
    """Do a task; return what the worker said."""
    stream = io.BytesIO()
    work(task(**more), inbox or Inbox(), Outbox(write=stream.write, id=KEY))
    said = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {message["id"] for message in said} == {KEY}
    return said


def said_stop():
    """An inbox in which the task is to be stopped, as soon as there is a picture."""
    inbox = Inbox()
    inbox._stops.add(KEY)
    return inbox


def test_a_job_ends_with_the_picture_of_the_library(folder):
    *_, last = worked()
    assert sorted(left()) == ["preview.jpg", "result.png", "result.tif"]
    assert (last["kind"], last["result"]["width"], last["result"]["height"]) == (
        "done",
        32,
        23,
    )
    expected = wasserstyle.stylize(
        "content.png", "style.png", **QUICK, size=32, coarsest=16, seed=3
    )
    with Image.open("jobs/" + KEY + "/result.png") as png:
        assert png.tobytes() == expected.to_pil().tobytes()
    tif = read(f"jobs/{KEY}/result.tif").rgb
    torch.testing.assert_close(tif, expected.image, atol=0.51 / 65535, rtol=0)
    recipe = read_recipe(f"jobs/{KEY}/result.png")
    assert recipe == read_recipe(f"jobs/{KEY}/result.tif") == last["result"]["recipe"]
    assert recipe["content"]["name"] == "my cat.png"  # as the user knows it
    assert recipe["content"]["path"] == "content.png"  # so that a project can be moved
    assert recipe["styles"][0]["weight"] == 2.0


def test_the_first_update_is_told_and_shown_at_once(folder, monkeypatch):
    """Also where nothing is due for long: coarse, but at once."""
    for name in ("PROGRESS_SECONDS", "PREVIEW_SECONDS"):
        monkeypatch.setattr(worker, name, 1000.0)
    kinds = [message["kind"] for message in worked()]
    assert kinds == ["progress", "preview", "progress", "preview", "done"]


def test_progress_is_told_in_numbers_that_the_page_can_show(folder, monkeypatch):
    monkeypatch.setattr(worker, "PROGRESS_SECONDS", 0.0)
    told = [m["progress"] for m in worked() if m["kind"] == "progress"]
    assert [(p["stage"], p["iteration"]) for p in told] == [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (2, 3),
    ]
    assert {p["stages"] for p in told} == {2}
    assert [p["size"] for p in told] == [16, 16, 32, 32, 32]
    fractions = [p["fraction"] for p in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert told[0]["seconds_left"] is None  # nothing is known yet
    assert all(p["seconds_left"] >= 0 for p in told[1:])
    assert told[-1]["seconds_left"] == 0
    assert all(p["objective"] > 0 for p in told)


def test_a_stopped_job_keeps_its_picture_and_goes_on_to_the_same_bytes(folder, whole):
    *_, last = worked(said_stop())
    assert last["kind"] == "stopped"
    assert last["result"]["recipe"]["interrupted"]["iteration"] == 1
    assert read(f"jobs/{KEY}/result.tif").rgb.shape == (1, 3, 23, 32)
    assert left()["result.png"] != whole[1]["result.png"]
    assert "state.resume" in left()
    first, *_, last = worked()
    assert first["progress"]["iteration"] == 2
    assert last["kind"] == "done"
    now = left()
    del now["state.resume"]  # the studio deletes it when it knows of the result
    assert now == whole[1]


def test_a_studio_that_is_gone_leaves_a_state_to_go_on_from(folder, whole):
    gone = Inbox()
    gone.closed = True
    with pytest.raises(SystemExit):
        worked(gone)
    assert worked()[0]["progress"]["iteration"] == 2
    assert left()["result.png"] == whole[1]["result.png"]


def test_a_studio_that_goes_while_a_preview_is_made_leaves_a_state_too(folder, monkeypatch):
    """The end comes at any point of an update; the next one keeps the state."""
    going, show = Inbox(), worker.Watch.show

    def shown(watch, picture):
        going.closed = True
        show(watch, picture)

    monkeypatch.setattr(worker.Watch, "show", shown)
    with pytest.raises(SystemExit):
        worked(inbox=going)
    assert "state.resume" in left()


def test_snapshots_are_kept_from_time_to_time(folder, monkeypatch):
    monkeypatch.setattr(worker, "SNAPSHOT_SECONDS", 0.0)
    worked()
    assert "state.resume" in left()


@pytest.mark.parametrize("state", [b"junk", b""])
def test_a_state_that_does_not_fit_is_no_reason_to_fail(folder, whole, state):
    (folder / "jobs" / KEY / "state.resume").write_bytes(state)
    assert worked()[-1]["kind"] == "done"
    assert left()["result.png"] == whole[1]["result.png"]


def test_the_state_of_other_settings_is_not_used_is_not_used(folder):
    worked(said_stop())
    first, *_ = worked(settings=QUICK | {"size": 32, "coarsest": 16, "seed": 4})
    assert first["progress"]["iteration"] == 1


def test_a_full_disk_does_not_end_the_run(folder, monkeypatch, capsys):
    from wasserstyle.errors import CannotWrite

    def full(*_, **__):
        raise CannotWrite("disk full")

    monkeypatch.setattr(worker, "SNAPSHOT_SECONDS", 0.0)
    monkeypatch.setattr("wasserstyle.runs.checkpoint.save", full)
    assert worked()[-1]["kind"] == "done"
    assert "disk full" in capsys.readouterr().err


def test_what_the_user_can_mend_is_said_in_one_sentence(folder):
    (folder / "style.png").unlink()
    (only,) = worked()
    assert only["kind"] == "failed"
    assert only["error"].startswith("style.png: cannot be read")


def test_a_fault_ends_the_job_and_not_the_worker(folder, monkeypatch, capsys):
    monkeypatch.setattr(worker, "Stylizer", lambda *_, **__: 1 / 0)
    (only,) = worked()
    assert only["kind"] == "failed"
    assert "ZeroDivisionError: division by zero" in only["error"]
    assert "Traceback" in capsys.readouterr().err


def test_transparency_is_kept_and_shown_on_white(folder):
    picture = Image.new("RGBA", (32, 32), (0, 0, 0, 0))
    picture.paste((200, 0, 0, 255), (0, 0, 16, 32))
    picture.save("content.png")
    worked(settings=QUICK | {"size": 64})
    preview, result = read(f"jobs/{KEY}/preview.jpg"), read(f"jobs/{KEY}/result.tif")
    assert preview.rgb[..., 40:].min() > 0.97
    assert result.alpha is not None
    assert result.alpha[..., 40:].max() == 0


def test_previews_are_small(folder, monkeypatch):
    monkeypatch.setattr(worker, "PREVIEW_SIDE", 20)
    worked()
    assert read(f"jobs/{KEY}/preview.jpg").rgb.shape == (1, 3, 14, 20)


PAIR = {"content": [0.25, 0.5], "style": [0.75, 0.0], "which": 0}
GUIDED = {
    "guidance": {"content_mask": "own.png", "style_masks": ["theirs.png"], "points": [PAIR]},
    "start": "start.tif",
}


def test_guidance_and_start_reach_the_picture_and_a_stop_changes_nothing(folder):
    (folder / "own.png").write_bytes(mask(RED, BLUE))
    (folder / "theirs.png").write_bytes(mask(BLUE, RED))
    worked(settings=QUICK | {"size": 32, "coarsest": 16, "content_weight": 4})
    (folder / "jobs" / KEY / "result.tif").rename("start.tif")
    settings = QUICK | {"size": 32, "coarsest": 16, "seed": 3}
    assert worked(said_stop(), settings=settings, **GUIDED)[-1]["kind"] == "stopped"
    first, *_, last = worked(settings=settings, **GUIDED)
    assert (first["progress"]["iteration"], last["kind"]) == (2, "done")
    assert first["progress"]["size"] == 32  # the last scale only: the start had all others
    expected = wasserstyle.stylize(
        "content.png",
        "style.png",
        guidance=read_guidance(
            content_mask="own.png",
            style_masks=["theirs.png"],
            points=[PointPair((0.5, 0.25), (0.0, 0.75))],  # (row, column)
        ),
        start="start.tif",
        **settings,
    )
    with Image.open(f"jobs/{KEY}/result.png") as png:
        assert png.tobytes() == expected.to_pil().tobytes()
    recipe = last["result"]["recipe"]
    assert recipe["guidance"]["points"] == [PAIR]
    assert recipe["guidance"]["content_mask"]["path"] == "own.png"
    assert recipe["start"]["path"] == "start.tif"


def test_the_command_of_a_job_makes_its_picture(client, order, project, monkeypatch, run):
    """With all there is: regions, points in the second style, a start, weights, settings."""
    first = client.post("/api/jobs", json=order()).json()["id"]
    masks = [
        client.post("/api/masks", content=data).json()["id"]
        for data in (mask(RED, BLUE), mask(BLUE, RED), mask(RED, RED))
    ]
    monkeypatch.chdir(project.folder)
    images.write(torch.rand(1, 3, 10, 16), f"jobs/{first}/result.tif")
    project.change_job(first, status="done", result={})
    style = order()["styles"][0]["id"]
    points = [PAIR | {"which": 1}]
    guidance = {"content_mask": masks[0], "style_masks": masks[1:], "points": points}
    request = order(
        styles=[{"id": style, "weight": 2.0}, {"id": order()["content"], "weight": 0.5}],
        settings=QUICK | {"coarsest": 16, "layers": ["rgb", "relu1_1"]},
        run={"size": 32, "seed": 5, "color": "keep"},
        guidance=guidance,
        start=first,
    )
    job = client.post("/api/jobs", json=request).json()
    stream = io.BytesIO()
    work(
        task_of_job(project, project.job(job["id"])),
        Inbox(),
        Outbox(write=stream.write, id="a"),
    )
    words = shlex.split(job["command"])
    assert run(*words[1:], "-q") == (0, "", "")
    (out,) = (word for word in words if word.endswith("-2.png"))
    with Image.open(out) as theirs, Image.open(f"jobs/{job['id']}/result.png") as ours:
        assert theirs.tobytes() == ours.tobytes()


def test_the_inbox_hears_stops_while_a_task_is_done(monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(worker.os, "_exit", lambda code: ended.set())
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.0)
    one = task()
    inbox = Inbox()
    assert not inbox.wants_stop(one)
    inbox.read([one.model_dump_json(), json.dumps({"stop": KEY})])
    assert inbox.next() == one
    assert inbox.wants_stop(one)
    assert inbox.closed
    assert inbox.next() is None
    assert ended.is_set()  # an update that never ends does not keep the process


def test_a_task_that_goes_on_is_not_stopped_by_the_stop_before(monkeypatch):
    monkeypatch.setattr(worker.os, "_exit", lambda _: None)
    monkeypatch.setattr(worker, "GRACE_SECONDS", 0.0)
    one, inbox = task(), Inbox()
    inbox.read([one.model_dump_json(), json.dumps({"stop": KEY}), one.model_dump_json()])
    assert not inbox.wants_stop(one)


def test_nobody_listening_is_no_error():
    def gone(_):
        raise BrokenPipeError

    Outbox(write=gone, id=KEY).say("progress")
