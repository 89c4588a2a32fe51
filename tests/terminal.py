"""Runs the `volt` command as a user does: in a process, on a terminal or in a pipe."""

import contextlib
import fcntl
import io
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.conftest import OWN, ROOT, Sandbox, http_server
from volt.cli import main

COMMAND = [sys.executable, "-c", "import sys; from volt.cli import main; sys.exit(main())"]
WAIT_SECONDS = 60


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """What it wrote to stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def plain(self) -> str:
        """What it wrote to stdout, without colours, and with ids and times replaced."""
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.out)
        text = re.sub(r"\b(rf|contact|list|webhook|wh)_[0-9a-f]{20}\b", r"\1_" + "0" * 20, text)
        text = re.sub(r"\b20\d\d-\d\d-\d\d \d\d:\d\d\b", "2025-07-18 16:18", text)
        return text.replace("\r\n", "\n")


def environment(sandbox: Sandbox | None = None, **others: str) -> dict[str, str]:
    """What a user who followed the README has set; nobody's own settings."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VOLT_", "XDG_"))
        and name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    }
    ours = {"HOME": "/nonexistent", "TERM": "xterm-256color", "TZ": "UTC", "COLUMNS": "80"}
    if sandbox:
        ours |= {"VOLT_API_URL": sandbox.url, "VOLT_TOKEN": "sandbox", "VOLT_FROM": OWN}
    return kept | ours | others


def volt(*arguments: str, env: Mapping[str, str], given: str | bytes = "", cwd: Path = ROOT) -> Ran:
    """Run it with pipes for stdin, stdout and stderr."""
    ran = subprocess.run(
        [*COMMAND, *arguments],
        env=env,
        cwd=cwd,
        input=given if isinstance(given, bytes) else given.encode(),
        capture_output=True,
        timeout=WAIT_SECONDS,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def volt_here(*arguments: str, env: Mapping[str, str], given: str | bytes = "") -> Ran:
    """Run it in this process, which is quicker; what it would import is imported already."""
    stdin = io.TextIOWrapper(io.BytesIO(given if isinstance(given, bytes) else given.encode()))
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with (
        patch.dict(os.environ, env, clear=True),
        patch.multiple(sys, stdin=stdin, stdout=out, stderr=err),
    ):
        code = main(arguments)
    for stream in (out, err):
        stream.flush()
    return Ran(code, *(one.buffer.getvalue().decode() for one in (out, err)))


def volt_on_terminal(*arguments: str, env: Mapping[str, str]) -> Ran:
    """Run it with stdout on a terminal of 80 columns; stderr is a pipe, so that it can be told."""
    with started(*arguments, env=env) as (process, terminal):
        out = read_terminal(terminal)
        assert process.stderr
        err = process.stderr.read().decode()
        return Ran(process.wait(WAIT_SECONDS), out, err)


@contextmanager
def started(
    *arguments: str, env: Mapping[str, str], stderr: int | None = subprocess.PIPE
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start it with stdout on a terminal; `stderr=None` puts stderr there too."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 80, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=env,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs if stderr is None else stderr,
    )
    os.close(theirs)
    try:
        yield process, ours
    finally:
        process.kill()
        process.wait(WAIT_SECONDS)
        if process.stderr:
            process.stderr.close()
        os.close(ours)


def read_terminal(terminal: int, until: str | None = None) -> str:
    """All that a process writes to its terminal, to the end or to some words."""
    content = b""
    with contextlib.suppress(OSError):  # Linux says so when the other side has closed
        while until is None or until not in content.decode(errors="replace"):
            assert select.select([terminal], [], [], WAIT_SECONDS)[0], f"no more than {content!r}"
            piece = os.read(terminal, 65_536)
            if not piece:
                break
            content += piece
    return content.decode(errors="replace")


@contextmanager
def answering(status: int, body: str, headers: Mapping[str, str] = {}) -> Iterator[str]:
    """Serve the same answer to every POST, until the block ends; gives the URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def date_time_string(self, timestamp: float | None = None) -> str:
            return headers.get("Date") or super().date_time_string(timestamp)

        def send_header(self, keyword: str, value: str) -> None:
            if keyword != "Date" or value == self.date_time_string():
                super().send_header(keyword, value)

    with http_server(Handler) as url:
        yield f"{url}/graphql"
