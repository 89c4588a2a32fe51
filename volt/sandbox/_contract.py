"""The project's schema.graphql, made executable over the sandbox."""

import asyncio
from collections.abc import Awaitable
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

from ariadne import MutationType, ObjectType, QueryType
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_ast_schema,
    parse,
    validate,
)

from volt._contract import schema_path
from volt.sandbox._directory import Contact, List
from volt.sandbox._magic import behaviour_of
from volt.sandbox._outbound import UndeliverableError
from volt.sandbox._records import Message
from volt.sandbox._rules import BAD_USER_INPUT, RefusedError, check_recipient, check_sender
from volt.sandbox._sandbox import Sandbox
from volt.sandbox._webhooks import event_names

_REMEMBERED_CHARACTERS = 10_000


class Context(NamedTuple):
    """What a resolver knows of the request: the number that it is kept under."""

    request: int


def executable_schema(sandbox: Sandbox) -> GraphQLSchema:
    """Build the schema whose operations read and fill the sandbox."""
    # Built on each call: a resolver holds its sandbox, and nothing is shared between two.
    # Not by make_executable_schema: ariadne up to 1.1 patches enums so that graphql-core, from
    # 3.2.14 on, cannot read them from variables.
    schema = build_ast_schema(_document(), assume_valid=True)  # `make check-codegen` looks
    for part in (_messages, _contacts, _webhooks, _surroundings):
        for kind in part(sandbox):
            kind.bind_to_schema(schema)
    return schema


@cache
def _document() -> DocumentNode:
    return parse(schema_path().read_text(encoding="utf-8"))


class CheckedQuery(NamedTuple):
    """The text of a query, parsed, and what is wrong with it by the contract."""

    document: DocumentNode
    errors: list[GraphQLError]

    def validate(self, *_: object, **__: object) -> list[GraphQLError]:
        """Say again what is wrong, as ariadne's `query_validator`."""
        return list(self.errors)


def checked_query(body: Any) -> CheckedQuery | None:
    """Parse and validate the query in a request's body, once for each text.

    A client sends few texts, again and again; this is most of what a request costs.

    Returns:
        None if it cannot be parsed, or is too long to be remembered.
    """
    query: Any = cast(dict[str, Any], body).get("query") if isinstance(body, dict) else None
    if not isinstance(query, str) or len(query) > _REMEMBERED_CHARACTERS:
        return None
    try:
        return _checked(query)
    except (GraphQLError, RecursionError):
        return None


@lru_cache(maxsize=64)
def _checked(query: str) -> CheckedQuery:
    document = parse(query)
    return CheckedQuery(document, validate(_bare_schema(), document))


@cache
def _bare_schema() -> GraphQLSchema:
    return build_ast_schema(_document(), assume_valid=True)


# `from` and `id` cannot name a parameter, so arguments are taken as a mapping.


def _messages(sandbox: Sandbox) -> list[ObjectType]:
    query, mutation = QueryType(), MutationType()
    senders = sandbox.settings.senders

    @query.field("message")
    def find_message(_: None, info: GraphQLResolveInfo, **arguments: str) -> Message | None:
        return sandbox.store.find(arguments["id"])

    @query.field("conversation")
    def read_conversation(_: None, info: GraphQLResolveInfo, **arguments: str) -> dict[str, Any]:
        check_sender(arguments["from"], senders)
        check_recipient(arguments["to"])
        try:
            return sandbox.store.conversation(
                arguments["to"], arguments["from"], before=arguments.get("before")
            )
        except LookupError:
            reason = "'before' is no nextPage of this conversation."
            raise RefusedError(BAD_USER_INPUT, reason) from None

    @query.field("inbox")
    def read_inbox(_: None, info: GraphQLResolveInfo, **arguments: str) -> dict[str, Any]:
        check_sender(arguments["from"], senders)
        try:
            return sandbox.conversations.inbox(arguments["from"], arguments.get("before"))
        except LookupError:
            reason = "'before' is no nextPage of this inbox."
            raise RefusedError(BAD_USER_INPUT, reason) from None

    @query.field("wave")
    def find_wave(_: None, info: GraphQLResolveInfo, **arguments: str) -> dict[str, Any] | None:
        return sandbox.waves.find(arguments["id"])

    @mutation.field("createMessage")
    def create_message(
        _: None, info: GraphQLResolveInfo, **arguments: Any
    ) -> Message | Awaitable[Message]:
        message = sandbox.send(
            to=arguments["to"],
            from_=arguments["from"],
            body=arguments["body"],
            media=arguments.get("media") or (),
            passthrough=arguments.get("passthrough"),
            request=info.context.request,
        )
        seconds = behaviour_of(arguments["to"]).answer_seconds
        return asyncio.sleep(seconds, message) if seconds else message

    return [query, mutation]


