"""The fault matrix: what a caller learns from each way in which a request can fail.

Every row is one fault. It is tried three times on both clients and on several transports:
a text that meets it once, with a healthy server afterwards; a text that meets it always; a query
that meets it once. Each try says how many whole POSTs arrived, what was executed, and exactly
what the caller learned. The rows follow the table of docs/when-things-fail.md.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Caller
from tests.faults import FaultServer
from tests.faults import actions as a
from tests.faults.clients import TRANSPORTS, Learned, get_message, run, send
from tests.faults.network import fail_to_resolve, network_of, refuse
from tests.faults.server import Action
from volt import (
    AuthenticationError,
    RateLimitedError,
    RejectedError,
    RequestRefusedError,
    UnavailableError,
    UnreadableReplyError,
    VoltError,
)
from volt.errors import Phase

LARGE = "x" * 8_000_000


@dataclass(frozen=True)
class Accepted:
    """The call returns, after one request."""


@dataclass(frozen=True)
class Unknown:
    """`DeliveryUnknownError` at once: no second request."""

    phase: Phase
    status: int | None = None


@dataclass(frozen=True)
class Raises:
    """Another error at once: not sent, and no second request."""

    error: type[VoltError]


@dataclass(frozen=True)
class Retried:
    """Sent again; if it never ends, this error says after four requests that nothing was sent."""

    error: type[VoltError]
    phase: Phase = "replied"
    status: int | None = None


Expected = Accepted | Unknown | Raises | Retried


@dataclass(frozen=True)
class Row:
    """One fault, and what follows from it."""

    fault: str
    action: Action
    mutation: Expected
    query: Expected
    arrives: bool = True
    """Whether the whole POST reaches the server."""
    executes: bool = False
    """Whether the server does what it asks."""
    text: str = "Your table is ready."
    timeout: float | None = None


NOT_SENT = Retried(UnavailableError, "nothing")
NO_REPLY = Unknown("complete")
ASK_AGAIN = Retried(UnavailableError, "complete")

#: No reply came: the evidence decides, and a transport that gives none leaves all unknown.
NO_REPLY_ROWS = [
    Row("connection refused", refuse, NOT_SENT, NOT_SENT, arrives=False),
    Row("name not found", fail_to_resolve, NOT_SENT, NOT_SENT, arrives=False),
    Row("closed after the request", a.close_after_request, NO_REPLY, ASK_AGAIN),
    Row("reset after the request", a.reset_after_request, NO_REPLY, ASK_AGAIN),
    Row("silence after the request", a.hang_after_request, NO_REPLY, ASK_AGAIN, timeout=0.6),
    Row("executed, then closed", a.execute_then_close, NO_REPLY, ASK_AGAIN, executes=True),
    Row("executed, then reset", a.execute_then_reset, NO_REPLY, ASK_AGAIN, executes=True),
    Row("executed, then silence", a.execute_then_hang, NO_REPLY, ASK_AGAIN, executes=True,
        timeout=0.6),
    Row("closed within the reply's headers", a.half_a_head, NO_REPLY, ASK_AGAIN, executes=True),
    Row("an answer that is no HTTP", a.no_http, NO_REPLY, ASK_AGAIN, executes=True),
]  # fmt: skip


def replied(status: int) -> Unknown:
    return Unknown("replied", status)


def chunked(body: bytes) -> bytes:
    return b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


def busy(status: int) -> Retried:
    return Retried(RateLimitedError if status == 429 else UnavailableError, "replied", status)


CUT_SHORT = Retried(UnavailableError, "replied", 200)
UNREADABLE = Raises(UnreadableReplyError)
REFUSED = Raises(RequestRefusedError)
REJECTED = Raises(RejectedError)
NO_TOKEN = Raises(AuthenticationError)
NOTHING = {"id": None, "body": None, "status": None}
SOME_ERROR = [{"message": "statusDescription failed", "path": ["createMessage", "status"]}]

#: A reply came: what it says is the same over every transport.
REPLY_ROWS = [
    # Not processed: 429, 425, 421.
    *(Row(f"{s}", a.status(s), busy(s), busy(s)) for s in (429, 425, 421)),
    *(Row(f"{s}, then closed", a.status(s, keep=False), busy(s), busy(s)) for s in (429, 425)),
    *(Row(f"{s}, again at once", a.status(s, "0"), busy(s), busy(s)) for s in (429, 425, 421)),
    # A server failure proves nothing, executed or not.
    *(Row(f"{s}", a.status(s), replied(s), busy(s)) for s in (500, 502, 503, 504, 408)),
    *(Row(f"executed, then {s}", a.status(s, execute=True), replied(s), busy(s), executes=True)
      for s in (500, 502, 503, 504, 408)),
    Row("503, again at once", a.status(503, "0"), replied(503), busy(503)),
    Row("executed, then 503, again at once", a.status(503, "0", execute=True), replied(503),
        busy(503), executes=True),
    # 200 without the result.
    Row("200 with HTML", a.reply(a.HTML), replied(200), UNREADABLE),
    Row("executed, then 200 with HTML", a.reply(a.HTML, execute=True), replied(200), UNREADABLE,
        executes=True),
    Row("200 with nothing", a.reply(b"", execute=True), replied(200), UNREADABLE, executes=True),
    Row("200 with {}", a.reply({}), replied(200), UNREADABLE),
    Row("200 with data: null", a.reply({"data": None}), replied(200), UNREADABLE),
    # For a query, null is a result: there is no such message.
    Row("200 with null for the field", a.result(None), replied(200), Accepted()),
    Row("executed, then null for the field", a.result(None, execute=True), replied(200),
        Accepted(), executes=True),
    Row("truncated JSON", a.truncated(), replied(200), CUT_SHORT),
    Row("executed, then truncated JSON", a.truncated(execute=True), replied(200), CUT_SHORT,
        executes=True),
    Row("executed, then headers only", a.head_only, replied(200), CUT_SHORT, executes=True),
    # Never executed: the status, or GraphQL errors without data, say so.
    *(Row(f"{s}", a.status(s), NO_TOKEN, NO_TOKEN) for s in (401, 403)),
    *(Row(f"{s}", a.status(s), REFUSED, REFUSED) for s in (400, 404, 405, 413, 415)),
    *(Row(f"400 with {s}", a.refusal("Unknown argument", s, 400), REFUSED, REFUSED)
      for s in ("GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED")),
    Row("200 with errors and no data", a.refusal("Unknown argument"), REFUSED, REFUSED),
    Row("200 with UNAUTHENTICATED", a.refusal("Who are you?", "UNAUTHENTICATED"), NO_TOKEN,
        NO_TOKEN),
    # An error at the field, with a known Volt code: not sent.
    *(Row(f"field error {code}", a.field_error(code), REJECTED, REJECTED)
      for code in (101, 103, 199, 402, 501, 503, 603, 702, 801)),
    *(Row(f"field error {code}", a.field_error(code), Retried(RateLimitedError, "replied", 200),
          Retried(RateLimitedError, "replied", 200)) for code in (601, 602)),
    # Any other error at the field is HTTP 200's form of a 500.
    Row("field error", a.field_error(), replied(200), REJECTED),
    Row("executed, then field error", a.field_error(execute=True), replied(200), REJECTED,
        executes=True),
    Row("field error 901", a.field_error(901), replied(200), REJECTED),
    Row("executed, then field error 901", a.field_error(901, execute=True), replied(200),
        REJECTED, executes=True),
    Row("field error of no known code", a.field_error(999), replied(200), REJECTED),
    # A well-formed GraphQL body outranks the status.
    *(Row(f"accepted with {s}", a.accepted_with(s), Accepted(), Accepted(), executes=True)
      for s in (429, 500, 503)),
    Row("429 with null for the field", a.field_error(code=429, execute=True), replied(429),
        REJECTED, executes=True),
    Row("503 with field error 103", a.field_error(103, code=503), REJECTED, REJECTED),
    # To Volt, 503 says "opted out"; here it may be the HTTP status over again.
    Row("503 with field error 503", a.field_error(503, code=503), replied(503), REJECTED),
    # Data and errors: the text is out.
    Row("accepted with errors beside it", a.accepted_with(errors=SOME_ERROR), Accepted(),
        Accepted(), executes=True),
    # Garbled on the way: the result cannot be read, and was there.
    Row("executed, then broken gzip", a.accept_encoded(bytes, Content_Encoding="gzip"),
        replied(200), CUT_SHORT, executes=True),
    Row("executed, then broken chunks", a.accept_encoded(bytes, Transfer_Encoding="chunked"),
        replied(200), CUT_SHORT, executes=True),
    Row("executed, then a message without a value", a.result(NOTHING, execute=True), replied(200),
        Accepted(), executes=True),
    # Odd, but whole.
    Row("accepted in chunks", a.accept_encoded(chunked, Transfer_Encoding="chunked"), Accepted(),
        Accepted(), executes=True),
    Row("accepted with gzip", a.accept_encoded(gzip.compress, Content_Encoding="gzip"),
        Accepted(), Accepted(), executes=True),
    Row("accepted with a byte order mark", a.accept_encoded(b"\xef\xbb\xbf".__add__), Accepted(),
        Accepted(), executes=True),
    Row("accepted after 103", a.early_hints, Accepted(), Accepted(), executes=True),
    Row("accepted, ended by the connection", a.accept_until_close, Accepted(), Accepted(),
        executes=True),
    Row("accepted with a Retry-After", a.accepted_with(headers={"Retry-After": "9"}), Accepted(),
        Accepted(), executes=True),
]  # fmt: skip

#: What a transport that reports no phases leaves of the first table.
UNPROVED = Unknown("unknown")


@dataclass(frozen=True)
class Case:
    """A row on a transport."""

    row: Row
    transport: str

    @property
    def mutation(self) -> Expected:
        """What a text meets."""
        silent = self.transport in ("phaseless", "liar")
        return UNPROVED if silent and self.row in NO_REPLY_ROWS else self.row.mutation

    @property
    def query(self) -> Expected:
        """What a query meets."""
        silent = self.transport in ("phaseless", "liar")
        if silent and self.row in NO_REPLY_ROWS:
            return Retried(UnavailableError, "unknown")
        return self.row.query


CASES = [Case(row, transport) for row in NO_REPLY_ROWS for transport in TRANSPORTS]
CASES += [Case(row, transport) for row in REPLY_ROWS for transport in ("default", "stock")]


@pytest.fixture(params=CASES, ids=lambda case: f"{case.row.fault}-{case.transport}")
def case(request: pytest.FixtureRequest) -> Case:
    case: Case = request.param
    return case


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


def meet(case: Case, caller: Caller, server: FaultServer, call: Any) -> Learned:
    """Make the call, and see that what it says of its requests is so."""
    with network_of(server) as url:
        (learned,) = run(
            caller,
            [call],
            http_client=TRANSPORTS[case.transport](caller),
            url=url,
            timeout=case.row.timeout,
        )
        server.settle()
    return learned


def check(learned: Learned, expected: Expected) -> None:
    """Compare what was learned with what a row expects of one fault before a healthy server."""
    match expected:
        case Accepted():
            assert learned.outcome == "accepted", learned
            if learned.result is not None:
                assert [attempt.phase for attempt in learned.attempts] == ["replied"]
        case Unknown(phase, status):
            assert learned.outcome == "unknown", learned
            assert learned.error
            assert (learned.error.phase, learned.error.status_code) == (phase, status)  # type: ignore[attr-defined]
            assert [(t.phase, t.status_code) for t in learned.attempts] == [(phase, status)]
        case Raises(error):
            assert type(learned.error) is error, learned
            assert len(learned.attempts) == 1
        case Retried(_, phase, status):
            assert learned.outcome == "accepted", learned
            first, second = learned.attempts
            assert (first.phase, first.status_code) == (phase, status)
            assert second.phase == "replied"


def test_a_text_that_meets_the_fault_once(case: Case, caller: Caller, server: FaultServer) -> None:
    """It is sent again only where the row says so, and then it goes out, once."""
    row, expected = case.row, case.mutation
    server.script.append(row.action)
    learned = meet(case, caller, server, send(row.text))
    check(learned, expected)
    again = isinstance(expected, Retried)
    assert server.volt.posts == [row.text] * (row.arrives + again)
    assert server.volt.executed == [row.text] * (row.executes + again)
    if learned.outcome == "accepted":
        assert learned.result.id == server.volt.messages[-1]["id"]


def test_a_text_that_meets_the_fault_always(
    case: Case, caller: Caller, server: FaultServer
) -> None:
    """Four requests where the row says that it is sent again, else one."""
    row, expected = case.row, case.mutation
    server.otherwise = row.action
    learned = meet(case, caller, server, send(row.text))
    if isinstance(expected, Retried):
        assert type(learned.error) is expected.error, learned
        assert [(t.phase, t.status_code) for t in learned.attempts] == [
            (expected.phase, expected.status)
        ] * 4
        assert server.volt.posts == [row.text] * 4 * row.arrives
        assert server.volt.executed == []
    else:
        check(learned, expected)
        assert server.volt.posts == [row.text] * row.arrives
        assert server.volt.executed == [row.text] * row.executes


def test_a_query_that_meets_the_fault_once(case: Case, caller: Caller, server: FaultServer) -> None:
    """It is never unknown, and asked again wherever that can help."""
    server.script.append(case.row.action)
    learned = meet(case, caller, server, get_message())
    check(learned, case.query)
    again = isinstance(case.query, Retried)
    assert server.volt.queries == case.row.arrives + again


def test_errors_beside_the_message_are_kept(caller: Caller, server: FaultServer) -> None:
    """The text is out; what went wrong with its fields is on the message."""
    server.script.append(a.accepted_with(errors=SOME_ERROR))
    (learned,) = run(caller, [send("x")], url=server.url)
    assert learned.result.errors == tuple(SOME_ERROR)


def test_errors_of_an_unknown_outcome_are_attached(caller: Caller, server: FaultServer) -> None:
    """A person decides by them."""
    server.script.append(a.field_error(901, execute=True))
    (learned,) = run(caller, [send("x")], url=server.url)
    assert learned.outcome == "unknown"
    assert learned.error
    assert [error.code.code for error in learned.error.errors if error.code] == [901]
