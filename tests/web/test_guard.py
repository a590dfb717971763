"""Only the studio's own page gets in."""

import asyncio

import pytest

from wasserstyle.web.app import MAX_JOB_BYTES, create_app
from wasserstyle.web.guard import Access
from web.studios import PORT, Browser

HOME = f"http://127.0.0.1:{PORT}"
TOKEN = {"Authorization": "Bearer secret"}


@pytest.fixture
def stranger(studio):
    return Browser(create_app(studio))


def refused(answer):
    assert answer.status_code == 403
    assert list(answer.json()) == ["error"]
    assert answer.json()["error"]
    return True


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/api/state", "/api/methods", "/api/events", "/api/examples", "/api/nothing"),
        *("/api/examples/content/cat.jpg/view", "/static", "/docs", "/openapi.json"),
    ],
)
def test_everything_but_the_pages_own_files_needs_the_token(stranger, path):
    assert refused(stranger.get(path, follow_redirects=False))


@pytest.mark.parametrize(
    "wrong", ["Bearer other", "Bearer ", "Basic secret", "secret", "Bearer é"]
)
def test_a_wrong_token_does_not_help(stranger, wrong):
    headers = {"Authorization": wrong.encode()}
    assert refused(stranger.get("/api/state", headers=headers))
    assert refused(stranger.get("/?token=other"))
    assert refused(stranger.get("/?token="))
    assert refused(stranger.get("/api/state?token=secret"))


def test_the_pages_own_files_are_open(stranger):
    assert stranger.get("/static/index.html").status_code == 200
    assert stranger.get("/static/../app.py").status_code in (403, 404)
    assert stranger.get("/static/%2e%2e/app.py").status_code in (403, 404)


def test_the_address_with_the_token_opens_the_page_once_and_for_all(stranger):
    answer = stranger.get("/?token=secret", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"wasserstyle-{PORT}=secret;")
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {p.strip() for p in cookie.split(";")}
    assert stranger.get("/api/state").status_code == 200  # the cookie is sent from now on
    page = stranger.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_the_cookie_of_another_studio_does_not_open_this_one(stranger):
    stranger.http.cookies.set(f"wasserstyle-{PORT + 1}", "secret")
    assert refused(stranger.get("/api/state"))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"evil.example:{PORT}",
        "127.0.0.1",
        "127.0.0.1:1",
        f"127.0.0.1.nip.io:{PORT}",
        "",
    ],
)
def test_other_names_are_refused_even_with_the_token(stranger, host):
    """DNS rebinding: a name of the attacker's that points here."""
    assert refused(stranger.get("/api/state", headers=TOKEN | {"Host": host}))
    assert refused(stranger.get("/static/index.html", headers={"Host": host}))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_all_names_of_this_machine_are_served(stranger, host):
    answer = stranger.get("/api/state", headers=TOKEN | {"Host": f"{host}:{PORT}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", f"https://127.0.0.1:{PORT}", "null", "http://127.0.0.1:1"]
)
def test_other_origins_change_nothing(stranger, studio, origin):
    foreign = TOKEN | {"Origin": origin}
    assert refused(stranger.post("/api/examples/content/cat.jpg", headers=foreign))
    assert refused(stranger.delete("/api/jobs/0123456789abcdef", headers=foreign))
    assert studio.project.pictures() == []
    own = TOKEN | {"Origin": HOME, "Sec-Fetch-Site": "same-origin"}
    assert stranger.post("/api/examples/content/cat.jpg", headers=own).status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_do_not_read_either(stranger, site):
    """What another page embeds as a picture or a script comes with the cookie, but says so."""
    marked = TOKEN | {"Sec-Fetch-Site": site}
    assert refused(stranger.get("/api/state", headers=marked))
    assert refused(stranger.post("/api/examples/content/cat.jpg", headers=marked))
    link = stranger.get(
        "/?token=secret", headers={"Sec-Fetch-Site": site}, follow_redirects=False
    )
    assert link.status_code == 303  # a link in a mail is a fine way to open the studio


@pytest.mark.parametrize("path", ["/api/state", "/static/index.html", "/api/nothing", "/"])
@pytest.mark.parametrize("headers", [TOKEN, {}])
def test_every_answer_has_the_headers_that_protect(stranger, path, headers):
    answer = stranger.get(path, headers=headers)
    policy = answer.headers["content-security-policy"]
    assert policy == "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    if path.startswith("/api"):
        assert answer.headers["cache-control"] == "no-store"


def test_a_remote_address_is_one_more_name(access):
    remote = Access(port=PORT, address="192.168.1.5")
    assert remote.hosts - access.hosts == {f"192.168.1.5:{PORT}"}
    assert remote.url == f"http://192.168.1.5:{PORT}/?token={remote.token}"
    assert Access(port=1, address="::1").url.startswith("http://[::1]:1/?token=")


def test_tokens_are_long_new_and_not_shown_by_accident():
    first, second = Access(port=1), Access(port=1)
    assert first.token != second.token
    assert len(first.token) >= 32
    assert first.token not in repr(first)


def test_a_body_is_refused_while_it_comes(studio, access):
    """Not one byte is taken after the limit, whatever length was promised."""
    taken = 0

    async def receive():
        nonlocal taken
        taken += 1
        assert taken < 100, "never refused"
        return {"type": "http.request", "body": bytes(1_000_000), "more_body": True}

    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"host", f"127.0.0.1:{PORT}".encode()), (b"authorization", b"Bearer secret")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/jobs",
        "raw_path": b"/api/jobs",
        "query_string": b"",
        "headers": headers,
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", PORT),
        "client": ("127.0.0.1", 5),
        "root_path": "",
    }
    asyncio.run(create_app(studio)(scope, receive, send))
    assert sent[0]["status"] == 413
    assert taken == MAX_JOB_BYTES // 1_000_000 + 1
