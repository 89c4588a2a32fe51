"""`volt send`."""

import os
import signal
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from volt import e164
from volt import media as media_rules
from volt.cli import _settings
from volt.cli._app import explained
from volt.cli._exit import Exit
from volt.cli._output import Output, complain, shown, working
from volt.cli._parameters import JSON, Body, BodyFile, From, Media
from volt.cli._reading import read_text
from volt.errors import AuthenticationError, ConfigurationError, InputError, VoltError

if TYPE_CHECKING:
    from volt import Message, Volt


def send(
    *,
    to: Annotated[
        list[str], Parameter("--to", metavar="NUMBER", negative=(), consume_multiple=False)
    ],
    from_: From = None,
    body: Body = None,
    body_file: BodyFile = None,
    media: Media = None,
    on_unknown: Annotated[
        Literal["raise", "resend", "reconcile"],
        Parameter("--on-unknown", metavar="CHOICE", show_choices=False),
    ] = "raise",
    deadline: Annotated[float, Parameter("--deadline", metavar="SECONDS")] = 25.0,
    dry_run: Annotated[bool, Parameter("--dry-run", negative=())] = False,
    json: JSON = False,
) -> int:
    """Send a text to one person, or to several.

    Everything is checked before anything is sent. Then the recipients get the text one after the
    other; if one of them cannot be texted, the others still are, unless the reason is one for all,
    such as the token. What may have been sent already is not sent again, unless you say so.

    For example:
      volt send --to "(555) 555-0145" --body "Your table is ready."
      volt send --to +15555550145 --to +15555550146 --body-file menu.txt
      fortune | volt send --to +15555550145 --body -
      volt send --to +15555550145 --body "The menu" --media https://example.com/menu.png
      volt send --to +15555550145 --body "Hello" --dry-run

    Args:
        to: The recipient, as people write numbers; repeat it for several.
        on_unknown: What to do if nothing proves that a text was sent, or that it was not. raise:
            say so, and exit with 5; resend: send it again, which may text the person twice;
            reconcile: look for it in the conversation.
        deadline: Seconds for each recipient in all, further tries included.
        dry_run: Send nothing: show numbers, segments, and the exact request, without the token.
    """
    settings = _settings.load()
    recipients = _recipients(to)
    sender = settings.sender(from_)
    text = read_text(body, body_file)
    urls = media_rules.check(media or [], argument="--media")
    output = Output(json=json)
    if dry_run:
        from volt.cli._dry_run import rehearse

        rehearse(settings, output, recipients, sender, text, urls)
        return Exit.DONE
    with settings.client(from_=sender, on_unknown=on_unknown, deadline=deadline) as client:
        return _send_all(client, output, recipients, text, urls, deadline)


def _recipients(given: Sequence[str]) -> list[str]:
    """The recipients in E.164 form, each once."""
    numbers: dict[str, None] = {}
    for number in given:
        parsed = e164.parse(number, argument="--to")
        if parsed in numbers:
            complain(f"volt send: --to: {e164.mask(parsed)} is given twice; it gets one text")
        numbers[parsed] = None
    return list(numbers)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one recipient's text."""

    to: str
    name: Literal["accepted", "not_sent", "unknown", "not_tried"]
    exit: Exit
    words: str = ""
    """Why, if it was not accepted; without numbers and texts."""
    message: "Message | None" = None
    error: VoltError | None = None
    concerns_all: bool = False
    """Whether it would be the same for every other recipient."""

    def as_json(self) -> dict[str, object]:
        """The outcome as an object of the output."""
        value: dict[str, object] = {"to": self.to, "outcome": self.name}
        if self.message is not None:
            value |= {"message": self.message.raw, "requests": len(self.message.attempts)}
        if self.words:
            value["error"] = {"message": self.words, **_error_facts(self.error)}
        return value


def _error_facts(error: VoltError | None) -> dict[str, object]:
    if error is None:
        return {}
    facts: dict[str, object] = {"type": type(error).__name__, "requests": len(error.attempts)}
    if code := error.code:
        facts |= {"code": code.code, "meaning": code.meaning, "temporary": code.temporary}
    if error.retry_after_seconds is not None:
        facts["retry_after_seconds"] = error.retry_after_seconds
    return facts


def _send_all(
    client: "Volt",
    output: Output,
    recipients: Sequence[str],
    text: str,
    media: Sequence[str],
    deadline: float,
) -> Exit:
    report = _Report(output)
    left = list(recipients)
    with _sigterm_interrupts():
        try:
            while left:
                outcome = _send_one(client, left[0], text, media, deadline)
                del left[0]
                report(outcome)
                if outcome.concerns_all or outcome.exit >= Exit.INTERRUPTED:
                    break
        except KeyboardInterrupt as stop:  # between two of them
            report.worst = max(report.worst, _code_of(stop))
    for number in left:
        words = "interrupted" if report.worst >= Exit.INTERRUPTED else "for the same reason"
        report(Outcome(to=number, name="not_tried", exit=Exit.DONE, words=words))
    report.sum_up()
    return report.worst


