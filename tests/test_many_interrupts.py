"""`send_many` that is interrupted: Ctrl-C, cancellation, faults around it. No text is lost."""

import _thread
import asyncio
import itertools
import operator
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import anyio
import pytest
import trio

import volt._many
from tests.conftest import OWN, ROOT, THEIRS, Caller
from tests.faults import actions as a
from tests.faults.server import FaultServer
from tests.test_docs import blocks
from tests.test_many import (
    MESSAGE,
    AsyncStub,
    Stub,
    after,
    by_text,
    first_at_once,
    name,
    nothing_is_left,
    outcomes_of,
    stub,
    texts,
)
from volt import (
    AsyncVolt,
    ConfigurationError,
    DeliveryUnknownError,
    Message,
    NotSent,
    OutboundMessage,
    Outcome,
    UnavailableError,
    Unknown,
)
from volt._outbound import outcome_of

WAIT_SECONDS = 20.0

__all__ = ["nothing_is_left"]  # a fixture that every test here uses


# Where it comes into what collects garbage, the interpreter drops it, with a warning.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("goes_on", [False, True])
def test_an_interrupt_at_any_moment_loses_nothing(goes_on: bool) -> None:
    """Every text that was taken from the input is sent once and dealt with.

    After the block, in which the one at hand is given again; or, each once, by who catches it and
    goes on as if nothing had been.
    """
    armed: list[bool] = []
    found: list[Outcome] = []

    def deal_with(outcome: Outcome) -> None:
        """In several steps."""
        time.sleep(0.000_01)
        found.append(outcome)
        time.sleep(0.000_01)

    def ring(*_: object) -> None:
        if armed:
            armed.clear()
            raise KeyboardInterrupt

    rng = random.Random(11)
    previous = signal.signal(signal.SIGALRM, ring)
    interrupted = again = 0
    try:
        for _ in range(2000):
            client = Stub()
            input_ = iter([*texts(30)])
            outcomes = client.send_many(input_, concurrency=4)
            found.clear()
            try:
                try:
                    armed.append(True)
                    signal.setitimer(signal.ITIMER_REAL, 0.000_05 + rng.random() * 0.002)
                    if goes_on:
                        for outcome in outcomes:
                            found.append(outcome)
                    else:
                        with outcomes:
                            for outcome in outcomes:
                                deal_with(outcome)
                finally:
                    armed.clear()
            except KeyboardInterrupt:
                interrupted += 1
            rest = [*outcomes]
            if found and rest and rest[-1] is found[-1]:
                again += 1
                del rest[-1]
            found += rest
            begun = 30 - operator.length_hint(input_)
            assert begun == 30 or not goes_on
            assert sorted(outcome.outbound.ref for outcome in found) == list(range(begun))
            assert sorted(client.sent) == sorted(f"text {n}" for n in range(begun))
            assert outcomes.in_flight == ()
            if interrupted == 200:
                break
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
    assert interrupted == 200
    assert bool(again) is not goes_on


# Ctrl-C in a program of its own. Where it may come into a line, the line is written at once.

SYNC = """
import itertools
from volt import OutboundMessage, Volt

texts = (OutboundMessage("+15555550145", f"text {n}", ref=n) for n in itertools.count())
client = Volt(deadline=DEADLINE)
outcomes = client.send_many(texts, concurrency=4)

def tell():
    for outcome in outcomes:
        print(f"{type(outcome).__name__} {outcome.outbound.ref}\\n", end="", flush=True)

try:
    with client, outcomes:
        tell()
except KeyboardInterrupt as stop:
    print("interrupted", *getattr(stop, "__notes__", ()), flush=True)
    print("in flight", *(text.ref for text in outcomes.in_flight), flush=True)
    if not outcomes.in_flight or WAITS:
        tell()
"""

ASYNC = """
import asyncio, itertools
from volt import AsyncVolt, OutboundMessage

texts = (OutboundMessage("+15555550145", f"text {n}", ref=n) for n in itertools.count())

async def main():
    async with AsyncVolt() as client:
        outcomes = client.send_many(texts, concurrency=4)
        try:
            async with outcomes:
                async for outcome in outcomes:
                    print(type(outcome).__name__, outcome.outbound.ref, flush=True)
        finally:
            print("tasks", len(asyncio.all_tasks()), flush=True)
            async for outcome in outcomes:
                print(type(outcome).__name__, outcome.outbound.ref, flush=True)

try:
    asyncio.run(main())
except KeyboardInterrupt as stop:
    print("interrupted", *stop.__context__.__notes__, flush=True)
"""

