"""From two photographs to a file, as a user would."""

import json

import numpy as np
import pytest
from PIL import Image

from wasserstyle.image import read, read_recipe


def size_of(path):
    with Image.open(path) as image:
        return image.size


def test_a_picture_appears_with_its_recipe(transfer, tmp_path):
    code, out, err = transfer(tmp_path / "a.png")
    assert code == 0
    assert out == ""
    assert f"wrote {tmp_path / 'a.png'}" in err
    assert size_of(tmp_path / "a.png") == (64, 43)
    recipe = read_recipe(tmp_path / "a.png")
    assert recipe["method"] == "strotss"
    assert recipe["settings"]["iterations"] == 3
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_progress_names_scale_step_objective_and_time_left(transfer, tmp_path):
    _, _, err = transfer(tmp_path / "a.png", "--size", 128)
    assert "scale 1/2 (64 px)  step 2/2  objective 0." in err
    assert "scale 2/2 (128 px)  step 3/3" in err
    assert "left" in err


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_same_seed_same_bytes_in_every_format(transfer, tmp_path, suffix):
    for name in ("a", "b"):
        transfer(tmp_path / f"{name}.{suffix}", "--seed", 5)
    transfer(tmp_path / f"c.{suffix}", "--seed", 6)
    a, b, c = ((tmp_path / f"{n}.{suffix}").read_bytes() for n in "abc")
    assert a == b
    assert a != c


def test_json_is_one_record_and_quiet_is_silent(transfer, tmp_path):
    code, out, err = transfer(tmp_path / "a.png", "--json", "--quiet")
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert out.count("\n") == 1
    assert record["finished"] is True
    assert (record["width"], record["height"]) == (64, 43)
    assert record["recipe"] == read_recipe(tmp_path / "a.png")


def test_preview_is_written_on_the_way(transfer, tmp_path):
    transfer(tmp_path / "a.png", "--preview", tmp_path / "p.jpg", "--every", 1)
    assert size_of(tmp_path / "p.jpg") == (64, 43)


def test_styles_mix_by_weight(transfer, tmp_path, painting):
    ink = painting.with_name("hatching.jpg")
    for name, weights in (("swirls", "99,1"), ("ink", "1,99")):
        code, *_ = transfer(
            tmp_path / f"{name}.png", "--style-weights", weights, style=[painting, ink]
        )
        assert code == 0
    blue = {n: read(tmp_path / f"{n}.png").rgb[0, 2].mean() for n in ("swirls", "ink")}
    mean = {n: read(tmp_path / f"{n}.png").rgb.mean() for n in ("swirls", "ink")}
    assert mean["ink"] > mean["swirls"] + 0.2  # cream paper against a night sky
    assert blue["swirls"] < blue["ink"]
    assert [s["weight"] for s in read_recipe(tmp_path / "ink.png")["styles"]] == [1, 99]


def test_colours_can_be_kept(transfer, tmp_path, photograph):
    for color in ("keep", "style"):
        transfer(tmp_path / f"{color}.png", "--color", color)
    mean = lambda path: read(path).rgb.mean((2, 3))  # noqa: E731
    far = {
        c: (mean(tmp_path / f"{c}.png") - mean(photograph)).abs().sum()
        for c in ("keep", "style")
    }
    assert far["keep"] < 0.5 * far["style"]


def test_transparency_of_the_content_is_kept(transfer, tmp_path):
    rgba = np.zeros((40, 60, 4), np.uint8)
    rgba[..., :3] = 120
    rgba[:, 30:, 3] = 255
    Image.fromarray(rgba).save(tmp_path / "in.png")
    transfer(tmp_path / "out.png", content=tmp_path / "in.png")
    alpha = read(tmp_path / "out.png").alpha[0, 0]
    assert alpha[:, :28].max() == 0
    assert alpha[:, 36:].min() == 1


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 3)])
def test_pictures_of_one_pixel_and_of_extreme_shape_work(transfer, tmp_path, size):
    Image.new("RGB", size, (200, 30, 40)).save(tmp_path / "odd.png")
    assert transfer(tmp_path / "a.png", content=tmp_path / "odd.png")[0] == 0
    assert transfer(tmp_path / "b.png", style=tmp_path / "odd.png")[0] == 0


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("side", ["content", "style"])
def test_black_white_and_grey_pictures_give_a_picture(transfer, tmp_path, level, side):
    Image.new("L", (50, 40), level).save(tmp_path / "flat.png")
    code, out, _ = transfer(tmp_path / "a.png", "--json", **{side: tmp_path / "flat.png"})
    assert code == 0
    assert all(np.isfinite(list(json.loads(out)["terms"].values())))


@pytest.mark.parametrize("backbone", ["vgg16", "vgg19"])
def test_both_backbones_run(transfer, tmp_path, backbone):
    code, out, _ = transfer(tmp_path / "a.png", "--backbone", backbone, "--json")
    assert code == 0
    assert json.loads(out)["recipe"]["backbone"] == backbone


def test_presets_and_precision_reach_the_recipe(transfer, tmp_path):
    transfer(
        tmp_path / "a.png", "--preset", "authors", "--dtype", "float32", "--content-weight", 2
    )
    settings = read_recipe(tmp_path / "a.png")["settings"]
    assert settings["optimiser"] == "rmsprop"
    assert settings["precision"] == "float32"
    assert settings["content_weight"] == 2
