# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from typing import Optional

from .fragments import MessageDetails
from .operation import Operation
from .results import OperationResult


class GetMessageDetails(OperationResult):
    """The `data` of `getMessageDetails`."""

    message: Optional["MessageDetails"]


GetMessageDetails.model_rebuild()
GET_MESSAGE_DETAILS = Operation(
    name="getMessageDetails",
    kind="query",
    document="""query getMessageDetails($id: ID!) {
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
    errorCode
  }
}""",
    read=GetMessageDetails.model_validate,
)
