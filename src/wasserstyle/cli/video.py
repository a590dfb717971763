"""``wasserstyle video``: paint every frame of a video."""

import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from wasserstyle.cli.options import (
    Cluster,
    Device,
    Gpus,
    Quiet,
    Set,
    StyleWeights,
    Threads,
    Workers,
)


def video(
    content: Annotated[Path, typer.Argument(help="The video.", show_default=False)],
    out: Annotated[Path, typer.Argument(help="Where to: .mp4 .mov .mkv", show_default=False)],
    style: Annotated[
        list[Path], typer.Option(help="A painting; several mix.", show_default=False)
    ],
    style_weights: StyleWeights = None,
    method: Annotated[
        str, typer.Option(help="One that paints in one pass is meant for this.")
    ] = "wasserstein_critic",
    setting: Set = None,
    size: Annotated[int, typer.Option(help="Long side, pixels.")] = 512,
    smooth: Annotated[
        float,
        typer.Option(min=0, max=0.95, help="Share of the last frame where nothing moves."),
    ] = 0.7,
    device: Device = "auto",
    threads: Threads = None,
    workers: Workers = None,
    cluster: Cluster = None,
    gpus: Gpus = None,
    quiet: Quiet = False,
) -> None:
    """Paint a video with its sound; after a stop, the same command goes on.

    [dim]wasserstyle video clip.mp4 painted.mp4 --style painting.jpg[/dim]
    """
    import torch

    from wasserstyle.batch import Crew
    from wasserstyle.cli.counting import counting
    from wasserstyle.errors import BadSetting
    from wasserstyle.runs.stylizer import Stylizer, make_options
    from wasserstyle.runs.values import parse_assignments, parse_numbers

    try:
        from wasserstyle.video import files, run
    except ImportError as error:
        raise BadSetting("video needs: pip install 'wasserstyle[video]'") from error
    if threads:
        torch.set_num_threads(threads)
    crew = Crew(workers=workers, cluster=cluster, threads=threads, gpus=gpus)
    clip = files.probe(content)
    files.check_target(clip, out)
    settings = {"size": size, "device": device} | parse_assignments(method, setting or [])
    stylizer = Stylizer(
        list(style),
        style_weights=parse_numbers(style_weights),
        options=make_options(method, "default", settings),
    )
    with redirect_stdout(sys.stderr), counting(clip.frames, quiet=quiet) as counter:  # of Ray
        done = run.paint(stylizer, clip, out, smooth=smooth, tell=counter.update, crew=crew)
    if not quiet:
        print(out)
        typer.echo(
            f"{done.frames} frames; flicker of what is still {done.flicker:.2f} of 255 "
            f"({done.raw_flicker:.2f} frame by frame)",
            err=True,
        )
