# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from typing import Optional

from .fragments import Inbox
from .operation import Operation
from .results import OperationResult


class GetInbox(OperationResult):
    """The `data` of `getInbox`."""

    inbox: Optional["Inbox"]


GetInbox.model_rebuild()
GET_INBOX = Operation(
    name="getInbox",
    kind="query",
    document="""query getInbox($from: String!, $before: String) {
  inbox(from: $from, before: $before) {
    items {
      contact {
        id
        phoneNumber
        name
        mappedNumber
        blocked
        createdAt
        lastUpdatedAt
      }
      lastMessage
      isUnread
      lastMessageTime
    }
    pageInfo {
      totalItems
      nextPage
      hasNextPage
    }
  }
}""",
    read=GetInbox.model_validate,
)
