"""The recipe kept inside a picture: made from a run, and read back as untrusted input."""

import dataclasses
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy
import PIL
import torch

from wasserstyle.errors import BadRecipe
from wasserstyle.features.weights import Weights
from wasserstyle.image import Picture

if TYPE_CHECKING:
    from wasserstyle.runs.stylizer import Options

VERSION = 1
"""Of the recipe's own format."""


def describe(
    content: Picture,
    styles: Sequence[tuple[Picture, float]],
    options: "Options",
    weights: Weights,
) -> dict[str, Any]:
    """Make the recipe of a run: no times and no dates, so that equal runs give equal files."""
    plain = dataclasses.asdict(options)
    plain["settings"] = plain.pop("method")
    plain["weights"] = str(options.weights) if options.weights else None
    return plain | {
        "recipe": VERSION,
        "method": options.method.name,
        "content": _input(content),
        "styles": [_input(picture) | {"weight": weight} for picture, weight in styles],
        "backbone": weights.network,
        "weights_sha256": weights.sha256,
        "weights_family": weights.family,
        "threads": torch.get_num_threads(),
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """Of what decides the bytes of a result."""
    return {
        "wasserstyle": metadata.version("wasserstyle"),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": numpy.__version__,
        "pillow": PIL.__version__,
    }


def read_settings(recipe: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Method name and settings of a run, for ``make_options``, out of a recipe.

    Values are checked where they are used; here only what the recipe must have.

    Raises:
        BadRecipe: It is of a newer format or lacks something.
    """
    if recipe.get("recipe") != VERSION:
        raise BadRecipe(
            f"its recipe has format {recipe.get('recipe')!r} and this version reads {VERSION}; "
            "use the version of wasserstyle that made the picture"
        )
    settings = recipe.get("settings")
    if not isinstance(settings, dict) or not isinstance(recipe.get("method"), str):
        raise BadRecipe("its recipe names no method and settings; it cannot be repeated")
    run = {
        name: recipe[name]
        for name in ("size", "seed", "color", "device", "backbone")
        if name in recipe
    }
    own = {k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
    return recipe["method"], own | run


def read_inputs(recipe: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Content, then styles: each with ``path``, ``name``, ``sha256`` and maybe ``weight``.

    Raises:
        BadRecipe: The inputs did not come from files, or the recipe does not name them.
    """
    styles = recipe.get("styles")
    found: list[dict[str, Any]] = []
    for item in [recipe.get("content"), *(styles if isinstance(styles, list) else [None])]:
        if not isinstance(item, dict) or not isinstance(item.get("path"), str):
            raise BadRecipe("its pictures came from memory, not from files; give them again")
        found.append(item)
    return found


def _input(picture: Picture) -> dict[str, Any]:
    return {"name": picture.name, "path": picture.path, "sha256": picture.sha256}