def _contacts(sandbox: Sandbox) -> list[ObjectType]:
    query, mutation = QueryType(), MutationType()
    senders, directory = sandbox.settings.senders, sandbox.directory

    @query.field("contact")
    def find_contact(_: None, info: GraphQLResolveInfo, **arguments: str) -> Contact | None:
        own, person = arguments["primaryPhone"], arguments["phoneNumber"]
        check_sender(own, senders)
        check_recipient(person)
        return directory.contact(own, person) if directory.is_known(own, person) else None

    @query.field("list")
    def find_list(_: None, info: GraphQLResolveInfo, **arguments: str) -> List | None:
        check_sender(arguments["primaryPhone"], senders)
        return directory.find_list(arguments["primaryPhone"], arguments["listName"])

    @mutation.field("createOrUpdateContact")
    def save_contact(_: None, info: GraphQLResolveInfo, **arguments: Any) -> Contact:
        check_sender(arguments["accountPhone"], senders)
        check_recipient(arguments["phoneNumber"])
        return directory.save_contact(
            arguments["accountPhone"],
            arguments["phoneNumber"],
            name=arguments["name"],
            fields=[field for field in arguments["customFields"] if field],
            blocked=arguments["blocked"],
            at=sandbox.now(),
        )

    @mutation.field("createOrUpdateList")
    def save_list(_: None, info: GraphQLResolveInfo, **arguments: Any) -> List:
        check_sender(arguments["primaryPhone"], senders)
        query = arguments["listQuery"]
        if not (query.get("listName") or "").strip():
            raise RefusedError(BAD_USER_INPUT, "'listQuery.listName' names no list.")
        return directory.save_list(
            arguments["primaryPhone"],
            query["listName"],
            source=query.get("sourceListName"),
            term=query.get("nameSearchTerm"),
            at=sandbox.now(),
        )

    @mutation.field("addContactsToList")
    def add_to_list(_: None, info: GraphQLResolveInfo, **arguments: Any) -> List | None:
        own, name = arguments["primaryPhone"], arguments["listName"]
        check_sender(own, senders)
        for person in arguments["phoneNumbers"]:
            check_recipient(person)
        found = directory.find_list(own, name)
        if found is None:
            raise RefusedError(BAD_USER_INPUT, "'listName' names no list of this number.")
        directory.add_to_list(found["id"], arguments["phoneNumbers"], at=sandbox.now())
        return directory.find_list(own, name)

    return [query, mutation]


def _webhooks(sandbox: Sandbox) -> list[ObjectType]:
    query, mutation = QueryType(), MutationType()

    @query.field("webhooks")
    def list_webhooks(_: None, info: GraphQLResolveInfo) -> list[dict[str, Any]]:
        return sandbox.webhooks.all()

    @mutation.field("registerWebhook")
    async def register(_: None, info: GraphQLResolveInfo, **arguments: Any) -> dict[str, Any]:
        own = arguments.get("primaryPhone")
        if own is not None:
            check_sender(own, sandbox.settings.senders)
        try:
            return await sandbox.webhooks.register(
                arguments["url"], own, event_names(arguments.get("eventTypes"))
            )
        except UndeliverableError as error:
            reason = f"'url' did not take the test request: {error}."
            raise RefusedError(BAD_USER_INPUT, reason) from None

    @mutation.field("deleteWebhook")
    def delete(_: None, info: GraphQLResolveInfo, **arguments: str) -> dict[str, Any] | None:
        return sandbox.webhooks.delete(arguments["id"])

    return [query, mutation]


def _surroundings(sandbox: Sandbox) -> list[ObjectType]:
    """What leads from one object to another: nobody pays for what is not asked for."""
    message, contact, wave = ObjectType("Message"), ObjectType("Contact"), ObjectType("Wave")
    organization = {"id": "organization_sandbox", "companyName": "Volt sandbox", "isActive": True}

    def account_of(source: Any, info: GraphQLResolveInfo) -> dict[str, Any]:
        number = _own(source)
        return {
            "id": f"account_{number.removeprefix('+')}",
            "name": "Volt sandbox",
            "primaryPhone": number,
            "organization": organization,
        }

    for kind in (message, contact, wave):
        kind.field("account")(account_of)
        kind.field("organization")(lambda *_: organization)

    @message.field("contact")
    def contact_of(source: Message, info: GraphQLResolveInfo) -> Contact:
        person = source["toNumber" if source["direction"] == "outbound" else "fromNumber"]
        return sandbox.directory.contact(_own(source), person)

    @message.field("wave")
    def wave_of(source: Message, info: GraphQLResolveInfo) -> dict[str, Any] | None:
        return sandbox.waves.find(source["waveId"]) if source["waveId"] else None

    @contact.field("lists")
    def lists_of(source: Contact, info: GraphQLResolveInfo) -> list[List]:
        return sandbox.directory.lists_with(source["primaryPhone"], source["phoneNumber"])

    return [message, contact, wave]


def _own(source: Any) -> str:
    """The organization's number that a message, a contact or a wave belongs to."""
    names = {"outbound": "fromNumber", "inbound": "toNumber"}
    number: str = source[names.get(source.get("direction"), "primaryPhone")]
    return number
