"""The options that several commands share, each described once."""

from typing import Annotated, TypeAlias

from cyclopts import Parameter

JSON: TypeAlias = Annotated[
    bool,
    Parameter(
        "--json",
        negative=(),
        help="One JSON object a line, as into a pipe or a file.",
        show_default=False,
    ),
]
From: TypeAlias = Annotated[
    str | None,
    Parameter("--from", help="The number to send from; else VOLT_FROM.", metavar="NUMBER"),
]
Own: TypeAlias = Annotated[
    str | None,
    Parameter("--from", help="Your organization's number; else VOLT_FROM.", metavar="NUMBER"),
]
Account: TypeAlias = Annotated[
    str | None,
    Parameter(
        "--account", help="The main number of the account; else VOLT_FROM.", metavar="NUMBER"
    ),
]
Body: TypeAlias = Annotated[
    str | None,
    Parameter("--body", help="The text; - reads it from standard input.", metavar="TEXT"),
]
BodyFile: TypeAlias = Annotated[
    str | None,
    Parameter("--body-file", help="Read the text from this file, in UTF-8.", metavar="FILE"),
]
Media: TypeAlias = Annotated[
    list[str] | None,
    Parameter(
        "--media",
        help="A public URL of a JPEG, PNG, GIF or VCF file, for an MMS; repeat it for several.",
        metavar="URL",
        negative=(),
        consume_multiple=False,
    ),
]
Limit: TypeAlias = Annotated[
    int, Parameter("--limit", help="How many at the most; 0: all.", metavar="N")
]
