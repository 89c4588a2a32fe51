# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from pydantic import Field

from .fragments import List
from .operation import Operation
from .results import OperationResult


class CreateOrUpdateList(OperationResult):
    """The `data` of `createOrUpdateList`."""

    create_or_update_list: "List" = Field(alias="createOrUpdateList")


CreateOrUpdateList.model_rebuild()
CREATE_OR_UPDATE_LIST = Operation(
    name="createOrUpdateList",
    kind="mutation",
    document="""mutation createOrUpdateList($primaryPhone: String!, $listQuery: ListQuery!) {
  createOrUpdateList(primaryPhone: $primaryPhone, listQuery: $listQuery) {
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
    read=CreateOrUpdateList.model_validate,
    repeatable=True,
)
