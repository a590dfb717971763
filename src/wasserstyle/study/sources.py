"""Which pictures belong together: from two folders, or from a table."""

import csv
from itertools import product
from pathlib import Path

from wasserstyle.errors import BadSetting
from wasserstyle.image import pictures_in

REGIME = "unpaired"
"""Where nothing is said."""

Row = tuple[Path, Path, str]
"""Content, style, regime."""


def all_pairs(content: Path, style: Path) -> list[Row]:
    """Every content of a folder with every style of another.

    Raises:
        BadSetting: One of them has no pictures.
    """
    contents, styles = pictures_in(content), pictures_in(style)
    for folder, found in ((style, styles), (content, contents)):
        if not found:
            raise BadSetting(f"{folder}: no pictures there; name a folder of pictures")
    return list(product(contents, styles, [REGIME]))


def pairs_from(file: Path, content: Path, style: Path) -> list[Row]:
    """Rows of a CSV file: content, style and regime; names are looked up in the folders.

    Raises:
        BadSetting: A column is missing, or a picture is not there.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.DictReader(lines))
        found = [
            (content / row["content"], style / row["style"], row.get("regime") or REGIME)
            for row in rows
        ]
    except (OSError, UnicodeError, csv.Error) as error:
        raise BadSetting(f"{file}: cannot be read ({error})") from error
    except (KeyError, TypeError) as error:
        raise BadSetting(f"{file}: needs the columns content, style, regime") from error
    for path in (path for *paths, _ in found for path in paths):
        if not path.is_file():
            raise BadSetting(f"{file}: {path} is not there")
    return found
