"""Tools of the canvases, by mouse and by keys; what they painted is read from the export."""

import json
import re
from math import pi

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.slow  # its file is begun first

WIDTH, HEIGHT = 96, 64
"""Of the flag."""
LARGEST = "864"
"""The end of the slider of brush sizes, which is logarithmic: 399."""
BLUE, ORANGE = (0, 114, 178, 255), (230, 159, 0, 255)
"""The first two regions."""
WHITE, NOTHING = (255, 255, 255, 255), (0, 0, 0, 0)


@pytest.fixture(scope="module")
def prepared(visit, served, flag):
    """What a browser keeps of a page with the flag on both sides."""
    with visit(served) as studio:
        for side in ("content", "style"):
            studio.pick_file(side, flag)
        studio.reload()
        return studio.page.context.storage_state()


@pytest.fixture
def easel(visit, served, prepared):
    """A page with the flag on both sides."""
    with visit(served, storage_state=prepared) as studio:
        for side in ("content", "style"):
            studio.expect_loaded(side)
        yield studio


def is_of(mask, colour):
    """Which pixels have a colour."""
    return (mask == np.array(colour)).all(-1)


def painted(easel, side="content"):
    return is_of(easel.mask(side), BLUE)


def near(scale):
    """A scale as the page writes it, but for rounding."""
    return re.compile(rf"^{re.escape(f'{scale:.4f}'[:-2])}")


def centre(chosen):
    """Mean position in fractions: x, y."""
    rows, columns = np.nonzero(chosen)
    return (columns.mean() + 0.5) / WIDTH, (rows.mean() + 0.5) / HEIGHT


# -------------------------------------------------------------------- tools


