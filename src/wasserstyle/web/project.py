"""The project folder: everything the studio knows, on disk, and an index of it in SQLite.

    index.sqlite, lock.sqlite        the index; held as long as a studio has the project open
    pictures/ID.SUFFIX               the bytes as they came; equal bytes are one picture
    pictures/ID.view.jpg or .png     what the page shows of it
    masks/ID.png                     the bytes as they came
    jobs/ID/preview.jpg, result.tif, result.png, start.tif, points.json, state.resume

A file is there before the index names it, and both appear at once or not at all. All paths
given out are relative to the folder, so that a project can be moved.
"""

import json
import re
import secrets
import shutil
import sqlite3
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wasserstyle.errors import BadImage, CannotWrite
from wasserstyle.image.reason import reason
from wasserstyle.web import pictures

ID = r"[0-9a-f]{16}"
"""Of pictures, masks and jobs."""
TABLES = """
CREATE TABLE IF NOT EXISTS pictures (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    suffix TEXT NOT NULL, view TEXT NOT NULL, created REAL NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE NOT NULL,
    status TEXT NOT NULL DEFAULT 'queued', request TEXT NOT NULL,
    progress TEXT NOT NULL DEFAULT 'null', curve TEXT NOT NULL DEFAULT '[]',
    result TEXT NOT NULL DEFAULT 'null', error TEXT NOT NULL DEFAULT 'null',
    notes TEXT NOT NULL DEFAULT '[]', command TEXT NOT NULL DEFAULT '',
    version INTEGER NOT NULL DEFAULT 0,
    created REAL NOT NULL, updated REAL NOT NULL);
"""
Files = Mapping[str, bytes | Path]
AS_JSON = ("request", "progress", "curve", "result", "error", "notes")
"""Columns of a job that hold JSON."""


@dataclass(frozen=True, kw_only=True)
class StoredPicture:
    """A picture of the project."""

    id: str
    name: str
    """The client's name for it; only ever shown."""
    width: int
    height: int
    suffix: str
    view: str
    """Suffix of what the page shows."""
    created: float

    @property
    def path(self) -> Path:
        """The bytes as they came."""
        return Path("pictures", f"{self.id}{self.suffix}")

    @property
    def view_path(self) -> Path:
        """What the page shows."""
        return Path("pictures", f"{self.id}.view{self.view}")


@dataclass(frozen=True, kw_only=True)
class Job:
    """One order and what became of it; the columns of the index."""

    id: str
    number: int
    status: str
    """queued, running, stopped, done, failed or cancelled."""
    request: dict[str, Any]
    progress: dict[str, Any] | None
    curve: list[list[float]]
    result: dict[str, Any] | None
    error: str | None
    notes: list[str]
    command: str
    """The same run as a command line."""
    version: int
    """Grows with every change of the preview."""
    created: float
    updated: float

    @property
    def folder(self) -> Path:
        """Where its pictures and its state are."""
        return Path("jobs", self.id)


