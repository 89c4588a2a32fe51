"""One call, as a generator: it yields what it wants done and is sent what came of it.

Both clients drive it (`_client.py`), so it is written once. Pure: the clock, chance and the network
are elsewhere; what they say comes in as values.
"""

from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar, cast

from volt._explain import Subject, describe, error_of
from volt._outcome import Answer, Failure, Reply
from volt._policy import Kind, Verdict, decide
from volt.errors import Attempt

ResultT = TypeVar("ResultT")

#: How often a request is sent at the most.
TRIES = 4
_TOKENS = 500


class Send(NamedTuple):
    """Send this body as one POST; an `Answer` or a `Failure` comes back."""

    body: bytes


class Sleep(NamedTuple):
    """Wait; the seconds that are left of the deadline then come back."""

    seconds: float


#: A part of a call: what it wants done, what it is sent, what it returns.
Flow: TypeAlias = Generator[Send | Sleep, Any, ResultT]


@dataclass
class Budget:
    """How many retries a client has left: an outage must not multiply the load that it meets.

    The numbers are those of botocore's standard mode. Threads may race here, so the count is only
    nearly exact.
    """

    tokens: int = _TOKENS

    def take(self, *, throttled: bool) -> bool:
        """Pay for one retry, if there is enough left."""
        cost = 5 if throttled else 14
        if self.tokens < cost:
            return False
        self.tokens -= cost
        return True

    def give(self) -> None:
        """Put back a little for a call that succeeded."""
        self.tokens = min(self.tokens + 1, _TOKENS)


@dataclass
class Record:
    """What has happened in a call so far."""

    attempts: list[Attempt] = field(default_factory=list[Attempt])
    in_doubt: bool = False
    """Whether one of them may have been executed, with no reply to tell."""


class Found(NamedTuple, Generic[ResultT]):
    """A search that found the text of this call."""

    result: ResultT


class Call(NamedTuple, Generic[ResultT]):
    """Everything that one call of an operation is made of."""

    subject: Subject
    body: bytes
    read: Callable[[Answer], Reply[ResultT]]
    not_processed: Collection[int]
    repeat_unknown: bool
    """Whether to send again what may have been executed: it does no harm, or the user wants it."""
    search: Callable[[Attempt, float], Flow[Found[ResultT] | str]] | None
    """Given the attempt in doubt and the seconds left, finds its text, or says why not."""
    waits: Iterator[float]
    """Seconds to wait before each retry; when they end, there is none."""
    budget: Budget
    report: Callable[..., None]
    """Told of every attempt and decision: a name, and facts by name."""

    def __repr__(self) -> str:
        """Without the token and the text: tools that report an error show its frames' variables."""
        return f"Call({self.subject.operation})"

    @property
    def kind(self) -> Kind:
        """Whether it only reads."""
        return self.subject.kind


def run(call: Call[ResultT], record: Record) -> Flow[ResultT]:
    """Carry out a call: return its result, or raise the error that says what is known."""
    unknown: Reply[ResultT] | Failure | None = None
    waited = 0.0
    while True:
        came: Answer | Failure = yield Send(call.body)
        outcome = came if isinstance(came, Failure) else call.read(came)
        verdict = decide(call.kind, outcome, call.not_processed)
        attempt = _attempt(came, waited)
        record.attempts.append(attempt)
        call.report("attempt", attempt=attempt, number=len(record.attempts), verdict=verdict)
        if verdict is Verdict.ACCEPTED:
            call.budget.give()
            # Content.RESULT is only said of a reply whose result was read.
            return cast("ResultT", cast("Reply[ResultT]", outcome).result)
        if verdict is Verdict.UNKNOWN:
            record.in_doubt, unknown = True, outcome
        wait = _next_wait(call, verdict, outcome, len(record.attempts), came.seconds_left)
        if isinstance(wait, str):
            remark = wait
            break
        call.report("retry", wait_seconds=wait, why=describe(outcome))
        yield Sleep(wait)
        waited = wait
    if unknown:  # whatever came later, nobody knows of that one
        if verdict is not Verdict.UNKNOWN:
            remark = f"{remark or 'not tried again'}; at last {describe(outcome)}"
        verdict, outcome = Verdict.UNKNOWN, unknown
        if call.search:
            found = yield from call.search(attempt, came.seconds_left)
            if isinstance(found, Found):
                record.in_doubt = False
                call.report("found")
                result: ResultT = found.result
                return result
            remark = found
    error = error_of(call.subject, verdict, outcome, tuple(record.attempts), remark)
    call.report("unknown" if unknown else "not_sent", why=str(error))
    raise error from (outcome.cause if isinstance(outcome, Failure) else None)


def _attempt(came: Answer | Failure, waited_seconds: float) -> Attempt:
    times = came.started_at, came.ended_at
    if isinstance(came, Failure):
        return Attempt(*times, came.phase, None, waited_seconds)
    return Attempt(*times, "replied", came.status, waited_seconds)


def _next_wait(
    call: Call[Any],
    verdict: Verdict,
    outcome: Reply[Any] | Failure,
    tries: int,
    seconds_left: float,
) -> float | str:
    """How many seconds to wait before the next try; or why there is none, in words or none."""
    repeat_unknown = verdict is Verdict.UNKNOWN and call.repeat_unknown
    if not (verdict.is_safe_to_repeat or repeat_unknown):
        return ""
    if tries == TRIES:
        return f"given up after {TRIES} tries"
    asked = None if isinstance(outcome, Failure) else outcome.retry_after_seconds
    if asked is not None and asked >= seconds_left:
        left = max(0.0, seconds_left)
        return f"Volt asks to wait {asked:g} s, and of the deadline {left:.1f} s are left"
    wait = next(call.waits, None) if asked is None else asked
    if wait is None:
        return "not tried again"
    if wait >= seconds_left:
        return "no time is left for another try"
    if not call.budget.take(throttled=verdict is Verdict.RATE_LIMITED):
        return "not tried again: too many retries lately"
    return wait
