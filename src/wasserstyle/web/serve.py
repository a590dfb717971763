"""From a project folder to a served page."""

import socket
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from wasserstyle.errors import BadSetting
from wasserstyle.image.reason import reason
from wasserstyle.web.events import Events

USUAL_PORT = 8365
END_SECONDS = 3
"""What open requests still get when the studio ends."""


class Server(uvicorn.Server):
    """Ends the streams of events first: they would go on for ever."""

    def __init__(self, app: ASGIApp, events: Events) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                ws="none",
                lifespan="off",
                log_level="warning",
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=END_SECONDS,
            )
        )
        self._events = events

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End."""
        self._events.close()
        await super().shutdown(sockets)


def listen_at(address: str, port: int | None) -> socket.socket:
    """Take a port; 0: any that is free; None: the usual one, or any where that is taken.

    Browsers keep what was painted by address and port, so the usual one is worth having.

    Raises:
        BadSetting: The address is not this machine's, or the port is taken.
    """
    if port is None:
        with suppress(BadSetting):
            return listen_at(address, USUAL_PORT)
        return listen_at(address, 0)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except (OSError, OverflowError) as error:
        raise BadSetting(
            f"cannot listen at {address}, port {port} ({reason(error)}); choose another port"
        ) from error


def serve(app: ASGIApp, events: Events, listener: socket.socket) -> None:
    """Answer requests until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        Server(app, events).run(sockets=[listener])
