"""VGG weights from local files: the two bundled ones, or the user's own. Never a download.

Two families of weights exist and are not interchangeable (decision 0004):

* the original networks of Simonyan and Zisserman, bundled; activations are of order 100;
* torchvision's own training (``vgg16-397923af.pth``), which STROTSS was tuned to; of order 1.

Whatever the family, the network here takes RGB in [0, 1], and each layer that a method may read
is divided by its activation scale. ReLU networks are positively homogeneous, so the scales are
folded into kernels and biases exactly.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import torch
from safetensors.torch import load, load_file
from torch import Tensor

from wasserstyle.errors import BadWeights
from wasserstyle.features.networks import NETWORKS, conv_shapes
from wasserstyle.features.scales import ACTIVATION_SCALES
from wasserstyle.hashes import sha256_of

ORIGINAL_MEAN = (123.68 / 255, 116.779 / 255, 103.939 / 255)
"""RGB mean of the original networks (their model card: BGR 103.939, 116.779, 123.68)."""
TORCHVISION_MEAN = (0.485, 0.456, 0.406)
TORCHVISION_STD = (0.229, 0.224, 0.225)
SHA256 = {
    "vgg16": "8e5e56a3d3bddd2e2f8d50780bd1e897accfa456f10f52d36b5b3d7ed0c4aca0",
    "vgg19": "3543666c63cad896bb97a48f92a58fd574d75295ad928e0c5f76c163945dfcbe",
}
"""Of the bundled files, as ``scripts/build_weights.py`` makes them."""


@dataclass(frozen=True)
class Provenance:
    """Which weights, without the weights."""

    network: str
    sha256: str
    family: str


@dataclass(frozen=True)
class Weights:
    """A network ready to run: kernels and biases by layer, input mean, provenance."""

    network: str
    """``vgg16`` or ``vgg19``."""
    tensors: Mapping[str, Tensor]
    """``conv1_1.weight`` (out, in, 3, 3), ``conv1_1.bias`` (out,): float32, scaled."""
    mean: tuple[float, float, float]
    """Subtracted from RGB in [0, 1]."""
    sha256: str
    """Of the file."""
    family: str
    """``original`` or ``torchvision``."""

    @property
    def provenance(self) -> Provenance:
        """Where they come from."""
        return Provenance(self.network, self.sha256, self.family)


def scaled(network: str) -> dict[str, float]:
    """What each layer is divided by unless told otherwise (decision 0004).

    Raises:
        BadWeights: No such network.
    """
    return ACTIVATION_SCALES[_known(network)]


def unscaled(network: str) -> dict[str, float]:
    """Scales that leave the activations as the network has them."""
    return dict.fromkeys(ACTIVATION_SCALES[_known(network)], 1.0)


def _known(network: str) -> str:
    """The name of a network, checked."""
    if network not in NETWORKS:
        raise BadWeights(f"no backbone {network!r}; known: {', '.join(NETWORKS)}")
    return network


def bundled(network: str, scales: Mapping[str, float] | None = None) -> Weights:
    """Load the weights that come with the package.

    Args:
        network: ``vgg16`` or ``vgg19``.
        scales: What each layer is divided by; None: the table of this package.

    Raises:
        BadWeights: No such network, or the file in the package is damaged.
    """
    scales = scales or scaled(network)
    blob = (
        resources.files("wasserstyle.features")
        .joinpath(f"data/{network}.safetensors")
        .read_bytes()
    )
    digest = hashlib.sha256(blob).hexdigest()
    if digest != SHA256[network]:
        raise BadWeights(
            f"the bundled {network} weights are damaged; install wasserstyle again"
        )
    tensors = _expand_codebooks(load(blob))
    folded = _fold_scales({k: v.float() for k, v in tensors.items()}, scales)
    return Weights(network, folded, ORIGINAL_MEAN, digest, "original")


def from_file(path: str | Path, network: str) -> Weights:
    """Load torchvision's VGG weights from a ``.pth`` or ``.safetensors`` file.

    Args:
        path: A state dict with torchvision's names (``features.0.weight`` ...).
        network: Which network the file holds, ``vgg16`` or ``vgg19``.

    Raises:
        BadWeights: The file is missing, not a plain state dict, or of another network.
    """
    path = Path(path)
    convolutions = conv_shapes(NETWORKS[_known(network)])
    state = _read_state(path)
    tensors: dict[str, Tensor] = {}
    indices = _torchvision_indices(network)
    for name, kernel in convolutions.items():
        for part, shape in (("weight", kernel), ("bias", kernel[:1])):
            key = f"features.{indices[name]}.{part}"
            value = state.get(key)
            if not isinstance(value, Tensor) or value.shape != shape:
                wanted = f"expected torchvision's {network}"
                raise BadWeights(f"{path}: no {key!r} of shape {shape}; {wanted}")
            tensors[f"{name}.{part}"] = value.float()
    std = torch.tensor(TORCHVISION_STD).view(1, 3, 1, 1)
    tensors["conv1_1.weight"] = tensors["conv1_1.weight"] / std
    digest = sha256_of(path)
    return Weights(network, tensors, TORCHVISION_MEAN, digest, "torchvision")


def _read_state(path: Path) -> Mapping[str, object]:
    if not path.is_file():
        raise BadWeights(f"{path}: no such weight file")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise BadWeights(f"{path}: not a plain state dict ({type(error).__name__})") from error
    if not isinstance(state, dict):
        raise BadWeights(f"{path}: holds a {type(state).__name__}, expected a state dict")
    return state


def _torchvision_indices(network: str) -> dict[str, int]:
    """Position of each convolution in torchvision's ``features``: ReLUs and pools count too."""
    indices: dict[str, int] = {}
    position = 0
    for block, count in enumerate(NETWORKS[network], start=1):
        for conv in range(1, count + 1):
            indices[f"conv{block}_{conv}"] = position
            position += 2
        position += 1
    return indices


def _expand_codebooks(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Replace ``X.index`` and ``X.table`` by the kernel ``X.weight`` they stand for."""
    plain = {k: v for k, v in tensors.items() if not k.endswith((".index", ".table"))}
    for key, index in tensors.items():
        if key.endswith(".index"):
            name = key.removesuffix(".index")
            plain[f"{name}.weight"] = tensors[f"{name}.table"][index.long()]
    return plain


def _fold_scales(tensors: dict[str, Tensor], scales: Mapping[str, float]) -> dict[str, Tensor]:
    """Divide each layer's activations by its scale: w s_prev / s, b / s (exact for ReLU)."""
    previous = 1.0
    scaled: dict[str, Tensor] = {}
    for layer, scale in scales.items():
        name = layer.replace("relu", "conv")
        scaled[f"{name}.weight"] = tensors[f"{name}.weight"] * (previous / scale)
        scaled[f"{name}.bias"] = tensors[f"{name}.bias"] / scale
        previous = scale
    return scaled
