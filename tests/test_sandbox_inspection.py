"""The routes that the page is built on: conversations, details, doubles, the phone, events."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.test_sandbox import ARGUMENTS, CREATE, OPERATIONS, OWN, OWN_2, PERSON, STRANGER, Sandbox
from volt.sandbox import _events, create_app
from volt.sandbox._events import Hub
from volt.sandbox._magic import CODES, TABLE, behaviour_of
from volt.sandbox._opt_outs import STOP_WORDS, UNTRACKED_WORDS
from volt.sandbox.testing import RunningSandbox, running


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox(senders=[OWN, OWN_2], clock=clock)


def get(sandbox: Sandbox, path: str, **query: Any) -> Any:
    response = sandbox.request("GET", f"/_sandbox/{path}", params=query)
    assert response.status_code == 200, response.text
    return response.json()


def post(sandbox: Sandbox, path: str, content: object = None, status: int = 200) -> Any:
    response = sandbox.request("POST", f"/_sandbox/{path}", json=content)
    assert response.status_code == status, response.text
    return response.json() if response.content else None


def reply(sandbox: Sandbox, body: str, **changes: Any) -> Any:
    return post(sandbox, "reply", {"from": PERSON, "to": OWN, "body": body} | changes)


def code_of(sandbox: Sandbox, **changes: Any) -> str | None:
    """Send a text: the code it is refused with, or None."""
    response = sandbox.execute(CREATE, **(ARGUMENTS | changes))
    if "errors" not in response:
        return None
    code: str = response["errors"][0]["extensions"]["code"]
    return code


def people(page: dict[str, Any]) -> list[str]:
    return [conversation["person"] for conversation in page["conversations"]]


# Conversations


def test_conversations_are_shown_newest_first_with_counts(sandbox: Sandbox) -> None:
    """What a phone shows, and what is new on it."""
    sandbox.create(body="One")
    sandbox.create(body="Two")
    sandbox.create(to=STRANGER)
    reply(sandbox, "Thanks")
    page = get(sandbox, "conversations")
    assert page["pageInfo"] == {"totalItems": 2, "nextPage": None, "hasNextPage": False}
    first, second = page["conversations"]
    assert first.pop("latest")["body"] == "Thanks"
    assert first == {
        "own": OWN,
        "person": PERSON,
        "name": None,
        "total": 3,
        "unread": 2,
        "unreadByOrganization": 1,
        "doubles": 0,
        "isOptedOut": False,
    }
    assert (second["person"], second["unread"]) == (STRANGER, 1)


def test_a_conversation_is_marked_read_by_the_phone_or_by_the_organization(
    sandbox: Sandbox,
) -> None:
    """Each has its own marks."""
    sandbox.create()
    sandbox.create(to=STRANGER)
    reply(sandbox, "Thanks")
    path = f"conversations/{OWN}/{PERSON}/read"
    assert post(sandbox, path) == {"read": 1}
    [first, second] = get(sandbox, "conversations")["conversations"]
    assert (first["unread"], first["unreadByOrganization"], second["unread"]) == (0, 1, 1)
    assert post(sandbox, path, {"by": "organization"}) == {"read": 1}
    assert post(sandbox, path, {"by": "organization"}) == {"read": 0}
    assert "'by'" in post(sandbox, path, {"by": "nobody"}, 400)["error"]
    sandbox.create()
    assert get(sandbox, "conversations")["conversations"][0]["unread"] == 1


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("TABLE", [PERSON]),
        ("grüsse", [STRANGER]),
        ("GRÜSSE", [STRANGER]),
        ("lovelace", [PERSON]),
        ("555-0199", [STRANGER]),
        ("(555) 555 0145", [PERSON]),
        ("0199", [STRANGER]),
        ("100%", ["+15555550177"]),
        ("_", []),
        ("nothing", []),
        ("\ud83d", []),
        ("  ", ["+15555550177", STRANGER, PERSON]),
    ],
)
def test_search_finds_texts_numbers_and_names(
    sandbox: Sandbox, search: str, expected: list[str]
) -> None:
    """Any part of a word in any case, also beyond ASCII; no character has a meaning of its own."""
    sandbox.create(body="Your table is ready.")
    sandbox.create(to=STRANGER, body="Viele Grüße")
    sandbox.create(to="+15555550177", body="100% sure")
    contact = {"accountPhone": OWN, "phoneNumber": PERSON, "customFields": [], "blocked": False}
    sandbox.execute(OPERATIONS["createOrUpdateContact"], name="Ada Lovelace", **contact)
    if search.isprintable():
        assert people(get(sandbox, "conversations", search=search)) == expected
    else:
        found = sandbox.app.state.sandbox.conversations.overview(search=search)
        assert people(found) == expected


def test_conversations_are_filtered_by_sender_and_recipient(sandbox: Sandbox) -> None:
    """Alone, together, and with a search."""
    sandbox.create()
    sandbox.create(to=STRANGER)
    sandbox.create(**{"from": OWN_2})
    assert people(get(sandbox, "conversations", own=OWN)) == [STRANGER, PERSON]
    assert people(get(sandbox, "conversations", person=PERSON)) == [PERSON, PERSON]
    assert people(get(sandbox, "conversations", own=OWN_2, person=STRANGER)) == []
    assert people(get(sandbox, "conversations", own=OWN_2, search="table")) == [PERSON]


def test_conversations_and_messages_are_read_page_by_page(sandbox: Sandbox) -> None:
    """With a cursor for each search."""
    for number in range(5):
        sandbox.create(to=f"+1555555017{number}")
    first = get(sandbox, "conversations", limit=2)
    second = get(sandbox, "conversations", limit=2, before=first["pageInfo"]["nextPage"])
    assert people(first) + people(second) == [f"+1555555017{n}" for n in (4, 3, 2, 1)]
    path = "/_sandbox/conversations"
    cursor = {"search": "x", "before": first["pageInfo"]["nextPage"]}
    assert sandbox.request("GET", path, params=cursor).status_code == 400

    for number in range(5):
        sandbox.create(body=str(number))
    path = f"conversations/{OWN}/{PERSON}"
    first = get(sandbox, path, limit=3)
    second = get(sandbox, path, limit=3, before=first["pageInfo"]["nextPage"])
    assert [m["body"] for m in first["messages"] + second["messages"]] == list("43210")
    assert second["pageInfo"] == {"totalItems": 5, "nextPage": None, "hasNextPage": False}
    response = sandbox.request("GET", f"/_sandbox/{path}", params={"before": "?"})
    assert "'before'" in response.json()["error"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1.5", "", "１"])
def test_a_limit_out_of_its_range_is_http_400(sandbox: Sandbox, limit: str) -> None:
    """Rather than a page of some other size."""
    response = sandbox.request("GET", "/_sandbox/conversations", params={"limit": limit})
    assert (response.status_code, "'limit'" in response.json()["error"]) == (400, True)


# One message


def test_a_message_is_shown_with_all_that_is_known_of_it(sandbox: Sandbox, clock: Clock) -> None:
    """Variables as received, request without the token, its life so far and to come."""
    created = sandbox.create()
    clock.now += 1.5
    shown = get(sandbox, f"messages/{created['id']}")
    assert shown["variables"] == ARGUMENTS
    assert shown["request"]["headers"]["authorization"] == "Bearer •••"
    assert shown["request"]["body"]["query"] == CREATE
    assert (shown["request"]["status"], shown["request"]["fault"]) == (200, None)
    assert [(step["status"], step["isDone"]) for step in shown["history"]] == [
        ("queued", True),
        ("sent", True),
        ("delivered", False),
    ]
    assert shown["history"][0]["at"] == created["sentAt"]
    assert (shown["status"], shown["direction"], shown["doubles"]) == ("sent", "outbound", [])
    response = sandbox.request("GET", "/_sandbox/messages/rf_nothing")
    assert (response.status_code, "forgotten" in response.json()["error"]) == (404, True)


def test_a_reply_has_no_request(sandbox: Sandbox) -> None:
    """It did not come by the API."""
    shown = get(sandbox, f"messages/{reply(sandbox, 'Hi')['message']['id']}")
    assert (shown["request"], shown["variables"], shown["status"]) == (None, None, "received")
    assert sandbox.messages() == []


# Doubles


def test_a_text_that_arrives_twice_is_shown_with_both_requests(
    sandbox: Sandbox, clock: Clock
) -> None:
    """Side by side, as they came."""
    first = sandbox.create()
    clock.now += 30
    content = {"query": CREATE, "variables": ARGUMENTS}
    headers = {"Authorization": "Bearer sandbox", "X-Try": "2"}
    sandbox.request("POST", "/graphql", json=content, headers=headers)
    [double] = get(sandbox, "doubles")
    one, other = double["messages"]
    assert one["message"]["id"] == first["id"]
    assert (one["message"]["doubleOf"], other["message"]["doubleOf"]) == (None, first["id"])
    assert "x-try" not in one["request"]["headers"]
    assert other["request"]["headers"]["x-try"] == "2"
    assert one["request"]["at"] < other["request"]["at"]
    for shown in (one, other):
        assert get(sandbox, f"messages/{shown['message']['id']}")["doubles"] == [one, other]
    assert get(sandbox, "conversations")["conversations"][0]["doubles"] == 1
    assert get(sandbox, "state")["doubles"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"to": STRANGER},
        {"from": OWN_2},
        {"body": "Your table is ready!"},
        {"media": ["https://example.com/a.png"]},
    ],
)
def test_another_text_is_no_double(sandbox: Sandbox, change: dict[str, Any]) -> None:
    """Recipient, sender, text and media make it the same."""
    sandbox.create()
    sandbox.create(**change)
    assert get(sandbox, "doubles") == []


def test_a_text_repeated_much_later_is_no_double(clock: Clock) -> None:
    """The same reminder next week is meant; a third within the window belongs to the first."""
    sandbox = Sandbox(clock=clock, double_window_seconds=60)
    sandbox.create()
    clock.now += 61
    first = sandbox.create()
    for _ in range(2):
        clock.now += 59
        sandbox.create()
    [double] = get(sandbox, "doubles")
    assert len(double["messages"]) == 3
    assert double["messages"][0]["message"]["id"] == first["id"]


def test_a_refused_text_is_no_double(sandbox: Sandbox) -> None:
    """Only what was accepted can reach a person."""
    for _ in range(2):
        assert code_of(sandbox, to="5") == "402"
    assert get(sandbox, "doubles") == []


# The phone


@pytest.mark.parametrize(
    "body",
    ["STOP", "stop", " Stop. ", "opt-out", "OPT OUT", "Unsubscribe!", "cancel", "QUIT", "Remove"],
)
def test_a_stop_word_opts_the_person_out_until_start(sandbox: Sandbox, body: str) -> None:
    """The next send is refused with 503, from any number, and nobody else is concerned."""
    answer = reply(sandbox, body)
    assert (answer["isOptedOut"], answer["message"]["body"]) == (True, body)
    assert code_of(sandbox) == "503"
    assert code_of(sandbox, **{"from": OWN_2}) == "503"
    assert code_of(sandbox, to=STRANGER) is None
    assert get(sandbox, "conversations", person=PERSON)["conversations"][0]["isOptedOut"] is True
    [opt_out] = get(sandbox, "opt-outs")
    assert (opt_out["person"], opt_out["word"] in STOP_WORDS) == (PERSON, True)
    assert reply(sandbox, "start")["isOptedOut"] is False
    assert code_of(sandbox) is None
    assert get(sandbox, "opt-outs") == []


@pytest.mark.parametrize("body", ["Please stop", "STOPP", "don't stop", "stop it", "🛑"])
def test_a_stop_word_among_others_is_a_text(sandbox: Sandbox, body: str) -> None:
    """Only the whole message counts."""
    assert reply(sandbox, body)["isOptedOut"] is False
    assert code_of(sandbox) is None


@pytest.mark.parametrize("word", sorted(UNTRACKED_WORDS))
def test_words_that_volt_does_not_name_are_noticed_but_opt_nobody_out(
    sandbox: Sandbox, word: str
) -> None:
    """A sandbox that acted on them would promise what Volt may not do."""
    answer = reply(sandbox, word)
    assert answer["isOptedOut"] is False
    assert word in answer["notice"]
    assert code_of(sandbox) is None
    assert reply(sandbox, "STOP")["notice"] is None


def test_unstop_opts_in_and_so_does_the_route(sandbox: Sandbox) -> None:
    """By word of the person, or by hand."""
    reply(sandbox, "STOP")
    assert reply(sandbox, "UNSTOP")["isOptedOut"] is False
    path = f"/_sandbox/opt-outs/{PERSON}"
    assert sandbox.request("PUT", path).status_code == 204
    assert code_of(sandbox) == "503"
    assert sandbox.request("DELETE", path).status_code == 204
    assert code_of(sandbox) is None
    assert sandbox.request("PUT", "/_sandbox/opt-outs/5").json()["code"] == "402"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"to": STRANGER}, 400),
        ({"from": "5"}, 400),
        ({"body": " "}, 400),
        ({"body": 5}, 400),
        ({"from": None}, 400),
        ({"media": "https://example.com/a.png"}, 400),
        ({"media": [1]}, 400),
        ({"media": ["ftp://example.com/a.png"]}, 400),
        ({"body": "", "media": ["https://example.com/a.png"]}, 200),
        ({"to": OWN_2}, 200),
    ],
)
def test_a_reply_that_cannot_be_is_http_400(
    sandbox: Sandbox, change: dict[str, Any], status: int
) -> None:
    """A picture alone is a reply."""
    post(sandbox, "reply", {"from": PERSON, "to": OWN, "body": "Hi"} | change, status)


def test_a_reply_goes_to_the_first_sender_unless_told_otherwise(sandbox: Sandbox) -> None:
    """Most organizations have one number."""
    message = post(sandbox, "reply", {"from": PERSON, "body": "Hi"})["message"]
    assert (message["toNumber"], message["isNew"]) == (OWN, True)
    conversation = sandbox.page()["messages"]
    assert [entry["body"] for entry in conversation] == ["Hi"]


# The life of a message, and magic numbers


def test_a_message_is_queued_then_sent_then_delivered_by_the_clock(
    sandbox: Sandbox, clock: Clock
) -> None:
    """A second each, unless told otherwise."""
    message = sandbox.create()
    seen = []
    for _ in range(4):
        found = sandbox.execute(OPERATIONS["getMessage"], id=message["id"])["data"]["message"]
        seen.append((found["status"], found["confirmedAt"] is not None))
        clock.now += 0.9
    assert seen == [("queued", False), ("queued", False), ("sent", False), ("delivered", True)]
    assert sandbox.messages()[0]["status"] == "delivered"


def test_at_pace_zero_it_is_delivered_when_next_looked_at() -> None:
    """The answer to the send still says queued: that is all it knows."""
    sandbox = Sandbox(pace_seconds=0)
    assert sandbox.create()["status"] == "queued"
    assert sandbox.messages()[0]["status"] == "delivered"


@pytest.mark.parametrize("pace", [-1, 3601, float("nan"), float("inf")])
def test_a_pace_out_of_its_range_is_refused_at_once(pace: float) -> None:
    """So is a number of messages that keeps none."""
    with pytest.raises(ValueError, match="pace"):
        create_app(pace_seconds=pace)
    with pytest.raises(ValueError, match="keep"):
        create_app(keep=0)


@pytest.mark.parametrize("code", CODES)
def test_each_code_has_a_number_that_is_refused_with_it_and_one_that_fails_with_it(
    code: str,
) -> None:
    """At the send, and after it."""
    sandbox = Sandbox(pace_seconds=0)
    assert code_of(sandbox, to=f"+199{code[0]}55501{code[1:]}") == code
    assert sandbox.messages() == []
    sandbox.create(to=f"+189{code[0]}55501{code[1:]}")
    [message] = sandbox.messages()
    assert (message["status"], message["errorCode"]) == ("failed", code)
    assert message["statusDescription"] == CODES[code]
    assert message["confirmedAt"] is None


def test_a_slow_delivery_comes_late(sandbox: Sandbox, clock: Clock) -> None:
    """By the seconds that its number ends in."""
    sandbox.create(to="+17905550130")
    clock.now += 31.9
    assert sandbox.messages()[0]["status"] == "sent"
    clock.now += 0.2
    assert sandbox.messages()[0]["status"] == "delivered"


@pytest.mark.parametrize(("number", "status"), [("0101", "queued"), ("0102", "sent")])
def test_some_stay_where_they_are(sandbox: Sandbox, clock: Clock, number: str, status: str) -> None:
    """For whoever waits for a status that never comes."""
    sandbox.create(to=f"+1792555{number}")
    clock.now += 1_000_000
    assert sandbox.messages()[0]["status"] == status


def test_a_slow_answer_comes_late_and_the_text_is_out_at_once() -> None:
    """What a client with a deadline meets."""
    with running(create_app()) as server:
        headers = {"Authorization": "Bearer sandbox"}
        content = {"query": CREATE, "variables": ARGUMENTS | {"to": "+17915550101"}}
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(server.url, headers=headers, json=content, timeout=0.5)
        assert len(httpx.get(f"{server.base_url}/_sandbox/messages").json()) == 1
        response = httpx.post(server.url, headers=headers, json=content, timeout=5)
        assert response.json()["data"]["createMessage"]["id"]
        assert response.elapsed.total_seconds() >= 1


def test_no_person_can_have_a_magic_number() -> None:
    """555-01xx is set aside for fiction, and no area code has a 9 in its middle."""
    numbers = [number for row in TABLE for number in row.behaviours]
    assert len(numbers) == len(set(numbers)) == 2 * len(CODES) + 2 * 99 + 4
    for number in numbers:
        assert (len(number), number[:2], number[3], number[5:10]) == (12, "+1", "9", "55501")
    for ordinary in (PERSON, OWN, "+15555550100", "+12025550199"):
        assert behaviour_of(ordinary) == behaviour_of("+15555550145")


def test_the_table_of_magic_numbers_is_served(sandbox: Sandbox) -> None:
    """For the page."""
    table = get(sandbox, "numbers")
    assert table[0] == {"number": "+1 991 555 0101", "does": "is refused with 101"}
    assert len(table) == len(TABLE)


# Events


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSandbox]:
    with running(create_app(pace_seconds=0.05)) as one:
        yield one


def events(server: RunningSandbox, count: int, act: Any) -> list[tuple[str, Any]]:
    """Listen, act once the stream has begun, and return the first events."""
    found: list[tuple[str, Any]] = []
    url = f"{server.base_url}/_sandbox/events"
    with httpx.stream("GET", url, timeout=10) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        kind = ""
        for line in response.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            if line.startswith("data: "):
                found.append((kind, json.loads(line.removeprefix("data: "))))
                if kind == "hello":
                    threading.Thread(target=act).start()
                if len(found) == count:
                    break
    return found


def test_what_happens_is_told_as_it_happens(server: RunningSandbox) -> None:
    """A text, its request, and its way to the phone, without anyone asking."""

    def act() -> None:
        headers = {"Authorization": "Bearer sandbox"}
        content = {"query": CREATE, "variables": ARGUMENTS}
        httpx.post(server.url, headers=headers, json=content)

    told = events(server, 5, act)
    assert [kind for kind, _ in told] == ["hello", "message", "request", "status", "status"]
    assert told[1][1]["body"] == ARGUMENTS["body"]
    assert told[2][1] == {"method": "POST", "path": "/graphql", "status": 200, "fault": None}
    assert [data["status"] for _, data in told[3:]] == ["sent", "delivered"]


def test_what_a_person_does_is_told_too(server: RunningSandbox) -> None:
    """So that a second page, or a terminal, sees it."""

    def act() -> None:
        base = f"{server.base_url}/_sandbox"
        httpx.post(f"{base}/reply", json={"from": PERSON, "body": "STOP"})
        httpx.post(f"{base}/conversations/{OWN}/{PERSON}/read", json={"by": "organization"})
        httpx.post(f"{base}/chaos", json={"fault": "503"})
        httpx.post(f"{base}/reset")

    told = events(server, 6, act)
    assert [kind for kind, _ in told] == ["hello", "message", "opt-out", "read", "chaos", "reset"]
    assert told[2][1] == {"person": PERSON, "isOptedOut": True}
    assert told[3][1] == {"own": OWN, "person": PERSON}


def test_listeners_are_counted(server: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many is turned away; one that has left makes room."""
    url = f"{server.base_url}/_sandbox/events"
    hub = server.app.state.sandbox.hub

    def wait_until_full(*, is_full: bool) -> None:
        for _ in range(500):
            if hub.is_full is is_full:
                return
            time.sleep(0.01)
        pytest.fail("a listener is not counted, or one that left still is")

    monkeypatch.setattr(_events, "LISTENERS_AT_MOST", 1)
    wait_until_full(is_full=False)  # those of the tests before have left
    with httpx.stream("GET", url, timeout=10):
        wait_until_full(is_full=True)
        assert httpx.get(url).status_code == 503
    wait_until_full(is_full=False)


def test_a_silent_stream_shows_that_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy or a browser that hears nothing for long gives up."""
    monkeypatch.setattr(_events, "HEARTBEAT_SECONDS", 0.01)

    async def listen() -> list[bytes]:
        stream = Hub().stream()
        heard = [await anext(stream) for _ in range(3)]
        await stream.aclose()  # type: ignore[attr-defined]
        return heard

    first, *rest = asyncio.run(listen())
    assert first == b"retry: 1000\nevent: hello\ndata: null\n\n"
    assert rest == [b": still here\n\n"] * 2


def test_a_listener_that_is_too_slow_is_told_to_start_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: what it missed is dropped, and it is told so."""
    monkeypatch.setattr(_events, "_WAITING_AT_MOST", 3)

    async def listen() -> list[bytes]:
        hub = Hub()
        stream = hub.stream()
        await anext(stream)
        for number in range(4):
            hub.publish("message", number)
        hub.publish("message", 4)
        heard = [await anext(stream), await anext(stream)]
        hub.close()
        assert [event async for event in stream] == []
        return heard

    assert asyncio.run(listen()) == [
        b"event: missed\ndata: null\n\n",
        b"event: message\ndata: 4\n\n",
    ]
