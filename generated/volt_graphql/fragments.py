# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from datetime import datetime
from typing import Annotated, Optional

from pydantic import BeforeValidator, Field

from .enums import WebhookEventType
from .results import ResultModel, read_time


class Contact(ResultModel):
    """A person, as one account knows them.

    Source: vendor docs.
    """

    id: str | None = Field(default=None)
    """The contact's id.

    Source: vendor docs.
    """
    phone_number: str | None = Field(
        validation_alias="phoneNumber",
        default=None,
        serialization_alias="phoneNumber",
        repr=False,
    )
    """The contact's number, in E.164 form.

    Source: vendor docs.
    """
    name: str | None = Field(default=None, repr=False)
    """The contact's name.

    Source: vendor docs.
    """
    mapped_number: str | None = Field(
        validation_alias="mappedNumber",
        default=None,
        serialization_alias="mappedNumber",
        repr=False,
    )
    """A number that goes with the contact. Its meaning is not documented.

    Source: vendor docs.
    """
    blocked: bool | None = Field(default=None)
    """Whether the contact is blocked.

    Source: vendor docs.
    """
    created_at: Annotated[datetime, BeforeValidator(read_time)] | None = Field(
        validation_alias="createdAt", default=None, serialization_alias="createdAt"
    )
    """When the contact was made.

    Source: vendor docs.
    """
    last_updated_at: Annotated[datetime, BeforeValidator(read_time)] | None = Field(
        validation_alias="lastUpdatedAt",
        default=None,
        serialization_alias="lastUpdatedAt",
    )
    """When the contact was last changed.

    Source: vendor docs.
    """


class List(ResultModel):
    """A list of contacts, known by its name within an account.

    Source: client code.
    """

    id: str | None = Field(default=None)
    """The list's id.

    Source: client code.
    """
    name: str | None = Field(default=None, repr=False)
    """The list's name.

    Source: client code.
    """
    size: int | None = Field(default=None)
    """How many contacts are on it.

    Source: client code. Guess: that it is a number.
    """
    created_by: str | None = Field(
        validation_alias="createdBy",
        default=None,
        serialization_alias="createdBy",
        repr=False,
    )
    """Who made the list.

    Source: client code.
    """
    created_at: Annotated[datetime, BeforeValidator(read_time)] | None = Field(
        validation_alias="createdAt", default=None, serialization_alias="createdAt"
    )
    """When the list was made.

    Source: client code.
    """
    last_updated_at: Annotated[datetime, BeforeValidator(read_time)] | None = Field(
        validation_alias="lastUpdatedAt",
        default=None,
        serialization_alias="lastUpdatedAt",
    )
    """When the list was last changed.

    Source: client code.
    """
    query_source_list_name: str | None = Field(
        validation_alias="querySourceListName",
        default=None,
        serialization_alias="querySourceListName",
        repr=False,
    )
    """The list that this one takes its contacts from.

    Source: client code. Guess: its meaning.
    """
    query_name_search_term: str | None = Field(
        validation_alias="queryNameSearchTerm",
        default=None,
        serialization_alias="queryNameSearchTerm",
        repr=False,
    )
    """What the names of this list's contacts have in common.

    Source: client code. Guess: its meaning.
    """


class ContactDetails(Contact):
    """A person, as one account knows them.

    Source: vendor docs.
    """

    lists: list["List"] | None = Field(default=None)
    """The lists that the contact is on.

    Source: vendor docs.
    """


