"""The routes of the studio."""

from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Depends, FastAPI, Header
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

from wasserstyle.errors import StyleError
from wasserstyle.serving import FOREVER, Refused, body_of
from wasserstyle.web.examples import example, example_thumbnail, examples
from wasserstyle.web.forms import forms
from wasserstyle.web.guard import Guard
from wasserstyle.web.pictures import MAX_BYTES
from wasserstyle.web.studio import Json, Studio, job_json

MAX_JOB_BYTES = 20_000_000
STATIC = Path(__file__).parent / "static"

router = APIRouter()


def create_app(studio: Studio) -> ASGIApp:
    """The studio as an application, behind its guard."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.studio = studio
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC))
    for kind in (StyleError, Refused, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _explain)
    return Guard(app, studio.access)


def _explain(_: Request, error: Exception) -> Response:
    """An error as a sentence."""
    if isinstance(error, HTTPException):
        return JSONResponse({"error": f"{error.detail}; reload the page"}, error.status_code)
    status = error.status if isinstance(error, Refused) else 422
    headers = {"Connection": "close"} if status == 413 else None  # the rest is not read
    return JSONResponse({"error": " ".join(str(error).split())}, status, headers)


def _studio(request: Request) -> Studio:
    return request.app.state.studio


Here = Annotated[Studio, Depends(_studio)]


async def _sent(request: Request, most: int) -> bytes:
    """The body of a request of at most so many bytes."""
    words = f"more than {most // 1_000_000} MB; send a smaller file"
    return await body_of(request, most, sentence=words)


@router.get("/")
def page() -> Response:
    """The page itself."""
    return FileResponse(STATIC / "index.html")


@router.get("/api/state")
def state(studio: Here) -> Json:
    """All that a page needs to begin."""
    return studio.state()


@router.get("/api/methods")
def methods() -> Json:
    """What there is to choose."""
    return forms()


@router.get("/api/events")
async def events(studio: Here) -> Response:
    """News of all jobs, as they come."""
    return StreamingResponse(studio.events.stream(), media_type="text/event-stream")


# -------------------------------------------------------------------- pictures


@router.post("/api/pictures")
async def add_picture(
    request: Request, studio: Here, x_name: Annotated[str, Header()] = ""
) -> Json:
    """Keep a picture; its name is a label only."""
    data = await _sent(request, MAX_BYTES)
    return await run_in_threadpool(studio.add_picture, data, unquote(x_name))


@router.get("/api/pictures/{key}/view")
def view(studio: Here, key: str) -> Response:
    """What the page shows of a picture."""
    return FileResponse(studio.view(key), headers=FOREVER)


@router.get("/api/examples")
def list_examples() -> dict[str, list[str]]:
    """Names by kind."""
    return examples()


@router.post("/api/examples/{kind}/{name}")
def add_example(studio: Here, kind: str, name: str) -> Json:
    """Keep an example in the project."""
    return studio.add_picture(example(kind, name).read_bytes(), name)


@router.get("/api/examples/{kind}/{name}/view")
def view_example(kind: str, name: str) -> Response:
    """A small picture of an example."""
    return Response(example_thumbnail(kind, name), media_type="image/jpeg")


@router.post("/api/masks")
async def add_mask(request: Request, studio: Here) -> Json:
    """Keep a mask."""
    data = await _sent(request, MAX_BYTES)
    return await run_in_threadpool(studio.add_mask, data)


@router.get("/api/masks/{key}")
def mask(studio: Here, key: str) -> Response:
    """A mask as it came."""
    return FileResponse(studio.mask(key), headers=FOREVER)


@router.post("/api/recipes")
async def read_recipe(request: Request, studio: Here) -> Json:
    """The recipe of a picture that this program wrote."""
    data = await _sent(request, MAX_BYTES)
    return await run_in_threadpool(studio.read_recipe, data)


# -------------------------------------------------------------------- jobs


@router.post("/api/jobs", status_code=201)
async def submit(request: Request, studio: Here) -> Json:
    """Put a job into the queue."""
    data = await _sent(request, MAX_JOB_BYTES)
    return await run_in_threadpool(studio.submit, data)


@router.get("/api/jobs/{key}")
def job(studio: Here, key: str) -> Json:
    """One job."""
    return job_json(studio.job(key))


@router.post("/api/jobs/{key}/stop")
def stop(studio: Here, key: str) -> Json:
    """End a job with the picture so far."""
    studio.queue.stop(studio.job(key))
    return job(studio, key)


@router.post("/api/jobs/{key}/cancel")
def cancel(studio: Here, key: str) -> Json:
    """Drop a job."""
    studio.queue.cancel(studio.job(key))
    return job(studio, key)


@router.post("/api/jobs/{key}/resume")
def resume(studio: Here, key: str) -> Json:
    """Let a stopped or failed job go on."""
    studio.queue.resume(studio.job(key))
    return job(studio, key)


@router.delete("/api/jobs/{key}")
def remove(studio: Here, key: str) -> Json:
    """Forget a job."""
    studio.remove(studio.job(key))
    return {"id": key}


@router.get("/api/jobs/{key}/preview")
def preview(studio: Here, key: str) -> Response:
    """The picture so far."""
    return Response(studio.preview(key), media_type="image/jpeg")


@router.get("/api/jobs/{key}/result.{suffix}")
def result(studio: Here, key: str, suffix: str) -> Response:
    """A result as a download."""
    path, name = studio.result(key, f".{suffix}")
    return FileResponse(path, filename=name)
