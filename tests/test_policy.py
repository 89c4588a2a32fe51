"""The decision table of `volt._policy`, row by row, and the laws that it must keep."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt._outcome import Content, Failure, Reply
from volt._policy import Verdict, decide
from volt.errors import VOLT_CODES, ErrorDetail, Phase

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def failure(phase: Phase) -> Failure:
    return Failure(
        phase=phase,
        started_at=NOW,
        ended_at=NOW,
        seconds_left=25.0,
        cause=OSError(),
        reason="",
    )


def error(code: int | None = None, **details: object) -> ErrorDetail:
    return ErrorDetail(message="", code=VOLT_CODES[code] if code else None, **details)  # type: ignore[arg-type]


def reply(status: int, content: Content, *errors: ErrorDetail) -> Reply[Any]:
    return Reply(status=status, content=content, errors=errors)


V, C = Verdict, Content
ROWS = [
    # outcome, verdict on a query, verdict on a mutation
    (failure("nothing"), V.UNAVAILABLE, V.UNAVAILABLE),
    (failure("incomplete"), V.UNAVAILABLE, V.UNAVAILABLE),
    (failure("refused"), V.UNAVAILABLE, V.UNAVAILABLE),
    (failure("unknown"), V.UNAVAILABLE, V.UNKNOWN),
    (failure("complete"), V.UNAVAILABLE, V.UNKNOWN),
    *((reply(s, C.UNREADABLE), V.UNAVAILABLE, V.UNAVAILABLE) for s in (421, 425)),
    (reply(429, C.UNREADABLE), V.RATE_LIMITED, V.RATE_LIMITED),
    (reply(429, C.REFUSAL, error()), V.RATE_LIMITED, V.RATE_LIMITED),
    *((reply(s, C.UNREADABLE), V.UNAVAILABLE, V.UNKNOWN) for s in (500, 502, 503, 504, 408)),
    *((reply(s, C.CUT_SHORT), V.UNAVAILABLE, V.UNKNOWN) for s in (200, 503)),
    *(
        (reply(s, C.UNREADABLE), V.UNREADABLE, V.UNKNOWN)
        for s in (200, 204, 301, 302, 307, 402, 410, 418)
    ),
    (reply(200, C.NULL), V.UNREADABLE, V.UNKNOWN),
    *((reply(s, C.UNREADABLE), V.UNAUTHENTICATED, V.UNAUTHENTICATED) for s in (401, 403)),
    *((reply(s, C.CUT_SHORT), V.UNAUTHENTICATED, V.UNAUTHENTICATED) for s in (401, 403)),
    (reply(401, C.REFUSAL, error()), V.UNAUTHENTICATED, V.UNAUTHENTICATED),
    (reply(200, C.REFUSAL, error(kind="UNAUTHENTICATED")), V.UNAUTHENTICATED, V.UNAUTHENTICATED),
    (reply(200, C.NULL, error(kind="UNAUTHENTICATED")), V.REJECTED, V.UNKNOWN),
    (reply(200, C.REFUSAL, error(kind="FORBIDDEN")), V.UNAUTHENTICATED, V.UNAUTHENTICATED),
    (reply(200, C.NULL, error(kind="FORBIDDEN")), V.REJECTED, V.UNKNOWN),
    *((reply(s, C.UNREADABLE), V.REFUSED, V.REFUSED) for s in (400, 404, 405, 413, 415)),
    *((reply(s, C.REFUSAL, error()), V.REFUSED, V.REFUSED) for s in (200, 400, 422)),
    # A 5xx worded as GraphQL is only a refusal if it is surely about the document.
    (reply(500, C.REFUSAL, error()), V.REJECTED, V.UNKNOWN),
    (reply(504, C.REFUSAL, error(kind="REQUEST_TIMEOUT")), V.REJECTED, V.UNKNOWN),
    (reply(500, C.REFUSAL, error(103)), V.REJECTED, V.UNKNOWN),
    (reply(503, C.REFUSAL, error(kind="FORBIDDEN")), V.UNAUTHENTICATED, V.UNAUTHENTICATED),
    (
        reply(
            500, C.REFUSAL, *(error(kind=f"GRAPHQL_{k}_FAILED") for k in ("PARSE", "VALIDATION"))
        ),
        V.REFUSED,
        V.REFUSED,
    ),
    (
        reply(500, C.REFUSAL, error(kind="FORBIDDEN"), error(kind="UNAUTHENTICATED")),
        V.UNAUTHENTICATED,
        V.UNAUTHENTICATED,
    ),
    # A 4xx that refuses needs no words.
    *(
        (reply(s, C.REFUSAL, error(blames_server=True)), V.REFUSED, V.REFUSED)
        for s in (400, 404, 413)
    ),
    (reply(400, C.REFUSAL, error(901)), V.REFUSED, V.REFUSED),
    (reply(200, C.NULL, error(503, blames_server=True)), V.REJECTED, V.UNKNOWN),
    # The same with 200, in words.
    (reply(200, C.REFUSAL, error(blames_server=True)), V.REJECTED, V.UNKNOWN),
    (reply(200, C.REFUSAL, error(), error(blames_server=True)), V.REJECTED, V.UNKNOWN),
    (
        reply(200, C.REFUSAL, error(kind="GRAPHQL_PARSE_FAILED", blames_server=True)),
        V.REFUSED,
        V.REFUSED,
    ),
    (reply(500, C.REFUSAL, error(kind="GRAPHQL_VALIDATION_FAILED")), V.REFUSED, V.REFUSED),
    # Errors at the field.
    *(
        (reply(200, C.NULL, error(code)), V.REJECTED, V.REJECTED)
        for code in VOLT_CODES
        if code not in (601, 602, 901)
    ),
    *((reply(200, C.NULL, error(code)), V.RATE_LIMITED, V.RATE_LIMITED) for code in (601, 602)),
    (reply(200, C.NULL, error(601), error(602)), V.RATE_LIMITED, V.RATE_LIMITED),
    (reply(200, C.NULL, error(901)), V.REJECTED, V.UNKNOWN),
    (reply(200, C.REFUSAL, error(901)), V.REJECTED, V.UNKNOWN),
    (reply(200, C.REFUSAL, error(103)), V.REJECTED, V.REJECTED),
    (reply(200, C.NULL, error()), V.REJECTED, V.UNKNOWN),
    (reply(200, C.NULL, error(103), error()), V.REJECTED, V.UNKNOWN),
    (reply(200, C.NULL, error(601), error(103)), V.REJECTED, V.REJECTED),
    # A GraphQL body that shows that the field was executed outranks the status.
    *((reply(s, C.NULL), V.UNREADABLE, V.UNKNOWN) for s in (401, 403, 421, 429)),
    *((reply(s, C.NULL, error(901)), V.REJECTED, V.UNKNOWN) for s in (401, 403, 421, 429)),
    (reply(403, C.NULL, error(503)), V.REJECTED, V.REJECTED),
    (reply(503, C.NULL, error(503)), V.REJECTED, V.REJECTED),
    (reply(400, C.NULL, error()), V.REJECTED, V.UNKNOWN),
    *((reply(s, C.RESULT), V.ACCEPTED, V.ACCEPTED) for s in (200, 401, 429, 500)),
    (reply(200, C.RESULT, error()), V.ACCEPTED, V.ACCEPTED),
    (reply(200, C.PARTIAL, error(103)), V.REJECTED, V.UNKNOWN),
    (reply(429, C.PARTIAL, error(103)), V.REJECTED, V.UNKNOWN),
]


@pytest.mark.parametrize(("outcome", "query", "mutation"), ROWS)
def test_the_table(outcome: Reply[Any] | Failure, query: Verdict, mutation: Verdict) -> None:
    """Every row, for both kinds of operation."""
    assert (decide("query", outcome), decide("mutation", outcome)) == (query, mutation)


@pytest.mark.parametrize(
    "content", [Content.NULL, Content.PARTIAL, Content.UNREADABLE, Content.CUT_SHORT]
)
def test_a_failure_before_the_whole_request_was_handed_on_proves_it_not_executed(
    content: Content,
) -> None:
    """A 503 in the middle of a large body: the server never had the whole JSON."""
    early = Reply(status=503, content=content, is_early=True)
    assert decide("mutation", early) is Verdict.UNAVAILABLE
    assert decide("mutation", early._replace(is_early=False)) is Verdict.UNKNOWN
    assert decide("mutation", early._replace(status=400, content=Content.UNREADABLE)) is (
        Verdict.REFUSED
    )


def test_the_user_may_know_of_more_statuses_that_prove_a_request_not_begun() -> None:
    """`not_processed` is the user's word, and replaces the default."""
    busy = reply(503, Content.UNREADABLE)
    assert decide("mutation", busy) is Verdict.UNKNOWN
    assert decide("mutation", busy, {421, 425, 429, 503}) is Verdict.UNAVAILABLE
    assert decide("mutation", reply(429, Content.UNREADABLE), {503}) is Verdict.UNKNOWN


