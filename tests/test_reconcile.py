"""Looking for a text that may have been sent: what is taken for it, and what never is."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

import volt._core
from tests.conftest import OWN, THEIRS, Caller
from volt import AsyncVolt, DeliveryUnknownError, UnavailableError, Volt
from volt._options import OnUnknown
from volt._reconcile import PAGES, Texts
from volt._reconcile import Text as ComparedText

BODY = "Your One Time Code is 654312"


class Server:
    """Keeps what it is sent, and answers as it is told; its clock may be off.

    Args:
        lose: Whether a text is kept though its reply is lost.
        skew_seconds: How far its clock is ahead of this machine's.
    """

    def __init__(self, *, lose: bool = True, skew_seconds: float = 0.0, lag: int = 0) -> None:
        self.lose, self.lag, self.looks = lose, lag, 0
        self.skew = timedelta(seconds=skew_seconds)
        self.keeps = True
        self.sends_date = True
        self.messages: list[dict[str, Any]] = []
        self.page_size = 20
        self.change: Callable[[dict[str, Any]], dict[str, Any]] = lambda message: message

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def keep(self, *, age_seconds: float = 0.0, **fields: Any) -> dict[str, Any]:
        message = {
            "id": f"m{len(self.messages) + 1}",
            "toNumber": THEIRS,
            "fromNumber": OWN,
            "body": BODY,
            "status": "queued",
            "sentAt": (self.now - timedelta(seconds=age_seconds)).isoformat(timespec="seconds"),
        } | fields
        self.messages.insert(0, message)
        return message

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        variables = asked["variables"]
        if asked["operationName"] != "getConversation":
            if self.keeps:
                self.keep(body=variables["body"])
            if self.lose:
                raise httpx.ReadTimeout("lost")
            return self.answer({"createMessage": self.messages[0]})
        self.looks += 1
        shown = self.messages[self.lag :] if self.looks <= self.lag else self.messages
        start = int(variables["before"] or 0)
        end = start + self.page_size
        page = [self.change(message) for message in shown[start:end]]
        more = end < len(shown)
        info = {"nextPage": str(end) if more else None, "hasNextPage": more}
        return self.answer({"conversation": {"messages": page, "pageInfo": info}})

    def answer(self, data: dict[str, Any]) -> httpx.Response:
        headers = {"Date": format_datetime(self.now, usegmt=True)} if self.sends_date else {}
        return httpx.Response(200, json={"data": data}, headers=headers)


def reconciling(caller: Caller, server: Server, **options: Any) -> Volt | AsyncVolt:
    return caller.answered_by(server, on_unknown="reconcile", **options)


def test_a_text_whose_reply_was_lost_is_found(caller: Caller) -> None:
    """And returned as any accepted one, with the attempt that lost its reply."""
    server = Server()
    message = caller.call(reconciling(caller, server), "send", "(555) 555-0145", BODY)
    assert (message.id, message.body, message.status) == ("m1", BODY, "queued")
    assert [attempt.status_code for attempt in message.attempts] == [None]
    assert len(server.messages) == 1


def test_it_may_show_up_only_later(caller: Caller) -> None:
    """The conversation is looked at again, for a while."""
    server = Server(lag=2)
    assert caller.call(reconciling(caller, server), "send", THEIRS, BODY).id == "m1"
    assert server.looks == 3


def test_a_text_that_is_not_there_stays_unknown(caller: Caller) -> None:
    """It can be on its way: it is not sent again, and nobody says that it was not sent."""
    server = Server()
    server.keeps = False
    with pytest.raises(DeliveryUnknownError, match="looked for 4 times .* proves nothing"):
        caller.call(reconciling(caller, server), "send", THEIRS, BODY)
    assert server.looks == 4


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Your One Time Code is 654313"},
        {"toNumber": "+15555550146"},
        {"fromNumber": "+15555550124"},
        {"toNumber": OWN, "fromNumber": THEIRS},
        {"age_seconds": 10},
        {"sentAt": None},
        {"sentAt": "soon"},
        {"body": None},
    ],
    ids=str,
)
def test_another_text_is_not_taken_for_it(caller: Caller, other: dict[str, Any]) -> None:
    """Another body, person, sender, direction; an older one; one without a time."""
    server = Server()
    server.keeps = False
    server.keep(**other)
    with pytest.raises(DeliveryUnknownError):
        caller.call(reconciling(caller, server), "send", THEIRS, BODY)


@pytest.mark.parametrize("skew_seconds", [-3600.0, 0.0, 3600.0])
def test_the_servers_clock_is_read_from_its_date(caller: Caller, skew_seconds: float) -> None:
    """Whichever way it is off: the new text is found, one of ten seconds ago is not."""
    server = Server(skew_seconds=skew_seconds)
    server.keep(age_seconds=10)
    assert caller.call(reconciling(caller, server), "send", THEIRS, BODY).id == "m2"
    server.keeps = False
    server.messages.pop(0)
    with pytest.raises(DeliveryUnknownError):
        caller.call(reconciling(caller, server), "send", THEIRS, BODY)


def test_without_a_date_nothing_can_be_told_apart(caller: Caller) -> None:
    """The new text may be an old one by a clock that nobody knows."""
    server = Server()
    server.sends_date = False
    with pytest.raises(DeliveryUnknownError):
        caller.call(reconciling(caller, server), "send", THEIRS, BODY)


def test_two_that_are_the_same_cannot_be_told_apart(caller: Caller) -> None:
    """Another program sent one as well: which is ours, if any, nobody knows."""
    server = Server()
    server.keep()
    with pytest.raises(DeliveryUnknownError, match="cannot be told from it"):
        caller.call(reconciling(caller, server), "send", THEIRS, BODY)


def test_line_ends_and_outer_white_space_may_come_back_changed(caller: Caller) -> None:
    """And numbers without their plus."""
    server = Server()
    server.change = lambda message: (
        message
        | {
            "body": message["body"].strip().replace("\r\n", "\n"),
            "toNumber": message["toNumber"].lstrip("+"),
        }
    )
    message = caller.call(reconciling(caller, server), "send", THEIRS, "one\r\ntwo ")
    assert message.body == "one\ntwo"


def test_all_pages_back_to_the_attempt_are_read(caller: Caller) -> None:
    """Newer messages may have pushed it off the first page."""
    server = Server()

    def push(message: dict[str, Any]) -> dict[str, Any]:
        return message

    server.change, server.page_size = push, 2
    original = server.keep

    def keep_and_more(**fields: Any) -> dict[str, Any]:
        message = original(**fields)
        for number in range(3):
            original(body=f"later {number}")
        return message

    server.keep = keep_and_more  # type: ignore[method-assign]
    assert caller.call(reconciling(caller, server), "send", THEIRS, BODY).id == "m1"
    assert server.looks == 2


def test_what_was_read_only_in_part_proves_nothing(caller: Caller) -> None:
    """A second text like it could be on a page that was not read."""
    server = Server()
    server.page_size = 1
    original = server.keep

    def keep_and_more(**fields: Any) -> dict[str, Any]:
        for number in range(PAGES):
            original(body=f"before {number}")
        return original(**fields)

    server.keep = keep_and_more  # type: ignore[method-assign]
    with pytest.raises(DeliveryUnknownError):
        caller.call(reconciling(caller, server), "send", THEIRS, BODY)
    assert server.looks == PAGES * 4


def test_a_search_that_fails_leaves_it_unknown(caller: Caller) -> None:
    """Nothing about the search is an error of its own."""
    requests: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(json.loads(request.content)["operationName"])
        if requests[-1] == "getConversation" and len(requests) % 2:
            raise httpx.ReadError("gone")
        return httpx.Response(503)

    client = caller.answered_by(handler, on_unknown="reconcile")
    with pytest.raises(DeliveryUnknownError) as caught:
        caller.call(client, "send", THEIRS, BODY)
    assert caught.value.status_code == 503
    assert requests == ["createMessage"] + ["getConversation"] * 4


def test_the_search_ends_with_the_deadline(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """No look begins after it."""
    monkeypatch.setattr(volt._core, "POLLS", (0.05, 0.05, 60.0))
    server = Server()
    server.keeps = False
    started = time.monotonic()
    with pytest.raises(DeliveryUnknownError, match="looked for 2 times"):
        caller.call(reconciling(caller, server, deadline=2.0), "send", THEIRS, BODY)
    assert time.monotonic() - started < 2.0


def test_graphql_text_of_ones_own_is_not_looked_for(caller: Caller) -> None:
    """Nobody knows what it calls the message; the outcome stays unknown."""
    server = Server()
    query = "mutation M($to: String!, $from: String!, $body: String!) { m: createMessage(to: $to, from: $from, body: $body) { id } }"
    variables = {"to": THEIRS, "from": OWN, "body": BODY}
    with pytest.raises(DeliveryUnknownError):
        caller.call(reconciling(caller, server), "execute", query, variables)
    assert server.looks == 0


def test_a_passthrough_is_looked_for_as_well(caller: Caller) -> None:
    """It is the same text."""
    message = caller.call(
        reconciling(caller, Server()), "create_message_with_passthrough",
        to=THEIRS, from_=OWN, body=BODY, passthrough="order 7",
    )  # fmt: skip
    assert message.id == "m1"


# The same text twice.


def test_one_that_was_accepted_is_not_taken_for_the_next(caller: Caller) -> None:
    """The same text to the same person, at once again: the first is known by its id."""
    server = Server(lose=False)
    client = reconciling(caller, server)

    def lose_the_next() -> None:
        server.lose, server.keeps = True, False

    if isinstance(client, Volt):
        assert client.send(THEIRS, BODY).id == "m1"
        lose_the_next()
        with pytest.raises(DeliveryUnknownError):
            client.send(THEIRS, BODY)
        return

    async def run() -> None:
        assert (await client.send(THEIRS, BODY)).id == "m1"
        lose_the_next()
        with pytest.raises(DeliveryUnknownError):
            await client.send(THEIRS, BODY)

    asyncio.run(run())


@pytest.mark.parametrize("first", ["raise", "resend", "reconcile"])
def test_one_in_doubt_makes_the_next_doubtful(first: OnUnknown) -> None:
    """The first may turn up late, and would be taken for the second: also across copies."""
    server = Server()
    server.keeps = False
    with Caller("sync").answered_by(server) as client:  # type: ignore[union-attr]
        with pytest.raises(DeliveryUnknownError):
            client.with_options(on_unknown=first).send(THEIRS, BODY)
        server.keep()
        with pytest.raises(DeliveryUnknownError, match="cannot be told from it"):
            client.with_options(on_unknown="reconcile").send(THEIRS, BODY)
        message = client.with_options(on_unknown="reconcile")
        server.keeps = True
        assert message.send(THEIRS, "another text").body == "another text"


def test_one_that_was_sent_again_may_be_there_twice() -> None:
    """Only the id of the second is known; the first may turn up when another is looked for."""
    server, answers = Server(), iter([True, False, True])

    def handler(request: httpx.Request) -> httpx.Response:
        if json.loads(request.content)["operationName"] == "createMessage":
            server.lose = next(answers)
        return server(request)

    with Caller("sync").answered_by(handler, on_unknown="resend") as client:  # type: ignore[union-attr]
        assert client.send(THEIRS, BODY).id == "m2"
        server.keeps = False
        with pytest.raises(DeliveryUnknownError, match="cannot be told from it"):
            client.with_options(on_unknown="reconcile").send(THEIRS, BODY)


def test_the_same_text_is_sent_one_at_a_time(caller: Caller) -> None:
    """Else the reply lost by one would be found as the other's; different ones go side by side."""
    under_way, most, lock = [0, 0], [0, 0], threading.Lock()
    server = Server(lose=False)

    def slow(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        same = int(asked["variables"]["body"] == BODY)
        with lock:
            under_way[same] += 1
            most[same] = max(most[same], under_way[same])
        time.sleep(0.02)
        with lock:
            under_way[same] -= 1
            return server(request)

    async def slow_async(request: httpx.Request) -> httpx.Response:
        return await asyncio.to_thread(slow, request)

    bodies = [BODY, "other 1", BODY, "other 2", BODY, "other 3"]
    if caller.kind == "sync":
        client = caller.answered_by(slow, on_unknown="reconcile")
        assert isinstance(client, Volt)
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda body: client.send(THEIRS, body), bodies))
    else:

        async def run() -> None:
            http_client = httpx.AsyncClient(transport=httpx.MockTransport(slow_async))
            client = caller.make(http_client=http_client, on_unknown="reconcile")
            assert isinstance(client, AsyncVolt)
            await asyncio.gather(*(client.send(THEIRS, body) for body in bodies))

        asyncio.run(run())
    assert most[1] == 1
    assert most[0] > 1
    assert len(server.messages) == len(bodies)


