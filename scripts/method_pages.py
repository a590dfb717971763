"""A page for every method, made from its class: docs/methods/.

    python scripts/method_pages.py

Text, differences, settings and presets come from the method's own file; pictures and costs from
benchmarks/family.py. Nothing is written by hand; tests/docs compares.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

from wasserstyle import methods
from wasserstyle.method import Method

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs/methods"
PICTURES = "pictures"
"""Beside the pages."""
COMMAND = "wasserstyle transfer photo.jpg painting.jpg -o painted.png"
DIFFER = re.compile(r"Where we differ \((?P<columns>[^)]*)\):\n\n(?P<rows>(?:[* ] .*\n?)+)")


def main() -> None:
    """Write all pages."""
    for path, text in pages().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        print(path.relative_to(ROOT))


def pages() -> dict[Path, str]:
    """Every page by its path: the methods, and what they have in common."""
    made = {PAGES / f"{name}.md": page(methods.get(name)) for name in methods.names()}
    return made | {PAGES / "README.md": index()}


def index() -> str:
    """The list of methods."""
    rows = [(f"[{name}]({name}.md)", first_line(methods.get(name))) for name in methods.names()]
    pictures = sorted((PAGES / PICTURES).glob("sheet-*.jpg"))
    sheets = [f"![{p.stem[6:]}: all methods]({PICTURES}/{p.name})" for p in pictures]
    intro = (
        "One paper, one file. `adain`, `sanet`, `tiny` and `wasserstein_critic` paint in one "
        "pass through a trained network ([how they came to be](../networks.md)); all others "
        "but `color_transport` run in one image loop, on features of the same networks: what "
        "differs is the method, not the plumbing. Sheets as of "
        "`wasserstyle compare`: 256 px, default presets, seed 0; scores: less is nearer "
        "([scores](../scores.md))."
    )
    return join(["# Methods", intro, table(("method", "what it is"), rows), *sheets])


def page(method: type[Method]) -> str:
    """One method."""
    text = (sys.modules[method.__module__].__doc__ or "").strip()
    title, _, rest = text.partition("\n")
    before, differences, after = split(rest)
    picture = PAGES / PICTURES / f"{method.name}.jpg"
    shown = (
        [f"![{method.name} on three pairs]({PICTURES}/{picture.name})"]
        if picture.exists()
        else []
    )
    return join(
        [
            f"# {method.name}",
            f"**{title}** {first_line(method)}",
            *shown,
            f"```console\n{COMMAND} --method {method.name}\n```",
            before,
            "## Where we differ",
            differences,
            after,
            *figures(method.name),
            "## Settings",
            settings(method),
            *(["## Presets", presets(method)] if method.presets[1:] else []),
            "## Citation",
            f"```bibtex\n{methods.bibtex(method.citation)}\n```",
            f"Made by `scripts/method_pages.py` from `methods/{method.name}.py`.",
        ]
    )


def figures(name: str) -> list[str]:
    """What explains a method beside its results."""
    drawn = sorted((PAGES / PICTURES).glob(f"{name}-*.png"))
    return [f"![{path.stem}]({PICTURES}/{path.name})" for path in drawn]


def split(text: str) -> tuple[str, str, str]:
    """What comes before the differences, their table, and what comes after."""
    found = DIFFER.search(text)
    if found is None:
        raise ValueError("no list 'Where we differ (a / b / c):'")
    columns = found["columns"].split(" / ")
    items = re.findall(r"^\* ((?:.|\n(?!\* ))*)", found["rows"], re.MULTILINE)
    rows = [row(" ".join(item.split()), len(columns)) for item in items]
    return text[: found.start()], table(("", *columns), rows), text[found.end() :]


def row(item: str, columns: int) -> Sequence[str]:
    """The cells of ``name: a / b / c``."""
    name, _, rest = item.partition(": ")
    cells = rest.split(" / ")
    if len(cells) != columns:
        raise ValueError(f"{item!r} has {len(cells)} columns of {columns}")
    return (name, *cells)


def settings(method: type[Method]) -> str:
    """All settings with default, meaning and source."""
    rows = [
        (f"`{f.name}`", value(f.default), f.metadata["help"], f.metadata["source"])
        for f in fields(method)
    ]
    return table(("setting", "default", "what it is", "source"), rows)


def presets(method: type[Method]) -> str:
    """What every preset changes."""
    default = asdict(method())
    rows = []
    for name in method.presets[1:]:
        made = asdict(method.preset(name))
        changed = [f"`{k}` {value(v)}" for k, v in made.items() if v != default[k]]
        rows.append((f"`{name}`", first_line(getattr(method, name)), "; ".join(changed)))
    return table(("preset", "what it is", "settings"), rows)


def value(x: object) -> str:
    """A setting as text."""
    return ", ".join(map(str, x)) if isinstance(x, tuple) else f"{x}"


def first_line(thing: object) -> str:
    """Of a docstring."""
    return (thing.__doc__ or "").strip().partition("\n")[0]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", "\\|") for c in line) + " |" for line in lines
    )


def join(parts: Sequence[str]) -> str:
    """Paragraphs."""
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


if __name__ == "__main__":
    main()
