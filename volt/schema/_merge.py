"""Bring a vendored schema up to date with the live one, without losing what its notes say.

Works on the text: whatever the live schema has too, as it was, is copied letter by letter.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphql import GraphQLSchema, Node, SchemaDefinitionNode, TokenKind

from volt.schema._errors import SchemaError
from volt.schema._items import (
    SCHEMA,
    Item,
    ItemNode,
    built,
    coordinate_of,
    items_of,
    members,
    needs_schema_definition,
    normalized,
    takes_arguments,
)
from volt.schema._notes import SOURCE, SOURCE_OF_SIGNATURE, described, noted, plain, read_note

_INDENT = "  "


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A vendored schema, brought up to date. Items go by their coordinates: `Message.status`."""

    text: str
    """The new text; the old one, byte for byte, if nothing is different."""
    added: tuple[str, ...]
    """What only the live schema has; of a type, its name alone."""
    removed: tuple[str, ...]
    """What only the vendored schema has; of a type, its name alone."""
    changed: tuple[str, ...]
    """What both have, differently: `Message.status: String → Int`."""
    guessed: tuple[str, ...]
    """The guesses about items that the live schema has too, with the type that was guessed."""


def merge(vendored: str, live: str, *, name: str = "the vendored schema") -> Merged:
    """Rewrite the text of a vendored schema so that it says what the live one says.

    An item that is the same in both keeps its description, its comments and its place. One that is
    new or different gets the live description and a line that names this source; a new one stands
    behind the item that it follows in the live schema. One that is gone goes, with the comments
    right above it. A description that once came from the live schema follows it.

    Args:
        vendored: The vendored schema, in GraphQL's schema language.
        live: The live schema, in the same.
        name: What to call the vendored schema in an error.

    Raises:
        SchemaError: One of the two is not a valid schema, or the vendored one uses `extend`.
    """
    return _Merge(vendored, built(vendored, name), built(live, "the live schema")).merged()


@dataclass
class _Chunk:
    """A piece of the text between two brackets: an item with its comments, or comments alone."""

    coordinate: str | None
    separator: str
    """The white space before it; a comma, where all is on one line."""
    text: str


