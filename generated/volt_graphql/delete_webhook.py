# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from pydantic import Field

from .fragments import Webhook
from .operation import Operation
from .results import OperationResult


class DeleteWebhook(OperationResult):
    """The `data` of `deleteWebhook`."""

    delete_webhook: "Webhook" = Field(alias="deleteWebhook")


DeleteWebhook.model_rebuild()
DELETE_WEBHOOK = Operation(
    name="deleteWebhook",
    kind="mutation",
    document="""mutation deleteWebhook($id: ID!) {
  deleteWebhook(id: $id) {
    id
    url
    primaryPhone
    eventTypes
    createdAt
    lastUpdatedAt
  }
}""",
    read=DeleteWebhook.model_validate,
    repeatable=True,
)
