"""``wasserstyle study``: a human study, from pictures to scores."""

from pathlib import Path
from typing import Annotated

import typer

from wasserstyle.cli.options import Quiet, Threads
from wasserstyle.study.plan import Plan

study = typer.Typer(
    help="Let people judge pictures: lay a study out, serve it, report it.",
    no_args_is_help=True,
)
Folder = Annotated[Path, typer.Argument(help="The study's folder.", show_default=False)]
Database = Annotated[
    str | None,
    typer.Option(help="URL, such as postgresql://...", show_default="FOLDER/study.sqlite"),
]


@study.command()
def new(
    folder: Folder,
    content: Annotated[Path | None, typer.Option(help="Folder of contents.")] = None,
    style: Annotated[Path | None, typer.Option(help="Folder of styles.")] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            help="CSV with the columns content, style, regime.", show_default="all with all"
        ),
    ] = None,
    methods: Annotated[
        str | None,
        typer.Option(help="Two or more, like strotss,gatys:paper.", show_default=False),
    ] = None,
    design: Annotated[
        str | None,
        typer.Option(
            help="compare: A, B, equal, neither; rate: 0 to 1.", show_default=Plan.design
        ),
    ] = None,
    size: Annotated[
        int | None, typer.Option(help="Long side of the pictures.", show_default=str(Plan.size))
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Of pictures and order.", show_default=str(Plan.seed))
    ] = None,
    raters: Annotated[
        int | None,
        typer.Option(help="Answers for each comparison.", show_default=str(Plan.raters)),
    ] = None,
    session: Annotated[
        int | None,
        typer.Option(
            help="Comparisons for one rater, at most.", show_default=str(Plan.session)
        ),
    ] = None,
    checks: Annotated[
        int | None,
        typer.Option(help="Attention checks beside them.", show_default=str(Plan.checks)),
    ] = None,
    no_paint: Annotated[
        bool, typer.Option("--no-paint", help="Only write study.toml.")
    ] = False,
    threads: Threads = None,
    quiet: Quiet = False,
) -> None:
    """Write FOLDER/study.toml and paint what it needs; run it again to go on after a stop.

    [dim]wasserstyle study new mine --content photos --style art --methods strotss,gatys[/dim]
    """
    from wasserstyle.cli.studies import Wish, plan_for, prepare

    numbers = {"size": size, "seed": seed, "raters": raters, "session": session}
    given = numbers | {"checks": checks, "design": design}
    wish = Wish(
        content=content,
        style=style,
        pairs=pairs,
        methods=methods,
        plan={name: value for name, value in given.items() if value is not None},
    )
    plan = plan_for(folder, wish)
    prepare(plan, folder, paint_them=not no_paint, threads=threads, quiet=quiet)


@study.command()
def serve(
    folder: Folder,
    address: Annotated[
        str, typer.Option(help="Address to listen at; 0.0.0.0 lets the network in.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8366,
    name: Annotated[
        list[str] | None,
        typer.Option(help="Name by which raters reach it, such as study.example.org."),
    ] = None,
    database: Database = None,
) -> None:
    """Show the study to raters; answers are kept in FOLDER, or in another database."""
    from wasserstyle.cli.studies import serve_it

    serve_it(folder, address=address, port=port, names=tuple(name or ()), database=database)


@study.command()
def report(
    folder: Folder,
    answers: Annotated[
        Path | None,
        typer.Option(help="Take the answers from a CSV file.", show_default="the database"),
    ] = None,
    database: Database = None,
) -> None:
    """Write scores, agreement and plot to FOLDER/report."""
    from wasserstyle.cli.studies import report_it

    print(report_it(folder, answers=answers, database=database))
