# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from typing import Optional

from .fragments import Contact
from .operation import Operation
from .results import OperationResult


class GetContact(OperationResult):
    """The `data` of `getContact`."""

    contact: Optional["Contact"]


GetContact.model_rebuild()
GET_CONTACT = Operation(
    name="getContact",
    kind="query",
    document="""query getContact($primaryPhone: String!, $phoneNumber: String!) {
  contact(primaryPhone: $primaryPhone, phoneNumber: $phoneNumber) {
    id
    phoneNumber
    name
    mappedNumber
    blocked
    createdAt
    lastUpdatedAt
  }
}""",
    read=GetContact.model_validate,
)