def test_the_brush_paints_a_line_in_the_colour_of_the_region(easel):
    easel.at("region-2").check()
    easel.stroke("content", (0.2, 0.5), (0.8, 0.5))
    mask = easel.mask("content")
    line = is_of(mask, ORANGE)
    assert mask.shape == (HEIGHT, WIDTH, 4)
    assert (line | is_of(mask, NOTHING)).all()
    assert line[HEIGHT // 2, WIDTH // 4 : 3 * WIDTH // 4].all()
    assert not line[: HEIGHT // 4].any()


@pytest.mark.parametrize(("slider", "size"), [(LARGEST, 399), ("750", 181)])
def test_a_dot_is_as_large_as_the_brush(easel, slider, size):
    easel.at("brush-size").fill(slider)
    easel.stroke("content", (0.5, 0.5))
    dot, diameter = painted(easel), size * WIDTH / 1024
    assert dot.sum() == pytest.approx(pi / 4 * diameter**2, rel=0.05)
    assert centre(dot) == pytest.approx((0.5, 0.5), abs=0.01)


def test_the_eraser_takes_away_what_it_touches(easel):
    easel.tool("fill")
    easel.click("content", 0.5, 0.5)
    easel.tool("eraser")
    easel.at("brush-size").fill(LARGEST)
    easel.stroke("content", (0.5, 0.5))
    left = painted(easel)
    assert not left[HEIGHT // 2, WIDTH // 2]
    assert left[0, 0]
    assert 0.1 < 1 - left.mean() < 0.25


def test_fill_stops_at_what_is_painted_already(easel):
    easel.stroke("content", (0.25, -0.1), (0.25, 1.1))
    easel.tool("fill")
    easel.at("region-2").check()
    easel.click("content", 0.8, 0.5)
    mask = easel.mask("content")
    assert is_of(mask, ORANGE)[:, WIDTH // 2 :].all()
    assert is_of(mask, NOTHING)[:, : WIDTH // 8].all()


@pytest.mark.parametrize("connected", [True, False])
def test_the_wand_takes_one_colour_of_the_picture(easel, flag, connected):
    with Image.open(flag) as image:
        red = np.asarray(image)[..., 0] > 127
    easel.tool("wand")
    easel.at("connected").set_checked(connected)
    easel.click("content", 0.2, 0.5)
    if connected:
        red[:, WIDTH // 2 :] = False
    assert np.array_equal(painted(easel), red)


def test_a_wand_of_full_tolerance_takes_all(easel):
    easel.tool("wand")
    easel.at("tolerance").fill("100")
    easel.click("content", 0.2, 0.5)
    assert painted(easel).all()


# -------------------------------------------------------------------- undo, redo, view


def test_undo_and_redo_go_back_and_forth_stroke_by_stroke(easel):
    easel.stroke("content", (0.2, 0.2), (0.4, 0.2))
    first = easel.mask("content")
    easel.stroke("content", (0.6, 0.8), (0.8, 0.8))
    both = easel.mask("content")
    assert not np.array_equal(first, both)
    easel.at("content-undo").click()
    assert np.array_equal(easel.mask("content"), first)
    easel.at("content-redo").click()
    assert np.array_equal(easel.mask("content"), both)
    for _ in range(2):
        easel.page.keyboard.press("Control+z")
    expect(easel.at("content-undo")).to_be_disabled()
    expect(easel.at("content-export-mask")).to_be_disabled()
    easel.page.keyboard.press("Control+Shift+z")
    assert np.array_equal(easel.mask("content"), first)


def test_a_brush_keeps_its_size_on_the_picture_when_it_is_zoomed(easel):
    easel.at("brush-size").fill(LARGEST)
    easel.stroke("content", (0.5, 0.5))
    before, fitted = painted(easel), easel.scale("content")
    easel.at("content-undo").click()
    for _ in range(3):
        easel.at("content-zoom-in").click()
    expect(easel.at("content-canvas")).to_have_attribute("data-scale", near(fitted * 1.4**3))
    easel.stroke("content", (0.5, 0.5))
    assert (painted(easel) != before).mean() < 0.005
    easel.at("content-zoom-fit").click()
    expect(easel.at("content-canvas")).to_have_attribute("data-scale", f"{fitted:.4f}")


def test_the_wheel_zooms_into_what_is_below_it(easel):
    fitted = easel.scale("content")
    x, y = easel.place("content", 0.25, 0.25)
    easel.page.mouse.move(x, y)
    easel.page.mouse.wheel(0, -600)
    expect(easel.at("content-canvas")).not_to_have_attribute("data-scale", f"{fitted:.4f}")
    easel.page.mouse.click(x, y)
    assert easel.scale("content") > 1.5 * fitted
    assert centre(painted(easel)) == pytest.approx((0.25, 0.25), abs=0.02)


def test_panning_moves_the_picture_with_the_mouse(easel):
    easel.tool("hand")
    easel.stroke("content", (0.75, 0.5), (0.5, 0.5))
    easel.tool("brush")
    easel.stroke("content", (0.5, 0.5))
    assert centre(painted(easel)) == pytest.approx((0.75, 0.5), abs=0.02)


# -------------------------------------------------------------------- points


def test_a_pin_can_be_dragged_and_put_back(easel):
    drop_pin(easel)
    easel.stroke("content", (0.25, 0.25), (0.75, 0.5))
    assert easel.pin(1) == pytest.approx([75, 50, 50, 50], abs=1)
    easel.at("content-undo").click()
    expect(easel.at("pin-1-content-x")).not_to_have_value("75.0")
    assert easel.pin(1) == pytest.approx([25, 25, 50, 50], abs=1)


def test_pins_are_numbered_and_one_can_be_deleted(easel):
    drop_pin(easel)
    easel.click("content", 0.8, 0.8)
    easel.click("style", 0.2, 0.7)
    assert easel.pin(2) == pytest.approx([80, 80, 20, 70], abs=1)
    easel.at("pin-delete-1").click()
    expect(easel.at("pin-row-2")).to_have_count(0)
    assert easel.pin(1) == pytest.approx([80, 80, 20, 70], abs=1)


def drop_pin(easel):
    easel.tool("point")
    easel.click("content", 0.25, 0.25)
    expect(easel.at("hint")).to_contain_text("click the style")
    easel.click("style", 0.5, 0.5)


# -------------------------------------------------------------------- keys


def test_keys_alone_paint_a_line(easel):
    keys = easel.page.keyboard
    easel.at("content-canvas").focus()
    keys.press("b")
    keys.down(" ")
    for _ in range(3):
        keys.press("Shift+ArrowRight")
    keys.up(" ")
    line, strides = painted(easel), 3 * 80 / easel.scale("content")
    reached = np.nonzero(line.any(0))[0]
    assert line[HEIGHT // 2, WIDTH // 2]
    assert reached.max() - reached.min() == pytest.approx(strides + 48 * WIDTH / 1024, abs=3)


def test_keys_alone_drop_a_point_pair(easel):
    keys = easel.page.keyboard
    easel.at("content-canvas").focus()
    keys.press("p")
    keys.press("Shift+ArrowLeft")
    keys.press("Enter")
    easel.at("style-canvas").focus()
    keys.press("Enter")
    left = 50 - 100 * 80 / (WIDTH * easel.scale("content"))
    assert easel.pin(1) == pytest.approx([left, 50, 50, 50], abs=0.2)


def test_keys_choose_tools_regions_and_sizes(easel):
    keys = easel.page.keyboard
    easel.at("content-canvas").focus()
    for key, tool in {
        "e": "eraser",
        "f": "fill",
        "w": "wand",
        "h": "hand",
        "b": "brush",
    }.items():
        keys.press(key)
        expect(easel.at(f"tool-{tool}")).to_be_checked()
    keys.press("2")
    expect(easel.at("region-2")).to_be_checked()
    before = float(easel.at("brush-size").input_value())
    keys.press("]")
    assert float(easel.at("brush-size").input_value()) > before


def test_single_letters_can_be_switched_off(easel):
    easel.at("help-open").click()
    easel.at("shortcuts").uncheck()
    easel.page.keyboard.press("Escape")
    easel.at("content-canvas").focus()
    easel.page.keyboard.press("e")
    expect(easel.at("tool-brush")).to_be_checked()


# -------------------------------------------------------------------- files


def test_masks_come_back_as_they_were_exported(easel, tmp_path):
    easel.stroke("content", (0.2, 0.2), (0.6, 0.7))
    easel.at("region-2").check()
    easel.stroke("content", (0.8, 0.2))
    before, file = easel.mask("content"), easel.export_mask("content")
    easel.clear("content")
    expect(easel.at("content-export-mask")).to_be_disabled()
    easel.import_mask("content", file)
    assert np.array_equal(easel.mask("content"), before)


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_a_mask_with_soft_edges_is_snapped_to_its_regions(easel, tmp_path, kind):
    mask = Image.new("RGB", (24, 16), "white")
    mask.paste((0, 112, 180), (0, 0, 12, 16))
    path = tmp_path / f"soft.{kind}"
    mask.resize((200, 133), Image.Resampling.BICUBIC).save(path)
    easel.import_mask("content", path)
    snapped = easel.mask("content")
    assert is_of(snapped, BLUE).mean() == pytest.approx(0.5, abs=0.02)
    assert is_of(snapped, WHITE).mean() == pytest.approx(0.5, abs=0.02)
    expect(easel.at("region-4")).to_have_count(0)


def test_points_come_back_as_they_were_exported(easel, tmp_path):
    drop_pin(easel)
    points = easel.points()
    path = tmp_path / "points.json"
    path.write_text(json.dumps(points))
    easel.at("pin-delete-1").click()
    expect(easel.at("pin-row-1")).to_have_count(0)
    easel.choose_file("points-import", path)
    expect(easel.at("pin-row-1")).to_be_visible()
    assert easel.points() == points
