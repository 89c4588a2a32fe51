"""Webhooks: registered, signed, told in the vendor's form, told again, and where they may go."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from threading import Thread
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.conftest import http_server
from tests.test_sandbox import ARGUMENTS, CREATE, OPERATIONS, OWN, OWN_2, PERSON
from volt.sandbox import create_app
from volt.sandbox._outbound import UndeliverableError, target_of
from volt.sandbox.testing import RunningSandbox, running

WAIT_SECONDS = 10


class Receiver:
    """Whoever registered a webhook: keeps what it is told, and answers as it is set to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.statuses: list[int] = []  # of the next answers; then 204

    @property
    def told(self) -> list[dict[str, Any]]:
        """What came after the test request."""
        return [event for event in map(json.loads, self.bodies) if event["type"] != "test"]

    @property
    def kinds(self) -> list[str]:
        return [event["payload"]["event_type"] for event in self.told]

    def wait(self, count: int) -> list[dict[str, Any]]:
        wait_for(lambda: len(self.told) >= count)
        return self.told


def wait_for(is_true: Callable[[], Any]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.bodies.append(body)
            receiver.headers.append(dict(self.headers.items()))
            status = receiver.statuses.pop(0) if receiver.statuses else 204
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", receiver.url)
            self.end_headers()
            if status != 204:
                self.wfile.write(b"no, thanks")

    with http_server(Handler) as url:
        receiver = Receiver(f"{url}/hook?a=1")
        yield receiver


@pytest.fixture(name="receiver")
def _receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def server() -> Iterator[RunningSandbox]:
    app = create_app(
        senders=[OWN, OWN_2], pace_seconds=0, webhook_retry_seconds=0.01, standard_webhooks=True
    )
    with running(app) as one:
        yield one


def execute(server: RunningSandbox, query: str, **variables: Any) -> dict[str, Any]:
    response = httpx.post(
        server.url,
        headers={"Authorization": "Bearer sandbox"},
        json={"query": query, "variables": variables},
        timeout=WAIT_SECONDS + 5,
    )
    reply: dict[str, Any] = response.json()
    return reply


def register(server: RunningSandbox, url: str, **variables: Any) -> dict[str, Any]:
    reply = execute(server, OPERATIONS["registerWebhook"], url=url, **variables)
    assert "errors" not in reply, reply
    webhook: dict[str, Any] = reply["data"]["registerWebhook"]
    return webhook


def refused(server: RunningSandbox, url: str) -> str:
    reply = execute(server, OPERATIONS["registerWebhook"], url=url)
    assert reply["data"] == {"registerWebhook": None}
    [error] = reply["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    message: str = error["message"]
    return message


def send(server: RunningSandbox, **changes: Any) -> dict[str, Any]:
    message: dict[str, Any] = execute(server, CREATE, **(ARGUMENTS | changes))["data"][
        "createMessage"
    ]
    return message


def get(server: RunningSandbox, path: str) -> Any:
    return httpx.get(f"{server.base_url}/_sandbox/{path}").json()


def post(server: RunningSandbox, path: str, content: object = None) -> httpx.Response:
    return httpx.post(f"{server.base_url}/_sandbox/{path}", json=content)


# Registration


def test_a_webhook_is_registered_after_its_url_took_a_test_request(
    server: RunningSandbox, receiver: Receiver
) -> None:
    """Then it is listed, until it is deleted."""
    webhook = register(server, receiver.url)
    assert [json.loads(body)["type"] for body in receiver.bodies] == ["test"]
    assert webhook["url"] == receiver.url
    assert (webhook["primaryPhone"], webhook["eventTypes"]) == (None, None)
    assert webhook["createdAt"] == webhook["lastUpdatedAt"]
    assert execute(server, OPERATIONS["getWebhooks"])["data"]["webhooks"] == [webhook]
    assert get(server, "webhooks") == [webhook]
    for expected in (webhook, None):
        deleted = execute(server, OPERATIONS["deleteWebhook"], id=webhook["id"])
        assert deleted == {"data": {"deleteWebhook": expected}}
    assert execute(server, OPERATIONS["getWebhooks"])["data"]["webhooks"] == []


@pytest.mark.parametrize("status", [404, 500, 302])
def test_a_url_that_refuses_the_test_request_is_not_registered(
    server: RunningSandbox, receiver: Receiver, status: int
) -> None:
    """Nor is a redirect followed."""
    receiver.statuses = [status]
    assert f"HTTP {status}" in refused(server, receiver.url)
    assert len(receiver.bodies) == 1
    assert get(server, "webhooks") == []


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://127.0.0.1:9/", "connect"),
        ("ftp://127.0.0.1/", "not an http(s) url"),
        ("127.0.0.1:80/hook", "not an http(s) url"),
        ("http://user:secret@127.0.0.1/", "not an http(s) url"),
        ("http://127.0.0.1:99999/", "not an http(s) url"),
        ("http://[1/", "not an http(s) url"),
        ("http://127.0.0.1/a b", "not an http(s) url"),
        ("http://127.0.0.1/\r\nX: y", "not an http(s) url"),
        ("", "not an http(s) url"),
    ],
)
def test_a_url_that_cannot_be_reached_says_why(server: RunningSandbox, url: str, says: str) -> None:
    """Without a word of what was in it."""
    message = refused(server, url)
    assert says in message.lower()
    assert "secret" not in message


