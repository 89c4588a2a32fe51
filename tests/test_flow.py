"""One call as a pure generator: what is sent again, after which wait, and when it ends."""

import itertools
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from volt._explain import Subject
from volt._flow import TRIES, Budget, Call, Found, Record, Send, Sleep, run
from volt._outcome import Answer, Content, Failure, Reply
from volt._policy import NOT_PROCESSED, Kind
from volt.errors import (
    VOLT_CODES,
    Attempt,
    DeliveryUnknownError,
    ErrorDetail,
    Phase,
    RateLimitedError,
    RejectedError,
    RequestRefusedError,
    UnavailableError,
    VoltError,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Outcome = Reply[str] | Failure


def failed(phase: Phase, *, seconds_left: float = 25.0) -> Failure:
    return Failure(
        phase=phase,
        started_at=NOW,
        ended_at=NOW + timedelta(seconds=1),
        seconds_left=seconds_left,
        cause=OSError("no"),
        reason="OSError",
    )


def replied(status: int = 200, content: Content = Content.UNREADABLE, **facts: Any) -> Reply[str]:
    return Reply(status=status, content=content, **facts)


ACCEPTED = replied(content=Content.RESULT, result="m1")
REJECTED = replied(content=Content.NULL, errors=(ErrorDetail("no", VOLT_CODES[503]),))
THROTTLED = replied(content=Content.NULL, errors=(ErrorDetail("no", VOLT_CODES[601]),))


class Driven:
    """A call driven with outcomes made up beforehand, and all that it asked for."""

    def __init__(
        self,
        outcomes: Iterable[Outcome],
        *,
        kind: Kind = "mutation",
        seconds_left: float = 25.0,
        waits: Iterable[float] = (0.5, 1.0, 2.0),
        budget: Budget | None = None,
        repeat_unknown: bool = False,
        search: Callable[..., Any] | None = None,
    ) -> None:
        self.waits: list[float] = []
        self.posts = 0
        self.reports: list[tuple[str, dict[str, Any]]] = []
        self.record = Record()
        self.budget = budget or Budget()
        replies: dict[bytes, Reply[str]] = {}
        call: Call[str] = Call(
            subject=Subject(kind=kind, operation="createMessage", server="https://v.example"),
            body=b"{}",
            read=lambda answer: replies[answer.body],
            not_processed=NOT_PROCESSED,
            repeat_unknown=repeat_unknown,
            search=search,
            waits=iter(waits),
            budget=self.budget,
            report=lambda event, **facts: self.reports.append((event, facts)),
        )
        flow = run(call, self.record)
        step: Send | Sleep = next(flow)
        self.result: str | None = None
        self.error: VoltError | None = None
        remaining = iter(outcomes)
        try:
            while True:
                if isinstance(step, Sleep):
                    self.waits.append(step.seconds)
                    seconds_left -= step.seconds
                    step = flow.send(seconds_left)
                    continue
                self.posts += 1
                outcome = next(remaining)
                if isinstance(outcome, Failure):
                    step = flow.send(outcome)
                else:
                    key = str(self.posts).encode()
                    replies[key] = outcome
                    step = flow.send(
                        Answer(
                            status=outcome.status,
                            headers={},
                            body=key,
                            whole=True,
                            started_at=NOW,
                            ended_at=NOW,
                            seconds_left=seconds_left,
                        )
                    )
        except StopIteration as done:
            self.result = done.value
        except VoltError as error:
            self.error = error


UNSENT: list[Outcome] = [
    *(failed(phase) for phase in ("nothing", "incomplete", "refused")),
    *(replied(status) for status in (421, 425, 429)),
    THROTTLED,
]
UNKNOWN: list[Outcome] = [
    failed("complete"),
    failed("unknown"),
    *(replied(status) for status in (200, 408, 500, 502, 503, 504)),
    replied(503, retry_after_seconds=1.0),
    replied(content=Content.NULL),
    replied(content=Content.PARTIAL),
    replied(content=Content.CUT_SHORT),
    replied(content=Content.NULL, errors=(ErrorDetail("internal"),)),
]


@pytest.mark.parametrize("outcome", UNSENT)
def test_what_was_provably_not_sent_is_sent_again(outcome: Outcome) -> None:
    """And is accepted in the end; every attempt and every wait is on record."""
    driven = Driven([outcome, outcome, ACCEPTED])
    assert (driven.result, driven.error) == ("m1", None)
    assert driven.waits == [0.5, 1.0]
    assert [attempt.waited_seconds for attempt in driven.record.attempts] == [0.0, 0.5, 1.0]
    assert driven.record.attempts[-1].status_code == 200
    assert not driven.record.in_doubt


@pytest.mark.parametrize("outcome", UNKNOWN)
def test_what_may_have_been_sent_is_not_sent_again(outcome: Outcome) -> None:
    """The heart of it: one request, and the truth about it."""
    driven = Driven([outcome])
    assert isinstance(driven.error, DeliveryUnknownError)
    assert (driven.posts, driven.waits) == (1, [])
    assert driven.record.in_doubt


@pytest.mark.parametrize("outcome", UNKNOWN)
def test_unless_the_user_wants_it_sent_again(outcome: Outcome) -> None:
    """`on_unknown="resend"`, and mutations that may be repeated."""
    driven = Driven([outcome, ACCEPTED], repeat_unknown=True)
    assert driven.result == "m1"
    assert driven.posts == 2


@pytest.mark.parametrize("outcome", [REJECTED, replied(400), replied(401), replied(404)])
def test_a_no_is_a_no(outcome: Outcome) -> None:
    """What Volt will not do, it will not do the second time either."""
    driven = Driven([outcome], repeat_unknown=True)
    assert driven.posts == 1
    assert driven.error is not None
    assert not driven.error.may_have_been_sent


@pytest.mark.parametrize(
    "last", [REJECTED, replied(401), replied(400), replied(429), failed("nothing"), THROTTLED]
)
def test_a_doubt_is_not_lifted_by_what_comes_later(last: Outcome) -> None:
    """That the second try was refused does not say what became of the first."""
    driven = Driven([failed("complete"), *itertools.repeat(last, 3)], repeat_unknown=True)
    assert isinstance(driven.error, DeliveryUnknownError)
    assert driven.error.phase == "complete"
    assert "at last" in str(driven.error)
    assert driven.error.__cause__.__class__ is OSError


@pytest.mark.parametrize("outcome", [failed("complete"), failed("unknown"), replied(503)])
def test_a_query_is_asked_again_whatever_failed(outcome: Outcome) -> None:
    """It changes nothing."""
    assert Driven([outcome, ACCEPTED], kind="query").result == "m1"


@pytest.mark.parametrize("outcome", [replied(200), replied(content=Content.NULL), REJECTED])
def test_a_query_that_was_answered_is_not_asked_again(outcome: Outcome) -> None:
    """The same answer would come."""
    assert Driven([outcome], kind="query").posts == 1


def test_there_are_four_tries() -> None:
    """Then the caller is told, with all of them."""
    driven = Driven([failed("nothing")] * 9)
    assert driven.posts == TRIES == 4
    assert isinstance(driven.error, UnavailableError)
    assert "given up after 4 tries" in str(driven.error)
    assert len(driven.error.attempts) == 4


# Bounds.


def test_a_retry_after_replaces_the_wait() -> None:
    """As it is: neither shortened nor lengthened by chance."""
    driven = Driven([replied(429, retry_after_seconds=7.0), ACCEPTED])
    assert driven.waits == [7.0]
    driven = Driven([replied(429, retry_after_seconds=0.0), ACCEPTED])
    assert driven.waits == [0.0]


def test_a_retry_after_past_the_deadline_ends_the_call_at_once() -> None:
    """And the error says so, and how long to wait."""
    driven = Driven([replied(429, retry_after_seconds=60.0)], seconds_left=12.0)
    assert driven.posts == 1
    assert isinstance(driven.error, RateLimitedError)
    assert driven.error.retry_after_seconds == 60.0
    assert "Volt asks to wait 60 s, and of the deadline 12.0 s are left" in str(driven.error)
    assert Driven([replied(429, retry_after_seconds=12.0)], seconds_left=12.0).posts == 1


def test_no_try_begins_after_the_deadline() -> None:
    """A wait that would end there is not begun."""
    driven = Driven([failed("nothing", seconds_left=0.5)])
    assert (driven.posts, driven.waits) == (1, [])
    assert "no time is left" in str(driven.error)
    driven = Driven([failed("nothing", seconds_left=0.51), ACCEPTED])
    assert driven.result == "m1"


def test_an_outage_spends_the_retry_budget() -> None:
    """35 retries of 14 tokens; then every call is one request, so the load does not multiply."""
    budget = Budget()
    posts = [Driven([failed("nothing")] * 9, budget=budget).posts for _ in range(15)]
    assert posts == [4] * 11 + [3, 1, 1, 1]
    last = Driven([failed("nothing")], budget=budget)
    assert "too many retries lately" in str(last.error)
    throttled = Driven([replied(429)] * 9, budget=budget)
    assert throttled.posts == 3  # of the 10 tokens that are left, at 5 each


def test_success_fills_the_retry_budget_again() -> None:
    """By one token, up to where it began."""
    budget = Budget(tokens=13)
    assert Driven([failed("nothing")], budget=budget).posts == 1
    Driven([ACCEPTED], budget=budget)
    assert budget.tokens == 14
    assert Driven([failed("nothing"), ACCEPTED], budget=budget).result == "m1"
    full = Budget()
    Driven([ACCEPTED], budget=full)
    assert full.tokens == 500


def test_the_waits_are_exponential_with_full_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anywhere between 0 and 0.5, 1, 2, 4, 8, 8 seconds; the sum fits the deadline."""
    monkeypatch.undo()  # the short waits of the other tests
    import volt._core

    for _ in range(50):
        waits = list(itertools.islice(volt._core.waits(), 7))
        assert all(
            0 <= wait <= bound for wait, bound in zip(waits, (0.5, 1, 2, 4, 8, 8, 8), strict=True)
        )
    assert len({next(volt._core.waits()) for _ in range(20)}) > 1


# Searching.


def finding(found: Any, seen: list[tuple[Attempt, float]]) -> Callable[..., Any]:
    def search(attempt: Attempt, seconds_left: float) -> Any:
        seen.append((attempt, seconds_left))
        yield Sleep(0.25)
        return found

    return search


def test_a_text_that_is_found_was_accepted() -> None:
    """`on_unknown="reconcile"`: the attempt in doubt is looked for, not sent again."""
    seen: list[tuple[Attempt, float]] = []
    driven = Driven(
        [failed("nothing"), failed("complete", seconds_left=20.0)],
        search=finding(Found("m9"), seen),
    )
    assert (driven.result, driven.posts) == ("m9", 2)
    assert [(attempt.phase, left) for attempt, left in seen] == [("complete", 20.0)]


def test_a_text_that_is_not_found_stays_unknown() -> None:
    """It can be on its way; the error says what the search says."""
    driven = Driven([failed("complete")], search=finding("not found yet", []))
    assert isinstance(driven.error, DeliveryUnknownError)
    assert "not found yet" in str(driven.error)


def test_nothing_is_looked_for_without_doubt() -> None:
    """A refusal needs no search."""
    seen: list[tuple[Attempt, float]] = []
    assert isinstance(
        Driven([replied(400)], search=finding(Found("m9"), seen)).error, RequestRefusedError
    )
    assert isinstance(Driven([REJECTED], search=finding(Found("m9"), seen)).error, RejectedError)
    assert seen == []


# Telling.


def test_every_attempt_and_decision_is_reported() -> None:
    """In order; a person can follow the call by them."""
    driven = Driven([replied(429), failed("complete")])
    assert [event for event, _ in driven.reports] == ["attempt", "retry", "attempt", "unknown"]
    assert [facts.get("number") for _, facts in driven.reports] == [1, None, 2, None]
    assert driven.reports[1][1]["wait_seconds"] == 0.5
    driven = Driven([REJECTED])
    assert [event for event, _ in driven.reports] == ["attempt", "not_sent"]
