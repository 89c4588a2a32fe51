"""A transport for ordinary code: for httpx, and shorter for who needs nothing of httpx's."""

import os
import ssl
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, wait
from typing import cast

import httpx

from volt._http11 import MAX_REPLY_BYTES, Endpoint, Origin, Reply, ReplyReader
from volt._pool import (
    IDLE_SECONDS,
    MAX_CONNECTIONS,
    Clock,
    Pool,
    Progress,
    ssl_context,
)
from volt._socket_connection import Connection


class ConnectionTransport(httpx.BaseTransport):
    """Keeps connections, and sends requests on them; any number of threads may use it.

    Each process has connections of its own: a child never uses or closes its parent's. A request
    goes out on a connection only if it was used less than `idle_seconds` ago and the server has
    not closed it, else on a new one. HTTP/1.1, without proxies.

    Under an `httpx.Client`, a request's `extensions={"volt.progress": …}` is its `Progress`. The
    body of a request is read into memory before anything is sent.

    Args:
        verify: The TLS settings; True checks the server's certificate, False does not.
        trust_env: Whether `SSL_CERT_FILE` and `SSL_CERT_DIR` count, as they do for httpx.
        max_connections: To one origin; further requests wait for their turn.
        idle_seconds: How long a connection may be idle before it is not used again.
    """

    def __init__(
        self,
        *,
        verify: ssl.SSLContext | bool = True,
        trust_env: bool = True,
        max_connections: int = MAX_CONNECTIONS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._verify = verify
        self._trust_env = trust_env
        self._size = max_connections
        self._idle_seconds = idle_seconds
        self._pools: dict[tuple[int, Origin], Pool[Connection]] = {}

    def send(
        self,
        endpoint: Endpoint,
        body: bytes,
        progress: Progress,
        timeouts: Mapping[str, float | None],
    ) -> Reply:
        """Send a request and read the reply, at most `MAX_REPLY_BYTES` of its body.

        Args:
            endpoint: Where to, with the head.
            body: The body.
            progress: Is told what is handed on, and knows the deadline.
            timeouts: Seconds for `connect`, `read`, `write` and `pool`.

        Returns:
            The reply; not `whole` if the body broke off, came too late or was too long.

        Raises:
            httpx.TransportError: There is no reply, not even its head; `progress` knows how far
                the request got.
        """
        exchange = self._begin(endpoint, body, Clock(timeouts, progress))
        try:
            return exchange.read_reply()
        finally:
            exchange.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of httpx; its response reads the body."""
        body = request.read()
        endpoint = Endpoint(request.method, request.url, request.headers.raw)
        exchange = self._begin(endpoint, body, Clock.of(request))
        reader = exchange.reader
        return httpx.Response(
            cast("int", reader.status),
            headers=reader.headers,
            stream=exchange,
            extensions={"http_version": reader.version, "reason_phrase": reader.reason},
        )

    def close(self) -> None:
        """Close this process's idle connections; those in use are closed after their reply."""
        for process, origin in list(self._pools):
            if process == os.getpid():
                self._pools.pop((process, origin)).close()

    def _begin(self, endpoint: Endpoint, body: bytes, clock: Clock) -> "_Exchange":
        """Send a request, and read the reply as far as its head."""
        pool = self._pool(endpoint.origin)
        exchange = None
        try:
            exchange = _Exchange(pool, self._take(pool, endpoint.origin, clock), endpoint, clock)
            exchange.begin(*endpoint.request(body))
        except BaseException as error:
            if exchange is not None:
                exchange.close()
            elif not isinstance(error, httpx.TransportError):
                pool.close()  # interrupted: nobody knows who has the turn
            raise
        return exchange

    def _pool(self, origin: Origin) -> Pool[Connection]:
        here = os.getpid(), origin
        pool = self._pools.get(here)
        if pool is None or pool.closed:
            if pool is not None:
                self._pools.pop(here, None)
            pool = self._pools.setdefault(here, Pool(self._size, self._idle_seconds))
        return pool

    def _take(self, pool: Pool[Connection], origin: Origin, clock: Clock) -> Connection:
        turn = pool.take(Future[Connection | None])
        if isinstance(turn, Future):
            turn = _wait_for_turn(pool, turn, clock)
        if turn is not None:
            if pool.is_fresh(turn) and turn.is_quiet():
                return turn
            turn.close()
        try:
            tls = origin[0] == "https"
            context = ssl_context(self._verify, trust_env=self._trust_env) if tls else None
            return Connection.open(origin, context, clock)
        except BaseException:
            pool.give(None)
            raise


def _wait_for_turn(
    pool: Pool[Connection], waiter: Future[Connection | None], clock: Clock
) -> Connection | None:
    try:
        if wait([waiter], clock.left("pool")).done or not pool.leave(waiter):
            return waiter.result()
    except BaseException:
        if not pool.leave(waiter):
            pool.give(waiter.result())
        raise
    raise clock.late("pool")


class _Exchange(httpx.SyncByteStream):
    """A request and its reply, on a connection that is given back when both are done with."""

    def __init__(
        self, pool: Pool[Connection], connection: Connection, endpoint: Endpoint, clock: Clock
    ) -> None:
        self.reader = ReplyReader(endpoint)
        self._pool = pool
        self._connection = connection
        self._clock = clock
        self._sent = False
        self._closed = False

    def begin(self, first: bytes, last: bytes) -> None:
        """Send the request, and read the reply as far as its head."""
        failure = None
        try:
            self._write(first, last)
        except httpx.WriteError as error:
            failure = error
        try:
            while self.reader.status is None:
                self._read_on()
        except httpx.TransportError:
            # Worth a try: some servers answer before they have read all, and close.
            if failure is not None:
                raise failure from failure.__cause__
            raise

    def _write(self, first: bytes, last: bytes) -> None:
        clock, progress = self._clock, self._clock.progress
        clock.left("write")
        progress.begin()
        self._connection.write(first, clock)
        progress.complete()
        try:
            self._connection.write(last, clock)
        except (httpx.WriteError, httpx.WriteTimeout):
            progress.incomplete()
            raise
        self._sent = True

    def _read_on(self) -> None:
        if self._closed:
            raise httpx.StreamClosed
        self.reader.feed(self._connection.read(self._clock))

    def read_reply(self) -> Reply:
        """Read the body, to its end or to the bound."""
        reader = self.reader
        try:
            while not reader.done and reader.unread <= MAX_REPLY_BYTES:
                self._read_on()
        except httpx.TransportError:
            pass  # what came of it may tell enough
        return reader.reply(whole=reader.done)

    def __iter__(self) -> Iterator[bytes]:
        """The body, as it comes."""
        try:
            while not self.reader.done:
                if piece := self.reader.read():
                    yield piece
                self._read_on()
            yield self.reader.read()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back; it is closed unless all of the reply was read."""
        if self._closed:
            return
        self._closed = True
        try:
            if self._sent and self.reader.reusable:
                self._pool.give(self._connection)
            else:
                self._connection.close()
                self._pool.give(None)
        except BaseException:  # interrupted: nobody knows who has the turn
            self._pool.close()
            self._connection.close()
            raise
