"""A session in the studio, from the first picture to the download and back."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from wasserstyle import read_recipe
from wasserstyle.methods.strotss import Strotss
from web.studios import until

pytestmark = pytest.mark.slow  # its file is begun first

CHOSEN = {"content_weight": 1.5, "iterations": 4, "layers": ("rgb", "relu1_1", "relu2_1")}
BLUE = (0, 114, 178, 255)
"""Of the first region."""
STROKES = {"content": [(0.3, 0.4), (0.6, 0.6)], "style": [(0.2, 0.2), (0.5, 0.3)]}
POINT = {"content": (0.75, 0.25), "style": (0.6, 0.8)}
EXAMPLES = Path(__file__).parents[2] / "examples"
COMMAND = Path(sys.executable).with_name("wasserstyle")


def prepare(studio, **settings):
    """Set everything there is: pictures, a named region pair, a point pair, settings."""
    for side in STROKES:
        studio.pick_example(side)
    paint(studio)
    studio.at("preset-fast").check()
    for name, value in {"size": 64, "seed": 7, **CHOSEN, **settings}.items():
        studio.set(name, ", ".join(value) if isinstance(value, tuple) else value)


def paint(studio):
    studio.at("region-name").fill("Cup")
    for side, points in STROKES.items():
        studio.stroke(side, *points)
    studio.tool("point")
    for side, point in POINT.items():
        studio.click(side, *point)


def percent(point):
    return [100 * share for side in point.values() for share in side]


def expect_all_set(studio, content_weight=CHOSEN["content_weight"]):
    """What `prepare` has set is set."""
    expect(studio.at("preset-fast")).to_be_checked()
    studio.expect_set("size", 64)
    studio.expect_set("seed", 7)
    studio.expect_set("content_weight", content_weight)
    studio.expect_set("iterations", CHOSEN["iterations"])
    studio.expect_set("layers", ", ".join(CHOSEN["layers"]))
    expect(studio.at("content-name")).to_have_text("astronaut.jpg")
    expect(studio.at("style-name")).to_have_text("hatching.jpg")
    assert studio.pin(1) == pytest.approx(percent(POINT), abs=0.5)
    expect(studio.at("pin-row-2")).to_have_count(0)


@dataclass(frozen=True)
class Finished:
    """A guided job that was ordered on the page."""

    job: dict
    picture: Path
    masks: dict


@pytest.fixture(scope="module")
def finished(visit, served, tmp_path_factory):
    with visit(served) as studio:
        prepare(studio)
        masks = {side: studio.mask(side) for side in STROKES}
        job = studio.go()
        studio.expect_status("done")
        picture = tmp_path_factory.mktemp("download") / "result.png"
        picture.write_bytes(studio.download("download-png").read_bytes())
        return Finished(served.job(job["id"]), picture, masks)


# -------------------------------------------------------------------- one session


def test_a_run_is_watched_stopped_and_continued_and_its_settings_come_back(studio):
    prepare(studio, iterations=100_000)
    first = studio.go()
    expect_live(studio)
    studio.at("stop").click()
    studio.expect_status("stopped")
    expect_picture(studio)
    second = continue_with(studio, content_weight=3, iterations=CHOSEN["iterations"])
    assert second["request"]["start"] == first["id"]
    studio.expect_status("done")
    expect_picture(studio)
    studio.expect_listed(first, "stopped")
    studio.expect_listed(second, "done")
    studio.at(f"job-{first['number']}-restore").click()
    studio.expect_set("content_weight", CHOSEN["content_weight"])
    studio.expect_set("iterations", 100_000)


def expect_live(studio):
    """The picture changes while it is painted, and numbers say how far it is."""
    image = studio.at("result-image")
    expect(image).to_have_attribute("data-version", re.compile(r"\d+"))
    version, before = image.get_attribute("data-version"), image.screenshot()
    expect(studio.at("fact-objective")).not_to_be_empty()
    expect(studio.at("fact-step")).to_contain_text("of 100000")
    expect(studio.at("curve")).to_be_visible()
    expect(studio.at("progress")).to_be_visible()
    assert 0 < studio.at("progress").evaluate("(bar) => bar.value") < 1
    expect(image).not_to_have_attribute("data-version", version)
    until(lambda: image.screenshot() != before)
    studio.expect_status("running")


def expect_picture(studio):
    expect(studio.at("result-image")).to_be_visible()
    expect(studio.at("fact-size")).to_have_text("64 × 64 px")


def continue_with(studio, **settings):
    for name, value in settings.items():
        studio.set(name, value)
    return studio.go("continue")


def test_a_slider_parts_before_and_after(studio, finished):
    studio.at(f"job-{finished.job['number']}-look").click()
    studio.at("compare").check()
    content, halves, result = (compared(studio, share) for share in (100, 50, 0))
    quarter = content.shape[1] // 4
    assert not np.array_equal(content, result)
    assert np.array_equal(halves[:, :quarter], content[:, :quarter])
    assert np.array_equal(halves[:, -quarter:], result[:, -quarter:])


def compared(studio, share):
    """The pictures as they are shown with the slider at ``share`` per cent."""
    studio.at("compare-slider").fill(str(share))
    before = studio.page.get_by_alt_text("The content, for comparison")
    assert before.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
    return pixels(io.BytesIO(studio.at("result-image").screenshot()))


def pixels(file):
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


# -------------------------------------------------------------------- what is kept


def test_one_click_in_the_history_restores_all_there_was(studio, finished):
    studio.at(f"job-{finished.job['number']}-restore").click()
    expect(studio.at("toast")).to_contain_text("restored")
    expect_all_set(studio)
    expect_painted(studio, finished)
    expect(studio.at("region-name")).to_have_value("Cup")


def expect_painted(studio, finished):
    for side, mask in finished.masks.items():
        assert np.array_equal(studio.mask(side), mask)


def test_the_download_carries_the_recipe_of_what_was_set(served, finished):
    recipe = read_recipe(finished.picture)
    chosen = json.loads(json.dumps(asdict(replace(Strotss.fast(), **CHOSEN))))
    assert recipe["method"] == "strotss"
    assert recipe["settings"] | {"precision": "auto"} == chosen | {"precision": "auto"}
    assert (recipe["size"], recipe["seed"], recipe["color"]) == (64, 7, "style")
    (point,) = recipe["guidance"]["points"]
    set_point = [*point["content"], *point["style"]]
    assert set_point == pytest.approx([share / 100 for share in percent(POINT)], abs=0.005)


def test_the_masks_of_the_recipe_are_those_that_were_painted(served, finished):
    guidance = read_recipe(finished.picture)["guidance"]
    named = [guidance["content_mask"], *guidance["style_masks"]]
    for record, mask in zip(named, finished.masks.values(), strict=True):
        kept = served.folder / "masks" / f"{record['sha256'][:16]}.png"
        with Image.open(kept) as image:
            assert np.array_equal(np.asarray(image.convert("RGBA")), mask)
            colours = {colour for _, colour in image.convert("RGBA").getcolors()}
        assert {colour for colour in colours if colour[3]} == {BLUE}
    assert finished.job["request"]["guidance"]["names"] == {"#0072b2": "Cup"}


def test_the_copied_command_line_paints_the_same_pixels(studio, finished):
    studio.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    studio.at(f"job-{finished.job['number']}-look").click()
    studio.at("copy-command").click()
    expect(studio.at("toast")).to_contain_text("copied")
    copied = studio.page.evaluate("() => navigator.clipboard.readText()")
    folder = studio.served.folder
    before = set(folder.iterdir())
    command_line(folder, *shlex.split(copied)[1:])
    (painted,) = set(folder.iterdir()) - before
    assert np.array_equal(pixels(painted), pixels(finished.picture))


def test_without_a_clipboard_the_command_line_is_shown(studio, finished):
    studio.at(f"job-{finished.job['number']}-look").click()
    studio.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject() }")
    studio.at("copy-command").click()
    expect(studio.at("command")).to_be_visible()
    expect(studio.at("command-text")).to_have_value(finished.job["command"])


def test_a_dropped_result_restores_its_settings(studio, finished):
    studio.drop("content-pane", finished.picture)
    expect(studio.at("toast")).to_contain_text("restored")
    expect_all_set(studio)
    expect_painted(studio, finished)


def test_results_are_offered_in_other_formats_with_their_recipe(studio, finished):
    studio.at(f"job-{finished.job['number']}-look").click()
    for suffix in ("tif", "jpg", "webp"):
        file = studio.download(f"download-{suffix}")
        assert read_recipe(file) == read_recipe(finished.picture)


def test_exported_masks_and_points_work_on_the_command_line(studio, finished, tmp_path):
    studio.at(f"job-{finished.job['number']}-restore").click()
    expect(studio.at("toast")).to_contain_text("restored")
    masks = [studio.export_mask(side) for side in STROKES]
    points = tmp_path / "points.json"
    points.write_text(json.dumps(studio.points()))
    guides = ["--content-mask", masks[0], "--style-mask", masks[1], "--points", points]
    quick = ["--preset", "fast", "--size", "64", "-s", "iterations=2", "-s", "layers=rgb"]
    pictures = [EXAMPLES / "content/astronaut.jpg", EXAMPLES / "style/hatching.jpg"]
    command_line(tmp_path, "transfer", *pictures, "-o", "out.png", *quick, *guides)
    guidance = read_recipe(tmp_path / "out.png")["guidance"]
    assert guidance["points"] == read_recipe(finished.picture)["guidance"]["points"]
    assert guidance["content_mask"]["sha256"].startswith(
        finished.job["request"]["guidance"]["content_mask"]
    )


def command_line(folder, *arguments):
    """Run the command line in a folder, without a shell."""
    subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        timeout=60,
    )
