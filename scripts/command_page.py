"""The reference of the command line, made from the program itself: docs/cli.md.

    python scripts/command_page.py

Nothing is written by hand; tests/docs compares.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import typer.main

from wasserstyle.cli import app

PAGE = Path(__file__).parent.parent / "docs/cli.md"
INTRO = (
    "What `wasserstyle COMMAND --help` says, in one page. Messages go to stderr, what a script "
    "may want (paths, JSON, BibTeX) to stdout. Exit codes: 0 done, 1 some jobs of a batch "
    "failed, 2 something to mend, which one line says, 130 after Ctrl-C."
)


Click: TypeAlias = Any
"""A command or a parameter; typer hides their classes."""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")
    print(PAGE)


def page() -> str:
    """All commands, in the order of ``wasserstyle --help``."""
    program = typer.main.get_command(app)
    parts = [part for words, one in commands(program) for part in section(words, one)]
    return (
        "\n\n".join(["# Commands", INTRO, *parts, "Made by `scripts/command_page.py`."]) + "\n"
    )


def commands(
    program: Click, words: Sequence[str] = ("wasserstyle",)
) -> Iterator[tuple[str, Click]]:
    """Every command with its full name, groups opened."""
    for name, command in program.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        elif not command.hidden:
            yield " ".join((*words, name)), command


def section(words: str, command: Click) -> list[str]:
    """Title, what it does, an example, arguments and options."""
    text = re.sub(r"\[/?bold\]", "**", command.help or "").strip()
    examples = re.findall(r"\[dim\](.*?)\[/dim\]", text, re.DOTALL)
    text = re.sub(r"\[dim\].*?\[/dim\]", "", text, flags=re.DOTALL).strip()
    shown = [f"```console\n{plain(e)}\n```" for e in examples]
    rows = [
        row(p) for p in command.params if not getattr(p, "hidden", False) and p.name != "help"
    ]
    return [f"## {words.partition(' ')[2]}", text, *shown, *([table(rows)] if rows else [])]


def row(parameter: Click) -> tuple[str, str, str]:
    """Name, default and help of an argument or an option."""
    if parameter.param_type_name == "argument":
        name = f"`{parameter.name.upper()}{'...' if parameter.nargs == -1 else ''}`"
    else:
        name = ", ".join(f"`{word}`" for word in (*parameter.opts, *parameter.secondary_opts))
    return name, default(parameter), plain(parameter.help or "")


def default(parameter: Click) -> str:
    """What holds where nothing is said."""
    shown = parameter.show_default
    if parameter.required:
        return "needed"
    if isinstance(shown, str):
        return shown
    value = parameter.default
    if shown is False or value is None or isinstance(value, bool) or callable(value):
        return ""
    return f"`{value}`"


def table(rows: Sequence[tuple[str, str, str]]) -> str:
    """In Markdown."""
    lines = [("", "default", ""), ("---", "---", "---"), *rows]
    return "\n".join("| " + " | ".join(c.replace("|", "\\|") for c in r) + " |" for r in lines)


def plain(text: str) -> str:
    """In one line."""
    return " ".join(text.split())


if __name__ == "__main__":
    main()
