"""Trained weights as safetensors: float16, with what they are in the header."""

import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from wasserstyle.errors import BadWeights


def bundled(name: str) -> Path:
    """Where the package keeps the weights of a network.

    Raises:
        BadWeights: It brings none.
    """
    path = Path(
        str(resources.files("wasserstyle.nets").joinpath("data", f"{name}.safetensors"))
    )
    if not path.exists():
        raise BadWeights(f"no weights of {name} are bundled; train them: wasserstyle train")
    return path


def about(path: Path | str) -> Mapping[str, Any]:
    """What the header says of the weights.

    Raises:
        BadWeights: No such file, or not of this program.
    """
    try:
        with safe_open(path, "pt") as file:
            return json.loads((file.metadata() or {})["about"])
    except FileNotFoundError as error:
        raise BadWeights(f"{path}: no such file") from error
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise BadWeights(f"{path}: not weights from wasserstyle train") from error


def load(network: nn.Module, path: Path | str) -> None:
    """Fill a network.

    Raises:
        BadWeights: No such file, or of another network.
    """
    try:
        tensors = {name: value.float() for name, value in load_file(path).items()}
        network.load_state_dict(tensors)
    except (OSError, SafetensorError, RuntimeError) as error:
        raise BadWeights(f"{path}: not weights of this network") from error


def save(weights: Mapping[str, torch.Tensor], about: Mapping[str, Any], path: Path) -> None:
    """Write weights in half precision; the file is replaced only when complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    halved = {name: value.half().contiguous().cpu() for name, value in weights.items()}
    save_file(halved, partial, metadata={"about": json.dumps(about, sort_keys=True)})
    partial.replace(path)