class Project:
    """An open project. Every method may be called from any thread.

    Raises:
        CannotWrite: The folder cannot be made or used, or another studio has it open.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._lock = threading.RLock()
        try:
            for name in ("pictures", "masks", "jobs"):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            self._held = hold(self.folder / "lock.sqlite", wait=0.0)
            self._index = _open_index(self.folder / "index.sqlite", self._held)
        except CannotWrite:
            raise
        except (OSError, sqlite3.Error) as error:
            raise CannotWrite(
                f"{folder}: cannot be used as a project ({reason(error)}); "
                "choose another folder"
            ) from error
        self._tidy()

    def __enter__(self) -> "Project":
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._index.close()
            self._held.close()

    # ---------------------------------------------------------------- pictures and masks

    def add_picture(self, data: bytes, name: str) -> StoredPicture:
        """Keep a client's picture, unless its bytes are there already.

        Raises:
            BadImage: It cannot be read or is too large.
        """
        found = self.picture(pictures.id_of(data))
        if found:
            return found
        label, key = pictures.label_of(name), pictures.id_of(data)
        path = self.folder / "pictures" / f"{key}{pictures.suffix_of(data, label)}"
        part = pictures.write_beside(path, data)
        try:
            picture = pictures.read_checked(part, label)
            view = pictures.write_view(picture, path.with_suffix("")).suffix
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        height, width = picture.rgb.shape[2:]
        self._execute(
            "INSERT OR IGNORE INTO pictures VALUES (?, ?, ?, ?, ?, ?, ?)",
            *(key, label, width, height, path.suffix, view, time.time()),
        )
        return StoredPicture(**self._rows("SELECT * FROM pictures WHERE id = ?", key)[0])

    def picture(self, key: str) -> StoredPicture | None:
        """A picture by its id."""
        rows = self._rows("SELECT * FROM pictures WHERE id = ?", key)
        return StoredPicture(**rows[0]) if rows else None

    def pictures(self) -> list[StoredPicture]:
        """All pictures, the last one first."""
        rows = self._rows("SELECT * FROM pictures ORDER BY created DESC")
        return [StoredPicture(**row) for row in rows]

    def add_mask(self, data: bytes) -> tuple[str, int, int]:
        """Keep a mask; return its id, width and height.

        Raises:
            BadImage: It is no PNG, cannot be read or is too large.
        """
        if pictures.suffix_of(data, "mask") != ".png":
            raise BadImage("mask: is no PNG; save it as PNG first")
        key = pictures.id_of(data)
        path = self.folder / "masks" / f"{key}.png"
        part = pictures.write_beside(path, data)
        try:
            height, width = pictures.read_checked(part, "mask").rgb.shape[2:]
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        return key, width, height

    def mask(self, key: str) -> Path | None:
        """Path of a mask by its id."""
        path = Path("masks", f"{key}.png")
        known = re.fullmatch(ID, key) and (self.folder / path).is_file()
        return path if known else None

    # ---------------------------------------------------------------- jobs

    def add_job(self, request: Mapping[str, Any], notes: list[str], files: Files) -> Job:
        """Put a job in the queue.

        Args:
            request: As the client sent it, checked.
            notes: What the user should know about it.
            files: What the job needs for itself, by name: bytes, or a picture of another job,
                which is copied, for that job may be deleted.
        """
        key, now = secrets.token_hex(8), time.time()
        folder = self.folder / "jobs" / key
        folder.mkdir()
        for name, source in files.items():
            data = source if isinstance(source, bytes) else (self.folder / source).read_bytes()
            (folder / name).write_bytes(data)
        self._execute(
            "INSERT INTO jobs (id, request, notes, created, updated) VALUES (?, ?, ?, ?, ?)",
            *(key, json.dumps(request, allow_nan=False), json.dumps(notes), now, now),
        )
        return self._job(self._rows("SELECT * FROM jobs WHERE id = ?", key)[0])

    def job(self, key: str) -> Job | None:
        """A job by its id."""
        rows = self._rows("SELECT * FROM jobs WHERE id = ?", key)
        return self._job(rows[0]) if rows else None

    def jobs(self) -> list[Job]:
        """All jobs, the last one first."""
        return [self._job(r) for r in self._rows("SELECT * FROM jobs ORDER BY number DESC")]

    def next_job(self) -> Job | None:
        """The queued job that has waited longest."""
        sql = "SELECT * FROM jobs WHERE status = 'queued' ORDER BY number LIMIT 1"
        rows = self._rows(sql)
        return self._job(rows[0]) if rows else None

    def change_job(self, key: str, **columns: Any) -> None:  # noqa: ANN401 - any column
        """Write some columns of a job, all at once."""
        values = [
            json.dumps(value, allow_nan=False) if name in AS_JSON else value
            for name, value in columns.items()
        ]
        names = ", ".join(f"{name} = ?" for name in columns)  # ours, never a client's
        sql = f"UPDATE jobs SET {names}, updated = ? WHERE id = ?"
        self._execute(sql, *values, time.time(), key)

    def remove_job(self, job: Job) -> None:
        """Forget a job and delete its files."""
        self._execute("DELETE FROM jobs WHERE id = ?", job.id)
        shutil.rmtree(self.folder / job.folder, ignore_errors=True)

    def queue_interrupted(self) -> None:
        """Put the jobs that ran when the studio ended back into the queue."""
        self._execute("UPDATE jobs SET status = 'queued' WHERE status = 'running'")

    # ---------------------------------------------------------------- inside

    def _job(self, row: Mapping[str, Any]) -> Job:
        return Job(**{n: json.loads(v) if n in AS_JSON else v for n, v in row.items()})

    def _rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        with self._lock, closing(self._index.execute(sql, values)) as cursor:
            return [dict(row) for row in cursor.fetchall()]

    def _execute(self, sql: str, *values: Any) -> None:  # noqa: ANN401
        with self._lock:
            self._index.execute(sql, values)

    def _tidy(self) -> None:
        """Delete what a studio that was killed had begun to write or to delete."""
        for part in (*self.folder.glob("*/.*.part"), *self.folder.glob("jobs/*/.*.part")):
            part.unlink(missing_ok=True)
        for part in self.folder.glob("jobs/*/state.resume.*"):
            part.unlink(missing_ok=True)
        known = {job.id for job in self.jobs()}
        for folder in (self.folder / "jobs").iterdir():
            if re.fullmatch(ID, folder.name) and folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)


def _open_index(path: Path, held: sqlite3.Connection) -> sqlite3.Connection:
    """Open the index, made if it is not there; give up the lock if that fails.

    Raises:
        sqlite3.Error: It is damaged, or there is no right or room for it.
    """
    index = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    index.row_factory = sqlite3.Row
    try:
        index.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {TABLES}")
    except sqlite3.Error:
        index.close()
        held.close()
        raise
    return index


def hold(path: Path, wait: float) -> sqlite3.Connection:
    """Hold a lock until the connection is closed or the process ends, however it ends.

    SQLite asks the system for it in the right way everywhere.

    Raises:
        CannotWrite: Another process still has it after ``wait`` seconds.
        sqlite3.Error: There is no right or room for it.
    """
    connection = sqlite3.connect(
        path, timeout=wait, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        connection.close()
        if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise CannotWrite(
            f"{path.parent}: another studio has this project open; end it first, "
            "or choose another folder"
        ) from error
    return connection
