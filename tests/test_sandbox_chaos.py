"""Failures on purpose, met by a client with a plain socket."""

import json
import socket
import time
from typing import Any

import httpx
import pytest

from tests.test_sandbox import ARGUMENTS, CREATE, OWN, PERSON, STRANGER, Sandbox
from volt.sandbox import create_app
from volt.sandbox._chaos import FAULTS, Chaos, Rule
from volt.sandbox._faults import drifted
from volt.sandbox.testing import RunningSandbox, running


@pytest.fixture
def server(volt_sandbox: RunningSandbox) -> RunningSandbox:
    return volt_sandbox


def chaos(server: RunningSandbox, fault: str, **rule: Any) -> dict[str, Any]:
    response = httpx.post(f"{server.base_url}/_sandbox/chaos", json={"fault": fault, **rule})
    assert response.status_code == 201, response.text
    shown: dict[str, Any] = response.json()
    return shown


def request_bytes(**changes: Any) -> bytes:
    body = json.dumps({"query": CREATE, "variables": ARGUMENTS | changes}).encode()
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sandbox\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def raw(server: RunningSandbox, content: bytes | None = None) -> tuple[bytes, str]:
    """Send a request by a bare socket: what came back until the end, and how it ended."""
    address = ("127.0.0.1", httpx.URL(server.base_url).port or 0)
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(request_bytes() if content is None else content)
        received = b""
        try:
            while piece := client.recv(65536):
                received += piece
                head, _, body = received.partition(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
                if length and len(body) >= int(length):
                    return received, "answered"
        except ConnectionResetError:
            return received, "reset"
    return received, "closed"


def send(server: RunningSandbox, **changes: Any) -> httpx.Response:
    return httpx.post(
        server.url,
        headers={"Authorization": "Bearer sandbox"},
        json={"query": CREATE, "variables": ARGUMENTS | changes},
    )


def accepted(server: RunningSandbox) -> int:
    return len(httpx.get(f"{server.base_url}/_sandbox/messages").json())


def last_request(server: RunningSandbox) -> dict[str, Any]:
    shown: dict[str, Any] = httpx.get(f"{server.base_url}/_sandbox/requests").json()[-1]
    return shown


# Each fault


@pytest.mark.parametrize(
    "fault", [name for name in FAULTS if name.removeprefix("accept-").isdigit()]
)
def test_a_status_is_answered_and_the_text_is_out_only_if_the_name_says_so(
    server: RunningSandbox, fault: str
) -> None:
    """No such answer is GraphQL, but the 401, which the sandbox words as always."""
    chaos(server, fault)
    response = send(server)
    assert response.status_code == int(fault.removeprefix("accept-"))
    assert accepted(server) == (1 if fault.startswith("accept-") else 0)
    assert ("json" in response.headers["Content-Type"]) == (fault == "401")
    assert ("Retry-After" in response.headers) == (fault == "429")
    shown = last_request(server)
    assert (shown["status"], shown["fault"]) == (response.status_code, fault)


def test_retry_after_is_what_was_asked_for_in_whole_seconds(server: RunningSandbox) -> None:
    """Rounded up: an earlier try would be too early."""
    chaos(server, "429", seconds=2.5)
    assert send(server).headers["Retry-After"] == "3"


@pytest.mark.parametrize(("fault", "count"), [("html", 0), ("accept-html", 1)])
def test_html_comes_with_http_200(server: RunningSandbox, fault: str, count: int) -> None:
    """As from the login page of a hotel's network."""
    chaos(server, fault)
    response = send(server)
    assert (response.status_code, response.headers["Content-Type"]) == (
        200,
        "text/html; charset=utf-8",
    )
    assert accepted(server) == count


def test_drop_resets_the_connection_and_the_text_is_not_out(server: RunningSandbox) -> None:
    """The body was never read."""
    chaos(server, "drop")
    assert raw(server) == (b"", "reset")
    assert accepted(server) == 0
    shown = last_request(server)
    assert (shown["status"], shown["fault"], shown["body"]) == (None, "drop", "")


def test_accept_drop_closes_the_connection_and_the_text_is_out(server: RunningSandbox) -> None:
    """The trap: a client that sends again texts the person twice."""
    chaos(server, "accept-drop")
    assert raw(server) == (b"", "closed")
    assert accepted(server) == 1
    shown = last_request(server)
    assert (shown["status"], shown["fault"]) == (None, "accept-drop")
    assert shown["body"]["variables"] == ARGUMENTS


@pytest.mark.parametrize(("fault", "count"), [("hang", 0), ("accept-hang", 1)])
def test_hang_ends_after_its_seconds_without_an_answer(
    server: RunningSandbox, fault: str, count: int
) -> None:
    """Meanwhile others are answered."""
    chaos(server, fault, seconds=0.4, count=1)
    start = time.monotonic()
    content, end = raw(server)
    assert content == b""
    assert end in {"closed", "reset"}
    assert time.monotonic() - start >= 0.4
    assert accepted(server) == count


def test_a_client_that_gives_up_on_a_hang_is_forgotten(server: RunningSandbox) -> None:
    """No connection stays behind."""
    chaos(server, "hang", seconds=60, count=1)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(server.url, headers={"Authorization": "Bearer sandbox"}, timeout=0.2)
    assert send(server).status_code == 200


def test_cut_ends_in_the_middle_of_the_answer(server: RunningSandbox) -> None:
    """The head promises more than comes."""
    chaos(server, "cut")
    content, end = raw(server)
    head, _, body = content.partition(b"\r\n\r\n")
    promised = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    assert end == "closed"
    assert 0 < len(body) < promised
    assert accepted(server) == 1


def test_truncated_json_is_a_whole_answer_that_cannot_be_read(server: RunningSandbox) -> None:
    """What is wrong is the JSON, not the connection."""
    chaos(server, "truncated")
    response = send(server)
    assert response.status_code == 200
    assert response.text.startswith('{"data"')
    with pytest.raises(json.JSONDecodeError):
        response.json()
    assert accepted(server) == 1


def test_drifted_fields_have_other_types(server: RunningSandbox) -> None:
    """The text is out, and a client should still say so."""
    chaos(server, "drifted")
    message = send(server, media=["https://example.com/a.png"]).json()["data"]["createMessage"]
    assert isinstance(message["id"], int)
    assert isinstance(message["sentAt"], int)
    assert message["media"] == "https://example.com/a.png"
    assert "legacyId" not in message
    assert message["addedLater"] is True
    assert message["body"] == ARGUMENTS["body"]
    assert accepted(server) == 1


def test_drift_reaches_lists_of_objects() -> None:
    """A conversation drifts in each of its messages."""
    page = {"messages": [{"id": "a"}, {"id": "a"}], "pageInfo": {"nextPage": None}}
    first, second = drifted(page)["messages"]
    assert first == second
    assert isinstance(first["id"], int)


def test_null_is_an_answer_without_an_error(server: RunningSandbox) -> None:
    """Nothing says what became of the text, which is out."""
    chaos(server, "null")
    assert send(server).json() == {"data": {"createMessage": None}}
    assert accepted(server) == 1


def test_slow_is_the_right_answer_late(server: RunningSandbox) -> None:
    """By its seconds."""
    chaos(server, "slow", seconds=0.3)
    start = time.monotonic()
    assert send(server).json()["data"]["createMessage"]["id"]
    assert time.monotonic() - start >= 0.3


def test_refuse_refuses_connections_then_takes_them_again(server: RunningSandbox) -> None:
    """Also from a client that kept a connection for later; the port stays the same."""
    with httpx.Client() as client:
        client.get(f"{server.base_url}/_sandbox/state")
        client.post(f"{server.base_url}/_sandbox/chaos", json={"fault": "refuse", "seconds": 0.5})
        start = time.monotonic()
        with pytest.raises(httpx.ConnectError):
            client.get(f"{server.base_url}/_sandbox/state")
        while True:
            try:
                assert send(server).status_code == 200
                break
            except httpx.ConnectError:
                assert time.monotonic() - start < 10
                time.sleep(0.02)
    assert time.monotonic() - start >= 0.4


def test_refuse_does_not_keep_the_server_from_ending() -> None:
    """A closed door is no reason to stay."""
    start = time.monotonic()
    with running(create_app()) as server:
        chaos(server, "refuse", seconds=600)
    assert time.monotonic() - start < 5
    assert accepted_nowhere(server)


def accepted_nowhere(server: RunningSandbox) -> bool:
    try:
        httpx.get(server.base_url)
    except httpx.ConnectError:
        return True
    return False


# Who meets it


def test_the_next_three_then_no_more(server: RunningSandbox) -> None:
    """A count runs out, and the rule with it."""
    chaos(server, "503", count=3)
    assert [send(server).status_code for _ in range(5)] == [503, 503, 503, 200, 200]
    assert httpx.get(f"{server.base_url}/_sandbox/chaos").json()["rules"] == []


def test_one_recipient_only(server: RunningSandbox) -> None:
    """Whoever else is texted is not concerned, nor is a count used up."""
    chaos(server, "drop", to=STRANGER, count=1)
    assert send(server).status_code == 200
    assert raw(server, request_bytes(to=STRANGER)) == (b"", "reset")
    assert send(server, to=STRANGER).status_code == 200
    assert accepted(server) == 2


def test_a_recipient_written_into_the_query_is_recognized(server: RunningSandbox) -> None:
    """However a client passes the number on."""
    chaos(server, "500", to=PERSON)
    query = f'mutation {{ createMessage(to: "{PERSON}", from: "{OWN}", body: "Hi") {{ id }} }}'
    headers = {"Authorization": "Bearer sandbox"}
    assert httpx.post(server.url, headers=headers, json={"query": query}).status_code == 500


def test_the_first_rule_whose_turn_it_is_applies(server: RunningSandbox) -> None:
    """In the order they were made."""
    chaos(server, "502", count=1)
    second = chaos(server, "504")
    assert [send(server).status_code for _ in range(2)] == [502, 504]
    path = f"{server.base_url}/_sandbox/chaos/{second['id']}"
    assert httpx.delete(path).status_code == 204
    assert httpx.delete(path).status_code == 404
    assert send(server).status_code == 200


def test_a_probability_is_met_about_as_often(server: RunningSandbox) -> None:
    """And the same seed gives the same failures."""
    rules = (Rule("503", probability=0.3),)
    one, other = Chaos(rules, seed=7), Chaos(rules, seed=7)
    picked = [one.pick() is not None for _ in range(1000)]
    assert picked == [other.pick() is not None for _ in range(1000)]
    assert 200 < sum(picked) < 400


def test_only_the_api_fails(server: RunningSandbox) -> None:
    """Whoever looks on must see what happens."""
    chaos(server, "500")
    for path in ("/", "/_sandbox/messages", "/_sandbox/conversations"):
        assert httpx.get(server.base_url + path).status_code == 200
    assert httpx.get(server.url).status_code == 405


def test_delete_takes_all_back_and_get_shows_them(server: RunningSandbox) -> None:
    """With how often each was met."""
    chaos(server, "429", seconds=9)
    chaos(server, "drop", probability=0.5)
    send(server)
    shown = httpx.get(f"{server.base_url}/_sandbox/chaos").json()
    assert [(rule["fault"], rule["hits"]) for rule in shown["rules"]] == [("429", 1), ("drop", 0)]
    assert shown["rules"][0]["seconds"] == 9
    assert [fault["fault"] for fault in shown["faults"]] == list(FAULTS)
    assert httpx.delete(f"{server.base_url}/_sandbox/chaos").status_code == 204
    assert send(server).status_code == 200


# Rules that cannot be


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({}, "'fault' is one of refuse, 401"),
        ({"fault": "teapot"}, "'fault' is one of"),
        ({"fault": ["503"]}, "'fault' is one of"),
        ({"fault": "503", "probability": 0}, "'probability' is a number, more than 0 to 1"),
        ({"fault": "503", "probability": 1.1}, "'probability'"),
        ({"fault": "503", "probability": True}, "'probability'"),
        ({"fault": "503", "count": 0}, "'count' is a whole number"),
        ({"fault": "503", "count": 1.5}, "'count'"),
        ({"fault": "503", "to": "5"}, "'to' is an E.164 number"),
        ({"fault": "503", "to": 5}, "'to' is an E.164 number"),
        ({"fault": "503", "seconds": 1}, "503 takes no 'seconds'"),
        ({"fault": "hang", "seconds": -1}, "'seconds' is a number, from 0 to 600"),
        ({"fault": "hang", "seconds": 601}, "'seconds'"),
        ({"fault": "503", "chance": 1}, "'chance' is unknown"),
        ({"fault": "refuse", "to": PERSON}, "refuse takes 'seconds' only"),
    ],
)
def test_a_rule_that_cannot_be_is_http_400(
    server: RunningSandbox, rule: dict[str, Any], says: str
) -> None:
    """What is wrong is named, and nothing comes into force."""
    response = httpx.post(f"{server.base_url}/_sandbox/chaos", json=rule)
    assert response.status_code == 400
    assert says in response.json()["error"]
    assert send(server).status_code == 200


