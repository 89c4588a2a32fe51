"""The project's schema.graphql, made executable over a store."""

import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from ariadne import MutationType, QueryType, make_executable_schema
from graphql import GraphQLResolveInfo, GraphQLSchema

from volt.sandbox._rules import (
    RefusedError,
    check_body,
    check_media,
    check_recipient,
    check_sender,
)
from volt.sandbox._store import Message, Store


def package_folder() -> Path:
    """Return the folder of the package `volt`, installed or in the repository."""
    return Path(__file__).parents[1]


def schema_path() -> Path:
    """Return where schema.graphql is: in an installed package, else at the repository's root."""
    installed = package_folder() / "contract" / "schema.graphql"
    return installed if installed.exists() else package_folder().parent / "schema.graphql"


def executable_schema(store: Store, senders: Collection[str]) -> GraphQLSchema:
    """Build the schema whose operations read and fill the store.

    An operation's context is the request's JSON object: its variables are kept as received.

    Args:
        store: Where accepted messages go.
        senders: The organization's own numbers, in E.164 form.
    """
    query = QueryType()
    mutation = MutationType()

    # `from` and `id` cannot name a parameter, so arguments are taken as a mapping.

    @query.field("message")
    def find_message(_: None, info: GraphQLResolveInfo, **arguments: str) -> Message | None:
        return store.find(arguments["id"])

    @query.field("conversation")
    def read_conversation(_: None, info: GraphQLResolveInfo, **arguments: str) -> dict[str, Any]:
        check_sender(arguments["from"], senders)
        check_recipient(arguments["to"])
        try:
            return store.conversation(
                arguments["to"], arguments["from"], before=arguments.get("before")
            )
        except LookupError:
            raise RefusedError("BAD_USER_INPUT") from None

    @mutation.field("createMessage")
    def create_message(_: None, info: GraphQLResolveInfo, **arguments: Any) -> Message:
        media: list[str] = arguments.get("media") or []
        check_sender(arguments["from"], senders)
        check_recipient(arguments["to"])
        check_body(arguments["body"])
        check_media(media)
        message = Message(
            id=f"rf_{secrets.token_hex(10)}",  # 20 characters, as in the vendor's webhooks
            legacyId=str(uuid4()),
            toNumber=arguments["to"],
            fromNumber=arguments["from"],
            status="queued",
            statusDescription="queued",
            media=media,
            body=arguments["body"],
            sentAt=datetime.now(UTC).isoformat(timespec="milliseconds"),
            confirmedAt=None,
            errorCode=None,
            passthrough=arguments.get("passthrough"),
            variables=info.context.get("variables"),
        )
        store.messages.append(message)
        return message

    return make_executable_schema(schema_path().read_text(encoding="utf-8"), query, mutation)
