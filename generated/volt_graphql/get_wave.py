# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from typing import Optional

from .fragments import Wave
from .operation import Operation
from .results import OperationResult


class GetWave(OperationResult):
    """The `data` of `getWave`."""

    wave: Optional["Wave"]


GetWave.model_rebuild()
GET_WAVE = Operation(
    name="getWave",
    kind="query",
    document="""query getWave($id: ID!) {
  wave(id: $id) {
    id
    name
    type
    scheduledTime
    sentBy
    body
    media
    lists {
      id
      name
      size
      createdBy
      createdAt
      lastUpdatedAt
      querySourceListName
      queryNameSearchTerm
    }
    totalMessages
    totalMessagesDelivered
    totalMessagesFailed
  }
}""",
    read=GetWave.model_validate,
)
