"""A transport for coroutines: for httpx, and shorter for who needs nothing of httpx's."""

import asyncio
import logging
import os
import ssl
import threading
from collections.abc import AsyncIterator, Mapping
from typing import Any, cast

import httpx

from volt._asyncio_connection import Connection
from volt._http11 import MAX_REPLY_BYTES, Endpoint, Origin, Reply, ReplyReader
from volt._pool import IDLE_SECONDS, MAX_CONNECTIONS, Clock, Pool, Progress, Step, ssl_context

_logger = logging.getLogger("volt")


class AsyncConnectionTransport(httpx.AsyncBaseTransport):
    """Keeps connections, and sends requests on them, as `ConnectionTransport` does.

    Each event loop has connections of its own. In one that is not asyncio's, such as trio's,
    httpx's own transport sends the requests.

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
        self._pools: dict[tuple[int, asyncio.AbstractEventLoop, Origin], Pool[Connection]] = {}
        self._stock: dict[tuple[int, int], httpx.AsyncHTTPTransport] = {}

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
            httpx.TransportError: There is no reply, not even its head; `progress` knows how far
                the request got.
        """
        exchange = await self._begin(endpoint, body, Clock(timeouts, progress))
        try:
            return await exchange.read_reply()
        finally:
            exchange.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request of httpx; its response reads the body."""
        body = await request.aread()
        if not _is_asyncio_running():
            return await self._send_by_stock(request)
        endpoint = Endpoint(request.method, request.url, request.headers.raw)
        exchange = await self._begin(endpoint, body, Clock.of(request))
        reader = exchange.reader
        return httpx.Response(
            cast("int", reader.status),
            headers=reader.headers,
            stream=exchange,
            extensions={"http_version": reader.version, "reason_phrase": reader.reason},
        )

    async def aclose(self) -> None:
        """Close the running loop's idle connections; those in use are closed after their reply."""
        if not _is_asyncio_running():
            stock = self._stock.pop((os.getpid(), threading.get_ident()), None)
            if stock is not None:
                await stock.aclose()
            return
        here = os.getpid(), asyncio.get_running_loop()
        for key in list(self._pools):
            if key[:2] == here:
                self._pools.pop(key).close()
        await asyncio.sleep(0)  # asyncio closes the sockets now

    async def _begin(self, endpoint: Endpoint, body: bytes, clock: Clock) -> "_Exchange":
        """Send a request, and read the reply as far as its head."""
        pool = self._pool(endpoint.origin)
        connection = await self._take(pool, endpoint.origin, clock)
        exchange = _Exchange(pool, connection, endpoint, clock)
        try:
            await exchange.begin(*endpoint.request(body))
        except BaseException:
            exchange.close()
            raise
        return exchange

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
            tls = origin[0] == "https"
            context = ssl_context(self._verify, trust_env=self._trust_env) if tls else None
            return await Connection.open(origin, context, clock)
        except BaseException:
            pool.give(None)
            raise

    async def _send_by_stock(self, request: httpx.Request) -> httpx.Response:
        """Let httpx's own transport send; it runs on trio, and reports less."""
        clock = Clock.of(request)

        async def trace(event: str, _: object) -> None:
            if event.endswith("send_request_headers.started"):
                clock.progress.begin()
                clock.progress.complete()  # it does not say what is certain to be incomplete

        here = os.getpid(), threading.get_ident()  # trio's connections outlive a run
        stock = self._stock.get(here)
        if stock is None:
            _logger.debug("no asyncio event loop is running: httpx's own transport is used")
            context = ssl_context(self._verify, trust_env=self._trust_env)
            limits = httpx.Limits(max_connections=self._size, keepalive_expiry=self._idle_seconds)
            stock = self._stock[here] = httpx.AsyncHTTPTransport(verify=context, limits=limits)
        steps: tuple[Step, ...] = ("connect", "read", "write", "pool")
        timeout = {step: clock.left(step) for step in steps}
        request.extensions = {**request.extensions, "timeout": timeout, "trace": trace}
        return await stock.handle_async_request(request)


def _is_asyncio_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


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


class _Exchange(httpx.AsyncByteStream):
    """A request and its reply, on a connection that is given back when both are done with."""

    def __init__(
        self, pool: Pool[Connection], connection: Connection, endpoint: Endpoint, clock: Clock
    ) -> None:
        self.reader = ReplyReader(endpoint)
        self._pool = pool
        self._connection = connection
        self._clock = clock
        self._closed = False

    async def begin(self, first: bytes, last: bytes) -> None:
        """Send the request, and read the reply as far as its head."""
        clock, progress = self._clock, self._clock.progress
        clock.left("write")
        progress.begin()
        progress.complete()
        self._connection.write(first, last, self.reader)
        while self.reader.status is None:
            await self._read_on()

    async def _read_on(self) -> None:
        if self._closed:
            raise httpx.StreamClosed
        await self._connection.wait(self._clock)

    async def read_reply(self) -> Reply:
        """Read the body, to its end or to the bound."""
        reader = self.reader
        try:
            while not reader.done and reader.unread <= MAX_REPLY_BYTES:
                await self._read_on()
        except httpx.TransportError:
            pass  # what came of it may tell enough
        return reader.reply(whole=reader.done)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body, as it comes."""
        try:
            while not self.reader.done:
                if piece := self.reader.read():
                    yield piece
                else:
                    await self._read_on()
            yield self.reader.read()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection back; it is closed unless all went out and all of the reply came."""
        if self._closed:
            return
        self._closed = True
        connection = self._connection
        if connection.rest() and self.reader.reusable:
            self._pool.give(connection)
            return
        connection.close()
        if connection.is_incomplete():
            self._clock.progress.incomplete()
        self._pool.give(None)

    async def aclose(self) -> None:
        """Do the same for httpx."""
        self.close()
