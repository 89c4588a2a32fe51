"""`send_many`: an outcome for every text, lazily, whatever becomes of the others."""

import asyncio
import gc
import random
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any, assert_never, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import volt._many
from tests.conftest import OWN, THEIRS, Caller, Sandbox
from tests.faults import actions as a
from tests.faults.server import Action, Exchange, FaultServer
from tests.test_connections import open_sockets
from volt import (
    Accepted,
    AsyncVolt,
    AuthenticationError,
    DeliveryUnknownError,
    InputError,
    Message,
    NotSent,
    OutboundMessage,
    Outcome,
    RateLimitedError,
    Rejected,
    RejectedError,
    Unknown,
    Volt,
)

NOWHERE = "http://127.0.0.1:9/"


def name(outcome: Outcome) -> str:
    """Which of the four."""
    match outcome:
        case Accepted():
            return "accepted"
        case Rejected():
            return "rejected"
        case NotSent():
            return "not sent"
        case Unknown():
            return "unknown"
        case _:
            assert_never(outcome)


def texts(count: int) -> Iterator[OutboundMessage]:
    return (OutboundMessage(THEIRS, f"text {n}", ref=n) for n in range(count))


def outcomes_of(
    caller: Caller,
    messages: Iterable[OutboundMessage],
    *,
    client: Volt | AsyncVolt | None = None,
    concurrency: int = 16,
    take: Callable[[Any, Outcome], object] = lambda outcomes, outcome: None,
    **options: Any,
) -> list[Outcome]:
    """Send, and take every outcome; `take` is told of each, and may stop it all."""
    client = client or caller.make(**options)
    found: list[Outcome] = []
    if isinstance(client, Volt):
        with client, client.send_many(messages, concurrency=concurrency) as outcomes:
            for outcome in outcomes:
                found.append(outcome)
                take(outcomes, outcome)
            assert not outcomes.in_flight
        return found

    async def run(client: AsyncVolt) -> list[Outcome]:
        async with client, client.send_many(messages, concurrency=concurrency) as outcomes:
            async for outcome in outcomes:
                found.append(outcome)
                take(outcomes, outcome)
            assert not outcomes.in_flight
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return found

    return asyncio.run(run(client))


def by_text(**becomes: Action) -> Action:
    """What becomes of a text is in its first word; of any other, it is accepted."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        assert exchange.operation
        word = exchange.operation.variables["body"].split()[0]
        return becomes.get(word, a.accept)(exchange)

    return act


def after(seconds: float, action: Action = a.accept) -> Action:
    def act(exchange: Exchange) -> bool:
        exchange.pause(seconds)
        return action(exchange)

    return act


def first_at_once(seconds: float) -> Action:
    """The first text is accepted at once, the others after a while."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        assert exchange.operation
        is_first = exchange.operation.variables["body"] == "text 0"
        return a.accept(exchange) if is_first else after(seconds)(exchange)

    return act


class Stub(Volt):
    """A client that sends nothing and accepts everything."""

    def __init__(self) -> None:
        super().__init__(token="t", url=NOWHERE, from_=OWN)
        self.sent: list[str] = []

    def send(self, to: str, body: str, **_: object) -> Message:
        self.sent.append(body)
        return MESSAGE


class AsyncStub(AsyncVolt):
    """The same for coroutines."""

    def __init__(self) -> None:
        super().__init__(token="t", url=NOWHERE, from_=OWN)
        self.sent: list[str] = []

    async def send(self, to: str, body: str, **_: object) -> Message:
        await asyncio.sleep(0)
        self.sent.append(body)
        return MESSAGE


class Told:
    """Takes the place of the list of what was sent."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self.tell = tell

    def append(self, _: str) -> None:
        self.tell()


MESSAGE = Message.model_validate({"id": "m1"})


def stub(caller: Caller) -> Stub | AsyncStub:
    return Stub() if caller.kind == "sync" else AsyncStub()


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No thread of ours outlives a test; one may just have begun, to find nothing to do."""
    yield
    ends = time.monotonic() + 5
    while any(thread.name == "volt-send-many" for thread in threading.enumerate()):
        assert time.monotonic() < ends
        time.sleep(0.01)


