# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from typing import Optional

from pydantic import Field

from .fragments import List
from .operation import Operation
from .results import OperationResult


class GetList(OperationResult):
    """The `data` of `getList`."""

    list_: Optional["List"] = Field(alias="list")


GetList.model_rebuild()
GET_LIST = Operation(
    name="getList",
    kind="query",
    document="""query getList($primaryPhone: String!, $listName: String!) {
  list(primaryPhone: $primaryPhone, listName: $listName) {
    id
    name
    size
    createdBy
    createdAt
    lastUpdatedAt
    querySourceListName
    queryNameSearchTerm
  }
}""",
    read=GetList.model_validate,
)
