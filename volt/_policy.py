"""What an outcome proves. Pure: evidence in, verdict out; no clock, no chance, no I/O.

The rule behind the table: a mutation counts as not executed only on positive proof. What is not
proved is unknown, because a text sent twice cannot be taken back.
"""

from collections.abc import Collection
from enum import Enum, auto
from typing import Any, Literal

from volt._outcome import Content, Failure, Reply
from volt.errors import Phase

Kind = Literal["query", "mutation"]

#: The phases that prove that a request was not executed. `refused`: RFC 9113, section 8.7.
UNSENT: frozenset[Phase] = frozenset({"nothing", "incomplete", "refused"})

#: HTTP statuses that prove that the request was not begun; the user may know more of them.
NOT_PROCESSED = frozenset({421, 425, 429})

_UNAUTHENTICATED = frozenset({401, 403})
_REFUSED = frozenset({400, 404, 405, 413, 415})
_RATE_LIMIT_CODES = frozenset({601, 602})
_INTERNAL_ERROR_CODE = 901
#: Values of `extensions.code` that Apollo Server made customary.
_DOCUMENT_KINDS = frozenset({"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"})
_TOKEN_KINDS = frozenset({"UNAUTHENTICATED", "FORBIDDEN"})


class Verdict(Enum):
    """What to tell the caller."""

    ACCEPTED = auto()
    """The result is there."""
    UNAVAILABLE = auto()
    """Not begun; trying again is safe."""
    RATE_LIMITED = auto()
    """Not begun, because there was too much; trying again later is safe."""
    UNAUTHENTICATED = auto()
    """Not begun: the token is not accepted."""
    REFUSED = auto()
    """Not executed: the request is wrong."""
    REJECTED = auto()
    """Executed, and Volt said no."""
    UNREADABLE = auto()
    """A query's reply without its result."""
    UNKNOWN = auto()
    """A mutation that may have been executed."""

    @property
    def is_safe_to_repeat(self) -> bool:
        """Whether it is proved that nothing was begun, and may help to ask again."""
        return self in (Verdict.UNAVAILABLE, Verdict.RATE_LIMITED)


def decide(
    kind: Kind, outcome: Reply[Any] | Failure, not_processed: Collection[int] = NOT_PROCESSED
) -> Verdict:
    """Say what `outcome` proves about a request of this kind.

    Args:
        kind: Queries change nothing, so for them nothing is ever unknown.
        outcome: How the request ended.
        not_processed: The HTTP statuses that prove a request not begun.
    """
    if isinstance(outcome, Failure):
        unsent = outcome.phase in UNSENT
        return Verdict.UNAVAILABLE if unsent or kind == "query" else Verdict.UNKNOWN
    verdict = _mutation_verdict(outcome, not_processed)
    if verdict is Verdict.UNKNOWN and outcome.is_early:
        return Verdict.UNAVAILABLE
    if verdict is not Verdict.UNKNOWN or kind == "mutation":
        return verdict
    if outcome.errors:
        return Verdict.REJECTED
    if outcome.content is Content.CUT_SHORT or _is_server_failure(outcome):
        return Verdict.UNAVAILABLE
    return Verdict.UNREADABLE


def _mutation_verdict(reply: Reply[Any], not_processed: Collection[int]) -> Verdict:
    """A body that shows that the field was executed outranks the HTTP status."""
    match reply.content:
        case Content.RESULT:
            return Verdict.ACCEPTED
        case Content.PARTIAL:
            return Verdict.UNKNOWN
        case Content.NULL:
            return _verdict_of_codes(reply) or Verdict.UNKNOWN
        case _:
            pass
    if reply.status in not_processed:
        return Verdict.RATE_LIMITED if reply.status == 429 else Verdict.UNAVAILABLE
    if reply.status in _UNAUTHENTICATED:
        return Verdict.UNAUTHENTICATED
    if reply.content is Content.REFUSAL:
        return _verdict_of_refusal(reply)
    return Verdict.REFUSED if reply.status in _REFUSED else Verdict.UNKNOWN


def _verdict_of_codes(reply: Reply[Any]) -> Verdict | None:
    """What the Volt codes prove: only if every error has one, and none is an internal error."""
    codes = {error.code.code if error.code else None for error in reply.errors}
    if not codes or None in codes or _speaks_of_failure(reply):
        return None
    return Verdict.RATE_LIMITED if codes <= _RATE_LIMIT_CODES else Verdict.REJECTED


def _verdict_of_refusal(reply: Reply[Any]) -> Verdict:
    """Errors without `data`: not executed, unless they come from something that gave up waiting.

    A gateway words its failures as GraphQL too, with a 5xx or with 200; what it waited for may have
    been executed.
    """
    kinds = {error.kind for error in reply.errors}
    if not kinds:
        return Verdict.UNKNOWN
    if kinds <= _DOCUMENT_KINDS:
        return Verdict.REFUSED
    if kinds <= _TOKEN_KINDS:
        return Verdict.UNAUTHENTICATED
    if _is_server_failure(reply):
        return Verdict.UNKNOWN
    if verdict := _verdict_of_codes(reply):
        return verdict
    if _speaks_of_failure(reply) and reply.status not in _REFUSED:
        return Verdict.UNKNOWN
    return Verdict.REFUSED


def _is_server_failure(reply: Reply[Any]) -> bool:
    """Whether the status says that the server, or one before it, failed or gave up waiting."""
    return reply.status >= 500 or reply.status == 408


def _speaks_of_failure(reply: Reply[Any]) -> bool:
    """Whether any error says so, in words or by Volt's code for it."""
    return any(
        error.blames_server or (error.code and error.code.code == _INTERNAL_ERROR_CODE)
        for error in reply.errors
    )
