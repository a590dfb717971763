"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

INTERRUPTED = 130
"""Exit code after Ctrl-C."""

Threads = Annotated[
    int | None, typer.Option(min=1, help="Processor threads.", show_default="all cores")
]
Preview = Annotated[
    Path | None, typer.Option(help="Write the picture so far here, again and again.")
]
Every = Annotated[int, typer.Option(min=1, help="Steps between previews.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check all, say expected time and memory, end.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")]
Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON record on stdout at the end.")
]
