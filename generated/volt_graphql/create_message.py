# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from pydantic import Field

from .fragments import Message
from .operation import Operation
from .results import OperationResult


class CreateMessage(OperationResult):
    """The `data` of `createMessage`."""

    create_message: "Message" = Field(alias="createMessage")


CreateMessage.model_rebuild()
CREATE_MESSAGE = Operation(
    name="createMessage",
    kind="mutation",
    document="""mutation createMessage($to: String!, $from: String!, $body: String!, $media: [String!]) {
  createMessage(to: $to, from: $from, body: $body, media: $media) {
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
    read=CreateMessage.model_validate,
)
