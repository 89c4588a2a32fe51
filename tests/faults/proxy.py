"""A proxy that fails on purpose: CONNECT tunnels, and plain HTTP forwarded."""

import select
import socket
from collections.abc import Callable
from contextlib import suppress

from tests.faults.server import LONGEST_SECONDS, Exchange, FaultServer


class ProxyExchange(Exchange):
    """One request to the proxy: its head is read, and nothing of it forwarded yet."""

    server: "FaultProxy"

    def read_head(self) -> str:
        """Read the head of the request, and return its method."""
        while b"\r\n\r\n" not in self.received:
            self._receive()
        method = self.received.partition(b" ")[0].decode()
        self.server.methods.append(method)
        return method


ProxyAction = Callable[[ProxyExchange], bool]


def connect_to_origin(exchange: ProxyExchange) -> bool:
    """Be healthy: open the tunnel, or forward the plain request, wherever it wanted to go."""
    method = exchange.read_head()
    with socket.create_connection(("127.0.0.1", exchange.server.origin_port)) as origin:
        if method == "CONNECT":
            exchange.write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
        else:
            origin.sendall(exchange.received)
        _splice(exchange.connection, origin)
    return False


def _splice(one: socket.socket, other: socket.socket) -> None:
    for connection in (one, other):
        connection.settimeout(LONGEST_SECONDS)
    while readable := select.select([one, other], [], [], LONGEST_SECONDS)[0]:
        for connection in readable:
            received = connection.recv(65536)
            if not received:
                return
            (other if connection is one else one).sendall(received)


def refuse_connect(code: int) -> ProxyAction:
    """Answer with a status instead of a tunnel, or instead of forwarding."""

    def act(exchange: ProxyExchange) -> bool:
        exchange.read_head()
        exchange.reply(b"<html></html>", code, {"Content-Type": "text/html"})
        return False

    return act


def drop_before_tunnel(exchange: ProxyExchange) -> bool:
    """Read CONNECT and close."""
    exchange.read_head()
    return False


def drop_in_tunnel(exchange: ProxyExchange) -> bool:
    """Say that the tunnel stands, and close it."""
    exchange.read_head()
    exchange.write(b"HTTP/1.1 200 Connection Established\r\n\r\n")
    return False


def forward_then(code: int) -> ProxyAction:
    """Forward the plain request, wait until the origin has answered, and answer with a status."""

    def act(exchange: ProxyExchange) -> bool:
        exchange.read()
        body = exchange.server.requests[-1].body
        head = b"POST /graphql HTTP/1.1\r\nHost: volt\r\nContent-Length: %d\r\n\r\n" % len(body)
        with socket.create_connection(("127.0.0.1", exchange.server.origin_port)) as origin:
            origin.settimeout(LONGEST_SECONDS)
            origin.sendall(head + body)
            origin.recv(65536)
        exchange.reply(b"<html></html>", code, {"Content-Type": "text/html"})
        return True

    return act


class FaultProxy(FaultServer):
    """A proxy whose actions are those of this module.

    Args:
        script: What becomes of the first requests.
        origin: Where every other one goes, whatever it names.
        otherwise: What becomes of the others, if not that.
    """

    def __init__(
        self,
        *script: ProxyAction,
        origin: FaultServer,
        otherwise: ProxyAction = connect_to_origin,
    ) -> None:
        self.origin_port = origin.port
        self.methods: list[str] = []
        super().__init__(*script, otherwise=otherwise)  # type: ignore[arg-type]

    def _converse(self, connection: socket.socket) -> None:
        with suppress(ConnectionError):
            while self._readable(connection) and self.next_action()(
                ProxyExchange(self, connection)
            ):
                pass