class Message(ResultModel):
    """One text message, as Volt knows it.

    That Volt accepted it does not say that it was delivered: `status` says what became of it so far.

    Source: article; `errorCode`, `account`, `organization`, `wave` and `contact`: unproven client code.
    """

    id: str | None = Field(default=None)
    """The message's id.

    Source: article.
    """
    legacy_id: str | None = Field(
        validation_alias="legacyId", default=None, serialization_alias="legacyId"
    )
    """The id of an earlier system. Its meaning is not documented.

    Source: article.
    """
    to_number: str | None = Field(
        validation_alias="toNumber",
        default=None,
        serialization_alias="toNumber",
        repr=False,
    )
    """The recipient's number, in E.164 form.

    Source: article.
    """
    from_number: str | None = Field(
        validation_alias="fromNumber",
        default=None,
        serialization_alias="fromNumber",
        repr=False,
    )
    """The sender's number, in E.164 form.

    Source: article.
    """
    status: str | None = Field(default=None)
    """What has become of the message. The values are not documented.

    Source: article.
    """
    status_description: str | None = Field(
        validation_alias="statusDescription",
        default=None,
        serialization_alias="statusDescription",
    )
    """The status in words, such as `delivered`. The values are not documented.

    Source: article; the one value seen: client code.
    """
    media: list[str] | None = Field(default=None, repr=False)
    """The URLs of the message's media files; empty for a plain SMS.

    Source: article. Guess: that they are the URLs given.
    """
    body: str | None = Field(default=None, repr=False)
    """The text.

    Source: article.
    """
    sent_at: Annotated[datetime, BeforeValidator(read_time)] | None = Field(
        validation_alias="sentAt", default=None, serialization_alias="sentAt"
    )
    """When the message was sent.

    Source: article.
    """
    confirmed_at: Annotated[datetime, BeforeValidator(read_time)] | None = Field(
        validation_alias="confirmedAt", default=None, serialization_alias="confirmedAt"
    )
    """When the message was confirmed. By whom is not documented.

    Source: article.
    """


class PageInfo(ResultModel):
    """Where a page stands in the whole.

    Source: client code. Guess: the type's name, and that all pages share it.
    """

    total_items: int | None = Field(
        validation_alias="totalItems", default=None, serialization_alias="totalItems"
    )
    """How many items there are on all pages together.

    Source: unproven client code.
    """
    next_page: str | None = Field(
        validation_alias="nextPage",
        default=None,
        serialization_alias="nextPage",
        repr=False,
    )
    """What to pass as `before` for the next, older page; null on the last.

    Source: unproven client code, for the inbox. Guess: that a conversation has it too.
    """
    has_next_page: bool | None = Field(
        validation_alias="hasNextPage", default=None, serialization_alias="hasNextPage"
    )
    """Whether there is an older page.

    Source: unproven client code, for the inbox. Guess: that a conversation has it too.
    """


class Conversation(ResultModel):
    """One page of a conversation.

    Source: client code. Guess: the type's name.
    """

    messages: list["Message"] | None = Field(default=None)
    """The messages of this page, newest first; may be empty.

    Source: client code.
    """
    page_info: Optional["PageInfo"] = Field(
        validation_alias="pageInfo", default=None, serialization_alias="pageInfo"
    )
    """Where this page stands in the whole.

    Source: client code.
    """


class InboxItem(ResultModel):
    """One person in an inbox, with the last message to or from them.

    Source: client code. Guess: the type's name.
    """

    contact: Optional["Contact"] = Field(default=None)
    """The person.

    Source: client code.
    """
    last_message: str | None = Field(
        validation_alias="lastMessage",
        default=None,
        serialization_alias="lastMessage",
        repr=False,
    )
    """The text of the last message.

    Source: client code.
    """
    is_unread: bool | None = Field(
        validation_alias="isUnread", default=None, serialization_alias="isUnread"
    )
    """Whether there is a message that nobody has read.

    Source: client code.
    """
    last_message_time: Annotated[datetime, BeforeValidator(read_time)] | None = Field(
        validation_alias="lastMessageTime",
        default=None,
        serialization_alias="lastMessageTime",
    )
    """When the last message was sent or received.

    Source: client code, which shows it as a date and time.
    """


class Inbox(ResultModel):
    """One page of an inbox.

    Source: client code. Guess: the type's name.
    """

    items: list["InboxItem"] | None = Field(default=None)
    """The items of this page, newest message first; may be empty.

    Source: client code. Guess: the order.
    """
    page_info: Optional["PageInfo"] = Field(
        validation_alias="pageInfo", default=None, serialization_alias="pageInfo"
    )
    """Where this page stands in the whole.

    Source: unproven client code.
    """