@pytest.mark.parametrize("content", [b"{", b"[]", b'"503"', b"[" * 100_000])
def test_what_is_no_json_object_is_http_400(server: RunningSandbox, content: bytes) -> None:
    """So is what cannot be read at all."""
    response = httpx.post(f"{server.base_url}/_sandbox/chaos", content=content)
    assert response.status_code == 400
    assert "JSON" in response.json()["error"]


# By option, and under another server


def test_chaos_by_option_is_in_force_from_the_start_and_again_after_a_reset() -> None:
    """A reset is as if it had just started."""
    sandbox = Sandbox(chaos=["503,count=1", f"429,to={PERSON},seconds=7,probability=1.0"])
    content = {"query": CREATE, "variables": ARGUMENTS}
    for _ in range(2):
        assert sandbox.post(content).status_code == 503
        assert sandbox.post(content).headers["Retry-After"] == "7"
        sandbox.request("POST", "/_sandbox/reset")


@pytest.mark.parametrize("rule", ["", "teapot", "503,count", "503,count=x", "503,to=5", "503,=1"])
def test_an_option_that_cannot_be_is_refused_at_once(rule: str) -> None:
    """Before anything is served."""
    with pytest.raises(ValueError, match=r"'|fault"):
        create_app(chaos=[rule])


