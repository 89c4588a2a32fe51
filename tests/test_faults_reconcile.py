"""`on_unknown="reconcile"`: look whether the text went out, and say no more than what was seen."""

from typing import Any

import pytest

from tests.conftest import OWN, THEIRS, Caller
from tests.faults import Exchange, FaultServer, VoltService
from tests.faults import actions as a
from tests.faults.clients import Learned, assert_honest, run, send
from tests.faults.server import Action


def reconcile(
    caller: Caller, server: FaultServer, *texts: str, deadline: float = 2.0, **options: Any
) -> list[Learned]:
    calls = [send(text) for text in texts]
    return run(caller, calls, url=server.url, on_unknown="reconcile", deadline=deadline, **options)


LOST = {
    "closed": a.execute_then_close,
    "reset": a.execute_then_reset,
    "503": a.status(503, execute=True),
    "field error": a.field_error(execute=True),
    "null": a.result(None, execute=True),
    "HTML": a.reply(a.HTML, execute=True),
    "truncated": a.truncated(execute=True),
}
NEVER = {"closed": a.close_after_request, "503": a.status(503), "null": a.result(None)}


@pytest.mark.parametrize("fault", LOST)
def test_a_text_that_went_out_is_found(caller: Caller, fault: str) -> None:
    """And returned as if its answer had come; it is not sent again."""
    with FaultServer(LOST[fault]) as server:
        (learned,) = reconcile(caller, server, "x", deadline=10)
        assert learned.outcome == "accepted", learned
        assert learned.result.id == server.volt.messages[0]["id"]
        assert learned.result.body == "x"
        assert server.volt.posts == server.volt.executed == ["x"]
        assert server.volt.queries >= 1


@pytest.mark.parametrize("fault", NEVER)
def test_a_text_that_is_not_found_stays_unknown(caller: Caller, fault: str) -> None:
    """It may still be on its way."""
    with FaultServer(NEVER[fault]) as server:
        (learned,) = reconcile(caller, server, "x")
        assert learned.outcome == "unknown", learned
        assert server.volt.posts == ["x"]
        assert server.volt.queries >= 2


def test_a_text_that_shows_late_is_found(caller: Caller) -> None:
    """It is looked for more than once."""
    with FaultServer(a.execute_then_close, volt=VoltService(lag_polls=2)) as server:
        (learned,) = reconcile(caller, server, "x", deadline=10)
        assert learned.outcome == "accepted", learned
        assert server.volt.queries == 3


@pytest.mark.parametrize("skew_seconds", [-3600.0, -20.0, 20.0, 3600.0])
def test_a_server_whose_clock_is_wrong_is_understood(caller: Caller, skew_seconds: float) -> None:
    """Its Date says by how much."""
    volt = VoltService(clock_skew_seconds=skew_seconds)
    with FaultServer(a.execute_then_close, volt=volt) as server:
        (learned,) = reconcile(caller, server, "x")
        assert learned.outcome == "accepted", learned
    volt = VoltService(clock_skew_seconds=skew_seconds)
    volt.plant(body="x", age_seconds=600)
    with FaultServer(a.close_after_request, volt=volt) as server:
        (learned,) = reconcile(caller, server, "x")
        assert learned.outcome == "unknown", learned


STRANGERS: dict[str, dict[str, Any]] = {
    "an older one": {"body": "x", "age_seconds": 600.0},
    "another body": {"body": "y"},
    "a longer body": {"body": "x y"},
    "another case": {"body": "X"},
    "from them to us": {"body": "x", "to": OWN, "from_": THEIRS},
    "of an unknown time": {"body": "x", "sentAt": None},
    "of an unreadable time": {"body": "x", "sentAt": "yesterday"},
}


@pytest.mark.parametrize("stranger", STRANGERS)
def test_another_message_is_not_taken_for_ours(caller: Caller, stranger: str) -> None:
    """Found means executed."""
    volt = VoltService()
    volt.plant(**STRANGERS[stranger])
    with FaultServer(a.close_after_request, volt=volt) as server:
        (learned,) = reconcile(caller, server, "x")
        assert learned.outcome == "unknown", learned


def test_an_identical_text_of_a_moment_ago_is_not_taken_for_ours(caller: Caller) -> None:
    """The client knows its own: the first was accepted, so it is not the second."""
    for copies in (1, 3):
        with FaultServer(*[a.accept] * copies, a.close_after_request) as server:
            *before, last = reconcile(caller, server, *["x"] * (copies + 1))
            assert {one.outcome for one in before} == {"accepted"}
            assert last.outcome == "unknown", last
            assert server.volt.executed == ["x"] * copies


@pytest.mark.parametrize("on_unknown", ["raise", "resend"])
def test_an_identical_text_that_a_copy_has_sent_is_not_taken_for_ours(
    caller: Caller, on_unknown: str
) -> None:
    """A copy by `with_options` is the same client, whatever it does about the unknown."""
    with FaultServer(a.accept, a.close_after_request) as server:
        calls = [send("x", on_unknown=on_unknown), send("x")]
        learned = run(caller, calls, url=server.url, on_unknown="reconcile", deadline=2.0)
        assert_honest(server, learned)
        assert learned[1].outcome == "unknown"


