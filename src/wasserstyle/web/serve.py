"""From a project folder to a served page."""

import socket
from contextlib import suppress

from starlette.types import ASGIApp

from wasserstyle import serving
from wasserstyle.errors import BadSetting
from wasserstyle.web.events import Events

USUAL_PORT = 8365


class Server(serving.Server):
    """Ends the streams of events first: they would go on for ever."""

    def __init__(self, app: ASGIApp, events: Events) -> None:
        super().__init__(app)
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
    return serving.listen_at(address, port, advice="choose another port")
