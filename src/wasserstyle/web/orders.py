"""What a client may ask for, and what of it the worker gets: both checked by their types."""

import json
import math
import re
import shlex
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PurePath
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from wasserstyle import methods
from wasserstyle.errors import BadGuidance, BadRecipe, BadSetting
from wasserstyle.guidance import (
    Guidance,
    PointPair,
    Shapes,
    points_of,
    read_guidance,
    region_names,
)
from wasserstyle.method import Method
from wasserstyle.runs import Options
from wasserstyle.runs.recipe import GuideInputs, Input, read_guides, read_inputs, read_settings
from wasserstyle.runs.resources import pick_device, pick_precision
from wasserstyle.runs.stylizer import make_options
from wasserstyle.web.forms import RUN, settings_of
from wasserstyle.web.project import ID, Job, Project, StoredPicture

Id = Annotated[str, StringConstraints(pattern=f"^{ID}$")]
Fraction = Annotated[float, Field(ge=0, le=1, strict=True)]
Point = tuple[Fraction, Fraction]
"""(x, y): shares of width and height."""
POINTS = "points.json"
"""In a job's folder: its points, as the command line reads them."""
START = "start.tif"
"""In a job's folder: the picture it goes on from."""


class Strict(BaseModel):
    """Refuses what it does not know and changes no type."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StyleChoice(Strict):
    """One style of an order."""

    id: Id
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False, strict=True)


class Pair(Strict):
    """A point of the content that shall look like a point of a style."""

    content: Point
    style: Point
    which: int = Field(default=0, ge=0, strict=True)
    """Index of the style."""


class GuidanceChoice(Strict):
    """Regions and points of an order."""

    content_mask: Id | None = None
    style_masks: list[Id | None] = []
    """One for each style, or none at all."""
    names: dict[str, str] = {}
    """What the user calls a colour."""
    points: list[Pair] = []


class Order(Strict):
    """A request for a job."""

    content: Id
    styles: list[StyleChoice] = Field(min_length=1)
    method: str
    preset: str = "default"
    settings: dict[str, Any] = {}
    """What differs from the preset."""
    run: dict[str, Any] = {}
    guidance: GuidanceChoice = GuidanceChoice()
    start: Id | None = None
    """The job whose picture this one goes on from."""


class Source(Strict):
    """A picture of the project: where it is and how the user calls it."""

    path: Path
    name: str
    weight: float = 1.0


class TaskGuidance(Strict):
    """Guidance with paths."""

    content_mask: Path | None = None
    style_masks: list[Path | None] = []
    points: list[Pair] = []


class Task(Strict):
    """All that the worker needs to know of a job; paths are relative to the project."""

    id: str
    content: Source
    styles: list[Source]
    method: str
    preset: str
    settings: dict[str, Any]
    guidance: TaskGuidance
    start: Path | None

    def options(self) -> Options:
        """The options of the run.

        Raises:
            StyleError: No such method, preset or setting, or a bad value.
        """
        given = {k: tuple(v) if isinstance(v, list) else v for k, v in self.settings.items()}
        return make_options(self.method, self.preset, given)


@dataclass(frozen=True)
class Checked:
    """An order in which nothing is wrong that shows before the work."""

    order: Order
    notes: list[str]
    """About the guidance."""
    start: Path | None


def read_order(data: bytes) -> Order:
    """Understand a request.

    Raises:
        BadSetting: It is not one; names the first place that is wrong.
    """
    try:
        return Order.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "request"
        raise BadSetting(f"{place}: {first['msg']}; mend it and send it again") from error


def check(project: Project, order: Order) -> Checked:
    """Check an order by the rules of the package, reading its masks.

    Raises:
        StyleError: In the words of the package, or for an input that is not in the project.
    """
    method = methods.get(order.method)
    method.check_names(order.settings)
    if named := method.files() & set(order.settings):
        raise BadSetting(f"{min(named)} names a file; the studio reads its project only")
    unknown = sorted(set(order.run) - set(RUN))
    if unknown:
        raise BadSetting(f"a run has no {unknown[0]!r}; choose from {', '.join(RUN)}")
    start = _start(project, order.start)
    task = task_of(project, order, key="", start=start)
    options = task.options()
    try:
        guidance = read_guided(project.folder, task, _shapes(project, order))
        options.method.check_guidance(guidance)
    except BadGuidance as error:
        raise BadGuidance(_with_names(str(error), order.guidance)) from error
    notes = [_with_names(note, order.guidance) for note in guidance.notes]
    return Checked(order, notes, start)


def points_file(order: Order) -> bytes:
    """The points of an order, as the command line reads them."""
    points = [pair.model_dump() for pair in order.guidance.points]
    return json.dumps({"unit": "fraction", "points": points}).encode()


def task_of_job(project: Project, job: Job) -> Task:
    """What the worker needs to know of a job.

    Raises:
        BadSetting: An input is not in the project any more.
    """
    order = Order.model_validate(job.request)
    start = job.folder / START if order.start else None
    return task_of(project, order, key=job.id, start=start)


def task_of(project: Project, order: Order, *, key: str, start: Path | None) -> Task:
    """Put paths and names in place of the ids of an order.

    Raises:
        BadSetting: An input is not in the project.
    """
    content = _picture(project, order.content)
    styles = [(_picture(project, style.id), style.weight) for style in order.styles]
    chosen = order.guidance
    return Task(
        id=key,
        content=Source(path=content.path, name=content.name),
        styles=[Source(path=p.path, name=p.name, weight=w) for p, w in styles],
        method=order.method,
        preset=order.preset,
        settings=order.settings | order.run,
        guidance=TaskGuidance(
            content_mask=_mask(project, chosen.content_mask),
            style_masks=[_mask(project, key) for key in chosen.style_masks],
            points=chosen.points,
        ),
        start=start,
    )


def read_guided(folder: Path, task: Task, shapes: Shapes | None = None) -> Guidance:
    """Guidance of a task.

    Args:
        folder: What its paths are relative to.
        task: Whose guidance.
        shapes: Of the pictures; with them it is checked that masks and points fit.

    Raises:
        BadImage: A mask that cannot be read.
        BadGuidance: Masks or points that cannot be used.
    """
    chosen = task.guidance
    own, *theirs = (p and folder / p for p in (chosen.content_mask, *chosen.style_masks))
    points = [
        PointPair(_row_first(pair.content), _row_first(pair.style), pair.which)
        for pair in chosen.points
    ]
    return read_guidance(content_mask=own, style_masks=theirs, points=points, shapes=shapes)


def _row_first(point: Point) -> tuple[float, float]:
    x, y = point
    return y, x


def download_name(project: Project, job: Job, suffix: str) -> str:
    """A name for a result, from its inputs and its number."""
    order = Order.model_validate(job.request)
    keys = [order.content, *(style.id for style in order.styles)]
    labels = [_words(_picture(project, key).name) for key in keys]
    return "-".join([*filter(None, labels), str(job.number)]) + suffix


def command_of(project: Project, job: Job) -> str:
    """The same run as a command line, to be given inside the project folder."""
    order, task = Order.model_validate(job.request), task_of_job(project, job)
    words = ["wasserstyle", "transfer", str(task.content.path)]
    words += [str(style.path) for style in task.styles]
    words += ["-o", download_name(project, job, ".png"), "--method", task.method]
    words += ["--preset", task.preset]
    for name, value in order.run.items():
        words += [f"--{name}", str(value)]
    if len(order.styles) > 1:
        words += ["--style-weights", ",".join(str(style.weight) for style in order.styles)]
    for name, value in order.settings.items():
        words += ["-s", f"{name}={','.join(value) if isinstance(value, list) else value}"]
    return shlex.join([*words, *_guided_words(task, job.folder)])


def order_from(project: Project, recipe: Mapping[str, Any]) -> dict[str, Any]:
    """The request that would repeat a recipe, with None for inputs the project does not have.

    Raises:
        StyleError: The recipe cannot be repeated, or holds bad values.
    """
    method, settings = read_settings(recipe)
    chosen, inputs = methods.get(method), read_inputs(recipe)
    if any(not 0 < item.weight < math.inf for item in inputs):
        raise BadRecipe("its recipe is damaged at 'weight'; it cannot be repeated")
    own = {info.name for info in fields(chosen)}
    values = {name: value for name, value in settings.items() if name in own}
    run = {name: settings[name] for name in RUN}
    make_options(method, "default", values | run)  # the recipe may be anyone's
    differing = {name: _differing(chosen, name, values) for name in chosen.presets}
    preset = min(chosen.presets, key=lambda name: len(differing[name]))
    content, *styles = inputs
    return {
        "content": _id_here(project, content),
        "styles": [{"id": _id_here(project, s), "weight": s.weight} for s in styles],
        "method": method,
        "preset": preset,
        "settings": differing[preset],
        "run": run,
        "guidance": _guidance_from(project, recipe, len(styles)),
        "start": None,
    }


def _guidance_from(project: Project, recipe: Mapping[str, Any], styles: int) -> dict[str, Any]:
    """The guidance of a recipe, as far as the studio has words for it."""
    guides = read_guides(recipe)
    if guides is None:
        return GuidanceChoice().model_dump()
    points = points_of(guides.points, Shapes((1, 1), ((1, 1),) * styles))
    return {
        "content_mask": guides.content_mask and _mask_here(project, guides.content_mask),
        "style_masks": [mask and _mask_here(project, mask) for mask in guides.style_masks],
        "names": _names(project, guides),
        "points": [
            {"content": p.content[::-1], "style": p.style[::-1], "which": p.which}
            for p in points
        ],
    }


def _names(project: Project, guides: GuideInputs) -> dict[str, str]:
    """What the masks that are here call their colours."""
    inputs = (guides.content_mask, *guides.style_masks)
    keys = [_mask_here(project, source) for source in inputs if source]
    paths = [project.folder / path for key in keys if (path := _mask(project, key))]
    return {colour: name for path in paths for colour, name in region_names(path).items()}


def _differing(method: type[Method], preset: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings that are not those of a preset; a recipe has the precision that auto was."""
    plain = settings_of(method, preset)
    plain["precision"] = pick_precision(plain["precision"], pick_device("auto"))
    return {name: value for name, value in values.items() if plain[name] != value}


