"""A connection for ordinary code: a socket that is waited for here and nowhere else."""

import math
import select
import socket
import ssl
from typing import Literal

import httpx

from volt._http11 import Origin
from volt._pool import Clock, Step, attempts

_READ_BYTES = 64 * 1024

SocketEvent = Literal["readable", "writable"]


def is_readable(sock: socket.socket) -> bool:
    """Whether the peer sent something, or closed the connection."""
    return _wait_until(sock, "readable", 0)


def _wait_until(sock: socket.socket, event: SocketEvent, seconds: float | None) -> bool:
    if hasattr(select, "poll"):
        poller = select.poll()
        poller.register(sock, select.POLLIN if event == "readable" else select.POLLOUT)
        return bool(poller.poll(None if seconds is None else math.ceil(seconds * 1000)))
    readable, writable = ([sock], []) if event == "readable" else ([], [sock])  # Windows
    return any(select.select(readable, writable, [], seconds))


class Connection:
    """One connection. It never blocks but in `_wait`, so no error of the system's is a timeout."""

    def __init__(self, sock: socket.socket) -> None:
        self.idle_since = 0.0
        self._sock = sock

    @classmethod
    def open(cls, origin: Origin, context: ssl.SSLContext | None, clock: Clock) -> "Connection":
        """Connect, over TLS if there is a context.

        Raises:
            httpx.ConnectError: The name, the connection or TLS failed.
            httpx.ConnectTimeout: It took too long.
        """
        _, host, port = origin
        try:
            sock = _connected(host, port, clock)
            if context is not None:
                sock = _encrypted(sock, context, host, clock)
        except TimeoutError as error:
            raise clock.late("connect") from error
        except (OSError, ValueError) as error:  # ValueError: it is no host's name
            raise httpx.ConnectError(str(error)) from error
        return cls(sock)

    def is_quiet(self) -> bool:
        """Whether the server has neither closed it nor said anything since the last reply."""
        return not self._has_more() and not is_readable(self._sock)

    def write(self, view: memoryview, clock: Clock) -> None:
        """Hand on all of it.

        Raises:
            httpx.WriteError: It failed before the last byte was handed on.
            httpx.WriteTimeout: It took too long; the last byte was not handed on.
        """
        while view:
            try:
                view = view[self._sock.send(view) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait("writable", clock, "write")
            except ssl.SSLWantReadError:
                self._wait("readable", clock, "write")
            except OSError as error:
                if error.errno is None:  # a signal's handler raised it, perhaps after the last byte
                    raise
                raise httpx.WriteError(str(error)) from error

    def read(self, clock: Clock) -> bytes:
        """The next bytes; none at the end of the stream.

        Raises:
            httpx.ReadError: The connection broke.
            httpx.ReadTimeout: Nothing came in time.
        """
        awaited: SocketEvent | None = None if self._has_more() else "readable"
        while True:
            if awaited is not None:
                self._wait(awaited, clock, "read")
            try:
                return self._sock.recv(_READ_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError):
                awaited = "readable"
            except ssl.SSLWantWriteError:
                awaited = "writable"
            except OSError as error:
                if error.errno is None:
                    raise
                raise httpx.ReadError(str(error)) from error

    def close(self) -> None:
        """Close it; what was handed on, the system still delivers."""
        self._sock.close()

    def _has_more(self) -> bool:
        """Whether TLS holds bytes that the socket no longer shows."""
        return isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0

    def _wait(self, event: SocketEvent, clock: Clock, step: Step) -> None:
        if not _wait_until(self._sock, event, clock.left(step)):
            raise clock.late(step)


def _connected(host: str, port: int, clock: Clock) -> socket.socket:
    failure = OSError("the name has no address")
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for (family, kind, protocol, _, address), seconds in attempts(addresses, clock):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(seconds)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure


def _encrypted(
    sock: socket.socket, context: ssl.SSLContext, host: str, clock: Clock
) -> socket.socket:
    try:
        sock.settimeout(clock.left("connect"))
        sock = tls = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        tls.do_handshake()
        tls.setblocking(False)
    except BaseException:
        sock.close()
        raise
    return tls
