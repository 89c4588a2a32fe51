"""Faults of connections: TLS, pools, stale ones, large bodies, and races that may end either way."""

import asyncio
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from tests.conftest import OWN, THEIRS, Caller
from tests.faults import FaultServer
from tests.faults import actions as a
from tests.faults.clients import TRANSPORTS, Learned, Phaseless, assert_honest, run, send, stock
from tests.faults.network import full_backlog, unused_port
from tests.faults.server import Action
from volt import AsyncVolt, UnavailableError, Volt, VoltError

#: More than the buffers of two kernels hold: the client is still writing when it meets the fault.
LARGE = "x" * 8_000_000
EVIDENCE = ["default", "stock"]


# Nothing sent.


@pytest.mark.parametrize("transport", EVIDENCE)
def test_a_closed_port(caller: Caller, transport: str) -> None:
    """The real thing, refused by the kernel."""
    url = f"http://127.0.0.1:{unused_port()}/graphql"
    (learned,) = run(caller, [send("x")], http_client=TRANSPORTS[transport](caller), url=url)
    assert type(learned.error) is UnavailableError
    assert [attempt.phase for attempt in learned.attempts] == ["nothing"] * 4


@pytest.mark.parametrize("transport", EVIDENCE)
def test_a_connection_that_never_stands(caller: Caller, transport: str) -> None:
    """The deadline ends it; nothing was sent."""
    with full_backlog() as port:
        started = time.monotonic()
        (learned,) = run(
            caller,
            [send("x")],
            http_client=TRANSPORTS[transport](caller),
            url=f"http://127.0.0.1:{port}/graphql",
            deadline=0.5,
        )
    assert time.monotonic() - started < 4
    assert type(learned.error) is UnavailableError
    assert {attempt.phase for attempt in learned.attempts} == {"nothing"}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine trusts the fault server's certificate."""
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.mark.parametrize("transport", EVIDENCE)
def test_a_handshake_that_never_ends(caller: Caller, transport: str, trusted: None) -> None:
    """The deadline ends it; nothing was sent."""
    with FaultServer(otherwise=a.hang_on_connect) as server:
        started = time.monotonic()
        (learned,) = run(
            caller,
            [send("x")],
            http_client=TRANSPORTS[transport](caller),
            url=server.url.replace("http:", "https:"),
            deadline=0.5,
        )
    assert time.monotonic() - started < 4
    assert type(learned.error) is UnavailableError, learned
    assert {attempt.phase for attempt in learned.attempts} == {"nothing"}


TLS_FAULTS = {"closed": a.close_on_connect, "no TLS": a.speak_no_tls}


@pytest.mark.parametrize("transport", EVIDENCE)
@pytest.mark.parametrize("fault", TLS_FAULTS)
def test_a_failed_handshake_is_tried_again(
    caller: Caller,
    tls: ssl.SSLContext,
    trusted: None,
    transport: str,
    fault: str,
) -> None:
    """Our bytes are still here: nothing was sent."""
    with FaultServer(TLS_FAULTS[fault], tls=tls) as server:
        http_client = TRANSPORTS[transport](caller)
        (learned,) = run(caller, [send("x")], http_client=http_client, url=server.url)
        assert learned.outcome == "accepted", learned
        assert [attempt.phase for attempt in learned.attempts] == ["nothing", "replied"]
        assert server.volt.executed == ["x"]
    with FaultServer(otherwise=TLS_FAULTS[fault], tls=tls) as server:
        http_client = TRANSPORTS[transport](caller)
        (learned,) = run(caller, [send("x")], http_client=http_client, url=server.url)
        assert type(learned.error) is UnavailableError
        assert [attempt.phase for attempt in learned.attempts] == ["nothing"] * 4


@pytest.mark.parametrize("transport", EVIDENCE)
def test_a_certificate_that_is_not_trusted(
    caller: Caller, tls: ssl.SSLContext, transport: str
) -> None:
    """Nothing was sent to whoever it is."""
    with FaultServer(tls=tls) as server:
        http_client = TRANSPORTS[transport](caller)
        (learned,) = run(caller, [send("x")], http_client=http_client, url=server.url)
    assert type(learned.error) is UnavailableError
    assert {attempt.phase for attempt in learned.attempts} == {"nothing"}
    assert server.requests == []


@pytest.mark.parametrize("transport", EVIDENCE)
@pytest.mark.parametrize("end", [a.execute_then_close, a.execute_then_reset])
def test_the_end_of_a_tls_connection_after_the_request(
    caller: Caller, tls: ssl.SSLContext, trusted: None, transport: str, end: Action
) -> None:
    """Encrypted or not, a whole request without an answer is unknown."""
    with FaultServer(end, tls=tls) as server:
        http_client = TRANSPORTS[transport](caller)
        (learned,) = run(caller, [send("x")], http_client=http_client, url=server.url)
        assert (learned.outcome, learned.attempts[0].phase) == ("unknown", "complete")
        assert (server.volt.posts, server.volt.executed) == (["x"], ["x"])


