"""Make the pictures of the studio for the documentation, with a real job.

    PYTHONPATH=tests python scripts/studio_screenshots.py [--size 256]

Writes docs/studio/{pictures,running,result,dark,phone}.jpg. Needs chromium.
"""

import argparse
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, expect, sync_playwright

from studio.browser import FLAGS, chromium
from studio.page import StudioPage
from web.studios import Served, serving

SHOTS = Path(__file__).parent.parent / "docs/studio"
DESK, PHONE = {"width": 1340, "height": 840}, {"width": 400, "height": 860}
QUALITY, MOST_BYTES = 85, 200_000
STROKES = {
    "Cup": {
        "content": [
            (0.37, 0.17),
            (0.58, 0.12),
            (0.62, 0.35),
            (0.4, 0.5),
            (0.38, 0.3),
            (0.5, 0.3),
        ],
        "style": [
            (0.25, 0.3),
            (0.45, 0.16),
            (0.8, 0.2),
            (0.68, 0.42),
            (0.35, 0.45),
            (0.5, 0.3),
        ],
    },
    "Table": {
        "content": [(0.07, 0.6), (0.1, 0.9), (0.4, 0.95), (0.8, 0.9), (0.92, 0.4)],
        "style": [(0.1, 0.9), (0.9, 0.9)],
    },
}
"""Regions, and lines in them on both sides."""
POINT = {"content": (0.6, 0.7), "style": (0.5, 0.72)}


def prepare(studio: StudioPage, size: int) -> None:
    """Choose, paint, pin and set."""
    studio.pick_example("content", 3)
    studio.pick_example("style", 4)
    studio.at("brush-size").fill("690")
    for number, (name, lines) in enumerate(STROKES.items(), start=1):
        studio.at(f"region-{number}").check()
        studio.at("region-name").fill(name)
        for side, points in lines.items():
            studio.stroke(side, *points)
    studio.tool("point")
    for side, point in POINT.items():
        studio.click(side, *point)
    studio.at("preset-fast").check()
    studio.set("size", size)
    studio.at("more-settings").click()
    studio.at("preset-default").scroll_into_view_if_needed()
    studio.page.mouse.move(0, 0)


def shoot(studio: StudioPage, name: str) -> None:
    """Write one picture."""
    path = SHOTS / f"{name}.jpg"
    with Image.open(BytesIO(studio.page.screenshot(animations="disabled"))) as image:
        image.convert("RGB").save(path, quality=QUALITY, optimize=True, progressive=True)
    size = path.stat().st_size
    print(f"{path.name}: {size // 1000} KB", flush=True)
    if size > MOST_BYTES:
        raise SystemExit(f"{path.name} is too large")


def half_done(studio: StudioPage) -> None:
    """Wait for a job that has something to show."""
    done = "() => document.querySelector('[data-testid=progress]').value > 0.5"
    studio.page.wait_for_function(done)


def shoot_all(browser: Browser, served: Served, size: int) -> None:
    """One session on a desk, then the same on a phone."""
    context = browser.new_context(viewport=DESK, color_scheme="light")
    studio = StudioPage(context.new_page(), served).open()
    prepare(studio, size)
    shoot(studio, "pictures")
    studio.go()
    half_done(studio)
    shoot(studio, "running")
    expect(studio.at("status")).to_have_attribute("data-status", "done", timeout=600_000)
    studio.at("compare").check()
    shoot(studio, "result")
    studio.at("view-pictures").check()
    studio.page.emulate_media(color_scheme="dark")
    shoot(studio, "dark")
    studio.page.emulate_media(color_scheme="light")
    studio.page.set_viewport_size(PHONE)
    shoot(studio, "phone")
    context.close()


def main() -> None:
    """Start a studio on an empty project, use it, photograph it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=256)
    size = parser.parse_args().size
    SHOTS.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "coffee") as served,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        shoot_all(browser, served, size)
        browser.close()


if __name__ == "__main__":
    main()
