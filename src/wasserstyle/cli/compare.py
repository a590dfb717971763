"""``wasserstyle compare``: several methods on one pair, side by side, with time and scores."""

from pathlib import Path
from typing import Annotated

import typer

from wasserstyle.cli.options import Json, Quiet, Threads


def compare(
    content: Annotated[Path, typer.Argument(help="What to paint.", show_default=False)],
    style: Annotated[Path, typer.Argument(help="How to paint it.", show_default=False)],
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help="The sheet; a .json goes beside.", show_default=False),
    ],
    methods: Annotated[
        str | None,
        typer.Option(help="Like strotss,gatys:paper.", show_default="all, default presets"),
    ] = None,
    size: Annotated[int, typer.Option(help="Long side of each picture, pixels.")] = 256,
    seed: Annotated[int, typer.Option(help="Same seed, same pictures.")] = 0,
    columns: Annotated[int, typer.Option(min=1, help="Pictures in a row.")] = 5,
    keep: Annotated[
        Path | None, typer.Option(help="Folder for the pictures themselves.")
    ] = None,
    threads: Threads = None,
    quiet: Quiet = False,
    json: Json = False,
) -> int:
    """Paint CONTENT in the style of STYLE by several METHODS, one after the other.

    [dim]wasserstyle compare photo.jpg painting.jpg -o sheet.png --methods strotss,gatys[/dim]
    """
    from wasserstyle.cli.comparison import Comparison, run

    comparison = Comparison(
        content=content,
        style=style,
        out=out,
        methods=methods,
        size=size,
        seed=seed,
        columns=columns,
        keep=keep,
        threads=threads,
    )
    return run(comparison, quiet=quiet, json=json)
