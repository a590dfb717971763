"""What stands before a study's pages: the name it is reached by, the page's own origin, sizes.

Raters need no password. A name that somebody else points at this machine is refused all the
same, and so are forms of other pages: nobody answers in a rater's place.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from wasserstyle.serving import Refused, body_of, ip_of, is_local, with_headers

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # without any, a form's Origin would be "null"
    "X-Robots-Tag": "noindex",
}
"""On every answer."""
STATIC = "/static/"
MOST_BYTES, MOST_FIELDS = 10_000, 10
"""Of a form."""
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where a study is served.

    Where others can reach it, any address in numbers is good: only names can be made to point
    here by somebody else. Names must be listed.
    """

    address: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    """By which raters reach it, such as ``study.example.org``."""

    def allows(self, host: str) -> bool:
        """Whether a ``Host`` header names this study."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        own = {*LOCAL, self.address.lower(), *(n.lower() for n in self.names)}
        if name in own:
            return True
        return not is_local(self.address) and (
            ip_of(name) is not None or name == socket.gethostname().lower()
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
        cache = "max-age=3600" if scope["path"].startswith(STATIC) else "no-store"
        await answer(scope, receive, with_headers(send, HEADERS, cache=cache))

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
    body = await body_of(request, MOST_BYTES, sentence="This form is too long.")
    try:
        text = body.decode("ascii")
        fields = parse_qs(text, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise Refused(400, "This is not a form of the study.") from error
    return {name: values[0] for name, values in fields.items()}
