# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from pydantic import Field

from .fragments import Contact
from .operation import Operation
from .results import OperationResult


class CreateOrUpdateContact(OperationResult):
    """The `data` of `createOrUpdateContact`."""

    create_or_update_contact: "Contact" = Field(alias="createOrUpdateContact")


CreateOrUpdateContact.model_rebuild()
CREATE_OR_UPDATE_CONTACT = Operation(
    name="createOrUpdateContact",
    kind="mutation",
    document="""mutation createOrUpdateContact($name: String!, $phoneNumber: String!, $accountPhone: String!, $customFields: [ContactCustomFieldInput!]!, $blocked: Boolean!) {
  createOrUpdateContact(
    name: $name
    phoneNumber: $phoneNumber
    accountPhone: $accountPhone
    customFields: $customFields
    blocked: $blocked
  ) {
    id
    phoneNumber
    name
    mappedNumber
    blocked
    createdAt
    lastUpdatedAt
  }
}""",
    read=CreateOrUpdateContact.model_validate,
    repeatable=True,
)
