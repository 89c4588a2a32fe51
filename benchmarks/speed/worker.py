"""A process that sends with one client, for as long as it is told to, and says what that cost it.

    python -m benchmarks.speed.worker volt

reads orders from its standard input, a line of JSON each, and answers each with a line. Every
client has such a process of its own, so that no library of another one slows it.
"""

import asyncio
import gc
import itertools
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from benchmarks.speed.clients import CLIENTS, Client
from benchmarks.speed.message import AsyncSend, Send

#: Who is texted, in turn: to remember the last number helps nobody.
RECIPIENTS = [f"+155555501{number:02}" for number in range(100)]


@dataclass(frozen=True)
class Order:
    """What to measure.

    Attributes:
        kind: How to send.
        origin: The server.
        in_flight: How many texts at a time: threads, or tasks.
        seconds: How long each of them goes on, at the least.
        messages: How many each of them sends, at the least.
    """

    kind: Literal["sync", "threads", "async"]
    origin: str = ""
    in_flight: int = 1
    seconds: float = 0.0
    messages: int = 1


@dataclass(frozen=True)
class Slice:
    """What it cost.

    Attributes:
        messages: How many were sent.
        failed: How many of them ended in an error.
        error: One of those errors, in words.
        cpu_seconds: User and system time of the process.
        seconds: By the clock.
        memory_bytes: What the process holds in memory at the end.
        objects: How many objects Python's garbage collector knows of then.
    """

    messages: int
    failed: int
    error: str
    cpu_seconds: float
    seconds: float
    memory_bytes: int
    objects: int


_rooms = itertools.count()


def _texts() -> Iterator[tuple[str, str]]:
    """No two alike in this process, whoever sends them."""
    room = next(_rooms)
    for number, recipient in enumerate(itertools.cycle(RECIPIENTS)):
        yield recipient, f"Table {number} of room {room} is ready."


class _Sender:
    """One thread's or task's share of an order, and how it went.

    Args:
        order: What to do.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self.sent = 0
        self.errors: list[Exception] = []

    def _texts(self) -> Iterator[tuple[str, str]]:
        ends = time.perf_counter() + self._order.seconds
        for to, body in _texts():
            if self.sent >= self._order.messages and time.perf_counter() >= ends:
                return
            yield to, body
            self.sent += 1

    def send_all(self, send: Send) -> None:
        """Send until the order is carried out."""
        for to, body in self._texts():
            try:
                send(to, body)
            except Exception as error:  # noqa: BLE001 - that it fails is a finding too
                self.errors.append(error)

    async def send_all_async(self, send: AsyncSend) -> None:
        """The same for a coroutine."""
        for to, body in self._texts():
            try:
                await send(to, body)
            except Exception as error:  # noqa: BLE001
                self.errors.append(error)


class Worker:
    """One client, in all the ways it is asked for; each way keeps its connections.

    Args:
        client: Which.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stack = ExitStack()
        self._runner = self._stack.enter_context(asyncio.Runner())
        self._open = AsyncExitStack()
        self._stack.callback(lambda: self._runner.run(self._open.aclose()))
        self._ways: dict[tuple[str, str, int], Send] = {}
        self._async_ways: dict[tuple[str, int], AsyncSend] = {}
        self._pools: dict[int, ThreadPoolExecutor] = {}

    def close(self) -> None:
        """Close the client, however it was used."""
        self._stack.close()

    def carry_out(self, order: Order) -> Slice:
        """Warm up, which opens the connections, then measure.

        Raises:
            Exception: The first one, where most messages fail.
        """
        self._send(replace(order, seconds=0, messages=2))
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        messages, errors = self._send(order)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        gc.collect()
        return Slice(
            messages=messages,
            failed=len(errors),
            error=f"{type(errors[0]).__name__}: {errors[0]}" if errors else "",
            cpu_seconds=cpu,
            seconds=wall,
            memory_bytes=_memory_bytes(),
            objects=len(gc.get_objects()),
        )

    def _send(self, order: Order) -> tuple[int, list[Exception]]:
        senders = [_Sender(order) for _ in range(order.in_flight)]
        if order.kind == "async":
            self._runner.run(self._send_async(order, senders))
        else:
            self._send_sync(order, senders)
        sent = sum(sender.sent for sender in senders)
        errors = [error for sender in senders for error in sender.errors]
        if len(errors) > sent / 2:
            raise errors[0]
        return sent, errors

    def _send_sync(self, order: Order, senders: list[_Sender]) -> None:
        key = (order.kind, order.origin, order.in_flight)
        if key not in self._ways:
            assert self._client.sync is not None, f"{self._client.name} is not for ordinary code"
            self._ways[key] = self._stack.enter_context(self._client.sync(order.origin))
        send = self._ways[key]
        if order.kind == "sync":
            senders[0].send_all(send)
            return
        if order.in_flight not in self._pools:
            pool = ThreadPoolExecutor(order.in_flight)
            self._pools[order.in_flight] = self._stack.enter_context(pool)
        list(self._pools[order.in_flight].map(lambda sender: sender.send_all(send), senders))

    async def _send_async(self, order: Order, senders: list[_Sender]) -> None:
        key = (order.origin, order.in_flight)
        if key not in self._async_ways:
            assert self._client.coroutine is not None, f"{self._client.name} is not for coroutines"
            way = self._client.coroutine(order.origin)
            self._async_ways[key] = await self._open.enter_async_context(way)
        send = self._async_ways[key]
        await asyncio.gather(*[sender.send_all_async(send) for sender in senders])


def _memory_bytes() -> int:
    """What the process holds in memory now; where Linux does not say, the most it ever held."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Carry out orders until the input ends."""
    worker = Worker(CLIENTS[sys.argv[1]])
    for line in sys.stdin:
        print(json.dumps(asdict(worker.carry_out(Order(**json.loads(line))))), flush=True)
    worker.close()


if __name__ == "__main__":
    main()