@pytest.mark.parametrize("fault", [name for name, fault in FAULTS.items() if fault.breaks])
def test_under_another_server_a_broken_connection_is_refused_with_a_reason(fault: str) -> None:
    """ASGI does not let an app end its connection."""
    sandbox = Sandbox()
    response = sandbox.request("POST", "/_sandbox/chaos", json={"fault": fault})
    assert response.status_code == 501
    assert "volt sandbox" in response.json()["error"]
    assert sandbox.post({"query": CREATE, "variables": ARGUMENTS}).status_code == 200


@pytest.mark.parametrize("fault", ["drop", "cut", "hang,seconds=0"])
def test_under_another_server_an_option_is_answered_with_a_reason(fault: str) -> None:
    """Rather than with a failure that nobody asked for."""
    sandbox = Sandbox(chaos=[fault])
    response = sandbox.post({"query": CREATE, "variables": ARGUMENTS})
    assert response.status_code == 501
    assert "volt sandbox" in response.text


def test_a_rule_shows_what_is_left_of_it() -> None:
    """Its count goes down as its hits go up."""
    chaos = Chaos()
    chaos.add(Rule.parse("503,count=2"))
    chaos.pick()
    assert (chaos.rules[0].show()["count"], chaos.rules[0].show()["hits"]) == (1, 1)
