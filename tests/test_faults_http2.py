"""Faults of HTTP/2, through a user's own `httpx.Client(http2=True)`: streams, and GOAWAY."""

from dataclasses import dataclass

import pytest
from h2.errors import ErrorCodes

from tests.conftest import Caller
from tests.faults import http2 as h
from tests.faults.clients import Learned, get_message, run, send
from tests.faults.http2 import Http2Action, Http2FaultServer
from volt import UnavailableError
from volt.errors import Phase


@dataclass(frozen=True)
class Row:
    """One fault of a stream that carried a whole text, and what follows from it."""

    fault: str
    action: Http2Action
    phase: Phase
    refused: bool = False
    """Whether it proves that the text was not processed, so that it is sent again."""
    executes: bool = False
    timeout: float | None = None


PROTOCOL_ERROR, INTERNAL = ErrorCodes.PROTOCOL_ERROR, ErrorCodes.INTERNAL_ERROR
ROWS = [
    Row("REFUSED_STREAM", h.reset_stream(ErrorCodes.REFUSED_STREAM), "nothing", refused=True),
    Row("RST_STREAM", h.reset_stream(INTERNAL), "complete"),
    Row("executed, then RST_STREAM", h.reset_stream(INTERNAL, execute=True), "complete",
        executes=True),
    Row("RST_STREAM: CANCEL", h.reset_stream(ErrorCodes.CANCEL, execute=True), "complete",
        executes=True),
    Row("GOAWAY below the stream", h.goaway(below=True), "nothing", refused=True),
    Row("GOAWAY below the stream, with an error", h.goaway(below=True, code=PROTOCOL_ERROR),
        "nothing", refused=True),
    Row("GOAWAY at the stream", h.goaway(below=False), "complete"),
    Row("executed, then GOAWAY at the stream", h.goaway(below=False, execute=True), "complete",
        executes=True),
    Row("GOAWAY at the stream, with an error", h.goaway(below=False, code=PROTOCOL_ERROR),
        "complete"),
    Row("closed", h.close(execute=False), "complete"),
    Row("executed, then closed", h.close(execute=True), "complete", executes=True),
    Row("closed within the reply", h.close_mid_reply, "replied", executes=True),
    Row("silence", h.hang(execute=True), "complete", executes=True, timeout=0.3),
    Row("503", h.status(503), "replied"),
    Row("executed, then 503", h.status(503, execute=True), "replied", executes=True),
]  # fmt: skip


@pytest.fixture(params=ROWS, ids=lambda row: row.fault)
def row(request: pytest.FixtureRequest) -> Row:
    row: Row = request.param
    return row


def call(
    caller: Caller, server: Http2FaultServer, *calls: object, timeout: float | None = None
) -> list[Learned]:
    learned = run(
        caller,
        calls,  # type: ignore[arg-type]
        http_client=caller.httpx_client(http1=False, http2=True),
        url=server.url,
        timeout=timeout,
    )
    server.settle()
    return learned


def test_a_text_that_meets_the_fault_once(caller: Caller, row: Row) -> None:
    """Sent again only after proof (RFC 9113, sections 6.8 and 8.7) that it was not processed."""
    with Http2FaultServer(row.action) as server:
        (learned,) = call(caller, server, send("x"), timeout=row.timeout)
        if row.refused:
            assert learned.outcome == "accepted", learned
            # httpcore itself may send again after a GOAWAY, within what is one request to us.
            assert len(learned.attempts) in (1, 2)
            assert server.volt.posts == ["x", "x"]
            assert server.volt.executed == ["x"]
        else:
            assert learned.outcome == "unknown", learned
            assert [attempt.phase for attempt in learned.attempts] == [row.phase]
            assert server.volt.posts == ["x"]
            assert server.volt.executed == ["x"] * row.executes


def test_a_text_that_follows_another_on_the_connection(caller: Caller, row: Row) -> None:
    """The stream's number is not 1, which is what GOAWAY is compared with."""
    with Http2FaultServer(h.accept, row.action) as server:
        first, second = call(caller, server, send("first"), send("x"), timeout=row.timeout)
        assert first.outcome == "accepted"
        assert second.outcome == ("accepted" if row.refused else "unknown"), second
        assert server.volt.posts == ["first", *(["x"] * (1 + row.refused))]
        assert server.volt.executed == ["first", *(["x"] * (row.refused or row.executes))]


def test_a_stream_that_is_always_refused_is_not_sent(caller: Caller) -> None:
    """Four tries, four refusals: certainly not sent."""
    with Http2FaultServer(otherwise=h.reset_stream(ErrorCodes.REFUSED_STREAM)) as server:
        (learned,) = call(caller, server, send("x"))
        assert type(learned.error) is UnavailableError, learned
        assert len(learned.attempts) == 4
        assert server.volt.executed == []


LOST = {
    "closed": h.close(execute=True),
    "GOAWAY at the stream": h.goaway(below=False, execute=True),
}


@pytest.mark.parametrize("end", LOST)
@pytest.mark.parametrize("before", [(), ("first",)], ids=["first stream", "third stream"])
def test_evidence_of_a_refused_post_does_not_clear_the_next(
    caller: Caller, end: str, before: tuple[str, ...]
) -> None:
    """After a GOAWAY below the third stream, httpcore sends again by itself, within one request."""
    script = [*(h.accept for _ in before), h.goaway(below=True), LOST[end]]
    with Http2FaultServer(*script) as server:
        *_, learned = call(caller, server, *map(send, before), send("x"))
        assert learned.outcome == "unknown", learned
        assert learned.attempts[-1].phase == "complete"
        assert server.volt.posts == [*before, "x", "x"]
        assert server.volt.executed == [*before, "x"]


def test_proofs_add_up(caller: Caller) -> None:
    """Refused by a GOAWAY, sent again by httpcore itself, and refused again: still not processed."""
    refuse = h.reset_stream(ErrorCodes.REFUSED_STREAM)
    with Http2FaultServer(h.accept, h.goaway(below=True), refuse) as server:
        _, learned = call(caller, server, send("first"), send("x"))
        assert learned.outcome == "accepted", learned
        assert server.volt.posts == ["first", "x", "x", "x"]
        assert server.volt.executed == ["first", "x"]


def test_a_graceful_shutdown_texts_nobody_twice(caller: Caller) -> None:
    """GOAWAY at our stream, which is then answered. httpcore may not wait for the answer."""
    with Http2FaultServer(h.goaway_then_accept) as server:
        first, second = call(caller, server, send("one"), send("two"))
        assert first.outcome in ("accepted", "unknown")
        assert second.outcome == "accepted"
        assert server.volt.posts == server.volt.executed == ["one", "two"]
        assert server.connections == 2


def test_a_query_is_asked_again(caller: Caller, row: Row) -> None:
    """Whatever became of its stream."""
    with Http2FaultServer(row.action) as server:
        (learned,) = call(caller, server, get_message(), timeout=row.timeout)
        assert learned.outcome == "accepted", learned
        assert server.volt.queries == 2
