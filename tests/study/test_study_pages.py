"""The study as a rater has it: a real browser, by mouse, by keys, by touch, without scripts."""

import re
from contextlib import suppress

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import TimeoutError as TooLate
from playwright.sync_api import expect

from study.studies import make, plan_of, serving
from wasserstyle.study.store import Store
from wasserstyle.study.tables import sqlite_url

DESK = {"width": 1280, "height": 860}
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
ALL = 4


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    plan = plan_of((1, 1), pairs=2, raters=1000, session=3, checks=1)
    folder = make(tmp_path_factory.mktemp("compare"), plan)
    with serving(folder) as running:
        running.folder, running.plan = folder, plan
        yield running


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    plan = plan_of((2,), pairs=2, raters=1000, session=3, checks=1, design="rate")
    folder = make(tmp_path_factory.mktemp("rate"), plan)
    with serving(folder) as running:
        running.folder, running.plan = folder, plan
        yield running


def answers(served):
    """Of the last rater who began, in order."""
    store = Store(sqlite_url(served.folder), served.plan, served.folder / "pictures")
    found = store.judgements()
    store.close()
    last = max(one.worker for one in found) if found else None
    return [one.answer for one in found if one.worker == last]


def begin(page, served):
    page.goto(served.url)
    page.get_by_role("button", name="I agree, begin").click()
    page.get_by_role("link", name="Start").click()
    expect_number(page, 1)
    page.wait_for_load_state()
    return page


def expect_number(page, number):
    expect(page.locator("header")).to_contain_text(f"{number} of {ALL}")


def expect_instructions(page):
    expect(page.get_by_role("heading", name="How it is done")).to_be_visible()
    page.wait_for_load_state()


def button(page, name):
    return page.get_by_role("button", name=name)


def expect_the_end(page):
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert re.fullmatch("[0-9A-F]{8}", page.locator("output").inner_text())


def test_by_mouse_from_consent_to_the_code(visit, compared):
    page = begin(visit(viewport=DESK), compared)
    for number, name in enumerate(
        ("Image A", "Neither A nor B", "Equally", "Image B"), start=1
    ):
        expect_number(page, number)
        loaded = (
            "() => [...document.querySelectorAll('figure img')].every((i) => i.naturalWidth)"
        )
        page.wait_for_function(loaded)
        assert page.locator("figure img").count() == 3
        button(page, name).click()
    expect_the_end(page)
    assert answers(compared) == ["A", "neither", "equal", "B"]


def test_by_keys(visit, compared):
    page = visit(viewport=DESK)
    page.goto(compared.url)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_instructions(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for number, key in enumerate(("b", "3", "n", "1"), start=1):
        expect_number(page, number)
        page.wait_for_load_state()  # keys are heard by the script
        page.keyboard.press("x")
        page.keyboard.press("Control+a")
        page.keyboard.press(key)
    expect_the_end(page)
    assert answers(compared) == ["B", "equal", "neither", "A"]


def test_on_a_phone_by_touch_nothing_needs_scrolling(visit, compared):
    page = begin(visit(**PHONE), compared)
    for number in range(1, ALL + 1):
        expect_number(page, number)
        sizes = page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        assert sizes == [360, 740]
        for one in page.get_by_role("button").all():
            assert one.bounding_box()["height"] >= 48
        assert page.locator("figure.a").bounding_box()["width"] > 160
        button(page, "Equally").tap()
    expect_the_end(page)
    assert answers(compared) == ["equal"] * 4


def test_without_scripts(visit, compared):
    page = begin(visit(java_script_enabled=False, viewport=DESK), compared)
    for number in range(1, ALL + 1):
        expect_number(page, number)
        button(page, "Image A").click()
    expect_the_end(page)
    assert answers(compared) == ["A"] * 4


def test_reload_double_click_and_back_answer_once(visit, compared):
    page = begin(visit(viewport=DESK), compared)
    shown = page.locator("figure img").evaluate_all("(all) => all.map((one) => one.src)")
    page.reload()
    assert page.locator("figure img").evaluate_all("(a) => a.map((one) => one.src)") == shown
    button(page, "Image B").dblclick(no_wait_after=True)
    expect(page.locator("header")).not_to_contain_text(f"1 of {ALL}")
    page.reload()
    with suppress(TooLate):  # of a page that is not kept
        page.go_back(timeout=2000)
    page.goto(compared.url + "task")
    number = int(page.locator("header p").inner_text().split()[0])
    assert answers(compared)[0] == "B"
    assert len(answers(compared)) == number - 1 <= 2  # the second click may meet the next page


def test_the_next_pictures_are_there_before_they_are_needed(visit, compared):
    page = visit(viewport=DESK)
    fetched = []
    page.on("requestfinished", lambda r: fetched.append(r.url.rpartition("/")[2]))
    begin(page, compared)
    page.wait_for_load_state("networkidle")
    ahead = page.locator("main").get_attribute("data-ahead").split()
    assert len(ahead) == 3
    assert set(ahead) <= set(fetched)


def test_a_picture_can_be_seen_large_without_losing_the_place(visit, compared):
    page = begin(visit(**PHONE), compared)
    page.get_by_role("link", name="Image A, large").tap()
    large = page.get_by_role("link", name="Close Image A")
    assert large.bounding_box()["height"] == 740
    large.tap()
    expect(large).to_be_hidden()
    expect_number(page, 1)


def test_rating_by_touch_and_keys(visit, rated):
    page = begin(visit(**PHONE), rated)
    for number, given in enumerate((7, 10, 0), start=1):
        expect_number(page, number)
        assert page.locator("figure").count() == 2
        page.get_by_role("button", name=f"{given} of 10", exact=True).tap()
    expect_number(page, ALL)
    page.wait_for_load_state()
    page.keyboard.press("t")
    expect_the_end(page)
    assert answers(rated) == ["0.7", "1", "0", "1"]


# -------------------------------------------------------------------- for everyone


def expect_no_violations(page):
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize(("design", "scheme"), [("compared", "light"), ("rated", "dark")])
def test_axe_finds_nothing(visit, request, design, scheme):
    served = request.getfixturevalue(design)
    page = visit(viewport=DESK, color_scheme=scheme)
    page.goto(served.url)
    expect_no_violations(page)
    page.get_by_role("button").click()
    expect_instructions(page)
    expect_no_violations(page)
    page.get_by_role("link", name="Start").click()
    for number in range(1, ALL + 1):
        expect_number(page, number)
        if number == 1:
            page.wait_for_load_state()
            expect_no_violations(page)
        page.locator("form button").first.click()
    expect_the_end(page)
    expect_no_violations(page)


def test_the_focus_can_be_seen(visit, compared):
    page = begin(visit(viewport=DESK), compared)
    for one in (page.locator("figure.b a"), button(page, "Image B")):
        before = page.screenshot()
        one.focus()
        page.keyboard.press("Shift")
        assert page.screenshot() != before
        page.evaluate("() => document.activeElement.blur()")
