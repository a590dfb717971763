"""Jobs as data: checked before anything is painted, with everything that is wrong at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, get_type_hints

from wasserstyle import methods
from wasserstyle.batch import store
from wasserstyle.batch.rows import Row, many
from wasserstyle.errors import BadGuidance, BadImage, BadJobs, BadSetting, StyleError
from wasserstyle.image import read
from wasserstyle.runs import Options
from wasserstyle.runs.guides import Guides, masks_of, parse_regions
from wasserstyle.runs.stylizer import make_options
from wasserstyle.runs.values import parse_assignments, parse_numbers, parse_value

PATTERN = ("content", "style", "method", "size", "seed", "index")
"""What an output pattern may name."""
COLUMNS = (
    *("content", "style", "out", "style_weights", "method", "preset", "set", "start"),
    *("content_mask", "style_mask", "region", "point", "points"),
)
"""What a row may have beside settings."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One picture to paint."""

    row: str
    """Where it comes from, for people."""
    content: Path
    styles: tuple[Path, ...]
    style_weights: tuple[float, ...] | None
    out: str
    """A path or a URL."""
    options: Options
    guides: Guides
    start: Path | None

    @property
    def brush(self) -> tuple[Any, ...]:
        """What jobs have in common that one Stylizer can paint."""
        return (self.styles, self.style_weights, self.options)

    @property
    def inputs(self) -> list[tuple[str, Path]]:
        """All files it reads, and what they are."""
        method = self.options.method
        own = [getattr(method, name) for name in sorted(method.files())]
        named = [
            ("content", [self.content]),
            ("style", self.styles),
            ("mask", self.guides.pictures),
            ("points", self.guides.files),
            ("start", [self.start]),
            ("weights", [self.options.weights, *own]),
        ]
        return [(name, Path(path)) for name, some in named for path in some if path]


def read_jobs(rows: Iterable[Row], defaults: Mapping[str, Any]) -> list[Job]:
    """Make jobs of rows and check them, but for what shows only when contents are decoded.

    Args:
        rows: From :func:`rows.product` or :func:`rows.read_list`.
        defaults: For what a row does not say, by the same names.

    Returns:
        Jobs, those of the same styles and settings one after the other.

    Raises:
        BadJobs: With one line for everything that is wrong.
    """
    problems: list[str] = []
    jobs: list[Job] = []
    seen: set[str] = set()
    for index, row in enumerate(rows, 1):
        unknown = row.values.keys() - known_columns()
        problems += [_unknown(row.name, name) for name in sorted(unknown - seen)]
        seen |= unknown
        if unknown:
            continue
        texts = [*many(defaults.get("set")), *many(row.values.get("set"))]
        try:
            jobs.append(_job(row.name, {**defaults, **row.values, "set": texts}, index))
        except StyleError as error:
            problems.append(f"{row.name}: {error}")
    problems += _missing(jobs) or _bad_guides(jobs)
    problems += _collisions(jobs) + _unwritable(jobs)
    if problems or not jobs:
        raise BadJobs(problems or ["nothing to paint: the list is empty"])
    order: dict[Any, int] = {}
    return sorted(jobs, key=lambda job: order.setdefault(job.brush, len(order)))


@lru_cache
def known_columns() -> frozenset[str]:
    """What a row may have: also all settings of a run and of any method."""
    own = {info.name for info in fields(Options)} - {"method"}
    theirs = {info.name for name in methods.names() for info in fields(methods.get(name))}
    return frozenset({*COLUMNS, "dtype"} | own | theirs)


def _unknown(row: str, name: str) -> str:
    near = get_close_matches(name, known_columns(), n=1) or ["content"]
    return f"{row}: unknown column {name!r}; nearest: {near[0]}"


def _job(row: str, values: Mapping[str, Any], index: int) -> Job:
    """One job, of known names."""
    for name in ("content", "style", "out"):
        if not values.get(name):
            raise BadSetting(f"no {name} given")
    styles = tuple(map(Path, many(values["style"])))
    options = _options(values)
    content, start = Path(str(values["content"])), values.get("start")
    return Job(
        row=row,
        content=content,
        styles=styles,
        style_weights=_shares(values.get("style_weights"), len(styles)),
        out=_filled(
            str(values["out"]),
            {
                "content": content.stem,
                "style": "+".join(style.stem for style in styles),
                "method": options.method.name,
                "size": options.size,
                "seed": options.seed,
                "index": index,
            },
        ),
        options=options,
        guides=_guides(values, len(styles)),
        start=None if start is None else Path(str(start)),
    )


