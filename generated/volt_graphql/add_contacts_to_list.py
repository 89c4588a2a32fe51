# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from pydantic import Field

from .fragments import List
from .operation import Operation
from .results import OperationResult


class AddContactsToList(OperationResult):
    """The `data` of `addContactsToList`."""

    add_contacts_to_list: "List" = Field(alias="addContactsToList")


AddContactsToList.model_rebuild()
ADD_CONTACTS_TO_LIST = Operation(
    name="addContactsToList",
    kind="mutation",
    document="""mutation addContactsToList($primaryPhone: String!, $listName: String!, $phoneNumbers: [String!]!) {
  addContactsToList(
    primaryPhone: $primaryPhone
    listName: $listName
    phoneNumbers: $phoneNumbers
  ) {
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
    read=AddContactsToList.model_validate,
)
