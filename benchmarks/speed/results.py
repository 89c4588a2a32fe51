"""What a run has found, as docs/benchmarks/speed.json keeps it."""

import statistics
from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel


class Spread(BaseModel):
    """The median of many values, with their quartiles."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Of at least one value."""
        sorted_values = sorted(values)
        if len(sorted_values) == 1:
            sorted_values *= 2
        low, median, high = statistics.quantiles(sorted_values, n=4, method="inclusive")
        return cls(low=round(low, 2), median=round(median, 2), high=round(high, 2))


class Cost(BaseModel):
    """What a message costs one client in one mode.

    Attributes:
        cpu_us: Microseconds of the client's process, user and system, for each message.
        rate: Messages for each second.
        messages: How many were sent in all.
        failed: How many of them ended in an error.
        error: One of those errors, in words.
    """

    cpu_us: Spread
    rate: Spread
    messages: int
    failed: int
    error: str = ""


class Slow(BaseModel):
    """How a client fares with a server that takes 50 ms, 64 messages in flight.

    Attributes:
        rate: Messages for each second.
        opened: New connections for every 1,000 messages, after a warm-up.
    """

    rate: Spread
    opened: float


class Start(BaseModel):
    """What a process cost, from its start to its end, less what an empty Python costs.

    Attributes:
        cpu_ms: Its user and system time, in milliseconds.
        ms: By the clock.
    """

    cpu_ms: Spread
    ms: Spread


class Memory(BaseModel):
    """What a process held in memory.

    Attributes:
        messages: How many were sent between the two looks.
        before_bytes: At the first look, after an eighth as many messages.
        after_bytes: At the second.
        objects: How many objects more Python's garbage collector knew of at the second.
    """

    messages: int
    before_bytes: int
    after_bytes: int
    objects: int


class Results(BaseModel):
    """Of one run.

    Attributes:
        machine: Python, system, processor, cores, nginx; in words.
        versions: Of every package that was measured, by name.
        rounds: How many slices there are for each client and mode.
        seconds: How long a slice is.
        modes: Costs by mode and client.
        slow: By scheme (`http`, `https`) and client.
        imports: By the statement, in the order measured.
        first: From start to first message: by scheme and client.
        memory: By mode.
    """

    machine: str
    versions: dict[str, str]
    rounds: int
    seconds: float
    modes: dict[str, dict[str, Cost]]
    slow: dict[str, dict[str, Slow]]
    imports: dict[str, Start]
    first: dict[str, dict[str, Start]]
    memory: dict[str, Memory]