#: The README's pattern: what was not taken is told whatever ends the block.
PATTERN = """
import itertools
from volt import OutboundMessage, Volt

texts = (OutboundMessage("+15555550145", f"text {n}", ref=n) for n in itertools.count())

def tell(outcome):
    line = f"{type(outcome).__name__} {outcome.outbound.ref} {getattr(outcome, 'error', '')}\\n"
    print(line, end="", flush=True)

with Volt(deadline=DEADLINE) as client:
    outcomes = client.send_many(texts, concurrency=4)
    try:
        with outcomes:
            for outcome in outcomes:
                tell(outcome)
    finally:
        for outcome in outcomes:
            tell(outcome)
"""

#: Without a block, and nothing caught.
PLAIN = """
import itertools
from volt import OutboundMessage, Volt

texts = (OutboundMessage("+15555550145", f"text {n}", ref=n) for n in itertools.count())
for outcome in Volt().send_many(texts, concurrency=4):
    pass
"""

#: Left at once, but kept: the interpreter ends all the same.
LEFT = """
import itertools
from volt import OutboundMessage, Volt

texts = (OutboundMessage("+15555550145", f"text {n}", ref=n) for n in itertools.count())
outcomes = Volt().send_many(texts, concurrency=4)
print(next(outcomes).outbound.ref)
"""


def program(
    code: str, server: FaultServer, *steps: Callable[[], bool], number: int = signal.SIGINT
) -> tuple[list[str], str, int, float]:
    """Run a program and interrupt it after each step; its output, and how long its end took."""
    environment = {"VOLT_TOKEN": "t", "VOLT_API_URL": server.url, "VOLT_FROM": OWN}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for step in steps:
            ends = time.monotonic() + WAIT_SECONDS
            while not step():
                assert time.monotonic() < ends
                assert process.poll() is None
                time.sleep(0.02)
            process.send_signal(number)
        began = time.monotonic()
        out, err = process.communicate(timeout=WAIT_SECONDS)
        took = time.monotonic() - began
    finally:
        process.kill()
        process.communicate()
    return out.splitlines(), err, process.returncode, took


def told(lines: list[str], word: str) -> list[int]:
    """The numbers after the word; each once, for the one at hand at a Ctrl-C is given again."""
    return sorted({int(line.split()[1]) for line in lines if line.split()[0] == word})


def test_ctrl_c_waits_for_the_answers_under_way() -> None:
    """So that every text has its outcome; no other is begun."""
    with FaultServer(otherwise=by_text(text=after(0.6))) as server:
        lines, err, code, _ = program(
            "WAITS, DEADLINE = True, 25.0" + SYNC, server, lambda: len(server.requests) >= 7
        )
        executed = sorted(int(text.split()[1]) for text in server.volt.executed)
    assert err == (
        "event=interrupted operation=send_many by=KeyboardInterrupt waits_for=4 "
        "says='waiting up to 25 s for 4 texts under way; Ctrl-C again to leave them'\n"
    )
    assert code == 0
    split = next(n for n, line in enumerate(lines) if line.startswith("interrupted"))
    left = len(lines[split + 2 :])
    assert 3 <= left <= 4
    assert lines[split] == (
        f"interrupted volt: send_many: outcomes to be taken after the block: {left} "
        f"({left} Accepted); go on iterating to have them"
    )
    assert lines[split + 1] == "in flight " + " ".join(
        map(str, sorted(int(line.split()[1]) for line in lines[split + 2 :]))
    )
    assert told(lines, "Accepted") == executed


def test_a_second_ctrl_c_does_not_wait_and_says_what_is_in_flight() -> None:
    """Their outcomes can be had still; and the threads end with the deadline."""
    waits: list[float] = []

    def a_while_later() -> bool:
        waits.append(time.monotonic())
        return waits[-1] - waits[0] > 0.5

    with FaultServer(otherwise=a.execute_then_hang) as server:
        lines, err, code, took = program(
            "WAITS, DEADLINE = False, 2.0" + SYNC,
            server,
            lambda: len(server.requests) == 4,
            a_while_later,
        )
        assert len(server.volt.executed) == 4
    assert code == 0
    assert "waits_for=4" in err.splitlines()[0]
    assert err.count("\n") == err.count("event=unknown") + 1 == 5
    assert [line.split()[0] for line in lines] == ["interrupted", "in"]
    assert lines[0].startswith(
        "interrupted volt: send_many: 4 outcomes to be taken, 4 of texts that are under way: go on "
    )
    assert lines[1] == "in flight 0 1 2 3"
    assert took < 6


