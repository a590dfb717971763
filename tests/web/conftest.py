"""A studio whose worker only writes down what it is told."""

import pytest

from wasserstyle.web.guard import Access
from wasserstyle.web.project import Project
from wasserstyle.web.studio import Studio
from web.studios import PORT, FakePainter, encoded, page_of, quick


@pytest.fixture
def painters(monkeypatch):
    """All workers made so far, none of them real."""
    FakePainter.made = []
    monkeypatch.setattr("wasserstyle.web.queue.Painter", FakePainter)
    return FakePainter.made


@pytest.fixture
def project(tmp_path):
    with Project(tmp_path / "project") as opened:
        yield opened


@pytest.fixture
def access():
    return Access(port=PORT, token="secret")


@pytest.fixture
def studio(project, access, painters):
    with Studio.open(project, access) as opened:
        yield opened


@pytest.fixture
def client(studio):
    return page_of(studio)


@pytest.fixture
def order(client):
    """A request that is quick to paint, with more or other entries."""
    content = client.post("/api/pictures", content=encoded(seed=1)).json()["id"]
    style = client.post("/api/pictures", content=encoded(seed=2)).json()["id"]
    return lambda **more: quick(content, style, **more)
