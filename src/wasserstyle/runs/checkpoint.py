"""An interrupted run on disk, beside the picture it will become."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from wasserstyle.errors import BadRecipe, CannotWrite
from wasserstyle.optim import Snapshot

FORMAT = 2
"""Of the tensors' names; 1 had those of torch's optimisers."""


def path_for(out: Path) -> Path:
    """Where the state of a run that will write ``out`` is kept."""
    return out.with_name(f"{out.name}.resume")


def save(path: Path, snapshot: Snapshot, recipe: Mapping[str, Any]) -> None:
    """Write a snapshot; the file appears only when complete.

    Raises:
        CannotWrite: No right or room to write there.
    """
    where = {"stage": snapshot.stage, "iteration": snapshot.iteration}
    about = {"format": FORMAT, **where, "recipe": dict(recipe)}
    tensors = {name: tensor.contiguous().cpu() for name, tensor in snapshot.tensors.items()}
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, partial, {"about": json.dumps(about)})
        os.replace(partial, path)  # noqa: PTH105 - atomic, unlike Path.rename on all systems
    except (OSError, SafetensorError) as error:
        raise CannotWrite(f"{path}: cannot keep the run's state ({error})") from error
    finally:
        partial.unlink(missing_ok=True)


def load(path: Path, recipe: Mapping[str, Any]) -> Snapshot:
    """Read a snapshot of the run with this recipe.

    Raises:
        BadRecipe: There is none, it is damaged, or it belongs to another run.
    """
    if not path.is_file():
        raise BadRecipe(f"{path}: nothing to resume there; run without --resume")
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {})["about"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        theirs, stage, iteration = dict(about["recipe"]), about["stage"], about["iteration"]
        snapshot = Snapshot(stage=int(stage), iteration=int(iteration), tensors=tensors)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise BadRecipe(f"{path}: damaged; delete it and run without --resume") from error
    if about.get("format") != FORMAT:
        raise BadRecipe(f"{path}: of another version; delete it and run without --resume")
    ours = json.loads(json.dumps(dict(recipe)))
    other = sorted(k for k in theirs.keys() | ours.keys() if theirs.get(k) != ours.get(k))
    if other:
        raise BadRecipe(
            f"{path}: of a run with other {', '.join(other)}; repeat its command or delete it"
        )
    return snapshot
