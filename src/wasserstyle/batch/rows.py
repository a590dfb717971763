"""Rows of a list of jobs: from CSV, JSON, or every content with every style."""

import csv
import glob
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product as pairs
from pathlib import Path
from typing import Any

from wasserstyle.errors import BadJobs
from wasserstyle.image import pictures_in


@dataclass(frozen=True)
class Row:
    """What a list says of one job: text, or what JSON holds."""

    name: str
    """For people: the file and its line."""
    values: Mapping[str, Any]


def product(contents: Sequence[str], styles: Sequence[str]) -> list[Row]:
    """Every content with every style.

    Args:
        contents: Files, folders (all pictures in it, not below), or patterns like ``*.jpg``.
        styles: The same.

    Raises:
        BadJobs: With a line for everything that is not there.
    """
    problems: list[str] = []
    own, theirs = (
        [p for text in texts for p in _found(text, problems)] for texts in (contents, styles)
    )
    if problems:
        raise BadJobs(problems)
    return [
        Row(f"{content} with {style}", {"content": content, "style": [style]})
        for content, style in pairs(own, theirs)
    ]


def read_list(path: Path) -> list[Row]:
    """Rows of a .csv with a header, a .json list of objects, or .jsonl, one object a line.

    Cells that are empty say nothing.

    Raises:
        BadJobs: It cannot be read.
    """
    readers = {".csv": _csv, ".json": _json, ".jsonl": _jsonl}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadJobs([f"{path}: a list of jobs is .csv, .json or .jsonl"])
    try:
        text = path.read_text("utf-8-sig")
        return [
            Row(f"{path.name}, {name}", _named(path, name, values))
            for name, values in reader(text)
        ]
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise BadJobs([f"{path}: cannot be read ({reason})"]) from error
    except (ValueError, TypeError, csv.Error, RecursionError) as error:
        raise BadJobs([f"{path}: no valid list of jobs ({error})"]) from error


def many(value: Any) -> list[str]:  # noqa: ANN401 - text, a list, or None
    """Several texts: of a list, or between semicolons."""
    if value is None:
        return []
    parts = value.split(";") if isinstance(value, str) else value
    parts = parts if isinstance(parts, list | tuple) else [parts]
    return [text for part in parts if (text := str(part).strip())]


def _found(text: str, problems: list[str]) -> list[str]:
    """Files that a text stands for; else one problem more."""
    path = Path(text)
    if path.is_file():
        return [text]
    if path.is_dir():
        found = [str(p) for p in pictures_in(path)]
    else:
        matches = glob.glob(text, recursive=True)  # noqa: PTH207 - of any folder
        found = sorted(match for match in matches if Path(match).is_file())
    if not found:
        problems.append(f"{text}: {'no pictures in it' if path.is_dir() else 'no such file'}")
    return found


def _csv(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.DictReader(text.splitlines(keepends=True), strict=True)
    for values in reader:
        if None in values:
            raise ValueError(f"line {reader.line_num} has more cells than the header")
        yield f"line {reader.line_num}", {k: v for k, v in values.items() if (v or "").strip()}


def _json(text: str) -> Iterator[tuple[str, Any]]:
    rows = json.loads(text)
    if not isinstance(rows, list):
        raise TypeError("it must be a list of objects")
    for number, values in enumerate(rows, 1):
        yield f"job {number}", values


def _jsonl(text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield f"line {number}", json.loads(line)
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error


def _named(path: Path, name: str, values: Any) -> dict[str, Any]:  # noqa: ANN401 - anything JSON holds
    """Values of a row by the names that settings have."""
    if not isinstance(values, dict):
        raise BadJobs([f"{path.name}, {name}: must be an object"])
    plain = {str(k).strip().replace("-", "_"): v for k, v in values.items()}
    return {k: v for k, v in plain.items() if v not in (None, "", [])}
