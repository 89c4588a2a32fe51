"""The typed client of the Volt API, made from schema.graphql and queries/."""

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
