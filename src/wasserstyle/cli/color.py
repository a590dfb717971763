"""``wasserstyle color``: give a picture the colours of others, and nothing else."""

from pathlib import Path
from typing import Annotated

import typer

from wasserstyle.cli.options import ContentMask, Json, Out, Quiet, StyleMask, StyleWeights


def color(
    content: Annotated[Path, typer.Argument(help="What to recolour.", show_default=False)],
    style: Annotated[
        list[Path], typer.Argument(help="Whose colours; several mix.", show_default=False)
    ],
    out: Out,
    strength: Annotated[float, typer.Option(help="How far to go, 0 to 1.")] = 1.0,
    style_weights: StyleWeights = None,
    size: Annotated[
        int | None, typer.Option(help="Long side, pixels.", show_default="the content's")
    ] = None,
    content_mask: ContentMask = None,
    style_mask: StyleMask = None,
    quiet: Quiet = False,
    json: Json = False,
) -> int:
    """Carry the colours of STYLE to CONTENT at its full size, by optimal transport.

    [dim]wasserstyle color photo.jpg painting.jpg -o recoloured.jpg[/dim]
    """
    from wasserstyle import image as images
    from wasserstyle.cli.paint import Request, Show, paint
    from wasserstyle.runs.guides import Guides, masks_of
    from wasserstyle.runs.values import parse_numbers

    request = Request(
        content=content,
        styles=tuple(style),
        out=out,
        method="color_transport",
        preset="default",
        style_weights=parse_numbers(style_weights),
        settings={
            "size": size or max(images.read(content).rgb.shape[2:]),
            "strength": strength,
        },
        guides=Guides(content_mask=content_mask, style_masks=masks_of(style_mask or ())),
    )
    return paint(request, Show(quiet=quiet, json=json))
