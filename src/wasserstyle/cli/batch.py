"""``wasserstyle batch``: many pictures, on this machine or on many."""

from pathlib import Path
from typing import Annotated, Any

import typer

from wasserstyle.cli.options import (
    Cluster,
    Color,
    ContentWeight,
    Device,
    Gpus,
    Method,
    Preset,
    Quiet,
    Retries,
    Seed,
    Set,
    Size,
    Workers,
)


def batch(
    content: Annotated[
        list[str] | None,
        typer.Argument(
            help="Pictures, folders, or patterns like 'in/*.jpg'.", show_default=False
        ),
    ] = None,
    style: Annotated[
        list[str] | None,
        typer.Option(
            help="The same of styles; each content is painted in each.", show_default=False
        ),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--out",
            help="Path or URL, with {content} {style} {method} {size} {seed} {index}.",
            show_default=False,
        ),
    ] = None,
    jobs: Annotated[
        Path | None,
        typer.Option(help="A list of jobs instead: .csv, .json, .jsonl.", show_default=False),
    ] = None,
    method: Method = "strotss",
    preset: Preset = "default",
    size: Size = 512,
    content_weight: ContentWeight = None,
    color: Color = "style",
    seed: Seed = 0,
    setting: Set = None,
    device: Device = "auto",
    workers: Workers = None,
    cluster: Cluster = None,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processor threads of each worker.", show_default="cores divided"
        ),
    ] = None,
    gpus: Gpus = None,
    retries: Retries = 1,
    force: Annotated[bool, typer.Option("--force", help="Paint again what is there.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check all, say what there is to do, end.")
    ] = False,
    quiet: Quiet = False,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON record on stdout for each job, and a sum.")
    ] = False,
) -> int:
    """Paint every CONTENT in every style, or a list of jobs; what is done already is left.

    [dim]wasserstyle batch photos/ --style paintings/ -o "out/{content}-{style}.png"[/dim]
    """
    from wasserstyle.batch import Crew, look, read_jobs
    from wasserstyle.batch.rows import product, read_list
    from wasserstyle.cli.tally import Tally, refuse, stoppable
    from wasserstyle.errors import BadJobs, BadSetting

    if bool(jobs) == bool(content):
        raise BadSetting("give CONTENT and --style, or a list by --jobs")
    given: dict[str, Any] = {"content_weight": content_weight, "out": out, "style": style}
    given |= {"method": method, "preset": preset, "size": size, "color": color, "seed": seed}
    given |= {"device": device, "set": setting}
    defaults = {name: value for name, value in given.items() if value is not None}
    crew = Crew(workers=workers, cluster=cluster, threads=threads, gpus=gpus, retries=retries)
    try:
        rows = read_list(jobs) if jobs else product(content or [], style or [])
        todo = read_jobs(rows, defaults)
    except BadJobs as error:
        return refuse(error)
    with stoppable():
        tally = Tally(look(todo, crew, force=force), quiet=quiet, json=json)
        return 0 if dry_run else tally.paint()
