"""The sandbox as a server: uvicorn, whose connections and whose door the chaos can close."""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from typing import Any, cast

import uvicorn
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from volt.sandbox._connection import EXTENSION, Connection
from volt.sandbox._sandbox import Sandbox

HOST = "127.0.0.1"


class _Protocol(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it; each request brings its connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        connection = cast(asyncio.Transport, transport)
        super().connection_made(connection)
        app: Any = self.app

        async def with_connection(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[EXTENSION] = Connection(connection)
            await app(scope, receive, send)

        self.app = with_connection


class Server(uvicorn.Server):
    """A server that ends without a word about the requests it cuts short.

    Its door can be closed for a while: then a connection is refused, as if nothing listened.
    """

    def __init__(self, app: Starlette, listener: socket.socket) -> None:
        """Serve this app on this socket."""
        config = uvicorn.Config(
            app,
            http=_Protocol,
            access_log=False,
            lifespan="on",
            log_config=None,
            log_level="warning",
            # Also where uvloop is installed: that takes one new connection between two rounds of
            # requests, so that of 200 clients who came at once, 50 were not heard for a minute.
            loop="asyncio",
            proxy_headers=False,
            timeout_graceful_shutdown=1,  # seconds, for a request under way; idle ones get none
            ws="none",
        )
        super().__init__(config)
        self._sandbox: Sandbox = app.state.sandbox
        self._sandbox.door = self
        self._listener = listener
        self._address: tuple[str, int] = listener.getsockname()[:2]
        self._reopening: asyncio.Task[None] | None = None

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer requests until SIGTERM or Ctrl-C, or until `should_exit` is set."""
        super().run(sockets=sockets or [self._listener])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End every stream, which would not end by itself, then everything else."""
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self.keep_closed()
        self._sandbox.hub.close()
        await super().shutdown(sockets)

    def refuse(self, seconds: float) -> None:
        """Close the door, also to whoever kept a connection for later, and open it again."""
        self.keep_closed()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()  # after the answer under way, if there is one
        self._sandbox.hub.close()  # a stream is one that would never end
        self._reopening = asyncio.create_task(self._reopen(seconds))

    def keep_closed(self) -> None:
        """Do not open the door again by itself."""
        if self._reopening:
            self._reopening.cancel()

    async def _reopen(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        while True:
            try:
                listener = listen(*self._address)
            except OSError:  # the port is another program's by now
                await asyncio.sleep(0.5)
            else:
                break
        loop = asyncio.get_running_loop()
        self.servers = [await loop.create_server(self._protocol, sock=listener)]
        self._sandbox.hub.publish("chaos")

    def _protocol(self) -> _Protocol:
        return _Protocol(
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; port 0 takes a free one.

    Raises:
        OSError: The address is not of this machine; the port is in use, or not for this user.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family)
    # Inherited by each connection. Without it, the reply's body waits 40 ms for the client to
    # acknowledge the head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(app: Starlette, listener: socket.socket, *, greet: Callable[[], None]) -> None:
    """Greet, and answer requests until SIGTERM or Ctrl-C."""
    server = Server(app, listener)
    # The server takes the signals only while it runs, and raises them again after: whoever reads
    # the greeting may end it sooner, and either way the exit code is 0.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    greet()
    server.run()
