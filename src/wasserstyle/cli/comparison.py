"""A comparison from pair to sheet.

Every method runs in a process of its own: peaks of memory are each method's own, and one that
fails does not end the others.
"""

import json as jsonlib
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from wasserstyle import image as images
from wasserstyle import methods
from wasserstyle.cli.options import INTERRUPTED
from wasserstyle.errors import BadSetting
from wasserstyle.evaluation.brief import Scores, anchors, score
from wasserstyle.image.sheet import Cell, blank, contact_sheet
from wasserstyle.runs.recipe import versions
from wasserstyle.runs.stylizer import Options
from wasserstyle.types import Image

LARGEST_CELL = 512
"""Long side of a picture on the sheet, pixels, at most."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What to compare."""

    content: Path
    style: Path
    out: Path
    methods: str | None
    size: int
    seed: int
    columns: int
    keep: Path | None
    threads: int | None


@dataclass(frozen=True)
class Entry:
    """A method, and a preset of it."""

    method: str
    preset: str

    @property
    def label(self) -> str:
        """As it is typed."""
        return self.method if self.preset == "default" else f"{self.method}:{self.preset}"

    @property
    def file(self) -> str:
        """Of its picture."""
        return f"{self.label.replace(':', '-')}.png"


@dataclass(frozen=True)
class Outcome:
    """What became of one of them."""

    entry: Entry
    failure: str | None = None
    image: Image | None = None
    scores: Scores | None = None
    seconds: float = 0.0
    peak_bytes: int = 0

    def record(self) -> dict[str, Any]:
        """As plain JSON values."""
        plain: dict[str, Any] = asdict(self.entry)
        if self.failure is not None:
            return plain | {"failure": self.failure}
        measured = {"seconds": self.seconds, "peak_bytes": self.peak_bytes}
        return plain | measured | {"scores": self.scores and _rounded(self.scores)}

    def cell(self, like: Image) -> Cell:
        """As it looks on the sheet."""
        if self.image is None or self.scores is None:
            return Cell(blank(like), self.entry.label, [(self.failure or "")[:60]])
        cost = f"{self.seconds:.0f} s, {self.peak_bytes / 1e6:.0f} MB"
        return Cell(self.image, self.entry.label, [cost, _line(self.scores)])


def run(comparison: Comparison, *, quiet: bool, json: bool) -> int:
    """Paint all, write the sheet and the numbers, and return the exit code.

    Raises:
        StyleError: Nothing was written.
    """
    entries = parse_methods(comparison.methods)
    Options(size=comparison.size, seed=comparison.seed)
    for path in (comparison.out, comparison.out.with_suffix(".json")):
        if path.resolve() in {comparison.content.resolve(), comparison.style.resolve()}:
            raise BadSetting(f"{path}: would replace a picture in use; choose another name")
    images.check_writable(comparison.out)
    content, style = (images.read(p) for p in (comparison.content, comparison.style))
    ours, theirs = (
        images.to_long_side(images.composite(picture), comparison.size)
        for picture in (content, style)
    )
    outcomes: list[Outcome] = []
    with _folder(comparison.keep) as folder:
        for number, entry in enumerate(entries, start=1):
            if not quiet:
                line = f"{entry.label} ({number} of {len(entries)})"
                print(line, file=sys.stderr, flush=True)
            outcome = paint_one(comparison, entry, folder / entry.file, quiet=quiet)
            outcomes.append(scored(outcome, ours, theirs))
    ends = anchors(ours, theirs)
    cells = [
        Cell(ours, "content", [_line(ends["content"])]),
        Cell(theirs, "style", [_line(ends["style"])]),
        *(outcome.cell(ours) for outcome in outcomes),
    ]
    side = min(comparison.size, LARGEST_CELL)
    sheet = contact_sheet(cells, columns=comparison.columns, side=side)
    record = {
        "content": content.source,
        "style": style.source,
        "size": comparison.size,
        "seed": comparison.seed,
        "anchors": {name: _rounded(scores) for name, scores in ends.items()},
        "methods": [outcome.record() for outcome in outcomes],
        "versions": versions(),
    }
    return _finish(comparison, sheet, record, quiet=quiet, json=json)


def parse_methods(text: str | None) -> list[Entry]:
    """Read ``strotss,gatys:paper``; None: every method with its default.

    Raises:
        StyleError: No such method or preset, or one named twice.
    """
    if text is None:
        return [Entry(name, "default") for name in methods.names()]
    entries: list[Entry] = []
    for part in text.split(","):
        name, _, preset = part.strip().partition(":")
        entries.append(Entry(name, preset or "default"))
        methods.get(name).preset(entries[-1].preset)
    if len(set(entries)) < len(entries):
        raise BadSetting(f"--methods {text}: one of them is there twice")
    return entries


def paint_one(comparison: Comparison, entry: Entry, out: Path, *, quiet: bool) -> Outcome:
    """One method in a process of its own; its picture goes to ``out``."""
    given = {"--out": out, "--method": entry.method, "--preset": entry.preset}
    given |= {"--size": comparison.size, "--seed": comparison.seed}
    given |= {"--threads": comparison.threads} if comparison.threads else {}
    options = [text for name, value in given.items() for text in (name, str(value))]
    said = ["--json", "--quiet"] if quiet else ["--json"]
    pair = [str(comparison.content), str(comparison.style)]
    command = [sys.executable, "-m", "wasserstyle", "transfer", *pair, *options, *said]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode == INTERRUPTED:
        raise KeyboardInterrupt
    if done.returncode != 0:
        return Outcome(entry, failure=f"ended with code {done.returncode}; see above")
    record = jsonlib.loads(done.stdout)
    image, seconds = images.read(out).rgb, record["seconds"]
    return Outcome(entry, image=image, seconds=seconds, peak_bytes=record["peak_bytes"])


def scored(outcome: Outcome, content: Image, style: Image) -> Outcome:
    """The same with scores, if there is a picture."""
    if outcome.image is None:
        return outcome
    return replace(outcome, scores=score(outcome.image, content, style))


def _finish(
    comparison: Comparison, sheet: Image, record: Mapping[str, Any], *, quiet: bool, json: bool
) -> int:
    """Write what there is to see and to read."""
    beside = comparison.out.with_suffix(".json")
    text = jsonlib.dumps(record, indent=1, sort_keys=True) + "\n"
    images.write(sheet, comparison.out)
    images.write_text(text, beside)
    if json:
        print(jsonlib.dumps(record, sort_keys=True))
    failed = [m["method"] for m in record["methods"] if "failure" in m]
    if not quiet:
        print(f"wrote {comparison.out} and {beside}", file=sys.stderr)
    if failed:
        print(f"wasserstyle: failed: {', '.join(failed)}", file=sys.stderr)
    return 2 if failed else 0


@contextmanager
def _folder(keep: Path | None) -> Generator[Path]:
    """Where the pictures go: kept, or gone at the end."""
    if keep is not None:
        yield keep
        return
    with TemporaryDirectory() as folder:
        yield Path(folder)


def _rounded(scores: Scores) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(scores).items()}


def _line(scores: Scores) -> str:
    return f"content {scores.content:.3f}, style {scores.style:.2f}, color {scores.color:.0f}"
