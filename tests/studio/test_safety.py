"""Nobody but the page itself, opened with the token, is let in; what it sends is clean."""

import base64
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image
from playwright.sync_api import expect

from web.studios import encoded

PALETTE = {(0, 114, 178, 255), (230, 159, 0, 255), (0, 0, 0, 0)}
"""The first two regions, and none."""
LOADS = """(address) => new Promise((resolve) => {
  const image = new Image();
  image.onload = () => resolve(true);
  image.onerror = () => resolve(false);
  image.src = address;
})"""
"""Whether a page can show a picture."""
POST = """([address, text]) => {
  const body = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const sent = fetch(address, { method: "POST", mode: "no-cors", credentials: "include", body });
  return sent.then(() => true, () => false);
}"""
"""What any page of the web can send without asking."""


class Blank(BaseHTTPRequestHandler):
    """An empty page."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(params=["127.0.0.1", "localhost"])
def elsewhere(studio, request):
    """A page of another site in the browser that has the studio's cookie.

    For cookies, another port of 127.0.0.1 is the same site.
    """
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server:
        threading.Thread(target=server.serve_forever).start()
        page = studio.page.context.new_page()
        page.goto(f"http://{request.param}:{server.server_port}/")
        yield page
        page.close()
        server.shutdown()


def base(served):
    return served.url.split("/?")[0]


def send_mask(page, served, data):
    """Try to send a mask to the studio; return the ids of those that it has."""
    page.evaluate(POST, [f"{base(served)}/api/masks", base64.b64encode(data).decode()])
    return {path.stem for path in (served.folder / "masks").glob("*.png")}


def test_a_page_without_the_token_is_refused(browser, served):
    context = browser.new_context()
    page = context.new_page()
    for path in ("/", "/api/state", "/?token=wrong"):
        assert page.goto(f"{base(served)}{path}").status == 403
        expect(page.locator("body")).to_contain_text("token")
    context.close()


def test_the_token_stays_neither_in_the_address_nor_within_reach_of_scripts(studio):
    assert studio.page.url == f"{base(studio.served)}/"
    assert studio.page.evaluate("() => document.cookie") == ""


def test_another_site_sees_no_picture(studio, elsewhere):
    """Not even one that the studio has shown before, which the browser keeps."""
    key = studio.served.upload(encoded())
    icon = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
    view = f"{base(studio.served)}/api/pictures/{key}/view"
    assert elsewhere.evaluate(LOADS, icon)
    assert studio.page.evaluate(LOADS, view)
    assert not elsewhere.evaluate(LOADS, view)


def test_another_site_can_send_nothing(studio, elsewhere):
    data = encoded(seed=int(elsewhere.url[:-1].rpartition(":")[2]))
    before = send_mask(elsewhere, studio.served, data)
    after = send_mask(studio.page, studio.served, data)
    assert len(after - before) == 1


def test_another_site_cannot_frame_the_studio(studio, elsewhere):
    elsewhere.evaluate(
        "(address) => { document.body.innerHTML = `<iframe src='${address}'></iframe>`; }",
        f"{base(studio.served)}/",
    )
    frame = elsewhere.frame_locator("iframe")
    expect(frame.locator("body")).not_to_contain_text("wasserstyle")
    expect(frame.get_by_test_id("app")).to_have_count(0)


def test_masks_arrive_with_the_colours_of_the_palette_only(studio):
    for side in ("content", "style"):
        studio.pick_example(side)
        studio.stroke(side, (0.2, 0.2), (0.7, 0.6))
    studio.at("region-2").check()
    for side in ("content", "style"):
        studio.stroke(side, (0.2, 0.7), (0.7, 0.3))
    studio.set("size", 64)
    guidance = studio.go()["request"]["guidance"]
    for key in (guidance["content_mask"], *guidance["style_masks"]):
        with Image.open(studio.served.folder / "masks" / f"{key}.png") as mask:
            colours = {colour for _, colour in mask.convert("RGBA").getcolors()}
        assert colours == PALETTE