# Outcomes.


def test_every_text_has_its_outcome(caller: Caller, sandbox: Sandbox) -> None:
    """With what was given, and what came of it; one that fails stops no other."""
    given_ = [
        OutboundMessage("(555) 555-0145", "Your table is ready.", ref="good"),
        OutboundMessage("555", "Your table is ready.", ref="no number"),
        OutboundMessage(THEIRS, " ", ref="blank"),
        OutboundMessage("+19955550103", "Your table is ready.", ref="opted out"),
        OutboundMessage(THEIRS, "The menu", media=["https://example.com/a.exe"], ref="media"),
        OutboundMessage(THEIRS, "The menu", media=["https://example.com/a.png"], ref="MMS"),
        OutboundMessage(THEIRS, "From elsewhere", from_="+15555550199", ref="sender"),
    ]
    found = outcomes_of(caller, given_, url=sandbox.url, token="sandbox")
    assert sorted(map(id, given_)) == sorted(id(outcome.outbound) for outcome in found)
    by_ref = {outcome.outbound.ref: outcome for outcome in found}
    assert {ref: name(outcome) for ref, outcome in by_ref.items()} == {
        "good": "accepted",
        "no number": "rejected",
        "blank": "rejected",
        "opted out": "rejected",
        "media": "rejected",
        "MMS": "accepted",
        "sender": "rejected",
    }
    match by_ref["good"], by_ref["no number"], by_ref["opted out"]:
        case Accepted(_, message), Rejected(_, InputError() as input_error), Rejected(_, error):
            assert message.body == "Your table is ready."
            assert message.attempts
            assert input_error.argument == "to"
            assert isinstance(error, RejectedError)
            assert error.code
            assert error.code.code == 503
        case _:
            pytest.fail("others")
    assert sorted(message["body"] for message in sandbox.messages) == [
        "The menu", "Your table is ready.",
    ]  # fmt: skip


def test_failures_are_told_apart(caller: Caller) -> None:
    """By whether the text may be out, and whether it is to blame."""
    becomes = by_text(
        lost=a.execute_then_close, down=a.status(429), refused=a.field_error(503),
        token=a.status(401), broken=a.status(503, execute=True),
    )  # fmt: skip
    words = ["lost", "good", "down", "refused", "token", "broken"]
    given_ = [OutboundMessage(THEIRS, f"{word} {n}") for n in range(3) for word in words]
    with FaultServer(otherwise=becomes) as server:
        found = outcomes_of(caller, given_, url=server.url, concurrency=4)
        executed = Counter(server.volt.executed)
    assert len(found) == len(given_)
    for outcome in found:
        expected: dict[str, tuple[str, type[Exception] | None]] = {
            "good": ("accepted", None),
            "lost": ("unknown", DeliveryUnknownError),
            "broken": ("unknown", DeliveryUnknownError),
            "down": ("not sent", RateLimitedError),
            "token": ("not sent", AuthenticationError),
            "refused": ("rejected", RejectedError),
        }
        kind, error = expected[outcome.outbound.body.split()[0]]
        assert name(outcome) == kind
        assert type(getattr(outcome, "error", None)) is (error or type(None))
        times = executed[outcome.outbound.body]
        assert times == (kind in ("accepted", "unknown"))


def test_in_the_order_in_which_it_is_known(caller: Caller) -> None:
    """Not in that of the input."""
    given_ = [OutboundMessage(THEIRS, body) for body in ("slow", "quick 1", "quick 2", "quick 3")]
    with FaultServer(otherwise=by_text(slow=after(0.5))) as server:
        found = outcomes_of(caller, given_, url=server.url, concurrency=2)
    assert [outcome.outbound.body for outcome in found] == [
        "quick 1", "quick 2", "quick 3", "slow",
    ]  # fmt: skip


