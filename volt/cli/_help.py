"""How the help of a command looks, and how a wrong argument is explained."""

from textwrap import wrap
from typing import TYPE_CHECKING

from cyclopts import CycloptsError
from cyclopts.exceptions import (
    CoercionError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

if TYPE_CHECKING:
    from cyclopts.help import HelpEntry, HelpPanel
    from rich.console import Console, ConsoleOptions

#: Where the descriptions of options begin, at the most; a longer option gets a line of its own.
_COLUMN = 24
_WIDEST = 100


class HelpLayout:
    """Prints help like the overview: bold headings, two columns, no boxes."""

    show_metavar = True

    def __call__(self, console: "Console", options: "ConsoleOptions", panel: "HelpPanel") -> None:
        """Print the commands, arguments or options under one heading."""
        rows = [
            (", ".join(entry.display_labels_with_metavar), _about(entry)) for entry in panel.entries
        ]
        if not rows:
            return
        column = min(_COLUMN, max(len(label) for label, _ in rows)) + 4
        width = min(console.width, _WIDEST)
        lines: list[str] = []
        for label, about in rows:
            lead = f"  {label}"
            if len(lead) > column - 2:
                lines.append(lead)
                lead = ""
            lines += wrap(
                about or " ",
                width,
                initial_indent=lead.ljust(column),
                subsequent_indent=" " * column,
                break_on_hyphens=False,
            ) or [lead]
        _print(console, _plain(panel.title), *lines)

    def render_usage(self, console: "Console", options: "ConsoleOptions", usage: object) -> None:
        """Print how the command is called."""
        words = _plain(usage).removeprefix("Usage:").strip()
        width = min(console.width, _WIDEST)
        first, *rest = wrap(f"Usage: {words}", width, subsequent_indent=" " * 11)
        _print(console, "Usage:", *rest, after=first.removeprefix("Usage:"))

    def render_description(
        self, console: "Console", options: "ConsoleOptions", description: object
    ) -> None:
        """Print what the command does, and its examples."""
        width = min(console.width, _WIDEST)
        for paragraph in _plain(description).split("\n\n"):
            title, _, examples = paragraph.strip().partition(":\n")
            if examples:
                _print(console, title, *examples.split("\n"))
            else:
                console.print("\n".join(wrap(" ".join(paragraph.split()), width)), end="\n\n")


def _about(entry: "HelpEntry") -> str:
    words = [_plain(entry.description)]
    if entry.choices:
        words.append(f"One of: {', '.join(entry.choices)}.")
    if entry.default not in (None, "False"):
        words.append(f"Default: {entry.default}.")
    if entry.required and not entry.positional_label:
        words.append("Required.")
    return " ".join(filter(None, words))


def _print(console: "Console", title: str, *lines: str, after: str = "") -> None:
    from rich.text import Text

    console.print(
        Text.assemble((title, "bold"), after), *lines, sep="\n", end="\n\n", soft_wrap=True
    )


def _plain(renderable: object) -> str:
    """What a part of the help says: a string, or something that rich can print."""
    from rich.console import Console

    console = Console(width=10_000, color_system=None, markup=False, emoji=False, highlight=False)
    with console.capture() as capture:
        console.print("" if renderable is None else renderable)
    return "\n".join(line.rstrip() for line in capture.get().split("\n")).strip("\n")


def fault_of(error: CycloptsError) -> str:
    """What is wrong with the arguments, without repeating values: one may be a text or a number."""
    name = error.argument.name if error.argument else ""
    match error:
        case UnknownOptionError():
            return _unknown(error)
        case MissingArgumentError():
            return f"{name}: missing, or without a value"
        case CoercionError():
            return f"{name}: not of the kind that it takes; --help says which"
        case RepeatArgumentError():
            return f"{name}: given twice"
        case UnknownCommandError():
            names = [name for name in error.app or () if not name.startswith("-")]
            return f"no such command; there are {', '.join(names)}"
        case UnusedCliTokensError():
            return "too many arguments: put quotation marks around text that has spaces"
        case _:
            return f"{name or 'the arguments'}: cannot be used like this; see --help"


def _unknown(error: UnknownOptionError) -> str:
    from difflib import get_close_matches

    given = (error.token.keyword or error.token.value).partition("=")[0]
    names = [name for argument in error.argument_collection for name in argument.names]
    close = get_close_matches(given, names, n=1)
    return f"no option {given}: " + (f"did you mean {close[0]}?" if close else "see --help")
