"""A connection for ordinary code: a socket that is waited for here and nowhere else."""

import errno
import math
import os
import select
import socket
import ssl
from typing import Literal

from volt._http11 import Origin
from volt._network import ConnectError, ReadError, WriteError
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
    return any(select.select(readable, writable, [sock], seconds))


class Connection:
    """One connection, without TLS or with it.

    It waits only where it polls, so the system's errors all have a number. An OSError without one
    comes from a signal's handler, and is nobody's business here.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.idle_since = 0.0
        self._sock = sock

    @classmethod
    def open(cls, origin: Origin, context: ssl.SSLContext | None, clock: Clock) -> "Connection":
        """Connect, over TLS if there is a context.

        Raises:
            ConnectError: The name, the connection or TLS failed.
            ConnectTimeout: It took too long.
        """
        _, host, port = origin
        try:
            sock = _connected(host, port, clock)
            if context is not None:
                sock = _encrypted(sock, context, host, clock)
        except OSError as error:
            if error.errno is None:
                raise
            if isinstance(error, TimeoutError):
                raise clock.late("connect") from error
            raise ConnectError(str(error)) from error
        except ValueError as error:
            raise ConnectError("the host has no valid name") from error
        return cls(sock)

    def is_quiet(self) -> bool:
        """Whether the server has neither closed it nor said anything since the last reply."""
        return not self._has_more() and not is_readable(self._sock)

    def write(self, data: bytes, clock: Clock) -> None:
        """Hand on all of it.

        Raises:
            WriteError: It failed before the last byte was handed on.
            WriteTimeout: It took too long; the last byte was not handed on.
        """
        view = memoryview(data)
        while view:
            try:
                view = view[self._sock.send(view) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait("writable", clock, "write")
            except ssl.SSLWantReadError:
                self._wait("readable", clock, "write")
            except OSError as error:
                if error.errno is None:  # it may have come after the last byte
                    raise
                raise WriteError(str(error)) from error

    def read(self, clock: Clock) -> bytes:
        """The next bytes; none at the end of the stream.

        Raises:
            ReadError: The connection broke.
            ReadTimeout: Nothing came in time.
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
                raise ReadError(str(error)) from error

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
    failure = OSError(errno.EADDRNOTAVAIL, "the name has no address")
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for (family, kind, protocol, _, address), seconds in attempts(addresses, clock):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number = sock.connect_ex(address)
            if number in (errno.EINPROGRESS, errno.EWOULDBLOCK):
                came = _wait_until(sock, "writable", seconds)
                number = (
                    sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) if came else errno.ETIMEDOUT
                )
        except BaseException:
            sock.close()
            raise
        if number == 0:
            return sock
        sock.close()
        failure = OSError(number, os.strerror(number))
    raise failure


def _encrypted(
    sock: socket.socket, context: ssl.SSLContext, host: str, clock: Clock
) -> socket.socket:
    try:
        sock = tls = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        _shake_hands(tls, clock)
    except BaseException:
        sock.close()
        raise
    return tls


def _shake_hands(tls: ssl.SSLSocket, clock: Clock) -> None:
    left = clock.countdown("connect")
    event: SocketEvent
    while True:
        try:
            return tls.do_handshake()
        except ssl.SSLWantReadError:
            event = "readable"
        except ssl.SSLWantWriteError:
            event = "writable"
        if not _wait_until(tls, event, left()):
            raise clock.late("connect")
