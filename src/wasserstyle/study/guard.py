"""What stands before a study's pages: the name it is reached by, the page's own origin, sizes.

Raters need no password. A name that somebody else points at this machine is refused all the
same, and so are forms of other pages: nobody answers in a rater's place.
"""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # without any, a form's Origin would be "null"
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""On every answer."""
STATIC = "/static/"
MOST_BYTES, MOST_FIELDS = 10_000, 10
"""Of a form."""
LOCAL = ("localhost", "127.0.0.1", "::1")


class Refused(Exception):
    """A request that is answered with one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where a study is served.

    Where others can reach it, any address in numbers is good: only names can be made to point
    here by somebody else. Names must be listed.
    """

    address: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    """By which raters reach it, such as ``study.example.org``."""

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        ip = _ip(self.address)
        return self.address == "localhost" if ip is None else ip.is_loopback

    def allows(self, host: str) -> bool:
        """Whether a ``Host`` header names this study."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        own = {*LOCAL, self.address.lower(), *(n.lower() for n in self.names)}
        if name in own:
            return True
        return not self.is_local and (
            _ip(name) is not None or name == socket.gethostname().lower()
        )


@dataclass(frozen=True)
class Guard:
    """Stands before the whole application."""

    app: ASGIApp
    access: Access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is refused; let the others pass."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sentence = self._foreign(Request(scope))
        answer = PlainTextResponse(sentence, 403) if sentence else self.app
        await answer(scope, receive, _with_headers(scope["path"], send))

    def _foreign(self, request: Request) -> str | None:
        """What is wrong with where a request comes from."""
        host = request.headers.get("host", "")
        if not self.access.allows(host):
            return "the study is not served under this name; its owner can add it by --name"
        if request.method in ("GET", "HEAD"):
            return None
        origin = request.headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "the form comes from another site"
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return "the form comes from another site"
        return None


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a plain form.

    Raises:
        Refused: It is too long, or no form.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refused(413, "This form is too long.")
    try:
        text = body.decode("ascii")
        fields = parse_qs(text, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise Refused(400, "This is not a form of the study.") from error
    return {name: values[0] for name, values in fields.items()}


def _ip(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return None


def _with_headers(path: str, send: Send) -> Send:
    """Add what protects the pages; the browser keeps what is the same on all of them."""
    cache = "max-age=3600" if path.startswith(STATIC) else "no-store"

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update(HEADERS)
            headers.setdefault("Cache-Control", cache)
        await send(message)

    return send_on
