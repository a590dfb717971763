"""From a plan to its pictures; what is there already is kept.

    pictures/PAIR/content.png, style.png      the references, at the study's size
    pictures/PAIR/METHOD--SETTING.png         what is judged
    pictures/PAIR/....json                    the recipe of each

The recipe is beside the picture and not in it: what raters are sent must not name the method.
"""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.errors import BadSetting
from wasserstyle.hashes import sha256_of
from wasserstyle.runs import Options, Stylizer
from wasserstyle.runs.stylizer import make_options
from wasserstyle.study.layout import picture_name
from wasserstyle.study.plan import QUESTIONS, Painter, Plan
from wasserstyle.types import Image

PICTURES = "pictures"
LEVELS = {"low": 2.0, "default": 1.0, "high": 0.25}
"""Settings by stylisation: times the content weight (recalled from STROTSS's evaluation)."""
WEIGHT = "content_weight"

Tell = Callable[[int, str], None]
"""Hears how many pictures are there and what was done."""


@dataclass(frozen=True)
class Task:
    """One picture to be painted."""

    style: Path
    content: Path
    options: Options
    out: Path
    asked: Mapping[str, Any]
    """What makes the picture, without what the machine adds; as JSON gives it back."""


def painter_of(text: str) -> Painter:
    """Three settings of ``method`` or ``method:preset``; one where it has no content weight.

    Raises:
        UnknownMethod: No such method.
        BadSetting: No such preset.
    """
    method, _, preset = text.strip().partition(":")
    made = methods.get(method).preset(preset or "default")
    name = f"{method}-{preset}" if preset else method
    weight = getattr(made, WEIGHT, None)
    settings: dict[str, dict[str, Any]] = {"default": {}}
    if weight:
        settings = {
            level: {} if times == 1 else {WEIGHT: times * weight}
            for level, times in LEVELS.items()
        }
    return Painter(name=name, method=method, preset=preset or "default", settings=settings)


def check(plan: Plan) -> None:
    """Raise unless every method takes its settings; before anything is painted.

    Raises:
        StyleError: It does not.
    """
    for painter in plan.methods:
        for setting in painter.settings:
            _options(plan, painter, setting)


def paint(plan: Plan, folder: Path, tell: Tell) -> None:
    """Write what is missing.

    Raises:
        StyleError: A picture cannot be read or written, or does not fit into memory.
    """
    hashes = {
        path: _sha256(path)
        for path in {folder / getattr(p, side) for p in plan.pairs for side in QUESTIONS}
    }
    for pair in plan.pairs:
        for side in QUESTIONS:
            source = folder / getattr(pair, side)
            asked = {"picture": hashes[source], "size": plan.size}
            _keep_reference(source, folder / PICTURES / picture_name(pair, side), asked)
    tasks = sorted(_tasks(plan, folder, hashes), key=lambda t: (str(t.options), str(t.style)))
    missing = [task for task in tasks if not _is_there(task.out, task.asked)]
    done = len(tasks) - len(missing)
    tell(done, "there already")
    for _, group in groupby(missing, key=lambda task: (task.options, task.style)):
        same = list(group)
        painter = Stylizer(same[0].style, options=same[0].options)
        for task in same:
            result = painter.stylize(task.content)
            _write(result.image, task.out, task.asked, result.recipe)
            done += 1
            tell(done, str(task.out.relative_to(folder / PICTURES).with_suffix("")))


def total(plan: Plan) -> int:
    """How many pictures are painted for a plan."""
    return len(plan.pairs) * sum(len(painter.settings) for painter in plan.methods)


def _tasks(plan: Plan, folder: Path, hashes: Mapping[Path, str]) -> Iterator[Task]:
    for painter in plan.methods:
        for setting in painter.settings:
            options = _options(plan, painter, setting)
            plain = dataclasses.asdict(options) | {"name": options.method.name}
            for pair in plan.pairs:
                content, style = folder / pair.content, folder / pair.style
                asked = plain | {"content": hashes[content], "style": hashes[style]}
                yield Task(
                    style=style,
                    content=content,
                    options=options,
                    out=folder / PICTURES / picture_name(pair, f"{painter.name}/{setting}"),
                    asked=json.loads(json.dumps(asked, default=str)),
                )


def _options(plan: Plan, painter: Painter, setting: str) -> Options:
    own = {"size": plan.size, "seed": plan.seed} | dict(painter.settings[setting])
    try:
        return make_options(painter.method, painter.preset, own)
    except BadSetting as error:
        raise BadSetting(f"{painter.name}/{setting}: {error}") from error


def _keep_reference(source: Path, out: Path, asked: Mapping[str, Any]) -> None:
    """A reference as raters see it."""
    if not _is_there(out, asked):
        shown = images.to_long_side(images.composite(images.read(source)), asked["size"])
        _write(shown, out, asked, {"source": source.name})


def _is_there(out: Path, asked: Mapping[str, Any]) -> bool:
    return out.exists() and _note(out) == asked


def _note(out: Path) -> Any:  # noqa: ANN401 - any JSON
    """What was asked for when a picture was made; None: there is no note."""
    try:
        return json.loads(out.with_suffix(".json").read_text())["asked"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(
    image: Image, out: Path, asked: Mapping[str, Any], recipe: Mapping[str, Any]
) -> None:
    """The note last: a picture without one is painted again."""
    beside = out.with_suffix(".json")
    beside.unlink(missing_ok=True)
    images.write(image, out)
    text = json.dumps({"asked": asked, "recipe": recipe}, indent=1, sort_keys=True)
    images.write_text(text + "\n", beside)


def _sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise BadSetting(f"{path}: cannot be read ({error.strerror})") from error