def test_a_pool_without_a_free_connection(caller: Caller) -> None:
    """A user's pool of one, taken: the second text waited for it in vain, and was not sent."""
    with FaultServer(a.hang_after_request) as server:
        held, waited = run(
            caller,
            [send("holds the connection", deadline=1.2), send("waits", deadline=0.3)],
            at_once=2,
            stagger_seconds=0.2,
            http_client=caller.httpx_client(limits=httpx.Limits(max_connections=1)),
            url=server.url,
        )
        assert (held.outcome, held.attempts[0].phase) == ("unknown", "complete")
        assert type(waited.error) is UnavailableError, waited
        assert {attempt.phase for attempt in waited.attempts} == {"nothing"}
        assert server.volt.posts == ["holds the connection"]


# Stale connections.


@pytest.mark.parametrize("transport", ["default", "stock", "phaseless"])
def test_a_connection_that_was_closed_while_idle_is_not_used(
    caller: Caller, transport: str
) -> None:
    """It is readable, so it has ended: a fresh one takes the text, at the first try."""
    with FaultServer(a.accept_then_close, a.accept_then_close) as server:
        learned = run(
            caller,
            [send("one"), send("two"), send("three")],
            http_client=TRANSPORTS[transport](caller),
            pause_seconds=0.1,
            url=server.url,
        )
        assert [one.outcome for one in learned] == ["accepted"] * 3
        assert [len(one.attempts) for one in learned] == [1, 1, 1]
        assert server.volt.posts == server.volt.executed == ["one", "two", "three"]
        assert server.connections == 3


@pytest.mark.parametrize("transport", ["default", "stock"])
@pytest.mark.parametrize(
    "end", [a.close_after_request, a.reset_after_request, a.execute_then_reset]
)
def test_a_connection_that_is_closed_as_the_request_arrives(
    caller: Caller, transport: str, end: Action
) -> None:
    """The classic trap: a whole request on a kept connection, then the end. It proves nothing."""
    with FaultServer(a.accept, end) as server:
        first, second = run(
            caller,
            [send("one"), send("two")],
            http_client=TRANSPORTS[transport](caller),
            url=server.url,
        )
        assert first.outcome == "accepted"
        assert (second.outcome, second.attempts[0].phase) == ("unknown", "complete")
        assert server.volt.posts == ["one", "two"]
        assert server.connections == 1


# Not with httpx's transport and no pause: httpcore keeps what follows a reply, for the next request.
@pytest.mark.parametrize(
    ("transport", "pause_seconds"), [("default", 0.0), ("default", 0.02), ("stock", 0.02)]
)
def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next(
    caller: Caller, transport: str, pause_seconds: float
) -> None:
    """A connection that says more than it was asked is not used again."""
    with FaultServer(a.accept_with_leftover(pause_seconds)) as server:
        first, second = run(
            caller,
            [send("one"), send("two")],
            http_client=TRANSPORTS[transport](caller),
            pause_seconds=0.15,
            url=server.url,
        )
        server.settle()
        assert first.outcome == "accepted"
        assert_honest(server, [first, second])
        assert server.volt.executed == ["one", "two"]
        assert server.connections == 2


def test_a_connection_that_was_idle_for_four_seconds_is_not_used() -> None:
    """Servers close idle ones after 5 s at the earliest; what is sent at that moment is lost."""
    options: dict[str, Any] = {"token": "t", "from_": OWN}
    with FaultServer() as server, FaultServer() as other:

        async def send_now_and_then() -> None:
            async with AsyncVolt(url=other.url, **options) as client:
                for idle_seconds in (0.0, 0.2, 4.1):
                    await asyncio.sleep(idle_seconds)
                    await client.send(THEIRS, "x")

        thread = threading.Thread(target=asyncio.run, args=(send_now_and_then(),))
        thread.start()
        with Volt(url=server.url, **options) as client:
            for idle_seconds in (0.0, 0.2, 4.1):
                time.sleep(idle_seconds)
                client.send(THEIRS, "x")
        thread.join()
        assert (server.connections, other.connections) == (2, 2)


# Large bodies.


@pytest.mark.parametrize("transport", EVIDENCE)
def test_a_connection_that_is_closed_in_the_middle_of_the_body(
    caller: Caller, transport: str
) -> None:
    """The server cannot have the whole JSON, so the text is sent again.

    asyncio keeps what it is given, and may still send it: through httpx nobody can tell.
    """
    with FaultServer(a.close_mid_body) as server:
        (learned,) = run(
            caller, [send(LARGE)], http_client=TRANSPORTS[transport](caller), url=server.url
        )
        server.settle()
        if (caller.kind, transport) == ("async", "stock"):
            assert learned.outcome == "unknown"
            assert [attempt.phase for attempt in learned.attempts] == ["unknown"]
            assert server.requests == []
        else:
            assert learned.outcome == "accepted", learned.error
            assert [attempt.phase for attempt in learned.attempts] == ["incomplete", "replied"]
            assert len(server.volt.executed) == len(server.volt.posts) == 1


