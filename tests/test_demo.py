"""What a newcomer is left with: an open inbox, and a line that makes a text appear in it."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.conftest import MAKE, ROOT
from tests.terminal import read_terminal

WAIT_SECONDS = 60
DEMO = [sys.executable, "docs/demo.py"]


@contextmanager
def on_terminal(command: Sequence[str]) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """A command that reads from a terminal and writes to it, with all that it starts."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(WAIT_SECONDS)
        os.close(ours)


def bodies(base_url: str) -> list[str]:
    with urlopen(f"{base_url}/_sandbox/messages") as reply:
        return [message["body"] for message in json.load(reply)]


@pytest.mark.parametrize("command", [DEMO, [*MAKE, "sandbox", "PORT=0"]], ids=["demo", "sandbox"])
def test_the_line_to_paste_makes_a_text_appear(command: list[str]) -> None:
    """In another terminal, wherever that is; Ctrl-C ends everything."""
    with on_terminal(command) as (process, terminal):
        shown = read_terminal(terminal, until='"Hello"))\'').splitlines()
        [inbox] = [line for line in shown if "The inbox is at " in line]
        base_url = inbox.partition("The inbox is at ")[2].split("/ ")[0]
        [line] = [line for line in shown if line.startswith("VOLT_API_URL=")]
        assert "Ctrl-C" in "".join(shown)
        before = bodies(base_url)
        pasted = subprocess.run(
            ["sh", "-c", line],
            cwd="/",
            env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS,
            check=False,
        )
        assert (pasted.returncode, pasted.stderr) == (0, "")
        assert "status='queued'" in pasted.stdout
        assert bodies(base_url) == [*before, "Hello"]
        os.killpg(process.pid, signal.SIGINT)  # as the terminal does
        read_terminal(terminal)
        assert process.wait(WAIT_SECONDS) in (0, -signal.SIGINT)  # make ends by the signal itself
        port = urlsplit(base_url).port
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port or 0))


def test_a_demo_that_is_ended_leaves_no_sandbox_behind() -> None:
    """By whoever started it."""
    with on_terminal(DEMO) as (process, terminal):
        shown = read_terminal(terminal, until='"Hello"))\'')
        port = urlsplit(shown.split("A local Volt runs at ")[1].split()[0]).port
        process.terminate()
        assert process.wait(WAIT_SECONDS) == 1
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port or 0))


def test_the_demo_ends_by_itself_where_nobody_sits() -> None:
    """As in CI, where a terminal may be a pipe on one side only."""
    ran = subprocess.run(
        DEMO, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=WAIT_SECONDS, check=True,
    )  # fmt: skip
    assert "It stays open" not in ran.stdout
    assert ran.stdout.endswith(
        "Next: `make sandbox` keeps a local Volt open; README.md says how to send to it.\n"
    )
