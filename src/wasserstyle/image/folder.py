"""Folders: which of their files are taken for pictures."""

from pathlib import Path

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".heif"}
)


def pictures_in(folder: Path, pattern: str = "*") -> list[Path]:
    """Files that are named like pictures and are not hidden, by name; none are opened.

    Args:
        folder: One that is not there has none.
        pattern: ``*`` of the folder itself, ``**/*`` of folders in it, too.
    """
    return sorted(
        path
        for path in folder.glob(pattern)
        if path.suffix.lower() in SUFFIXES and path.name[0] != "." and path.is_file()
    )
