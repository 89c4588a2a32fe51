# Made by `make codegen` from schema.graphql and queries/. Do not edit.


from pydantic import Field

from .base_model import BaseModel


class ContactCustomFieldInput(BaseModel):
    """A contact's own field, to be written.

    Source: unproven client code, the name alone: only an empty list of them was seen."""

    key: str | None = None
    "The field's name.\n\nPure guess: no program was seen to send it."
    value: str | None = None
    "What the field says of the contact.\n\nPure guess: no program was seen to send it."


class ListQuery(BaseModel):
    """A list of contacts, to be written, and what puts contacts on it.

    Source: client code, the name alone: no program was seen to fill one."""

    list_name: str | None = Field(alias="listName", default=None)
    "The list's name.\n\nPure guess: no program was seen to send it."
    source_list_name: str | None = Field(alias="sourceListName", default=None)
    "The list to take the contacts from.\n\nPure guess: no program was seen to send it."
    name_search_term: str | None = Field(alias="nameSearchTerm", default=None)
    "What the names of the contacts have in common.\n\nPure guess: no program was seen to send it."
