"""A study of flat pictures, its database (PostgreSQL too, where there is one), a browser."""

import os
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from studio.browser import FLAGS
from studio.conftest import LOOPBACK, browser_or_skip
from study.studies import make, plan_of
from wasserstyle.study.store import Store
from wasserstyle.study.tables import Base, open_engine, sqlite_url

POSTGRES = os.environ.get("WASSERSTYLE_POSTGRES")
"""URL of a database that the tests may empty."""


@pytest.fixture(params=["sqlite", "postgres"] if POSTGRES else ["sqlite"])
def database(request, tmp_path):
    """URL of an empty database; PostgreSQL is emptied."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    engine = open_engine(POSTGRES)
    Base.metadata.drop_all(engine)
    engine.dispose()
    return POSTGRES


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def opened(tmp_path, database, clock):
    """Open a study with a plan; as often as wished, as several servers would."""
    stores = []

    def call(**plan):
        chosen = plan_of(**plan)
        if not (tmp_path / "study").exists():
            make(tmp_path / "study", chosen)
        stores.append(Store(database, chosen, tmp_path / "study" / "pictures", clock))
        return stores[-1]

    yield call
    for store in stores:
        store.close()


@pytest.fixture(scope="module")
def browser():
    """Ends with its file: other tests want the thread's event loop for themselves."""
    path = browser_or_skip()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser):
    """Open a page as a new visitor; it must talk to this machine only, without complaints."""
    contexts = []

    def call(**options):
        context = browser.new_context(**options)
        context.set_default_timeout(20_000)
        asked, errors = [], []
        context.on("request", lambda request: asked.append(request.url))
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", lambda said: errors.append(said.text))
        contexts.append((context, asked, errors))
        return context.new_page()

    yield call
    for context, asked, errors in contexts:
        context.close()
        assert not errors
        assert {urlsplit(url).hostname for url in asked} <= LOOPBACK
