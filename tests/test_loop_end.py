"""A client that is left open leaves nothing open past its event loop."""

import subprocess
import sys

import pytest

from tests.conftest import Sandbox

PROGRAM = """
import asyncio, gc, sys, uvloop, trio
from functools import partial
from volt import AsyncVolt

url, runner = sys.argv[1:]
run = {"asyncio": asyncio.run, "uvloop": uvloop.run}[runner] if runner != "trio" else None


def new():
    return AsyncVolt(url=url, token="sandbox", from_="+15555550123")


async def send(client):
    await client.send("+15555550145", "Hello")


async def forgotten():
    await send(new())


client = new()
last = forgotten if run else partial(send, client)  # trio: httpx's client warns when it is collected
for work in (partial(send, client), partial(send, client), last):
    trio.run(work) if run is None else run(work())
    gc.collect()  # what was left open warns here

from volt import _loop_end

print(len(_loop_end._ends), "kept")
"""


@pytest.mark.parametrize("runner", ["asyncio", "uvloop", "trio"])
def test_connections_are_closed_with_their_event_loop(runner: str, sandbox: Sandbox) -> None:
    """The client goes on in the next loop; Python warns of no socket."""
    ran = subprocess.run(
        [sys.executable, "-W", "always::ResourceWarning", "-c", PROGRAM, sandbox.url, runner],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ran.returncode, ran.stderr, ran.stdout) == (0, "", "0 kept\n")
    assert len(sandbox.messages) == 3


NEVER_CLOSED = """
import asyncio, gc, os, sys, time
from volt import AsyncVolt


async def send():
    await AsyncVolt(url=sys.argv[1], token="sandbox", from_="+15555550123").send(
        "+15555550145", "Hello"
    )


def is_there():
    gc.collect()
    return len(os.listdir("/dev/fd"))


before = is_there()
for _ in range(6):
    asyncio.new_event_loop().run_until_complete(send())
until = time.monotonic() + 10
while is_there() > before and time.monotonic() < until:
    time.sleep(0.05)  # a thread of a loop's executor keeps it until it has come to rest
print(is_there() - before, "more")
last = asyncio.new_event_loop()
last.run_until_complete(send())
"""


def test_loops_that_nobody_closes_are_collected_with_their_connections(sandbox: Sandbox) -> None:
    """A program that makes one after the other does not run out of file descriptors."""
    ran = subprocess.run(
        [sys.executable, "-c", NEVER_CLOSED, sandbox.url],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ran.returncode, ran.stderr, ran.stdout) == (0, "", "0 more\n")
