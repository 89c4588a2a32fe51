# Made by `make codegen` from schema.graphql and queries/. Do not edit.

from typing import Optional

from .fragments import ContactDetails
from .operation import Operation
from .results import OperationResult


class GetContactDetails(OperationResult):
    """The `data` of `getContactDetails`."""

    contact: Optional["ContactDetails"]


GetContactDetails.model_rebuild()
GET_CONTACT_DETAILS = Operation(
    name="getContactDetails",
    kind="query",
    document="""query getContactDetails($primaryPhone: String!, $phoneNumber: String!) {
  contact(primaryPhone: $primaryPhone, phoneNumber: $phoneNumber) {
    id
    phoneNumber
    name
    mappedNumber
    blocked
    createdAt
    lastUpdatedAt
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
  }
}""",
    read=GetContactDetails.model_validate,
)
