"""The error for a verdict, in words that hold no number, no body and no token."""

from typing import Any

from volt import e164
from volt._outcome import Content, Failure, Reply
from volt._policy import Kind, Verdict
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

_PHASES: dict[Phase, str] = {
    "nothing": "not connected",
    "incomplete": "before the whole request was handed on",
    "refused": "and the server says that it did not process the request",
    "complete": "after the whole request was handed on",
    "unknown": "not known how much of the request was handed on",
}

_CONTENTS = {
    Content.RESULT: "with the result",
    Content.NULL: "with null for the result",
    Content.PARTIAL: "with a part of the result",
    Content.REFUSAL: "with errors",
    Content.UNREADABLE: "and the body is no GraphQL reply to the request",
    Content.CUT_SHORT: "and the body was cut short",
}


#: What a server that is no GraphQL endpoint says of a POST.
_WITHOUT_GRAPHQL = frozenset({200, 201, 202, 204, 404, 405, 410, 415, 501})


class Subject:
    """What a call is about, for people to read.

    Args:
        kind: Whether it only reads.
        operation: The operation's name; None for text that has none.
        server: The endpoint.
        to: The recipient.
        from_: The sender.
    """

    __slots__ = ("_from", "_to", "kind", "operation", "server")

    def __init__(
        self,
        *,
        kind: Kind,
        operation: str | None,
        server: str,
        to: object = None,
        from_: object = None,
    ) -> None:
        self.kind: Kind = kind
        self.operation = operation or "-"
        self.server = server
        self._to = to
        self._from = from_

    @property
    def to(self) -> str | None:
        """The recipient, masked."""
        return e164.mask(self._to) if isinstance(self._to, str) else None

    @property
    def from_(self) -> str | None:
        """The sender, masked."""
        return e164.mask(self._from) if isinstance(self._from, str) else None

    @property
    def may_be_out(self) -> str:
        """The warning that nobody knows what became of the call."""
        what = f"the text to {self.to} may have been sent" if self.to else "it may have been done"
        return f"{what}: look before you repeat it"


def error_of(
    subject: Subject,
    verdict: Verdict,
    outcome: Reply[Any] | Failure,
    attempts: tuple[Attempt, ...],
    remark: str,
) -> VoltError:
    """Make the error that says what is known.

    Args:
        subject: What the call is about.
        verdict: What the outcome proves; not `ACCEPTED`.
        outcome: The outcome to tell of.
        attempts: Every request of the call.
        remark: Why the call ended here, if that needs saying.
    """
    reply = None if isinstance(outcome, Failure) else outcome
    facts: dict[str, Any] = {
        "attempts": attempts,
        "status_code": reply.status if reply else None,
        "errors": reply.errors if reply else (),
    }
    remark = f"; {remark}" if remark else ""
    happened = f"{remark} [{subject.server}: {describe(outcome)}]"
    if verdict is Verdict.UNKNOWN:
        unknown = DeliveryUnknownError(f"{subject.may_be_out}{happened}", **facts)
        unknown.to, unknown.from_ = subject.to, subject.from_
        unknown.phase = outcome.phase if isinstance(outcome, Failure) else "replied"
        error: VoltError = unknown
    else:
        error_type, message = _ERRORS[verdict]
        unsent = "; nothing was sent" if subject.kind == "mutation" else ""
        error = error_type(f"{message}{unsent}{happened}", **facts)
    error.retry_after_seconds = reply.retry_after_seconds if reply else None
    return error


def describe(outcome: Reply[Any] | Failure) -> str:
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
    elif outcome.content is Content.UNREADABLE and outcome.status in _WITHOUT_GRAPHQL:
        said += "; is the URL right?"
    return said
