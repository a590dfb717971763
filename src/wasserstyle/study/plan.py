"""A study as data: ``study.toml`` in the study's folder, meant to be edited by its owner."""

import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from wasserstyle.errors import BadSetting

FILE = "study.toml"
DESIGNS = ("compare", "rate")
REGIMES = ("paired", "unpaired", "texture")
QUESTIONS = ("style", "content")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
"""What names a method, a setting or a pair: also a part of a file's name."""
LIMITS = {
    "size": (16, 4096),
    "raters": (1, 1000),
    "session": (1, 1000),
    "checks": (0, 100),
    "minutes": (1, 10_000),
}
CONSENT = """\
You will see pictures made by computer programs and say how alike they are. This takes about \
ten minutes.

We keep your answers, the time of each, and a random number that stands for you. We do not ask \
for your name and do not keep your network address. You may stop at any time by closing the \
page.

By going on you agree that your answers are used for research."""


@dataclass(frozen=True, kw_only=True)
class Painter:
    """A method with a preset, at one or more settings."""

    name: str
    """What it is called in the results."""
    method: str
    preset: str = "default"
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"default": {}})
    """What is changed of the preset, by the name of the setting."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A content and a style; paths are relative to the study's folder."""

    name: str
    content: str
    style: str
    regime: str = "unpaired"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is asked of whom about which pictures.

    Raises:
        BadSetting: Something is missing, unknown, named twice or out of its limits.
    """

    title: str = "How alike are these pictures?"
    consent: str = CONSENT
    design: str = "compare"
    """``compare``: A, B, equal or neither; ``rate``: one picture, 0 to 1."""
    size: int = 512
    """Long side of the pictures, pixels."""
    seed: int = 0
    raters: int = 5
    """Answers wanted for each comparison."""
    session: int = 40
    """Comparisons for one rater, at most."""
    checks: int = 3
    """Attention checks among them, not counted above."""
    minutes: int = 30
    """After so long an unanswered comparison is given to someone else."""
    methods: tuple[Painter, ...]
    pairs: tuple[Pair, ...]

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            if not low <= getattr(self, name) <= high:
                raise BadSetting(f"{name} = {getattr(self, name)}; give {low} to {high}")
        _one_of("design", self.design, DESIGNS)
        for pair in self.pairs:
            _one_of("regime", pair.regime, REGIMES)
        for painter in self.methods:
            _check_names(f"settings of {painter.name}", list(painter.settings))
        _check_names("methods", [painter.name for painter in self.methods])
        _check_names("pairs", [pair.name for pair in self.pairs])
        if self.design == "compare" and len(self.methods) < 2:
            raise BadSetting("one method; a comparison needs two, or use design = 'rate'")
        most = len(QUESTIONS) * len(self.pairs)
        if self.checks > most:
            raise BadSetting(f"checks = {self.checks}; these pairs give {most} at most")


def read_plan(folder: Path) -> Plan:
    """Read ``study.toml``.

    Raises:
        BadSetting: It is missing, is no TOML, or :class:`Plan` refuses it.
    """
    path = folder / FILE
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSetting(
            f"{path}: cannot be read ({error.strerror}); make one by: wasserstyle study new"
        ) from error
    except ValueError as error:
        raise BadSetting(f"{path}: is no TOML ({error}); mend it there") from error
    try:
        parts = {"methods": Painter, "pairs": Pair}
        rows = {name: _rows(given.pop(name, []), kind, name) for name, kind in parts.items()}
        values: dict[str, Any] = _typed(given, Plan, "the plan") | rows
        return Plan(**values)
    except BadSetting as error:
        raise BadSetting(f"{path}: {error}") from error


def plan_text(plan: Plan) -> str:
    """As the text of ``study.toml``."""
    notes = {
        "design": f"one of {', '.join(DESIGNS)}",
        "size": "long side of the pictures, pixels",
        "raters": "answers wanted for each comparison",
        "session": "comparisons for one rater, at most",
        "checks": "attention checks among them, not counted above",
        "minutes": "after so long an unanswered comparison is given to someone else",
    }
    lines = [
        "# A study. Before the first rater everything may be changed; later title, consent,",
        "# raters, session, checks and minutes.",
        "",
    ]
    for info in fields(plan):
        if info.name in ("methods", "pairs"):
            continue
        note = f"  # {notes[info.name]}" if info.name in notes else ""
        lines.append(f"{info.name} = {_toml(getattr(plan, info.name))}{note}")
    for painter in plan.methods:
        lines += ["", "[[methods]]"]
        lines += [
            f"{key} = {_toml(getattr(painter, key))}" for key in ("name", "method", "preset")
        ]
        lines += [f"settings.{_toml(k)} = {_toml(v)}" for k, v in painter.settings.items()]
    for pair in plan.pairs:
        lines += ["", "[[pairs]]"]
        lines += [f"{info.name} = {_toml(getattr(pair, info.name))}" for info in fields(pair)]
    return "\n".join(lines) + "\n"


def name_pairs(rows: Sequence[tuple[Path, Path, str]], folder: Path) -> tuple[Pair, ...]:
    """Pairs from paths of content and style and a regime, with names for people."""
    pairs: list[Pair] = []
    for number, (content, style, regime) in enumerate(rows, start=1):
        words = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{content.stem[:30]}-{style.stem[:30]}")
        pairs.append(
            Pair(
                name=f"{number:02d}-{words}",
                content=_from(folder, content),
                style=_from(folder, style),
                regime=regime,
            )
        )
    return tuple(pairs)


def _from(folder: Path, path: Path) -> str:
    """A path as seen from the folder, so that both can be moved together."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.absolute().as_posix()


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise BadSetting(f"{name} = {value!r}; choose from {', '.join(known)}")