def test_the_pattern_tells_every_outcome_after_ctrl_c() -> None:
    """Nobody who sends the rest later texts a person twice."""
    with FaultServer(otherwise=by_text(text=after(0.6))) as server:
        lines, err, code, _ = program(
            "DEADLINE = 25.0" + PATTERN, server, lambda: len(server.requests) >= 7
        )
        executed = sorted(int(text.split()[1]) for text in server.volt.executed)
    assert code == -signal.SIGINT
    assert told(lines, "Accepted") == executed
    assert len(lines) - len(executed) in (0, 1)
    assert err.count("volt: send_many: ") == 1
    assert "volt: send_many: outcomes to be taken after the block: " in err


def test_the_example_of_the_readme_tells_every_outcome_after_ctrl_c() -> None:
    """With more guests, and a server that is slow."""
    example = next(code for code in blocks("python", [ROOT / "README.md"]) if "send_many" in code)
    guests = 'guests = [(f"guest-{n}", f"(555) 555-01{n % 100:02}") for n in range(200)]'
    code, changed = re.subn("^guests = .*$", guests, example, flags=re.MULTILINE)
    assert changed == 1
    with FaultServer(otherwise=after(0.6)) as server:
        lines, _, _, _ = program(code, server, lambda: len(server.requests) >= 20)
        executed = {text.split(",")[0] for text in server.volt.executed}
    assert 20 <= len(executed) < 200
    # Not line by line: Ctrl-C may come into one, and then it is told again.
    assert set(re.findall(r"guest-\d+(?= accepted: \S)", "\n".join(lines))) == executed


def test_the_pattern_tells_every_text_after_a_second_ctrl_c() -> None:
    """At once: those that nobody waited for are unknown; and it is noted once."""
    began: list[float] = []

    def a_while_later() -> bool:
        began.append(time.monotonic())
        return began[-1] - began[0] > 0.5

    first = by_text(text=a.execute_then_hang)
    with FaultServer(a.accept, otherwise=first) as server:
        lines, err, code, took = program(
            "DEADLINE = 3.0" + PATTERN, server, lambda: len(server.requests) == 5, a_while_later
        )
        executed = sorted(int(text.split()[1]) for text in server.volt.executed)
    assert code
    assert len(told(lines, "Accepted")) == 1
    assert len(told(lines, "Unknown")) == 4
    assert sum("it was left under way" in line for line in lines) == 4
    assert sorted(told(lines, "Accepted") + told(lines, "Unknown")) == executed
    assert err.count("volt: send_many: ") == 1
    assert "4 outcomes to be taken, 4 of texts that are under way" in err
    assert took < 5


def test_what_was_left_alone_is_known_if_it_ends_before_it_is_asked_for() -> None:
    """And nothing is told twice."""
    go = threading.Event()
    client = Stub()

    def send(to: str, body: str, **_: object) -> Message:
        if body != "text 0":
            assert go.wait(WAIT_SECONDS)
        return MESSAGE

    client.send = send  # type: ignore[method-assign]
    outcomes = client.send_many(texts(3), concurrency=3)
    main = threading.main_thread().ident
    timer = threading.Timer(0.3, signal.pthread_kill, (main, signal.SIGINT))
    try:
        assert next(outcomes).outbound.ref == 0
        with pytest.raises(KeyboardInterrupt) as caught, outcomes:
            timer.start()
    finally:
        timer.join()
    assert "2 outcomes to be taken, 2 of texts that are under way" in caught.value.__notes__[0]
    assert len(outcomes.in_flight) == 2
    found = next(outcomes)
    assert name(found) == "unknown"
    assert str(found.error.to) == "+1555•••0145"  # type: ignore[union-attr]
    go.set()
    assert sorted([found.outbound.ref, *(o.outbound.ref for o in outcomes)]) == [1, 2]
    assert list(outcomes.in_flight) == []
    assert [*outcomes] == []


