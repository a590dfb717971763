"""Networks on the command line: they paint like every other method, and begin for others."""

import json
import shutil

import pytest
import torch

from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.hashes import sha256_of
from wasserstyle.nets import files


@pytest.mark.parametrize(
    "method",
    ["adain", "sanet", "tiny", "wasserstein_critic", "wasserstein_critic -s reach=single"],
)
def test_a_network_paints_like_every_other_method(run, tmp_path, photograph, painting, method):
    out = tmp_path / "a.png"
    ask = ["transfer", photograph, painting, "-o", out, "--size", 96]
    ask += ["--method", *method.split()]
    code, said, told = run(*ask, "--json")
    assert code == 0, told
    assert json.loads(said)["recipe"]["backbone"] == "vgg19"
    first = out.read_bytes()
    assert run("rerun", out, "-o", tmp_path / "b.png")[0] == 0
    assert (tmp_path / "b.png").read_bytes() == first
    assert run(*ask, "--color", "keep")[0] == 0
    assert run(*ask, "--dry-run")[0] == 0


def test_masks_and_several_styles(run, tmp_path):
    out = tmp_path / "a.png"
    code, _, told = run(
        "transfer", "examples/content/astronaut.jpg", "examples/style/mosaic.jpg",
        "examples/style/swirls.jpg", "--style-weights", "3,1", "-o", out, "--size", 96,
        "--method", "wasserstein_critic", "--content-mask", "examples/masks/astronaut.png",
        "--style-mask", "examples/masks/mosaic.png", "--style-mask", "none",
    )  # fmt: skip
    assert code == 0, told
    assert images.read(out).rgb.shape[2] == 96 or images.read(out).rgb.shape[3] == 96


def test_an_optimisation_may_begin_with_a_networks_picture(transfer, run, tmp_path):
    plain, begun, again = (tmp_path / f"{n}.png" for n in ("plain", "begun", "again"))
    assert transfer(plain)[0] == 0
    code, said, told = transfer(begun, "--init", "adain", "--json")
    assert code == 0, told
    assert json.loads(said)["recipe"]["init"] == "adain"
    assert not torch.equal(images.read(begun).rgb, images.read(plain).rgb)
    assert run("rerun", begun, "-o", again)[0] == 0
    assert again.read_bytes() == begun.read_bytes()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            ["--method", "adain", "--backbone", "vgg16"],
            "adain works with vgg19, not with 'vgg16'",
        ),
        (
            ["--method", "adain", "-s", "units=network"],
            "trained with pooling max and units scaled",
        ),
        (
            ["--method", "adain", "-s", "trained=none.safetensors"],
            "not weights of this network",
        ),
        (["--method", "adain", "--point", "0.5,0.5:0.5,0.5"], "adain does not follow points"),
        (["--init", "nothing"], "init = 'nothing'; choose from content, critic"),
    ],
)
def test_what_a_network_cannot_do_is_said(run, tmp_path, photograph, painting, more, said):
    out = tmp_path / "a.png"
    code, _, told = run("transfer", photograph, painting, "-o", out, "--size", 64, *more)
    assert code == 2
    assert said in told
    assert not out.exists()


def test_a_picture_is_only_repeated_with_the_same_weights(run, tmp_path):
    weights, out = tmp_path / "mine.safetensors", tmp_path / "a.png"
    shutil.copy(files.bundled("tiny"), weights)
    pair = ["examples/content/cat.jpg", "examples/style/swirls.jpg"]
    own = ["-s", f"trained={weights}"]
    asked = ["transfer", *pair, "-o", out, "--method", "tiny", "--size", 64, *own]
    assert run(*asked)[0] == 0
    assert images.read_recipe(out)["learned_sha256"] == sha256_of(weights)
    assert run("rerun", out)[0] == 0
    torch.manual_seed(0)
    files.save(methods.get("tiny")().network().state_dict(), {"network": "tiny"}, weights)
    code, _, told = run("rerun", out)
    assert code == 2
    assert "made with other weights of its network" in told
