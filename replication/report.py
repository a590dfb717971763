"""What an experiment found, and the page that shows all of it beside the published."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from replication import EXPERIMENTS
from replication.scope import RESULTS, ROOT, Scope
from wasserstyle import image as images
from wasserstyle.evaluation.figures import save
from wasserstyle.runs.recipe import versions
from wasserstyle.types import Image

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE = ROOT / "docs/replication.md"
QUALITY = 85


@dataclass(frozen=True, kw_only=True)
class Found:
    """The result of one figure or table."""

    title: str
    published: str
    """What the paper shows, in words or numbers."""
    table: Sequence[Mapping[str, Any]] = ()
    """Rows with the same columns."""
    figures: Mapping[str, "Figure | Image"] = field(default_factory=dict)
    """By caption."""
    size: int | None = None
    """Long side of what was painted, pixels; None: the scope's."""
    comment: str = ""
    """Where ours differs and why; what was seen."""


def write(name: str, found: Found, scope: Scope, seconds: float) -> None:
    """Keep numbers and figures of an experiment; ``name`` is like ``strotss.ablation``."""
    files = {}
    for number, (caption, figure) in enumerate(found.figures.items(), start=1):
        path = scope.results / f"{name}-{number}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(figure, torch.Tensor):
            images.write(figure, path, quality=QUALITY)
        else:
            save(figure, path)
        files[path.name] = caption
    record = {
        "title": found.title,
        "published": found.published,
        "table": list(found.table),
        "figures": files,
        "comment": found.comment,
        "done_on": {
            "pairs": [" x ".join(pair) for pair in scope.pairs],
            "size": found.size or scope.size,
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "threads": torch.get_num_threads(),
            "seconds": round(seconds),
            "versions": versions(),
        },
    }
    images.write_text(json.dumps(record, indent=1) + "\n", scope.results / f"{name}.json")


def page(results: Path = RESULTS) -> str:
    """The documentation page of all results that are there."""
    parts = [(ROOT / "replication/page.md").read_text().rstrip()]
    paths = [results / f"{name}.json" for name in EXPERIMENTS]
    parts += [_section(p.stem, json.loads(p.read_text())) for p in paths if p.exists()]
    return "\n\n".join(parts) + "\n"


def _section(name: str, record: Mapping[str, Any]) -> str:
    paper, function = name.split(".")
    on = record["done_on"]
    lines = [f"## {record['title']}", f"*Published:* {record['published']}"]
    lines += [f"*Here:* {record['comment']}"] if record["comment"] else []
    lines += ["\n".join(_table(record["table"]))] if record["table"] else []
    lines += [
        f"![{caption}](../replication/results/{file})\n\n*{caption}*"
        for file, caption in record["figures"].items()
    ]
    lines.append(
        f"[`replication/{paper}/{function}.py`](../replication/{paper}/{function}.py), "
        f"[numbers](../replication/results/{name}.json): {', '.join(on['pairs'])}; "
        f"{on['size']} px, {on['machine']}, {on['threads']} thread(s), "
        f"torch {on['versions']['torch']}."
    )
    return "\n\n".join(lines)


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    head = list(rows[0])
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    return lines + [f"| {' | '.join(_cell(row[key]) for key in head)} |" for row in rows]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
