"""The key tells the truth, the sheet and the order do not tell it, and answers are counted right."""

import json
import sys

import numpy as np
import pytest
import torch
from PIL import Image

import blind
import blind_sheets
import reference_runs
from wasserstyle import image as images

COLOURS = {"reference": (255, 0, 254), "engine": (1, 255, 0)}
HEIGHT, WIDTH = 24, 64
TIMES = 8
PAIR = blind_sheets.PAIRS[0]
NAME = "astronaut-swirls"


def flat(who):
    colour = torch.tensor(COLOURS[who], dtype=torch.float32) / 255
    return colour[None, :, None, None].expand(1, 3, HEIGHT, WIDTH)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Flat results, and folders of their own."""
    monkeypatch.setattr(blind_sheets, "OUT", tmp_path / "blind")
    monkeypatch.setattr(blind_sheets, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(blind_sheets, "reference_result", lambda *_: flat("reference"))
    monkeypatch.setattr(blind_sheets, "engine_result", lambda *_: flat("engine"))
    return tmp_path


@pytest.fixture
def command(place, monkeypatch):
    def call(*words):
        monkeypatch.setattr(sys, "argv", ["blind_sheets.py", "--size", "64", *map(str, words)])
        blind_sheets.main()

    return call


def key_in(place):
    return json.loads((place / "blind/64/key/key.json").read_text())


def sheet_in(place):
    with Image.open(place / f"blind/64/{NAME}.png") as opened:
        opened.load()
        return opened


def where(picture, who):
    """(row, column) of all pixels of one result."""
    return np.argwhere((np.asarray(picture) == COLOURS[who]).all(axis=2))


@pytest.mark.parametrize("seed", range(6))
def test_the_results_are_where_the_key_says(place, command, seed):
    command("--pairs", 0, "--seed", seed)
    entry, picture = key_in(place)[NAME], sheet_in(place)
    left, right = where(picture, entry["A"]), where(picture, entry["B"])
    assert len(left) == len(right) == HEIGHT * WIDTH * TIMES**2
    assert left[:, 0].min() == right[:, 0].min()
    assert left[:, 1].max() < right[:, 1].min()
    assert {entry["A"], entry["B"]} == set(COLOURS)
    assert entry["seed"] == seed
    assert entry["sizes"]["A"] == entry["sizes"]["B"] == [WIDTH, HEIGHT]


def test_inputs_and_results_are_enlarged_by_whole_numbers_only(place):
    content, style = reference_runs.pictures(PAIR)
    noise = torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(0))
    picture = np.asarray(
        blind.sheet([blind_sheets.magnified(i) for i in (content, style, noise, noise)])
    )
    top = blind.GAP + blind.LINE
    inside = picture[top : top + content.shape[2], blind.GAP :][:, : content.shape[3]]
    np.testing.assert_array_equal(inside, blind_sheets.images.to_array(content))
    enlarged = np.asarray(blind_sheets.magnified(noise))
    squares = blind_sheets.images.to_array(noise).repeat(TIMES, 0).repeat(TIMES, 1)
    np.testing.assert_array_equal(enlarged, squares)


def test_a_sheet_has_pixels_and_nothing_else(place, command):
    command("--pairs", 0)
    assert sheet_in(place).info == {}
    files = sorted(p.name for p in (place / "blind").rglob("*") if p.is_file())
    assert files == [f"{NAME}.png", "key.json"]


def test_the_order_follows_from_the_seed_and_takes_both_forms():
    names, two = [blind_sheets.name_of(pair) for pair in blind_sheets.PAIRS], blind_sheets.TWO
    for name in names:
        orders = [blind.order(name, two, seed) for seed in range(200)]
        assert orders == [blind.order(name, two, seed) for seed in range(200)]
        assert 60 < sum(first == "engine" for first, _ in orders) < 140
    assert len({blind.order(name, two, 0) for name in names}) == 2


def test_without_a_seed_every_run_has_its_own(place, command):
    command("--pairs", 0, 1)
    first = key_in(place)
    (place / f"blind/64/{NAME}.png").unlink()
    command("--pairs", 0)
    again = key_in(place)
    assert again[NAME]["seed"] != first[NAME]["seed"]
    assert again["coffee-watercolour"] == first["coffee-watercolour"]


def test_a_sheet_that_is_there_stays_with_its_key(place, command, capsys):
    command("--pairs", 0, "--seed", 0)
    key, data = key_in(place), (place / f"blind/64/{NAME}.png").read_bytes()
    command("--pairs", 0, "--seed", 1)
    assert key_in(place) == key
    assert (place / f"blind/64/{NAME}.png").read_bytes() == data
    assert "delete it" in capsys.readouterr().out


def test_a_pair_that_another_process_is_at_is_left_out(place, command, monkeypatch, capsys):
    monkeypatch.setattr(blind_sheets, "reference_result", lambda *_: None)
    command("--pairs", 0)
    assert "left out" in capsys.readouterr().out
    assert not (place / "blind").exists()


def test_a_kept_run_is_taken_and_not_made_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(reference_runs, "ENDS", tmp_path)
    monkeypatch.setattr(reference_runs, "run", None)  # not called
    images.write(flat("reference"), reference_runs.end_of(PAIR, 3, 64))
    found = blind_sheets.reference_result(PAIR, 64, 3)
    torch.testing.assert_close(found, flat("reference"), atol=1 / 255, rtol=0)


def test_pairs_are_ten_examples_the_kept_runs_first():
    assert len(set(blind_sheets.PAIRS)) == len(blind_sheets.PAIRS) == 10
    assert blind_sheets.PAIRS[:3] == reference_runs.PAIRS
    for content, style in blind_sheets.PAIRS:
        assert (blind_sheets.ROOT / f"examples/content/{content}.jpg").exists()
        assert (blind_sheets.ROOT / f"examples/style/{style}.jpg").exists()


@pytest.fixture
def judged(place):
    """A key of three, and how to hand in answers to it."""
    key = {
        "one": {"A": "engine", "B": "reference", "preset": "default"},
        "two": {"A": "reference", "B": "engine", "preset": "default"},
        "three": {"A": "engine", "B": "reference", "preset": "fast"},
    }
    path = place / "blind/64/key/key.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(key))

    def hand_in(answers):
        (place / "answers.json").write_text(json.dumps(answers))
        return place / "answers.json"

    return hand_in


def test_answers_are_counted_by_the_key(place, judged, command, capsys):
    answers = {
        "one": {"style": "A", "content": "B", "overall": "equal"},
        "two": {"style": "B", "content": "B", "overall": "A"},
    }
    command("--answers", judged(answers), "--judge", "a painter")
    result = json.loads((place / "results/blind_sheets_64.json").read_text())
    assert result["counts"] == {
        "style": {"engine": 2, "equal": 0, "reference": 0},
        "content": {"engine": 1, "equal": 0, "reference": 1},
        "overall": {"engine": 0, "equal": 1, "reference": 1},
    }
    assert result["pairs"]["one"] == {
        "style": "engine",
        "content": "reference",
        "overall": "equal",
    }
    assert result["judge"] == "a painter"
    assert result["presets"] == ["default"]
    assert result["not_judged"] == ["three"]
    assert "overall" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"four": {}}, "'four' is not in the key; it has one, two, three"),
        ({"one": {"style": "A"}}, "answer style, content, overall"),
        ({"one": {"style": "C", "content": "A", "overall": "B"}}, "answer A, B or equal"),
    ],
)
def test_wrong_answers_are_refused(judged, command, answers, message):
    path = judged(answers)
    with pytest.raises(ValueError, match=message):
        command("--answers", path)
