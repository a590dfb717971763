"""The pages of a study: consent, instructions, one comparison after another, thanks.

Every form is answered by a redirect, so that reloading sends nothing twice. No page needs a
script.
"""

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import FileResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

from wasserstyle.serving import FOREVER, Refused
from wasserstyle.study.guard import Access, Guard, form_of
from wasserstyle.study.layout import ANSWERS
from wasserstyle.study.store import Store

HERE = Path(__file__).parent
COOKIE_SECONDS = 30 * 24 * 3600
CHOICES = {
    "A": (("Image", "A", ""), "1", "a"),
    "B": (("Image", "B", ""), "2", "b"),
    "equal": (("", "Equally", "A and B"), "3", "e"),
    "neither": (("", "Neither", "A nor B"), "4", "n"),
}
"""What a button says, with what small screens leave out around it; and the keys for it."""

router = APIRouter()
templates = Jinja2Templates(directory=HERE / "templates")


def create_app(store: Store, access: Access) -> ASGIApp:
    """The study as an application, behind its guard."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.store = store
    app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"))
    app.add_exception_handler(Refused, _explain)
    app.add_exception_handler(HTTPException, _explain)
    app.add_exception_handler(SQLAlchemyError, _explain)
    return Guard(app, access)


def _explain(request: Request, error: Exception) -> Response:
    """An error as a page."""
    status, words = 503, "The study's database does not answer. Wait a moment and reload."
    if isinstance(error, Refused):
        status, words = error.status, str(error)
    elif isinstance(error, HTTPException):
        status, words = error.status_code, f"{error.detail}."
    page = _page(request, "error.html", status, words=words)
    if status == 413:
        page.headers["Connection"] = "close"  # the rest is not read
    return page


def _page(request: Request, name: str, status: int = 200, **values: Any) -> Response:  # noqa: ANN401
    plan = request.app.state.store.plan
    return templates.TemplateResponse(request, name, {"plan": plan} | values, status)


def _store(request: Request) -> Store:
    return request.app.state.store


Here = Annotated[Store, Depends(_store)]


def _cookie(store: Store) -> str:
    """Name of the cookie; with the study's, so that two studies do not disturb each other."""
    return f"wasserstyle-study-{store.name}"


def _token(request: Request, store: Store) -> str | None:
    """Who asks; None: nobody known."""
    token = request.cookies.get(_cookie(store), "")
    return token if token and store.knows(token) else None


def _go(path: str) -> Response:
    return RedirectResponse(path, 303)


@router.get("/")
def consent(request: Request, store: Here) -> Response:
    """What is kept and what for."""
    return _page(request, "consent.html", known=_token(request, store) is not None)


@router.post("/agree")
async def agree(request: Request, store: Here) -> Response:
    """Someone agrees."""
    await form_of(request)
    answer = _go("/instructions")
    if await run_in_threadpool(_token, request, store) is None:
        token = await run_in_threadpool(store.new_rater)
        secure = request.headers.get("origin", "").startswith("https:")
        answer.set_cookie(
            _cookie(store),
            token,
            max_age=COOKIE_SECONDS,
            httponly=True,
            samesite="lax",
            secure=secure,
        )
    return answer


@router.get("/instructions")
def instructions(request: Request, store: Here) -> Response:
    """How it is done."""
    known = _token(request, store) is not None
    return _page(request, "instructions.html") if known else _go("/")


@router.get("/task")
def task(request: Request, store: Here) -> Response:
    """One comparison; the same one until it is answered."""
    token = _token(request, store)
    if token is None:
        return _go("/")
    given = store.task(token)
    if given is None:
        return _go("/thanks")
    name = "compare.html" if store.plan.design == "compare" else "rate.html"
    return _page(request, name, task=given, choices=CHOICES, ratings=ANSWERS["rate"])


@router.post("/answer")
async def answer(request: Request, store: Here) -> Response:
    """Keep an answer; it is on disk before the browser hears so."""
    form = await form_of(request)
    number, value = form.get("number", ""), form.get("answer", "")
    token = await run_in_threadpool(_token, request, store)
    if token is None:
        raise Refused(403, "Please begin at the first page.")
    if value not in ANSWERS[store.plan.design]:
        raise Refused(400, "This is not one of the answers.")
    if not (number.isascii() and number.isdecimal() and len(number) < 6):
        raise Refused(400, "This is not a form of the study.")
    try:
        await run_in_threadpool(store.answer, token, int(number), value)
    except KeyError as error:
        raise Refused(403, "You were not asked this.") from error
    return _go("/task")


@router.get("/thanks")
def thanks(request: Request, store: Here) -> Response:
    """The end."""
    token = _token(request, store)
    if token is None:
        return _go("/")
    if store.task(token) is not None:
        return _go("/task")
    return _page(request, "thanks.html", code=store.code(token))


@router.get("/pictures/{key}")
def picture(store: Here, key: str) -> Response:
    """A picture by the name that says nothing of it."""
    path = store.pictures.get(key)
    if path is None:
        raise Refused(404, "There is no such picture.")
    return FileResponse(path, media_type="image/png", headers=FOREVER)
