"""``wasserstyle transfer``: paint one picture in the style of others."""

from pathlib import Path
from typing import Annotated, Any

import typer

from wasserstyle.cli.options import (
    Color,
    ContentMask,
    ContentWeight,
    Device,
    DryRun,
    Every,
    GreyRegion,
    Json,
    Method,
    Out,
    Point,
    PointFile,
    Preset,
    Preview,
    Quiet,
    Resume,
    Seed,
    Set,
    Size,
    Start,
    StyleMask,
    StyleWeights,
    Threads,
)


def transfer(
    content: Annotated[Path, typer.Argument(help="What to paint.", show_default=False)],
    style: Annotated[
        list[Path], typer.Argument(help="How to paint it; several mix.", show_default=False)
    ],
    out: Out,
    method: Method = "strotss",
    preset: Preset = "default",
    size: Size = 512,
    content_weight: ContentWeight = None,
    style_weights: StyleWeights = None,
    content_mask: ContentMask = None,
    style_mask: StyleMask = None,
    region: GreyRegion = None,
    point: Point = None,
    points: PointFile = None,
    start: Start = None,
    init: Annotated[
        str,
        typer.Option(help="Begin with: content, or a network's critic, adain, sanet, tiny."),
    ] = "content",
    color: Color = "style",
    seed: Seed = 0,
    setting: Set = None,
    device: Device = "auto",
    dtype: Annotated[
        str | None,
        typer.Option(help="auto, float32, bfloat16, float16.", show_default="of the preset"),
    ] = None,
    threads: Threads = None,
    backbone: Annotated[
        str | None, typer.Option(help="vgg16 or vgg19.", show_default="of the method")
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="torchvision VGG weights, .pth or .safetensors.")
    ] = None,
    preview: Preview = None,
    every: Every = 20,
    resume: Resume = False,
    dry_run: DryRun = False,
    quiet: Quiet = False,
    json: Json = False,
) -> int:
    """Paint CONTENT in the style of STYLE and write it to OUT, with its recipe inside.

    [dim]wasserstyle transfer photo.jpg painting.jpg -o painted.png --size 512[/dim]
    """
    from wasserstyle.cli.estimate import expect
    from wasserstyle.cli.paint import Request, Show, paint
    from wasserstyle.runs.guides import Guides, masks_of, parse_regions
    from wasserstyle.runs.values import parse_assignments, parse_numbers

    given: dict[str, Any] = {
        "content_weight": content_weight,
        "precision": dtype,
        "backbone": backbone,
        "weights": weights,
    }
    named = {name: value for name, value in given.items() if value is not None}
    request = Request(
        content=content,
        styles=tuple(style),
        out=out,
        method=method,
        preset=preset,
        style_weights=parse_numbers(style_weights),
        settings={"size": size, "seed": seed, "color": color, "device": device, "init": init}
        | named
        | parse_assignments(method, setting or []),
        guides=Guides(
            content_mask=content_mask,
            style_masks=masks_of(style_mask or ()),
            regions=parse_regions(region or ()),
            typed=tuple(point or ()),
            files=tuple(points or ()),
        ),
        start=start,
        threads=threads,
        resume=resume,
    )
    show = Show(preview=preview, every=every, quiet=quiet, json=json)
    return expect(request, show) if dry_run else paint(request, show)