def test_one_whose_turn_never_comes_is_not_sent() -> None:
    """The first is under way for longer than the second's deadline."""
    release, begun = threading.Event(), threading.Event()
    server = Server(lose=False)

    def hang(request: httpx.Request) -> httpx.Response:
        begun.set()
        release.wait(5)
        return server(request)

    with Caller("sync").answered_by(hang, on_unknown="reconcile") as client:  # type: ignore[union-attr]
        thread = threading.Thread(target=client.send, args=(THEIRS, BODY))
        thread.start()
        assert begun.wait(5)
        with pytest.raises(UnavailableError, match="still under way.*nothing was sent") as caught:
            client.with_options(deadline=0.2).send(THEIRS, BODY)
        assert THEIRS not in str(caught.value)
        release.set()
        thread.join(timeout=5)
        assert client.send(THEIRS, BODY).id == "m2"


def test_a_turn_ends_with_an_interruption(caller: Caller) -> None:
    """Ctrl-C in one call does not block the same text for good; but it leaves it in doubt."""
    server = Server(lose=False)
    interrupt = [True]

    def handler(request: httpx.Request) -> httpx.Response:
        if interrupt.pop() if interrupt else False:
            raise KeyboardInterrupt
        return server(request)

    client = caller.answered_by(handler, on_unknown="reconcile")
    if isinstance(client, Volt):
        with pytest.raises(KeyboardInterrupt):
            client.send(THEIRS, BODY)
        assert client.send(THEIRS, BODY).id == "m1"
        return

    async def run() -> None:
        with pytest.raises(KeyboardInterrupt):
            await client.send(THEIRS, BODY)
        assert (await client.send(THEIRS, BODY)).id == "m1"

    asyncio.run(run())


