"""For everyone: axe finds nothing, keys reach everything, and the focus can be seen."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.slow  # its file is begun first

PHONE = {"width": 360, "height": 740}
QUICK = {"size": 64, "layers": "rgb, relu1_1", "iterations": 3}
LANDMARKS = [
    *("view-pictures", "theme", "help-open", "tool-brush", "brush-size", "region-1"),
    *("region-name", "content-canvas", "content-zoom-in", "style-canvas", "style-zoom-in"),
    *("preset-default", "setting-size", "setting-content_weight", "setting-seed"),
    *("more-settings", "go", "open-result"),
]
"""Some of what gets the focus, as it is read."""
MOST = 80


def expect_no_violations(studio):
    """Axe and its report, with all rules, best practices too."""
    results = Axe().run(studio.page)
    assert results.violations_count == 0, results.generate_report()


def pick(studio):
    for side in ("content", "style"):
        studio.pick_example(side)


def paint(studio):
    pick(studio)
    studio.stroke("content", (0.3, 0.3), (0.6, 0.6))
    studio.tool("point")
    studio.click("content", 0.5, 0.2)
    studio.click("style", 0.5, 0.2)
    studio.unfold("points")


def order(studio, **settings):
    pick(studio)
    for name, value in {**QUICK, **settings}.items():
        studio.set(name, value)
    return studio.go()


@pytest.fixture(params=["light", "dark"])
def themed(visit, served, request):
    with visit(served, color_scheme=request.param) as studio:
        yield studio


@pytest.fixture
def phone(visit, served):
    with visit(served, viewport=PHONE, has_touch=True, color_scheme="dark") as studio:
        yield studio


# -------------------------------------------------------------------- axe


def test_axe_finds_nothing_in_an_empty_page(themed):
    expect_no_violations(themed)


def test_axe_finds_nothing_in_a_painted_page(themed):
    paint(themed)
    themed.unfold("more-settings")
    expect_no_violations(themed)


def test_axe_finds_nothing_while_a_job_runs_and_another_waits(themed):
    job = order(themed, iterations=100_000)
    expect(themed.at("result-image")).to_be_visible()
    themed.go()
    themed.at(f"job-{job['number']}-look").click()
    themed.expect_status("running")
    expect_no_violations(themed)


def test_axe_finds_nothing_in_a_result(themed):
    order(themed)
    themed.expect_status("done")
    themed.at("compare").check()
    expect_no_violations(themed)


def test_axe_finds_nothing_in_the_dialogs(themed):
    themed.at("help-open").click()
    expect(themed.at("help")).to_be_visible()
    expect_no_violations(themed)
    themed.page.keyboard.press("Escape")
    themed.at("content-pick").click()
    expect(themed.at("example-content-1")).to_be_visible()
    expect_no_violations(themed)


def test_axe_finds_nothing_in_a_complaint(themed):
    themed.at("go").click()
    expect(themed.at("toast")).to_contain_text("Choose a content")
    expect_no_violations(themed)


def test_axe_finds_nothing_on_a_phone(phone):
    expect_no_violations(phone)
    paint(phone)
    expect_no_violations(phone)


def test_axe_finds_nothing_in_a_result_on_a_phone(phone):
    order(phone)
    phone.expect_status("done")
    expect_no_violations(phone)


def test_nothing_is_wider_than_a_phone(phone):
    expect_fitting(phone)
    order(phone)
    phone.expect_status("done")
    expect_fitting(phone)
    phone.at("view-pictures").check()
    expect_fitting(phone)


def expect_fitting(studio):
    wide = studio.page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]


# -------------------------------------------------------------------- focus


def focused(studio):
    """What has the focus: its test id, or its text."""
    return studio.page.evaluate(
        "() => document.activeElement.dataset.testid ?? document.activeElement.textContent"
    )


def test_tab_goes_through_the_page_in_reading_order(studio):
    pick(studio)
    studio.reload()
    order = tabbed(studio)
    assert order[0] == "Skip to the pictures"
    assert [name for name in order if name in LANDMARKS] == LANDMARKS


def tabbed(studio):
    """What gets the focus from the top of the page to the last landmark."""
    order = [""]
    while order[-1] != LANDMARKS[-1] and len(order) < MOST:
        studio.page.keyboard.press("Tab")
        order.append(focused(studio))
    return order[1:]


def test_the_focus_can_be_seen(studio):
    pick(studio)
    app = studio.at("app")
    for name in ("content-canvas", "go", "tool-brush", "help-open", "theme"):
        studio.page.evaluate("() => document.activeElement.blur()")
        before = app.screenshot()
        studio.at(name).focus()
        studio.page.keyboard.press("Shift")
        assert app.screenshot() != before, name


def test_a_dialog_takes_the_focus_and_gives_it_back(studio):
    studio.at("help-open").focus()
    studio.page.keyboard.press("Enter")
    assert studio.page.evaluate("() => Boolean(document.activeElement.closest('#help'))")
    studio.page.keyboard.press("Escape")
    assert focused(studio) == "help-open"


def test_a_region_on_one_side_only_is_said_in_words(studio):
    pick(studio)
    studio.stroke("content", (0.3, 0.3))
    expect(studio.at("region-warning")).to_contain_text("missing in the style")
    studio.stroke("style", (0.3, 0.3))
    expect(studio.at("region-warning")).to_be_empty()


def test_the_end_of_a_job_is_announced(studio):
    job = order(studio)
    expect(studio.at("announcer")).to_have_text(f"Job {job['number']}: done")
