"""The routes that the page is built on: conversations, details of a message, doubles."""

import shlex
import sys
from typing import Any

import pytest

from tests.test_sandbox import ARGUMENTS, CREATE, OPERATIONS, OWN, OWN_2, PERSON, STRANGER, Sandbox


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
        "refused": 0,
        "refusal": None,
        "match": None,
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


def test_a_text_that_arrives_a_thousand_times_does_not_fill_the_page(sandbox: Sandbox) -> None:
    """The first ten are shown, and how many there are; each message's own detail has it, too."""
    ids = [sandbox.create()["id"] for _ in range(13)]
    [double] = get(sandbox, "doubles")
    assert double["total"] == 13
    assert [one["message"]["id"] for one in double["messages"]] == ids[:10]
    for number, shown in ((0, ids[:10]), (12, [*ids[:10], ids[12]])):
        message = get(sandbox, f"messages/{ids[number]}")
        assert message["doublesTotal"] == 13
        assert [one["message"]["id"] for one in message["doubles"]] == shown


def test_a_refused_text_is_no_double(sandbox: Sandbox) -> None:
    """Only what was accepted can reach a person."""
    for _ in range(2):
        assert code_of(sandbox, to="5") == "402"
    assert get(sandbox, "doubles") == []


# Refusals


def test_a_refused_text_is_kept_with_its_conversation(sandbox: Sandbox) -> None:
    """For as long as its request is, so that the page can show why nothing arrived."""
    sandbox.create(body="Hello")
    reply(sandbox, "STOP")
    assert code_of(sandbox, body="Still there?") == "503"
    assert code_of(sandbox, to="555") == "402"
    page = get(sandbox, f"conversations/{OWN}/{PERSON}")
    assert page["optOut"] | {"at": ""} == {"person": PERSON, "word": "STOP", "at": ""}
    [refusal] = page["refusals"]
    assert refusal.pop("at").startswith("2027-01-15T")
    assert refusal == {
        "code": "503",
        "reason": "The recipient has opted out, or must not be contacted.",
        "body": "Still there?",
        "isNew": True,
    }
    assert [one["code"] for one in get(sandbox, f"conversations/{OWN}/555")["refusals"]] == ["402"]
    assert get(sandbox, f"conversations/{OWN}/{STRANGER}")["refusals"] == []
    post(sandbox, "reset", status=204)
    assert get(sandbox, f"conversations/{OWN}/{PERSON}")["refusals"] == []


def test_one_request_may_be_refused_twice_and_a_torn_emoji_is_kept(sandbox: Sandbox) -> None:
    """Two fields of one mutation."""
    query = """mutation ($b: String!) {
      one: createMessage(to: "+19955550103", from: "+15555550123", body: $b) { id }
      two: createMessage(to: "+19955550103", from: "+15555550123", body: $b) { id }
    }"""
    sandbox.post({"query": query, "variables": {"b": "\ud83d"}})
    refusals = get(sandbox, f"conversations/{OWN}/+19955550103")["refusals"]
    assert [one["body"] for one in refusals] == ["\ud83d"] * 2


def test_conversations_of_refused_texts_only_are_listed_found_and_read(sandbox: Sandbox) -> None:
    """Whatever was wrong: the list says what was refused; the contract's inbox knows nothing of it."""
    magic, foreign = "+19955550103", "+15555550188"
    sandbox.create()
    assert code_of(sandbox, to=magic, body="Grüße") == "503"
    assert code_of(sandbox, to="555") == "402"
    assert code_of(sandbox, to=OWN, **{"from": foreign}) == "103"
    assert code_of(sandbox, to="\ud83d") == "402"
    page = get(sandbox, "conversations")
    assert people(page) == ["\ud83d", OWN, "555", magic, PERSON]
    assert page["pageInfo"]["totalItems"] == 5
    row = page["conversations"][3]
    assert (row["latest"], row["refused"], row["total"], row["unread"]) == (None, 1, 0, 1)
    assert (row["refusal"]["code"], row["refusal"]["body"]) == ("503", "Grüße")
    assert get(sandbox, f"conversations/{OWN}/{magic}")["refused"] == 1
    first = get(sandbox, "conversations", limit=3)
    rest = get(sandbox, "conversations", limit=3, before=first["pageInfo"]["nextPage"])
    assert people(first) + people(rest) == people(page)
    [found] = get(sandbox, "conversations", search="GRÜSSE")["conversations"]
    assert (found["person"], found["match"]) == (magic, "Grüße")
    assert people(get(sandbox, "conversations", search="995 555")) == [magic]
    assert post(sandbox, f"conversations/{OWN}/{magic}/read") == {"read": 1}
    assert post(sandbox, f"conversations/{OWN}/{magic}/read") == {"read": 0}
    assert get(sandbox, "state")["unread"] == 4
    # The other direction of the pair with a foreign sender is a conversation of its own.
    sandbox.create(to=foreign, body="Hello")
    assert people(get(sandbox, "conversations"))[0] == foreign
    inbox = sandbox.app.state.sandbox.conversations.inbox(OWN, None)
    assert [one["contact"]["phoneNumber"] for one in inbox["items"]] == [foreign, PERSON]
    assert inbox["pageInfo"]["totalItems"] == 2


def test_a_refused_text_is_the_latest_until_another_comes(sandbox: Sandbox) -> None:
    """And its conversation is the first of the list."""
    reply(sandbox, "STOP")
    sandbox.create(to=STRANGER)
    assert code_of(sandbox) == "503"
    [row, _] = get(sandbox, "conversations")["conversations"]
    assert (row["person"], row["latest"]["body"]) == (PERSON, "STOP")
    assert row["refusal"]["code"] == "503"
    reply(sandbox, "START")
    [row, _] = get(sandbox, "conversations")["conversations"]
    assert (row["refusal"], row["refused"]) == (None, 1)


def test_a_search_shows_the_text_that_it_found(sandbox: Sandbox) -> None:
    """The newest, not whatever came last; a name or a number is no text."""
    for body in ("The first menu", "The second MENU", "Something else"):
        sandbox.create(body=body)
    assert get(sandbox, "conversations", search="menu")["conversations"][0]["match"] == (
        "The second MENU"
    )
    assert get(sandbox, "conversations", search="0145")["conversations"][0]["match"] is None


def test_refusals_are_forgotten_with_their_requests(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded."""
    monkeypatch.setattr(sandbox.app.state.store, "_requests_kept", 3)
    for number in range(5):
        code_of(sandbox, to="+19955550103", body=str(number))
    refusals = get(sandbox, f"conversations/{OWN}/+19955550103")["refusals"]
    assert [one["body"] for one in refusals] == ["4", "3", "2"]
    [row] = get(sandbox, "conversations")["conversations"]
    assert (row["refused"], row["unread"]) == (3, 3)


def test_the_state_tells_the_token_only_if_it_is_no_secret(sandbox: Sandbox) -> None:
    """The page shows a line to paste; a token of your own does not stand in it."""
    assert get(sandbox, "state")["token"] == "sandbox"
    assert get(Sandbox(token="secret"), "state")["token"] is None


def test_the_interpreters_path_is_told_to_this_machine_only(sandbox: Sandbox) -> None:
    """Where others may ask, the page has a token."""
    assert get(sandbox, "state")["python"] == shlex.quote(sys.executable)
    answer = Sandbox(page_token="secret").request(
        "GET", "/_sandbox/state", headers={"Authorization": "Bearer secret"}
    )
    assert answer.json()["python"] == "python"
