"""What bounds a call: tries, deadline, Retry-After, the retry budget; and what ends it early."""

import asyncio
import itertools
import logging
import os
import signal
import threading
import time
from typing import Any

import pytest

from tests.conftest import OWN, THEIRS, Caller
from tests.faults import Exchange, FaultServer, VoltService
from tests.faults import actions as a
from tests.faults.clients import get_message, run, send
from tests.faults.network import full_backlog, network_of, refuse
from tests.faults.server import Action
from volt import AsyncVolt, RateLimitedError, UnavailableError, Volt

# Retry-After.


def long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of our own that no call outlives."""
    monkeypatch.setattr("volt._core.waits", lambda: itertools.repeat(60.0))


RETRY_AFTER = {
    "seconds": a.status(429, "1"),
    "date": a.status_until(429, 1.0),
    "425": a.status(425, "1"),
    "field error 602": a.field_error(602, headers={"Retry-After": "1"}),
}


@pytest.mark.parametrize("form", RETRY_AFTER)
def test_a_retry_after_replaces_the_wait(
    caller: Caller, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not shortened by jitter, not lengthened by ours."""
    long_waits(monkeypatch)
    with FaultServer(RETRY_AFTER[form]) as server:
        (learned,) = run(caller, [send("x")], url=server.url)
        assert learned.outcome == "accepted", learned
        first, second = learned.attempts
        assert 1.0 <= (second.started_at - first.ended_at).total_seconds() < 20
        assert max(t.waited_seconds or 0 for t in learned.attempts) == pytest.approx(1.0, abs=0.01)
        assert server.volt.executed == ["x"]