def test_an_error_notes_how_many_outcomes_are_to_be_taken(caller: Caller) -> None:
    """By kind, with no number and no `ref`; and once."""

    def take(_: Any, outcome: Outcome) -> None:
        raise LookupError

    with (
        FaultServer(otherwise=first_at_once(0.4)) as server,
        pytest.raises(LookupError) as caught,
    ):
        outcomes_of(caller, texts(4), url=server.url, concurrency=4, take=take)
    assert caught.value.__notes__ == [
        "volt: send_many: outcomes to be taken after the block: 4 (4 Accepted); "
        "go on iterating to have them"
    ]


def test_the_outcome_at_hand_when_an_error_came_is_given_again_as_the_last(
    caller: Caller,
) -> None:
    """If it is the cause, the others are dealt with before it is one again."""
    given: list[int] = []

    def deal_with(outcome: Outcome) -> None:
        given.append(outcome.outbound.ref)
        if outcome.outbound.ref == 1:
            raise LookupError

    def run(client: Stub) -> None:
        outcomes = client.send_many(texts(9), concurrency=3)
        try:
            with outcomes:
                for outcome in outcomes:
                    deal_with(outcome)
        finally:
            for outcome in outcomes:
                deal_with(outcome)

    async def run_async(client: AsyncStub) -> None:
        outcomes = client.send_many(texts(9), concurrency=3)
        try:
            async with outcomes:
                async for outcome in outcomes:
                    deal_with(outcome)
        finally:
            async for outcome in outcomes:
                deal_with(outcome)

    client = stub(caller)
    with pytest.raises(LookupError):
        run(client) if isinstance(client, Stub) else asyncio.run(run_async(client))
    assert given.count(1) == 2
    assert given[-1] == 1
    assert sorted(given[:-1]) == list(range(len(given) - 1))
    assert sorted(client.sent) == sorted(f"text {ref}" for ref in given[:-1])


def test_ctrl_c_breaks_off_what_asyncio_runs() -> None:
    """At once, and says of each text that it may be out; no task is left."""
    with FaultServer(otherwise=a.execute_then_hang) as server:
        lines, err, code, took = program(ASYNC, server, lambda: len(server.requests) == 4)
        executed = sorted(int(text.split()[1]) for text in server.volt.executed)
    assert code == 0
    assert lines[0] == "tasks 1"
    assert lines[-1] == (  # in the traceback, too: it is on the CancelledError before it
        "interrupted volt: send_many: 4 texts under way were broken off; outcomes to be taken "
        "after the block: 4 (4 Unknown); go on iterating to have them"
    )
    assert told(lines, "Unknown") == executed == [0, 1, 2, 3]
    assert len(lines) == 6
    assert err.count("\n") == err.count("event=interrupted") == 4  # the log
    assert took < 5


def test_ctrl_c_that_nobody_catches_says_what_is_under_way() -> None:
    """In the traceback."""
    with FaultServer(otherwise=by_text(text=after(0.5))) as server:
        lines, err, code, _ = program(PLAIN, server, lambda: len(server.requests) >= 6)
        assert len(server.volt.executed) == len(server.requests)
    assert lines == []
    assert err.rstrip().splitlines()[-1].startswith("volt: send_many: 4 texts are under way")
    assert code == -signal.SIGINT


def test_the_interpreter_ends_when_what_is_under_way_has() -> None:
    """Though the iterator was left behind."""
    with FaultServer(otherwise=first_at_once(0.5)) as server:
        lines, _, code, took = program(LEFT, server)
        assert lines == ["0"]
        assert code == 0
        assert took < 5
        assert len(server.volt.executed) == 4


# Cancellation.


