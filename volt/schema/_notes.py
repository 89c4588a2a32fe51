"""What a description in `schema.graphql` says: words, where they are known from, and guesses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

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