def test_a_retry_after_is_read_by_the_servers_clock(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The date counts from the reply's own Date: an hour of skew is no hour of waiting."""
    long_waits(monkeypatch)
    for skew_seconds in (-3600.0, 3600.0):
        volt = VoltService(clock_skew_seconds=skew_seconds)
        with FaultServer(a.status_until(429, 0.0), volt=volt) as server:
            (learned,) = run(caller, [send("x")], url=server.url)
            assert learned.outcome == "accepted", learned


@pytest.mark.parametrize("code", [429, 425, 421])
def test_a_retry_after_beyond_the_deadline_ends_the_call_at_once(caller: Caller, code: int) -> None:
    """With an error that says so; waiting would be in vain, asking sooner impolite."""
    with FaultServer(otherwise=a.status(code, "3600")) as server:
        started = time.monotonic()
        (learned,) = run(caller, [send("x")], url=server.url)
        assert time.monotonic() - started < 10
        assert type(learned.error) is (RateLimitedError if code == 429 else UnavailableError)
        assert "3600" in str(learned.error)
        assert len(learned.attempts) == len(server.volt.posts) == 1


@pytest.mark.parametrize("value", ["-1", "soon", "1e3", "", "Wed, 21 Oct 2015 07:28:00 GMT", "٣"])
def test_a_retry_after_that_says_nothing_is_left_aside(caller: Caller, value: str) -> None:
    """Our own wait counts; a date in the past says at once."""
    with FaultServer(a.status(429, value)) as server:
        (learned,) = run(caller, [send("x")], url=server.url)
        assert learned.outcome == "accepted", learned


def test_without_a_retry_after_the_waits_are_ours(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In their order, one between two tries."""
    monkeypatch.setattr("volt._core.waits", lambda: iter([0.01, 0.02, 0.03, 0.04]))
    with FaultServer(otherwise=a.status(429)) as server:
        (learned,) = run(caller, [send("x")], url=server.url)
        waits = [attempt.waited_seconds for attempt in learned.attempts]
        assert [wait for wait in waits if wait] == [0.01, 0.02, 0.03]


# The deadline.


DRIPS = {
    "headers": a.drip_head(4.5, execute=True),
    "body": a.drip_body(4.5, execute=True),
    "silence": a.execute_then_hang,
}


@pytest.mark.parametrize("drip", DRIPS)
def test_no_drip_outlasts_the_deadline(caller: Caller, drip: str) -> None:
    """Each byte comes in time, the whole would not: the text is out, and unknown."""
    with FaultServer(DRIPS[drip]) as server:
        started = time.monotonic()
        (learned,) = run(caller, [send("x")], url=server.url, deadline=0.5)
        assert time.monotonic() - started < 3
        assert (learned.outcome, len(learned.attempts)) == ("unknown", 1)
        assert server.volt.executed == ["x"]


def test_the_deadline_is_over_all_tries(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait that would end after it is not begun."""
    monkeypatch.setattr("volt._core.waits", lambda: itertools.repeat(1.5))
    with FaultServer(otherwise=a.status(429)) as server:
        started = time.monotonic()
        (learned,) = run(caller, [send("x")], url=server.url, deadline=2.5)
        assert time.monotonic() - started < 2.5
        assert type(learned.error) is RateLimitedError
        assert len(learned.attempts) == len(server.volt.posts) == 2


def test_each_try_gets_the_time_that_is_left(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second, which hangs, ends with the deadline, not after another whole one."""
    monkeypatch.setattr("volt._core.waits", lambda: itertools.repeat(1.0))
    with FaultServer(a.status(429), a.execute_then_hang) as server:
        started = time.monotonic()
        (learned,) = run(caller, [send("x")], url=server.url, deadline=2.0)
        assert time.monotonic() - started < 2.9
        assert (learned.outcome, len(learned.attempts)) == ("unknown", 2)


# The retry budget.


def attempts_of_each(caller: Caller, fault: Action, *, calls: int) -> list[int]:
    """How many requests each call made, while all fail."""
    with FaultServer(otherwise=fault) as server, network_of(server) as url:
        learned = run(caller, [send("x")] * calls, url=url)
        return [len(one.attempts) for one in learned]


def test_the_budget_ends_retries_in_an_outage(caller: Caller) -> None:
    """500 tokens, 14 for each retry: eleven calls of four tries, one of three, then one each."""
    assert attempts_of_each(caller, refuse, calls=15) == [*[4] * 11, 3, 1, 1, 1]


def test_a_throttled_retry_costs_less(caller: Caller) -> None:
    """5 tokens: 33 calls of four tries, one of two, then one each."""
    assert attempts_of_each(caller, a.status(429), calls=36) == [*[4] * 33, 2, 1, 1]


def test_a_success_gives_a_token_back(caller: Caller) -> None:
    """Ten tokens are left, and four successes later a retry is possible again."""
    # A connection that is kept could not be refused.
    script = [*[refuse] * (11 * 4 + 3 + 1), *[a.accept_then_close] * 4, refuse]
    with FaultServer(*script) as server, network_of(server) as url:
        calls = [send("x")] * (11 + 1 + 1 + 4 + 1)
        learned = run(caller, calls, url=url, pause_seconds=0.02)
    assert [len(one.attempts) for one in learned] == [*[4] * 11, 3, 1, *[1] * 4, 2]
    assert learned[-1].outcome == "accepted"


def test_copies_share_the_budget(caller: Caller) -> None:
    """Or an outage would be multiplied by making copies."""
    with FaultServer(otherwise=a.status(429)) as server:
        calls = [send("x", timeout=9.0 + number) for number in range(36)]
        learned = run(caller, calls, url=server.url)
    assert [len(one.attempts) for one in learned] == [*[4] * 33, 2, 1, 1]


# on_unknown.


@pytest.mark.parametrize(
    "fault",
    [a.execute_then_close, a.status(503), a.field_error(901), a.reply(a.HTML), a.truncated()],
)
def test_resend_sends_again_what_is_unknown(caller: Caller, fault: Action) -> None:
    """The vendor's advice, taken literally, where the caller chose it."""
    of_the_client: dict[str, Any] = {"on_unknown": "resend"}
    for call, options in ((send("x"), of_the_client), (send("x", on_unknown="resend"), {})):
        with FaultServer(fault) as server:
            (learned,) = run(caller, [call], url=server.url, **options)
            assert learned.outcome == "accepted", learned
            assert server.volt.posts == ["x", "x"]
        with FaultServer(otherwise=fault) as server:
            (learned,) = run(caller, [call], url=server.url, **options)
            assert learned.outcome == "unknown", learned
            assert server.volt.posts == ["x"] * 4


def test_resend_still_says_unknown_after_a_refusal(caller: Caller) -> None:
    """The first may be out; that the second was refused does not take it back."""
    with FaultServer(a.execute_then_close, a.field_error(103)) as server:
        (learned,) = run(caller, [send("x")], url=server.url, on_unknown="resend")
        assert learned.outcome == "unknown", learned
    with FaultServer(a.execute_then_close, otherwise=a.status(429)) as server:
        (learned,) = run(caller, [send("x")], url=server.url, on_unknown="resend")
        assert learned.outcome == "unknown", learned


def test_the_users_word_counts_as_proof(caller: Caller) -> None:
    """`not_processed` with 503: it is retried as a 429 is."""
    known = {421, 425, 429, 503}
    with FaultServer(a.status(503)) as server:
        (learned,) = run(caller, [send("x")], url=server.url, not_processed=known)
        assert learned.outcome == "accepted"
        assert (len(learned.attempts), server.volt.executed) == (2, ["x"])
    with FaultServer(a.status(429)) as server:
        (learned,) = run(caller, [send("x")], url=server.url, not_processed={503})
        assert (learned.outcome, len(learned.attempts)) == ("unknown", 1)


# Endings from outside.


@pytest.fixture
def asked() -> threading.Event:
    return threading.Event()


def hang_and_tell(asked: threading.Event) -> Action:
    def act(exchange: Exchange) -> bool:
        exchange.read()
        exchange.execute()
        asked.set()
        exchange.wait_until_client_leaves()
        return False

    return act


def assert_warned(caplog: pytest.LogCaptureFixture) -> None:
    """One line that says what to do, with the number masked: some see only that."""
    (line,) = [one.getMessage() for one in caplog.records if "interrupted" in one.getMessage()]
    assert "the text to +1555•••0145 may have been sent: look before you repeat it" in line
    assert THEIRS not in caplog.text


def test_a_cancelled_task_says_that_the_text_may_be_out(
    asked: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    """The cancellation goes on, with a note; and the log warns."""

    async def cancel(url: str) -> None:
        async with AsyncVolt(token="t", url=url, from_=OWN) as client:
            task = asyncio.create_task(client.send(THEIRS, "x"))
            await asyncio.to_thread(asked.wait, 5)
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            notes = " ".join(getattr(caught.value, "__notes__", []))
            assert "may have been sent" in notes
            assert "+1555•••0145" in notes
            assert THEIRS not in notes

    with FaultServer(hang_and_tell(asked)) as server, caplog.at_level(logging.WARNING, "volt"):
        asyncio.run(cancel(server.url))
    assert_warned(caplog)


def test_a_task_cancelled_while_it_waits_to_try_again_has_nothing_to_say(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is out."""
    monkeypatch.setattr("volt._core.waits", lambda: itertools.repeat(20.0))

    async def cancel(url: str, server: FaultServer) -> None:
        async with AsyncVolt(token="t", url=url, from_=OWN) as client:
            task = asyncio.create_task(client.send(THEIRS, "x"))
            while not server.requests:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert not getattr(caught.value, "__notes__", [])

    with FaultServer(a.status(429)) as server, caplog.at_level(logging.WARNING, "volt"):
        asyncio.run(cancel(server.url, server))
    assert "interrupted" not in caplog.text


def test_a_task_cancelled_while_it_looks_says_that_the_text_may_be_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The search was to tell; now nothing does."""
    monkeypatch.setattr("volt._core.POLLS", (20.0,))

    async def cancel(server: FaultServer) -> None:
        async with AsyncVolt(
            token="t", url=server.url, from_=OWN, on_unknown="reconcile"
        ) as client:
            task = asyncio.create_task(client.send(THEIRS, "x"))
            while not server.requests:
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert "may have been sent" in " ".join(getattr(caught.value, "__notes__", []))

    with FaultServer(a.execute_then_close) as server, caplog.at_level(logging.WARNING, "volt"):
        asyncio.run(cancel(server))
    assert_warned(caplog)


def test_a_task_cancelled_while_it_connects_has_nothing_to_say(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is out."""

    async def cancel(port: int) -> None:
        url = f"http://127.0.0.1:{port}/graphql"
        async with AsyncVolt(token="t", url=url, from_=OWN) as client:
            task = asyncio.create_task(client.send(THEIRS, "x"))
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            assert not getattr(caught.value, "__notes__", [])

    with full_backlog() as port, caplog.at_level(logging.WARNING, "volt"):
        asyncio.run(cancel(port))
    assert "interrupted" not in caplog.text


def test_wait_for_around_a_send_is_no_silent_loss(
    asked: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    """The usual way to bound a call: the timeout is the caller's, the note is on its cause."""

    async def bound(url: str) -> None:
        async with AsyncVolt(token="t", url=url, from_=OWN) as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.send(THEIRS, "x"), 0.5)

    with FaultServer(hang_and_tell(asked)) as server, caplog.at_level(logging.WARNING, "volt"):
        asyncio.run(bound(server.url))
    assert_warned(caplog)


def test_ctrl_c_says_that_the_text_may_be_out(
    asked: threading.Event, caplog: pytest.LogCaptureFixture
) -> None:
    """KeyboardInterrupt goes on, with a note; and the log warns."""

    def interrupt() -> None:
        if asked.wait(5):
            time.sleep(0.1)
            os.kill(os.getpid(), signal.SIGINT)

    with FaultServer(hang_and_tell(asked)) as server, caplog.at_level(logging.WARNING, "volt"):
        thread = threading.Thread(target=interrupt)
        thread.start()
        with (
            Volt(token="t", url=server.url, from_=OWN) as client,
            pytest.raises(KeyboardInterrupt) as caught,
        ):
            client.send(THEIRS, "x")
        thread.join()
        assert "may have been sent" in " ".join(getattr(caught.value, "__notes__", []))
        assert_warned(caplog)
        assert server.volt.posts == ["x"]
        assert run(Caller("sync"), [get_message()], url=server.url)[0].outcome == "accepted"
