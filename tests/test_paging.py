"""From page to page: nothing twice, nothing out of order, no end of asking; on both clients."""

import asyncio
import json
import math
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import OWN, THEIRS, Caller, Sandbox
from volt import AsyncVolt, Conversation, InputError, Message, UnreadableReplyError, Volt
from volt._paging import Walk

Page = dict[str, Any]


# The rule, without a client.


def walk(limit: int | None = None) -> Walk[Conversation, Message]:
    return Walk(lambda page: page.messages, lambda message: message.id, limit)


def page(ids: list[str | None], cursor: str | None = None, has_next: bool | None = None) -> Page:
    info = {"nextPage": cursor, "hasNextPage": has_next}
    return {"messages": [{"id": id_, "body": "x"} for id_ in ids], "pageInfo": info}


def taken(way: Walk[Conversation, Message], pages: Iterator[Page | None]) -> list[str | None]:
    ids: list[str | None] = []
    while way.goes_on:
        answer = next(pages)
        ids += [m.id for m in way.take(Conversation.model_validate(answer) if answer else None)]
    return ids


IDS = st.lists(st.sampled_from("abcdefgh"), max_size=4, unique=True)
PAGES = st.one_of(
    st.none(),
    st.builds(
        page, IDS, st.none() | st.sampled_from(["", "1", "2", "3"]) | st.uuids().map(str),
        st.none() | st.booleans(),
    ),
)  # fmt: skip


@given(st.lists(PAGES, min_size=1, max_size=8), st.none() | st.integers(1, 10))
def test_whatever_a_server_answers_the_walk_ends_with_nothing_twice_and_in_its_order(
    pages: list[Page | None], limit: int | None
) -> None:
    """It answers with these pages, and with the last of them for ever."""
    asked: list[Page | None] = []

    def answers() -> Iterator[Page | None]:
        while True:
            asked.append(pages[min(len(asked), len(pages) - 1)])
            yield asked[-1]

    ids = taken(walk(limit), answers())
    seen = [message["id"] for answer in asked if answer for message in answer["messages"]]
    in_order = list(dict.fromkeys(seen))
    assert ids == in_order[:limit]
    assert len(asked) <= len(in_order) + 1


@given(
    st.integers(0, 50),
    st.integers(1, 12),
    st.sampled_from(["both", "cursor alone", "blank cursor at last", "cursor at last too"]),
    st.integers(0, 3),
)
def test_an_honest_server_is_read_to_its_end(
    count: int, size: int, style: str, overlap: int
) -> None:
    """In as few pages as it has; also where a page begins with the end of the one before."""
    everything: list[str | None] = [f"m{number}" for number in range(count)]

    def answers() -> Iterator[Page]:
        start = 0
        while True:
            end = start + size
            more = end < count
            cursor = str(end) if more or style == "cursor at last too" else None
            if style == "blank cursor at last":
                cursor = cursor or ""
            yield page(
                everything[max(0, start - overlap) : end],
                cursor,
                more if style in ("both", "cursor at last too") else None,
            )
            start = end

    pages_needed = max(1, math.ceil(count / size))
    assert taken(walk(), islice(answers(), pages_needed)) == everything


def test_items_without_an_id_are_known_again_by_what_was_received() -> None:
    """Two that are alike on one page are two; a page that comes again is the same page."""
    answers = iter([page([None, None], "1"), page([None, None], "2"), page([None, None], "3")])
    assert taken(walk(), answers) == [None, None]
    others = iter([page([None], "1"), page([None]) | {"messages": [{"body": "y"}]}])
    assert taken(walk(), others) == [None, None]


@pytest.mark.parametrize("limit", [0, -1, True, 1.5, "3"])
def test_a_bound_that_is_none_is_refused(limit: Any) -> None:
    """And named."""
    with pytest.raises(InputError, match="^limit: "):
        walk(limit)


# On both clients.


def collected(client: Volt | AsyncVolt, method: str, **kwargs: Any) -> list[Any]:
    """All that the iterator gives."""
    items: list[Any] = []
    collect(items, client, method, **kwargs)
    return items


