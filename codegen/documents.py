"""The documents that are made, or made in part, from docstrings and from `schema.graphql`.

A part stands between two comments, which GitHub does not show: `<!-- made: NAME -->` and
`<!-- end -->`. Everything around them is written by hand.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from codegen.evidence import parts
from codegen.reference import reference

REFERENCE = Path("docs/reference.md")
API = Path("docs/volt-api.md")

_PART = re.compile(r"(<!-- made: ([\w-]+) -->\n).*?(^<!-- end -->$)", re.DOTALL | re.MULTILINE)


def documents(generated: Path) -> Iterator[tuple[Path, str]]:
    """Each file and what belongs in it; `generated` is the folder of the generated package."""
    yield REFERENCE, reference(generated)
    made = parts(Path("schema.graphql"), Path("queries"))
    yield API, filled(API.read_text(encoding="utf-8"), made)


def filled(page: str, made: Mapping[str, str]) -> str:
    """Put the parts in their places.

    Raises:
        ValueError: The page has other parts than there are.
    """
    names = [match[2] for match in _PART.finditer(page)]
    if sorted(names) != sorted(made):
        raise ValueError(f"the page has the parts {names}, and there are {[*made]}")
    return _PART.sub(lambda match: f"{match[1]}\n{made[match[2]]}\n\n{match[3]}", page)
