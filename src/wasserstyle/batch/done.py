"""Whether the picture that a job would make is there: by the recipe inside it."""

import dataclasses
import json
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.batch import store
from wasserstyle.batch.jobs import Job
from wasserstyle.errors import BadRecipe, StyleError
from wasserstyle.features.weights import SHA256
from wasserstyle.hashes import sha256_of
from wasserstyle.runs.guides import Guides
from wasserstyle.runs.recipe import guidance_of
from wasserstyle.runs.stylizer import learned_file

ASKED = ("method", "size", "seed", "color", "init", "backbone", "weights_sha256")
"""What a recipe says at its top that decides the picture; device and threads only say where."""
NAMES = ("name", "path")
"""Of files: they may move as long as their bytes stay."""


class Looker:
    """Looks at what is there; hashes every file once."""

    def __init__(self) -> None:
        self._hashes: dict[Path, str] = {}

    def is_done(self, job: Job) -> bool:
        """Whether a finished picture of the same settings and the same input bytes is there.

        Pictures of another version of this program are not; those of another torch, device or
        number of threads are.
        """
        data = store.get(job.out)
        if data is None:
            return False
        try:
            recipe = images.parse_recipe(data)
            return "interrupted" not in recipe and _essence(recipe) == self._wanted(job, recipe)
        except (
            StyleError,
            OSError,
            KeyError,
            TypeError,
        ):  # of a recipe anyone may have written
            return False

    def _wanted(self, job: Job, recipe: Mapping[str, Any]) -> dict[str, Any]:
        """The essence of the recipe that a job would leave."""
        options, method = job.options, job.options.method
        network = options.backbone or method.backbone
        settings = dataclasses.asdict(method)
        if method.precision == "auto":  # what the machine had
            settings["precision"] = recipe["settings"]["precision"]
        shares = job.style_weights or [1.0] * len(job.styles)
        return {
            "version": metadata.version("wasserstyle"),
            "method": method.name,
            "settings": _settled(method.name, json.loads(json.dumps(settings))),
            "learned_sha256": self._hash(learned_file(options)),
            "backbone": network,
            "weights_sha256": self._hash(options.weights) or SHA256[network],
            "content": {"sha256": self._hash(job.content)},
            "styles": [
                {"sha256": self._hash(style), "weight": share}
                for style, share in zip(job.styles, shares, strict=True)
            ],
            "guidance": _guidance(job),
            "start": job.start and {"sha256": self._hash(job.start)},
        } | {name: getattr(options, name) for name in ("size", "seed", "color", "init")}

    def _hash(self, path: Path | str | None) -> str | None:
        if path is None:
            return None
        path = Path(path)
        if path not in self._hashes:
            self._hashes[path] = sha256_of(path)
        return self._hashes[path]


def _essence(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """What decides the picture."""
    if not isinstance(recipe["versions"], dict):
        raise BadRecipe("its recipe is damaged at 'versions'")
    return {
        "version": recipe["versions"]["wasserstyle"],
        "settings": _settled(recipe["method"], recipe["settings"]),
        "learned_sha256": recipe.get("learned_sha256"),
        "content": _unnamed(recipe["content"]),
        "styles": _unnamed(recipe["styles"]),
        "guidance": _unnamed(recipe.get("guidance")),
        "start": _unnamed(recipe.get("start")),
    } | {name: recipe[name] for name in ASKED}


def _settled(method: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Without names of files: their hashes are in the recipe."""
    files = methods.get(method).files()
    return {name: value for name, value in settings.items() if name not in files}


def _guidance(job: Job) -> Any:  # noqa: ANN401 - as JSON
    if job.guides == Guides():
        return None
    content, *styles = (images.read(path) for path in (job.content, *job.styles))
    guidance = guidance_of(job.guides.read(content, styles))
    return _unnamed(json.loads(json.dumps(guidance))) or None


def _unnamed(value: Any) -> Any:  # noqa: ANN401 - anything JSON holds
    """The same without the names of files."""
    if isinstance(value, dict):
        return {k: _unnamed(v) for k, v in value.items() if k not in NAMES}
    return [_unnamed(v) for v in value] if isinstance(value, list) else value
