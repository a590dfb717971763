"""Command line: parses, calls the library, shows. One file a command.

Messages for people go to stderr, data to stdout. Exit codes: 0 done, 1 some jobs of a batch
failed, 2 something the user can mend (one line says what), 130 interrupted. Nothing heavy is
imported before it is needed.
"""

import sys

import typer

from wasserstyle.cli.batch import batch
from wasserstyle.cli.cite import cite
from wasserstyle.cli.color import color
from wasserstyle.cli.compare import compare
from wasserstyle.cli.doctor import doctor
from wasserstyle.cli.export import export
from wasserstyle.cli.methods import methods
from wasserstyle.cli.options import INTERRUPTED
from wasserstyle.cli.rerun import rerun
from wasserstyle.cli.score import score
from wasserstyle.cli.studio import studio
from wasserstyle.cli.study import study
from wasserstyle.cli.train import train
from wasserstyle.cli.transfer import transfer
from wasserstyle.cli.video import video
from wasserstyle.errors import StyleError

UsageError: type[typer.BadParameter] = typer.BadParameter.__bases__[0]  # pyright: ignore[reportAssignmentType]
"""What typer raises for a wrong command line; it hides the name and its copy of click."""

app = typer.Typer(
    name="wasserstyle",
    help="Style transfer by optimal transport.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
)
for command in (
    transfer,
    color,
    batch,
    video,
    compare,
    score,
    studio,
    train,
    export,
    rerun,
    methods,
    doctor,
    cite,
):
    app.command()(command)
app.add_typer(study, name="study")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; never returns."""
    try:
        code = app(args=arguments, standalone_mode=False)
    except StyleError as error:
        code = _fail(str(error))
    except UsageError as error:
        code = _fail(error.format_message())
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    sys.exit(code or 0)


def _fail(message: str) -> int:
    """Say what is wrong; where no command was given, the help has been shown instead."""
    if message:
        print(f"wasserstyle: {' '.join(message.split())}", file=sys.stderr)
    return 2
