"""The sandbox as a server: uvicorn, on the loopback address only."""

import logging
import signal
import socket
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from volt.sandbox._events import Hub

HOST = "127.0.0.1"  # not an option: the inspection routes show the messages to whoever asks


class _QuietServer(uvicorn.Server):
    """A server that ends without a word about the requests it cuts short."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self.hub = hub

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.hub.close()  # its streams end by themselves never
        await super().shutdown(sockets)


def listen(port: int) -> socket.socket:
    """Open the listening socket; port 0 takes a free one.

    Raises:
        OSError: The port is in use, or not for this user.
    """
    listener = socket.create_server((HOST, port))
    # Inherited by each connection. Without it, the reply's body waits 40 ms for the client to
    # acknowledge the head.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def serve(app: Starlette, listener: socket.socket, *, greeting: str) -> None:
    """Print the greeting, and answer requests until SIGTERM or Ctrl-C."""
    config = uvicorn.Config(
        app,
        access_log=False,
        lifespan="off",
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=1,  # seconds, for a request under way; idle connections get none
        ws="none",
    )
    server = _QuietServer(config, app.state.sandbox.hub)
    # The server takes the signals only while it runs, and raises them again after: whoever reads
    # the greeting may end it sooner, and either way the exit code is 0.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    print(greeting, flush=True)
    server.run(sockets=[listener])
