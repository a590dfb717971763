"""The recipe kept inside a picture: made from a run, and read back as untrusted input."""

import dataclasses
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy
import PIL
import torch

from wasserstyle.errors import BadRecipe
from wasserstyle.features.weights import Provenance
from wasserstyle.guidance import Guidance
from wasserstyle.image import Picture, read_recipe

if TYPE_CHECKING:
    from wasserstyle.runs.stylizer import Options

VERSION = 1
"""Of the recipe's own format."""
RUN = {"size": int, "seed": int, "color": str, "device": str, "backbone": str}
"""Options of a run that a recipe has, beside the method's settings."""
LATER = ("init",)
"""Those that recipes of earlier versions have not."""


def describe(
    content: Picture,
    styles: Sequence[tuple[Picture, float]],
    options: "Options",
    weights: Provenance,
) -> dict[str, Any]:
    """Make the recipe of a run: no times and no dates, so that equal runs give equal files."""
    plain = dataclasses.asdict(options)
    plain["settings"] = plain.pop("method")
    plain["weights"] = str(options.weights) if options.weights else None
    return plain | {
        "recipe": VERSION,
        "method": options.method.name,
        "content": content.source,
        "styles": [picture.source | {"weight": weight} for picture, weight in styles],
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


@dataclass(frozen=True)
class Input:
    """A picture that went into a run, as the recipe names it."""

    name: str
    path: str
    sha256: str
    weight: float = 1.0


def read_settings(recipe: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Method name and settings of a run, for ``make_options``, out of a recipe.

    Values are checked where they are used; here only that the recipe has them.

    Raises:
        BadRecipe: It is of a newer format or lacks something.
    """
    if recipe.get("recipe") != VERSION:
        raise BadRecipe(
            f"its recipe has format {recipe.get('recipe')!r} and this version reads {VERSION}; "
            "use the version of wasserstyle that made the picture"
        )
    method = _get(recipe, "method", str)
    settings = _get(recipe, "settings", dict)
    run = {name: _get(recipe, name, kind) for name, kind in RUN.items()}
    run |= {name: recipe[name] for name in LATER if name in recipe}
    own = {str(k): tuple(v) if isinstance(v, list) else v for k, v in settings.items()}
    if recipe.get("weights") is not None:
        run["weights"] = _get(recipe, "weights", str)
    return method, own | run


def read_inputs(recipe: Mapping[str, Any]) -> list[Input]:
    """Content, then styles.

    Raises:
        BadRecipe: The inputs did not come from files, or the recipe does not name them.
    """
    items = [_get(recipe, "content", dict), *_get(recipe, "styles", list)]
    return [_read_input(item) for item in items]


def guidance_of(guidance: Guidance) -> dict[str, Any]:
    """Guidance as the recipe names it; what was made by hand has no files to name."""
    if not (guidance.regions or guidance.points) or guidance.record:
        return dict(guidance.record)
    unnamed = {"name": "image", "path": None, "sha256": None}
    return {"content_mask": unnamed, "style_masks": [], "regions": [], "points": []}


def detail_of(picture: Picture) -> int:
    """Long side up to which a picture has detail: of an interrupted run, that of its scale."""
    side = max(picture.rgb.shape[2:])
    if picture.path is None:
        return side
    try:
        reached = read_recipe(picture.path)["interrupted"]["size"]
    except (BadRecipe, KeyError, TypeError):
        return side
    return min(side, reached) if isinstance(reached, int) and reached > 0 else side


@dataclass(frozen=True)
class GuideInputs:
    """Guidance as the recipe names it."""

    content_mask: Input | None
    style_masks: tuple[Input | None, ...]
    regions: tuple[tuple[Input, Input, float], ...]
    points: Mapping[str, Any]
    """As in a file of points; not checked yet."""


def read_guides(recipe: Mapping[str, Any]) -> GuideInputs | None:
    """The guidance of a run; None: there was none.

    Raises:
        BadRecipe: Its masks did not come from files, or the recipe does not name them.
    """
    if recipe.get("guidance") is None:
        return None
    given = _get(recipe, "guidance", dict)
    masks = [given.get("content_mask"), *_get(given, "style_masks", list)]
    own, *theirs = (None if mask is None else _read_input(mask) for mask in masks)
    regions = [
        (_read_input(region.get("content")), _read_input(region.get("style")), _weight(region))
        for region in map(_object, _get(given, "regions", list))
    ]
    points = {"points": _get(given, "points", list)}
    return GuideInputs(own, tuple(theirs), tuple(regions), points)


def read_start(recipe: Mapping[str, Any]) -> Input | None:
    """The picture that a run painted on; None: there was none.

    Raises:
        BadRecipe: It did not come from a file.
    """
    start = recipe.get("start")
    return None if start is None else _read_input(start)


def _read_input(item: Any) -> Input:  # noqa: ANN401 - anything JSON holds
    """One picture as a recipe names it."""
    item = _object(item)
    if item.get("path") is None:
        raise BadRecipe("its pictures came from memory, not from files; it cannot be repeated")
    name, path, sha256 = (_get(item, key, str) for key in ("name", "path", "sha256"))
    return Input(name, path, sha256, _weight(item))


def _object(item: Any) -> dict[str, Any]:  # noqa: ANN401 - anything JSON holds
    if not isinstance(item, dict):
        raise BadRecipe("its recipe is damaged at its pictures; it cannot be repeated")
    return item


def _weight(item: Mapping[str, Any]) -> float:
    weight = item.get("weight", 1.0)
    try:
        if isinstance(weight, int | float) and not isinstance(weight, bool):
            return float(weight)
    except OverflowError:
        pass
    raise BadRecipe("its recipe is damaged at 'weight'; it cannot be repeated")


def _get(recipe: Mapping[str, Any], key: str, kind: type) -> Any:  # noqa: ANN401 - of that type
    value = recipe.get(key)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise BadRecipe(f"its recipe is damaged at {key!r}; it cannot be repeated")
    return value
