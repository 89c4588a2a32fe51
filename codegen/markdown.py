"""Pieces of Markdown, as GitHub reads it."""

import re
from collections.abc import Iterable, Sequence


def line(text: str) -> str:
    """A text as one line."""
    return " ".join(text.split())


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a `|` in a cell is no border."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        f"| {' | '.join(line(cell).replace('|', chr(92) + '|') for cell in cells)} |"
        for cells in lines
    )


def anchor(heading: str) -> str:
    """What GitHub makes of a heading, to link to it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
