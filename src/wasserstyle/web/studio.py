"""The studio behind its routes: what a page can see and do, and who is told about it."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from wasserstyle import image as images
from wasserstyle.errors import BadRecipe, CannotWrite
from wasserstyle.runs.resources import pick_device
from wasserstyle.serving import Refused
from wasserstyle.web import pictures
from wasserstyle.web.events import Events
from wasserstyle.web.guard import Access
from wasserstyle.web.orders import (
    POINTS,
    START,
    check,
    command_of,
    download_name,
    order_from,
    points_file,
    read_order,
)
from wasserstyle.web.project import Job, Project, StoredPicture
from wasserstyle.web.queue import Queue

Json = dict[str, Any]


class Studio:
    """An open project with its queue, and the pages that watch it."""

    def __init__(self, project: Project, access: Access) -> None:
        self.project, self.access, self.events = project, access, Events()
        self.queue = Queue(project, self._tell)

    @classmethod
    @contextmanager
    def open(cls, project: Project, access: Access) -> Generator["Studio"]:
        """Paint what is queued, as long as the context lasts."""
        studio = cls(project, access)
        with studio.queue:
            yield studio

    def state(self) -> Json:
        """All that a page needs to begin, or to go on after it lost the connection."""
        return {
            "project": str(self.project.folder),
            "pictures": [picture_json(picture) for picture in self.project.pictures()],
            "jobs": [job_json(job) for job in self.project.jobs()],
            "limits": {"bytes": pictures.MAX_BYTES, "pixels": pictures.MAX_PIXELS},
            "threads": torch.get_num_threads(),
            "device": str(pick_device("auto")),
        }

    # ---------------------------------------------------------------- pictures

    def add_picture(self, data: bytes, name: str) -> Json:
        """Keep a picture.

        Raises:
            BadImage: It cannot be read or is too large.
        """
        return picture_json(self.project.add_picture(data, name))

    def add_mask(self, data: bytes) -> Json:
        """Keep a mask.

        Raises:
            BadImage: It is no PNG, cannot be read or is too large.
        """
        key, width, height = self.project.add_mask(data)
        return {"id": key, "width": width, "height": height}

    def view(self, key: str) -> Path:
        """What the page shows of a picture.

        Raises:
            Refused: There is no such picture.
        """
        picture = self.project.picture(key)
        if picture is None:
            raise Refused(404, "there is no such picture; reload the page")
        return self.project.folder / picture.view_path

    def mask(self, key: str) -> Path:
        """A mask as it came.

        Raises:
            Refused: There is no such mask.
        """
        path = self.project.mask(key)
        if path is None:
            raise Refused(404, "there is no such mask; paint it again")
        return self.project.folder / path

    def read_recipe(self, data: bytes) -> Json:
        """The recipe in a picture, and the request that would repeat it here.

        Raises:
            BadRecipe: No recipe, or one that cannot be repeated.
            StyleError: Bad values in it.
        """
        part = pictures.write_beside(self.project.folder / "pictures" / "recipe", data)
        try:
            recipe = images.read_recipe(part)
        except BadRecipe as error:
            raise BadRecipe(pictures.about("picture", part, error)) from error
        finally:
            part.unlink()
        if not _is_finite(recipe):
            raise BadRecipe("picture: its recipe has numbers that are not finite")
        return {"recipe": recipe, "request": order_from(self.project, recipe)}

    # ---------------------------------------------------------------- jobs

    def submit(self, data: bytes) -> Json:
        """Check a request and put it into the queue.

        Raises:
            StyleError: What is wrong with it.
        """
        checked = check(self.project, read_order(data))
        order, files = checked.order, dict[str, bytes | Path]()
        if checked.start:
            files[START] = checked.start
        if order.guidance.points:
            files[POINTS] = points_file(order)
        job = self.project.add_job(order.model_dump(mode="json"), checked.notes, files)
        self.project.change_job(job.id, command=command_of(self.project, job))
        self._tell(job.id)
        self.queue.feed()
        return job_json(self.job(job.id))

    def remove(self, job: Job) -> None:
        """Forget a job that is not running.

        Raises:
            Refused: It is running.
        """
        self.queue.remove(job)
        self.events.publish("removed", {"id": job.id})

    def job(self, key: str) -> Job:
        """A job by its id.

        Raises:
            Refused: There is no such job.
        """
        job = self.project.job(key)
        if job is None:
            raise Refused(404, "there is no such job; reload the page")
        return job

    def preview(self, key: str) -> bytes:
        """The picture so far, as JPEG.

        Raises:
            Refused: There is none yet.
        """
        path = self.project.folder / self.job(key).folder / "preview.jpg"
        try:
            return path.read_bytes()
        except OSError as error:
            raise Refused(404, "there is no picture yet; wait for the first one") from error

    def result(self, key: str, suffix: str) -> tuple[Path, str]:
        """File of a result in the format of ``suffix``, and a name for the download.

        Raises:
            Refused: There is none, or no such format.
            CannotWrite: The format cannot hold it.
        """
        job = self.job(key)
        if job.result is None:
            raise Refused(404, "this job has no result; let it end, or stop it")
        if suffix not in (".png", ".tif", ".jpg", ".webp"):
            raise Refused(404, "no such format; choose png, tif, jpg or webp")
        path = self.project.folder / job.folder / f"result{suffix}"
        if suffix in (".jpg", ".webp"):
            _convert(path)
        return path, download_name(self.project, job, suffix)

    def _tell(self, key: str) -> None:
        """Tell the pages how a job is now."""
        data = job_json(self.job(key))
        curve, _ = data.pop("curve"), data.pop("request")
        self.events.publish("job", data | {"point": curve[-1] if curve else None})


_SHOWN = (
    *("id", "number", "status", "request", "progress", "curve", "result", "error"),
    *("notes", "command", "version"),
)
"""Of a job, as it is."""


def _is_finite(recipe: Json) -> bool:
    """Whether JSON has a form for all of it: 1e999 was read as infinity."""
    try:
        return bool(json.dumps(recipe, allow_nan=False))
    except ValueError:
        return False


def picture_json(picture: StoredPicture) -> Json:
    """What a page knows of a picture."""
    return {
        "id": picture.id,
        "name": picture.name,
        "width": picture.width,
        "height": picture.height,
    }


def job_json(job: Job) -> Json:
    """All that a page knows of a job."""
    plain = {name: getattr(job, name) for name in _SHOWN}
    return plain | {"created": _time(job.created), "updated": _time(job.updated)}


def _convert(path: Path) -> None:
    """Write the kept PNG, which has the recipe, in another format."""
    kept = path.with_suffix(".png")
    picture = images.read(kept)
    try:
        images.write(picture.rgb, path, recipe=images.read_recipe(kept), alpha=picture.alpha)
    except CannotWrite as error:
        raise CannotWrite(pictures.about("result", path, error)) from error


def _time(seconds: float) -> str:
    """ISO 8601, as JavaScript reads it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
