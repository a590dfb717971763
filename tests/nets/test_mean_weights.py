"""Half way between the weights of a beginning and of an end."""

import pytest
import torch
from safetensors.torch import load_file

from mean_weights import between
from wasserstyle.errors import BadWeights
from wasserstyle.nets import files

ABOUT = {"network": "sanet", "steps": 7}


def kept(path, **weights):
    files.save({name: torch.tensor(value) for name, value in weights.items()}, ABOUT, path)
    return path


def test_every_weight_is_half_way_and_the_header_says_so(tmp_path):
    before = kept(tmp_path / "a.safetensors", one=[0.0, 1.0], two=[4.0])
    after = kept(tmp_path / "b.safetensors", one=[1.0, 2.0], two=[-4.0])
    between(before, after, tmp_path / "c.safetensors")
    found = load_file(tmp_path / "c.safetensors")
    assert {name: value.tolist() for name, value in found.items()} == {
        "one": [0.5, 1.5],
        "two": [0.0],
    }
    assert files.about(tmp_path / "c.safetensors") == {**ABOUT, "mean": 0.5}


def test_weights_of_different_networks_have_no_mean(tmp_path):
    before = kept(tmp_path / "a.safetensors", one=[0.0, 1.0])
    after = kept(tmp_path / "b.safetensors", one=[0.0])
    with pytest.raises(BadWeights, match="different networks"):
        between(before, after, tmp_path / "c.safetensors")
    assert not (tmp_path / "c.safetensors").exists()
