"""A browser, a worker that only listens, pictures and requests, and real studios."""

import asyncio
import io
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import httpx
import numpy as np
from PIL import Image

from wasserstyle.web.app import create_app
from wasserstyle.web.queue import Painter

PORT = 8017
QUICK = {"iterations": 3, "samples": 64, "style_pool": 200}
START = (
    "import sys; from pathlib import Path; from wasserstyle.cli.studio import studio;"
    "studio(Path(sys.argv[1]), 0, '127.0.0.1', False)"
)
PATIENCE = 60.0


class Browser:
    """Talks to an application without a network; keeps cookies and headers."""

    def __init__(self, app, **headers):
        transport = httpx.ASGITransport(app)
        base = f"http://127.0.0.1:{PORT}"
        self.http = httpx.AsyncClient(transport=transport, base_url=base, headers=headers)

    def request(self, method, path, **more):
        return asyncio.run(self.http.request(method, path, **more))

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, **more):
        return self.request("POST", path, **more)

    def delete(self, path, **more):
        return self.request("DELETE", path, **more)


def page_of(studio):
    """The studio's own page."""
    return Browser(create_app(studio), Authorization="Bearer secret")


class FakePainter(Painter):
    """Stands in for the worker process; the test speaks for it."""

    made: ClassVar[list["FakePainter"]] = []
    how_it_ended = "killed by signal 9"

    def __init__(self, folder):
        self.sent, self.killed, self.closed = [], False, False
        FakePainter.made.append(self)

    def says(self, kind, key, **rest):
        self.hear(self, {"kind": kind, "id": key} | rest)

    def listen(self, hear, ended):
        self.hear, self.ended = hear, ended

    def send(self, text):
        self.sent.append(text)

    def kill(self):
        self.killed = True

    def close(self):
        self.closed = True


def encoded(width=20, height=12, kind="PNG", seed=0, mode="RGB"):
    """The bytes of a picture of noise."""
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, len(mode)), "uint8")
    file = io.BytesIO()
    Image.fromarray(noise).save(file, kind)
    return file.getvalue()


RED, BLUE, GREEN = "#e6194b", "#4363d8", "#3cb44b"


def mask(left, right, width=20, height=12):
    """A PNG of two flat halves."""
    picture = Image.new("RGB", (width, height), left)
    picture.paste(right, (0, 0, width // 2, height))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def quick(content, *styles, **more):
    return {
        "content": content,
        "styles": [{"id": style, "weight": 1.0} for style in styles],
        "method": "strotss",
        "preset": "default",
        "settings": QUICK,
        "run": {"size": 64, "seed": 0, "color": "style"},
        "guidance": {"content_mask": None, "style_masks": [], "names": {}, "points": []},
        "start": None,
    } | more


def until(condition, patience=PATIENCE):
    """Wait for a condition to hold; return its value."""
    deadline = time.monotonic() + patience
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
    return value


class Served:
    """A studio in processes of its own."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.process = start(folder)
        line = self.process.stdout.readline()
        assert "?token=" in line, self.process.communicate(timeout=10)
        self.url = line.split()[-1]
        base, token = self.url.split("/?token=")
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.Client(base_url=base, headers=headers, timeout=30)

    def upload(self, data, name="picture.png"):
        answer = self.http.post("/api/pictures", content=data, headers={"X-Name": name})
        return answer.json()["id"]

    def submit(self, request):
        answer = self.http.post("/api/jobs", json=request)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def job(self, key):
        return self.http.get(f"/api/jobs/{key}").json()

    def post(self, key, verb):
        return self.http.post(f"/api/jobs/{key}/{verb}")

    def wait(self, key, *statuses):
        def there():
            job = self.job(key)
            return job if job["status"] in statuses else None

        return until(there)

    def end(self):
        self.http.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate(timeout=20)


def start(folder):
    return subprocess.Popen(
        [sys.executable, "-c", START, str(folder)],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def serving(folder):
    served = Served(folder)
    try:
        yield served
    finally:
        served.end()
