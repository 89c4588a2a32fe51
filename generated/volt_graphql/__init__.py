"""The typed client of the Volt API, made from schema.graphql and queries/.

Names are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .add_contacts_to_list import ADD_CONTACTS_TO_LIST, AddContactsToList
    from .async_client import AsyncClient
    from .base_model import UNSET, BaseModel, UnsetType
    from .client import Client
    from .create_message import CREATE_MESSAGE, CreateMessage
    from .create_message_with_passthrough import (
        CREATE_MESSAGE_WITH_PASSTHROUGH,
        CreateMessageWithPassthrough,
    )
    from .create_or_update_contact import CREATE_OR_UPDATE_CONTACT, CreateOrUpdateContact
    from .create_or_update_list import CREATE_OR_UPDATE_LIST, CreateOrUpdateList
    from .delete_webhook import DELETE_WEBHOOK, DeleteWebhook
    from .enums import WebhookEventType
    from .fragments import (
        Contact,
        ContactDetails,
        Conversation,
        Inbox,
        InboxItem,
        List,
        Message,
        MessageDetails,
        PageInfo,
        Wave,
        Webhook,
    )
    from .get_contact import GET_CONTACT, GetContact
    from .get_contact_details import GET_CONTACT_DETAILS, GetContactDetails
    from .get_conversation import GET_CONVERSATION, GetConversation
    from .get_inbox import GET_INBOX, GetInbox
    from .get_list import GET_LIST, GetList
    from .get_message import GET_MESSAGE, GetMessage
    from .get_message_details import GET_MESSAGE_DETAILS, GetMessageDetails
    from .get_wave import GET_WAVE, GetWave
    from .get_webhooks import GET_WEBHOOKS, GetWebhooks
    from .input_types import ContactCustomFieldInput, ListQuery
    from .inputs import InputModel
    from .operation import AsyncBaseClient, BaseClient, Operation
    from .register_webhook import REGISTER_WEBHOOK, RegisterWebhook
    from .results import Attempt, OpenEnum, OperationResult, ResultModel

__all__ = [
    "ADD_CONTACTS_TO_LIST",
    "CREATE_MESSAGE",
    "CREATE_MESSAGE_WITH_PASSTHROUGH",
    "CREATE_OR_UPDATE_CONTACT",
    "CREATE_OR_UPDATE_LIST",
    "DELETE_WEBHOOK",
    "GET_CONTACT",
    "GET_CONTACT_DETAILS",
    "GET_CONVERSATION",
    "GET_INBOX",
    "GET_LIST",
    "GET_MESSAGE",
    "GET_MESSAGE_DETAILS",
    "GET_WAVE",
    "GET_WEBHOOKS",
    "REGISTER_WEBHOOK",
    "UNSET",
    "AddContactsToList",
    "AsyncBaseClient",
    "AsyncClient",
    "Attempt",
    "BaseClient",
    "BaseModel",
    "Client",
    "Contact",
    "ContactCustomFieldInput",
    "ContactDetails",
    "Conversation",
    "CreateMessage",
    "CreateMessageWithPassthrough",
    "CreateOrUpdateContact",
    "CreateOrUpdateList",
    "DeleteWebhook",
    "GetContact",
    "GetContactDetails",
    "GetConversation",
    "GetInbox",
    "GetList",
    "GetMessage",
    "GetMessageDetails",
    "GetWave",
    "GetWebhooks",
    "Inbox",
    "InboxItem",
    "InputModel",
    "List",
    "ListQuery",
    "Message",
    "MessageDetails",
    "OpenEnum",
    "Operation",
    "OperationResult",
    "PageInfo",
    "RegisterWebhook",
    "ResultModel",
    "UnsetType",
    "Wave",
    "Webhook",
    "WebhookEventType",
]

_HOMES = {
    "AddContactsToList": "add_contacts_to_list",
    "ADD_CONTACTS_TO_LIST": "add_contacts_to_list",
    "AsyncClient": "async_client",
    "UnsetType": "base_model",
    "UNSET": "base_model",
    "BaseModel": "base_model",
    "Client": "client",
    "CreateMessage": "create_message",
    "CREATE_MESSAGE": "create_message",
    "CreateMessageWithPassthrough": "create_message_with_passthrough",
    "CREATE_MESSAGE_WITH_PASSTHROUGH": "create_message_with_passthrough",
    "CreateOrUpdateContact": "create_or_update_contact",
    "CREATE_OR_UPDATE_CONTACT": "create_or_update_contact",
    "CreateOrUpdateList": "create_or_update_list",
    "CREATE_OR_UPDATE_LIST": "create_or_update_list",
    "DeleteWebhook": "delete_webhook",
    "DELETE_WEBHOOK": "delete_webhook",
    "WebhookEventType": "enums",
    "Contact": "fragments",
    "List": "fragments",
    "ContactDetails": "fragments",
    "Message": "fragments",
    "PageInfo": "fragments",
    "Conversation": "fragments",
    "InboxItem": "fragments",
    "Inbox": "fragments",
    "MessageDetails": "fragments",
    "Wave": "fragments",
    "Webhook": "fragments",
    "GetContact": "get_contact",
    "GET_CONTACT": "get_contact",
    "GetContactDetails": "get_contact_details",
    "GET_CONTACT_DETAILS": "get_contact_details",
    "GetConversation": "get_conversation",
    "GET_CONVERSATION": "get_conversation",
    "GetInbox": "get_inbox",
    "GET_INBOX": "get_inbox",
    "GetList": "get_list",
    "GET_LIST": "get_list",
    "GetMessage": "get_message",
    "GET_MESSAGE": "get_message",
    "GetMessageDetails": "get_message_details",
    "GET_MESSAGE_DETAILS": "get_message_details",
    "GetWave": "get_wave",
    "GET_WAVE": "get_wave",
    "GetWebhooks": "get_webhooks",
    "GET_WEBHOOKS": "get_webhooks",
    "ContactCustomFieldInput": "input_types",
    "ListQuery": "input_types",
    "InputModel": "inputs",
    "Operation": "operation",
    "BaseClient": "operation",
    "AsyncBaseClient": "operation",
    "RegisterWebhook": "register_webhook",
    "REGISTER_WEBHOOK": "register_webhook",
    "Attempt": "results",
    "OperationResult": "results",
    "ResultModel": "results",
    "OpenEnum": "results",
}


if not TYPE_CHECKING:  # a type checker shall see a misspelt name

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