ERRORS = st.builds(
    ErrorDetail,
    message=st.just(""),
    code=st.none() | st.sampled_from(list(VOLT_CODES.values())),
    kind=st.sampled_from([None, "UNAUTHENTICATED", "FORBIDDEN", "INTERNAL_SERVER_ERROR"]),
    blames_server=st.booleans(),
)
OUTCOMES = st.builds(
    Reply,
    status=st.integers(200, 599),
    content=st.sampled_from(Content),
    errors=st.lists(ERRORS, max_size=3).map(tuple),
) | st.sampled_from(["nothing", "incomplete", "unknown", "complete"]).map(failure)  # type: ignore[arg-type]


@given(OUTCOMES)
def test_a_query_is_never_unknown_and_a_mutation_never_unreadable(
    outcome: Reply[Any] | Failure,
) -> None:
    """A query sends nothing, so nothing can be out; a mutation always may."""
    assert decide("query", outcome) is not Verdict.UNKNOWN
    assert decide("mutation", outcome) is not Verdict.UNREADABLE


@given(OUTCOMES)
def test_accepted_is_said_of_a_result_and_of_nothing_else(outcome: Reply[Any] | Failure) -> None:
    """No status and no error turns something else into success, or a result into failure."""
    has_result = isinstance(outcome, Reply) and outcome.content is Content.RESULT
    assert (decide("mutation", outcome) is Verdict.ACCEPTED) == has_result


@given(OUTCOMES, st.sampled_from([500, 502, 503, 504, 408]))
def test_a_server_failure_without_proof_is_unknown(
    outcome: Reply[Any] | Failure, status: int
) -> None:
    """Whatever else is odd about it: a 5xx alone never proves that a text was not sent."""
    if isinstance(outcome, Reply) and not outcome.errors and outcome.content is not Content.RESULT:
        failed = Reply(status=status, content=outcome.content)
        assert decide("mutation", failed) is Verdict.UNKNOWN