class _Merge:
    def __init__(self, text: str, vendored: GraphQLSchema, live: GraphQLSchema) -> None:
        self.original = text
        self.text = text.replace("\r\n", "\n")
        self.written = items_of(self.text)
        self.old = items_of(normalized(vendored))
        self.live = items_of(normalized(live))
        self.new = dict(self.live)
        if SCHEMA not in self.written:
            del self.old[SCHEMA]
            if not needs_schema_definition(live):
                del self.new[SCHEMA]
        self.inside: dict[str, list[str]] = {}
        for item in self.new.values():
            self.inside.setdefault(item.parent, []).append(item.coordinate)

    def merged(self) -> Merged:
        both = [name for name in self.old if name in self.new]
        changed = [name for name in both if self.has_changed(name)]
        return Merged(
            text=self.merged_text(),
            added=_outermost(self.new, self.old),
            removed=_outermost(self.old, self.new),
            changed=tuple(
                f"{name}: {_said(self.old[name])} → {_said(self.new[name])}" for name in changed
            ),
            guessed=tuple(
                f"{name}: {text}"
                for name in both
                if name not in changed
                for kind, text in read_note(self.written[name].description).evidence
                if kind != "Source"
            ),
        )

    def merged_text(self) -> str:
        if self.old.keys() == self.new.keys() and not any(map(self.has_new_note, self.new)):
            return self.original
        definitions = [item.node for item in self.written.values() if not item.parent]
        text = self.between("", definitions, 0, len(self.text), depth=0)
        result = items_of(normalized(built(text, "the merged schema")))
        if _signatures(result.values()) != _signatures(self.live.values()):
            raise SchemaError("the merged schema would not be the live one; please report this")
        return text.replace("\n", "\r\n") if "\r\n" in self.original else text

    def has_changed(self, coordinate: str) -> bool:
        return self.old[coordinate].signature != self.new[coordinate].signature

    def has_new_note(self, coordinate: str) -> bool:
        """Whether the description of an item that both have is to be written anew."""
        written = self.written[coordinate].description
        if self.has_changed(coordinate):
            return True
        return written.endswith(SOURCE) and written != noted(self.new[coordinate].description)

    # What is old is copied, with what is different in it.

    def between(
        self, parent: str, nodes: Sequence[ItemNode], start: int, end: int, *, depth: int
    ) -> str:
        """Rewrite what is between two brackets, or the whole document."""
        chunks, closing = self.chunks(parent, nodes, start, end, depth=depth)
        is_on_one_line = "\n" not in self.text[start:end]
        first = next(iter(chunks), None)
        if is_on_one_line and any(map(self.takes_lines, self.inside[parent])):
            for chunk in chunks:
                chunk.separator, chunk.text = "\n\n", _INDENT * depth + chunk.text
            is_on_one_line, first, closing = False, None, "\n" + _INDENT * (depth - 1)
        chunks = [chunk for chunk in chunks if not chunk.coordinate or chunk.coordinate in self.new]
        self.insert(parent, chunks, depth=depth)
        if chunks[0] is not first:
            chunks[0].separator = "\n" if depth and not is_on_one_line else ""
        return "".join(chunk.separator + chunk.text for chunk in chunks) + closing

    def takes_lines(self, coordinate: str) -> bool:
        """Whether a description goes in, which takes lines of its own."""
        return coordinate not in self.old or self.has_new_note(coordinate)

    def insert(self, parent: str, chunks: list[_Chunk], *, depth: int) -> None:
        """Put what is new behind what it follows in the live schema, else before everything."""
        places = [chunk.coordinate for chunk in chunks]
        place = next((at for at, name in enumerate(places) if name), len(chunks))
        for name in self.inside[parent]:
            if name in self.old:
                place = [chunk.coordinate for chunk in chunks].index(name) + 1
                continue
            chunks.insert(place, _Chunk(name, "\n\n", _INDENT * depth + self.fresh(name, depth)))
            place += 1
            if place < len(chunks) and chunks[place].separator.count("\n") < 2:
                chunks[place].separator = "\n\n"

    def chunks(
        self, parent: str, nodes: Sequence[ItemNode], start: int, end: int, *, depth: int
    ) -> tuple[list[_Chunk], str]:
        """Take apart what is between two brackets; the rest is the white space at the end."""
        chunks: list[_Chunk] = []
        position = start
        for node in nodes:
            coordinate = coordinate_of(node, parent)
            begin, position_after = _span(node)
            white, own = self.comments(chunks, position, begin)
            text = own + self.kept(coordinate, depth) if coordinate in self.new else ""
            chunks.append(_Chunk(coordinate, white, text))
            position = position_after
        white, own = self.comments(chunks, position, end)
        return chunks, white + own

    def comments(self, chunks: list[_Chunk], start: int, end: int) -> tuple[str, str]:
        """Sort what is between two items by what it belongs to: the first, neither, the second.

        Returns:
            The white space before the second, and its own comments with its indent.
        """
        behind, newline, rest = self.text[start:end].partition("\n")
        if not newline:
            return behind, ""
        if chunks:
            chunks[-1].text += behind
        elif behind.strip():
            chunks.append(_Chunk(None, "", behind))
        rest = newline + rest
        blank_lines = list(re.finditer(r"\n[ \t]*(?=\n)", rest))
        cut = blank_lines[-1].end() if blank_lines else 0
        apart, own = rest[:cut], rest[cut:]
        comments = apart.strip("\n")
        if "#" not in comments:
            return apart + "\n", own[1:]
        before, after = apart.split(comments)
        chunks.append(_Chunk(None, before, comments))
        return after + "\n", own[1:]

    def kept(self, coordinate: str, depth: int) -> str:
        """The text of an item that both have, with what is different in it."""
        node, old, new = self.written[coordinate].node, self.old[coordinate], self.new[coordinate]
        start, end = _span(node)
        is_rewritten = self.has_new_note(coordinate)
        note = described(self.note(coordinate), _INDENT * depth) if is_rewritten else ""
        if isinstance(node, SchemaDefinitionNode):
            return note + new.signature if is_rewritten else self.text[start:end]
        name_end = _span(node.name)[1]
        head = note + new.head if is_rewritten else self.text[start:name_end]
        inner, is_before_tail = members(node), takes_arguments(node) or takes_arguments(new.node)
        if inner:
            opened, closed = _brackets(inner)
            inner_span = opened + 1, closed - 1
        else:
            opened = closed = name_end if is_before_tail else end
            inner_span = end, end
        inside = None
        if coordinate in self.inside:
            inside = self.between(coordinate, inner, *inner_span, depth=depth + 1)
        if is_before_tail:
            tail = self.text[closed:end] if old.tail == new.tail else new.tail
            return head + (f"{self.text[name_end:opened]}({inside})" if inside else "") + tail
        tail = self.text[name_end:opened] if old.tail == new.tail else new.tail
        space = tail[len(tail.rstrip()) :] or " "
        return head + tail.rstrip() + (f"{space}{{{inside}}}" if inside else "")

    def note(self, coordinate: str) -> str:
        """What to say of an item whose description is written anew."""
        live, written = self.new[coordinate].description, self.written[coordinate].description
        words = read_note(written).words
        return noted(live) if live or not words else f"{words}\n\n{SOURCE_OF_SIGNATURE}"

    # What is new is printed.

    def fresh(self, coordinate: str, depth: int, *, is_in_new: bool = False) -> str:
        """The text of an item that only the live schema has."""
        item = self.new[coordinate]
        # The arguments of a new field share its note.
        has_note = not (is_in_new and coordinate.endswith(":)"))
        note = noted(item.description) if has_note else plain(item.description)
        head = described(note, _INDENT * depth) + item.head
        inner = [
            self.fresh(name, depth + 1, is_in_new=True) for name in self.inside.get(coordinate, ())
        ]
        if not inner:
            return head + item.tail
        indent = _INDENT * (depth + 1)
        inside = "\n\n".join(indent + text for text in inner)
        inside = f"\n{inside}\n{_INDENT * depth}"
        if not takes_arguments(item.node):
            return f"{head}{item.tail} {{{inside}}}"
        if not any("\n" in text for text in inner):
            inside = ", ".join(inner)
        return f"{head}({inside}){item.tail}"


