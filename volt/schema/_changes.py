"""What a live schema breaks: by graphql-core's rules, and in which of our queries."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum

from graphql import (
    BreakingChange,
    DocumentNode,
    GraphQLError,
    Node,
    Source,
    concat_ast,
    find_breaking_changes,
    find_dangerous_changes,
    parse,
    validate,
)

from volt.schema._errors import SchemaError
from volt.schema._items import built
from volt.schema._uses import Use, uses_of


class Severity(IntEnum):
    """How bad the difference between two schemas is. The numbers are the command's exit codes."""

    NONE = 0
    """Nothing that worked stops working."""
    BREAKS_QUERIES = 1
    """A query of ours is refused, or its types are others."""
    BREAKING = 2
    """Something breaks, but nothing that a query of ours uses."""
    DANGEROUS = 3
    """Nothing breaks that the rules know; what is added may surprise."""


@dataclass(frozen=True)
class Place:
    """Where a query breaks."""

    file: str
    line: int
    column: int
    reason: str
    queries: tuple[str, ...]
    """The queries that contain it, by name: more than one, if it is in a fragment."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.reason}"


@dataclass(frozen=True)
class Change:
    """One breaking or dangerous change, in graphql-core's words."""

    kind: str
    """Such as `FIELD_REMOVED`."""
    description: str
    is_breaking: bool
    places: tuple[Place, ...] = ()
    """What it breaks in our queries; empty if none uses it."""


@dataclass(frozen=True)
class Comparison:
    """How a live schema differs from the vendored one, for those who call it."""

    changes: tuple[Change, ...]
    unexplained: tuple[Place, ...]
    """What else is wrong with the queries on the live schema, but not on the vendored one."""

    @property
    def severity(self) -> Severity:
        """The worst of it, for us."""
        if self.unexplained or any(change.places for change in self.changes):
            return Severity.BREAKS_QUERIES
        if any(change.is_breaking for change in self.changes):
            return Severity.BREAKING
        return Severity.DANGEROUS if self.changes else Severity.NONE


def compare(
    vendored: str, live: str, queries: Mapping[str, str], *, name: str = "the vendored schema"
) -> Comparison:
    """List the breaking and dangerous changes, and what each breaks in the queries.

    A query is broken where the live schema refuses it. It counts as broken, too, where it is valid
    still, but what it returns or takes has another type: then its Python types change.

    Args:
        vendored: The vendored schema, in GraphQL's schema language.
        live: The live schema, in the same.
        queries: The text of every query, and of the fragments they share, by file.
        name: What to call the vendored schema in an error.

    Raises:
        SchemaError: A schema is not valid, or a query is not GraphQL.
    """
    before, after = built(vendored, name), built(live, "the live schema")
    document = concat_ast([_parsed(text, file) for file, text in queries.items()])
    known = {str(error) for error in validate(before, document)}
    errors = [error for error in validate(after, document) if str(error) not in known]
    uses = uses_of(document, before)
    places = _Places(errors)
    breaking = [
        Change(change.type.name, change.description, True, places.broken_by(change, uses))
        for change in find_breaking_changes(before, after)
    ]
    dangerous = [
        Change(change.type.name, change.description, False)
        for change in find_dangerous_changes(before, after)
    ]
    return Comparison((*breaking, *dangerous), places.unexplained())


def _parsed(text: str, file: str) -> DocumentNode:
    try:
        return parse(Source(text, file))
    except GraphQLError as error:
        raise SchemaError(f"{file} is not GraphQL: {error}") from None


#: Where graphql-core's words say what has changed, first by 3.3, then by 3.2.
_SUBJECTS = [
    (re.compile(pattern), coordinate)
    for pattern, coordinate in [
        (r"(\w+\.\w+)\((\w+):\)", r"\1(\2:)"),
        (r"(\w+\.\w+) arg (\w+)", r"\1(\2:)"),
        (r"arg (\w+) on (\w+\.\w+)", r"\2(\1:)"),
        (r"field (\w+) on input type (\w+)", r"\2.\1"),
        (r"(\w+) was removed from enum type (\w+)", r"\2.\1"),
        (r"was removed from union type (\w+)", r"\1"),
        (r"(\w+\.\w+)", r"\1"),
        (r"^(?:Standard scalar )?(\w+)", r"\1"),
    ]
]
#: Changes that may leave a query which uses the item as it was: only validation can tell.
_SEEN_BY_VALIDATION_ALONE = frozenset(
    "ARG_REMOVED ARG_CHANGED_KIND IMPLEMENTED_INTERFACE_REMOVED TYPE_REMOVED_FROM_UNION".split()
)
_STILL_VALID = "still valid, but what it takes or returns is another type"


def subject_of(kind: str, description: str) -> str | None:
    """The coordinate of the item that a breaking change is about; None for a directive.

    Of something required that was added, it is the item that needs it now.
    """
    if "DIRECTIVE" in kind:
        return None
    for pattern, coordinate in _SUBJECTS:
        if match := pattern.search(description):
            subject = match.expand(coordinate)
            if kind == "REQUIRED_ARG_ADDED":
                return subject.partition("(")[0]
            return subject.partition(".")[0] if kind == "REQUIRED_INPUT_FIELD_ADDED" else subject
    return None


class _Places:
    """Where the queries are broken, by what."""

    def __init__(self, errors: Collection[GraphQLError]) -> None:
        self.errors = errors
        self.explained: set[int] = set()

    def broken_by(self, change: BreakingChange, uses: Mapping[str, list[Use]]) -> tuple[Place, ...]:
        kind = change.type.name
        found = uses.get(subject_of(kind, change.description) or "", [])
        refused = [use for use in found if self.errors_at(use)]
        if kind in _SEEN_BY_VALIDATION_ALONE or (kind == "TYPE_REMOVED" and refused):
            found = refused
        self.explained |= {id(error) for use in found for error in self.errors_at(use)}
        return tuple(self.place(use) for use in found)

    def unexplained(self) -> tuple[Place, ...]:
        """The errors that no change accounts for."""
        return tuple(
            Place(*_position(error.nodes[0]), error.message, ())
            for error in self.errors
            if id(error) not in self.explained and error.nodes
        )

    def errors_at(self, use: Use) -> list[GraphQLError]:
        return [
            error
            for error in self.errors
            if any(node is use.node or node is use.value for node in error.nodes or ())
        ]

    def place(self, use: Use) -> Place:
        reason = " ".join(error.message for error in self.errors_at(use)) or _STILL_VALID
        return Place(*_position(use.node), reason, use.queries)


def _position(node: Node) -> tuple[str, int, int]:
    assert node.loc is not None, "parsed with locations"  # noqa: S101 - for the type checker
    place = node.loc.source.get_location(node.loc.start)
    return node.loc.source.name, place.line, place.column
