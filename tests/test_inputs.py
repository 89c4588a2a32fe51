"""Input objects: what is sent of them, and what is seen of them."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from volt import ContactCustomFieldInput, ListQuery
from volt._wire import encode
from volt_graphql import CREATE_OR_UPDATE_LIST


def sent(query: ListQuery) -> dict[str, Any]:
    variables: dict[str, Any] = json.loads(encode(CREATE_OR_UPDATE_LIST, {"q": query}))["variables"]
    return variables


def test_only_what_was_set_is_sent_by_its_graphql_name() -> None:
    """A null says something else than nothing."""
    assert sent(ListQuery(list_name="VIP")) == {"q": {"listName": "VIP"}}
    assert sent(ListQuery(list_name="VIP", name_search_term=None)) == {
        "q": {"listName": "VIP", "nameSearchTerm": None}
    }


def test_a_field_that_the_schema_does_not_know_is_sent_as_given() -> None:
    """What the schema says of these objects is a guess."""
    query = ListQuery.model_validate({"name": "VIP", "listName": "VIP"})
    assert sent(query) == {"q": {"name": "VIP", "listName": "VIP"}}


def test_no_value_is_seen_in_a_repr_or_an_error() -> None:
    """It may be a number or a name."""
    field = ContactCustomFieldInput.model_validate({"value": "+15555550145", "of": "Ann"})
    assert repr(field) == str(field) == f"{field}" == "ContactCustomFieldInput(of, value)"
    with pytest.raises(ValidationError) as caught:
        ListQuery.model_validate({"listName": 15555550145})
    assert "list_name" in str(caught.value) or "listName" in str(caught.value)
    assert "15555550145" not in str(caught.value)
