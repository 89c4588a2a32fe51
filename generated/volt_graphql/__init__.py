"""The typed client of the Volt API, made from schema.graphql and queries/."""

from .async_client import AsyncClient
from .base_model import UNSET, BaseModel, UnsetType
from .client import Client
from .create_message import CREATE_MESSAGE, CreateMessage
from .create_message_with_passthrough import (
    CREATE_MESSAGE_WITH_PASSTHROUGH,
    CreateMessageWithPassthrough,
)
from .fragments import Conversation, ConversationPageInfo, Message, MessageDetails
from .get_conversation import GET_CONVERSATION, GetConversation
from .get_message import GET_MESSAGE, GetMessage
from .get_message_details import GET_MESSAGE_DETAILS, GetMessageDetails
from .operation import AsyncBaseClient, BaseClient, Operation
from .results import Attempt, OpenEnum, OperationResult, ResultModel

__all__ = [
    "CREATE_MESSAGE",
    "CREATE_MESSAGE_WITH_PASSTHROUGH",
    "GET_CONVERSATION",
    "GET_MESSAGE",
    "GET_MESSAGE_DETAILS",
    "UNSET",
    "AsyncBaseClient",
    "AsyncClient",
    "Attempt",
    "BaseClient",
    "BaseModel",
    "Client",
    "Conversation",
    "ConversationPageInfo",
    "CreateMessage",
    "CreateMessageWithPassthrough",
    "GetConversation",
    "GetMessage",
    "GetMessageDetails",
    "Message",
    "MessageDetails",
    "OpenEnum",
    "Operation",
    "OperationResult",
    "ResultModel",
    "UnsetType",
]
