"""rerun, methods, doctor, cite, help."""

import dataclasses
import re
import subprocess
import sys

import pytest

from wasserstyle import methods
from wasserstyle.image import read, write


def test_rerun_gives_the_same_pixels(run, transfer, tmp_path):
    transfer(tmp_path / "a.png", "--seed", 7, "--content-weight", 2, "--color", "keep")
    code, _, err = run("rerun", tmp_path / "a.png")
    assert code == 0
    assert "pixels: the same" in err
    assert (tmp_path / "a-rerun.png").read_bytes() == (tmp_path / "a.png").read_bytes()


def test_rerun_finds_inputs_beside_the_picture_and_checks_them(
    run, transfer, tmp_path, photograph
):
    copy = tmp_path / "here" / "photo.jpg"
    copy.parent.mkdir()
    copy.write_bytes(photograph.read_bytes())
    transfer(tmp_path / "a.png", content=copy)
    copy.rename(tmp_path / "photo.jpg")
    assert run("rerun", tmp_path / "a.png", "-q")[0] == 0
    (tmp_path / "photo.jpg").write_bytes(b"something else")
    code, _, err = run("rerun", tmp_path / "a.png")
    assert code == 2
    assert "not the file the picture was made from" in err
    assert run("rerun", tmp_path / "a.png", "--content", photograph, "-q")[0] == 0


@pytest.mark.parametrize(
    "recipe",
    [
        None,
        {"recipe": 99},
        {"recipe": 1},
        {"recipe": 1, "method": "strotss", "settings": {}},
        {
            "recipe": 1,
            "method": "strotss",
            "settings": {},
            "content": {"path": "/x", "name": "x"},
        },
    ],
)
def test_pictures_without_a_usable_recipe_are_refused(run, tmp_path, recipe, photograph):
    write(read(photograph).rgb, tmp_path / "a.png", recipe=recipe)
    code, _, err = run("rerun", tmp_path / "a.png")
    assert code == 2
    assert err.count("\n") == 1
    assert "a.png" in err


def test_methods_are_listed_with_settings_and_sources(run):
    assert "strotss" in run("methods")[1]
    page = run("methods", "strotss")[1]
    for field in dataclasses.fields(methods.get("strotss")):
        assert f"{field.name} = " in page
        assert field.metadata["source"] in page
    assert "Preset authors" in page
    assert "Where we differ" in page


def test_doctor_reports_the_machine_and_the_weights(run):
    code, report, _ = run("doctor")
    assert code == 0
    for word in ("torch", "threads", "bfloat16", "free memory", "largest size"):
        assert word in report
    for size in ("512 px", "1024 px"):
        assert re.search(rf"^{size} +about [\d:]+ and [\d.]+ GB", report, re.MULTILINE)
    assert report.count("sha256") == 2


def test_cite_prints_bibtex(run):
    assert "@inproceedings{kolkin2019" in run("cite", "strotss")[1]


def test_help_does_not_load_torch():
    code = (
        "import sys; from wasserstyle.cli import app; app(['--help'], standalone_mode=False); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_without_a_command_there_is_help_and_nothing_else(run):
    code, out, err = run()
    assert code == 2
    assert "transfer" in out
    assert "wasserstyle:" not in err
