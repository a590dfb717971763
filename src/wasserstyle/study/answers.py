"""Answers as a table: ``pair_id, question, A, B, answer, worker`` and two columns more."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wasserstyle.errors import BadSetting
from wasserstyle.study.plan import QUESTIONS

COLUMNS = ("pair_id", "question", "A", "B", "answer", "worker", "regime", "right")
NEEDED = COLUMNS[:6]
VALUES = ("A", "B", "equal", "neither")


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """One answer of one rater."""

    pair_id: str
    question: str
    """``style`` or ``content``."""
    a: str
    """What was shown as A, ``method/setting``; or what was rated."""
    b: str
    """Empty where A was rated by itself."""
    answer: str
    """A, B, equal, neither; or a number from 0 to 1."""
    worker: str
    regime: str = "all"
    right: str = ""
    """Of an attention check: the right answer, or ``>=`` and the least right number."""

    @property
    def number(self) -> float:
        """What was rated."""
        return float(self.answer)

    @property
    def passed(self) -> bool:
        """Whether an attention check was answered rightly."""
        least = self.right.removeprefix(">=")
        return self.answer == self.right if least == self.right else self.number >= float(least)


def write(judgements: Iterable[Judgement], path: Path) -> None:
    """Write a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in judgements:
            row = (one.pair_id, one.question, one.a, one.b, one.answer, one.worker)
            writer.writerow((*row, one.regime, one.right))


def read(path: Path) -> list[Judgement]:
    """Read such a file; the last two columns may be left out.

    Raises:
        BadSetting: It cannot be read, lacks a column, or has an answer that is none.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeError, csv.Error) as error:
        raise BadSetting(f"{path}: cannot be read ({error})") from error
    if not rows:
        raise BadSetting(f"{path}: has no answers")
    missing = [name for name in NEEDED if rows[0].get(name) is None]
    if missing:
        raise BadSetting(f"{path}: lacks the columns {', '.join(missing)}")
    return [_judgement(row, f"{path}, row {n}") for n, row in enumerate(rows, start=2)]


def _judgement(row: dict[str, str | None], where: str) -> Judgement:
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if given["question"] not in QUESTIONS:
        raise BadSetting(f"{where}: question {given['question']!r}; style or content")
    answer, b = given["answer"], given.pop("B")
    if not (answer in VALUES if b else _is_rating(answer)):
        raise BadSetting(
            f"{where}: answer {answer!r}; with B one of {', '.join(VALUES)}, else 0 to 1"
        )
    given["regime"] = given["regime"] or "all"
    return Judgement(a=given.pop("A"), b=b, **given)


def _is_rating(text: str) -> bool:
    try:
        return 0 <= float(text) <= 1
    except ValueError:
        return False
