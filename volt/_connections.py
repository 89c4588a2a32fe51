"""The connections of our own, for ordinary code."""

import os
import ssl
from collections.abc import Mapping
from concurrent.futures import Future, wait

from volt._http11 import MAX_REPLY_BYTES, Endpoint, Origin, Reply, ReplyReader
from volt._network import NetworkError, UnusableSettingsError, WriteError, WriteTimeout
from volt._pool import (
    IDLE_SECONDS,
    MAX_CONNECTIONS,
    Clock,
    Pool,
    Progress,
    tls_of,
)
from volt._socket_connection import Connection

_Waiter = Future[Connection | None]


class Connections:
    """Keeps connections, and sends requests on them; any number of threads may use it.

    Each process has connections of its own: a child never uses or closes its parent's. A request
    goes out on a connection only if it was used less than `idle_seconds` ago and the server has
    not closed it, else on a new one. HTTP/1.1, without proxies.

    Args:
        context: The TLS settings; None: those of httpx.
        trust_env: Whether `SSL_CERT_FILE` and `SSL_CERT_DIR` count, as they do for httpx.
        max_connections: To one origin; further requests wait for their turn.
        idle_seconds: How long a connection may be idle before it is not used again.
    """

    def __init__(
        self,
        *,
        context: ssl.SSLContext | None = None,
        trust_env: bool = True,
        max_connections: int = MAX_CONNECTIONS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._context = context
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
            NetworkError: There is no reply, not even its head; `progress` knows how far
                the request got.
            UnusableSettingsError: The environment's CA file cannot be used.
        """
        clock, pool = Clock(timeouts, progress), self._pool(endpoint.origin)
        exchange = None
        try:
            exchange = _Exchange(pool, self._take(pool, endpoint.origin, clock), clock)
            return exchange.run(endpoint, body)
        except BaseException as error:
            if exchange is None and not isinstance(error, NetworkError | UnusableSettingsError):
                pool.close()  # interrupted: nobody knows who has the turn
            raise
        finally:
            if exchange is not None:
                exchange.close()

    def close(self) -> None:
        """Close this process's idle connections; those in use are closed after their reply."""
        for process, origin in list(self._pools):
            if process == os.getpid():
                self._pools.pop((process, origin)).close()

    def _pool(self, origin: Origin) -> Pool[Connection]:
        here = os.getpid(), origin
        pool = self._pools.get(here)
        if pool is None or pool.closed:
            if pool is not None:
                self._pools.pop(here, None)
            pool = self._pools.setdefault(here, Pool(self._size, self._idle_seconds))
        return pool

    def _take(self, pool: Pool[Connection], origin: Origin, clock: Clock) -> Connection:
        turn = pool.take(_Waiter)
        if isinstance(turn, Future):
            turn = _wait_for_turn(pool, turn, clock)
        if turn is not None:
            if pool.is_fresh(turn) and turn.is_quiet():
                return turn
            turn.close()
        try:
            context = tls_of(origin[0], self._context, trust_env=self._trust_env)
            return Connection.open(origin, context, clock)
        except BaseException:
            pool.give(None)
            raise


def _wait_for_turn(pool: Pool[Connection], waiter: _Waiter, clock: Clock) -> Connection | None:
    try:
        if wait([waiter], clock.left("pool")).done or not pool.leave(waiter):
            return waiter.result()
    except BaseException:
        if not pool.leave(waiter):
            pool.give(waiter.result())
        raise
    raise clock.late("pool")


class _Exchange:
    """A request and its reply, on a connection that is given back when both are done with."""

    def __init__(self, pool: Pool[Connection], connection: Connection, clock: Clock) -> None:
        self._reader = ReplyReader()
        self._pool = pool
        self._connection = connection
        self._clock = clock
        self._sent = False

    def run(self, endpoint: Endpoint, body: bytes) -> Reply:
        """Send a request, and read the reply to its end or to the bound.

        While it waits for that, no variable holds the request's head, which has the token.
        """
        failure, reader = None, self._reader
        try:
            self._write(*endpoint.request(body))
        except WriteError as error:
            failure = error
        try:
            while not reader.done and reader.size <= MAX_REPLY_BYTES:
                reader.feed(self._connection.read(self._clock))
        except NetworkError as error:
            # After a write that failed, worth a try: some servers answer before they have read all.
            # Of a body that breaks off, what came may tell enough.
            if reader.status is None:
                raise failure or error  # noqa: B904 - what it came from says less
        return reader.reply(whole=reader.done)

    def _write(self, first: bytes, last: bytes) -> None:
        clock, progress = self._clock, self._clock.progress
        clock.left("write")
        progress.begin()
        self._connection.write(first, clock)
        progress.complete()
        try:
            self._connection.write(last, clock)
        except (WriteError, WriteTimeout):
            progress.incomplete()
            raise
        self._sent = True

    def close(self) -> None:
        """Give the connection back; it is closed unless all of the reply was read."""
        try:
            if self._sent and self._reader.reusable:
                self._pool.give(self._connection)
            else:
                self._connection.close()
                self._pool.give(None)
        except BaseException:  # interrupted: nobody knows who has the turn
            self._pool.close()
            self._connection.close()
            raise