@pytest.mark.parametrize("concurrency", [1, 3, 8])
def test_as_many_at_once_as_are_asked_for(caller: Caller, concurrency: int) -> None:
    """Neither fewer nor more, and each on a connection that is used again."""
    lock = threading.Lock()
    now, most = 0, 0

    def act(exchange: Exchange) -> bool:
        nonlocal now, most
        exchange.read()
        with lock:
            now += 1
            most = max(most, now)
        exchange.pause(0.05)
        with lock:
            now -= 1
        return a.accept(exchange)

    with FaultServer(otherwise=act) as server:
        before = open_sockets()
        found = outcomes_of(caller, texts(5 * concurrency), url=server.url, concurrency=concurrency)
        assert {name(outcome) for outcome in found} == {"accepted"}
        assert len(found) == 5 * concurrency
        assert most == concurrency
        assert server.connections <= concurrency + 1
        server.settle()
        assert open_sockets() <= before


def test_retries_and_options_are_those_of_send(caller: Caller) -> None:
    """Also of a copy with other options."""
    once: set[str] = set()

    def act(exchange: Exchange) -> bool:
        exchange.read()
        body = exchange.operation.variables["body"] if exchange.operation else ""
        if body in once:
            return a.accept(exchange)
        once.add(body)
        return a.execute_then_close(exchange)

    with FaultServer(otherwise=act) as server:
        client = caller.make(url=server.url).with_options(on_unknown="resend")
        found = outcomes_of(caller, texts(5), client=client)
    assert [name(outcome) for outcome in found] == ["accepted"] * 5
    assert all(isinstance(o, Accepted) and len(o.message.attempts) == 2 for o in found)


def test_the_same_text_many_times_is_sent_as_often(caller: Caller) -> None:
    """Nothing is dropped for being alike."""
    same = OutboundMessage(THEIRS, "Hello")
    with FaultServer() as server:
        found = outcomes_of(caller, [same] * 20, url=server.url, on_unknown="reconcile")
        assert server.volt.executed == ["Hello"] * 20
    ids = {outcome.message.id for outcome in found if isinstance(outcome, Accepted)}
    assert len(ids) == 20


def test_nobody_is_texted_twice_whatever_fails(caller: Caller) -> None:
    """Accepted: once; unknown: once at the most; else never."""
    rng = random.Random(7)
    lock = threading.Lock()
    kinds = [
        a.accept, a.accept, a.execute_then_close, a.execute_then_reset, a.close_after_request,
        a.close_unread, a.status(429), a.status(503), a.status(502, execute=True), a.truncated(),
        a.field_error(701), a.status(404), a.accept_then_close,
    ]  # fmt: skip

    def act(exchange: Exchange) -> bool:
        with lock:
            kind = rng.choice(kinds)
        return kind(exchange)

    with FaultServer(otherwise=act) as server:
        found = outcomes_of(caller, texts(200), url=server.url, concurrency=8)
        server.settle(2)
        executed = Counter(server.volt.executed)
    assert sorted(outcome.outbound.ref for outcome in found) == list(range(200))
    assert {name(outcome) for outcome in found} == {"accepted", "rejected", "not sent", "unknown"}
    for outcome in found:
        times = executed[outcome.outbound.body]
        allowed = {"accepted": {1}, "unknown": {0, 1}}.get(name(outcome), {0})
        assert times in allowed, outcome


def test_what_is_sent_knows_the_context_of_who_asked(caller: Caller) -> None:
    """For logs and traces, also in a thread."""
    request: ContextVar[str] = ContextVar("request", default="none")
    seen: list[str] = []
    client = stub(caller)
    client.sent = cast("list[str]", Told(lambda: seen.append(request.get())))
    request.set("request 7")
    outcomes_of(caller, texts(3), client=client)
    assert seen == ["request 7"] * 3


