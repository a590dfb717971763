"""From a picture with a recipe to the request that made it."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch

from wasserstyle import image as images
from wasserstyle.cli.paint import MOST_THREADS, Request
from wasserstyle.errors import BadGuidance, BadRecipe, StyleError
from wasserstyle.features.weights import SHA256
from wasserstyle.guidance import Shapes, points_of
from wasserstyle.hashes import sha256_of
from wasserstyle.method import check_value
from wasserstyle.runs import Options
from wasserstyle.runs.guides import Guides
from wasserstyle.runs.recipe import (
    GuideInputs,
    Input,
    read_guides,
    read_inputs,
    read_settings,
    read_start,
)
from wasserstyle.runs.stylizer import learned_file, make_options


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
        recorded, guides, start = read_inputs(recipe), read_guides(recipe), read_start(recipe)
        _check_weights(recipe, settings)
        _check_learned(recipe, make_options(method, "default", settings))
        check_value("threads", recipe.get("threads"), int, {"low": 1, "high": MOST_THREADS})
    except StyleError as error:
        raise BadRecipe(f"{picture}: {error}") from error
    if len(inputs) > len(recorded):
        raise BadRecipe(f"{picture}: made from {len(recorded) - 1} styles, more were given")
    given = [*inputs, *([None] * (len(recorded) - len(inputs)))]
    content, *styles = (
        _find(picture, item, path) for item, path in zip(recorded, given, strict=True)
    )
    return Request(
        guides=_guides(picture, guides, len(styles)) if guides else Guides(),
        start=start and _find(picture, start, None),
        content=content,
        styles=tuple(styles),
        out=out or picture.with_name(f"{picture.stem}-rerun{picture.suffix}"),
        method=method,
        preset="default",
        settings=settings,
        style_weights=[item.weight for item in recorded[1:]],
        threads=recipe["threads"],
        resume=resume,
        keep=(picture,),
    )


def _guides(picture: Path, inputs: GuideInputs, styles: int) -> Guides:
    """The files of a run's guidance, and its points."""
    find = partial(_find, picture, given=None)
    shares = Shapes((1, 1), ((1, 1),) * styles)
    try:
        points = points_of(inputs.points, shares)
    except BadGuidance as error:
        raise BadRecipe(f"{picture}: its recipe is damaged at 'points' ({error})") from error
    return Guides(
        content_mask=inputs.content_mask and find(inputs.content_mask),
        style_masks=tuple(mask and find(mask) for mask in inputs.style_masks),
        regions=tuple((find(c), find(s), weight) for c, s, weight in inputs.regions),
        points=tuple(points),
    )


def was_interrupted(picture: Path) -> bool:
    """Whether a picture shows a run that did not end."""
    return "interrupted" in images.read_recipe(picture)


def same_pixels(first: Path, second: Path) -> bool:
    """Whether two pictures show the same, whatever else their files hold."""
    a, b = images.read(first).rgb, images.read(second).rgb
    return a.shape == b.shape and bool(torch.equal(a, b))


def _find(picture: Path, recorded: Input, given: Path | None) -> Path:
    """The file of an input: as given, as recorded, or beside the picture; the same bytes."""
    beside = picture.parent / Path(recorded.name).name
    places = [given] if given else [Path(recorded.path), beside]
    for place in places:
        if _sha256(place) == recorded.sha256:
            return place
    raise BadRecipe(
        f"{places[0]}: missing, or not the file the picture was made from; "
        "put it beside the picture, or name content and style by --content and --style"
    )


def _check_weights(recipe: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Raise unless the weights of the run are there, unchanged."""
    path, wanted = settings.get("weights"), recipe.get("weights_sha256")
    here = _sha256(Path(path)) if path else SHA256.get(settings["backbone"])
    if here != wanted:
        raise BadRecipe(
            f"made with other weights than {path or 'the bundled ones'}; put that file back "
            "or use transfer with the recipe's settings"
        )


def _check_learned(recipe: Mapping[str, Any], options: Options) -> None:
    """Raise unless a trained network is the one of the run; older recipes do not name it."""
    wanted = recipe.get("learned_sha256")
    path = learned_file(options)
    if wanted is not None and (path is None or _sha256(path) != wanted):
        given = getattr(options.method, "trained", "") or "the bundled ones"
        raise BadRecipe(
            f"made with other weights of its network than {given}; put that file back "
            "or use transfer with the recipe's settings"
        )


def _sha256(path: Path) -> str | None:
    """Hash of a file; None if it cannot be read."""
    try:
        return sha256_of(path) if path.is_file() else None
    except (OSError, ValueError):
        return None