@pytest.mark.parametrize("transport", EVIDENCE)
def test_a_body_that_never_gets_through_was_not_sent(caller: Caller, transport: str) -> None:
    """Four tries, and none of them whole."""
    with FaultServer(otherwise=a.close_mid_body) as server:
        (learned,) = run(
            caller, [send(LARGE)], http_client=TRANSPORTS[transport](caller), url=server.url
        )
        server.settle()
        assert server.requests == []
        if (caller.kind, transport) == ("async", "stock"):
            assert learned.outcome == "unknown"
        else:
            assert type(learned.error) is UnavailableError, learned.error
            assert [attempt.phase for attempt in learned.attempts] == ["incomplete"] * 4


@pytest.mark.parametrize("transport", ["default", "stock", "liar"])
def test_a_body_that_stalls_until_the_client_gives_up(caller: Caller, transport: str) -> None:
    """What was buffered may still flow out after the deadline: then it must not count as unsent."""
    with FaultServer(a.stall_mid_body(0.6)) as server:
        (learned,) = run(
            caller,
            [send(LARGE)],
            http_client=TRANSPORTS[transport](caller),
            pause_seconds=0.7,  # the event loop goes on, and could flush
            url=server.url,
            deadline=0.3,
        )
        server.settle()
        assert_honest(server, [learned])
        if transport == "default":
            assert [attempt.phase for attempt in learned.attempts] == ["incomplete"]


@pytest.mark.parametrize("stall_seconds", [0.35, 0.45, 0.55])
@pytest.mark.parametrize("size", [1_000_000, 3_000_000, 6_000_000])
def test_an_event_loop_that_was_blocked_says_no_more_than_it_knows(
    size: int, stall_seconds: float
) -> None:
    """While it is, the server reads on: the deadline and the room to write are found together."""

    async def send_while_blocked(url: str) -> Learned:
        async with AsyncVolt(token="t", url=url, from_=OWN, deadline=0.4) as client:
            loop = asyncio.get_running_loop()
            loop.call_later(0.3, time.sleep, 0.4)
            try:
                learned = Learned(await client.send(THEIRS, "x" * size), text="x" * size)
            except VoltError as error:
                learned = Learned(error=error, text="x" * size)
            await asyncio.sleep(0.3)
            return learned

    with FaultServer(a.stall_mid_body(stall_seconds)) as server:
        learned = asyncio.run(send_while_blocked(server.url))
        server.settle()
        assert_honest(server, [learned])


@pytest.mark.parametrize("transport", EVIDENCE)
def test_a_large_body_that_is_refused_before_it_was_read(caller: Caller, transport: str) -> None:
    """413 in the middle of the body: the answer counts, if it can still be read."""
    with FaultServer(otherwise=a.answer_mid_body(413)) as server:
        (learned,) = run(
            caller, [send(LARGE)], http_client=TRANSPORTS[transport](caller), url=server.url
        )
        server.settle()
        assert learned.outcome in ("not sent", "unknown")
        assert server.requests == []


@pytest.mark.parametrize("transport", EVIDENCE)
def test_a_server_failure_in_the_middle_of_the_body_proves_nothing_was_done(transport: str) -> None:
    """503 to a body that was not handed on to its end: the server cannot have had the JSON."""
    caller = Caller("sync")  # asyncio does not tell what it handed on
    with FaultServer(a.answer_mid_body(503)) as server:
        (learned,) = run(
            caller, [send(LARGE)], http_client=TRANSPORTS[transport](caller), url=server.url
        )
        server.settle()
        assert learned.outcome == "accepted", learned.error
        assert len(server.volt.posts) == 1


# Races that may end either way, but never in a lie.

RACES = {
    "closed on connect": a.close_on_connect,
    "closed without being read": a.close_unread,
    "large, closed in the middle": a.close_mid_body,
    "large, 503 in the middle": a.answer_mid_body(503),
    "accepted, then closed": a.accept_then_close,
}


@pytest.mark.parametrize("transport", [*TRANSPORTS])
@pytest.mark.parametrize("race", RACES)
def test_whoever_wins_a_race_nobody_is_texted_twice_or_told_a_lie(
    caller: Caller, transport: str, race: str
) -> None:
    """The client's bytes and the server's close cross on the way."""
    texts = [f"{number} {LARGE if race.startswith('large') else ''}" for number in range(3)]
    script = [RACES[race], a.accept] * 3
    with FaultServer(*script) as server:
        learned = run(
            caller,
            [send(text) for text in texts],
            http_client=TRANSPORTS[transport](caller),
            url=server.url,
        )
        server.settle()
        assert_honest(server, learned)


class OwnWithPhases(Phaseless):
    """A user's own transport around a stock one, whose events are seen."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = self.inner.handle_request(request)
        return response

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = await self.inner.handle_async_request(request)
        return response


def test_a_users_own_transport_is_not_believed_even_where_it_reports(caller: Caller) -> None:
    """It may have sent the request another way before the connection that failed."""
    http_client = caller.httpx_client(transport=OwnWithPhases(stock(caller)))
    url = f"http://127.0.0.1:{unused_port()}/graphql"
    (learned,) = run(caller, [send("x")], http_client=http_client, url=url)
    assert (learned.outcome, len(learned.attempts)) == ("unknown", 1)
