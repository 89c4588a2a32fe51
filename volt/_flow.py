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
    """What came back to a `Send`, as bytes; `body` is None if it was cut short."""

    status: int
    headers: Mapping[str, str]
    """By name, in lower case or any."""
    body: bytes | None
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
    Verdict.UNKNOWN: (DeliveryUnknownError, "the request may have been executed, the text be out"),
}


def _error(
    call: Call[Any], verdict: Verdict, outcome: ReadReply[Any] | Failure, attempt: Attempt
) -> VoltError:
    error_type, message = _ERRORS[verdict]
    if verdict is Verdict.UNKNOWN:
        message += f": look before you send it again{f' to {call.to}' if call.to else ''}"
    elif call.kind == "mutation":
        message += "; nothing was sent"
    message += f" [{_describe(outcome)}]"
    if isinstance(outcome, Failure):
        error = error_type(message, attempts=(attempt,))
    else:
        error = error_type(
            message, attempts=(attempt,), status_code=outcome.status, errors=outcome.errors
        )
    if isinstance(error, RateLimitedError) and isinstance(outcome, ReadReply):
        error.retry_after_seconds = outcome.retry_after_seconds
    if isinstance(error, DeliveryUnknownError):
        error.to, error.from_ = call.to, call.from_
    return error


_PHASES = {
    "nothing": "before anything was sent",
    "incomplete": "before the whole request was sent",
    "complete": "after the whole request was sent",
    "unknown": "and it is not known how much of the request was sent",
}

_CONTENTS = {
    Content.RESULT: "with the result",
    Content.NULL: "with null for the result",
    Content.PARTIAL: "with a part of the result",
    Content.REFUSAL: "with errors",
    Content.NONE: "with a body that is no answer to it",
    Content.CUT_SHORT: "with a body that was cut short",
}


def _describe(outcome: ReadReply[Any] | Failure) -> str:
    """Say what happened, in words that hold no number, no body and no token."""
    if isinstance(outcome, Failure):
        return f"{type(outcome.cause).__name__} {_PHASES[outcome.phase]}"
    said = f"HTTP {outcome.status} {_CONTENTS[outcome.content]}"
    if outcome.errors:
        first = outcome.errors[0]
        code = f" (Volt code {first.code.code}: {first.code.meaning})" if first.code else ""
        said += f": {first.message or 'an error without a message'}{code}"
    if 300 <= outcome.status < 400:
        said += " (redirects are never followed: set url= to where the API is)"
    return said