def test_a_cancellation_tells_what_may_be_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is not; no task is left, and the client can be used."""
    monkeypatch.setattr("volt._core.waits", lambda: itertools.repeat(20.0))
    becomes = by_text(hang=a.execute_then_hang, late=a.status(429))
    given = [OutboundMessage(THEIRS, body) for body in ("hang 1", "late", "good", "hang 2")]

    async def run(server: FaultServer) -> dict[str, Outcome]:
        found: dict[str, Outcome] = {}
        async with AsyncVolt(token="t", url=server.url, from_=OWN) as client:
            outcomes = client.send_many(given, concurrency=3)

            async def take() -> None:
                async with outcomes:
                    async for outcome in outcomes:
                        found[outcome.outbound.body] = outcome

            task = asyncio.create_task(take())
            while len(server.requests) < 4:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert [text.body for text in outcomes.in_flight] == ["hang 1", "late", "hang 2"]
            async for outcome in outcomes:
                found[outcome.outbound.body] = outcome
            assert isinstance(await client.send(THEIRS, "afterwards"), Message)
        return found

    with FaultServer(otherwise=becomes) as server:
        found = asyncio.run(run(server))
    assert {body: name(outcome) for body, outcome in found.items()} == {
        "good": "accepted",
        "hang 1": "unknown",
        "hang 2": "unknown",
        "late": "not sent",
    }
    match found["hang 1"], found["late"]:
        case Unknown(error=unknown), NotSent(error=UnavailableError() as unsent):
            assert unknown.to == "+1555•••0145"
            assert str(unknown) == (
                "the text to +1555•••0145 may have been sent: look before you repeat it; "
                "broken off by CancelledError"
            )
            assert isinstance(unknown.__cause__, asyncio.CancelledError)
            assert str(unsent) == (
                "broken off by CancelledError before Volt had the text: nothing was sent, and it "
                "is no sign that Volt is unavailable"
            )
        case others:
            pytest.fail(str(others))


@pytest.mark.parametrize("turns", range(12))
def test_a_cancellation_at_any_moment_loses_nothing(turns: int) -> None:
    """Not even what was begun and had not taken its first step."""
    input_ = iter([*texts(9)])
    found: list[Outcome] = []

    async def run() -> list[str]:
        client = AsyncStub()
        outcomes = client.send_many(input_, concurrency=3)

        async def take() -> None:
            async with outcomes:
                async for outcome in outcomes:
                    found.append(outcome)

        task = asyncio.create_task(take())
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert asyncio.all_tasks() == {asyncio.current_task()}
        found.extend([outcome async for outcome in outcomes])
        return client.sent

    sent = asyncio.run(run())
    begun = 9 - operator.length_hint(input_)
    assert sorted(outcome.outbound.ref for outcome in found) == list(range(begun))
    assert sorted(sent) == sorted(o.outbound.body for o in found if name(o) == "accepted")
    assert {name(outcome) for outcome in found} <= {"accepted", "not sent"}


def test_the_cancellation_of_anyio_leaves_no_task_either() -> None:
    """It comes again at every await, until its scope ends."""

    class Slow(AsyncStub):
        async def send(self, to: str, body: str, **_: object) -> Message:
            try:
                await asyncio.sleep(10)
            finally:
                await asyncio.sleep(0.05)  # as it takes to close a connection
            return MESSAGE

    async def run() -> list[str]:
        outcomes = Slow().send_many(texts(9), concurrency=3)
        with anyio.move_on_after(0.1):
            async with outcomes:
                await anext(outcomes)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert len(outcomes.in_flight) == 3
        return [name(outcome) async for outcome in outcomes]

    assert asyncio.run(run()) == ["not sent"] * 3


def test_what_waits_for_the_texts_under_way_can_be_cancelled() -> None:
    """As after a `break` by who then loses patience."""

    async def run(server: FaultServer) -> list[str]:
        async with AsyncVolt(token="t", url=server.url, from_=OWN) as client:
            outcomes = client.send_many(texts(9), concurrency=3)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.5), outcomes:
                    await anext(outcomes)
            assert asyncio.all_tasks() == {asyncio.current_task()}
            return [name(outcome) async for outcome in outcomes]

    with FaultServer(a.accept, otherwise=a.execute_then_hang) as server:
        assert asyncio.run(run(server)) == ["unknown"] * 2


def test_a_timeout_around_one_outcome_breaks_nothing_off() -> None:
    """Who waits for an outcome no longer than so can wait again."""

    async def run(server: FaultServer) -> list[str]:
        client = AsyncVolt(token="t", url=server.url, from_=OWN)
        async with client, client.send_many(texts(2)) as outcomes:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await anext(outcomes)
            return [name(outcome) async for outcome in outcomes]

    with FaultServer(otherwise=by_text(text=after(0.4))) as server:
        assert asyncio.run(run(server)) == ["accepted", "accepted"]
        assert len(server.volt.posts) == 2


def test_a_loop_that_ends_ends_the_tasks() -> None:
    """Left behind by who did not use the block."""

    async def run(server: FaultServer) -> Any:
        outcomes = AsyncVolt(token="t", url=server.url, from_=OWN).send_many(texts(9))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await anext(outcomes)
        return outcomes

    with FaultServer(otherwise=a.execute_then_hang) as server:
        outcomes = asyncio.run(run(server))
        assert len(outcomes.in_flight) == len(server.requests) == 9


# Faults around it.


@pytest.mark.parametrize(
    ("kind", "error_type"),
    [("sync", RuntimeError), ("sync", SystemExit), ("async", RuntimeError)],
)
@pytest.mark.parametrize("note", [None, "volt: the text to +1555•••0145 may have been sent"])
def test_any_fault_while_it_is_sent_is_an_outcome(
    kind: str, error_type: type[BaseException], note: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one in a hook of the user's httpx client: the client notes if the text may be out."""
    caller = Caller(kind)
    client = stub(caller)

    def fail(body: str) -> Message:
        if body != "text 1":
            return MESSAGE
        fault = error_type("secret")
        if note:
            fault.add_note(note)
        raise fault

    async def fail_async(body: str) -> Message:
        return fail(body)

    failing = fail if caller.kind == "sync" else fail_async
    monkeypatch.setattr(client, "send", lambda to, body, **_: failing(body))
    found = outcomes_of(caller, texts(3), client=client)
    by_ref = {outcome.outbound.ref: outcome for outcome in found}
    assert [name(by_ref[n]) for n in (0, 2)] == ["accepted", "accepted"]
    match by_ref[1]:
        case Unknown(error=error):
            assert note
            assert error.to == "+1555•••0145"
            assert type(error) is DeliveryUnknownError
        case NotSent(error=UnavailableError() as unsent):
            assert not note
            error = unsent  # type: ignore[assignment]
        case other:
            pytest.fail(str(other))
    assert error.__cause__
    assert "secret" not in str(error)


