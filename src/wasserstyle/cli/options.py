"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

INTERRUPTED = 130
"""Exit code after Ctrl-C."""

Out = Annotated[
    Path, typer.Option("-o", "--out", help="Where to: .png .jpg .webp .tif", show_default=False)
]
Method = Annotated[str, typer.Option(help="See `wasserstyle methods`.")]
Preset = Annotated[str, typer.Option(help="Named settings of the method.")]
Size = Annotated[int, typer.Option(help="Long side of the output, pixels.")]
ContentWeight = Annotated[
    float | None, typer.Option(help="More keeps more of the content.", show_default="1")
]
StyleWeights = Annotated[
    str | None, typer.Option(help="Share of each style, like 2,1.", show_default="equal")
]
Color = Annotated[str, typer.Option(help="Colours: style, or keep the content's.")]
Seed = Annotated[int, typer.Option(help="Same seed, same picture.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, cuda:1.")]
Threads = Annotated[
    int | None, typer.Option(min=1, help="Processor threads.", show_default="all cores")
]
Set = Annotated[
    list[str] | None,
    typer.Option("-s", "--set", help="Any setting: NAME=VALUE.", show_default=False),
]
ContentMask = Annotated[
    Path | None,
    typer.Option(help="Regions of the content, each in a colour.", show_default=False),
]
StyleMask = Annotated[
    list[Path] | None,
    typer.Option(
        help="The same of the style; of each style in turn, or none. Colours pair up."
    ),
]
GreyRegion = Annotated[
    list[str] | None,
    typer.Option("--region", help="One region: CONTENT.png:STYLE.png[:WEIGHT], white inside."),
]
Point = Annotated[
    list[str] | None,
    typer.Option(help="Paint a point like a point: x,y:x,y in pixels, or 0.5,0.1:0.3,0.2."),
]
PointFile = Annotated[
    list[Path] | None, typer.Option("--points", help="The same from a JSON file.")
]
Start = Annotated[
    Path | None, typer.Option(help="Paint on this picture, such as an earlier result.")
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
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="How many paint at once.", show_default="1; on a cluster all"),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        help="A Ray cluster: auto, HOST:PORT, ray://HOST:PORT; or local (Ray) or processes on "
        "this machine.",
        show_default="this machine, on Ray if it is installed",
    ),
]
Gpus = Annotated[
    float | None,
    typer.Option(min=0, help="GPUs of each worker, like 0.5; on Ray.", show_default="1 if any"),
]
Retries = Annotated[int, typer.Option(min=0, help="How often what failed is tried again.")]