def test_whatever_answers_in_other_words_than_http_is_no_receiver(server: RunningSandbox) -> None:
    """Such as a mail server, or one that hangs up."""
    import socket

    for greeting in (b"220 mail ready\r\n", b""):
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def answer(greeting: bytes = greeting, listener: socket.socket = listener) -> None:
                connection, _ = listener.accept()
                with connection:
                    connection.sendall(greeting)
                    connection.shutdown(socket.SHUT_WR)
                    while connection.recv(4096):
                        pass

            thread = Thread(target=answer)
            thread.start()
            assert refused(server, f"http://127.0.0.1:{listener.getsockname()[1]}/")
            thread.join()


# Events


def test_a_text_is_told_as_sent_then_finalized_in_the_vendors_form(
    server: RunningSandbox, receiver: Receiver
) -> None:
    """Field for field as in the vendor's samples."""
    register(server, receiver.url)
    message = send(server, body="Grüße")
    sent, finalized = receiver.wait(2)
    assert receiver.kinds == ["message.sent", "message.finalized"]
    assert sent.keys() == {"type", "id", "payload", "time"}
    assert sent["type"] == "messaging"
    prefix, eight, thirty_two = sent["id"].split("_")
    assert (prefix, len(eight), len(thirty_two)) == ("rfw", 8, 32)
    assert sent["id"] != finalized["id"]
    assert isinstance(sent["time"], int)
    payload = finalized["payload"]
    varying = ("message_app_id", "messaging_profile_id", "valid_until", "occurred_at")
    assert {name: value for name, value in payload.items() if name not in varying} == {
        "id": message["id"],
        "to_number": PERSON,
        "from_number": OWN,
        "type": "SMS",
        "text": "Grüße",
        "sent_at": message["sentAt"],
        "received_at": None,
        "status": "delivered",
        "parts": 1,
        "media": [],
        "encoding": "GSM-7",
        "direction": "outbound",
        "completed_at": payload["occurred_at"],
        "event_type": "message.finalized",
    }
    assert set(varying) <= payload.keys()
    assert (sent["payload"]["status"], sent["payload"]["completed_at"]) == ("sent", None)


def test_a_failure_is_told_with_its_code(server: RunningSandbox, receiver: Receiver) -> None:
    """As text, with the provider's own beside it."""
    register(server, receiver.url)
    send(server, to="+18975550102")
    payload = receiver.wait(2)[1]["payload"]
    assert (payload["status"], payload["error_code"]) == ("failed", "702")
    assert payload["provider_error_code"] == "40002"
    assert {"provider_error_title", "provider_error_detail", "carrier_name"} <= payload.keys()


def test_an_answer_is_told_as_received(server: RunningSandbox, receiver: Receiver) -> None:
    """Without an id, as in the vendor's sample."""
    register(server, receiver.url)
    content = {"from": PERSON, "to": OWN, "body": "Danke 👍", "media": []}
    assert post(server, "reply", content).status_code == 200
    payload = receiver.wait(1)[0]["payload"]
    assert (payload["event_type"], payload["direction"]) == ("message.received", "inbound")
    assert (payload["id"], payload["status"]) == (None, "webhook_delivered")
    assert (payload["from_number"], payload["to_number"]) == (PERSON, OWN)
    assert (payload["encoding"], payload["text"]) == ("UCS-2", "Danke 👍")
    assert payload["sent_at"] is None
    assert payload["received_at"] == payload["occurred_at"]


def test_a_webhook_is_told_only_of_what_it_asked_for(
    server: RunningSandbox, receiver: Receiver
) -> None:
    """By the number of the organization, and by the kind of event."""
    with receiving() as other:
        register(server, receiver.url, primaryPhone=OWN_2)
        webhook = register(server, other.url, eventTypes=["MESSAGE_RECEIVED", "MESSAGE_SENT"])
        assert webhook["eventTypes"] == ["MESSAGE_SENT", "MESSAGE_RECEIVED"]
        send(server)
        send(server, **{"from": OWN_2})
        post(server, "reply", {"from": PERSON, "to": OWN, "body": "Hi"})
        receiver.wait(2)
        other.wait(3)
        wait_for(
            lambda: all(d["state"] == "delivered" for d in get(server, "deliveries")["deliveries"])
        )
        assert receiver.kinds == ["message.sent", "message.finalized"]
        assert {event["payload"]["from_number"] for event in receiver.told} == {OWN_2}
        assert sorted(other.kinds) == ["message.received", "message.sent", "message.sent"]


