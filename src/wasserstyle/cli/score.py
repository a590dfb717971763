"""``wasserstyle score``: how near pictures are to their content and their style."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from wasserstyle.cli.options import Json, Threads

Scores = Mapping[str, Mapping[str, float]]
"""By picture, by metric."""


def score(
    content: Annotated[Path, typer.Argument(help="What was painted.", show_default=False)],
    style: Annotated[Path, typer.Argument(help="How it was painted.", show_default=False)],
    pictures: Annotated[
        list[Path], typer.Argument(metavar="OUT...", help="Results.", show_default=False)
    ],
    metrics: Annotated[
        str | None, typer.Option(help="Like lpips_vgg,sliced_w2.", show_default="all")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(help="Write the numbers here, too.", show_default=False)
    ] = None,
    threads: Threads = None,
    json: Json = False,
) -> None:
    """Score results OUT against CONTENT and STYLE, beside the anchors.

    Content and style are always scored together: each alone is easily made perfect. All
    pictures are looked at with a long side of 256 px.

    [dim]wasserstyle score photo.jpg painting.jpg a.png b.png[/dim]
    """
    import torch

    from wasserstyle import image as images
    from wasserstyle.errors import BadSetting
    from wasserstyle.evaluation.scores import METRICS, Judge

    if threads:
        torch.set_num_threads(threads)
    names = [name.strip() for name in metrics.split(",")] if metrics else list(METRICS)
    ours, theirs = (images.composite(images.read(path)) for path in (content, style))
    judge = Judge.of(ours, theirs, names)
    lacking = {"content", "style"} - {METRICS[name].kind for name in names}
    if lacking:
        raise BadSetting(f"no metric of the {lacking.pop()}; both are scored together")
    scores = judge.anchors()
    for path in pictures:
        scores[str(path)] = judge.score(images.composite(images.read(path)))
    if csv:
        images.write_text(_csv(scores, names), csv)
    if json:
        import json as jsonlib

        print(jsonlib.dumps(scores))
    else:
        _show(scores, names)


def _csv(scores: Scores, names: list[str]) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["picture", *names])
    writer.writerows([picture, *row.values()] for picture, row in scores.items())
    return text.getvalue()


def _show(scores: Scores, names: list[str]) -> None:
    """A table for content, and one for style."""
    from rich.console import Console
    from rich.table import Table

    from wasserstyle.evaluation.scores import METRICS

    console = Console()
    for kind in ("content", "style"):
        chosen = [name for name in names if METRICS[name].kind == kind]
        if not chosen:
            continue
        table = Table(title=f"nearness to the {kind}", title_justify="left", box=None)
        table.add_column("picture", overflow="fold")
        for name in chosen:
            arrow = "more" if METRICS[name].more_is_nearer else "less"
            table.add_column(f"{name}\n({arrow} is nearer)", justify="right")
        for picture, row in scores.items():
            table.add_row(picture, *(f"{row[name]:.4g}" for name in chosen))
        console.print(table, soft_wrap=False)