def _id_here(project: Project, source: Input) -> str | None:
    """The id of the picture with these bytes, if the project has it."""
    picture = project.picture(source.sha256[:16])
    return picture and picture.id


def _mask_here(project: Project, source: Input) -> str | None:
    """The same of a mask."""
    key = source.sha256[:16]
    return key if project.mask(key) else None


def _shapes(project: Project, order: Order) -> Shapes:
    keys = [order.content, *(style.id for style in order.styles)]
    own, *theirs = (_picture(project, key) for key in keys)
    return Shapes((own.height, own.width), tuple((p.height, p.width) for p in theirs))


def _with_names(note: str, chosen: GuidanceChoice) -> str:
    """A note with the user's words for colours and masks."""
    words = dict(chosen.names)
    words |= {f"{key}.png": "mask of a style" for key in chosen.style_masks if key}
    words |= {f"{chosen.content_mask}.png": "mask of the content"}
    for written, name in words.items():
        note = note.replace(written.lower(), name)
    return note


def _picture(project: Project, key: str) -> StoredPicture:
    picture = project.picture(key)
    if picture is None:
        raise BadSetting(f"picture {key} is not in the project; add it again")
    return picture


def _mask(project: Project, key: str | None) -> Path | None:
    path = None if key is None else project.mask(key)
    if key and path is None:
        raise BadSetting(f"mask {key} is not in the project; paint it again")
    return path


def _start(project: Project, key: str | None) -> Path | None:
    job = None if key is None else project.job(key)
    if key and (job is None or job.result is None):
        raise BadSetting(f"job {key} has no picture to go on from; let it end or stop it")
    return job and job.folder / "result.tif"


def _guided_words(task: Task, folder: Path) -> list[str]:
    """Guidance and start as arguments of the command line."""
    chosen, words = task.guidance, list[str]()
    if chosen.content_mask:
        words += ["--content-mask", str(chosen.content_mask)]
    masks = [str(mask or "none") for mask in chosen.style_masks]
    if any(chosen.style_masks):
        words += [word for mask in masks for word in ("--style-mask", mask)]
    if chosen.points:
        words += ["--points", str(folder / POINTS)]
    if task.start:
        words += ["--start", str(task.start)]
    return words


def _words(label: str) -> str:
    """A label as part of a file name: letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", PurePath(label).stem).encode("ascii", "ignore")
    return re.sub(r"[^a-z0-9]+", "-", plain.decode().lower()).strip("-")[:40]
