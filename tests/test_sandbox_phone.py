"""A person who answers, opts out and in; the life of a message, and the magic numbers."""

from typing import Any

import httpx
import pytest

from tests.test_sandbox import ARGUMENTS, CREATE, OPERATIONS, OWN, OWN_2, PERSON, STRANGER, Sandbox
from tests.test_sandbox_inspection import Clock, code_of, get, post, reply
from volt.sandbox import create_app
from volt.sandbox._magic import CODES, TABLE, behaviour_of
from volt.sandbox._opt_outs import STOP_WORDS, UNTRACKED_WORDS
from volt.sandbox.testing import running


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="sandbox")
def _sandbox(clock: Clock) -> Sandbox:
    return Sandbox(senders=[OWN, OWN_2], clock=clock)


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
    [shown] = get(sandbox, f"conversations/{OWN}/{PERSON}")["messages"]
    assert shown["notice"] == answer["notice"]
    assert code_of(sandbox) is None
    assert reply(sandbox, "STOP")["notice"] is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"from": "555", "body": "x"}, "'from' is not a number in E.164 form"),
        ({"body": "x"}, "'from' is missing"),
        ({"from": 5, "body": "x"}, "'from' is text"),
        ({"from": None, "body": "x"}, "'from' is text"),
        ({"from": PERSON, "to": STRANGER, "body": "x"}, "'to' is not a number of this"),
    ],
)
def test_what_is_wrong_with_a_reply_is_told_by_its_name(
    sandbox: Sandbox, given: dict[str, Any], told: str
) -> None:
    """The person is `from` here, the organization `to`."""
    assert post(sandbox, "reply", given, 400)["error"].startswith(told)


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
    assert table[0] == {
        "number": "+1 991 555 0101",
        "does": "is refused with 101",
        "meaning": CODES["101"],
    }
    assert [row["meaning"] for row in table] == [*CODES.values()] * 2 + [None] * 6
    assert len(table) == len(TABLE)
