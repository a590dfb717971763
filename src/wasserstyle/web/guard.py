"""Who may talk to the studio: its own page, under its own name, with its token.

Any page of the web can send requests to 127.0.0.1, and any name can be made to point there. So
the name in ``Host`` must be one that is served, other origins are refused, and all but the
page's own files needs the token that only the terminal has shown.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from wasserstyle.serving import in_url, with_headers

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
}
"""On every answer."""


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where the studio is served, and the secret that opens it."""

    port: int
    address: str = "127.0.0.1"
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def cookie(self) -> str:
        """Name of the cookie; with the port, so that two studios do not disturb each other."""
        return f"wasserstyle-{self.port}"

    @property
    def hosts(self) -> frozenset[str]:
        """What a browser may send as ``Host``."""
        names = ("127.0.0.1", "localhost", "[::1]", in_url(self.address.lower()))
        return frozenset(f"{name}:{self.port}" for name in names)

    @property
    def url(self) -> str:
        """The address to open, with the token."""
        return f"http://{in_url(self.address.lower())}:{self.port}/?token={self.token}"

    def opened_by(self, token: str) -> bool:
        """Whether this is the token; takes as long for a wrong one."""
        return secrets.compare_digest(token.encode(), self.token.encode())


@dataclass(frozen=True)
class Guard:
    """Stands before the whole application."""

    app: ASGIApp
    access: Access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that is refused or brings the token; let the others pass."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        answer = self._refusal(request) or self._welcome(request) or self.app
        cache = "no-store" if scope["path"].startswith("/api/") else "no-cache"
        await answer(scope, receive, with_headers(send, HEADERS, cache=cache))

    def _refusal(self, request: Request) -> Response | None:
        sentence = self._foreign(request) or self._unknown(request)
        return JSONResponse({"error": sentence}, 403) if sentence else None

    def _foreign(self, request: Request) -> str | None:
        """What is wrong with where a request comes from."""
        host = request.headers.get("host", "").lower()
        if host not in self.access.hosts:
            return "the studio is not served under this name; open the address it printed"
        reads = request.method in ("GET", "HEAD")
        origin = request.headers.get("origin")
        if not reads and origin is not None and origin.lower() != f"http://{host}":
            return "the request comes from another site; use the studio's own page"
        site = request.headers.get("sec-fetch-site", "none")
        private = not reads or request.scope["path"].startswith("/api/")
        if private and site not in ("same-origin", "none"):
            return "the request comes from another site; use the studio's own page"
        return None

    def _unknown(self, request: Request) -> str | None:
        """Whether the token is missing."""
        if request.scope["path"].startswith("/static/"):
            return None
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        shown = (
            request.cookies.get(self.access.cookie, ""),
            bearer if kind.lower() == "bearer" else "",
            _token_in_address(request) or "",
        )
        if any(self.access.opened_by(token) for token in shown):
            return None
        return (
            "the token is missing or of an earlier start; open the address the studio printed"
        )

    def _welcome(self, request: Request) -> Response | None:
        """Keep the token in a cookie, and out of the address and the browser's history."""
        if _token_in_address(request) is None:
            return None
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            self.access.cookie, self.access.token, path="/", httponly=True, samesite="strict"
        )
        return answer


def _token_in_address(request: Request) -> str | None:
    """What the first visit brings."""
    first = request.method == "GET" and request.scope["path"] == "/"
    return request.query_params.get("token") if first else None
