"""A sandbox within a test: what it got, what it shall do, what it waits for."""

import asyncio
import importlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.conftest import OWN, THEIRS
from volt import (
    AsyncVolt,
    AuthenticationError,
    DeliveryUnknownError,
    RejectedError,
    UnavailableError,
    Volt,
    WebhookEventType,
    webhooks,
)
from volt.sandbox import create_app
from volt.sandbox.testing import RunningSandbox, running

OTHER = "+15555550146"


@pytest.fixture
def volt_sandbox_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    return getattr(request, "param", {})


def with_options(**options: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("volt_sandbox_options", [options], indirect=True, ids=["set"])


# What it got


def test_a_text_is_shown_as_it_was_accepted(volt_sandbox: RunningSandbox) -> None:
    """By the users' own code, which finds the sandbox in the environment."""
    with Volt() as client:
        sent = client.send("(555) 555-0145", "Hello", media=["https://example.com/a.png"])
    message = volt_sandbox.last_message
    assert volt_sandbox.messages == [message]
    assert (message.id, message.to_number, message.from_number) == (sent.id, THEIRS, OWN)
    assert (message.body, message.media) == ("Hello", ["https://example.com/a.png"])
    assert (message.status, message.error_code, message.double_of) == ("delivered", None, None)
    assert abs((datetime.now(UTC) - message.sent_at).total_seconds()) < 60
    assert message.variables is not None
    assert message.variables["to"] == THEIRS
    assert [request["status"] for request in volt_sandbox.requests] == [200]
    assert "Hello" in repr(message)  # a failed assertion shows it


def test_a_text_that_came_twice_is_a_double(
    volt_sandbox: RunningSandbox, volt_client: Volt
) -> None:
    """With every repetition; another text is none."""
    for body in ("a", "b", "a", "a"):
        volt_client.send(THEIRS, body)
    assert [[message.body for message in group] for group in volt_sandbox.doubles] == [["a"] * 3]
    volt_sandbox.clear()
    assert (volt_sandbox.doubles, volt_sandbox.messages, volt_sandbox.requests) == ([], [], [])


def test_no_text_is_an_error_that_says_what_came(volt_sandbox: RunningSandbox) -> None:
    """Nothing at all, or what was refused."""
    with pytest.raises(AssertionError, match="no request came: does the code use VOLT_API_URL"):
        _ = volt_sandbox.last_message
    with Volt(token="wrong") as client, pytest.raises(AuthenticationError):
        client.send(THEIRS, "Hello")
    with pytest.raises(AssertionError, match="of 1 requests, the last was answered with HTTP 401"):
        _ = volt_sandbox.last_message
    volt_sandbox.opt_out(THEIRS)
    with Volt() as client, pytest.raises(RejectedError):
        client.send(THEIRS, "Hello")
    refused = re.escape(f"of 2 requests, the last was refused: the text to {THEIRS}, with 503: ")
    with pytest.raises(AssertionError, match=refused):
        _ = volt_sandbox.last_message
    with pytest.raises(AssertionError, match=refused):
        volt_sandbox.wait_for(timeout_seconds=0.01)


# What it shall do


def test_chaos_is_in_force_until_the_end_of_its_block(
    volt_sandbox: RunningSandbox, volt_client: Volt
) -> None:
    """Or for a count."""
    with volt_sandbox.chaos("accept-drop", to=OTHER) as rule:
        with pytest.raises(DeliveryUnknownError):
            volt_client.send(OTHER, "Hello")
        volt_client.send(THEIRS, "Hello")
        assert rule.hits == 1
    assert volt_client.send(OTHER, "Hello again").id
    assert volt_sandbox.doubles == []

    again = volt_sandbox.chaos("429", count=1, seconds=0)
    message = volt_client.send(THEIRS, "Once")
    assert again.hits == 1
    assert len(message.attempts) == 2
    again.remove()  # which is over already


def test_a_wrong_chaos_is_refused_with_the_list(volt_sandbox: RunningSandbox) -> None:
    """Nothing is in force then."""
    with pytest.raises(ValueError, match="'fault' is one of refuse, 401, 429"):
        volt_sandbox.chaos("5xx")
    with pytest.raises(ValueError, match="'to' is an E.164 number"):
        volt_sandbox.chaos("503", to="(555) 555-0145")
    assert volt_sandbox.app.state.sandbox.chaos.rules == []


def test_a_closed_door_lets_the_test_in(volt_sandbox: RunningSandbox) -> None:
    """It can see what came before, and open it again."""
    with Volt(deadline=0.3) as client:
        client.send(THEIRS, "before")
        with volt_sandbox.chaos("refuse", seconds=600):
            with pytest.raises(UnavailableError):
                client.send(THEIRS, "meanwhile")
            assert volt_sandbox.last_message.body == "before"
    with Volt() as client:
        client.send(THEIRS, "after")
    assert [message.body for message in volt_sandbox.messages] == ["before", "after"]


def test_the_phone_answers_the_last_text(volt_sandbox: RunningSandbox, volt_client: Volt) -> None:
    """STOP opts out, as by hand; START and a hand opt in again."""
    volt_client.send(THEIRS, "Hello")
    answer = volt_sandbox.reply("Stop!")
    assert (answer.from_number, answer.to_number) == (THEIRS, OWN)
    assert (answer.status, answer.body, answer.variables) == ("received", "Stop!", None)
    assert volt_sandbox.opted_out == [THEIRS]
    with pytest.raises(RejectedError) as refused:
        volt_client.send(THEIRS, "Hello?")
    assert refused.value.code
    assert refused.value.code.code == 503
    page = volt_client.iter_conversation(to=THEIRS)
    assert [message.body for message in page] == ["Stop!", "Hello"]

    volt_sandbox.reply("START")
    volt_sandbox.opt_out(OTHER)
    assert volt_sandbox.opted_out == [OTHER]
    volt_sandbox.opt_in(OTHER)
    assert volt_sandbox.opted_out == []
    assert [message.body for message in volt_sandbox.messages] == ["Hello"]


def test_a_reply_that_cannot_be_is_refused(volt_sandbox: RunningSandbox) -> None:
    """With the argument and the remedy."""
    with pytest.raises(AssertionError, match="no text was accepted"):
        volt_sandbox.reply("Hello")
    with pytest.raises(ValueError, match="from_: '555-0145' is not in E.164 form, such as"):
        volt_sandbox.reply("Hello", from_="555-0145")
    with pytest.raises(ValueError, match="not a reply that can be: 'body' is empty"):
        volt_sandbox.reply(" ", from_=THEIRS)
    with pytest.raises(ValueError, match="person: '5' is not in E.164 form"):
        volt_sandbox.opt_out("5")
    with pytest.raises(ValueError, match="person: '5' is not in E.164 form"):
        volt_sandbox.opt_in("5")


# Waiting


def test_a_text_of_another_thread_is_waited_for(
    volt_sandbox: RunningSandbox, volt_client: Volt
) -> None:
    """By recipient, text, status, and anything else; the one that makes it enough is returned."""
    later = threading.Timer(
        0.05, lambda: [volt_client.send(THEIRS, f"code {number}") for number in range(3)]
    )
    later.start()
    try:
        assert volt_sandbox.wait_for(to=THEIRS, body="code").body == "code 0"
        assert volt_sandbox.wait_for(count=3, status="delivered").body == "code 2"
        second = volt_sandbox.wait_for(where=lambda message: message.body.endswith("1"))
        assert second.body == "code 1"
    finally:
        later.join()


def test_what_does_not_come_in_time_is_told_with_what_came(
    volt_sandbox: RunningSandbox, volt_client: Volt
) -> None:
    """So that the reader sees the difference."""
    with pytest.raises(AssertionError) as error:
        volt_sandbox.wait_for(to=THEIRS, timeout_seconds=0.01)
    assert str(error.value) == (
        "no text with to='+15555550145' within 0.01 s; none was accepted; no request came: "
        "does the code use VOLT_API_URL, or this sandbox's url?"
    )
    volt_client.send(OTHER, "Hello")
    with pytest.raises(AssertionError) as error:
        volt_sandbox.wait_for(body="code", count=2, timeout_seconds=0.01)
    assert str(error.value) == (
        "no text with body='code', 2 times, within 0.01 s; accepted were 1, at last:\n"
        "  to +15555550146, delivered: 'Hello'"
    )
    with pytest.raises(ValueError, match="to: .* is not in E.164 form"):
        volt_sandbox.wait_for(to="(555) 555-0145")


async def wait_in_a_coroutine(sandbox: RunningSandbox, client: AsyncVolt) -> None:
    task = asyncio.create_task(client.send(THEIRS, "Hello"))
    with pytest.raises(AssertionError, match="stood still meanwhile: wait with asyncio.to_thread"):
        sandbox.wait_for(timeout_seconds=0.01)
    assert (await asyncio.to_thread(sandbox.wait_for)).body == "Hello"
    await task


def test_a_coroutine_waits_beside_its_event_loop(
    volt_sandbox: RunningSandbox, async_volt_client: AsyncVolt
) -> None:
    """Who blocks the loop is told the remedy."""
    asyncio.run(wait_in_a_coroutine(volt_sandbox, async_volt_client))


@with_options(pace_seconds=0.05)
def test_settled_is_when_every_text_has_ended_its_life(
    volt_sandbox: RunningSandbox, volt_client: Volt
) -> None:
    """At the pace that the options chose."""
    assert volt_client.send(THEIRS, "Hello").status == "queued"
    with pytest.raises(AssertionError, match="after 0 s, . steps in the life of texts and 0 deliv"):
        volt_sandbox.settle(timeout_seconds=0)
    volt_sandbox.settle()
    assert volt_sandbox.last_message.status == "delivered"


@contextmanager
def receiver(got: list[bytes], *, delay_seconds: float = 0) -> Iterator[str]:
    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(delay_seconds)
            got.append(body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receive)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_settled_is_when_every_webhook_has_answered(
    volt_sandbox: RunningSandbox, volt_client: Volt
) -> None:
    """So the handler has done its work."""
    got: list[bytes] = []
    with receiver(got, delay_seconds=0.05) as url:
        volt_client.register_webhook(
            url=url, primary_phone=OWN, event_types=[WebhookEventType.MESSAGE_RECEIVED]
        )
        tests = len(got)
        volt_sandbox.reply("Yes", from_=THEIRS)
        volt_sandbox.settle()
        assert len(got) == tests + 1
    (delivery,) = volt_sandbox.deliveries
    assert (delivery["event"], delivery["state"]) == ("message.received", "delivered")


@with_options(standard_webhooks=True, pace_seconds=60)
def test_a_handler_gets_the_request_that_a_webhook_gets(
    volt_sandbox: RunningSandbox, volt_client: Volt
) -> None:
    """The same payload, but for the event's id; signed."""
    got: list[bytes] = []
    with receiver(got) as url:
        volt_client.register_webhook(
            url=url, primary_phone=OWN, event_types=[WebhookEventType.MESSAGE_RECEIVED]
        )
        answer = volt_sandbox.reply("Yes", from_=THEIRS)
        volt_sandbox.settle()
    request = volt_sandbox.webhook_of(answer)
    webhooks.verify(request.body, request.headers, public_key=volt_sandbox.public_keys["ed25519"])
    made, posted = (json.loads(body)["payload"] for body in (request.body, got[-1]))
    assert posted.pop("occurred_at") <= made.pop("occurred_at")
    assert made == posted
    volt_client.send(THEIRS, "Hello")
    with pytest.raises(ValueError, match="message: webhooks are not told of a text that is still"):
        volt_sandbox.webhook_of(volt_sandbox.last_message)
    volt_sandbox.clear()
    with pytest.raises(ValueError, match="message: the sandbox has forgotten it"):
        volt_sandbox.webhook_of(answer)


# Beginning and ending


@with_options(senders=["+15555550100", OWN], token="another")
def test_the_options_are_those_of_create_app(
    volt_sandbox: RunningSandbox, volt_client: Volt
) -> None:
    """The environment and the clients have them too."""
    assert (volt_sandbox.sender, volt_sandbox.token) == ("+15555550100", "another")
    volt_client.send(THEIRS, "one")
    with Volt() as client:
        client.send(THEIRS, "two")
    assert {message.from_number for message in volt_sandbox.messages} == {"+15555550100"}
    volt_sandbox.reply("Hi", to=OWN)


def test_a_request_under_way_does_not_delay_the_end(caplog: pytest.LogCaptureFixture) -> None:
    """It is broken off, without a word; what came can still be read."""
    errors: list[BaseException] = []

    def send(url: str) -> None:
        with Volt(url=url, token="sandbox", from_=OWN) as client:
            try:
                client.send(THEIRS, "Hello")
            except DeliveryUnknownError as error:
                errors.append(error)

    with running(create_app()) as sandbox:
        sandbox.chaos("accept-hang", seconds=600)
        thread = threading.Thread(target=send, args=(sandbox.url,))
        thread.start()
        sandbox.wait_for()
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert len(errors) == 1
    assert sandbox.last_message.body == "Hello"
    assert {record.name for record in caplog.records} == {"volt"}


def test_two_at_the_same_time_know_nothing_of_each_other() -> None:
    """Each has a port and a store of its own."""
    with running(create_app()) as one, running(create_app()) as other:
        with Volt(url=one.url, token="sandbox", from_=OWN) as client:
            client.send(THEIRS, "Hello")
        assert (len(one.messages), len(other.messages)) == (1, 0)


def test_it_runs_on_asyncios_own_loop(volt_sandbox: RunningSandbox) -> None:
    """Though uvloop is installed here: that keeps new clients waiting under load."""
    importlib.import_module("uvloop")
    loop = volt_sandbox._server.do(asyncio.get_running_loop)
    assert type(loop).__module__.startswith("asyncio.")
