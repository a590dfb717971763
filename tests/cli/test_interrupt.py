"""Ctrl-C and killing: the picture so far, and the same bytes after --resume."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from wasserstyle.errors import BadRecipe, CannotWrite
from wasserstyle.image import read, read_recipe
from wasserstyle.optim import Snapshot
from wasserstyle.runs import checkpoint

pytestmark = pytest.mark.slow  # its file is begun first

START = (
    "import os; os.environ['OMP_NUM_THREADS'] = '1'; from wasserstyle.cli import main; main()"
)
SLOW = ["--size", "128", "--threads", "1", "-s", "samples=64", "-s", "style_pool=200"]


def command(out, photograph, painting, *more):
    arguments = [
        "transfer",
        photograph,
        painting,
        "-o",
        out,
        *SLOW,
        "-s",
        "iterations=40",
        *more,
    ]
    return [sys.executable, "-c", START, *map(str, arguments)]


@pytest.fixture(scope="module")
def files():
    examples = Path(__file__).parents[2] / "examples"
    return examples / "content" / "cat.jpg", examples / "style" / "swirls.jpg"


@pytest.fixture(scope="module")
def whole(tmp_path_factory, files):
    """The bytes of an uninterrupted run."""
    out = tmp_path_factory.mktemp("whole") / "a.png"
    subprocess.run(command(out, *files, "-q"), check=True)
    return out.read_bytes()


def interrupt_when(process, condition):
    deadline = time.monotonic() + 60
    while not condition() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=60)[1]


def test_ctrl_c_keeps_the_picture_and_resume_ends_in_the_same_bytes(tmp_path, files, whole):
    out, preview = tmp_path / "new" / "a.png", tmp_path / "p.png"  # a folder to be made
    process = subprocess.Popen(
        command(out, *files, "--preview", preview, "--every", "15"),
        stderr=subprocess.PIPE,
        text=True,
    )
    said = interrupt_when(process, preview.exists)
    assert process.returncode == 130
    assert f"wrote the picture so far to {out}" in said
    assert read(out).rgb.shape == (1, 3, 85, 128)
    assert read_recipe(out)["interrupted"]["iteration"] > 0
    assert out.read_bytes() != whole
    subprocess.run(command(out, *files, "-q", "--resume"), check=True)
    assert out.read_bytes() == whole
    assert [p.name for p in out.parent.iterdir()] == ["a.png"]


def test_a_run_does_not_resume_another(tmp_path, files):
    out, preview = tmp_path / "a.png", tmp_path / "p.png"
    process = subprocess.Popen(
        command(out, *files, "--preview", preview, "--every", "5"),
        stderr=subprocess.PIPE,
        text=True,
    )
    interrupt_when(process, preview.exists)
    other = subprocess.run(
        command(out, *files, "--resume", "--seed", "9"),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert other.returncode == 2
    assert "of a run with other seed" in other.stderr


@pytest.mark.parametrize("about", ["{}", "[]", '{"stage": 0, "iteration": 1}', "junk"])
def test_a_damaged_state_is_refused(tmp_path, about):
    path = tmp_path / "a.png.resume"
    save_file({"x": torch.zeros(1)}, path, {"about": about})
    with pytest.raises(BadRecipe, match="damaged"):
        checkpoint.load(path, {})


def test_a_state_of_another_version_is_refused(tmp_path):
    path, snapshot = tmp_path / "a.png.resume", Snapshot(stage=0, iteration=1, tensors={})
    checkpoint.save(path, snapshot, {})
    assert checkpoint.load(path, {}) == snapshot
    save_file({}, path, {"about": '{"stage": 0, "iteration": 1, "recipe": {}}'})
    with pytest.raises(BadRecipe, match="of another version"):
        checkpoint.load(path, {})


def test_a_state_that_cannot_be_kept_is_a_warning_not_the_end(transfer, tmp_path, monkeypatch):
    def full(*_):
        raise CannotWrite("disk full")

    monkeypatch.setattr("wasserstyle.cli.paint.SNAPSHOT_SECONDS", -1.0)
    monkeypatch.setattr("wasserstyle.runs.checkpoint.save", full)
    code, _, err = transfer(tmp_path / "a.png")
    assert code == 0
    assert "warning: disk full" in err
