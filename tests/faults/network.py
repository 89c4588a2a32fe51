"""Faults before the server: what the machine's own network says to the client."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.faults.server import Exchange, FaultServer

#: Resolves to the server, unless the script says that it shall not.
HOST = "volt.localhost"


def refuse(exchange: Exchange) -> bool:
    """The next connection is refused. Over one that stands already, nothing of it is felt."""
    return exchange.server.next_action()(exchange)


def fail_to_resolve(exchange: Exchange) -> bool:
    """The server's name is not found, when next asked for."""
    return exchange.server.next_action()(exchange)


@contextmanager
def network_of(server: FaultServer) -> Iterator[str]:
    """Let the script decide on connections and names too; yields the URL to use for it."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    resolve = socket.getaddrinfo

    def is_refused(address: Any) -> bool:
        return isinstance(address, tuple) and address[1] == server.port and server.takes(refuse)

    def scripted_connect(self: socket.socket, address: Any) -> None:
        if is_refused(address):
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        connect(self, address)

    def scripted_connect_ex(self: socket.socket, address: Any) -> int:
        return errno.ECONNREFUSED if is_refused(address) else connect_ex(self, address)

    def scripted_resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in (HOST, HOST.encode()):
            return resolve(host, port, *args, **kwargs)
        if server.takes(fail_to_resolve):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return resolve("127.0.0.1", port, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", scripted_connect)
        patch.setattr(socket.socket, "connect_ex", scripted_connect_ex)
        patch.setattr(socket, "getaddrinfo", scripted_resolve)
        yield server.url.replace("127.0.0.1", HOST)


def unused_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
    return port


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port whose queue is full: a connection to it neither stands nor fails."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port: int = listener.getsockname()[1]
        waiting = []
        try:
            for _ in range(4):
                one = socket.socket()
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
                waiting.append(one)
            yield port
        finally:
            for one in waiting:
                one.close()
