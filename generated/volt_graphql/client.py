# Made by `make codegen` from schema.graphql and queries/. Do not edit.


from .base_model import UNSET, UnsetType
from .enums import WebhookEventType
from .fragments import (
    Contact,
    ContactDetails,
    Conversation,
    Inbox,
    List,
    Message,
    MessageDetails,
    Wave,
    Webhook,
)
from .input_types import ContactCustomFieldInput, ListQuery
from .operation import BaseClient


class Client(BaseClient):
    """A method for every file of `queries/`; how it is sent is up to the subclass."""

    def add_contacts_to_list(
        self, *, primary_phone: str, list_name: str, phone_numbers: list[str]
    ) -> List:
        """Put contacts on a list, by their numbers.

        Source: unproven client code.

        Args:
            primary_phone: The main number of the account that has the list, in E.164 form:
                `+15555550123`.
            list_name: The list's name.
            phone_numbers: The contacts' numbers, in E.164 form: `+15555550145`.

        Returns:
            A list of contacts, known by its name within an account.

        Raises:
            DeliveryUnknownError: it may have been done: look before you call again.
            VoltError: any other error; it was not done.
        """
        from .add_contacts_to_list import ADD_CONTACTS_TO_LIST

        return self.execute(
            ADD_CONTACTS_TO_LIST,
            {
                "primaryPhone": primary_phone,
                "listName": list_name,
                "phoneNumbers": phone_numbers,
            },
        ).add_contacts_to_list

    def create_message(
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
            DeliveryUnknownError: it may have been done: look before you call again.
            VoltError: any other error; it was not done.
        """
        from .create_message import CREATE_MESSAGE

        return self.execute(
            CREATE_MESSAGE, {"to": to, "from": from_, "body": body, "media": media}
        ).create_message

    def create_message_with_passthrough(
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
            DeliveryUnknownError: it may have been done: look before you call again.
            VoltError: any other error; it was not done.
        """
        from .create_message_with_passthrough import CREATE_MESSAGE_WITH_PASSTHROUGH

        return self.execute(
            CREATE_MESSAGE_WITH_PASSTHROUGH,
            {
                "to": to,
                "from": from_,
                "body": body,
                "media": media,
                "passthrough": passthrough,
            },
        ).create_message

    def create_or_update_contact(
        self,
        *,
        name: str,
        phone_number: str,
        account_phone: str,
        custom_fields: list[ContactCustomFieldInput],
        blocked: bool,
    ) -> Contact:
        """Make a contact, or change the one that has this number already.

        Source: unproven client code. Guess: that account and number together tell which contact it is.

        Args:
            name: The contact's name.
            phone_number: The contact's number, in E.164 form: `+15555550145`.
            account_phone: The main number of the account that has the contact, in E.164 form:
                `+15555550123`.
            custom_fields: The contact's own fields; may be empty. Whether those left out are
                kept is not known.
            blocked: Whether the contact is blocked. False unblocks one that was.

        Returns:
            A person, as one account knows them.

        Raises:
            DeliveryUnknownError: it may have been done, though trying again brought no answer; to
                call again does no harm.
            VoltError: any other error; it was not done.
        """
        from .create_or_update_contact import CREATE_OR_UPDATE_CONTACT

        return self.execute(
            CREATE_OR_UPDATE_CONTACT,
            {
                "name": name,
                "phoneNumber": phone_number,
                "accountPhone": account_phone,
                "customFields": custom_fields,
                "blocked": blocked,
            },
        ).create_or_update_contact

    def create_or_update_list(self, *, primary_phone: str, list_query: ListQuery) -> List:
        """Make a list of contacts, or change the one that has this name already.

        Source: client code. Guess: that the name tells which list it is.

        Args:
            primary_phone: The main number of the account that has the list, in E.164 form:
                `+15555550123`.
            list_query: The list, and what puts contacts on it.

        Returns:
            A list of contacts, known by its name within an account.

        Raises:
            DeliveryUnknownError: it may have been done, though trying again brought no answer; to
                call again does no harm.
            VoltError: any other error; it was not done.
        """
        from .create_or_update_list import CREATE_OR_UPDATE_LIST

        return self.execute(
            CREATE_OR_UPDATE_LIST,
            {"primaryPhone": primary_phone, "listQuery": list_query},
        ).create_or_update_list

    def delete_webhook(self, id: str) -> Webhook:
        """Delete a webhook: Volt posts nothing to it from then on. Returns the webhook as it was.

        Source: unproven client code.

        Args:
            id: The webhook's id.

        Returns:
            A URL that Volt posts events to.

        Raises:
            DeliveryUnknownError: it may have been done, though trying again brought no answer; to
                call again does no harm.
            VoltError: any other error; it was not done.
        """
        from .delete_webhook import DELETE_WEBHOOK

        return self.execute(DELETE_WEBHOOK, {"id": id}).delete_webhook

    def get_contact(self, *, primary_phone: str, phone_number: str) -> Contact | None:
        """Look up one contact by its number.

        Source: vendor docs.

        Args:
            primary_phone: The main number of the account that has the contact, in E.164 form:
                `+15555550123`.
            phone_number: The contact's number, in E.164 form: `+15555550145`.

        Returns:
            A person, as one account knows them. None where there is none.

        Raises:
            VoltError: there is no answer to read; a query changes nothing.
        """
        from .get_contact import GET_CONTACT

        return self.execute(
            GET_CONTACT, {"primaryPhone": primary_phone, "phoneNumber": phone_number}
        ).contact

    def get_contact_details(
        self, *, primary_phone: str, phone_number: str
    ) -> ContactDetails | None:
        """Look up one contact by its number.

        Source: vendor docs.

        Args:
            primary_phone: The main number of the account that has the contact, in E.164 form:
                `+15555550123`.
            phone_number: The contact's number, in E.164 form: `+15555550145`.

        Returns:
            A person, as one account knows them. None where there is none.

        Raises:
            VoltError: there is no answer to read; a query changes nothing.
        """
        from .get_contact_details import GET_CONTACT_DETAILS

        return self.execute(
            GET_CONTACT_DETAILS,
            {"primaryPhone": primary_phone, "phoneNumber": phone_number},
        ).contact

    def get_conversation(
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
        from .get_conversation import GET_CONVERSATION

        return self.execute(
            GET_CONVERSATION, {"to": to, "from": from_, "before": before}
        ).conversation

    def get_inbox(self, *, from_: str, before: str | None | UnsetType = UNSET) -> Inbox | None:
        """Read one page of a number's inbox: one item for each person, newest message first.

        Source: client code. Guess: the order, which is a conversation's.

        Args:
            from_: Your organization's number, in E.164 form: `+15555550123`.
            before: Where to go on: the `nextPage` of the page before. Left out or null: the
                newest page.

        Returns:
            One page of an inbox. None where there is none.

        Raises:
            VoltError: there is no answer to read; a query changes nothing.
        """
        from .get_inbox import GET_INBOX

        return self.execute(GET_INBOX, {"from": from_, "before": before}).inbox

    def get_list(self, *, primary_phone: str, list_name: str) -> List | None:
        """Look up one list of contacts by its name.

        Source: client code.

        Args:
            primary_phone: The main number of the account that has the list, in E.164 form:
                `+15555550123`.
            list_name: The list's name.

        Returns:
            A list of contacts, known by its name within an account. None where there is none.

        Raises:
            VoltError: there is no answer to read; a query changes nothing.
        """
        from .get_list import GET_LIST

        return self.execute(GET_LIST, {"primaryPhone": primary_phone, "listName": list_name}).list_

    def get_message(self, id: str) -> Message | None:
        """Look up one message by its id.

        Source: unproven client code.

        Args:
            id: The message's id, as `createMessage` answered it.

        Returns:
            One text message, as Volt knows it. None where there is none.

        Raises:
            VoltError: there is no answer to read; a query changes nothing.
        """
        from .get_message import GET_MESSAGE

        return self.execute(GET_MESSAGE, {"id": id}).message

    def get_message_details(self, id: str) -> MessageDetails | None:
        """Look up one message by its id.

        Source: unproven client code.

        Args:
            id: The message's id, as `createMessage` answered it.

        Returns:
            One text message, as Volt knows it. None where there is none.

        Raises:
            VoltError: there is no answer to read; a query changes nothing.
        """
        from .get_message_details import GET_MESSAGE_DETAILS

        return self.execute(GET_MESSAGE_DETAILS, {"id": id}).message

    def get_wave(self, id: str) -> Wave | None:
        """Look up one wave by its id: what it sends, to which lists, and how far it has come.

        Source: unproven client code.

        Args:
            id: The wave's id.

        Returns:
            One text to everyone on some lists. None where there is none.

        Raises:
            VoltError: there is no answer to read; a query changes nothing.
        """
        from .get_wave import GET_WAVE

        return self.execute(GET_WAVE, {"id": id}).wave

    def get_webhooks(self) -> list[Webhook] | None:
        """List the webhooks that are registered.

        Source: unproven client code. Guess: that it lists all of the organization's.

        Returns:
            A URL that Volt posts events to. None where there is none.

        Raises:
            VoltError: there is no answer to read; a query changes nothing.
        """
        from .get_webhooks import GET_WEBHOOKS

        return self.execute(GET_WEBHOOKS, {}).webhooks

    def register_webhook(
        self,
        *,
        url: str,
        primary_phone: str | None | UnsetType = UNSET,
        event_types: list[WebhookEventType] | None | UnsetType = UNSET,
    ) -> Webhook:
        """Register a URL that Volt posts events to.

        Volt first posts a test request to it, and registers it only if that is answered with a 2XX status.

        Source: vendor docs; `primaryPhone` and `eventTypes`: unproven client code.

        Args:
            url: The public URL that is to receive the events.
            primary_phone: The number whose events it is to receive, in E.164 form. Left out or
                null: those of all your organization's numbers.
            event_types: The events that it is to receive. What Volt takes for left out or null
                is not known.

        Returns:
            A URL that Volt posts events to.

        Raises:
            DeliveryUnknownError: it may have been done: look before you call again.
            VoltError: any other error; it was not done.
        """
        from .register_webhook import REGISTER_WEBHOOK

        return self.execute(
            REGISTER_WEBHOOK,
            {"url": url, "primaryPhone": primary_phone, "eventTypes": event_types},
        ).register_webhook