class MessageDetails(Message):
    """One text message, as Volt knows it.

    That Volt accepted it does not say that it was delivered: `status` says what became of it so far.

    Source: article; `errorCode`, `account`, `organization`, `wave` and `contact`: unproven client code.
    """

    error_code: str | None = Field(
        validation_alias="errorCode", default=None, serialization_alias="errorCode"
    )
    """The Volt code of what went wrong, such as `702`; null if nothing did.

    Source: unproven client code. Guess: that it is text, as in the vendor's webhooks.
    """


class Wave(ResultModel):
    """One text to everyone on some lists.

    Source: unproven client code.
    """

    id: str | None = Field(default=None)
    """The wave's id.

    Source: unproven client code.
    """
    name: str | None = Field(default=None, repr=False)
    """The wave's name.

    Source: unproven client code.
    """
    type_: str | None = Field(
        validation_alias="type", default=None, serialization_alias="type", repr=False
    )
    """What kind of wave it is. The values are not documented.

    Source: unproven client code.
    """
    scheduled_time: Annotated[datetime, BeforeValidator(read_time)] | None = Field(
        validation_alias="scheduledTime",
        default=None,
        serialization_alias="scheduledTime",
    )
    """When it is to be sent.

    Source: unproven client code.
    """
    sent_by: str | None = Field(
        validation_alias="sentBy",
        default=None,
        serialization_alias="sentBy",
        repr=False,
    )
    """Who sent it.

    Source: unproven client code.
    """
    body: str | None = Field(default=None, repr=False)
    """The text.

    Source: unproven client code.
    """
    media: list[str] | None = Field(default=None, repr=False)
    """The URLs of its media files.

    Source: unproven client code.
    """
    lists: list["List"] | None = Field(default=None)
    """The lists that it goes to.

    Source: unproven client code.
    """
    total_messages: int | None = Field(
        validation_alias="totalMessages",
        default=None,
        serialization_alias="totalMessages",
    )
    """How many messages it is made of.

    Source: unproven client code. Guess: that it is a number.
    """
    total_messages_delivered: int | None = Field(
        validation_alias="totalMessagesDelivered",
        default=None,
        serialization_alias="totalMessagesDelivered",
    )
    """How many of its messages were delivered.

    Source: unproven client code. Guess: that it is a number.
    """
    total_messages_failed: int | None = Field(
        validation_alias="totalMessagesFailed",
        default=None,
        serialization_alias="totalMessagesFailed",
    )
    """How many of its messages failed.

    Source: unproven client code. Guess: that it is a number.
    """


class Webhook(ResultModel):
    """A URL that Volt posts events to.

    Source: vendor docs; `primaryPhone` and `eventTypes`: unproven client code.
    """

    id: str | None = Field(default=None)
    """The webhook's id.

    Source: vendor docs.
    """
    url: str | None = Field(default=None, repr=False)
    """The URL.

    Source: vendor docs.
    """
    primary_phone: str | None = Field(
        validation_alias="primaryPhone",
        default=None,
        serialization_alias="primaryPhone",
        repr=False,
    )
    """The number whose events it receives, in E.164 form; null: those of all numbers.

    Source: unproven client code. Guess: what null means.
    """
    event_types: list[WebhookEventType] | None = Field(
        validation_alias="eventTypes", default=None, serialization_alias="eventTypes"
    )
    """The events that it receives.

    Source: unproven client code.
    """
    created_at: Annotated[datetime, BeforeValidator(read_time)] | None = Field(
        validation_alias="createdAt", default=None, serialization_alias="createdAt"
    )
    """When the webhook was registered.

    Source: vendor docs.
    """
    last_updated_at: Annotated[datetime, BeforeValidator(read_time)] | None = Field(
        validation_alias="lastUpdatedAt",
        default=None,
        serialization_alias="lastUpdatedAt",
    )
    """When the webhook was last changed.

    Source: vendor docs.
    """


Contact.model_rebuild()
List.model_rebuild()
ContactDetails.model_rebuild()
Message.model_rebuild()
PageInfo.model_rebuild()
Conversation.model_rebuild()
InboxItem.model_rebuild()
Inbox.model_rebuild()
MessageDetails.model_rebuild()
Wave.model_rebuild()
Webhook.model_rebuild()