# Laziness.


@settings(max_examples=30)
@given(length=st.integers(0, 40), concurrency=st.integers(1, 12), seed=st.integers(0, 99))
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_at_no_time_more_are_read_than_there_is_room_for(
    kind: str, length: int, concurrency: int, seed: int
) -> None:
    """And each is sent once, and told once, however fast either side is."""
    caller = Caller(kind)
    client = stub(caller)
    rng = random.Random(seed)
    read, taken = 0, 0

    def input_() -> Iterator[OutboundMessage]:
        nonlocal read
        for message in texts(length):
            read += 1
            assert read - taken <= concurrency
            yield message

    def take(outcomes: Any, outcome: Outcome) -> None:
        nonlocal taken
        assert outcome.outbound not in outcomes.in_flight
        assert len(outcomes.in_flight) < concurrency
        taken += 1
        if rng.random() < 0.1:
            time.sleep(0.001)

    found = outcomes_of(caller, input_(), client=client, concurrency=concurrency, take=take)
    assert sorted(outcome.outbound.ref for outcome in found) == list(range(length))
    assert sorted(client.sent) == sorted(f"text {n}" for n in range(length))


def test_an_input_without_end(caller: Caller) -> None:
    """Is read as far as its outcomes are taken."""
    read: list[int] = []

    def endless() -> Iterator[OutboundMessage]:
        while True:
            read.append(len(read))
            yield OutboundMessage(THEIRS, "x", ref=read[-1])

    def take(outcomes: Any, outcome: Outcome) -> None:
        if outcome.outbound.ref >= 50:
            outcomes.stop()

    client = stub(caller)
    found = outcomes_of(caller, endless(), client=client, concurrency=4, take=take)
    assert sorted(outcome.outbound.ref for outcome in found) == read
    assert 51 <= len(read) <= 55
    assert len(client.sent) == len(read)


def test_memory_does_not_grow_with_the_input(caller: Caller) -> None:
    """3,000 texts take what 300 do."""

    def peak(count: int) -> int:
        client = stub(caller)
        client.sent = cast("list[str]", Told(lambda: None))
        gc.collect()
        tracemalloc.start()
        try:
            if isinstance(client, Stub):
                with client.send_many(texts(count), concurrency=8) as outcomes:
                    assert sum(1 for _ in outcomes) == count
            else:
                asyncio.run(consume(client, count))
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    async def consume(client: AsyncStub, count: int) -> None:
        async with client.send_many(texts(count), concurrency=8) as outcomes:
            assert sum([1 async for _ in outcomes]) == count

    peak(300)
    assert peak(3000) < peak(300) + 30_000  # one outcome and its text take about 400 bytes


def test_the_first_is_sent_before_the_second_is_there(caller: Caller) -> None:
    """An input may be slow: it is not waited for."""
    with FaultServer() as server:

        def slow() -> Iterator[OutboundMessage]:
            yield OutboundMessage(THEIRS, "first")
            ends = time.monotonic() + 5
            while not server.requests and caller.kind == "sync":
                assert time.monotonic() < ends
                time.sleep(0.01)
            yield OutboundMessage(THEIRS, "second")

        assert len(outcomes_of(caller, slow(), url=server.url)) == 2


def test_no_outcome_waits_for_an_asynchronous_input() -> None:
    """Such as a queue that is empty for now."""
    more = asyncio.Event()

    async def input_() -> AsyncIterator[OutboundMessage]:
        yield OutboundMessage(THEIRS, "first")
        await more.wait()
        yield OutboundMessage(THEIRS, "second")

    async def run() -> list[str]:
        found = []
        async with AsyncStub() as client, client.send_many(input_()) as outcomes:
            async with asyncio.timeout(5):
                async for outcome in outcomes:
                    found.append(outcome.outbound.body)
                    more.set()
        return found

    assert asyncio.run(run()) == ["first", "second"]


