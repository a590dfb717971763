"""Training from the command line: what it leaves, stops, several processes, and refusals."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from safetensors.torch import load_file

from wasserstyle import image as images
from wasserstyle.nets import files

pytestmark = pytest.mark.slow  # its file is begun first


@pytest.fixture(autouse=True)
def a_small_grid(monkeypatch):
    """Two by two, and headings: what judges a network is most of so short a training."""
    monkeypatch.setattr("wasserstyle.training.grid.SIDE", 2)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    at = tmp_path_factory.mktemp("data")
    for kind, names in (("content", ("cat", "coffee")), ("style", ("swirls", "mosaic"))):
        (at / kind).mkdir()
        for name in names:
            picture = images.to_long_side(images.read(f"examples/{kind}/{name}.jpg").rgb, 160)
            images.write(picture, at / kind / f"{name}.png")
    return at


def arguments(folders, out, *more, network="adain"):
    return [
        "train", network, "--content", folders / "content", "--style", folders / "style",
        "-o", out, "--batch", 2, "--crop", 64, "--every", 2, *more,
    ]  # fmt: skip


def begun_with(name):
    """Weights that are there: the closed form takes its time."""
    return ["--begin", files.bundled(name)]


def test_it_leaves_weights_a_card_logs_and_a_sheet(run, folders, tmp_path):
    out = tmp_path / "mine"
    code, said, told = run(*arguments(folders, out, "--steps", 2, *begun_with("adain")))
    assert code == 0, told
    assert said.strip() == str(out / "weights.safetensors")
    about = files.about(out / "weights.safetensors")
    assert (about["network"], about["steps"], about["contents"]) == ("adain", 2, 2)
    card = (out / "card.md").read_text()
    assert "2 contents, 2 styles" in card
    assert "W2 own relu4_1" in card
    assert images.read(out / "sheet.png").rgb.shape[2:] == (192, 192)
    assert list((out / "events").iterdir())
    assert "2/2" in told


def test_its_weights_are_for_transfer(run, folders, tmp_path, photograph, painting):
    out, made = tmp_path / "mine", tmp_path / "a.png"
    assert run(*arguments(folders, out, "--steps", 1, *begun_with("adain")))[0] == 0
    code, said, told = run(
        "transfer", photograph, painting, "-o", made, "--method", "adain", "--size", 64,
        "-s", f"trained={out / 'weights.safetensors'}", "--json",
    )  # fmt: skip
    assert code == 0, told
    assert json.loads(said)["recipe"]["settings"]["trained"].endswith("weights.safetensors")


@pytest.mark.parametrize("teaching", ["default", "even"])
def test_a_run_in_two_parts_has_the_weights_of_the_run_in_one(run, folders, tmp_path, teaching):
    begin = begun_with("wasserstein_critic_single")
    how = ["--teaching", teaching, "-s", "reach=single"]
    ask = lambda out, steps, *more: run(  # noqa: E731
        *arguments(folders, out, "--steps", steps, *how, *more, network="wasserstein_critic")
    )
    assert ask(tmp_path / "whole", 3, *begin)[0] == 0
    assert ask(tmp_path / "parts", 2, *begin)[0] == 0
    assert ask(tmp_path / "parts", 3)[0] == 0
    whole, parts = (torch.load(tmp_path / n / "checkpoint.pt") for n in ("whole", "parts"))
    for key in ("state", "average"):
        assert all(torch.equal(v, parts[key][k]) for k, v in whole[key].items())


@pytest.mark.slow
def test_a_process_that_is_killed_goes_on_from_its_checkpoint(run, folders, tmp_path):
    def ask(out):
        return [str(a) for a in arguments(folders, out, "--steps", 4, *begun_with("adain"))]

    killed = tmp_path / "killed"
    process = subprocess.Popen(
        [sys.executable, "-m", "wasserstyle", *ask(killed), "--threads", "1", "--quiet"]
    )
    while not (killed / "checkpoint.pt").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not (killed / "weights.safetensors").exists()
    for out in (killed, tmp_path / "whole"):
        assert run(*ask(out))[0] == 0
    kept, whole = (load_file(o / "weights.safetensors") for o in (killed, tmp_path / "whole"))
    assert all(torch.equal(kept[key], whole[key]) for key in whole)


def test_two_processes_learn_what_one_does(folders, tmp_path):
    """AdaIN's losses are means over the batch; SANet's identity is of one picture a process."""
    one, two = tmp_path / "one", tmp_path / "two"
    more = ["--steps", 1, "--threads", 1, "--quiet", *begun_with("adain")]
    for out, start in (
        (one, [sys.executable]),
        (
            two,
            [
                sys.executable,
                "-m",
                "torch.distributed.run",
                "--standalone",
                "--nproc-per-node",
                "2",
            ],
        ),
    ):
        command = [*start, "-m", "wasserstyle", *map(str, arguments(folders, out, *more))]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run(command, check=True, env=environment, timeout=300)
    first, second = (load_file(out / "weights.safetensors") for out in (one, two))
    begun = load_file(files.bundled("adain"))
    for name, value in first.items():
        moved = (value.float() - begun[name].float()).abs().max()
        assert (value.float() - second[name].float()).abs().max() <= 0.2 * moved + 1e-5
    checkpoints = [
        torch.load(out / "checkpoint.pt")["optimisers"]["network"] for out in (one, two)
    ]
    for a, b in zip(*(list(c["state"].values()) for c in checkpoints), strict=True):
        torch.testing.assert_close(a["exp_avg"], b["exp_avg"], rtol=0.02, atol=1e-5)


@pytest.mark.parametrize(
    ("network", "more", "said"),
    [
        ("strotss", [], "strotss has no network; those that have: adain"),
        ("adian", [], "did you mean adain?"),
        (
            "adain",
            ["--teaching", "papr", *begun_with("adain")],
            "no losses 'papr'; known: default, even",
        ),
        ("adain", ["--teaching", "even"], "the last lesson of a trained network; give its"),
        ("decoder", ["--teaching", "even"], "no losses 'even' of a decoder"),
        ("adain", ["-s", "strngth=1"], "nearest: strength"),
        (
            "adain",
            ["--begin", "examples/style/swirls.jpg"],
            "not weights from wasserstyle train",
        ),
        ("adain", ["--begin", "nowhere.safetensors"], "nowhere.safetensors: no such file"),
    ],
)
def test_what_cannot_be_trained_is_said(run, folders, tmp_path, network, more, said):
    code, _, told = run(*arguments(folders, tmp_path / "out", *more, network=network))
    assert code == 2
    assert said in told


def test_going_on_does_not_begin_again(run, folders, tmp_path, monkeypatch):
    """The closed form takes minutes, and a checkpoint has the weights."""
    assert run(*arguments(folders, tmp_path, "--steps", 1, *begun_with("adain")))[0] == 0
    monkeypatch.setattr("wasserstyle.training.run.solve", None)
    assert run(*arguments(folders, tmp_path, "--steps", 2))[0] == 0
    about = files.about(tmp_path / "weights.safetensors")
    assert about["steps"] == 2
    assert about["before"] == files.about(files.bundled("adain"))
    card = (tmp_path / "card.md").read_text()
    assert card.index(f"steps of `adain`: {about['before']['steps']}") < card.index(
        "adain`: 2 of"
    )


def test_another_training_in_the_same_folder_is_refused(run, folders, tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"")
    order = {"network": "adain", "settings": {}, "teaching": "default", "batch": 4}
    (tmp_path / "order.json").write_text(json.dumps(order | {"crop": 64, "seed": 0}))
    code, _, told = run(*arguments(folders, tmp_path, "--steps", 1))
    assert code == 2
    assert "begun with batch = 4, not 2; give that, or another folder" in told
    assert json.loads((tmp_path / "order.json").read_text())["batch"] == 4


def test_folders_without_pictures_are_said(run, tmp_path):
    code, _, told = run(*arguments(tmp_path, tmp_path / "out"))
    assert code == 2
    assert "no pictures to train on" in told
