"""From a study's folder to its pages."""

import socket
from contextlib import suppress

import uvicorn
from starlette.types import ASGIApp

from wasserstyle.errors import BadSetting

PORT = 8366
END_SECONDS = 3
"""What open requests still get when the server ends."""


def listen_at(address: str, port: int) -> socket.socket:
    """Take a port; 0: any that is free.

    Raises:
        BadSetting: The address is not this machine's, or the port is taken.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        words = getattr(error, "strerror", None) or error
        raise BadSetting(
            f"cannot listen at {address}, port {port} ({words}); choose another"
        ) from error


def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Answer requests until Ctrl-C."""
    config = uvicorn.Config(
        app,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,  # raters' addresses are nobody's business
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=END_SECONDS,
    )
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
