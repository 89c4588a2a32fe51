"""One call, as a generator: it yields what it wants done and is sent what came of it.

Both clients drive it (`_client.py`), so it is written once. Pure: what it yields is done elsewhere.
"""

from collections.abc import Callable, Collection, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from volt._policy import Content, Failure, Kind, Reply, Verdict, decide
from volt.errors import (
    Attempt,
    AuthenticationError,
    DeliveryUnknownError,
    Phase,
    RateLimitedError,
    RejectedError,
    RequestRefusedError,
    UnavailableError,
    UnreadableReplyError,
    VoltError,
)

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Send:
    """Send this body as one POST."""

    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back to a `Send`, as bytes."""

    status: int
    headers: Mapping[str, str]
    """By name, in lower case or any."""
    body: bytes
    whole: bool
    """Whether the body was read to its end."""
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, kw_only=True)
class ReadReply(Reply, Generic[ResultT]):
    """A reply, read: with its result where it has one."""

    result: ResultT | None = None
    retry_after_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Call(Generic[ResultT]):
    """Everything that one call of an operation is made of."""

    kind: Kind
    body: bytes
    read: Callable[[Answer], ReadReply[ResultT]]
    not_processed: Collection[int]
    server: str
    """Where the request goes, for people to read."""
    to: str | None = None
    """The recipient, masked."""
    from_: str | None = None
    """The sender, masked."""


def run(call: Call[ResultT]) -> Generator[Send, Answer | Failure, ResultT]:
    """Carry out a call: return its result, or raise the error that says what is known."""
    outcome = yield Send(call.body)
    if isinstance(outcome, Failure):
        attempt = Attempt(outcome.started_at, outcome.ended_at, outcome.phase)
        verdict = decide(call.kind, outcome, call.not_processed)
        raise _error(call, verdict, outcome, attempt) from outcome.cause
    reply = call.read(outcome)
    attempt = Attempt(outcome.started_at, outcome.ended_at, "replied", reply.status)
    verdict = decide(call.kind, reply, call.not_processed)
    if verdict is not Verdict.ACCEPTED:
        raise _error(call, verdict, reply, attempt)
    # Content.RESULT is only said of a reply whose result was read.
    return cast("ResultT", reply.result)


_ERRORS: dict[Verdict, tuple[type[VoltError], str]] = {
    Verdict.UNAVAILABLE: (UnavailableError, "Volt is not available"),
    Verdict.RATE_LIMITED: (RateLimitedError, "too much at once"),
    Verdict.UNAUTHENTICATED: (
        AuthenticationError,
        "Volt does not accept the token (check token= or VOLT_TOKEN)",
    ),
    Verdict.REFUSED: (RequestRefusedError, "Volt did not execute the request"),
    Verdict.REJECTED: (RejectedError, "Volt said no"),
    Verdict.UNREADABLE: (UnreadableReplyError, "the reply does not hold what the query asked for"),
}


def _error(
    call: Call[Any], verdict: Verdict, outcome: ReadReply[Any] | Failure, attempt: Attempt
) -> VoltError:
    reply = None if isinstance(outcome, Failure) else outcome
    facts: dict[str, Any] = {
        "attempts": (attempt,),
        "status_code": reply.status if reply else None,
        "errors": reply.errors if reply else (),
    }
    happened = f"{call.server}: {_describe(outcome)}"
    if verdict is Verdict.UNKNOWN:
        what = f"the text to {call.to} may have been sent" if call.to else "it may have been done"
        unknown = DeliveryUnknownError(f"{what}: look before you repeat it [{happened}]", **facts)
        unknown.to, unknown.from_ = call.to, call.from_
        return unknown
    error_type, message = _ERRORS[verdict]
    unsent = "; nothing was sent" if call.kind == "mutation" else ""
    error = error_type(f"{message}{unsent} [{happened}]", **facts)
    if isinstance(error, RateLimitedError) and reply:
        error.retry_after_seconds = reply.retry_after_seconds
    return error


_PHASES: dict[Phase, str] = {
    "nothing": "not connected",
    "incomplete": "before the whole request was handed on",
    "complete": "after the whole request was handed on",
    "unknown": "not known how much of the request was handed on",
}

_CONTENTS = {
    Content.RESULT: "with the result",
    Content.NULL: "with null for the result",
    Content.PARTIAL: "with a part of the result",
    Content.REFUSAL: "with errors",
    Content.UNREADABLE: "and the body is no GraphQL reply to the request; is the URL right?",
    Content.CUT_SHORT: "and the body was cut short",
}


def _describe(outcome: ReadReply[Any] | Failure) -> str:
    """Say what happened, in words that hold no number, no body and no token."""
    if isinstance(outcome, Failure):
        return f"{outcome.reason}, {_PHASES[outcome.phase]}"
    said = f"HTTP {outcome.status} {_CONTENTS[outcome.content]}"
    if outcome.errors:
        first = outcome.errors[0]
        code = f" (Volt code {first.code.code}: {first.code.meaning})" if first.code else ""
        said += f": {first.message or 'an error without a message'}{code}"
    if 300 <= outcome.status < 400:
        said += " Redirects are never followed."
    return said
