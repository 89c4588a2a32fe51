"""Keep `schema.graphql` true to the live API: read that by introspection, merge it in, compare.

`fetch` reads the live schema, `merge` brings a vendored one up to date with it, and `compare` lists
what it breaks, and in which queries. `python -m volt.schema pull` and `diff` do it with files. All
of it needs graphql-core, which the extra `volt-sms[sandbox]` brings.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from volt.schema._changes import Change, Comparison, Place, Severity, compare
    from volt.schema._errors import (
        IncompleteSchemaError,
        IntrospectionRefusedError,
        SchemaError,
    )
    from volt.schema._live import fetch
    from volt.schema._merge import Merged, merge

__all__ = [
    "Change",
    "Comparison",
    "IncompleteSchemaError",
    "IntrospectionRefusedError",
    "Merged",
    "Place",
    "SchemaError",
    "Severity",
    "compare",
    "fetch",
    "merge",
]

_HOMES = {
    "IncompleteSchemaError": "_errors",
    "IntrospectionRefusedError": "_errors",
    "SchemaError": "_errors",
    "Merged": "_merge",
    "merge": "_merge",
    "fetch": "_live",
}


if not TYPE_CHECKING:  # a type checker shall see a misspelt name

    def __getattr__(name: str) -> object:
        """Load a name on first use, so that `python -m volt.schema` can name a missing extra."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_HOMES.get(name, '_changes')}"), name)