# The input.


def test_an_error_of_the_input_comes_after_the_outcomes(caller: Caller) -> None:
    """As it was raised; nothing that was begun is lost."""
    fault = KeyError("row 5")

    def input_() -> Iterator[OutboundMessage]:
        yield from texts(5)
        raise fault

    found: list[Outcome] = []
    client = stub(caller)
    with pytest.raises(KeyError) as caught:
        outcomes_of(caller, input_(), client=client, take=lambda _, outcome: found.append(outcome))
    assert caught.value is fault
    assert sorted(outcome.outbound.ref for outcome in found) == [0, 1, 2, 3, 4]
    assert len(client.sent) == 5


def test_what_is_no_message_ends_the_input(caller: Caller) -> None:
    """It is named by its place; those before it are sent."""
    found: list[Outcome] = []
    given_ = cast("list[OutboundMessage]", [*texts(2), (THEIRS, "x"), *texts(1)])
    client = stub(caller)
    with pytest.raises(InputError, match="OutboundMessage, not tuple") as caught:
        outcomes_of(caller, given_, client=client, take=lambda _, outcome: found.append(outcome))
    assert caught.value.argument == "messages[2]"
    assert len(found) == len(client.sent) == 2


@pytest.mark.parametrize("concurrency", [0, -1, 101, 2.0, True, "4", None])
def test_concurrency_has_bounds(caller: Caller, concurrency: Any) -> None:
    """The client's connections, and one."""
    with pytest.raises(InputError, match="from 1 to 100") as caught:
        stub(caller).send_many([], concurrency=concurrency)
    assert caught.value.argument == "concurrency"


def test_what_cannot_be_iterated_is_refused(caller: Caller) -> None:
    """At once."""
    with pytest.raises(InputError, match="iterable of OutboundMessage") as caught:
        stub(caller).send_many(cast("Any", OutboundMessage(THEIRS, "x")))
    assert caught.value.argument == "messages"


def test_the_end_stays_the_end(caller: Caller) -> None:
    """Of an input without texts too; and nothing is read before an outcome is asked for."""
    read: list[int] = []

    def input_() -> Iterator[OutboundMessage]:
        read.append(1)
        yield from texts(1)

    client = stub(caller)
    if isinstance(client, Stub):
        empty = client.send_many([])
        assert [*empty, *empty] == []
        some = client.send_many(input_())
        assert read == []
        assert len([*some, *some]) == 1
        return

    async def run(client: AsyncStub) -> None:
        empty = client.send_many([])
        assert [o async for o in empty] + [o async for o in empty] == []
        some = client.send_many(input_())
        await asyncio.sleep(0)
        assert read == []
        assert len([o async for o in some] + [o async for o in some]) == 1

    asyncio.run(run(client))


def test_nothing_but_the_recipient_shows_in_a_repr() -> None:
    """And that masked."""
    message = OutboundMessage(
        THEIRS, "secret 4711", media=["https://example.com/4711.png"], ref="4711"
    )
    unknown = Unknown(message, DeliveryUnknownError("x"))
    assert repr(message) == "OutboundMessage(to='+1555•••0145')"
    for shown in (repr(Accepted(message, MESSAGE)), repr(unknown)):
        assert "+1555•••0145" in shown
        assert "4711" not in shown
        assert THEIRS not in shown
    assert repr(OutboundMessage(cast("str", None), "x")) == "OutboundMessage(to='•••')"


