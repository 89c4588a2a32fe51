# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from typing import Optional

from .fragments import Conversation
from .operation import Operation
from .results import OperationResult


class GetConversation(OperationResult):
    """The `data` of `getConversation`."""

    conversation: Optional["Conversation"]


GetConversation.model_rebuild()
GET_CONVERSATION = Operation(
    name="getConversation",
    kind="query",
    document="""query getConversation($to: String!, $from: String!, $before: String) {
  conversation(to: $to, from: $from, before: $before) {
    messages {
      id
      legacyId
      toNumber
      fromNumber
      status
      statusDescription
      media
      body
      sentAt
      confirmedAt
    }
    pageInfo {
      totalItems
      nextPage
      hasNextPage
    }
  }
}""",
    read=GetConversation.model_validate,
)