def collect(items: list[Any], client: Volt | AsyncVolt, method: str, **kwargs: Any) -> None:
    """One by one, so that what came before an error is there."""
    if isinstance(client, Volt):
        with client:
            for item in getattr(client, method)(**kwargs):
                items.append(item)
        return

    async def run() -> None:
        async with client:
            async for item in getattr(client, method)(**kwargs):
                items.append(item)

    asyncio.run(run())


def serving(
    caller: Caller, answer: Callable[[dict[str, Any]], dict[str, Any]]
) -> tuple[Volt | AsyncVolt, list[dict[str, Any]]]:
    """A client, and the variables of what it asked for."""
    asked: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(json.loads(request.content)["variables"])
        return httpx.Response(200, json={"data": answer(asked[-1])})

    return caller.answered_by(handler), asked


def test_a_conversation_is_read_page_by_page(caller: Caller) -> None:
    """Newest first, from the client's own number, each page by the cursor of the one before."""
    pages = {None: page(["5", "4"], "x", True), "x": page(["3", "2"], "y", True), "y": page(["1"])}
    client, asked = serving(caller, lambda variables: {"conversation": pages[variables["before"]]})
    found = collected(client, "iter_conversation", to="(555) 555-0145")
    assert [message.id for message in found] == ["5", "4", "3", "2", "1"]
    assert {type(message) for message in found} == {Message}
    assert [variables["before"] for variables in asked] == [None, "x", "y"]
    assert {(variables["to"], variables["from"]) for variables in asked} == {(THEIRS, OWN)}


def test_an_inbox_has_everyone_once(caller: Caller) -> None:
    """Who moves to its top meanwhile is not met again; an item needs no contact's id."""

    def item(text: str, **contact: str) -> dict[str, Any]:
        return {"contact": contact or None, "lastMessage": text}

    pages = {
        None: {
            "items": [item("1", id="a", phoneNumber="+1"), item("2", phoneNumber="+2")],
            "pageInfo": {"nextPage": "x"},
        },
        "x": {
            "items": [item("older", phoneNumber="+2"), item("3", id="c")],
            "pageInfo": {"nextPage": "y"},
        },
        "y": {"items": [item("older", id="a"), item("4")], "pageInfo": None},
    }
    client, asked = serving(caller, lambda variables: {"inbox": pages[variables["before"]]})
    found = collected(client, "iter_inbox", from_="+15555550199")
    assert [entry.last_message for entry in found] == ["1", "2", "3", "4"]
    assert {variables["from"] for variables in asked} == {"+15555550199"}


def test_a_server_that_takes_no_notice_of_the_cursor_is_not_asked_for_ever(caller: Caller) -> None:
    """It answers with the newest page each time; this must not loop."""
    client, asked = serving(caller, lambda _: {"conversation": page(["2", "1"], "same", True)})
    found = collected(client, "iter_conversation", to=THEIRS)
    assert [message.id for message in found] == ["2", "1"]
    assert len(asked) == 2


@pytest.mark.parametrize("reply", [None, {}, {"messages": None, "pageInfo": {"nextPage": "x"}}])
def test_where_there_is_no_page_there_is_nothing(caller: Caller, reply: Page | None) -> None:
    """And nothing more is asked for."""
    client, asked = serving(caller, lambda _: {"conversation": reply})
    assert collected(client, "iter_conversation", to=THEIRS) == []
    assert len(asked) == 1


def test_a_bound_stops_within_a_page_and_asks_for_no_other(caller: Caller) -> None:
    """Also where it is just the page."""
    for limit, pages in ((1, 1), (2, 1), (3, 2)):
        client, asked = serving(
            caller,
            lambda variables: {
                "conversation": page(["3", "2"], "x") if not variables["before"] else page(["1"])
            },
        )
        found = collected(client, "iter_conversation", to=THEIRS, limit=limit)
        assert ([message.id for message in found], len(asked)) == (["3", "2", "1"][:limit], pages)


