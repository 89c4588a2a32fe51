"""The connections of our own, for coroutines."""

import asyncio
import os
import ssl
from collections.abc import Mapping
from typing import Any, cast

from volt._asyncio_connection import Connection
from volt._http11 import MAX_REPLY_BYTES, Endpoint, Origin, Reply, ReplyReader
from volt._network import NetworkError
from volt._pool import IDLE_SECONDS, MAX_CONNECTIONS, Clock, Pool, Progress, tls_of


class AsyncConnections:
    """Keeps connections, and sends requests on them, as `Connections` does.

    Each event loop of asyncio has connections of its own.

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
        self._pools: dict[tuple[int, asyncio.AbstractEventLoop, Origin], Pool[Connection]] = {}

    async def send(
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
        exchange = _Exchange(pool, await self._take(pool, endpoint.origin, clock), clock)
        try:
            return await exchange.run(endpoint, body)
        finally:
            exchange.close()

    async def aclose(self) -> None:
        """Close the running loop's idle connections; those in use are closed after their reply."""
        here = os.getpid(), asyncio.get_running_loop()
        for key in list(self._pools):
            if key[:2] == here:
                self._pools.pop(key).close()
        await asyncio.sleep(0)  # asyncio closes the sockets now

    def _pool(self, origin: Origin) -> Pool[Connection]:
        loop = asyncio.get_running_loop()
        here = os.getpid(), loop, origin
        pool = self._pools.get(here)
        if pool is None or pool.closed:
            for key in list(self._pools):
                if key[1].is_closed():  # nobody can use or close them any more
                    self._pools.pop(key, None)
            pool = self._pools[here] = Pool(self._size, self._idle_seconds)
        return pool

    async def _take(self, pool: Pool[Connection], origin: Origin, clock: Clock) -> Connection:
        turn = pool.take(asyncio.get_running_loop().create_future)
        if isinstance(turn, asyncio.Future):
            turn = await _wait_for_turn(pool, turn, clock)
        if turn is not None:
            if pool.is_fresh(turn) and turn.is_quiet():
                return turn
            turn.close()
        try:
            context = tls_of(origin[0], self._context, trust_env=self._trust_env)
            return await Connection.open(origin, context, clock)
        except BaseException:
            pool.give(None)
            raise


async def _wait_for_turn(
    pool: Pool[Connection], waiter: "asyncio.Future[Any]", clock: Clock
) -> Connection | None:
    timer = None
    try:
        seconds = clock.left("pool")
        if seconds is not None:
            timer = asyncio.get_running_loop().call_later(seconds, _expire, waiter)
        return cast("Connection | None", await waiter)
    except BaseException:
        if not pool.leave(waiter) and not waiter.cancelled() and waiter.exception() is None:
            pool.give(waiter.result())
        raise
    finally:
        if timer is not None:
            timer.cancel()


def _expire(waiter: "asyncio.Future[Any]") -> None:
    if not waiter.done():
        waiter.set_exception(Clock.late("pool"))


class _Exchange:
    """A request and its reply, on a connection that is given back when both are done with."""

    def __init__(self, pool: Pool[Connection], connection: Connection, clock: Clock) -> None:
        self._reader = ReplyReader()
        self._pool = pool
        self._connection = connection
        self._clock = clock

    async def run(self, endpoint: Endpoint, body: bytes) -> Reply:
        """Send a request, and read the reply to its end or to the bound.

        While it waits for that, no variable holds the request's head, which has the token.
        """
        clock, progress, reader = self._clock, self._clock.progress, self._reader
        clock.left("write")
        progress.begin()
        progress.complete()
        self._connection.write(*endpoint.request(body), reader)
        try:
            while not reader.done and reader.size <= MAX_REPLY_BYTES:
                await self._connection.wait(clock)
        except NetworkError:
            if reader.status is None:
                raise
            # What came of the body may tell enough.
        return reader.reply(whole=reader.done)

    def close(self) -> None:
        """Give the connection back; it is closed unless all went out and all of the reply came."""
        connection = self._connection
        if connection.rest() and self._reader.reusable:
            self._pool.give(connection)
            return
        connection.close()
        if connection.is_incomplete():
            self._clock.progress.incomplete()
        self._pool.give(None)
