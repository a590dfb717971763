"""``wasserstyle transfer``: paint one picture in the style of others."""

from pathlib import Path
from typing import Annotated, Any

import typer

from wasserstyle.cli.options import (
    ContentMask,
    DryRun,
    Every,
    GreyRegion,
    Json,
    Point,
    PointFile,
    Preview,
    Quiet,
    Resume,
    Set,
    Start,
    StyleMask,
    Threads,
)


def transfer(
    content: Annotated[Path, typer.Argument(help="What to paint.", show_default=False)],
    style: Annotated[
        list[Path], typer.Argument(help="How to paint it; several mix.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option("-o", "--out", help="Where to: .png .jpg .webp .tif", show_default=False),
    ],
    method: Annotated[str, typer.Option(help="See `wasserstyle methods`.")] = "strotss",
    preset: Annotated[str, typer.Option(help="Named settings of the method.")] = "default",
    size: Annotated[int, typer.Option(help="Long side of the output, pixels.")] = 512,
    content_weight: Annotated[
        float | None, typer.Option(help="More keeps more of the content.", show_default="1")
    ] = None,
    style_weights: Annotated[
        str | None, typer.Option(help="Share of each style, like 2,1.", show_default="equal")
    ] = None,
    content_mask: ContentMask = None,
    style_mask: StyleMask = None,
    region: GreyRegion = None,
    point: Point = None,
    points: PointFile = None,
    start: Start = None,
    init: Annotated[
        str, typer.Option(help="Begin with: content, or a network's critic, adain, sanet.")
    ] = "content",
    color: Annotated[
        str, typer.Option(help="Colours: style, or keep the content's.")
    ] = "style",
    seed: Annotated[int, typer.Option(help="Same seed, same picture.")] = 0,
    setting: Set = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, ...")] = "auto",
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
