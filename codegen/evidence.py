"""The generated parts of `docs/volt-api.md`: what `schema.graphql` says, and the table of codes."""

import re
from collections.abc import Iterator
from pathlib import Path

from ariadne_codegen.utils import str_to_snake_case

from codegen.markdown import table
from codegen.queries import name_of, operations_of, read, root_fields
from volt.errors import VOLT_CODES
from volt.schema._items import Item, items_of
from volt.schema._notes import Note, read_note

#: The words of the notes, as the head of `schema.graphql` explains them; the strongest first.
SOURCES = [
    "introspection of the live API",
    "article",
    "vendor docs",
    "client code",
    "unproven client code",
]
_FIRST_SOURCE = re.compile("|".join(SOURCES))
_GUESS, _PURE_GUESS, _NOTHING = "guess", "pure guess", "not said"
_ROOTS = ("Query", "Mutation")


def parts(schema: Path, queries: Path) -> dict[str, str]:
    """The text of every part, by its name."""
    items = items_of(schema.read_text(encoding="utf-8"))
    return {
        "certainty": _certainty(items),
        "operations": "\n\n".join(_operations(items, _methods(queries))),
        "types": "\n\n".join(_types(items)),
        "codes": _codes(),
    }


def evidence(item: Item) -> str:
    """What an item is known from, in one of the words of `SOURCES`, or that it is guessed."""
    note = read_note(item.description)
    for source in note.of_kind("Source"):
        if found := _FIRST_SOURCE.match(source):
            return found[0]
    if note.of_kind("Pure guess"):
        return _PURE_GUESS
    return _GUESS if note.of_kind("Guess") else _NOTHING


def _is_noted(item: Item) -> bool:
    """Whether an item says where it is known from: an argument may leave it to its field."""
    is_argument = item.coordinate.endswith(":)")
    return item.coordinate not in _ROOTS and not (
        is_argument and not read_note(item.description).evidence
    )


def _certainty(items: dict[str, Item]) -> str:
    kinds: dict[str, list[Item]] = {kind: [] for kind in [*SOURCES, _GUESS, _PURE_GUESS, _NOTHING]}
    for item in filter(_is_noted, items.values()):
        kinds[evidence(item)].append(item)
    rows = [
        (
            kind,
            str(len(found)),
            str(sum(bool(_guessed(i)) for i in found)) if kind in SOURCES else "",
        )
        for kind, found in kinds.items()
        if found
    ]
    return table(("known from", "types, operations, fields", "of these, guessed in part"), rows)


def _guessed(item: Item) -> str:
    note = read_note(item.description)
    return " ".join([*note.of_kind("Guess"), *note.of_kind("Pure guess")])


def _known(note: Note) -> str:
    return " ".join(note.of_kind("Source"))


def _methods(queries: Path) -> dict[str, list[str]]:
    """The methods of the clients that ask for a root field, by its name."""
    methods: dict[str, list[str]] = {}
    for path in sorted(queries.rglob("*.graphql")):
        for operation in operations_of(read(path)):
            for field in root_fields(operation):
                found = methods.setdefault(field.name.value, [])
                found.append(str_to_snake_case(name_of(operation)))
    return methods


def _operations(items: dict[str, Item], methods: dict[str, list[str]]) -> Iterator[str]:
    for item in items.values():
        if item.parent not in _ROOTS:
            continue
        name = item.coordinate.partition(".")[2]
        kind = "query" if item.parent == "Query" else "mutation"
        asked = ", ".join(f"`{method}`" for method in methods.get(name, []))
        yield f"### `{name}`"
        yield from _about(item)
        yield f"A {kind}: `{item.tail[2:]}`. In the client: {asked or 'only `execute`'}."
        arguments = [a for a in items.values() if a.parent == item.coordinate]
        if arguments:
            yield table(("argument", "what it is"), [(_code(a), a.description) for a in arguments])


def _types(items: dict[str, Item]) -> Iterator[str]:
    for item in items.values():
        if item.parent or item.coordinate in _ROOTS:
            continue
        yield f"### `{item.coordinate}`"
        yield from _about(item)
        fields = [field for field in items.values() if field.parent == item.coordinate]
        if not fields:
            continue
        rows = [
            (_code(field), note.words, _known(note), _guessed(field))
            for field in fields
            for note in [read_note(field.description)]
        ]
        yield table(("", "what it is", "known from", "guessed"), rows)


def _code(item: Item) -> str:
    return f"`{item.head}{item.tail}`"


def _about(item: Item) -> Iterator[str]:
    note = read_note(item.description)
    yield note.words
    told = [f"**Known from:** {known}" for known in [_known(note)] if known]
    told += [f"**{kind}:** {text}" for kind, text in note.evidence if kind != "Source"]
    yield " ".join(told)


def _codes() -> str:
    labels = {True: "temporary", False: "permanent", None: ""}
    rows = [
        (str(code.code), code.group, code.meaning, labels[code.temporary])
        for code in VOLT_CODES.values()
    ]
    return table(("code", "group", "meaning", "the vendor calls it"), rows)
