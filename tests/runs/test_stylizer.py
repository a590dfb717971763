"""The library's front door."""

import gc
import weakref

import numpy as np
import pytest
import torch
from PIL import Image

import wasserstyle
from wasserstyle import methods
from wasserstyle.errors import BadSetting, BadWeights, Cancelled
from wasserstyle.features.vgg import Vgg
from wasserstyle.features.weights import bundled
from wasserstyle.image import read
from wasserstyle.runs import Options, Stylizer

SMALL = {"size": 64, "iterations": 2, "samples": 64, "style_pool": 200}


@pytest.fixture
def options():
    method = methods.get("strotss")(iterations=2, samples=64, style_pool=200)
    return Options(method=method, size=64)


def test_all_kinds_of_input_give_the_same_picture(photograph, painting):
    with Image.open(photograph) as opened:
        pil = opened.convert("RGB")
    array = np.asarray(pil)
    tensor = torch.from_numpy(array.copy()).permute(2, 0, 1)[None] / 255
    outs = [
        wasserstyle.stylize(kind, painting, **SMALL).image
        for kind in (photograph, str(photograph), pil, array, tensor)
    ]
    assert all(torch.equal(outs[0], out) for out in outs[1:])


def test_a_result_gives_itself_in_all_forms(photograph, painting, tmp_path):
    result = wasserstyle.stylize(photograph, painting, **SMALL)
    assert result.image.shape == (1, 3, 43, 64)
    assert result.to_pil().size == (64, 43)
    assert result.to_numpy().dtype == np.uint8
    np.testing.assert_array_equal(np.asarray(result.to_pil()), result.to_numpy())
    assert read(result.save(tmp_path / "a.png")).rgb.shape == result.image.shape
    assert result.finished
    assert result.seconds > 0


def test_a_stylizer_looks_at_its_style_once_and_changes_nothing(
    photograph, painting, options, monkeypatch
):
    stylizer = Stylizer(painting, options=options)
    first = stylizer.stylize(photograph).image
    monkeypatch.setattr("wasserstyle.methods.strotss.Strotss._learn", None)  # not called again
    assert torch.equal(first, stylizer.stylize(photograph).image)
    monkeypatch.undo()
    assert torch.equal(first, wasserstyle.stylize(photograph, painting, **SMALL).image)


def test_cancelling_returns_the_picture_so_far_at_full_size(photograph, painting):
    def stop(step):
        if step.stage == 0:
            raise Cancelled

    result = wasserstyle.stylize(photograph, painting, **SMALL | {"size": 128}, observe=stop)
    assert not result.finished
    assert result.image.shape == (1, 3, 85, 128)


def test_a_small_run_is_the_beginning_of_a_large_one(photograph, painting):
    """Same scales, same weights, same chance: a preview shows what the large run passes."""
    seen = {}
    for size in (128, 256):
        images = []
        wasserstyle.stylize(
            photograph,
            painting,
            **SMALL | {"size": size},
            observe=lambda s, images=images: images.append(s.image()),
        )
        seen[size] = images
    assert torch.equal(seen[128][0], seen[256][0])  # end of the scale of 64 px


def test_settings_are_sorted_to_run_and_method(photograph, painting):
    recipe = wasserstyle.stylize(
        photograph, painting, **SMALL, seed=3, content_weight=2.5
    ).recipe
    assert recipe["seed"] == 3
    assert recipe["settings"]["content_weight"] == 2.5
    with pytest.raises(BadSetting, match="no setting 'contentweight'; nearest: content_weight"):
        wasserstyle.stylize(photograph, painting, contentweight=1)
    with pytest.raises(BadSetting, match="no style"):
        wasserstyle.stylize(photograph, [])


def torchvision_names(tensors, factor=1.0):
    """A state dict as torchvision's."""
    indices = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
    names = sorted({key.split(".")[0] for key in tensors})
    return {
        f"features.{index}.{part}": factor * tensors[f"{name}.{part}"]
        for name, index in zip(names, indices, strict=True)
        for part in ("weight", "bias")
    }


def test_torchvision_weights_load_from_a_file_and_are_named(photograph, painting, tmp_path):
    state = torchvision_names(bundled("vgg16").tensors)
    torch.save(state, tmp_path / "vgg.pth")
    result = wasserstyle.stylize(photograph, painting, **SMALL, weights=tmp_path / "vgg.pth")
    assert result.recipe["weights_family"] == "torchvision"
    assert result.image.isfinite().all()
    with pytest.raises(BadWeights, match="vgg19"):
        wasserstyle.stylize(
            photograph, painting, **SMALL, weights=tmp_path / "vgg.pth", backbone="vgg19"
        )


# ------------------------------------------------------------------ what is kept
def test_a_stylizer_that_is_let_go_is_gone_at_once(painting):
    """With its network and pictures: a batch has no room for the next one's beside them."""
    stylizer = Stylizer(painting, options=Options(size=64))
    kept = weakref.ref(stylizer)
    gc.disable()
    try:
        del stylizer
        assert kept() is None
    finally:
        gc.enable()


def test_the_careful_network_is_the_same_in_float32_and_shared(painting):
    options = Options(method=methods.get("strotss")(precision="bfloat16"), size=64)
    first = Stylizer(painting, options=options)
    second = Stylizer(painting, options=options, like=first)
    assert second.features is first.features
    assert second.careful is first.careful
    picture = torch.rand(1, 3, 24, 18, generator=torch.Generator().manual_seed(0))
    found = first.careful(picture, {"relu2_1"})["relu2_1"]
    assert torch.equal(found, Vgg(bundled("vgg16"))(picture, {"relu2_1"})["relu2_1"])
    assert first.features.dtype == torch.bfloat16


def test_a_weight_file_that_changed_is_not_mixed_with_what_it_was(painting, tmp_path):
    file, tensors = tmp_path / "vgg.pth", bundled("vgg16").tensors
    for factor in (1.0, 2.0):
        torch.save(torchvision_names(tensors, factor), file)
        if factor == 1:
            stylizer = Stylizer(painting, options=Options(weights=file, size=64))
    with pytest.raises(BadWeights, match="changed since the run began"):
        stylizer.careful(torch.rand(1, 3, 24, 18), {"relu1_1"})
