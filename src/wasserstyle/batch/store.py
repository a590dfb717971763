"""Where results go: a folder, or anything fsspec has a URL for. Nothing is ever half there."""

import os
import secrets
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from wasserstyle import image as images
from wasserstyle.errors import BadSetting, CannotWrite
from wasserstyle.image import PART, unfinished

MISSING = "results at a URL need fsspec: pip install 'wasserstyle[ray]'"


def is_url(place: str) -> bool:
    """Whether a place is a URL rather than a path."""
    return "://" in place


def place_of(out: str) -> str:
    """The same text for the same place."""
    return out if is_url(out) else os.path.abspath(out)  # noqa: PTH100 - without the disk


def folder_of(out: str) -> str:
    """Where it is in."""
    return out.rpartition("/")[0] if is_url(out) else str(Path(out).parent)


def check(out: str) -> None:
    """Find out before a long run whether `put` could write there, as far as that shows.

    Raises:
        CannotWrite: A suffix that is unknown, a folder that refuses.
        BadSetting: A URL that nothing here can write to.
    """
    if not is_url(out):
        images.check_writable(out)
        return
    images.check_suffix(out.rpartition("/")[2])
    _filesystem(out)


def put(out: str, data: bytes) -> None:
    """Write a result; it appears only when complete, and replaces what was there.

    Raises:
        CannotWrite: A folder, disk or server that refuses.
    """
    if not is_url(out):
        images.write_bytes(data, out)
        return
    system, path = _filesystem(out)
    folder, _, name = path.rpartition("/")
    part = f"{folder}/{unfinished(name)}{secrets.token_hex(8)}{PART}"
    try:
        system.makedirs(folder, exist_ok=True)
        system.pipe_file(part, data)
        system.mv(part, path)
    except Exception as error:  # of any server's client
        with suppress(Exception):
            system.rm(part)
        raise CannotWrite(f"{out}: cannot be written ({error})") from error


def get(out: str) -> bytes | None:
    """What is there; None: nothing, or nothing that can be read."""
    try:
        if not is_url(out):
            return Path(out).read_bytes()
        system, path = _filesystem(out)
        return system.cat_file(path)
    except OSError:
        return None


def sweep(outs: Iterable[str]) -> None:
    """Remove what writers that were killed have left of these results."""
    folders: dict[str, set[str]] = defaultdict(set)
    for out in outs:
        folders[folder_of(out)].add(unfinished(out.rpartition("/")[2]))
    for folder, beginnings in folders.items():
        with suppress(OSError):
            _sweep(folder, beginnings)


def _sweep(folder: str, beginnings: set[str]) -> None:
    if not is_url(folder):
        for path in Path(folder).glob(f".*{PART}"):
            if path.name[: _length()] in beginnings:
                path.unlink(missing_ok=True)
        return
    system, root = _filesystem(folder)
    for path in system.ls(root, detail=False):
        name = str(path).rpartition("/")[2]
        if name.endswith(PART) and name[: _length()] in beginnings:
            system.rm(path)


def _length() -> int:
    return len(unfinished(""))


def _filesystem(url: str) -> tuple[Any, str]:
    """What writes to a URL, and the path that it knows it by.

    Raises:
        BadSetting: Nothing does.
    """
    try:
        import fsspec
    except ImportError as error:
        raise BadSetting(f"{url}: {MISSING}") from error
    try:
        return fsspec.url_to_fs(url)
    except (ImportError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise BadSetting(f"{url}: cannot be written to here ({reason})") from error
