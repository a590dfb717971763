"""What the page and its jobs outlive: a killed server, a reload, a lost connection, a cancel."""

import io

import numpy as np
import psutil
import pytest
from PIL import Image
from playwright.sync_api import expect

from web.studios import PATIENCE, serving, until

pytestmark = pytest.mark.slow  # its file is begun first

CHEAP = {"size": 64, "layers": "rgb, relu1_1", "coarsest": 16}
LONG, MEDIUM, SHORT = 100_000, 40, 3
"""Iterations: longer than any test waits; enough to be interrupted; few."""


def prepare(studio, iterations):
    for side in ("content", "style"):
        if studio.at(f"{side}-pick").is_visible():
            studio.pick_example(side)
    studio.at("preset-fast").check()
    for name, value in {**CHEAP, "iterations": iterations}.items():
        studio.set(name, value)


def began(served, job):
    """Wait until a job is on its way; return its curve so far."""

    def curve():
        so_far = served.job(job["id"])["curve"]
        return so_far if len(so_far) > 1 else None

    return until(curve)


def expect_gone_on(served, job, before):
    """A run from the start would have drawn its curve anew."""
    assert served.job(job["id"])["curve"][: len(before)] == before


def result(served, job):
    answer = served.http.get(f"/api/jobs/{job['id']}/result.png")
    with Image.open(io.BytesIO(answer.content)) as image:
        return np.asarray(image)


# -------------------------------------------------------------------- a killed server


def test_a_killed_server_starts_again_with_its_jobs_and_goes_on(visit, tmp_path):
    folder = tmp_path / "project"
    with serving(folder) as first, visit(first) as studio:
        earlier, interrupted = order_two(studio)
        curve = began(first, interrupted)
        kill(first)
        expect(studio.at("connection")).to_contain_text("No connection")
    with serving(folder) as second, visit(second) as studio:
        expect_found(studio, earlier, interrupted)
        expect_gone_on(second, interrupted, curve)
        again = repeat(studio, interrupted)
        assert np.array_equal(result(second, interrupted), result(second, again))


def order_two(studio):
    """One job that is finished, and one that has begun."""
    prepare(studio, SHORT)
    earlier = studio.go()
    studio.expect_status("done")
    prepare(studio, MEDIUM)
    return earlier, studio.go()


def kill(served):
    """End the server as a power cut would; its worker notices and keeps its state."""
    workers = psutil.Process(served.process.pid).children()
    served.process.kill()
    _, alive = psutil.wait_procs(workers, PATIENCE)
    assert not alive


def expect_found(studio, earlier, interrupted):
    studio.expect_listed(earlier, "done")
    studio.at(f"job-{interrupted['number']}-look").click()
    expect(studio.at("result-image")).to_be_visible()
    studio.expect_status("done")
    studio.at(f"job-{earlier['number']}-look").click()
    expect(studio.at("fact-size")).to_have_text("64 × 64 px")


def repeat(studio, job):
    """The same run again, not interrupted."""
    studio.at(f"job-{job['number']}-restore").click()
    expect(studio.at("toast")).to_contain_text("restored")
    again = studio.go()
    studio.expect_status("done")
    return again


# -------------------------------------------------------------------- a page that goes and comes


@pytest.fixture
def painting(studio):
    """A page with a painted region and a long job."""
    prepare(studio, LONG)
    studio.stroke("content", (0.3, 0.3), (0.6, 0.6))
    studio.stroke("style", (0.3, 0.3), (0.6, 0.6))
    job = studio.go()
    began(studio.served, job)
    return studio, job


def test_a_reload_in_the_middle_of_a_job_loses_nothing(painting):
    studio, job = painting
    before = studio.served.job(job["id"])["version"]
    studio.at("view-pictures").check()
    mask = studio.mask("content")
    studio.reload()
    studio.expect_listed(job, "running")
    studio.expect_set("iterations", LONG)
    assert np.array_equal(studio.mask("content"), mask)
    studio.at(f"job-{job['number']}-look").click()
    expect(studio.at("result-title")).to_contain_text(f"No. {job['number']}:")
    until(lambda: studio.served.job(job["id"])["version"] > before)
    expect(studio.at("result-image")).not_to_have_attribute("data-version", str(before))
    expect(studio.at("curve")).to_be_visible()


def test_a_stroke_just_before_a_reload_is_kept(studio):
    prepare(studio, LONG)
    studio.stroke("content", (0.2, 0.8), (0.8, 0.2))
    studio.reload()
    expect(studio.at("content-canvas")).to_have_attribute("data-loaded", studio_content(studio))
    assert studio.mask("content")[..., 3].any()


def studio_content(studio):
    (key,) = (p["id"] for p in studio.state()["pictures"] if p["name"] == "astronaut.jpg")
    return key


def test_a_lost_connection_is_said_and_what_was_missed_is_caught_up(painting):
    studio, job = painting
    studio.page.context.set_offline(True)
    studio.at("stop").click()
    expect(studio.at("toast")).to_contain_text("does not answer")
    studio.served.post(job["id"], "stop")
    studio.served.wait(job["id"], "stopped")
    studio.page.context.set_offline(False)
    studio.expect_status("stopped")
    expect(studio.at("fact-size")).to_have_text("64 × 64 px")
    expect(studio.at("connection")).to_be_hidden()


# -------------------------------------------------------------------- the queue


def test_jobs_wait_in_order_and_cancelling_one_frees_the_worker_for_the_next(painting):
    studio, first = painting
    studio.set("iterations", SHORT)
    second, third = studio.go(), studio.go()
    for job in (second, third):
        studio.expect_listed(job, "queued")
    studio.expect_status("queued")
    studio.at("cancel").click()
    studio.expect_status("cancelled")
    studio.at(f"job-{first['number']}-look").click()
    (worker,) = psutil.Process(studio.served.process.pid).children()
    studio.at("cancel").click()
    studio.expect_listed(first, "cancelled")
    studio.expect_listed(second, "done")
    studio.expect_listed(third, "cancelled")
    assert not worker.is_running()


def test_a_stopped_job_is_resumed_where_it_was(studio):
    prepare(studio, MEDIUM)
    job = studio.go()
    curve = began(studio.served, job)
    studio.at("stop").click()
    studio.expect_status("stopped")
    studio.at("resume").click()
    studio.expect_status("done")
    expect_gone_on(studio.served, job, curve)


def test_deleting_a_result_asks_first(studio):
    prepare(studio, SHORT)
    job = studio.go()
    studio.expect_status("done")
    studio.at(f"job-{job['number']}-delete").click()
    expect(studio.at("confirm")).to_be_visible()
    studio.page.keyboard.press("Escape")
    studio.expect_listed(job, "done")
    studio.at(f"job-{job['number']}-delete").click()
    studio.at("confirm-yes").click()
    expect(studio.at(f"job-{job['number']}")).to_have_count(0)
    assert studio.served.http.get(f"/api/jobs/{job['id']}").status_code == 404
