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
import re
import socket
import statistics
import subprocess
import sys
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

from volt._async_connections import AsyncConnections
from volt._connections import Connections
from volt._http11 import Endpoint

REQUEST = b'{"query":"%b","variables":{"to":"+15555550145"}}' % (b"mutation createMessage " * 15)
ANSWER = b'{"data":{"createMessage":{"id":"m1","status":"queued","body":"%b"}}}' % (b"x" * 220)
HEADERS = {
    "Authorization": "Bearer sandbox",
    "Content-Type": "application/json",
    "Accept": "application/json",
}
IN_FLIGHT = (1, 16, 64)
SLOW_SECONDS = 0.05

Sync = Callable[[], object]
Async = Callable[[], Awaitable[object]]


class Answerer(asyncio.Protocol):
    """Answers every request alike; `/slow` after a while, `/opened` with the connections so far."""

    opened = 0

    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        Answerer.opened += 1

    def data_received(self, data: bytes) -> None:
        """Answer when the request is whole."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if not end or len(body) < int(length[1] if length else 0):
            return
        self._received = b""
        answer = ANSWER
        if b" /opened " in head:
            answer = b"%d" % Answerer.opened
        reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
        seconds = SLOW_SECONDS if b" /slow " in head else 0
        if seconds:
            asyncio.get_running_loop().call_later(
                seconds, self._write, reply % (len(answer), answer)
            )
        else:
            self._write(reply % (len(answer), answer))

    def _write(self, reply: bytes) -> None:
        self._transport.write(reply)


async def serve() -> None:
    """Serve until this process is ended."""
    server = await asyncio.get_running_loop().create_server(Answerer, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def answering() -> Iterator[str]:
    """A server of fixed answers; yields its URL."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.transport", "--serve"], stdout=subprocess.PIPE, text=True
    )
    try:
        if len(cores) > 1:
            os.sched_setaffinity(server.pid, {cores[-1]})
            os.sched_setaffinity(0, set(cores[:-1]))
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}/graphql"
    finally:
        if cores:
            os.sched_setaffinity(0, set(cores))
        server.kill()  # it keeps nothing
        server.wait(timeout=10)
        if server.stdout is not None:
            server.stdout.close()


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


async def new_connections(url: str, count: int) -> dict[str, tuple[int, float]]:
    """Connections opened after warm-up, and seconds taken, at 64 in flight to a slow server."""
    found: dict[str, tuple[int, float]] = {}
    slow = url.replace("/graphql", "/slow")
    async with httpx.AsyncClient() as client, async_ways(slow) as ways:

        async def opened() -> int:
            return int((await client.get(url.replace("/graphql", "/opened"))).text)

        for name, way in ways.items():
            await send_all(way, 64, 64)
            before, started = await opened(), time.monotonic()
            await send_all(way, count, 64)
            seconds = time.monotonic() - started
            found[name] = (await opened() - before, seconds)
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
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
        return
    with answering() as url:
        columns = {"sync": sync_costs(url, options.rounds, options.requests)}
        for in_flight in IN_FLIGHT:
            columns[f"async {in_flight}"] = asyncio.run(
                async_costs(url, options.rounds, options.requests, in_flight)
            )
        slow = asyncio.run(new_connections(url, max(options.requests, 64)))
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
