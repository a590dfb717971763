"""From two folders to a report, on the command line; and what it says when that cannot be."""

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from PIL import Image

from study.studies import Rater, make, pictures_of, plan_of, serving
from wasserstyle.study.paint import painter_of
from wasserstyle.study.plan import read_plan

METHODS = ("--methods", "color_transport,adain", "--size", 64, "--checks", 1)


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """Two small contents, one small style."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, name in enumerate(("content/a.png", "content/b.png", "style/s.png")):
        (folder / name).parent.mkdir(exist_ok=True)
        picture = Image.linear_gradient("L").resize((80 - 8 * number, 60)).convert("RGB")
        picture.putpixel((5, 5), (250, 50 * number, 0))
        picture.save(folder / name)
    return folder


@pytest.fixture
def sides(examples):
    return ("--content", examples / "content", "--style", examples / "style")


@pytest.fixture
def new(run, sides, tmp_path):
    def call(*more):
        return run("study", "new", tmp_path / "s", *sides, *METHODS, *more)

    return call


def times(folder):
    return {p: p.stat().st_mtime_ns for p in (folder / "pictures").rglob("*.png")}


def attentive(page):
    """What anyone sees: the picture that is the reference itself."""
    shown = pictures_of(page)
    return next((side.upper() for side in "ab" if shown[side] == shown["c"]), None)


def test_from_two_folders_to_a_report(new, run, tmp_path):
    folder = tmp_path / "s"
    code, _, said = new()
    assert code == 0
    assert "4/4" in said
    with serving(folder) as running:
        for value in ("A", "equal"):
            with httpx.Client(base_url=running.url, timeout=30, verify=False) as client:
                rater = Rater(client).begin()
                page = rater.look()
                assert "adain" not in page
                assert "color" not in page.replace("color-scheme", "")
                rater.answer_all(lambda page, value=value: attentive(page) or value)
                assert len(rater.given) == 5  # 2 pairs, 2 questions, one check
    code, out, _ = run("study", "report", folder)
    found = folder / "report" / "answers.csv"
    with found.open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 10
    assert {row["A"] for row in rows} <= {
        *("adain/default", "color_transport/default", "reference", "unrelated")
    }
    assert code == 0
    checks = [row for row in rows if row["right"]]
    assert [row["answer"] for row in checks] == [row["right"] for row in checks]
    with (folder / "report" / "scores.csv").open() as file:
        shown = {row["label"]: row["shown"] for row in csv.DictReader(file)}
    assert shown == {"adain/default": "4", "color_transport/default": "4"}
    assert out.strip() == str(folder / "report" / "index.html")
    codes = (folder / "report" / "codes.txt").read_text().splitlines()
    assert len(codes) == 2


def test_pictures_carry_no_recipe_but_have_one_beside_them(new, tmp_path):
    new("-q")
    pictures = sorted((tmp_path / "s" / "pictures").rglob("*.png"))
    assert len(pictures) == 2 * 4
    for path in pictures:
        with Image.open(path) as picture:
            assert max(picture.size) == 64
            assert set(picture.info) <= {"icc_profile", "dpi"}
        assert b"wasserstyle" not in path.read_bytes()
        recipe = json.loads(path.with_suffix(".json").read_text())["recipe"]
        assert ("method" in recipe) == ("--" in path.name)


def test_a_second_run_paints_only_what_is_missing_or_asked_otherwise(new, run, tmp_path):
    folder = tmp_path / "s"
    new("-q")
    before = times(folder)
    gone = folder / "pictures" / "01-a-s" / "adain--default.png"
    bytes_before = gone.read_bytes()
    gone.unlink()
    assert new("-q")[0] == 0
    assert gone.read_bytes() == bytes_before
    after = times(folder)
    assert [path for path in before if after[path] != before[path]] == [gone]
    text = (folder / "study.toml").read_text()
    changed = text.replace('"default" = {}', '"default" = {strength = 0.5}', 1)
    (folder / "study.toml").write_text(changed)
    assert run("study", "new", folder, "-q")[0] == 0
    repainted = [path.name for path, time in times(folder).items() if time != after[path]]
    assert repainted == ["color_transport--default.png"] * 2


def test_no_paint_writes_the_plan_only(new, tmp_path):
    assert new("--no-paint")[0] == 0
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["study.toml"]
    assert len(read_plan(tmp_path / "s").pairs) == 2


def test_other_wishes_for_a_study_that_is_there_are_refused(new, run, tmp_path):
    new("--no-paint")
    assert new("--no-paint")[0] == 0
    code, _, said = new("--no-paint", "--raters", 9)
    assert code == 2
    assert "says otherwise" in said
    code, _, said = run("study", "new", tmp_path / "s", "--raters", 9)
    assert code == 2
    assert "--content, --style and --methods" in said
    assert read_plan(tmp_path / "s").raters == 5


def test_settings_are_twice_and_a_quarter_of_the_content_weight():
    assert painter_of("gatys").settings == {
        "low": {"content_weight": 2.0},
        "default": {},
        "high": {"content_weight": 0.25},
    }
    assert painter_of("adain").settings == {"default": {}}
    paper = painter_of("strotss:paper")
    assert (paper.name, paper.preset) == ("strotss-paper", "paper")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--methods", "nonsense,adain"), "nonsense"),
        (("--methods", "adain"), "needs two"),
        (("--design", "guess"), "compare, rate"),
        (("--raters", 0), "raters = 0"),
    ],
)
def test_wrong_wishes_are_one_line_and_write_nothing(new, tmp_path, more, words):
    code, _, said = new(*more)
    assert code == 2
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "s").exists()


def test_a_wrong_setting_in_the_plan_is_named_before_painting(new, run, tmp_path):
    new("--no-paint", "-q")
    path = tmp_path / "s" / "study.toml"
    path.write_text(path.read_text().replace('"default" = {}', '"default" = {strenth = 1}', 1))
    code, _, said = run("study", "new", tmp_path / "s")
    assert code == 2
    assert "color_transport/default" in said
    assert "strength" in said


def test_what_cannot_be_served_or_reported_is_said(run, tmp_path):
    assert "make one by" in run("study", "serve", tmp_path / "none")[2]
    folder = make(tmp_path / "s", plan_of())
    assert "no answers that count" in run("study", "report", folder)[2]
    shutil.rmtree(folder / "pictures")
    (folder / "study.sqlite").unlink()
    code, _, said = run("study", "serve", folder)
    assert code == 2
    assert "pictures are missing" in said


def test_a_table_alone_is_reported(run, tmp_path):
    table = tmp_path / "answers.csv"
    lines = [f"p,{q},x/low,y/low,A,w{n}" for q in ("style", "content") for n in range(3)]
    table.write_text("\n".join(["pair_id,question,A,B,answer,worker", *lines]) + "\n")
    code, out, _ = run("study", "report", tmp_path / "out", "--answers", table)
    assert code == 0
    assert "x/low" in (tmp_path / "out/report/scores.csv").read_text()
    assert out.strip().endswith("index.html")


@pytest.mark.parametrize(
    ("package", "module", "command"),
    [
        ("fastapi", "wasserstyle.study.app", "serve"),
        ("matplotlib.figure", "wasserstyle.study.pages", "report"),
    ],
)
def test_a_missing_package_names_the_extra(
    run, tmp_path, monkeypatch, package, module, command
):
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    code, _, said = run("study", command, make(tmp_path / "s", plan_of()))
    assert code == 2
    assert "wasserstyle[study]" in said
    assert said.count("\n") == 1


def test_every_option_of_the_page_exists(run):
    page = (Path(__file__).parents[2] / "docs" / "study.md").read_text("utf-8")
    helps = "".join(run("study", name, "--help")[1] for name in ("new", "serve", "report"))
    named = set(re.findall(r"--[a-z-]+", page))
    assert len(named) > 5
    assert named <= set(re.findall(r"--[a-z-]+", helps))


def test_serving_needs_no_torch():
    code = "import sys, wasserstyle.study.app; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