def _span(node: Node) -> tuple[int, int]:
    assert node.loc is not None, "parsed with locations"  # noqa: S101 - for the type checker
    return node.loc.start, node.loc.end


def _brackets(inner: Sequence[Node]) -> tuple[int, int]:
    """Where the brackets around some nodes begin and end."""
    first, last = inner[0].loc, inner[-1].loc
    assert first is not None and last is not None, "parsed with locations"  # noqa: PT018, S101
    before, after = first.start_token.prev, last.end_token.next
    while before and before.kind is TokenKind.COMMENT:
        before = before.prev
    while after and after.kind is TokenKind.COMMENT:
        after = after.next
    assert before and after, "there are brackets"  # noqa: PT018, S101
    return before.start, after.end


def _outermost(items: Mapping[str, Item], others: Mapping[str, Item]) -> tuple[str, ...]:
    """The items that the others lack, without what is inside such an item."""
    lacking = {name: item for name, item in items.items() if name not in others}
    return tuple(name for name, item in lacking.items() if item.parent not in lacking)


def _said(item: Item) -> str:
    """An item in one line; of a field or an argument, only what comes behind its name."""
    is_typed = item.tail.startswith(": ")
    return " ".join((item.tail[2:] if is_typed else item.signature).split())


def _signatures(items: Iterable[Item]) -> dict[str, str]:
    return {item.coordinate: item.signature for item in items}
