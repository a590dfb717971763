import hashlib
from importlib import resources
from pathlib import Path

import pytest
import torch

from wasserstyle.errors import BadWeights
from wasserstyle.features import weights
from wasserstyle.features.networks import NETWORKS, conv_shapes


# ------------------------------------------------------------------ bundled
@pytest.mark.parametrize("network", NETWORKS)
def test_bundled_file_is_the_one_that_was_built(network):
    file = resources.files("wasserstyle.features").joinpath(f"data/{network}.safetensors")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == weights.SHA256[network]


def test_bundled_weights_are_complete(bundled16):
    shapes = conv_shapes(NETWORKS["vgg16"])
    assert {k.partition(".")[0] for k in bundled16.tensors} == set(shapes)
    for name, shape in shapes.items():
        kernel, bias = (bundled16.tensors[f"{name}.{part}"] for part in ("weight", "bias"))
        assert kernel.shape == shape
        assert bias.shape == shape[:1]
        assert kernel.dtype == bias.dtype == torch.float32
        assert kernel.isfinite().all()
        assert kernel.std() > 0
    assert (bundled16.network, bundled16.family) == ("vgg16", "original")
    assert bundled16.sha256 == weights.SHA256["vgg16"]
    assert bundled16.mean == pytest.approx((0.48502, 0.45796, 0.40760), abs=1e-5)


def test_damaged_bundle_is_refused(monkeypatch):
    monkeypatch.setitem(weights.SHA256, "vgg16", "0" * 64)
    with pytest.raises(BadWeights, match="damaged"):
        weights.bundled("vgg16")


# ------------------------------------------------------------------ own files
@pytest.mark.parametrize("kind", ["pth16", "safetensors16"])
def test_torchvision_state_dict_is_read_back(kind, state16, request):
    path = request.getfixturevalue(kind)
    found = weights.from_file(path, "vgg16")
    assert set(found.tensors) == {
        f"{name}.{part}"
        for name in conv_shapes(NETWORKS["vgg16"])
        for part in ("weight", "bias")
    }
    for name, index in (("conv1_2", 2), ("conv3_3", 14), ("conv5_3", 28)):
        for part in ("weight", "bias"):
            expected = state16[f"features.{index}.{part}"]
            assert torch.equal(found.tensors[f"{name}.{part}"], expected)
    assert found.family == "torchvision"
    assert found.mean == (0.485, 0.456, 0.406)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


class Payload:
    """What a malicious pickle does: run code while it is read."""

    def __init__(self, witness):
        self.witness = witness

    def __reduce__(self):
        return Path.touch, (self.witness,)


def test_pickle_with_code_is_refused_and_not_run(tmp_path):
    path, witness = tmp_path / "evil.pth", tmp_path / "witness"
    torch.save({"features.0.weight": Payload(witness)}, path)
    with pytest.raises(BadWeights, match="not a plain state dict"):
        weights.from_file(path, "vgg16")
    assert not witness.exists()


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
@pytest.mark.parametrize(
    "junk", [b"", b"junk", b"PK\x03\x04", b"\x80\x02}q\x00.", b"\xff" * 64], ids=repr
)
def test_junk_is_refused(tmp_path, junk, suffix):
    path = tmp_path / f"junk.{suffix}"
    path.write_bytes(junk)
    with pytest.raises(BadWeights, match=r"junk\."):
        weights.from_file(path, "vgg16")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(BadWeights, match="nowhere.pth: no such weight file"):
        weights.from_file(tmp_path / "nowhere.pth", "vgg16")


def test_something_else_than_a_state_dict_is_refused(tmp_path):
    torch.save([torch.zeros(1)], tmp_path / "list.pth")
    with pytest.raises(BadWeights, match="holds a list"):
        weights.from_file(tmp_path / "list.pth", "vgg16")


def test_another_network_is_refused(pth16):
    with pytest.raises(BadWeights, match="expected torchvision's vgg19"):
        weights.from_file(pth16, "vgg19")


@pytest.mark.parametrize("key", ["features.0.weight", "features.28.bias"])
@pytest.mark.parametrize("wrong", ["shape", "type", "absent"])
def test_wrong_entries_are_refused(state16, tmp_path, key, wrong):
    state = dict(state16)
    state[key] = {"shape": torch.zeros(2, 3), "type": 3.0, "absent": None}[wrong]
    if wrong == "absent":
        del state[key]
    torch.save(state, tmp_path / "wrong.pth")
    with pytest.raises(BadWeights, match="expected torchvision's vgg16"):
        weights.from_file(tmp_path / "wrong.pth", "vgg16")


@pytest.mark.parametrize("load", [weights.bundled, lambda n: weights.from_file("x.pth", n)])
def test_unknown_network_names_the_known_ones(load):
    with pytest.raises(BadWeights, match="known: vgg16, vgg19"):
        load("resnet50")


def test_codebooks_stand_for_kernels():
    """A codebook is a table and, in place of each number, its index in the table."""
    table = torch.tensor([0.5, -1.0, 2.0])
    index = torch.tensor([[0, 2], [1, 1]], dtype=torch.uint8)
    found = weights._expand_codebooks({"a.index": index, "a.table": table, "a.bias": table})
    assert set(found) == {"a.weight", "a.bias"}
    assert found["a.weight"].tolist() == [[0.5, 2.0], [-1.0, -1.0]]
