"""A workplace: small contents and styles, and the batch command in and out of process."""

import json
import os
import signal
import subprocess
import sys

import pytest
import torch

from wasserstyle.image import write

QUICK = ("--method", "color_transport", "--size", "48", "--threads", "1")
SLOW = ("--method", "color_transport", "--size", "600", "--threads", "1")
"""Long enough for a stop to come before the end, on a busy machine, too."""
PATTERN = "out/{content}-{style}.png"


def picture(path, seed, side=40):
    """Smooth colours, different for each seed."""
    generator = torch.Generator().manual_seed(seed)
    small = torch.rand(1, 3, 4, 5, generator=generator)
    write(torch.nn.functional.interpolate(small, (side, side + 8), mode="bilinear"), path)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Three contents and two styles, and the working folder there."""
    threads = torch.get_num_threads()
    for number, name in enumerate(("a", "b", "c")):
        picture(tmp_path / "contents" / f"{name}.png", number)
    for number, name in enumerate(("x", "y"), 10):
        picture(tmp_path / "styles" / f"{name}.png", number)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    torch.set_num_threads(threads)


@pytest.fixture
def batch(place, run):
    """Run ``wasserstyle batch`` here; exit code, records, and what it said."""

    def call(*arguments, quick=QUICK):
        code, out, err = run("batch", *arguments, *quick, "--json")
        return code, [json.loads(line) for line in out.splitlines()], err

    return call


@pytest.fixture
def start(place):
    """Start the command in a process of its own."""
    begun = []

    def call(*arguments, quick=QUICK):
        words = [sys.executable, "-m", "wasserstyle", "batch", *arguments, *quick, "--json"]
        process = subprocess.Popen(
            list(map(str, words)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # a shell that runs the tests in its background has them ignore Ctrl-C
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        begun.append(process)
        return process

    yield call
    for process in begun:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def written(folder):
    """Bytes of all files, hidden ones too."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
