"""What was aimed at, and whether a run has reached it."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.speed.clients import CLIENTS
from benchmarks.speed.results import Cost, Results

#: How much a ratio may be, of our CPU per message to another client's, by mode and client.
RATIOS = [
    ("sync", "ariadne-codegen", 0.60),
    ("sync", "twilio", 0.36),
    ("async 1", "ariadne-codegen", 0.50),
    ("async 16", "ariadne-codegen", 0.20),
    ("async 64", "ariadne-codegen", 0.15),
    ("async 1", "twilio", 1.0),
    ("async 16", "twilio", 1.0),
    ("async 64", "twilio", 1.0),
]
#: A process's memory swings by pages; a leak of one small object for each message is more.
LEAK_BYTES = 16
_LOOPBACK = (
    "at most 1,280 messages per second are possible, and httpx comes too near to that for anyone "
    "to be five times as fast. Its new connections cost it CPU only: on the loopback they need no "
    "round trips, of which a network would add two for each, three with older TLS."
)
#: Why an aim is missed when it is, and what would be needed, by its name.
REASONS = {
    "50 ms server, http, 64 in flight: rate": _LOOPBACK,
    "50 ms server, https, 64 in flight: rate": _LOOPBACK,
    "CPU of `from volt import Volt`": (
        "`import pydantic` loads nothing that makes a model, so it is cheap; over half of ours "
        "is `from pydantic import BaseModel`, which has a line of its own above. It would have to "
        "wait for the first reply, whose reading needs it."
    ),
    "CPU of `from volt import AsyncVolt`": (
        "as for `Volt`; and `asyncio`, which httpx does not load before its first request."
    ),
}


@dataclass(frozen=True)
class Goal:
    """One aim.

    Attributes:
        name: What is measured.
        aim: The most (or the least) it may be.
        found: What it was.
        at_most: Whether `aim` is the most.
        of: What `found` is to be read with, such as the client that it compares with.
    """

    name: str
    aim: float
    found: float
    at_most: bool = True
    of: str = ""

    @property
    def reason(self) -> str:
        """Why it was missed, and what would be needed, where that is known."""
        return REASONS.get(self.name, "")

    @property
    def met(self) -> bool:
        """Whether it was reached."""
        return self.found <= self.aim if self.at_most else self.found >= self.aim

    @property
    def verdict(self) -> str:
        """In words; a miss with its size."""
        if self.met:
            return "met"
        if not self.aim:
            return f"**missed** by {self.found:g}"
        return f"**missed** by {abs(self.found / self.aim - 1):.0%}"


def _cpu(costs: dict[str, Cost], name: str) -> float:
    return costs[name].cpu_us.median


def _closest(costs: dict[str, Cost]) -> str:
    """The cheapest of the clients of SMS and GraphQL."""
    rivals = [name for name in costs if CLIENTS[name].kind in ("sms", "graphql")]
    return min(rivals, key=lambda name: _cpu(costs, name))


def goals(results: Results) -> Iterator[Goal]:
    """All aims, of a whole run."""
    modes = results.modes
    for mode, costs in modes.items():
        rival = _closest(costs)
        yield Goal(
            f"CPU per message, {mode}: below every SMS SDK and GraphQL client",
            1.0,
            _cpu(costs, "volt") / _cpu(costs, rival),
            of=f"of {rival}",
        )
    failed = sum(costs["volt"].failed for costs in modes.values())
    yield Goal("messages that failed, in all modes", 0, failed)
    for mode, name, aim in RATIOS:
        found = _cpu(modes[mode], "volt") / _cpu(modes[mode], name)
        yield Goal(f"CPU per message, {mode}, beside {name}", aim, found)
    for mode in ("async 16", "async 64"):
        found = _cpu(modes[mode], "volt") / _cpu(modes["async 1"], "volt")
        yield Goal(f"flat: CPU per message, {mode}", 1.0, found, of="of async 1")
    for scheme, slow in results.slow.items():
        name = f"50 ms server, {scheme}, 64 in flight"
        yield Goal(f"{name}: new connections per 1,000 messages", 0, slow["volt"].opened)
        found = slow["volt"].rate.median / slow["httpx"].rate.median
        yield Goal(f"{name}: rate", 5.0, found, at_most=False, of="times httpx")
    for name in ("`import volt`", "`from volt import Volt`", "`from volt import AsyncVolt`"):
        least = results.imports["`import httpx, pydantic`"].cpu_ms.median
        found = results.imports[name].cpu_ms.median / least
        yield Goal(f"CPU of {name}", 1.1, found, of="of `import httpx, pydantic`")
    for scheme, first in results.first.items():
        found = first["volt"].cpu_ms.median / first["twilio"].cpu_ms.median
        yield Goal(f"CPU from start to first message, {scheme}", 1.0, found, of="of twilio")
    for mode, memory in results.memory.items():
        grown = (memory.after_bytes - memory.before_bytes) / memory.messages
        name = f"memory, {mode}: bytes kept of each of {memory.messages:,} messages"
        yield Goal(name, LEAK_BYTES, max(grown, 0.0))