def _check_names(what: str, names: Sequence[str]) -> None:
    if not names:
        raise BadSetting(f"no {what}; give at least one")
    for name in names:
        if not NAME.fullmatch(name):
            raise BadSetting(f"{what}: {name!r} is no name; use letters, digits and . _ + -")
        if names.count(name) > 1:
            raise BadSetting(f"{what}: {name!r} is there twice")


def _rows(given: Any, kind: type, what: str) -> tuple[Any, ...]:  # noqa: ANN401 - from TOML
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise BadSetting(f"{what} must be tables: [[{what}]]")
    return tuple(kind(**_typed(row, kind, f"[[{what}]]")) for row in given)


def _typed(given: Mapping[str, Any], kind: Any, what: str) -> dict[str, Any]:  # noqa: ANN401
    """The fields of a dataclass, each of its type."""
    hints = get_type_hints(kind)
    known = {info.name: info for info in fields(kind)}
    missing = [
        n for n in ("name", "method", "content", "style") if n in known and n not in given
    ]
    if missing:
        raise BadSetting(f"{what} lacks {', '.join(missing)}")
    for name, value in given.items():
        if name not in known or name in ("methods", "pairs"):
            raise BadSetting(f"{what} has no {name!r}; known: {', '.join(known)}")
        if name == "settings":
            if not isinstance(value, dict) or not all(
                isinstance(v, dict) for v in value.values()
            ):
                raise BadSetting(f"{what}: settings must be tables of names and values")
        elif type(value) is not hints[name]:
            raise BadSetting(f"{what}: {name} = {value!r}; must be {hints[name].__name__}")
    return {
        name: {key: _tuples(own) for key, own in value.items()} if name == "settings" else value
        for name, value in given.items()
    }


def _tuples(own: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as methods take them."""
    return {k: tuple(v) if isinstance(v, list) else v for k, v in own.items()}


def _toml(value: Any) -> str:  # noqa: ANN401 - what a plan holds
    if isinstance(value, str) and "\n" in value:
        lines = [_quoted(line)[1:-1] for line in value.split("\n")]
        return '"""\n' + "\n".join(lines) + '"""'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    """A basic string of TOML; JSON's differs in one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
