"""What the command writes, and where.

Results go to stdout: for people on a terminal, else (or with `--json`) one JSON object a line. They
show numbers and texts in full: they are the user's own. What goes to stderr, errors and progress,
is masked: logs keep it.
"""

import io
import json
import os
import re
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Lock, Timer
from typing import IO, TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.status import Status
    from rich.table import Table

#: How long something may take before it is said that it goes on.
PATIENCE_SECONDS = 1.0

_JOINERS = "\u200c\u200d"  # of letters, and of emoji
_UNPRINTABLE = "\ufffd"


class Output:
    """Writes results in the one form or the other.

    Args:
        json: Whether `--json` was given.
    """

    def __init__(self, *, json: bool) -> None:
        self.is_json = json or not sys.stdout.isatty()
        self._console: Console | None = None

    @property
    def console(self) -> "Console":
        """The terminal, for people."""
        if self._console is None:
            self._console = make_console(sys.stdout)
        return self._console

    def json(self, value: Mapping[str, object]) -> None:
        """Write one object in one line, at once."""
        print(json_line(value), flush=True)

    def show(self, renderable: "RenderableType") -> None:
        """Write for people."""
        self.console.print(renderable)


def make_console(file: IO[str]) -> "Console":
    """A terminal that shows text as it is: no markup, no emoji names, no guessed colours."""
    from rich.console import Console

    # Rich itself takes NO_COLOR for colours alone; here it is for bold and the like, too.
    colours: Literal["auto"] | None = None if os.environ.get("NO_COLOR") else "auto"
    return Console(file=file, color_system=colours, markup=False, emoji=False, highlight=False)


def complain(words: str) -> None:
    """Write one line to stderr."""
    print(" ".join(shown(words).split("\n")), file=sys.stderr, flush=True)


def bear_any_encoding() -> None:
    """Let no character be an error where stdout or stderr is not in UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def json_line(value: Mapping[str, object]) -> str:
    """JSON in one line, safe to show: what a terminal would obey, and not show, is escaped."""
    text = json.dumps(value, ensure_ascii=not _is_utf8(), default=_plain)
    return re.sub(r"[^\x20-\x7e]", lambda found: _escaped(found[0]), text)


def _escaped(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    return json.dumps(character)[1:-1]


def _is_utf8() -> bool:
    return (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "") == "utf8"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def shown(text: str | None) -> str:
    """Text that a terminal shows and does not obey: others wrote it, and it may hold controls."""
    return "".join(
        character if character.isprintable() or character in f"\n{_JOINERS}" else _UNPRINTABLE
        for character in (text or "").replace("\r\n", "\n").replace("\t", " ")
    )


def time_of(moment: datetime | None) -> str:
    """A point in time in the user's time zone: `2025-07-18 16:18`."""
    if moment is None:
        return ""
    with suppress(OverflowError, OSError, ValueError):  # too far away for the system's clock
        moment = moment.astimezone()
    return f"{moment:%Y-%m-%d %H:%M}"


def table(*columns: str) -> "Table":
    """A table without lines between its columns; the last takes the room that is left."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    made = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name in columns[:-1]:
        made.add_column(name, no_wrap=True)
    made.add_column(columns[-1], overflow="fold")
    return made


def card(facts: Mapping[str, object]) -> "Table":
    """Names and values, in two columns; what is not known is left out."""
    from rich.table import Table
    from rich.text import Text

    made = Table.grid(padding=(0, 2))
    made.add_column(no_wrap=True, style="dim")
    made.add_column(overflow="fold")
    for name, value in facts.items():
        words = time_of(value) if isinstance(value, datetime) else shown(str(value))
        if value not in (None, "", [], ()):
            made.add_row(name, Text(words))
    return made


@contextmanager
def working(words: str) -> Generator[None]:
    """Say on the terminal's stderr what is going on, if it takes longer than a second."""
    if not sys.stderr.isatty():
        yield
        return
    sign = _Sign(words)
    timer = Timer(PATIENCE_SECONDS, sign.put_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        sign.take_down()


class _Sign:
    """What a timer puts up, unless it was taken down before."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._lock = Lock()
        self._is_over = False
        self._status: Status | None = None

    def put_up(self) -> None:
        with self._lock:
            if not self._is_over:
                self._status = make_console(sys.stderr).status(self._words)
                self._status.start()

    def take_down(self) -> None:
        with self._lock:
            self._is_over = True
            if self._status:
                self._status.stop()
