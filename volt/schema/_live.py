"""Read the live schema by introspection."""

import inspect
from typing import Any, cast

from graphql import build_client_schema, get_introspection_query

from volt import RejectedError, RequestRefusedError, Volt
from volt.schema._errors import IncompleteSchemaError, IntrospectionRefusedError
from volt.schema._items import built, normalized

#: What a server tells only if it knows the edition of the specification that brought it: the option
#: of `get_introspection_query`, and what shows it, by the names of the query below. To ask an older
#: server for one would be an error; not to ask a newer one would lose, say, deprecated arguments.
_OPTIONS = {
    "specified_by_url": ("type", "specifiedByURL"),
    "directive_is_repeatable": ("directive", "isRepeatable"),
    "schema_description": ("schema", "description"),
    "input_value_deprecation": ("inputValue", "isDeprecated"),
    "input_object_one_of": ("type", "isOneOf"),  # graphql-core 3.2
    "one_of": ("type", "isOneOf"),  # graphql-core 3.3
}
_EDITION = """
query Edition {
  type: __type(name: "__Type") { ...Fields }
  directive: __type(name: "__Directive") { ...Fields }
  inputValue: __type(name: "__InputValue") { ...Fields }
  schema: __type(name: "__Schema") { ...Fields }
}

fragment Fields on __Type {
  fields { name }
}
"""


def fetch(client: Volt) -> str:
    """Read the schema that Volt serves, by two queries.

    Args:
        client: Asks with its token, at its URL, within its deadline.

    Returns:
        The schema in GraphQL's schema language, descriptions included.

    Raises:
        IntrospectionRefusedError: Volt does not tell its schema.
        IncompleteSchemaError: What it told is not a whole, valid schema.
        AuthenticationError: Volt does not accept the token.
        UnreadableReplyError: The answer is not GraphQL.
        UnavailableError: Volt was not reached, or did not answer in time.
        VoltError: Any other error.
    """
    try:
        edition = client.execute(_EDITION)
        told = client.execute(get_introspection_query(**_options(edition)))
    except (RequestRefusedError, RejectedError) as error:
        raise IntrospectionRefusedError(
            f"Volt does not tell its schema: introspection is turned off, or not allowed to this "
            f"token [{error}]",
            attempts=error.attempts,
            status_code=error.status_code,
            errors=error.errors,
        ) from error
    try:
        sdl = normalized(build_client_schema(cast("Any", told)))
        sdl.encode()
        built(sdl, "it")
    except Exception as error:  # whatever graphql-core stumbles over in an odd answer
        raise IncompleteSchemaError(
            f"Volt's answer is not a whole schema: {' '.join(repr(error).split())[:300]}"
        ) from error
    return sdl


def _options(edition: dict[str, Any]) -> dict[str, bool]:
    known = inspect.signature(get_introspection_query).parameters
    return {
        option: True
        for option, (name, field) in _OPTIONS.items()
        if option in known and field in _field_names(edition.get(name))
    }


def _field_names(told: Any) -> set[str]:
    """The names of a type's fields; none, if a server tells nothing of it."""
    try:
        return {field["name"] for field in told["fields"]}
    except (TypeError, KeyError):
        return set()
