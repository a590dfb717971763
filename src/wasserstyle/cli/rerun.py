"""``wasserstyle rerun``: repeat a picture from the recipe kept inside it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from wasserstyle.cli.options import Every, Json, Preview, Quiet, Resume


def rerun(
    picture: Annotated[Path, typer.Argument(help="A picture this program wrote.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", show_default="PICTURE-rerun beside it")
    ] = None,
    content: Annotated[
        Path | None, typer.Option(help="Where the content is now.", show_default="as recorded")
    ] = None,
    style: Annotated[
        list[Path] | None,
        typer.Option(help="Where a style is now.", show_default="as recorded"),
    ] = None,
    preview: Preview = None,
    every: Every = 20,
    resume: Resume = False,
    quiet: Quiet = False,
    json: Json = False,
) -> int:
    """Repeat PICTURE from its recipe; on the same machine the pixels are the same."""
    from wasserstyle.cli.paint import Show, paint
    from wasserstyle.cli.repeat import request_of, same_pixels, was_interrupted

    request = request_of(picture, out, [content, *(style or [])], resume=resume)
    code = paint(request, Show(preview=preview, every=every, quiet=quiet, json=json))
    if code == 0 and not quiet:
        same = "the same" if same_pixels(picture, request.out) else "NOT the same"
        verdict = "the run that it shows was interrupted" if was_interrupted(picture) else same
        print(f"pixels: {verdict} ({picture})", file=sys.stderr)
    return code
