"""Raters without a browser, over real HTTP: many at once, a server that dies, hostile ones."""

import asyncio
import random
import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import httpx
import pytest

from study.studies import (
    Rater,
    Served,
    assert_each_was_the_least,
    make,
    pictures_of,
    plan_of,
    serving,
)
from wasserstyle.study.app import create_app
from wasserstyle.study.guard import Access
from wasserstyle.study.store import Store
from wasserstyle.study.tables import sqlite_url

MANY = 50
VALUES = ["A", "B", "equal", "neither"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    plan = plan_of((2, 2), pairs=3, raters=100, session=5, checks=1)
    return make(tmp_path_factory.mktemp("study"), plan)


@pytest.fixture(scope="module")
def served(folder):
    with serving(folder) as running:
        yield running


@pytest.fixture
def http(served):
    with httpx.Client(base_url=served.url, timeout=60, verify=False) as client:
        yield client


@pytest.fixture
def rater(http):
    return Rater(http).begin()


def judgements(folder, plan):
    store = Store(sqlite_url(folder), plan, folder / "pictures")
    found = store.judgements()
    store.close()
    return found


def by_comparison(found):
    return Counter((j.pair_id, j.question, frozenset({j.a, j.b})) for j in found if not j.right)


def given_and_kept(raters, found):
    """Answers as acknowledged and as kept, without names: by rater, in order."""
    kept = {}
    for one in found:
        kept.setdefault(one.worker, []).append(one.answer)
    return sorted([v for _, v in r.given] for r in raters), sorted(kept.values())


# -------------------------------------------------------------------- many, and kill -9


def test_fifty_raters_at_once_lose_and_double_nothing_and_are_balanced(tmp_path):
    plan = plan_of((2, 2), pairs=4, raters=100, session=3, checks=1)
    folder = make(tmp_path / "study", plan)
    with serving(folder) as running:

        def rate(number):
            chance = random.Random(number)
            with httpx.Client(base_url=running.url, timeout=60, verify=False) as client:
                return Rater(client).begin().answer_all(lambda _: chance.choice(VALUES))

        with ThreadPoolExecutor(MANY) as pool:
            raters = list(pool.map(rate, range(MANY)))
        running.process.terminate()
        _, errors = running.process.communicate(timeout=20)
    assert "Traceback" not in errors
    found = judgements(folder, plan)
    given, kept = given_and_kept(raters, found)
    assert given == kept
    assert [len(answers) for answers in given] == [4] * MANY
    assert sum(1 for j in found if j.right) == MANY
    loads = by_comparison(found)
    assert len(loads) == 32
    assert sum(loads.values()) == 3 * MANY
    assert_each_was_the_least(sqlite_url(folder), given=4 * MANY)


def test_a_killed_server_has_every_answer_it_acknowledged_once(tmp_path):
    plan = plan_of((2, 2), pairs=3, raters=100, session=10, checks=0)
    folder = make(tmp_path / "study", plan)
    first = Served(folder)
    half = threading.Barrier(7)
    back = threading.Event()

    def rate(number):
        chance = random.Random(number)

        def choose(_):
            if len(rater.given) == 4 and not back.is_set():
                half.wait(60)  # the kill comes while the next answers are on their way
            return chance.choice(VALUES)

        with httpx.Client(base_url=first.url, timeout=60, verify=False) as client:
            rater = Rater(client).begin()
            return rater.persist(choose, lambda: back.wait(60))

    with ThreadPoolExecutor(6) as pool:
        running = [pool.submit(rate, number) for number in range(6)]
        half.wait(60)
        first.process.kill()
        first.process.wait(20)
        first.end()
        with serving(folder, first.port):
            back.set()
            raters = [one.result(60) for one in running]
    found = judgements(folder, plan)
    assert len(found) == 6 * 10
    kept = {}
    for one in found:
        kept.setdefault(one.worker, []).append(one.answer)
    assert all(len(answers) == 10 for answers in kept.values())
    # Answers that were kept but whose acknowledgement died with the server are not noted.
    for rater in raters:
        assert len({number for number, _ in rater.given}) == len(rater.given)
        assert any(
            all(answers[number] == value for number, value in rater.given)
            for answers in kept.values()
        )
    assert sum(len(rater.given) for rater in raters) >= 54


# -------------------------------------------------------------------- once, and only one's own


def test_a_double_click_and_an_old_page_change_nothing(rater, folder):
    page = rater.look()
    rater.answer(page, "equal")
    rater.answer(page, "A")
    assert 'value="1"' in rater.look()


def test_a_stranger_is_sent_to_the_first_page(http):
    for path in ("/task", "/instructions", "/thanks"):
        answer = http.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
    refused = http.post("/answer", data={"number": "0", "answer": "A"})
    assert refused.status_code == 403


def test_the_end_cannot_be_had_early(rater):
    rater.look()
    assert rater.http.get("/thanks").headers["location"] == "/task"


def test_who_agrees_twice_is_one_rater(rater):
    name, token = next(iter(rater.http.cookies.items()))
    assert rater.http.post("/agree").status_code == 303
    assert rater.http.cookies[name] == token


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"number": "0", "answer": "C"}, 400),
        ({"number": "0", "answer": "0.5"}, 400),
        ({"number": "0"}, 400),
        ({"answer": "A"}, 400),
        ({"number": "-1", "answer": "A"}, 400),
        ({"number": "٣", "answer": "A"}, 400),
        ({"number": "99999999999999999999", "answer": "A"}, 400),
        ({"number": "1", "answer": "A"}, 403),
        ({"number": "0", "answer": "A", "more": "x" * 20_000}, 413),
        ({f"f{n}": "1" for n in range(50)}, 400),
        (b"\xff\xfe=\x00", 400),
    ],
)
def test_wrong_forms_are_refused_in_words(rater, form, status):
    rater.look()
    sent = {"content": form} if isinstance(form, bytes) else {"data": form}
    answer = rater.http.post("/answer", **sent)
    assert answer.status_code == status
    assert "That did not work" in answer.text
    assert 'value="0"' in rater.look()


