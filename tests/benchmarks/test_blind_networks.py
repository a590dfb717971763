"""Sheets of two networks: the right one paints, the key tells it, answers are counted."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import blind_networks
import networks

LEVEL = {"adain": 10, "sanet": 60, "tiny": 110, "wasserstein_critic": 160, "as painted": 5}


@pytest.fixture
def command(tmp_path, monkeypatch):
    """The benchmark on two pairs, with painters of flat colours."""
    for kind in ("content", "style"):
        (tmp_path / kind).mkdir()
        for number in range(2):
            Image.new("RGB", (40, 30), "white").save(tmp_path / kind / f"{number}.jpg")
    monkeypatch.setattr(blind_networks, "OUT", tmp_path / "blind")
    monkeypatch.setattr(blind_networks, "RESULT", tmp_path / "results/blind.json")

    def flat(name, settings):
        level = LEVEL[name] + (LEVEL["as painted"] if settings else 0)
        colour = torch.tensor([level, 0, 255]).div(255).reshape(1, 3, 1, 1)  # not of a letter
        return lambda *_: colour.expand(1, 3, 30, 40)

    monkeypatch.setattr(networks, "by", flat)

    def call(*words):
        given = ["blind_networks.py", *words, "--pairs", str(tmp_path), "--size", "40"]
        monkeypatch.setattr(sys, "argv", given)
        blind_networks.main()

    return call


def count(picture, level):
    return int((np.asarray(picture) == (level, 0, 255)).all(axis=2).sum())


@pytest.mark.parametrize(
    ("two", "levels"),
    [
        (("tiny", "adain"), [(110, 10), (110, 10)]),
        (("each", "each palette=network"), [(10, 15), (60, 65)]),
    ],
)
def test_both_paint_every_pair_and_the_key_tells_who_is_who(tmp_path, command, two, levels):
    command(*two)
    folder = tmp_path / "blind" / "-".join(two).replace(" ", "_")
    key = json.loads((folder / "key/key.json").read_text())
    for number, both in enumerate(levels):
        entry = key[f"{number:02}"]
        assert {entry["A"], entry["B"]} == set(two)
        assert entry["pair"] == [str(number)] * 2
        with Image.open(folder / f"{number:02}.png") as picture:
            left, right = (
                picture.crop((x, 0, x + picture.width // 2, picture.height))
                for x in (0, picture.width // 2)
            )
        for side, who in ((left, "A"), (right, "B")):
            assert count(side, both[two.index(entry[who])]) == 30 * 40


def test_answers_are_counted_and_other_contests_stay(tmp_path, command):
    command("tiny", "adain")
    result = tmp_path / "results/blind.json"
    result.parent.mkdir()
    result.write_text('{"others": {}}')
    key = json.loads((tmp_path / "blind/tiny-adain/key/key.json").read_text())
    of_tiny = next(letter for letter in "AB" if key["01"][letter] == "tiny")
    answers = tmp_path / "answers.json"
    answers.write_text(
        json.dumps(
            {"01": dict.fromkeys(("style", "overall", "cells"), of_tiny) | {"content": "equal"}}
        )
    )
    command("tiny", "adain", "--answers", str(answers), "--judge", "a painter")
    kept = json.loads(result.read_text())
    assert set(kept) == {"others", "tiny x adain"}
    assert kept["tiny x adain"]["judge"] == "a painter"
    assert kept["tiny x adain"]["counts"]["style"] == {"tiny": 1, "equal": 0, "adain": 0}
    assert kept["tiny x adain"]["counts"]["cells"] == {"tiny": 1, "equal": 0, "adain": 0}
    assert kept["tiny x adain"]["not_judged"] == ["00"]


def test_a_folder_has_the_weights_of_each(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(networks, "by", lambda name, settings: seen.append(settings))
    for number in range(len(networks.NETWORKS)):
        blind_networks.painter(f"each trained={tmp_path}", number)
    assert [Path(one["trained"]).name for one in seen] == [
        "adain.safetensors",
        "sanet.safetensors",
        "tiny.safetensors",
        "wasserstein_critic_multi.safetensors",
        "wasserstein_critic_single.safetensors",
    ]
