"""The descriptions of `schema.graphql`: words, where they are known from, and guesses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import Literal, get_args

#: How a description ends that the live schema gave.
SOURCE = "Source: introspection of the live API."
#: How it ends where the live schema has no words for a changed item, and ours are kept.
SOURCE_OF_SIGNATURE = "Source: introspection of the live API; the words are older."

Kind = Literal["Source", "Guess", "Pure guess"]

_KINDS = re.compile(rf"(?:^|(?<=[.] ))({'|'.join(get_args(Kind))}): ")


@dataclass(frozen=True)
class Note:
    """A description, taken apart."""

    words: str
    """What it says of the item; "" if nothing. Paragraphs are a blank line apart."""
    evidence: tuple[tuple[str, str], ...]
    """The rest, in its order: each with its kind, such as `("Source", "vendor docs.")`."""

    def of_kind(self, kind: Kind) -> tuple[str, ...]:
        """The texts of one kind."""
        return tuple(text for name, text in self.evidence if name == kind)


def read_note(description: str) -> Note:
    """Take a description apart: its last paragraphs may begin with `Source:` or `Guess:`."""
    paragraphs = [text for text in re.split(r"\n{2,}", description.strip()) if text]
    words = [text for text in paragraphs if not _KINDS.match(text)]
    evidence = [entry for text in paragraphs if text not in words for entry in _evidence(text)]
    return Note("\n\n".join(words), tuple(evidence))


def _evidence(paragraph: str) -> Iterator[tuple[str, str]]:
    _, *parts = _KINDS.split(" ".join(paragraph.split()))
    yield from zip(parts[::2], (text.strip() for text in parts[1::2]), strict=True)


def noted(description: str) -> str:
    """A live description, with the line that says so."""
    words = plain(description).removesuffix(SOURCE).rstrip()
    return f"{words}\n\n{SOURCE}" if words else SOURCE


def plain(description: str) -> str:
    """A description as text that GraphQL can hold: nothing but what is printed."""
    lines = cleandoc(description.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(
        "".join(character if character.isprintable() else " " for character in line).rstrip()
        for line in lines
    )


def described(description: str, indent: str) -> str:
    """A description before its item, as a block string."""
    if not description:
        return ""
    lines = description.replace('"""', '\\"""').split("\n")
    text = "\n".join(f"{indent}{line}".rstrip() for line in lines)
    return f'"""\n{text}\n{indent}"""\n{indent}'