def test_a_form_without_end_is_cut_off(rater):
    def endless():
        while True:
            yield b"x" * 4096

    with suppress(httpx.TransportError):  # or the answer, where the system is quick
        assert rater.http.post("/answer", content=endless()).status_code == 413
    assert rater.look()


@pytest.mark.parametrize(
    "path",
    [
        "/pictures/p1/content.png",
        "/pictures/..%2f..%2fstudy.toml",
        "/pictures/%2e%2e/study.sqlite",
        "/pictures/study.toml",
        "/static/..%2fapp.py",
        "/static/../app.py",
        "/docs",
        "/openapi.json",
    ],
)
def test_no_other_file_can_be_had(http, path):
    assert http.get(path).status_code == 404


def test_pictures_are_sent_without_a_word_of_their_origin(rater, folder):
    shown = pictures_of(rater.look())
    assert set(shown) == {"a", "b", "c"}
    for key in shown.values():
        answer = rater.http.get(f"/pictures/{key}")
        assert answer.headers["content-type"] == "image/png"
        assert "immutable" in answer.headers["cache-control"]
        assert "content-disposition" not in answer.headers
        assert not any(name in str(answer.headers) for name in ("m1", "m2", "p1", "p2"))
        assert any(p.read_bytes() == answer.content for p in folder.rglob("*.png"))


def test_a_database_that_fails_is_a_page_that_says_so(tmp_path):
    folder = make(tmp_path / "study", plan_of())
    store = Store(sqlite_url(folder), plan_of(), folder / "pictures")
    app = create_app(store, Access())
    with closing(sqlite3.connect(folder / "study.sqlite")) as index:
        index.execute("DROP TABLE raters")

    async def agree():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await http.post("/agree")

    answer = asyncio.run(agree())
    store.close()
    assert answer.status_code == 503
    assert "does not answer" in answer.text
    assert "set-cookie" not in answer.headers


# -------------------------------------------------------------------- guard


def test_every_answer_is_protected(http):
    for path in ("/", "/static/study.css", "/nothing", "/task"):
        headers = http.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"]
    assert http.get("/").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "host", ["evil.example", "192.0.2.7", "127.0.0.1.evil.example", "", "["]
)
def test_other_names_are_refused(http, host):
    assert http.get("/", headers={"Host": host}).status_code in (400, 403)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_forms_of_other_sites_are_refused(rater, headers):
    rater.look()
    data = {"number": "0", "answer": "A"}
    assert rater.http.post("/answer", data=data, headers=headers).status_code == 403
    assert 'value="0"' in rater.look()


def test_the_cookie_is_kept_from_scripts_and_secret_behind_https(http, served):
    plain = http.post("/agree").headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    assert "Secure" not in plain
    http.cookies.clear()
    origin = f"https://127.0.0.1:{served.port}"
    assert "Secure" in http.post("/agree", headers={"Origin": origin}).headers["set-cookie"]


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("192.0.2.7:80", True),
        ("[2001:db8::1]:8366", True),
        ("study.example.org", True),
        ("STUDY.example.org:8443", True),
        ("localhost:1", True),
        ("evil.example", False),
        ("192.0.2.7.evil.example", False),
        ("", False),
        ("[", False),
    ],
)
def test_a_study_for_the_network_takes_addresses_and_its_own_names(host, allowed):
    access = Access(address="0.0.0.0", names=("Study.example.org",))
    assert access.allows(host) is allowed
    assert not Access(names=("study.example.org",)).allows("192.0.2.7")
