"""What can go wrong with a schema, beside what can go wrong with any call of the client."""

from volt.errors import VoltError


class SchemaError(VoltError):
    """A schema, or the queries, cannot be worked with. Nothing was sent, and nothing written."""


class IntrospectionRefusedError(SchemaError):
    """Volt answers, but does not tell its schema: introspection is turned off, or not allowed."""


class IncompleteSchemaError(SchemaError):
    """What Volt answered is not a whole, valid schema."""