def _send_one(client: "Volt", to: str, text: str, media: Sequence[str], deadline: float) -> Outcome:
    message: Message | None = None
    try:
        with working(f"Sending to {e164.mask(to)} (at most {deadline:g} s)…"):
            message = client.send(to, text, media=media)
    except KeyboardInterrupt as stop:
        if message is None:
            return _interrupted(to, stop)
        return replace(_accepted(to, message), exit=_code_of(stop))
    except InputError:
        raise  # the text: so this is the first recipient, and nothing was sent
    except VoltError as error:
        return Outcome(
            to=to,
            name="unknown" if error.may_have_been_sent else "not_sent",
            exit=Exit.of(error),
            words=_reason(error),
            error=error,
            concerns_all=_concerns_all(error),
        )
    return _accepted(to, message)


def _reason(error: VoltError) -> str:
    """Why, in one line: a code says more than the server's words around it."""
    if error.code is None or error.may_have_been_sent:
        return explained(error)
    later = "; later it may work" if error.code.temporary else ""
    return f"{error.code.meaning} (Volt code {error.code.code}){later}; nothing was sent"


def _accepted(to: str, message: "Message") -> Outcome:
    return Outcome(to=to, name="accepted", exit=Exit.DONE, message=message)


def _interrupted(to: str, stop: KeyboardInterrupt) -> Outcome:
    """The client says in a note if the text may be out."""
    notes: list[str] = getattr(stop, "__notes__", [])
    warning = next((note for note in notes if note.startswith("volt: ")), None)
    if warning:
        words = f"interrupted; {warning.removeprefix('volt: ')}"
        return Outcome(to=to, name="unknown", exit=_code_of(stop), words=words)
    words = "interrupted before the text was out; it was not sent"
    return Outcome(to=to, name="not_sent", exit=_code_of(stop), words=words)


def _concerns_all(error: VoltError) -> bool:
    """Whether every other recipient's text would end the same: token, sender, account."""
    if isinstance(error, (AuthenticationError, ConfigurationError)):
        return True
    return error.code is not None and error.code.group == "account"


class _Terminated(KeyboardInterrupt):
    """SIGTERM, which is to end a send as Ctrl-C does: with a word of what is known."""


def _code_of(stop: KeyboardInterrupt) -> Exit:
    return Exit.TERMINATED if isinstance(stop, _Terminated) else Exit.INTERRUPTED


@contextmanager
def _sigterm_interrupts() -> Generator[None]:
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise _Terminated

    try:
        before: Any = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


_NAMES = {
    "accepted": ("accepted", "green"),
    "not_sent": ("not sent", "red"),
    "unknown": ("UNKNOWN", "bold yellow"),
    "not_tried": ("not tried", "dim"),
}


class _Report:
    """Writes each outcome as it comes, and keeps the worst exit code."""

    def __init__(self, output: Output) -> None:
        self.worst = Exit.DONE
        self._output = output
        self._counts: dict[str, int] = {}

    def __call__(self, outcome: Outcome) -> None:
        self.worst = max(self.worst, outcome.exit)
        self._counts[outcome.name] = self._counts.get(outcome.name, 0) + 1
        try:
            self._write(outcome)
        except OSError:
            # The text may be out, so its outcome must not be lost with the output.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self.worst = max(self.worst, Exit.NO_OUTPUT)
            name = _NAMES[outcome.name][0]
            complain(f"volt send: {e164.mask(outcome.to)}: {name} {outcome.words}".rstrip())

    def _write(self, outcome: Outcome) -> None:
        if self._output.is_json:
            self._output.json(outcome.as_json())
            if outcome.words and outcome.name != "not_tried":
                complain(f"volt send: {e164.mask(outcome.to)}: {outcome.words}")
            return
        from rich.table import Table
        from rich.text import Text

        name, style = _NAMES[outcome.name]
        details = outcome.words
        if outcome.message:
            details = "  ".join(filter(None, [outcome.message.status, outcome.message.id]))
        row = Table.grid(padding=(0, 2))
        for width in (9, 16):
            row.add_column(width=width, no_wrap=True)
        row.add_column(overflow="fold")
        row.add_row(Text(name, style), outcome.to, Text(shown(details)))
        self._output.show(row)

    def sum_up(self) -> None:
        """Count the outcomes, if there are several."""
        if not self._output.is_json and sum(self._counts.values()) > 1:
            counts = [f"{count} {_NAMES[name][0]}" for name, count in self._counts.items()]
            print(f"\n{', '.join(counts)}.", file=sys.stdout)
