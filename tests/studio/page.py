"""The studio's page as its user has it: pick, paint, pin, set, go, look, keep."""

import base64
import json
import re

import numpy as np
from PIL import Image
from playwright.sync_api import expect

ANY = re.compile(".")
DROPPED = """([name, text]) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name));
  return transfer;
}"""
"""A file as the browser hands it to a page."""


class StudioPage:
    """One tab of a browser, showing one studio."""

    def __init__(self, page, served):
        self.page, self.served = page, served

    def open(self):
        self.page.goto(self.served.url)
        return self.ready()

    def reload(self):
        self.page.reload()
        return self.ready()

    def ready(self):
        expect(self.at("app")).to_have_attribute("data-ready", "true")
        return self

    def at(self, name):
        return self.page.get_by_test_id(name)

    def state(self):
        return self.served.http.get("/api/state").json()

    # ---------------------------------------------------------------- pictures

    def pick_example(self, side, number=1):
        self.at(f"{side}-pick").click()
        self.at(f"example-{side}-{number}").click()
        self.expect_loaded(side)

    def pick_file(self, side, path):
        self.at(f"{side}-pick").click()
        self.choose_file("picker-file", path)
        self.expect_loaded(side)

    def expect_loaded(self, side):
        expect(self.at(f"{side}-canvas")).to_have_attribute("data-loaded", ANY)
        expect(self.at(f"{side}-canvas")).to_have_attribute("data-scale", ANY)

    def choose_file(self, button, path):
        with self.page.expect_file_chooser() as chooser:
            self.at(button).click()
        chooser.value.set_files(path)

    def drop(self, name, path):
        """Let go of a file over a part of the page."""
        text = base64.b64encode(path.read_bytes()).decode()
        transfer = self.page.evaluate_handle(DROPPED, [path.name, text])
        self.at(name).dispatch_event("drop", {"dataTransfer": transfer})

    # ---------------------------------------------------------------- canvases

    def scale(self, side):
        return float(self.at(f"{side}-canvas").get_attribute("data-scale"))

    def place(self, side, x, y):
        """Where a point of a picture, in fractions, is on the screen, unless it was panned."""
        canvas = self.at(f"{side}-canvas")
        box, key = canvas.bounding_box(), canvas.get_attribute("data-loaded")
        (picture,) = (one for one in self.state()["pictures"] if one["id"] == key)
        width, height = (picture[name] * self.scale(side) for name in ("width", "height"))
        left = box["x"] + (box["width"] - width) / 2
        top = box["y"] + (box["height"] - height) / 2
        return left + x * width, top + y * height

    def tool(self, name):
        self.at(f"tool-{name}").check()

    def stroke(self, side, *points):
        """Draw a line through some points; a single one makes a dot."""
        mouse = self.page.mouse
        mouse.move(*self.place(side, *points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.place(side, *point), steps=6)
        mouse.up()

    def click(self, side, x, y):
        self.page.mouse.click(*self.place(side, x, y))

    def mask(self, side):
        """The mask as it is exported: RGBA."""
        with Image.open(self.export_mask(side)) as image:
            return np.asarray(image.convert("RGBA"))

    def export_mask(self, side):
        return self._from_menu(side, "export-mask")

    def import_mask(self, side, path):
        self.at(f"{side}-menu").click()
        self.choose_file(f"{side}-import-mask", path)
        expect(self.at("toast")).to_contain_text("Mask imported")

    def clear(self, side):
        self.at(f"{side}-menu").click()
        self.at(f"{side}-clear").click()
        expect(self.at(f"{side}-menu")).not_to_be_focused()

    def _from_menu(self, side, what):
        self.at(f"{side}-menu").click()
        return self.download(f"{side}-{what}")

    # ---------------------------------------------------------------- settings

    def unfold(self, name):
        """Open a folded part of the settings."""
        part = self.at(name)
        if part.evaluate("(node) => !node.closest('details').open"):
            part.locator("xpath=ancestor-or-self::details/summary").click()

    def set(self, name, value):
        self.unfold("more-settings")
        self.at(f"setting-{name}").fill(str(value))
        self.at(f"setting-{name}").blur()

    def expect_set(self, name, value):
        expect(self.at(f"setting-{name}")).to_have_value(str(value))

    def pin(self, number):
        """Position of a pair in per cent, as the table says it."""
        self.unfold("points")
        names = (
            f"pin-{number}-{side}-{axis}" for side in ("content", "style") for axis in "xy"
        )
        return [float(self.at(name).input_value()) for name in names]

    # ---------------------------------------------------------------- jobs

    def go(self, button="go"):
        """Queue what is set; return the job once the page shows it."""
        made = re.compile("/api/jobs$")
        with self.page.expect_response(made) as answer:
            self.at(button).click()
        assert answer.value.status == 201, answer.value.text()
        job = answer.value.json()
        expect(self.at("result-title")).to_contain_text(f"No. {job['number']}:")
        return job

    def expect_status(self, status):
        expect(self.at("status")).to_have_attribute("data-status", status)

    def expect_listed(self, job, status):
        """The history strip says so."""
        expect(self.at(f"job-{job['number']}")).to_have_attribute("data-status", status)

    def download(self, button):
        with self.page.expect_download() as download:
            self.at(button).click()
        return download.value.path()

    def points(self):
        """The points as they are exported."""
        self.unfold("points")
        return json.loads(self.download("points-export").read_text())