@pytest.mark.parametrize("first", [a.accept, a.execute_then_close])
def test_messages_without_ids_are_not_taken_for_one_another(caller: Caller, first: Action) -> None:
    """What cannot be told apart stays unknown."""
    volt = VoltService(extra={"id": None})
    look = () if first is a.accept else (a.accept,)
    with FaultServer(first, *look, a.close_after_request, volt=volt) as server:
        learned = reconcile(caller, server, "x", "x")
        assert_honest(server, learned)


def test_an_identical_text_that_was_found_is_not_found_twice(caller: Caller) -> None:
    """One message answers for one text."""
    with FaultServer(a.execute_then_close, a.accept, a.close_after_request) as server:
        first, second = reconcile(caller, server, "x", "x")
        assert first.outcome == "accepted", first
        assert second.outcome == "unknown", second
        assert server.volt.executed == ["x"]


@pytest.mark.parametrize("on_unknown", ["raise", "reconcile"])
def test_after_one_that_ended_unknown_another_like_it_stays_unknown(
    caller: Caller, on_unknown: str
) -> None:
    """What is found may be the first: it shows itself only after that was given up."""
    volt = VoltService(lag_polls=4 if on_unknown == "reconcile" else 0)
    looks = [a.accept] * volt.lag_polls
    with FaultServer(a.execute_then_close, *looks, a.close_after_request, volt=volt) as server:
        calls = [send("x", on_unknown=on_unknown), send("x")]
        first, second = run(caller, calls, url=server.url, on_unknown="reconcile", deadline=2.0)
        assert first.outcome == "unknown", first
        assert second.outcome == "unknown", second
        assert server.volt.posts == ["x", "x"]


@pytest.mark.parametrize("executed", [True, False])
def test_two_messages_that_fit_leave_it_unknown(caller: Caller, *, executed: bool) -> None:
    """One of them is another program's; which, nobody knows."""

    def act(exchange: Exchange) -> bool:
        exchange.read()
        if executed:
            exchange.execute()
        for _ in range(2 - executed):
            exchange.server.volt.plant(body="x")
        return False

    with FaultServer(act) as server:
        (learned,) = reconcile(caller, server, "x")
        assert learned.outcome == "unknown", learned


@pytest.mark.parametrize("lost_first", [True, False])
def test_identical_texts_in_flight_are_not_mistaken_for_each_other(
    caller: Caller, *, lost_first: bool
) -> None:
    """Two at once to one person, one of them never executed: no two are told "accepted"."""
    script = [a.close_after_request] if lost_first else [a.execute_then_close]
    with FaultServer(*script) as server:
        learned = reconcile(caller, server, "x", "x", at_once=2, deadline=4.0)
        assert_honest(server, learned)


def test_different_texts_are_found_each(caller: Caller) -> None:
    """At once, to one person, all answers lost."""
    texts = [f"text {number}" for number in range(6)]
    with FaultServer() as server:
        server.otherwise = _lose_texts_only
        learned = reconcile(caller, server, *texts, at_once=6, deadline=10)
        assert [one.result.body for one in learned] == texts
        assert sorted(server.volt.executed) == texts


def _lose_texts_only(exchange: Exchange) -> bool:
    exchange.read()
    data = exchange.execute()
    if exchange.field == "createMessage":
        return False
    exchange.reply({"data": data})
    return True


def test_a_text_is_found_behind_a_page_of_others(caller: Caller) -> None:
    """A busy conversation: it is not on the first page any more."""
    volt = VoltService(page_size=2)
    with FaultServer(_execute_then_bury(5), volt=volt) as server:
        (learned,) = reconcile(caller, server, "x")
        assert learned.outcome == "accepted", learned


def _execute_then_bury(count: int) -> Action:
    def act(exchange: Exchange) -> bool:
        exchange.read()
        exchange.execute()
        for number in range(count):
            exchange.server.volt.plant(body=f"other {number}")
        return False

    return act


@pytest.mark.parametrize(
    "fault",
    [
        a.status(503),
        a.close_after_request,
        a.status(401),
        a.refusal("no such field"),
        a.reply(a.HTML),
        a.result(None),
        a.result({"messages": None, "pageInfo": None}),
        a.result({"messages": [None, {}, {"body": "x"}], "pageInfo": {"hasNextPage": True}}),
        a.status(429, "3600"),
        a.drip_body(9),
    ],
)
def test_a_look_that_fails_leaves_it_unknown(caller: Caller, fault: Action) -> None:
    """Whatever is wrong with it: the error is that of the text, and it is not sent again."""
    with FaultServer(a.execute_then_close, otherwise=fault) as server:
        (learned,) = reconcile(caller, server, "x")
        assert learned.outcome == "unknown", learned
        assert learned.error
        assert learned.error.to == "+1555•••0145"  # type: ignore[attr-defined]
        assert server.volt.posts == ["x"]


def test_a_look_is_repeated_after_a_fault(caller: Caller) -> None:
    """It is a query: it can be."""
    with FaultServer(a.execute_then_close, a.status(503), a.close_after_request) as server:
        (learned,) = reconcile(caller, server, "x", deadline=10)
        assert learned.outcome == "accepted", learned


def test_what_was_not_sent_is_not_looked_for(caller: Caller) -> None:
    """There is nothing to reconcile."""
    with FaultServer(a.status(400)) as server:
        (learned,) = reconcile(caller, server, "x")
        assert learned.outcome == "not sent"
        assert server.volt.queries == 0
