"""Bad input: one clear line, exit code 2, nothing half-written."""

import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image

from wasserstyle.image import read, write
from wasserstyle.runs import resources


def bomb(path):
    """A small file that says it is 100000 x 100000 pixels."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)


def truncated(path):
    Image.effect_noise((300, 200), 80).save(path)
    path.write_bytes(path.read_bytes()[:5000])


BAD_FILES = {
    "missing.jpg": lambda path: None,
    "empty.jpg": lambda path: path.touch(),
    "truncated.png": truncated,
    "truncated.jpg": truncated,
    "text.jpg": lambda path: path.write_text("not a picture"),
    "folder.png": lambda path: path.mkdir(),
    "bomb.png": bomb,
}


def refused(answer, *words):
    code, out, err = answer
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("wasserstyle: ")
    for word in words:
        assert word in err


@pytest.mark.parametrize("side", ["content", "style"])
@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_files(transfer, tmp_path, name, side):
    BAD_FILES[name](tmp_path / name)
    refused(transfer(tmp_path / "out.png", **{side: tmp_path / name}), name)
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--method", "strots"], ["did you mean strotss"]),
        (["--preset", "quick"], ["no preset 'quick'", "fast"]),
        (["-s", "iteration=3"], ["no setting 'iteration'", "nearest: iterations"]),
        (["-s", "iterations"], ["NAME=VALUE"]),
        (["-s", "iterations=many"], ["iterations = 'many'", "int"]),
        (["-s", "layers=rgb,relu9_9"], ["relu9_9"]),
        (["--content-weight", "-1"], ["content_weight = -1.0"]),
        (["--content-weight", "nan"], ["content_weight = nan"]),
        (["--style-weights", "1,2"], ["2 style weights for 1 styles"]),
        (["--style-weights", "a"], ["numbers like 2,1"]),
        (["--style-weights", "0"], ["above zero"]),
        (["--size", "0"], ["size = 0"]),
        (["--color", "grey"], ["choose from style, keep"]),
        (["--device", "toaster"], ["device 'toaster'"]),
        (["--backbone", "resnet"], ["vgg16, vgg19"]),
        (["--weights", "nowhere.pth"], ["nowhere.pth"]),
        (["--seed", "-1"], ["seed = -1"]),
        (["--threads", "0"], ["threads"]),
        (["--threads", "100000"], ["threads = 100000"]),
        (["--device", "meta"], ["device 'meta'"]),
        (["--size", "9" * 200], ["size = 999"]),
        (["-s", "iterations=" + "9" * 400], ["iterations = 999"]),
        (["-s", "learning_rate=5"], ["between 1e-06 and 1"]),
        (["--resume"], ["nothing to resume"]),
        (["--sise", "64"], ["No such option", "--size"]),
    ],
)
def test_bad_arguments(transfer, tmp_path, arguments, words):
    refused(transfer(tmp_path / "out.png", *arguments), *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argument", "word"),
    [
        ("optimiser=sgd", "choose from opponent adam, adam, rmsprop"),
        ("precision=float8", "choose from auto, float32"),
    ],
)
def test_choices_are_listed(tmp_path, photograph, painting, argument, word):
    # In a process of its own: here, shape checks would notice the type first.
    start = "from wasserstyle.cli import main; main()"
    arguments = ["transfer", photograph, painting, "-o", tmp_path / "a.png", "-s", argument]
    done = subprocess.run(
        [sys.executable, "-c", start, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    refused((done.returncode, done.stdout, done.stderr), word)


def test_unwritable_output_is_found_before_the_work(transfer, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr("wasserstyle.runs.stylizer.Stylizer.stylize", None)
    for out in (tmp_path / "file" / "a.png", tmp_path, tmp_path / "a.xyz", tmp_path / "a"):
        refused(transfer(out), str(out))
    refused(transfer(tmp_path / "a.png", "--preview", tmp_path / "p.xyz"), "p.xyz")


def test_a_picture_in_use_is_not_replaced(transfer, run, tmp_path, photograph):
    copy = tmp_path / "photo.png"
    write(read(photograph).rgb, copy)
    before = copy.read_bytes()
    refused(transfer(copy, content=copy), "would replace a picture in use")
    refused(transfer(tmp_path / "a.png", "--preview", copy, style=copy), "photo.png")
    refused(transfer(tmp_path / "a.png", "--preview", tmp_path / "a.png"), "a.png")
    assert copy.read_bytes() == before
    transfer(tmp_path / "a.png")
    refused(run("rerun", tmp_path / "a.png", "-o", tmp_path / "a.png"), "a.png")


def test_too_little_memory_is_said_in_advance_with_a_size_that_fits(
    transfer, tmp_path, monkeypatch
):
    monkeypatch.setattr(resources, "free_bytes", lambda _: 1.5e9)
    code, _, err = transfer(tmp_path / "out.png", "--size", 4000)
    assert code == 2
    fits = int(err.rpartition("--size ")[2])
    assert 64 < fits < 4000
    precision = resources.pick_precision("auto", resources.pick_device("cpu"))
    shape = fits, round(fits * 300 / 451)
    assert resources.needed_bytes(shape, precision, (512, 30)) <= 1.5e9


def test_no_arguments_and_unknown_commands(run):
    assert "Usage" in run()[1]
    refused(run("transfer"), "Missing argument")
    refused(run("paint"), "paint")