def test_a_repr_says_how_far_it_is(caller: Caller) -> None:
    """In counts, and nothing else."""
    shown: list[str] = []
    with FaultServer(otherwise=first_at_once(0.5)) as server:
        client = caller.make(url=server.url)
        if isinstance(client, Volt):
            with client:
                with client.send_many(texts(4), concurrency=4) as outcomes:
                    next(outcomes)
                    shown.append(repr(outcomes))
                shown.append(repr(outcomes))
        else:

            async def run(client: AsyncVolt) -> None:
                async with client:
                    async with client.send_many(texts(4), concurrency=4) as outcomes:
                        await anext(outcomes)
                        shown.append(repr(outcomes))
                    shown.append(repr(outcomes))

            asyncio.run(run(client))
    kind = "Outcomes" if caller.kind == "sync" else "AsyncOutcomes"
    assert shown == [
        f"<{kind}: 3 under way, 0 to be taken>",
        f"<{kind}: 0 under way, 3 to be taken>",
    ]


# Leaving early.


def test_after_a_break_none_is_under_way(caller: Caller) -> None:
    """What was under way is waited for, and can still be taken; nothing else was begun."""
    client: Volt | AsyncVolt
    with FaultServer(otherwise=by_text(text=after(0.2))) as server:
        client = caller.make(url=server.url)
        if isinstance(client, Volt):
            with client:
                with client.send_many(texts(50), concurrency=4) as outcomes:
                    first = next(outcomes)
                assert len(outcomes.in_flight) == 3
                rest = [*outcomes]
                assert not outcomes.in_flight
        else:

            async def run(client: AsyncVolt) -> tuple[Outcome, list[Outcome]]:
                async with client:
                    async with client.send_many(texts(50), concurrency=4) as outcomes:
                        first = await anext(outcomes)
                    assert asyncio.all_tasks() == {asyncio.current_task()}
                    assert len(outcomes.in_flight) == 3
                    rest = [outcome async for outcome in outcomes]
                    assert not outcomes.in_flight
                    return first, rest

            first, rest = asyncio.run(run(client))
        assert {name(outcome) for outcome in [first, *rest]} == {"accepted"}
        assert sorted(server.volt.executed) == sorted(o.outbound.body for o in [first, *rest])
        assert len(rest) == 3


def test_an_error_in_the_block_goes_on_when_none_is_under_way(caller: Caller) -> None:
    """As after a break."""
    with FaultServer(otherwise=by_text(text=after(0.1))) as server:

        def take(_: Any, outcome: Outcome) -> None:
            raise LookupError

        with pytest.raises(LookupError):
            outcomes_of(caller, texts(50), url=server.url, concurrency=4, take=take)
        assert len(server.volt.executed) in (4, 5)


def test_who_finds_it_senseless_stops(caller: Caller) -> None:
    """A wrong token is wrong for all; each text that was begun has its outcome."""

    def take(outcomes: Any, outcome: Outcome) -> None:
        match outcome:
            case NotSent(error=AuthenticationError()):
                outcomes.stop()

    with FaultServer(otherwise=a.status(401)) as server:
        found = outcomes_of(caller, texts(500), url=server.url, concurrency=4, take=take)
        assert len(found) == len(server.volt.posts) <= 8


def test_left_behind_it_reads_no_further_and_says_so(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a block, whoever breaks out leaves what is under way to itself."""
    monkeypatch.setattr(volt._many, "_IDLE_SECONDS", 0.05)
    with FaultServer(otherwise=first_at_once(0.5)) as server:
        client = caller.make(url=server.url)

        if isinstance(client, Volt):
            with client:
                outcomes = client.send_many(texts(50), concurrency=4)
                next(outcomes)
                with pytest.warns(ResourceWarning, match="left with 3 texts under way"):
                    del outcomes
                time.sleep(1.0)
        else:

            async def run(client: AsyncVolt) -> None:
                async with client:
                    outcomes_ = client.send_many(texts(50), concurrency=4)
                    await anext(outcomes_)
                    with pytest.warns(ResourceWarning, match="left with 3 texts under way"):
                        del outcomes_
                    await asyncio.sleep(1.0)
                    assert asyncio.all_tasks() == {asyncio.current_task()}

            asyncio.run(run(client))
        assert len(server.volt.executed) == 4
