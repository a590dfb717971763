import pytest
import torch
from safetensors.torch import save_file

from wasserstyle.features import weights
from wasserstyle.features.networks import NETWORKS, conv_shapes


@pytest.fixture(scope="package")
def bundled16():
    return weights.bundled("vgg16")


@pytest.fixture(scope="package")
def state16():
    """A random state dict with torchvision's names, classifier left out."""
    indices = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]
    g = torch.Generator().manual_seed(0)
    state = {}
    for index, shape in zip(indices, conv_shapes(NETWORKS["vgg16"]).values(), strict=True):
        fan_in = 9 * shape[1]
        state[f"features.{index}.weight"] = (
            torch.randn(shape, generator=g) * (2 / fan_in) ** 0.5
        )
        state[f"features.{index}.bias"] = torch.randn(shape[0], generator=g) / 10
    return state


@pytest.fixture(scope="package")
def pth16(state16, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "vgg16.pth"
    torch.save(state16, path)
    return path


@pytest.fixture(scope="package")
def safetensors16(state16, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "vgg16.safetensors"
    save_file(state16, path)
    return path
