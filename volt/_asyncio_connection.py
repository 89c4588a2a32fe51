"""A connection for coroutines, on a transport of asyncio's."""

import asyncio
import errno
import socket
import ssl
from typing import cast

from volt._http11 import Origin, ReplyReader
from volt._loop_end import close_with_loop
from volt._network import ConnectError, NetworkError, ReadError, RemoteProtocolError, WriteError
from volt._pool import Clock, Step, attempts
from volt._socket_connection import is_readable


class Connection(asyncio.Protocol):
    """One connection of one event loop.

    asyncio calls `pause_writing` when it has to keep bytes of a request back (the limits below say
    so), and `resume_writing` when the last of them is handed on. A connection that is aborted in
    between drops the rest, so the server never has the whole request.

    That holds for asyncio's own selector loop. Others, such as uvloop's or the proactor of Windows,
    hand bytes on and say so later, so what they have not said proves nothing.

    Over TLS, these calls are about what TLS has not passed on to the TCP transport below it. That
    one keeps nothing back before TLS does, but for the last part of a request: what becomes of it
    is not known.
    """

    def __init__(self) -> None:
        self.idle_since = 0.0
        self.is_unsent = False
        """Whether bytes of the request are kept back, or were to the end."""
        self._transport: asyncio.Transport
        self._tcp: asyncio.Transport
        """The same, or below it where there is TLS."""
        self._reader: ReplyReader | None = None
        self._waiter: asyncio.Future[Step | None] | None = None
        self._failure: NetworkError | None = None
        self._refused = False
        self._is_selector = False

    @classmethod
    async def open(
        cls, origin: Origin, context: ssl.SSLContext | None, clock: Clock
    ) -> "Connection":
        """Connect, over TLS if there is a context.

        Raises:
            ConnectError: The name, the connection or TLS failed.
            ConnectTimeout: It took too long.
        """
        _, host, port = origin
        try:
            sock = await _connected(host, port, clock)
            try:
                async with asyncio.timeout(clock.left("connect")):
                    loop = asyncio.get_running_loop()
                    _, connection = await loop.create_connection(cls, sock=sock)
                    if context is not None:
                        await connection.encrypt(context, host)
            except BaseException:
                sock.close()
                raise
        except TimeoutError as error:
            raise clock.late("connect") from error
        except (OSError, ValueError) as error:  # ValueError: it is no host's name
            raise ConnectError(str(error)) from error
        if connection.is_closing():
            raise ConnectError("the server closed the connection at once")
        close_with_loop(connection)
        return connection

    async def encrypt(self, context: ssl.SSLContext, host: str) -> None:
        """Go on over TLS."""
        tls = await asyncio.get_running_loop().start_tls(
            self._tcp, self, context, server_hostname=host
        )
        self._transport = cast("asyncio.Transport", tls)
        self._transport.set_write_buffer_limits(high=1, low=0)  # here, reaching it is enough
        if (
            self._transport.get_extra_info("ssl_object") is None
        ):  # asyncio may not say that it failed
            raise ConnectionResetError(
                errno.ECONNRESET, "closed by the server during the handshake"
            )

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._tcp.is_closing() or self._transport.is_closing()

    def is_quiet(self) -> bool:
        """Whether the server has neither closed it nor said anything since the last reply."""
        return not self.is_closing() and not is_readable(self._tcp.get_extra_info("socket"))

    def write(self, first: bytes, last: bytes, reader: ReplyReader) -> None:
        """Hand on a request, in its two parts; its reply goes to the reader."""
        self._reader = reader
        if first:
            self._transport.write(first)
        self._transport.write(last)
        self._refused = self._tcp.is_closing()

    async def wait(self, clock: Clock) -> None:
        """Wait until something happens: bytes came, or the last of ours went.

        Raises:
            NetworkError: The connection broke, or nothing happened in time.
        """
        if self._failure is not None:
            raise self._failure
        loop = asyncio.get_running_loop()
        step: Step = "write" if self.is_unsent else "read"
        seconds = clock.left(step)
        timer = None if seconds is None else loop.call_later(seconds, self._wake, step)
        self._waiter = loop.create_future()
        try:
            late = await self._waiter
        finally:
            self._waiter = None
            if timer is not None:
                timer.cancel()
        if late is not None:
            raise clock.late(late)

    def rest(self) -> bool:
        """Be idle after a whole reply; False if there is nothing to use again."""
        self._reader = None
        return not self.is_unsent and not self.is_closing()

    def close(self) -> None:
        """Close it at once; what asyncio has kept back is dropped."""
        self._transport.abort()

    async def aclose(self) -> None:
        """Do the same, and let asyncio close the socket."""
        self.close()
        await asyncio.sleep(0)

    def is_incomplete(self) -> bool:
        """Whether, now that it is closed, the server certainly never has the whole request."""
        return self.is_unsent and self._is_selector

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the calls that the evidence rests on."""
        self._transport = self._tcp = cast("asyncio.Transport", transport)
        self._tcp.set_write_buffer_limits(high=0)
        self._is_selector = isinstance(asyncio.get_running_loop(), asyncio.SelectorEventLoop)

    def pause_writing(self) -> None:
        """Bytes are kept back."""
        self.is_unsent = True

    def resume_writing(self) -> None:
        """None are kept back any more."""
        self.is_unsent = False
        self._wake()

    def data_received(self, data: bytes) -> None:
        """Read on, unless nothing was asked."""
        if self._reader is None or self._reader.done:
            self._transport.abort()
            return
        self._feed(self._reader, data)

    def eof_received(self) -> None:
        """Go no further: asyncio would still send what it has kept back."""
        self._end()
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say why the reply will not come."""
        if exc is not None and getattr(exc, "errno", None) is None:
            self.is_unsent = False  # a signal's handler raised it, perhaps after the last byte
        elif self._refused:
            self.is_unsent = True  # a write failed at once, so it was not taken, nor a later one
        if exc is None:
            self._end()
        elif self._failure is None:
            self._failure = (WriteError if self.is_unsent else ReadError)(str(exc))
        self._wake()

    def _end(self) -> None:
        if self._failure is None and self._reader is not None and not self._reader.done:
            self._feed(self._reader, b"")

    def _feed(self, reader: ReplyReader, data: bytes) -> None:
        try:
            reader.feed(data)
        except RemoteProtocolError as error:
            self._failure = error
        self._wake()

    def _wake(self, late: Step | None = None) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(late)


async def _connected(host: str, port: int, clock: Clock) -> socket.socket:
    loop = asyncio.get_running_loop()
    failure = OSError(errno.EADDRNOTAVAIL, "the name has no address")
    async with asyncio.timeout(clock.left("connect")):
        addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for (family, kind, protocol, _, address), seconds in attempts(addresses, clock):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            async with asyncio.timeout(seconds):
                await loop.sock_connect(sock, address)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure
