"""Every picture is shown beside a kept run, who painted it is only in the key, grades are counted."""

import json
import sys

import pytest
import torch
from PIL import Image

import blind
import closeness
from wasserstyle import image as images

HEIGHT, WIDTH = 24, 64
LEVELS = {"first": 0.1, "again": 0.4, "fast": 0.7}
PAIRS = (("cat", "hatching"), ("coffee", "mosaic"))


def flat(who):
    return torch.full((1, 3, HEIGHT, WIDTH), LEVELS[who])


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Two kept runs, one of them with a second seed; flat pictures."""
    kept = tmp_path / "kept"
    kept.mkdir()

    def end_of(pair, seed, size):
        return kept / f"{'-'.join(pair)}-{seed}-{size}.png"

    for pair in PAIRS:
        images.write(flat("first"), end_of(pair, 0, 64))
    images.write(flat("again"), end_of(PAIRS[0], closeness.SECOND, 64))
    monkeypatch.setattr(closeness, "end_of", end_of)
    monkeypatch.setattr(closeness, "PAIRS", (*PAIRS, ("cat", "mosaic")))
    monkeypatch.setattr(closeness, "engine_result", lambda *_: flat("fast"))
    monkeypatch.setattr(closeness, "OUT", tmp_path / "blind")
    monkeypatch.setattr(closeness, "RESULT", tmp_path / "results/closeness.json")
    return tmp_path


@pytest.fixture
def command(place, monkeypatch):
    def call(*words):
        monkeypatch.setattr(sys, "argv", ["closeness.py", "--size", "64", *map(str, words)])
        closeness.main()

    return call


def key_in(place):
    return json.loads(blind.key_path(place / "blind/closeness-64").read_text())


def test_every_kept_run_is_shown_beside_the_preset_and_beside_its_second_seed(place, command):
    command("--presets", "fast")
    shown = sorted((e["pair"], e["other"]) for e in key_in(place).values())
    assert shown == [
        ("cat-hatching", "fast"),
        ("cat-hatching", closeness.AGAIN),
        ("coffee-mosaic", "fast"),
    ]
    assert sorted(key_in(place)) == ["01", "02", "03"]


def test_a_sheet_shows_the_two_that_the_key_names(place, command):
    command("--presets", "fast")
    for name, entry in key_in(place).items():
        other = "again" if entry["other"] == closeness.AGAIN else "fast"
        with Image.open(place / f"blind/closeness-64/{name}.png") as sheet:
            levels = {pixel[0] for _, pixel in sheet.convert("RGB").getcolors(1 << 24)}
        assert {round(255 * LEVELS[who]) for who in ("first", other)} <= levels


def test_grades_are_counted_by_who_painted_the_other_picture(place, command):
    command("--presets", "fast")
    grades = {("cat-hatching", "fast"): 3, ("coffee-mosaic", "fast"): 4}
    answers = place / "answers.json"
    said = {n: grades.get((e["pair"], e["other"]), 5) for n, e in key_in(place).items()}
    answers.write_text(json.dumps(said))
    command("--answers", answers, "--judge", "nobody")
    found = json.loads((place / "results/closeness.json").read_text())["64 px"]
    assert found["judge"] == "nobody"
    assert found["grades"]["fast"] == {
        "median": 3.5,
        "mean": 3.5,
        "pairs": {"cat-hatching": 3, "coffee-mosaic": 4},
    }
    assert found["grades"][closeness.AGAIN]["median"] == 5


@pytest.mark.parametrize("said", [{"01": 6}, {"01": "A"}, {"77": 3}])
def test_other_grades_and_unknown_sheets_are_refused(place, command, said):
    command("--presets", "fast")
    (place / "answers.json").write_text(json.dumps(said))
    with pytest.raises(ValueError, match="answer 1 to 5"):
        command("--answers", place / "answers.json")
