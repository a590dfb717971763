"""What the studio and studies have in common as servers; needs the extra ``web`` or ``study``.

Who may talk to them differs, and stays with each.
"""

import ipaddress
import socket
from collections.abc import Mapping
from contextlib import suppress

import uvicorn
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Send

from wasserstyle.errors import BadSetting

HEADERS: Mapping[str, str] = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""On every answer."""
FOREVER: Mapping[str, str] = {"Cache-Control": "private, max-age=31536000, immutable"}
"""For what is always the same behind its name."""
END_SECONDS = 3
"""What open requests still get when a server ends."""


class Refused(Exception):
    """A request that is answered with one sentence.

    Args:
        status: Of the answer, 400 to 499.
        sentence: For people.
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Server(uvicorn.Server):
    """Says nothing of its requests, and believes no proxy."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,  # addresses of people are nobody's business
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=END_SECONDS,
            )
        )

    def answer(self, listener: socket.socket) -> None:
        """Answer requests until Ctrl-C."""
        with suppress(KeyboardInterrupt):
            self.run(sockets=[listener])


def listen_at(address: str, port: int, *, advice: str) -> socket.socket:
    """Take a port; 0: any that is free.

    Args:
        address: A name or number of this machine.
        port: 0 to 65535.
        advice: What to do where it cannot be taken, for the message.

    Raises:
        BadSetting: The address is not this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        words = getattr(error, "strerror", None) or error
        raise BadSetting(
            f"cannot listen at {address}, port {port} ({words}); {advice}"
        ) from error


def ip_of(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address in numbers; None: it is a name."""
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def is_local(address: str) -> bool:
    """Whether only this machine can reach an address."""
    ip = ip_of(address)
    return address == "localhost" if ip is None else ip.is_loopback


def in_url(address: str) -> str:
    """An address as URLs have it."""
    return f"[{address}]" if ":" in address else address


async def body_of(request: Request, most: int, *, sentence: str) -> bytes:
    """The body of a request, refused as soon as it is too long.

    Args:
        request: Whose body was not read yet.
        most: Bytes.
        sentence: To say where there are more.

    Raises:
        Refused: There are more.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Refused(413, sentence)
    return bytes(body)


def with_headers(send: Send, own: Mapping[str, str], *, cache: str) -> Send:
    """Put :data:`HEADERS` on an answer.

    Args:
        send: Sends the answer.
        own: More headers.
        cache: ``Cache-Control`` of answers that say nothing of it.
    """

    async def send_on(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update({**HEADERS, **own})
            headers.setdefault("Cache-Control", cache)
        await send(message)

    return send_on
