"""One browser for each file, studios in processes of their own, and pages that stay at home."""

import os
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import expect, sync_playwright

from studio.browser import FLAGS, chromium
from studio.page import StudioPage
from web.studios import serving

NO_BROWSER = "no browser: install chromium, or name one in WASSERSTYLE_BROWSER"
DESK = {"width": 1400, "height": 900}
LOOPBACK = {"127.0.0.1", "localhost", None}
"""Where requests may go; data and blob addresses have no host."""
expect.set_options(timeout=30_000)


def browser_or_skip():
    """Without a browser the tests are skipped, but not where they are required."""
    path = chromium()
    if path is None and os.environ.get("CI"):
        pytest.fail(NO_BROWSER)
    return path or pytest.skip(NO_BROWSER)


@pytest.fixture(scope="module")
def browser():
    """Ends with its file: other tests want the thread's event loop for themselves."""
    path = browser_or_skip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("studio") / "project") as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_left_to_paint(served):
    """The next test gets an idle worker, however this one ends."""
    yield
    for job in served.http.get("/api/state").json()["jobs"]:
        if job["status"] in ("queued", "running"):
            served.post(job["id"], "cancel")


@pytest.fixture(scope="module")
def visit(browser):
    """Open a page of a studio as a new visitor; it must talk to this machine only."""

    @contextmanager
    def opened(served, **options):
        context = browser.new_context(**{"viewport": DESK} | options)
        asked, errors = [], []
        context.on("request", lambda request: asked.append(request.url))
        context.on("weberror", lambda error: errors.append(str(error.error)))
        yield StudioPage(context.new_page(), served).open()
        context.close()
        assert not errors
        assert {urlsplit(url).hostname for url in asked} <= LOOPBACK

    return opened


@pytest.fixture
def studio(visit, served):
    with visit(served) as page:
        yield page


@pytest.fixture(scope="module")
def flag(tmp_path_factory):
    """Red on the left, blue on the right, and in the blue a red square."""
    image = Image.new("RGB", (96, 64), "red")
    draw = ImageDraw.Draw(image)
    draw.rectangle((48, 0, 95, 63), "blue")
    draw.rectangle((64, 24, 79, 39), "red")
    path = tmp_path_factory.mktemp("flag") / "flag.png"
    image.save(path)
    return path
