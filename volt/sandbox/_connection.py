"""The connection under a request, for the faults that break it.

ASGI keeps it from an app, so the sandbox's own server hands it on, as an extension of the scope.
Under another server there is none, and such faults are not to be had.
"""

import socket
import struct
from asyncio import Transport

from starlette.types import Scope

EXTENSION = "volt.sandbox.connection"


class Connection:
    """A way to end the connection that a request came by."""

    def __init__(self, transport: Transport) -> None:
        """Take the connection's transport."""
        self._transport = transport

    def close(self) -> None:
        """End it in order, after what was sent (FIN)."""
        self._transport.close()

    def reset(self) -> None:
        """Break it off at once, as a machine does that fails (RST)."""
        connected: socket.socket = self._transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()


def has_connection(scope: Scope) -> bool:
    """Whether the server of this request lets the app end its connection."""
    return EXTENSION in scope.get("extensions", {})


def connection_of(scope: Scope) -> Connection:
    """The connection of a request whose server has it."""
    connection: Connection = scope["extensions"][EXTENSION]
    return connection
