"""A case for every operation of queries/: what to call it with, and what must come back.

Whoever calls it, the generated client or another GraphQL client, the same is expected.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.request import Request, urlopen

from tests.conftest import OWN, THEIRS, Sandbox
from volt import ContactDetails, ListQuery, Message, Volt, Webhook, WebhookEventType
from volt_graphql import Client, Operation

OTHER, NEW = "+15555550146", "+15555550147"
#: A text to it is accepted, then fails with the code 702 (see volt/sandbox/_magic.py).
FAILS = "+18975550102"


@dataclass(frozen=True)
class Stage:
    """A sandbox in which everything that can be asked for is there."""

    sandbox: Sandbox
    hook_url: str
    message: Message
    failed: Message
    wave_id: str
    webhook: Webhook
    unwanted_webhook: Webhook


def set_up(sandbox: Sandbox, hook_url: str) -> Stage:
    """Fill the sandbox: texts, two contacts, lists of them, a wave, two webhooks."""
    with Volt(token="sandbox", url=sandbox.url, from_=OWN) as client:
        message = client.send(THEIRS, "Your table is ready.")
        failed = client.send(FAILS, "Nobody reads this.")
        for number, name in ((THEIRS, "Ann"), (OTHER, "Bob")):
            client.create_or_update_contact(
                name=name, phone_number=number, account_phone=OWN, custom_fields=[], blocked=False
            )
        for name in ("Regulars", "Guests"):
            client.create_or_update_list(primary_phone=OWN, list_query=ListQuery(list_name=name))
        client.add_contacts_to_list(
            primary_phone=OWN, list_name="Regulars", phone_numbers=[THEIRS, OTHER]
        )
        webhooks = [client.register_webhook(url=hook_url) for _ in range(2)]
    wave = {"from": OWN, "name": "Menu", "body": "The menu of the day.", "lists": ["Regulars"]}
    request = Request(
        sandbox.url.replace("/graphql", "/_sandbox/waves"),
        json.dumps(wave).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request) as reply:
        wave_id = json.load(reply)["id"]
    return Stage(sandbox, hook_url, message, failed, wave_id, *webhooks)


@dataclass(frozen=True)
class Case:
    """One operation: the arguments of its method, and a check of what it returns."""

    arguments: Callable[[Stage], dict[str, Any]]
    check: Callable[[Any, Stage], None]


CASES: dict[str, Case] = {}


def case(
    arguments: Callable[[Stage], dict[str, Any]],
) -> Callable[[Callable[[Any, Stage], None]], None]:
    """Make a case of a check, under the check's name, which is the method's."""

    def add(check: Callable[[Any, Stage], None]) -> None:
        CASES[check.__name__] = Case(arguments, check)

    return add


class _Recorder(Client):
    """A client that sends nothing."""

    recorded: tuple[Operation[Any], Mapping[str, object]]

    def execute(self, query: Operation[Any], variables: Mapping[str, object]) -> Any:
        self.recorded = query, variables
        raise StopIteration


def request_of(method: str, stage: Stage) -> tuple[Operation[Any], Mapping[str, object]]:
    """What the generated method would send, for others to send it."""
    recorder = _Recorder()
    with suppress(StopIteration):
        getattr(recorder, method)(**CASES[method].arguments(stage))
    return recorder.recorded


# Texts.

TEXT = {"to": THEIRS, "from_": OWN, "body": "Hello, \N{WHITE SMILING FACE}"}
MEDIA = ["https://example.com/menu.png"]


def stored(message: Any, stage: Stage) -> dict[str, Any]:
    (kept,) = [kept for kept in stage.sandbox.messages if kept["id"] == message.id]
    return kept


@case(lambda _: TEXT | {"media": MEDIA})
def create_message(message: Any, stage: Stage) -> None:
    assert stored(message, stage)["body"] == message.body == TEXT["body"]
    assert stored(message, stage)["media"] == message.media == MEDIA
    assert (message.to_number, message.from_number) == (THEIRS, OWN)
    assert message.sent_at.utcoffset().total_seconds() == 0


@case(lambda _: TEXT | {"passthrough": "order 7"})
def create_message_with_passthrough(message: Any, stage: Stage) -> None:
    assert message.body == TEXT["body"]
    assert stored(message, stage)["passthrough"] == "order 7"


@case(lambda stage: {"id": stage.message.id})
def get_message(message: Any, stage: Stage) -> None:
    assert (message.id, message.body) == (stage.message.id, stage.message.body)


@case(lambda stage: {"id": stage.failed.id})
def get_message_details(message: Any, stage: Stage) -> None:
    assert message.id == stage.failed.id
    assert message.error_code in (None, "702")  # null until it has failed


@case(lambda _: {"to": THEIRS, "from_": OWN, "before": None})
def get_conversation(page: Any, stage: Stage) -> None:
    assert page.messages[-1].id == stage.message.id
    assert page.page_info.total_items == len(page.messages)
    assert page.page_info.has_next_page is False


@case(lambda _: {"from_": OWN, "before": None})
def get_inbox(page: Any, stage: Stage) -> None:
    names = {item.contact.phone_number: item.contact.name for item in page.items}
    assert names[THEIRS] == "Ann"
    assert all(item.last_message and item.last_message_time for item in page.items)
    assert page.page_info.total_items == len(page.items)


# Contacts and lists.

ANN = {"primary_phone": OWN, "phone_number": THEIRS}


@case(lambda _: ANN)
def get_contact(contact: Any, stage: Stage) -> None:
    assert (contact.name, contact.phone_number, contact.blocked) == ("Ann", THEIRS, False)


@case(lambda _: ANN)
def get_contact_details(contact: Any, stage: Stage) -> None:
    assert isinstance(contact, ContactDetails)
    assert ("Regulars", 2) in [(found.name, found.size) for found in contact.lists or []]


@case(
    lambda _: {
        "name": "Cy",
        "phone_number": NEW,
        "account_phone": OWN,
        "custom_fields": [],
        "blocked": True,
    }
)
def create_or_update_contact(contact: Any, stage: Stage) -> None:
    assert (contact.name, contact.phone_number, contact.blocked) == ("Cy", NEW, True)
    assert contact.created_at


@case(lambda _: {"primary_phone": OWN, "list_name": "Regulars"})
def get_list(found: Any, stage: Stage) -> None:
    assert (found.name, found.size) == ("Regulars", 2)


@case(
    lambda _: {
        "primary_phone": OWN,
        "list_query": ListQuery(
            list_name="Anns", source_list_name="Regulars", name_search_term="Ann"
        ),
    }
)
def create_or_update_list(made: Any, stage: Stage) -> None:
    assert (made.name, made.size) == ("Anns", 1)
    assert (made.query_source_list_name, made.query_name_search_term) == ("Regulars", "Ann")


@case(lambda _: {"primary_phone": OWN, "list_name": "Guests", "phone_numbers": [THEIRS, OTHER]})
def add_contacts_to_list(filled: Any, stage: Stage) -> None:
    assert (filled.name, filled.size) == ("Guests", 2)


@case(lambda stage: {"id": stage.wave_id})
def get_wave(wave: Any, stage: Stage) -> None:
    assert (wave.id, wave.name, wave.total_messages) == (stage.wave_id, "Menu", 2)
    assert [found.name for found in wave.lists] == ["Regulars"]


# Webhooks.


@case(lambda _: {})
def get_webhooks(webhooks: Any, stage: Stage) -> None:
    assert stage.webhook.id in [webhook.id for webhook in webhooks]
    assert {webhook.url for webhook in webhooks} == {stage.hook_url}


@case(
    lambda stage: {
        "url": stage.hook_url,
        "primary_phone": OWN,
        "event_types": [WebhookEventType.MESSAGE_RECEIVED],
    }
)
def register_webhook(webhook: Any, stage: Stage) -> None:
    assert (webhook.url, webhook.primary_phone) == (stage.hook_url, OWN)
    assert webhook.event_types == [WebhookEventType.MESSAGE_RECEIVED]
    assert webhook.created_at


@case(lambda stage: {"id": stage.unwanted_webhook.id})
def delete_webhook(webhook: Any, stage: Stage) -> None:
    assert (webhook.id, webhook.url) == (stage.unwanted_webhook.id, stage.hook_url)
