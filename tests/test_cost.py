"""What a message costs, in counts that do not swing: calls, bytes, connections, modules.

Time is measured in benchmarks/ alone. Who makes a message cheaper lowers the ceilings here, so that
nobody makes it dearer unseen.
"""

import asyncio
import gc
import itertools
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from benchmarks.answerer import answering, opened
from tests.conftest import OWN, THEIRS
from tests.test_architecture import loaded_after
from volt import AsyncVolt, Volt


@dataclass(frozen=True)
class Ceilings:
    """The most that one `send` may cost, once its client has sent before.

    Attributes:
        python_calls: Functions written in Python that are called, the event loop's among them.
        c_calls: Built-in functions that are called from Python.
        bytes_at_once: Memory in use at one time, beyond what was in use before.
        bytes_kept: Memory kept of each text, of which a client remembers the latest 10,000.
    """

    python_calls: int
    c_calls: int
    bytes_at_once: int
    bytes_kept: int


@dataclass(frozen=True)
class Loads:
    """The most that an import may load beyond `import pydantic`.

    Attributes:
        ours: Modules of volt and volt_graphql.
        standard: Modules of the standard library. Each Python has some more, or some fewer.
        never: Packages and modules, with all their parts, in words.
    """

    ours: int
    standard: int
    never: str


# What was counted: calls with two more, bytes and modules with a twentieth more.
SYNC = Ceilings(python_calls=150, c_calls=162, bytes_at_once=73_000, bytes_kept=660)
ASYNC = Ceilings(python_calls=200, c_calls=190, bytes_at_once=281_000, bytes_kept=660)
_EXTRAS = """
    volt.cli volt.sandbox volt.schema volt.segments volt.snippets volt.webhooks
"""
IMPORTS = {
    "from volt import Volt": Loads(34, 101, f"asyncio volt._async_client {_EXTRAS}"),
    "from volt import AsyncVolt": Loads(38, 139, f"volt._client {_EXTRAS}"),
}
#: The only packages of others that may be loaded: not even httpx, before it is to send.
PACKAGES = {
    "annotated_types",
    "pydantic",
    "pydantic_core",
    "typing_extensions",
    "typing_inspection",
}


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """A server in a process of its own: what it does is not counted."""
    with answering() as origins:
        yield origins["http"]


class Sender:
    """Sends with either client, one text or many; every text is another."""

    def __init__(self, kind: str, origin: str) -> None:
        options: dict[str, Any] = {"token": "t", "from_": OWN, "url": f"{origin}/graphql"}
        self.sync = Volt(**options) if kind == "sync" else None
        self.coroutine = AsyncVolt(**options)
        self.ceilings = SYNC if self.sync else ASYNC
        self._runner = asyncio.Runner()
        self._numbers = itertools.count()

    def close(self) -> None:
        if self.sync:
            self.sync.close()
        self._runner.run(self.coroutine.aclose())
        self._runner.close()

    def each(self, times: int, before: Callable[[], None], after: Callable[[], None]) -> None:
        """Send so many texts, one after another, with something before and after each."""
        bodies = [f"Table {next(self._numbers)} is ready." for _ in range(times)]
        if self.sync:
            for body in bodies:
                before()
                self.sync.send(THEIRS, body)
                after()
            return

        async def job() -> None:
            for body in bodies:
                before()
                await self.coroutine.send(THEIRS, body)
                after()

        self._runner.run(job())

    def warm(self, times: int = 30) -> None:
        self.each(times, lambda: None, lambda: None)

    def at_once(self, number: int, each: int) -> None:
        """Send so many from each of so many threads or tasks."""
        if self.sync:
            sync = self.sync
            with ThreadPoolExecutor(number) as pool:
                for _ in pool.map(lambda n: sync.send(THEIRS, str(n)), range(number * each)):
                    pass
            return

        async def task() -> None:
            for _ in range(each):
                await self.coroutine.send(THEIRS, f"Table {next(self._numbers)} is ready.")

        async def job() -> None:
            await asyncio.gather(*[task() for _ in range(number)])

        self._runner.run(job())


@pytest.fixture(params=["sync", "async"])
def sender(request: pytest.FixtureRequest, origin: str) -> Iterator[Sender]:
    made = Sender(request.param, origin)
    yield made
    made.close()


def test_a_send_calls_no_more_functions(sender: Sender) -> None:
    """The least of several: a reply in two pieces costs a few calls more."""
    sender.warm()
    counts: list[Counter[str]] = []

    def count(_frame: object, event: str, _argument: object) -> None:
        counts[-1][event] += 1

    def before() -> None:
        counts.append(Counter())
        sys.setprofile(count)

    sender.each(10, before, lambda: sys.setprofile(None))
    python_calls = min(counted["call"] for counted in counts)
    c_calls = min(counted["c_call"] for counted in counts)
    assert python_calls > 50  # or nothing was counted
    assert python_calls <= sender.ceilings.python_calls
    assert c_calls <= sender.ceilings.c_calls


def test_a_send_takes_no_more_memory(sender: Sender) -> None:
    """At its peak, and of what is kept when it is done."""
    sender.warm()
    peaks: list[int] = []
    start = 0

    def before() -> None:
        nonlocal start
        tracemalloc.reset_peak()
        start, _ = tracemalloc.get_traced_memory()

    def after() -> None:
        peaks.append(tracemalloc.get_traced_memory()[1] - start)

    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        sender.warm()
        sender.each(20, before, after)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
        sender.warm(500)
        gc.collect()
        kept = (tracemalloc.get_traced_memory()[0] - held) / 500
    finally:
        tracemalloc.stop()
        gc.enable()
    assert min(peaks) > 1_000  # or nothing was counted
    assert min(peaks) <= sender.ceilings.bytes_at_once
    assert kept <= sender.ceilings.bytes_kept


def test_texts_one_after_another_share_a_connection(sender: Sender, origin: str) -> None:
    """However many."""
    before = opened(origin)
    sender.warm(200)
    assert opened(origin) - before == 1


def test_texts_at_once_open_no_more_connections_than_they_need(sender: Sender, origin: str) -> None:
    """And the next ones none at all."""
    before = opened(origin)
    sender.at_once(16, each=20)
    first = opened(origin) - before
    assert 1 <= first <= 16
    sender.at_once(16, each=20)
    sender.at_once(first, each=20)
    assert opened(origin) - before <= 16


@pytest.mark.parametrize("code", IMPORTS)
def test_an_import_loads_no_more(code: str) -> None:
    """Than pydantic and what a client needs to send: no other client, operation or package."""
    ceilings = IMPORTS[code]
    loaded = loaded_after(code) - loaded_after("import pydantic")
    ours = {name for name in loaded if _package(name) in ("volt", "volt_graphql")}
    standard = {name for name in loaded if _package(name) in sys.stdlib_module_names}
    others = {_package(name) for name in loaded - ours - standard if not name.startswith("_")}
    never = ceilings.never.split()
    assert "volt._core" in ours
    assert not {name for name in loaded for one in never if f"{name}.".startswith(f"{one}.")}
    assert others <= PACKAGES
    assert len(ours) <= ceilings.ours, sorted(ours)
    assert len(standard) <= ceilings.standard, sorted(standard)


def _package(module: str) -> str:
    return module.partition(".")[0]
