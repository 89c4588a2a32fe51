"""What is posted to webhooks: tried again, kept with every answer, sent again by hand."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.test_sandbox import OPERATIONS
from tests.test_sandbox_webhooks import (
    Receiver,
    execute,
    get,
    post,
    receiving,
    register,
    send,
    wait_for,
)
from volt.sandbox import create_app
from volt.sandbox.testing import RunningSandbox, running


@pytest.fixture(name="receiver")
def _receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture(name="server")
def _server() -> Iterator[RunningSandbox]:
    with running(create_app(pace_seconds=0, webhook_retry_seconds=0.01)) as one:
        yield one


def test_a_failed_delivery_is_tried_again_and_every_attempt_is_kept(
    server: RunningSandbox, receiver: Receiver
) -> None:
    """With the same id, by which a receiver knows it."""
    register(server, receiver.url, eventTypes=["MESSAGE_SENT"])
    receiver.statuses = [500, 429]
    message = send(server)
    told = receiver.wait(3)
    assert len({event["id"] for event in told}) == 1
    wait_for(lambda: get(server, "deliveries")["deliveries"][0]["state"] == "delivered")
    [delivery] = get(server, "deliveries")["deliveries"]
    assert [attempt["status"] for attempt in delivery["attempts"]] == [500, 429, 204]
    assert [attempt["answer"] for attempt in delivery["attempts"]] == ["no, thanks"] * 2 + [""]
    assert json.loads(delivery["payload"]) == told[0]
    assert delivery["messageId"] == message["id"]
    assert get(server, f"messages/{message['id']}")["deliveries"] == [delivery]


def test_after_five_tries_it_has_failed_and_can_be_sent_again(
    server: RunningSandbox, receiver: Receiver
) -> None:
    """By hand, once more."""
    register(server, receiver.url, eventTypes=["MESSAGE_SENT"])
    receiver.statuses = [503] * 5
    send(server)
    receiver.wait(5)
    wait_for(lambda: get(server, "deliveries")["deliveries"][0]["state"] == "failed")
    [delivery] = get(server, "deliveries")["deliveries"]
    assert delivery["nextAttemptAt"] is None
    assert post(server, f"deliveries/{delivery['id']}/resend").status_code == 202
    receiver.wait(6)
    wait_for(lambda: get(server, "deliveries")["deliveries"][0]["state"] == "delivered")
    assert post(server, "deliveries/999/resend").status_code == 404


def test_no_answer_is_kept_as_an_attempt_without_a_status(server: RunningSandbox) -> None:
    """And why there was none."""
    with receiving() as gone:
        register(server, gone.url, eventTypes=["MESSAGE_SENT"])
    send(server)
    wait_for(lambda: get(server, "deliveries")["deliveries"][0]["state"] == "failed")
    [delivery] = get(server, "deliveries")["deliveries"]
    assert [attempt["status"] for attempt in delivery["attempts"]] == [None] * 5
    assert "connect" in delivery["attempts"][0]["answer"].lower()


def test_a_slow_receiver_holds_up_nobody_else(server: RunningSandbox, receiver: Receiver) -> None:
    """Each is told in its own time."""
    with receiving() as failing:
        register(server, failing.url, eventTypes=["MESSAGE_SENT"])
        register(server, receiver.url, eventTypes=["MESSAGE_SENT"])
        failing.statuses = [500] * 50
        for _ in range(5):
            send(server)
        receiver.wait(5)
        assert len(receiver.told) == 5


def test_a_deleted_webhook_is_told_no_more(server: RunningSandbox, receiver: Receiver) -> None:
    """Not even what was waiting."""
    webhook = register(server, receiver.url)
    receiver.statuses = [500] * 50
    send(server)
    receiver.wait(1)
    execute(server, OPERATIONS["deleteWebhook"], id=webhook["id"])
    wait_for(
        lambda: all(
            delivery["state"] in {"cancelled", "failed"}
            for delivery in get(server, "deliveries")["deliveries"]
        )
    )


def test_deliveries_are_read_page_by_page(server: RunningSandbox, receiver: Receiver) -> None:
    """The newest first."""
    register(server, receiver.url)
    for _ in range(2):
        send(server)
    receiver.wait(4)
    first = get(server, "deliveries?limit=3")
    assert [delivery["id"] for delivery in first["deliveries"]] == [4, 3, 2]
    assert first["pageInfo"]["totalItems"] == 4
    rest = get(server, f"deliveries?limit=3&before={first['pageInfo']['nextPage']}")
    assert [delivery["id"] for delivery in rest["deliveries"]] == [1]
    assert get(server, "deliveries?before=x")["error"]


def test_what_was_to_be_told_is_told_after_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    """A database in a file goes on where it was, with the same keys."""
    options: dict[str, Any] = {"database": tmp_path / "volt.db", "pace_seconds": 0.5}
    with running(create_app(**options)) as server:
        register(server, receiver.url)
        send(server)
        keys = get(server, "keys")
    assert receiver.kinds in ([], ["message.sent"])
    with running(create_app(**options)) as server:
        receiver.wait(2)
        assert receiver.kinds == ["message.sent", "message.finalized"]
        assert get(server, "keys") == keys
