# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from pydantic import Field

from .fragments import Message
from .operation import Operation
from .results import OperationResult


class CreateMessageWithPassthrough(OperationResult):
    """The `data` of `createMessageWithPassthrough`."""

    create_message: "Message" = Field(alias="createMessage")


CreateMessageWithPassthrough.model_rebuild()
CREATE_MESSAGE_WITH_PASSTHROUGH = Operation(
    name="createMessageWithPassthrough",
    kind="mutation",
    document="""mutation createMessageWithPassthrough($to: String!, $from: String!, $body: String!, $media: [String!], $passthrough: String) {
  createMessage(
    to: $to
    from: $from
    body: $body
    media: $media
    passthrough: $passthrough
  ) {
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
    read=CreateMessageWithPassthrough.model_validate,
)