def test_an_outcome_is_had_whatever_the_recipient_looks_like() -> None:
    """A `send` of the user's own may take other numbers; a thread must not end with an error."""
    fault = RuntimeError()
    fault.add_note("volt: the text may have been sent")
    match outcome_of(OutboundMessage("extension 7", "x"), fault):
        case Unknown(error=error):
            assert error.to is None
        case other:
            pytest.fail(str(other))


@pytest.mark.parametrize("fails", ["_thread", "threading"])
def test_fewer_threads_will_do(fails: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the system gives no more."""
    started: list[object] = []

    def limited(start: Callable[..., Any], most: int) -> Callable[..., Any]:
        def start_one(*args: Any) -> Any:
            started.append(args)
            if len(started) > most:
                raise RuntimeError("can't start new thread")
            return start(*args)

        return start_one

    if fails == "_thread":
        monkeypatch.setattr("volt._many.start_new_thread", limited(_thread.start_new_thread, 2))
    else:
        monkeypatch.setattr(threading.Thread, "start", limited(threading.Thread.start, 0))
    assert len(outcomes_of(Caller("sync"), texts(50), client=Stub())) == 50
    assert len(started) > 2


def test_a_thread_that_has_nothing_to_do_ends_and_another_takes_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever takes the outcomes may be slow."""
    monkeypatch.setattr(volt._many, "_IDLE_SECONDS", 0.02)
    seen: list[int] = []

    def working() -> int:
        return sum(thread.name == "volt-send-many" for thread in threading.enumerate())

    def take(outcomes: Any, outcome: Outcome) -> None:
        if outcome.outbound.ref % 10 == 0:
            until = time.monotonic() + WAIT_SECONDS
            while working() and time.monotonic() < until:
                time.sleep(0.02)
            seen.append(working())

    found = outcomes_of(Caller("sync"), texts(40), client=Stub(), concurrency=4, take=take)
    assert len(found) == 40
    assert seen == [0, 0, 0, 0]


def test_on_trio_it_says_that_it_cannot() -> None:
    """And what to do instead."""

    async def run() -> None:
        client = AsyncVolt(token="t", from_=OWN, url="http://127.0.0.1:9/")
        with pytest.raises(ConfigurationError, match="asyncio only: with trio, call send"):
            await anext(client.send_many(texts(1)))

    trio.run(run)
