"""Both clients over several transports, and what each call of them learned."""

import asyncio
import os
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import httpx

from tests.conftest import THEIRS, Caller
from tests.faults.server import FaultServer
from volt import AsyncVolt, DeliveryUnknownError, Volt, VoltError
from volt.errors import Attempt

#: A call: the method's name, its arguments by position and by name, and the client's options.
Call = tuple[str, Sequence[Any], Mapping[str, Any], Mapping[str, Any]]
HttpClient = httpx.Client | httpx.AsyncClient


def send(text: str, to: str = THEIRS, **options: Any) -> Call:
    """Send a text, perhaps `with_options`."""
    return "send", (to, text), {}, options


def get_message(**options: Any) -> Call:
    """Ask a query."""
    return "get_message", (), {"id": "m1"}, options


@dataclass(frozen=True)
class Learned:
    """What a call told its caller."""

    result: Any = None
    error: VoltError | None = None
    text: str = ""
    """The text, if one was to be sent."""

    @property
    def outcome(self) -> Literal["accepted", "not sent", "unknown"]:
        """Which of the three."""
        if self.error is None:
            return "accepted"
        return "unknown" if isinstance(self.error, DeliveryUnknownError) else "not sent"

    @property
    def attempts(self) -> Sequence[Attempt]:
        """The requests of the call."""
        attempts: Sequence[Attempt] = (self.error or self.result).attempts
        return attempts

    def __str__(self) -> str:
        return f"{self.outcome}: {self.error!r}" if self.error else self.outcome


def assert_honest(server: FaultServer, learned: Sequence[Learned]) -> None:
    """What no race may change: nobody is texted twice, and nobody is told what is not so.

    Two sends of one text count as two.
    """
    for text in {one.text for one in learned}:
        told = [one.outcome for one in learned if one.text == text]
        accepted, unknown = told.count("accepted"), told.count("unknown")
        executed = server.volt.executed.count(text)
        assert accepted <= executed <= accepted + unknown, [str(one) for one in learned]


class Phaseless(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A user's own transport: it works, and reports nothing of what it does."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions.pop("trace", None)
        response: httpx.Response = self.inner.handle_request(request)
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions.pop("trace", None)
        response: httpx.Response = await self.inner.handle_async_request(request)
        return response

    def close(self) -> None:
        self.inner.close()

    async def aclose(self) -> None:
        await self.inner.aclose()


class Liar(Phaseless):
    """One that calls every failure a failure to connect, as two on PyPI were seen to do."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return super().handle_request(request)
        except httpx.TransportError as error:
            raise httpx.ConnectError("could not connect") from error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            return await super().handle_async_request(request)
        except httpx.TransportError as error:
            raise httpx.ConnectError("could not connect") from error


@cache
def _tls(_: str | None) -> ssl.SSLContext:
    """One for each environment: to make it takes longer than most tests."""
    return httpx.create_ssl_context()


#: The http_client= of each kind of transport; the default has none.
TRANSPORTS: dict[str, Callable[[Caller], HttpClient | None]] = {
    "default": lambda caller: None,
    "stock": lambda caller: caller.httpx_client(verify=_tls(os.environ.get("SSL_CERT_FILE"))),
    "phaseless": lambda caller: caller.httpx_client(transport=Phaseless(stock(caller))),
    "liar": lambda caller: caller.httpx_client(transport=Liar(stock(caller))),
}


def stock(caller: Caller) -> Any:
    """A transport of httpx's own."""
    make = httpx.HTTPTransport if caller.kind == "sync" else httpx.AsyncHTTPTransport
    return make(verify=_tls(os.environ.get("SSL_CERT_FILE")))


def run(
    caller: Caller,
    calls: Sequence[Call],
    *,
    http_client: HttpClient | None = None,
    at_once: int = 1,
    stagger_seconds: float = 0.0,
    pause_seconds: float = 0.0,
    **options: Any,
) -> list[Learned]:
    """Make calls on one client, and say what each learned.

    Args:
        caller: Which client.
        calls: What to call, in this order.
        http_client: The user's own httpx client; closed at the end.
        at_once: How many are under way at the same time.
        stagger_seconds: How much later each begins than the one before it.
        pause_seconds: How long to do nothing after each, with the client still open.
        options: The client's options.
    """
    given = {} if http_client is None else {"http_client": http_client}
    client = caller.make(**given, **options)
    times = (at_once, stagger_seconds, pause_seconds)
    if isinstance(client, Volt):
        return _run_sync(client, calls, http_client, *times)
    return asyncio.run(_run_async(client, calls, http_client, *times))


def _run_sync(
    client: Volt,
    calls: Sequence[Call],
    http_client: Any,
    at_once: int,
    stagger: float,
    pause: float,
) -> list[Learned]:
    def one(place: int, call: Call) -> Learned:
        method, args, kwargs, changes = call
        target = client.with_options(**changes) if changes else client
        text = args[1] if method == "send" else ""
        time.sleep(place * stagger)
        try:
            return Learned(getattr(target, method)(*args, **kwargs), text=text)
        except VoltError as error:
            return Learned(error=error, text=text)
        finally:
            time.sleep(pause)

    with ExitStack() as stack:
        if http_client is not None:
            stack.enter_context(http_client)
        stack.enter_context(client)
        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(one, range(len(calls)), calls))


async def _run_async(
    client: AsyncVolt,
    calls: Sequence[Call],
    http_client: Any,
    at_once: int,
    stagger: float,
    pause: float,
) -> list[Learned]:
    free = asyncio.Semaphore(at_once)

    async def one(place: int, call: Call) -> Learned:
        method, args, kwargs, changes = call
        target = client.with_options(**changes) if changes else client
        text = args[1] if method == "send" else ""
        async with free:
            await asyncio.sleep(place * stagger)
            try:
                return Learned(await getattr(target, method)(*args, **kwargs), text=text)
            except VoltError as error:
                return Learned(error=error, text=text)
            finally:
                await asyncio.sleep(pause)

    async with AsyncExitStack() as stack:
        if http_client is not None:
            await stack.enter_async_context(http_client)
        await stack.enter_async_context(client)
        return list(await asyncio.gather(*map(one, range(len(calls)), calls)))
