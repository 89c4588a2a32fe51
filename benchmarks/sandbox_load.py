"""Does the sandbox lose a text under load, does its memory stay bounded, how soon is it up?

    make bench-sandbox-load

Starts `volt sandbox` nine times and measures until it answers. Then 200 senders, each with a
client and a connection of its own, send one text after the other for a minute: to a sandbox that
keeps them all, and to one that keeps 1,000. The senders share one process, and all share the
machine, so the rate is not the most that the sandbox can take.
"""

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

from volt import AsyncVolt, VoltError

SENDERS = 200
SECONDS = 60.0
STARTS = 9
OWN = "+15555550123"
VOLT = [sys.executable, "-c", "import sys; from volt.cli import main; sys.exit(main())"]


@dataclass
class Load:
    """What came of it.

    Attributes:
        keep: How many messages the sandbox was told to keep.
        seconds: How long the senders sent.
        accepted: The ids that they were answered, in order.
        failed: How many sends failed, by error.
        kept: The ids in the sandbox afterwards, oldest first.
        waits: Seconds for each send.
        rss: The sandbox's resident memory, in bytes, each half second.
        cpu_seconds: The sandbox's CPU time.
    """

    keep: int
    seconds: float
    accepted: list[str] = field(default_factory=list[str])
    failed: Counter[str] = field(default_factory=Counter[str])
    kept: list[str] = field(default_factory=list[str])
    waits: list[float] = field(default_factory=list[float])
    rss: list[int] = field(default_factory=list[int])
    cpu_seconds: float = 0.0

    @property
    def lost(self) -> set[str]:
        """Accepted, and not among the kept, although there was room."""
        return set(self.accepted) - set(self.kept) if len(self.accepted) <= self.keep else set()

    @property
    def unasked(self) -> set[str]:
        """Kept, though nobody was told so, beside those whose sending failed."""
        return set(self.kept) - set(self.accepted)


@contextmanager
def sandbox(*options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A sandbox of its own process, on a free port, and its base URL."""
    process = subprocess.Popen(  # noqa: S603
        [*VOLT, "sandbox", "--port", "0", *options], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        first = process.stdout.readline().removeprefix("Volt sandbox: ").strip()
        yield process, first.removesuffix("/graphql")
    finally:
        process.terminate()
        process.wait(20)
        if process.stdout:
            process.stdout.close()


def start_seconds() -> float:
    """From the command to the first answer."""
    begun = time.monotonic()
    with sandbox() as (_, base_url):
        httpx.get(f"{base_url}/_sandbox/state", trust_env=False).raise_for_status()
        return time.monotonic() - begun


def proc(pid: int) -> tuple[int, float]:
    """The resident memory of a process, in bytes, and its CPU time, in seconds (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return int(fields[21]) * 4096, ticks / 100


async def send_on(number: int, client: AsyncVolt, end: float, load: Load) -> None:
    """Send one text after the other, each to the sender's own person."""
    count = 0
    while (begun := time.monotonic()) < end:
        count += 1
        try:
            message = await client.send(f"+1555555{number:04}", f"Text {count} of sender {number}")
        except VoltError as error:
            load.failed[type(error).__name__] += 1
        else:
            load.accepted.append(str(message.id))
        load.waits.append(time.monotonic() - begun)


async def sample(pid: int, load: Load) -> None:
    """Note the memory until cancelled."""
    while True:
        load.rss.append(proc(pid)[0])
        await asyncio.sleep(0.5)


async def send_all(url: str, senders: int, pid: int, load: Load) -> None:
    """All senders at the same time."""
    sampling = asyncio.create_task(sample(pid, load))
    clients = [AsyncVolt(url=url, token="sandbox", from_=OWN) for _ in range(senders)]  # noqa: S106
    end = time.monotonic() + load.seconds
    async with asyncio.TaskGroup() as group:
        for number, client in enumerate(clients):
            group.create_task(send_on(number, client, end, load))
    sampling.cancel()
    with suppress(asyncio.CancelledError):
        await sampling
    for client in clients:
        await client.aclose()


def run(*, senders: int, seconds: float, keep: int) -> Load:
    """Load one sandbox, and ask what it kept."""
    load = Load(keep, seconds)
    with sandbox("--keep", str(keep)) as (process, base_url):
        asyncio.run(send_all(f"{base_url}/graphql", senders, process.pid, load))
        load.cpu_seconds = proc(process.pid)[1]
        shown: list[dict[str, Any]] = httpx.get(
            f"{base_url}/_sandbox/messages", trust_env=False, timeout=120
        ).json()
        load.kept = [message["id"] for message in shown]
    return load


def show(load: Load) -> None:
    """Print it."""
    third = len(load.rss) // 3 or 1
    print(
        f"\nkeeping {load.keep:,}: {len(load.accepted):,} accepted in {load.seconds:g} s"
        f" ({len(load.accepted) / load.seconds:,.0f} a second), {load.failed.total()} failed"
        f" {dict(load.failed) or ''}\n"
        f"  kept {len(load.kept):,}, lost {len(load.lost)}, kept unasked {len(load.unasked)}\n"
        f"  a send: median {median(load.waits) * 1000:.0f} ms,"
        f" 99 % within {quantiles(load.waits, n=100)[-1] * 1000:.0f} ms\n"
        f"  resident memory, median of each third:"
        f" {', '.join(f'{median(load.rss[i * third :][:third]) / 2**20:.0f}' for i in range(3))}"
        f" MiB; most {max(load.rss) / 2**20:.0f} MiB\n"
        f"  CPU of the sandbox: {load.cpu_seconds:.0f} s"
    )


def main() -> None:
    """Measure each."""
    starts = sorted(start_seconds() for _ in range(STARTS))
    print(f"up after {median(starts):.2f} s (median of {STARTS}; {starts[0]:.2f}-{starts[-1]:.2f})")
    loads = [run(senders=SENDERS, seconds=SECONDS, keep=keep) for keep in (1_000_000, 1_000)]
    for load in loads:
        show(load)
    if any(load.lost or load.unasked or load.failed for load in loads):
        raise SystemExit("a text was lost, kept unasked, or failed")


if __name__ == "__main__":
    main()
