# Made by `make codegen` from schema.graphql and queries/. Do not edit.


from pydantic import Field

from .inputs import InputModel


class ContactCustomFieldInput(InputModel):
    """A contact's own field, to be written.

    Source: unproven client code, the name alone: only an empty list of them was seen.
    """

    key: str | None = None
    """The field's name.

    Pure guess: no program was seen to send it.
    """
    value: str | None = None
    """What the field says of the contact.

    Pure guess: no program was seen to send it.
    """


class ListQuery(InputModel):
    """A list of contacts, to be written, and what puts contacts on it.

    Source: client code, the name alone: no program was seen to fill one.
    """

    list_name: str | None = Field(
        validation_alias="listName", default=None, serialization_alias="listName"
    )
    """The list's name.

    Pure guess: no program was seen to send it.
    """
    source_list_name: str | None = Field(
        validation_alias="sourceListName",
        default=None,
        serialization_alias="sourceListName",
    )
    """The list to take the contacts from.

    Pure guess: no program was seen to send it.
    """
    name_search_term: str | None = Field(
        validation_alias="nameSearchTerm",
        default=None,
        serialization_alias="nameSearchTerm",
    )
    """What the names of the contacts have in common.

    Pure guess: no program was seen to send it.
    """


ContactCustomFieldInput.model_rebuild()
ListQuery.model_rebuild()
