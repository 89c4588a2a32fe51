# Made by `make codegen` from schema.graphql and queries/. Do not edit.


from .fragments import Webhook
from .operation import Operation
from .results import OperationResult


class GetWebhooks(OperationResult):
    """The `data` of `getWebhooks`."""

    webhooks: list["Webhook"] | None


GetWebhooks.model_rebuild()
GET_WEBHOOKS = Operation(
    name="getWebhooks",
    kind="query",
    document="""query getWebhooks {
  webhooks {
    id
    url
    primaryPhone
    eventTypes
    createdAt
    lastUpdatedAt
  }
}""",
    read=GetWebhooks.model_validate,
)