def _options(values: Mapping[str, Any]) -> Options:
    """Settings of a row, from text or from what JSON holds."""
    method = str(values.get("method", "strotss"))
    hints = get_type_hints(Options) | get_type_hints(methods.get(method))
    plain: dict[str, Any] = {}
    for name, value in values.items():
        if name not in COLUMNS:
            own = "precision" if name == "dtype" else name
            plain[own] = _typed(own, value, hints.get(own))
    plain |= parse_assignments(method, values["set"])
    options = make_options(method, str(values.get("preset", "default")), plain)
    known = options.method.backbones
    if options.backbone not in (None, *known):
        raise BadSetting(f"{method} works with {' and '.join(known)}, not {options.backbone!r}")
    return options


def _typed(name: str, value: Any, hint: Any) -> Any:  # noqa: ANN401 - any setting
    """A value as the command line would give it, so that equal jobs have equal recipes."""
    if name == "weights":
        return Path(str(value))
    if isinstance(value, str):
        return parse_value(name, value.strip(), hint)
    if isinstance(value, list):
        return tuple(value)
    return float(value) if hint is float and type(value) is int else value


def _shares(value: Any, styles: int) -> tuple[float, ...] | None:  # noqa: ANN401 - text or list
    if value is None:
        return None
    text = value if isinstance(value, str) else ",".join(many(value))
    shares = tuple(parse_numbers(text.replace(";", ",")) or ())
    if len(shares) != styles or not all(0 < share < float("inf") for share in shares):
        raise BadSetting(f"style weights {text!r}; give one above zero for each style")
    return shares


def _guides(values: Mapping[str, Any], styles: int) -> Guides:
    mask = values.get("content_mask")
    guides = Guides(
        content_mask=None if mask is None else Path(str(mask)),
        style_masks=masks_of([Path(text) for text in many(values.get("style_mask"))]),
        regions=parse_regions(many(values.get("region"))),
        typed=tuple(many(values.get("point"))),
        files=tuple(Path(text) for text in many(values.get("points"))),
    )
    if len(guides.style_masks) > styles:
        raise BadGuidance(f"{len(guides.style_masks)} style masks for {styles} styles")
    return guides


def _filled(pattern: str, values: Mapping[str, Any]) -> str:
    """The output of a job."""
    try:
        named = [name for _, name, _, _ in Formatter().parse(pattern) if name is not None]
        for name in named:
            if name not in PATTERN:
                known = " ".join(f"{{{field}}}" for field in PATTERN)
                raise BadSetting(f"{pattern}: unknown field {{{name}}}; known: {known}")
        return pattern.format(**values)
    except ValueError as error:
        if isinstance(error, StyleError):
            raise
        raise BadSetting(f"{pattern}: no output pattern ({error})") from error


# ------------------------------------------------------------------ of all jobs
def _missing(jobs: Iterable[Job]) -> list[str]:
    """Files that are not there; each is said once."""
    there: dict[Path, bool] = {}
    problems: list[str] = []
    for job in jobs:
        for name, path in job.inputs:
            if path not in there:
                there[path] = path.is_file()
                if not there[path]:
                    problems.append(f"{job.row}: {name} {path}: no such file")
    return problems


def _bad_guides(jobs: Iterable[Job]) -> list[str]:
    """Masks and points that cannot be used; pictures that cannot be read fail later."""
    problems: list[str] = []
    for job in jobs:
        if job.guides != Guides():
            try:
                guidance = job.guides.read(read(job.content), [read(s) for s in job.styles])
                job.options.method.check_guidance(guidance)
            except BadImage:
                continue
            except StyleError as error:
                problems.append(f"{job.row}: {error}")
    return problems


def _collisions(jobs: Iterable[Job]) -> list[str]:
    """Outputs that would replace another, or something that is read."""
    jobs = list(jobs)
    read_too = {store.place_of(str(path)) for job in jobs for _, path in job.inputs}
    first: dict[str, Job] = {}
    problems: list[str] = []
    for job in jobs:
        place = store.place_of(job.out)
        other = first.setdefault(place, job)
        if other is not job:
            problems.append(f"{job.row}: {job.out} is the output of {other.row}, too")
        elif place in read_too:
            problems.append(f"{job.row}: {job.out} would replace a picture in use")
    return problems


def _unwritable(jobs: Iterable[Job]) -> list[str]:
    """Places that refuse; each folder is asked once for each format."""
    asked: set[tuple[str, str]] = set()
    problems: list[str] = []
    for job in jobs:
        kind = (store.folder_of(job.out), Path(job.out).suffix.lower())
        if kind not in asked:
            asked.add(kind)
            try:
                store.check(job.out)
            except StyleError as error:
                problems.append(f"{job.row}: {error}")
    return problems
