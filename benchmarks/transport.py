"""What does a request cost the client, over our connections and over others?

    python -m benchmarks.transport

Counts the CPU time (user and system) of this process for each request, against a server of fixed
answers in another process, kept on another core where there is one. Every way takes its turn in
every round, and the median of the rounds counts. Rates are not told: they swing with the machine.
"""

import argparse
import asyncio
import math
import os
import platform
import socket
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AsyncExitStack,
    ExitStack,
    aclosing,
    asynccontextmanager,
    closing,
    contextmanager,
)
from importlib.metadata import version
from itertools import product

import httpx

from benchmarks.answerer import answering, opened
from benchmarks.cores import cores, pinned
from volt._async_connections import AsyncConnections
from volt._connections import Connections
from volt._http11 import Endpoint

REQUEST = b'{"query":"%b","variables":{"to":"+15555550145"}}' % (b"mutation createMessage " * 15)
HEADERS = {
    "Authorization": "Bearer sandbox",
    "Content-Type": "application/json",
    "Accept": "application/json",
}
IN_FLIGHT = (1, 16, 64)
SLOW_SECONDS = 0.05

Sync = Callable[[], object]
Async = Callable[[], Awaitable[object]]


@contextmanager
def servers() -> Iterator[tuple[str, str]]:
    """One that answers at once and one that takes a while; yields their URLs."""
    client_core, core = cores()
    with (
        answering(core=core) as fast,
        answering(SLOW_SECONDS, core=core) as slow,
        pinned(client_core),
    ):
        yield f"{fast['http']}/graphql", f"{slow['http']}/graphql"


class Progress:
    """As a call has one: it knows the deadline, and notes nothing."""

    def __init__(self) -> None:
        self._ends = time.monotonic() + 25

    def begin(self) -> None:
        """Note nothing."""

    def complete(self) -> None:
        """Note nothing."""

    def incomplete(self) -> None:
        """Note nothing."""

    def seconds_left(self) -> float:
        """Until the deadline."""
        return self._ends - time.monotonic()


@contextmanager
def sync_ways(url: str) -> Iterator[dict[str, Sync]]:
    """Each way to send a request."""
    endpoint, headers = Endpoint(url, HEADERS), httpx.Headers(HEADERS)
    with ExitStack() as stack:
        raw = stack.enter_context(socket.create_connection(endpoint.origin[1:]))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ours = stack.enter_context(closing(Connections()))
        stock = stack.enter_context(httpx.Client())

        def floor() -> bytes:
            raw.sendall(b"".join(endpoint.request(REQUEST)))
            return raw.recv(65536)

        yield {
            "a raw socket": floor,
            "our connections": lambda: ours.send(endpoint, REQUEST, Progress(), {"connect": 5.0}),
            "httpx": lambda: stock.post(url, content=REQUEST, headers=headers),
        }


class _Raw(asyncio.Protocol):
    """A connection without any rule."""

    transport: asyncio.Transport
    waiter: asyncio.Future[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.waiter.set_result(data)


@asynccontextmanager
async def async_ways(url: str) -> AsyncIterator[dict[str, Async]]:
    """The same for coroutines."""
    endpoint, headers = Endpoint(url, HEADERS), httpx.Headers(HEADERS)
    loop = asyncio.get_running_loop()
    free: list[_Raw] = []
    async with AsyncExitStack() as stack:
        ours = await stack.enter_async_context(aclosing(AsyncConnections()))
        stock = await stack.enter_async_context(httpx.AsyncClient())

        async def floor() -> bytes:
            if free:
                raw = free.pop()
            else:
                _, raw = await loop.create_connection(_Raw, *endpoint.origin[1:])
                stack.enter_context(closing(raw.transport))
            raw.waiter = loop.create_future()
            raw.transport.write(b"".join(endpoint.request(REQUEST)))
            data = await raw.waiter
            free.append(raw)
            return data

        yield {
            "a raw socket": floor,
            "our connections": lambda: ours.send(endpoint, REQUEST, Progress(), {"connect": 5.0}),
            "httpx": lambda: stock.post(url, content=REQUEST, headers=headers),
        }
    await asyncio.sleep(0)


async def send_all(way: Async, count: int, in_flight: int) -> None:
    """Send so many requests, so many at a time."""
    numbers = iter(range(count))

    async def worker() -> None:
        for _ in numbers:
            await way()

    await asyncio.gather(*[worker() for _ in range(in_flight)])


def medians(costs: dict[str, list[float]]) -> dict[str, float]:
    """Of the rounds, by way."""
    return {name: statistics.median(values) for name, values in costs.items()}


def sync_costs(url: str, rounds: int, count: int) -> dict[str, float]:
    """Microseconds of CPU for each request, by way."""
    with sync_ways(url) as ways:
        costs: dict[str, list[float]] = {name: [] for name in ways}
        for _, (name, way) in product(range(rounds), ways.items()):
            way()
            started = time.process_time()
            for _ in range(count):
                way()
            costs[name].append((time.process_time() - started) / count * 1e6)
    return medians(costs)


async def async_costs(url: str, rounds: int, count: int, in_flight: int) -> dict[str, float]:
    """The same for coroutines."""
    async with async_ways(url) as ways:
        costs: dict[str, list[float]] = {name: [] for name in ways}
        for _, (name, way) in product(range(rounds), ways.items()):
            await send_all(way, in_flight, in_flight)
            started = time.process_time()
            await send_all(way, count, in_flight)
            costs[name].append((time.process_time() - started) / count * 1e6)
    return medians(costs)


async def new_connections(slow: str, count: int) -> dict[str, tuple[int, float]]:
    """Connections opened after warm-up, and seconds taken, at 64 in flight to a slow server."""
    found: dict[str, tuple[int, float]] = {}
    async with async_ways(slow) as ways:
        for name, way in ways.items():
            await send_all(way, 64, 64)
            before, started = opened(slow.removesuffix("/graphql")), time.monotonic()
            await send_all(way, count, 64)
            seconds = time.monotonic() - started
            found[name] = (opened(slow.removesuffix("/graphql")) - before, seconds)
    return found


def table(head: list[str], rows: list[list[str]]) -> str:
    """As Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--requests", type=int, default=640, help="in each round")
    options = parser.parse_args()
    with servers() as (url, slow_url):
        columns = {"sync": sync_costs(url, options.rounds, options.requests)}
        for in_flight in IN_FLIGHT:
            columns[f"async {in_flight}"] = asyncio.run(
                async_costs(url, options.rounds, options.requests, in_flight)
            )
        slow = asyncio.run(new_connections(slow_url, max(options.requests, 64)))
    print(
        f"Python {platform.python_version()}, httpx {version('httpx')}, httpcore "
        f"{version('httpcore')}, h11 {version('h11')}, {os.cpu_count()} cores, "
        f"{platform.machine()}; {options.rounds} rounds of {options.requests} requests, medians. "
        "CPU microseconds for each request, and in brackets how much of httpx's:\n"
    )
    rows = [
        [
            name,
            *(f"{cost[name]:.0f} ({cost[name] / cost['httpx']:.2f})" for cost in columns.values()),
        ]
        for name in columns["sync"]
    ]
    print(table(["", *columns], rows))
    least = math.ceil(max(options.requests, 64) / 64) * SLOW_SECONDS
    print(f"\n64 in flight to a server that takes {SLOW_SECONDS * 1000:.0f} ms, after warm-up:\n")
    rows = [
        [name, str(opened), f"{seconds / least:.2f}"] for name, (opened, seconds) in slow.items()
    ]
    print(table(["", "connections opened", "time, of the least possible"], rows))


if __name__ == "__main__":
    main()
