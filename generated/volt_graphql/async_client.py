# Made by `make codegen` from schema.graphql and queries/. Do not edit.


from .base_model import UNSET, UnsetType
from .create_message import CREATE_MESSAGE
from .create_message_with_passthrough import (
    CREATE_MESSAGE_WITH_PASSTHROUGH,
)
from .fragments import Conversation, Message, MessageDetails
from .get_conversation import GET_CONVERSATION
from .get_message import GET_MESSAGE
from .get_message_details import GET_MESSAGE_DETAILS
from .operation import AsyncBaseClient


class AsyncClient(AsyncBaseClient):
    """A method for every file of `queries/`; how it is sent is up to the subclass."""

    async def create_message(
        self,
        *,
        to: str,
        from_: str,
        body: str,
        media: list[str] | None | UnsetType = UNSET,
    ) -> Message:
        """Ask Volt to send one message to one person: an SMS, or an MMS when `media` has an element.

        Volt has no idempotency key: the same request sent twice texts the person twice.

        Source: article; `passthrough`: client code.

        Args:
            to: The recipient's number, in E.164 form: `+15555550145`.
            from_: The sender's number, in E.164 form: `+15555550123`. It must belong to your
                organization.
            body: The text.
            media: Public URLs of JPEG, PNG, GIF or VCF (vCard) files. Empty, null or left out:
                a plain SMS.

        Returns:
            One text message, as Volt knows it.

        Raises:
            DeliveryUnknownError: it may have been done: do not just call again.
            VoltError: any other error; it was not done.
        """
        return (
            await self.execute(
                CREATE_MESSAGE, {"to": to, "from": from_, "body": body, "media": media}
            )
        ).create_message

    async def create_message_with_passthrough(
        self,
        *,
        to: str,
        from_: str,
        body: str,
        media: list[str] | None | UnsetType = UNSET,
        passthrough: str | None | UnsetType = UNSET,
    ) -> Message:
        """Ask Volt to send one message to one person: an SMS, or an MMS when `media` has an element.

        Volt has no idempotency key: the same request sent twice texts the person twice.

        Source: article; `passthrough`: client code.

        Args:
            to: The recipient's number, in E.164 form: `+15555550145`.
            from_: The sender's number, in E.164 form: `+15555550123`. It must belong to your
                organization.
            body: The text.
            media: Public URLs of JPEG, PNG, GIF or VCF (vCard) files. Empty, null or left out:
                a plain SMS.
            passthrough: Text of your own to go with the message. What Volt does with it is not
                known.

        Returns:
            One text message, as Volt knows it.

        Raises:
            DeliveryUnknownError: it may have been done: do not just call again.
            VoltError: any other error; it was not done.
        """
        return (
            await self.execute(
                CREATE_MESSAGE_WITH_PASSTHROUGH,
                {
                    "to": to,
                    "from": from_,
                    "body": body,
                    "media": media,
                    "passthrough": passthrough,
                },
            )
        ).create_message

    async def get_conversation(
        self, *, to: str, from_: str, before: str | None | UnsetType = UNSET
    ) -> Conversation | None:
        """Read one page of the conversation with one person, newest message first.

        Source: client code; the order is inferred from a client that reverses it.

        Args:
            to: The other person's number, in E.164 form: `+15555550145`.
            from_: Your organization's number, in E.164 form: `+15555550123`.
            before: Where to go on: the `nextPage` of the page before. Left out or null: the
                newest page.

        Returns:
            One page of a conversation. None where there is none.

        Raises:
            VoltError: there is no answer to read; a query changes nothing.
        """
        return (
            await self.execute(GET_CONVERSATION, {"to": to, "from": from_, "before": before})
        ).conversation

    async def get_message(self, id: str) -> Message | None:
        """Look up one message by its id.

        Source: client code.

        Args:
            id: The message's id, as `createMessage` answered it.

        Returns:
            One text message, as Volt knows it. None where there is none.

        Raises:
            VoltError: there is no answer to read; a query changes nothing.
        """
        return (await self.execute(GET_MESSAGE, {"id": id})).message

    async def get_message_details(self, id: str) -> MessageDetails | None:
        """Look up one message by its id.

        Source: client code.

        Args:
            id: The message's id, as `createMessage` answered it.

        Returns:
            One text message, as Volt knows it. None where there is none.

        Raises:
            VoltError: there is no answer to read; a query changes nothing.
        """
        return (await self.execute(GET_MESSAGE_DETAILS, {"id": id})).message