def test_what_is_remembered_is_bounded() -> None:
    """Of many thousand texts, the oldest are forgotten."""
    texts = Texts()
    first = texts.like(ComparedText("1", "2", "0"), 1)
    for number in range(20_000):
        texts.like(ComparedText("1", "2", str(number)), 1)
    assert len(texts._alike) <= 10_001
    assert texts.like(ComparedText("1", "2", "0"), 1) is not first


def test_what_was_sent_lately_is_remembered_however_old_the_first_of_its_kind_is() -> None:
    """Else the text of another call, sent a moment ago, would be taken for the one looked for."""
    texts = Texts()
    alert = ComparedText("1", "2", "The server is down")
    first = texts.like(alert, 1)
    for number in range(30_000):
        if number % 9_000 == 0:
            assert texts.like(alert, 1) is first
        texts.like(ComparedText("1", "2", str(number)), 1)
    assert texts.like(alert, 1) is first


def test_of_one_text_sent_again_and_again_only_the_latest_ids_are_kept(caller: Caller) -> None:
    """A program that repeats itself does not grow."""
    ids = iter(range(2_500))
    client = caller.answered_by(
        lambda _: httpx.Response(200, json={"data": {"createMessage": {"id": f"m{next(ids)}"}}})
    )

    async def send_all(client: AsyncVolt) -> None:
        async with client:
            for _ in range(2_500):
                await client.send(THEIRS, BODY)

    if isinstance(client, AsyncVolt):
        asyncio.run(send_all(client))
    else:
        with client:
            for _ in range(2_500):
                client.send(THEIRS, BODY)
    (alike,) = client._texts._alike.values()
    assert 900 <= len(alike.accepted) <= 1_000
    assert "m2499" in alike.accepted
    assert "m0" not in alike.accepted
