"""Crops by number: the same for whoever asks, whenever."""

import pytest
import torch
from PIL import Image

from wasserstyle.errors import BadSetting
from wasserstyle.training.data import Pictures


@pytest.fixture
def folder(tmp_path):
    for number in range(3):
        level = 80 * number
        Image.new("RGB", (50 + 20 * number, 40), (level, 255 - level, 0)).save(
            tmp_path / f"{number}.png"
        )
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "broken.jpg").write_bytes(b"no picture either")
    (tmp_path / "deeper").mkdir()
    Image.new("RGB", (16, 90), (0, 0, 255)).save(tmp_path / "deeper" / "thin.png")
    return tmp_path


def test_a_batch_depends_on_its_step_alone(folder):
    pictures = Pictures.of([folder], crop=24, seed=1)
    first = pictures.batch(5, range(4))
    assert first.shape == (4, 3, 24, 24)
    assert torch.equal(first, Pictures.of([folder], crop=24, seed=1).batch(5, range(4)))
    others = [
        pictures.batch(6, range(4)),
        Pictures.of([folder], crop=24, seed=2).batch(5, range(4)),
    ]
    assert not any(torch.equal(first, other) for other in others)


def test_processes_share_a_batch(folder):
    pictures = Pictures.of([folder], crop=24, seed=1)
    whole = pictures.batch(5, range(4))
    assert torch.equal(whole, torch.cat([pictures.batch(5, [0, 1]), pictures.batch(5, [2, 3])]))


def test_every_picture_is_seen_the_small_ones_enlarged_the_broken_one_never(folder):
    pictures = Pictures.of([folder], crop=24, seed=0)
    assert len(pictures.paths) == 5
    colours = {
        tuple(pictures.one(step, 0).mean((0, 2, 3)).mul(255).round().int().tolist())
        for step in range(60)
    }
    assert colours == {(0, 255, 0), (80, 175, 0), (160, 95, 0), (0, 0, 255)}


def test_crops_are_mirrored_moved_and_resized(tmp_path):
    ramp = torch.linspace(0, 255, 128).byte().expand(64, 128)
    Image.fromarray(ramp.numpy()).convert("RGB").save(tmp_path / "ramp.png")
    pictures = Pictures.of([tmp_path], crop=32, seed=0)
    crops = [pictures.one(step, 0)[0, 0] for step in range(40)]
    slopes = torch.tensor([float(c[:, -1].mean() - c[:, 0].mean()) for c in crops])
    assert (slopes > 0).any()
    assert (slopes < 0).any()
    assert (
        slopes.abs().max() > 1.6 * slopes.abs().min()
    )  # from one to two crops on the short side


def test_a_folder_without_pictures_is_an_error(tmp_path):
    with pytest.raises(BadSetting, match="no pictures to train on"):
        Pictures.of([tmp_path], crop=8, seed=0)
