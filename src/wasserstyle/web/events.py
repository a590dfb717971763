"""What happens in the studio, told to every open page as server-sent events."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator
from typing import Any

BEAT_SECONDS = 15.0
"""Between comments, by which both sides notice that the other one is gone."""


class Events:
    """Tells open pages about jobs; may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pages: set[_Page] = set()
        self._closed = False

    def publish(self, kind: str, data: dict[str, Any]) -> None:
        """Tell all pages about the thing ``data["id"]``."""
        text = f"event: {kind}\ndata: {json.dumps(data, allow_nan=False)}\n\n"
        with self._lock:
            for page in self._pages:
                page.post(data["id"], text)

    def close(self) -> None:
        """End all streams, and those that come later."""
        with self._lock:
            self._closed = True
            for page in self._pages:
                page.post("", None)

    async def stream(self) -> AsyncGenerator[str]:
        """What one page hears until it goes or the studio ends.

        The first comment comes when nothing can be missed any more: a page that reads the
        state after it knows everything.
        """
        page = _Page()
        with self._lock:
            self._pages.add(page)
            if self._closed:
                page.post("", None)
        try:
            yield "retry: 1000\n: hello\n\n"
            while (texts := await page.next()) is not None:
                yield texts
        finally:
            with self._lock:
                self._pages.discard(page)


class _Page:
    """One stream. Of each thing it keeps only the last news, so a slow page costs nothing."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._news: dict[str, str | None] = {}

    def post(self, key: str, text: str | None) -> None:
        """Take news of one thing; None: the end."""
        self._loop.call_soon_threadsafe(self._take, key, text)

    def _take(self, key: str, text: str | None) -> None:
        self._news[key] = text
        self._arrived.set()

    async def next(self) -> str | None:
        """All news since the last call, or a comment when there are none for long."""
        try:
            await asyncio.wait_for(self._arrived.wait(), BEAT_SECONDS)
        except TimeoutError:
            return ": still here\n\n"
        news, self._news = list(self._news.values()), {}
        self._arrived.clear()
        return None if None in news else "".join(text for text in news if text)
