"""What happens, told to whoever listens: server-sent events."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.test_sandbox import ARGUMENTS, CREATE, OWN, PERSON
from volt.sandbox import _events, create_app
from volt.sandbox._events import Hub
from volt.sandbox.testing import RunningSandbox, running


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSandbox]:
    with running(create_app(pace_seconds=0.05)) as one:
        yield one


def events(server: RunningSandbox, count: int, act: Any) -> list[tuple[str, Any]]:
    """Listen, act once the stream has begun, and return the first events."""
    found: list[tuple[str, Any]] = []
    url = f"{server.base_url}/_sandbox/events"
    with httpx.stream("GET", url, timeout=10) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        kind = ""
        for line in response.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            if line.startswith("data: "):
                found.append((kind, json.loads(line.removeprefix("data: "))))
                if kind == "hello":
                    threading.Thread(target=act).start()
                if len(found) == count:
                    break
    return found


def test_what_happens_is_told_as_it_happens(server: RunningSandbox) -> None:
    """A text, its request, and its way to the phone, without anyone asking."""

    def act() -> None:
        headers = {"Authorization": "Bearer sandbox"}
        content = {"query": CREATE, "variables": ARGUMENTS}
        httpx.post(server.url, headers=headers, json=content)

    told = events(server, 5, act)
    assert [kind for kind, _ in told] == ["hello", "message", "request", "status", "status"]
    assert told[1][1]["body"] == ARGUMENTS["body"]
    assert told[2][1] == {"method": "POST", "path": "/graphql", "status": 200, "fault": None}
    assert [data["status"] for _, data in told[3:]] == ["sent", "delivered"]


def test_what_a_person_does_is_told_too(server: RunningSandbox) -> None:
    """So that a second page, or a terminal, sees it."""

    def act() -> None:
        base = f"{server.base_url}/_sandbox"
        httpx.post(f"{base}/reply", json={"from": PERSON, "body": "STOP"})
        httpx.post(f"{base}/conversations/{OWN}/{PERSON}/read", json={"by": "organization"})
        httpx.post(f"{base}/chaos", json={"fault": "503"})
        httpx.post(f"{base}/reset")

    told = events(server, 6, act)
    assert [kind for kind, _ in told] == ["hello", "message", "opt-out", "read", "chaos", "reset"]
    assert told[2][1] == {"person": PERSON, "isOptedOut": True}
    assert told[3][1] == {"own": OWN, "person": PERSON}


def test_listeners_are_counted(server: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is turned away; one that has left makes room."""
    url = f"{server.base_url}/_sandbox/events"
    hub = server.app.state.sandbox.hub

    def wait_until_full(*, is_full: bool) -> None:
        for _ in range(500):
            if hub.is_full is is_full:
                return
            time.sleep(0.01)
        pytest.fail("a listener is not counted, or one that left still is")

    monkeypatch.setattr(_events, "LISTENERS_AT_MOST", 1)
    wait_until_full(is_full=False)  # those of the tests before have left
    with httpx.stream("GET", url, timeout=10):
        wait_until_full(is_full=True)
        assert httpx.get(url).status_code == 503
    wait_until_full(is_full=False)


def test_a_silent_stream_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy or a browser that hears nothing for long gives up."""
    monkeypatch.setattr(_events, "HEARTBEAT_SECONDS", 0.01)

    async def listen() -> list[bytes]:
        stream = Hub().stream()
        heard = [await anext(stream) for _ in range(3)]
        await stream.aclose()  # type: ignore[attr-defined]
        return heard

    first, *rest = asyncio.run(listen())
    assert first == b"retry: 1000\nevent: hello\ndata: null\n\n"
    assert rest == [b": still here\n\n"] * 2


def test_a_listener_that_is_too_slow_is_told_to_start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: what it missed is dropped, and it is told so."""
    monkeypatch.setattr(_events, "_WAITING_AT_MOST", 3)

    async def listen() -> list[bytes]:
        hub = Hub()
        stream = hub.stream()
        await anext(stream)
        for number in range(4):
            hub.publish("message", number)
        hub.publish("message", 4)
        heard = [await anext(stream), await anext(stream)]
        hub.close()
        assert [event async for event in stream] == []
        return heard

    assert asyncio.run(listen()) == [
        b"event: missed\ndata: null\n\n",
        b"event: message\ndata: 4\n\n",
    ]
