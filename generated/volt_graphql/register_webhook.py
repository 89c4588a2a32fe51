# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from pydantic import Field

from .fragments import Webhook
from .operation import Operation
from .results import OperationResult


class RegisterWebhook(OperationResult):
    """The `data` of `registerWebhook`."""

    register_webhook: "Webhook" = Field(alias="registerWebhook")


RegisterWebhook.model_rebuild()
REGISTER_WEBHOOK = Operation(
    name="registerWebhook",
    kind="mutation",
    document="""mutation registerWebhook($url: String!, $primaryPhone: String, $eventTypes: [WebhookEventType!]) {
  registerWebhook(url: $url, primaryPhone: $primaryPhone, eventTypes: $eventTypes) {
    id
    url
    primaryPhone
    eventTypes
    createdAt
    lastUpdatedAt
  }
}""",
    read=RegisterWebhook.model_validate,
)
