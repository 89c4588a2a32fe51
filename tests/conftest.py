"""What the tests share: both clients behind one door, and a sandbox of their own."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast
from urllib.request import Request, urlopen

import httpx
import pytest
from hypothesis import settings

import volt._core
from volt import AsyncVolt, Volt

ROOT = Path(__file__).parent.parent
OWN, THEIRS = "+15555550123", "+15555550145"
#: How a test calls make: in the environment that runs it, as installed as it is.
VENV = Path(sys.prefix)
MAKE = ("make", "--no-print-directory", f"VENV={VENV}", "-o", f"{VENV}/.run", "-o", f"{VENV}/.test")
Handler = Callable[[httpx.Request], httpx.Response]

# A shell starts what runs in its background with SIGINT ignored, and so would be what a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says something of the machine only.
settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on who runs it."""
    for name in [name for name in os.environ if name.startswith("VOLT_")]:
        monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real ones are tested as such, in `test_flow.py`."""
    monkeypatch.setattr(volt._core, "waits", lambda: itertools.repeat(0.001))
    monkeypatch.setattr(volt._core, "POLLS", (0.01, 0.02, 0.05, 0.1))


@contextmanager
def http_server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Answer requests by such handlers, until the block ends; gives the URL, without a path."""
    silent = type("Silent", (handler,), {"log_message": lambda *_: None})
    with ThreadingHTTPServer(("127.0.0.1", 0), silent) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@dataclass(frozen=True)
class Caller:
    """Calls a method of `Volt` or of `AsyncVolt`, so that every case runs on both."""

    kind: str

    @property
    def client_type(self) -> type[Volt] | type[AsyncVolt]:
        return Volt if self.kind == "sync" else AsyncVolt

    def http_client(self, transport: httpx.MockTransport) -> httpx.Client | httpx.AsyncClient:
        if self.kind == "sync":
            return httpx.Client(transport=transport)
        return httpx.AsyncClient(transport=transport)

    def httpx_client(self, **options: Any) -> httpx.Client | httpx.AsyncClient:
        return httpx.Client(**options) if self.kind == "sync" else httpx.AsyncClient(**options)

    def make(self, **options: Any) -> Volt | AsyncVolt:
        options = {"token": "secret-token", "from_": OWN, "url": "http://127.0.0.1:9/"} | options
        return self.client_type(**options)

    def answered_by(self, handler: Handler, **options: Any) -> Volt | AsyncVolt:
        """A client whose requests end in a function; such a transport reports no evidence."""
        return self.make(http_client=self.http_client(httpx.MockTransport(handler)), **options)

    def call(self, client: Volt | AsyncVolt, method: str, *args: Any, **kwargs: Any) -> Any:
        """Run one method to its end, then close the client, and the httpx client that it has.

        One that is left open warns when it is collected, in the middle of another test.
        """
        if isinstance(client, Volt):
            with _given(client) or nullcontext(), client:
                return getattr(client, method)(*args, **kwargs)

        async def run() -> Any:
            async with _given(client) or nullcontext(), client:
                return await getattr(client, method)(*args, **kwargs)

        return asyncio.run(run())


def _given(client: Volt | AsyncVolt) -> Any:
    """The user's own httpx client, if it has one."""
    by_httpx = client._transport.by_httpx
    return by_httpx and by_httpx.given


@pytest.fixture(params=["sync", "async"])
def caller(request: pytest.FixtureRequest) -> Caller:
    return Caller(cast("str", request.param))


@dataclass(frozen=True)
class Sandbox:
    """A local Volt in a process of its own."""

    url: str

    def get(self, path: str) -> list[dict[str, Any]]:
        with urlopen(self.url.replace("/graphql", path)) as reply:
            return cast("list[dict[str, Any]]", json.load(reply))

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.get("/_sandbox/messages")

    @property
    def requests(self) -> list[dict[str, Any]]:
        return self.get("/_sandbox/requests")

    def reset(self) -> None:
        urlopen(Request(self.url.replace("/graphql", "/_sandbox/reset"), method="POST")).close()


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    process = subprocess.Popen(
        [sys.executable, "-m", "volt.sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        first_line = process.stdout.readline()
        assert first_line.startswith("Volt sandbox: http://127.0.0.1:"), first_line
        yield Sandbox(first_line.split(": ", 1)[1].strip())
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """The session's sandbox, emptied."""
    sandbox_process.reset()
    return sandbox_process
