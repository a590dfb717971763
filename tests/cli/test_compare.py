"""wasserstyle compare: a sheet, numbers beside it, and what may go wrong."""

import json
import subprocess

import pytest

from wasserstyle.cli.comparison import Entry, parse_methods
from wasserstyle.errors import BadSetting, UnknownMethod
from wasserstyle.image import read
from wasserstyle.methods import names

pytestmark = pytest.mark.slow  # its file is begun first


def test_methods_are_named_with_presets():
    assert parse_methods("strotss, gatys:paper") == [
        Entry("strotss", "default"),
        Entry("gatys", "paper"),
    ]
    assert [e.method for e in parse_methods(None)] == names()


@pytest.mark.parametrize(
    ("text", "error"),
    [("gaty", UnknownMethod), ("gatys:fats", BadSetting), ("gatys,gatys", BadSetting)],
)
def test_wrong_names_are_refused_before_anything_runs(text, error):
    with pytest.raises(error):
        parse_methods(text)


def test_a_sheet_with_time_memory_and_scores(run, photograph, painting, tmp_path):
    sheet, keep = tmp_path / "sheet.png", tmp_path / "kept"
    code, out, err = run(
        *("compare", photograph, painting, "-o", sheet, "--size", 48, "--threads", 1),
        *("--methods", "color_transport,strotss:fast", "--keep", keep, "--json"),
    )
    assert code == 0
    record = json.loads((tmp_path / "sheet.json").read_text())
    assert record == json.loads(out)
    assert [m["method"] for m in record["methods"]] == ["color_transport", "strotss"]
    for method in record["methods"]:
        assert method["seconds"] > 0
        assert 2e8 < method["peak_bytes"] < 4e9
        assert set(method["scores"]) == {"content", "style", "color"}
    assert set(record["anchors"]) == {"content", "style"}
    assert record["content"]["sha256"]
    assert sorted(p.name for p in keep.iterdir()) == ["color_transport.png", "strotss-fast.png"]
    assert read(keep / "strotss-fast.png").rgb.shape[3] == 48
    assert read(sheet).rgb.shape[3] > 4 * 48
    assert "strotss:fast (2 of 2)" in err


def test_one_that_fails_does_not_end_the_others(
    run, photograph, painting, tmp_path, monkeypatch
):
    plain, sheet = subprocess.run, tmp_path / "sheet.png"

    def failing(command, **options):
        if "gatys" in command:
            return subprocess.CompletedProcess(command, 2, "")
        return plain(command, **options)

    monkeypatch.setattr("wasserstyle.cli.comparison.subprocess.run", failing)
    chosen = "gatys,color_transport"
    code, _, err = run(
        "compare", photograph, painting, "-o", sheet, "--size", 48, "--methods", chosen
    )
    assert code == 2
    assert "failed: gatys" in err
    gatys, other = json.loads((tmp_path / "sheet.json").read_text())["methods"]
    assert "ended with code 2" in gatys["failure"]
    assert other["seconds"] > 0
    assert sheet.exists()


def test_what_is_missing_is_said_before_anything_is_written(run, photograph, tmp_path):
    code, _, err = run("compare", photograph, tmp_path / "none.png", "-o", tmp_path / "s.png")
    assert code == 2
    assert "none.png" in err
    assert list(tmp_path.iterdir()) == []


def test_the_pair_is_never_replaced(run, photograph, painting):
    before = photograph.read_bytes()
    code, _, err = run("compare", photograph, painting, "-o", photograph)
    assert code == 2
    assert "would replace" in err
    assert photograph.read_bytes() == before
