"""--dry-run: all checks, expected time and memory, and not a file."""

import json
import re

import pytest
import torch

from wasserstyle.runs import resources


@pytest.fixture
def dry(transfer, tmp_path):
    threads = torch.get_num_threads()
    yield lambda *arguments, **pictures: transfer(
        tmp_path / "a.png", "--dry-run", "--threads", 1, *arguments, **pictures
    )
    torch.set_num_threads(threads)


def test_it_says_size_time_memory_and_machine_and_writes_nothing(dry, tmp_path):
    code, out, err = dry("--preview", tmp_path / "p.png", "--device", "cpu")
    assert (code, err) == (0, "")
    line = r"64 x 43 px: about \d+:\d\d and 0\.\d GB on cpu \((bfloat16|float32), 1 thread\)\n"
    assert re.fullmatch(line, out)
    assert list(tmp_path.iterdir()) == []


def test_json_is_one_record_and_quiet_is_silent(dry):
    code, out, err = dry("--json", "--quiet", "--dtype", "float32")
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    record = json.loads(out)
    assert set(record) == {"seconds", "bytes", "height", "width", "device", "precision"}
    assert (record["width"], record["height"]) == (64, 43)
    assert record["precision"] == "float32"
    assert record["seconds"] > 0
    assert record["bytes"] > 1e8
    assert dry("--quiet")[:2] == (0, "")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--style-weights", "1,2"], "2 style weights"),
        (["-s", "iteration=3"], "nearest: iterations"),
        (["--preview", "p.xyz"], "p.xyz"),
        (["--resume"], "nothing to resume"),
    ],
)
def test_what_a_run_refuses_is_refused(dry, tmp_path, arguments, word):
    code, out, err = dry(*arguments)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert word in err
    assert list(tmp_path.iterdir()) == []


def test_bad_pictures_and_too_little_memory_are_refused(dry, tmp_path, monkeypatch):
    assert dry(content=tmp_path / "missing.jpg")[0] == 2
    assert dry(style=tmp_path / "missing.jpg")[0] == 2
    monkeypatch.setattr(resources, "free_bytes", lambda _: 1e8)
    code, _, err = dry()
    assert code == 2
    assert "close other programs" in err
