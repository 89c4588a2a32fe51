# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from datetime import datetime
from typing import Annotated, Optional

from pydantic import BeforeValidator, Field

from .results import ResultModel, read_time


class Message(ResultModel):
    """One text message, as Volt knows it.

    That Volt accepted it does not say that it was delivered: `status` says what became of it so far.

    Source: article; `errorCode`: client code.
    """

    id: str | None = Field(default=None)
    """The message's id.

    Source: article.
    """
    legacy_id: str | None = Field(alias="legacyId", default=None)
    """The id of an earlier system. Its meaning is not documented.

    Source: article.
    """
    to_number: str | None = Field(alias="toNumber", default=None, repr=False)
    """The recipient's number, in E.164 form.

    Source: article.
    """
    from_number: str | None = Field(alias="fromNumber", default=None, repr=False)
    """The sender's number, in E.164 form.

    Source: article.
    """
    status: str | None = Field(default=None)
    """What has become of the message. The values are not documented.

    Source: article.
    """
    status_description: str | None = Field(alias="statusDescription", default=None)
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
        alias="sentAt", default=None
    )
    """When the message was sent.

    Source: article.
    """
    confirmed_at: Annotated[datetime, BeforeValidator(read_time)] | None = Field(
        alias="confirmedAt", default=None
    )
    """When the message was confirmed. By whom is not documented.

    Source: article.
    """


class Conversation(ResultModel):
    """One page of a conversation.

    Source: client code. Guess: the type's name.
    """

    messages: list["Message"] | None = Field(default=None)
    """The messages of this page, newest first; may be empty.

    Source: client code.
    """
    page_info: Optional["ConversationPageInfo"] = Field(alias="pageInfo", default=None)
    """Where this page stands in the whole.

    Source: client code.
    """


class ConversationPageInfo(ResultModel):
    """Where a page stands in the whole.

    Source: client code. Guess: the type's name, and that all pages share it.
    """

    total_items: int | None = Field(alias="totalItems", default=None)
    """How many items there are on all pages together.

    Source: client code.
    """
    next_page: str | None = Field(alias="nextPage", default=None, repr=False)
    """What to pass as `before` for the next, older page; null on the last.

    Source: client code, for the inbox. Guess: that a conversation has it too.
    """
    has_next_page: bool | None = Field(alias="hasNextPage", default=None)
    """Whether there is an older page.

    Source: client code, for the inbox. Guess: that a conversation has it too.
    """


class MessageDetails(Message):
    """One text message, as Volt knows it.

    That Volt accepted it does not say that it was delivered: `status` says what became of it so far.

    Source: article; `errorCode`: client code.
    """

    error_code: str | None = Field(alias="errorCode", default=None)
    """The Volt code of what went wrong, such as `702`; null if nothing did.

    Source: client code. Guess: that it is text, as in the vendor's webhooks.
    """


Message.model_rebuild()
Conversation.model_rebuild()
MessageDetails.model_rebuild()