def test_nothing_is_asked_for_before_it_is_needed(caller: Caller) -> None:
    """Not even the first page; the second when the first is used up."""
    client, asked = serving(
        caller, lambda variables: {"conversation": page([str(len(asked)), "0"], str(len(asked)))}
    )
    if isinstance(client, Volt):
        items = client.iter_conversation(to=THEIRS)
        assert asked == []
        counts = [(next(items).id, len(asked)) for _ in range(3)]
    else:

        async def run(client: AsyncVolt) -> list[tuple[str | None, int]]:
            items = client.iter_conversation(to=THEIRS)
            assert asked == []
            return [((await anext(items)).id, len(asked)) for _ in range(3)]

        counts = asyncio.run(run(client))
    assert counts == [("1", 1), ("0", 1), ("2", 2)]


def test_a_page_that_cannot_be_had_is_an_error_after_what_was_had(caller: Caller) -> None:
    """What came before it stays with the caller."""
    had: list[Message] = []
    replies: list[dict[str, Any]] = [
        {"conversation": page(["2", "1"], "x")},
        {"conversation": "odd"},
    ]
    client, _ = serving(caller, lambda _: replies.pop(0))
    with pytest.raises(UnreadableReplyError):
        collect(had, client, "iter_conversation", to=THEIRS)
    assert [message.id for message in had] == ["2", "1"]


@pytest.mark.parametrize("missing", ["messages", "pageInfo"])
def test_errors_in_place_of_the_rest_do_not_pass_for_the_end(caller: Caller, missing: str) -> None:
    """Where a page came whole, errors beside it end nothing; they never repeat what was sent."""
    pages = [page(["3"], "x"), page(["2"], "y"), page(["1"])]
    pages[1][missing] = None

    def handler(request: httpx.Request) -> httpx.Response:
        errors = [{"message": f"no luck with {THEIRS}", "path": ["conversation"]}]
        answer = pages.pop(0)
        return httpx.Response(200, json={"data": {"conversation": answer}, "errors": errors})

    had: list[Message] = []
    with pytest.raises(UnreadableReplyError, match="errors in place of its items") as caught:
        collect(had, caller.answered_by(handler), "iter_conversation", to=THEIRS)
    assert [message.id for message in had] == (["3"] if missing == "messages" else ["3", "2"])
    assert [detail.path for detail in caught.value.errors] == [("conversation",)]
    assert THEIRS[-7:] not in repr(caught.value.errors)


@pytest.mark.parametrize(
    ("method", "arguments", "named"),
    [
        ("iter_conversation", {"to": "nobody"}, "to"),
        ("iter_conversation", {"to": THEIRS, "from_": "nobody"}, "from_"),
        ("iter_conversation", {"to": THEIRS, "limit": 0}, "limit"),
        ("iter_inbox", {"from_": "nobody"}, "from_"),
        ("iter_inbox", {"limit": 0}, "limit"),
    ],
)
def test_a_bad_argument_is_refused_at_once(
    caller: Caller, method: str, arguments: dict[str, Any], named: str
) -> None:
    """Not where the iteration begins, which may be far away."""
    with pytest.raises(InputError) as caught:
        getattr(caller.make(), method)(**arguments)
    assert caught.value.argument == named


@pytest.mark.parametrize("method", ["iter_conversation", "iter_inbox"])
def test_a_missing_number_of_ones_own_is_named(caller: Caller, method: str) -> None:
    """With the remedy."""
    arguments = {"to": THEIRS} if method == "iter_conversation" else {}
    with pytest.raises(InputError, match="from_: .*pass from_= .*VOLT_FROM"):
        getattr(caller.make(from_=None), method)(**arguments)


def test_a_conversation_in_the_sandbox_comes_back_whole(caller: Caller, sandbox: Sandbox) -> None:
    """Over its three pages."""
    with Volt(token="sandbox", url=sandbox.url, from_=OWN) as sender:
        sent = [sender.send(THEIRS, f"number {number}").id for number in range(45)]
    client = caller.make(token="sandbox", url=sandbox.url)
    found = collected(client, "iter_conversation", to=THEIRS)
    assert [message.id for message in found] == sent[::-1]
    assert len(sandbox.requests) > len(sent) + 1
