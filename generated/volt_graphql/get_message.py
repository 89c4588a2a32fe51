# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from typing import Optional

from .fragments import Message
from .operation import Operation
from .results import OperationResult


class GetMessage(OperationResult):
    """The `data` of `getMessage`."""

    message: Optional["Message"]


GetMessage.model_rebuild()
GET_MESSAGE = Operation(
    name="getMessage",
    kind="query",
    document="""query getMessage($id: ID!) {
  message(id: $id) {
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
}""",
    read=GetMessage.model_validate,
)
