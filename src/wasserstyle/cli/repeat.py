"""From a picture with a recipe to the request that made it."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from wasserstyle import image as images
from wasserstyle.cli.paint import Request
from wasserstyle.errors import BadRecipe, StyleError
from wasserstyle.runs.recipe import read_inputs, read_settings


def request_of(
    picture: Path, out: Path | None, inputs: Sequence[Path | None], *, resume: bool
) -> Request:
    """The request that made a picture.

    Args:
        picture: Holds the recipe.
        out: Where the repetition goes; None: beside it.
        inputs: Content, then styles, where they are not where the recipe says.
        resume: Go on with an interrupted repetition.

    Raises:
        BadRecipe: No recipe, or an input is gone or has changed.
    """
    recipe = images.read_recipe(picture)
    try:
        method, settings = read_settings(recipe)
        recorded = read_inputs(recipe)
    except StyleError as error:
        raise BadRecipe(f"{picture}: {error}") from error
    given = [*inputs, *([None] * len(recorded))]
    content, *styles = (
        _find(picture, item, path) for item, path in zip(recorded, given, strict=False)
    )
    weights = [float(item.get("weight", 1.0)) for item in recorded[1:]]
    if recipe.get("weights"):
        settings["weights"] = Path(recipe["weights"])
    return Request(
        content=content,
        styles=tuple(styles),
        out=out or picture.with_name(f"{picture.stem}-rerun{picture.suffix}"),
        method=method,
        preset="default",
        settings=settings,
        style_weights=weights,
        threads=recipe.get("threads"),
        resume=resume,
    )


def same_pixels(first: Path, second: Path) -> bool:
    """Whether two pictures show the same, whatever else their files hold."""
    a, b = images.read(first).rgb, images.read(second).rgb
    return a.shape == b.shape and bool(torch.equal(a, b))


def _find(picture: Path, recorded: dict[str, Any], given: Path | None) -> Path:
    """The file of an input: as given, as recorded, or beside the picture; the same bytes."""
    places = [given] if given else [Path(recorded["path"]), picture.parent / recorded["name"]]
    for place in places:
        if place.is_file() and _sha256(place) == recorded["sha256"]:
            return place
    raise BadRecipe(
        f"{places[0]}: missing, or not the file the picture was made from; "
        "say where it is with --content or --style"
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