def test_magic_numbers_tell_twice_or_in_the_wrong_order(
    server: RunningSandbox, receiver: Receiver
) -> None:
    """What a receiver has to stand: a repetition has the same id."""
    register(server, receiver.url)
    send(server, to="+17925550103")
    told = receiver.wait(4)
    assert receiver.kinds == ["message.sent"] * 2 + ["message.finalized"] * 2
    assert told[0]["id"] == told[1]["id"] != told[2]["id"] == told[3]["id"]
    receiver.bodies.clear()
    send(server, to="+17925550104")
    told = receiver.wait(2)
    assert receiver.kinds == ["message.finalized", "message.sent"]
    assert [event["payload"]["status"] for event in told] == ["delivered", "sent"]


# Signatures


def test_every_request_is_signed_by_rsa_over_its_bytes(
    server: RunningSandbox, receiver: Receiver
) -> None:
    """The public key is served as the vendor serves its own: at /id_rsa.pub."""
    register(server, receiver.url)
    pem = httpx.get(f"{server.base_url}/id_rsa.pub").content
    assert pem.decode() == get(server, "keys")["rsa"]
    key = load_pem_public_key(pem)
    assert isinstance(key, RSAPublicKey)
    signature = base64.b64decode(receiver.headers[0]["X-Respond-Flow-Signature"])
    key.verify(signature, receiver.bodies[0], PKCS1v15(), SHA256())
    with pytest.raises(InvalidSignature):
        key.verify(signature, receiver.bodies[0] + b" ", PKCS1v15(), SHA256())


def test_standard_webhooks_are_signed_by_ed25519_over_id_time_and_body(
    server: RunningSandbox, receiver: Receiver
) -> None:
    """Two forms of one key: PEM, and `whpk_` with the raw bytes."""
    register(server, receiver.url)
    headers = receiver.headers[0]
    keys = get(server, "keys")
    key = load_pem_public_key(keys["ed25519"].encode())
    assert isinstance(key, Ed25519PublicKey)
    assert base64.b64decode(keys["standard"].removeprefix("whpk_")) == key.public_bytes_raw()
    version, _, signature = headers["Webhook-Signature"].partition(",")
    assert version == "v1a"
    assert abs(int(headers["Webhook-Timestamp"]) - time.time()) < 60
    assert headers["Webhook-Id"] == json.loads(receiver.bodies[0])["id"]
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode()
    key.verify(base64.b64decode(signature), signed + receiver.bodies[0])
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature), signed + receiver.bodies[0] + b" ")


def test_standard_webhooks_are_on_request(receiver: Receiver) -> None:
    """Volt's GraphQL webhooks have the RSA header only."""
    with running(create_app()) as server:
        register(server, receiver.url)
    assert "X-Respond-Flow-Signature" in receiver.headers[0]
    assert not [name for name in receiver.headers[0] if name.lower().startswith("webhook-")]


def test_keys_outlive_a_reset_and_differ_between_sandboxes(server: RunningSandbox) -> None:
    """A receiver goes on with the key it has."""
    before = get(server, "keys")
    post(server, "reset")
    assert get(server, "keys") == before
    with running(create_app()) as other:
        assert get(other, "keys")["rsa"] != before["rsa"]


# Where they may go


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/",
        "http://10.0.0.1/hook",
        "http://169.254.169.254/latest",
        "http://[2001:db8::1]/",
    ],
)
def test_webhooks_go_to_this_machine_only(server: RunningSandbox, url: str) -> None:
    """The sandbox is no way into a network; no packet leaves for there."""
    message = refused(server, url)
    assert "this machine only" in message
    assert "--webhook-host" in message


def test_a_named_host_is_allowed_and_no_other(receiver: Receiver) -> None:
    """With a token for the page, this machine is not allowed by itself: others can register."""
    port = httpx.URL(receiver.url).port
    with running(create_app(page_token="secret", webhook_hosts=["LOCALHOST"])) as server:
        register(server, f"http://localhost:{port}/")
        assert "this machine only" in refused(server, receiver.url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://app", ("app", 80, "/", False)),
        ("https://app/x?y=1", ("app", 443, "/x?y=1", True)),
        ("http://[::1]:8080/", ("::1", 8080, "/", False)),
        ("http://app:0/", ("app", 0, "/", False)),
    ],
)
def test_a_url_is_read_for_what_it_leads_to(url: str, expected: tuple[str, int, str, bool]) -> None:
    """Host, port, path with query, and whether it is https."""
    assert target_of(url) == expected


def test_a_fragment_is_not_sent() -> None:
    """It is for browsers only."""
    assert target_of("http://app/x#y").path == "/x"
    with pytest.raises(UndeliverableError):
        target_of("http:///x")
