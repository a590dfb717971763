"""Rebuild the bundled heads of LPIPS from the pinned wheel of its authors.

    python scripts/build_lpips.py [--wheels FOLDER]

Takes lpips 0.1.4 from FOLDER or fetches it with pip; checks its sha256; writes the heads of
version 0.1 for VGG-16, one non-negative weight a channel, to
src/wasserstyle/evaluation/data/lpips_vgg.safetensors.
"""

import argparse
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from safetensors.torch import save_file

from wasserstyle.evaluation.views import PERCEPTUAL

TARGET = Path(__file__).parent.parent / "src/wasserstyle/evaluation/data/lpips_vgg.safetensors"
REQUIREMENT = "lpips==0.1.4"
SHA256 = "fd537af5828b69d2e6ffc0a397bd506dbc28ca183543617690844c08e102ec5e"
MEMBER = "lpips/weights/v0.1/vgg.pth"


def wheel_in(folder: Path) -> Path:
    """The wheel, fetched if it is not there."""
    if not list(folder.glob("lpips-0.1.4-*.whl")):
        fetch = [sys.executable, "-m", "pip", "download", "--no-deps", "-d", str(folder)]
        subprocess.run([*fetch, REQUIREMENT], check=True)
    wheel = next(folder.glob("lpips-0.1.4-*.whl"))
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{wheel}: not the file that was looked at")
    return wheel


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheels", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = wheel_in(given.wheels or Path(folder))
        raw = zipfile.ZipFile(wheel).read(MEMBER)
    heads = torch.load(io.BytesIO(raw), weights_only=True, map_location="cpu")
    named = {
        layer: heads[f"lin{k}.model.1.weight"].flatten().contiguous()
        for k, layer in enumerate(PERCEPTUAL)
    }
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    save_file(named, TARGET)
    TARGET.chmod(0o644)
    print({name: (len(head), float(head.min())) for name, head in named.items()})


if __name__ == "__main__":
    main()
