"""The example pictures that come with the program."""

from functools import cache
from pathlib import Path

from wasserstyle.serving import Refused
from wasserstyle.web.pictures import thumbnail

KINDS = ("content", "style")
PACKAGE = Path(__file__).parents[1]
PLACES = (PACKAGE / "examples", PACKAGE.parents[1] / "examples")
"""In an installed package, and in the repository."""


def examples() -> dict[str, list[str]]:
    """Names by kind."""
    return {kind: sorted(_paths(kind)) for kind in KINDS}


def example(kind: str, name: str) -> Path:
    """Path of an example: found among those there are, never opened by a client's words.

    Raises:
        Refused: There is none of that kind and name.
    """
    path = _paths(kind).get(name) if kind in KINDS else None
    if path is None:
        raise Refused(404, "there is no such example; see /api/examples")
    return path


@cache
def example_thumbnail(kind: str, name: str) -> bytes:
    """A small JPEG of an example.

    Raises:
        Refused: There is none of that kind and name.
    """
    return thumbnail(example(kind, name))


def _paths(kind: str) -> dict[str, Path]:
    return {path.name: path for place in PLACES for path in (place / kind).glob("*.jpg")}
