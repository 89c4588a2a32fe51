"""Texts for `send_many`, and what can become of each.

Pure: `_many` and `_async_many` do the work.
"""

import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from volt import e164
from volt.errors import (
    DeliveryUnknownError,
    InputError,
    RejectedError,
    UnavailableError,
    VoltError,
)
from volt_graphql import Message


@dataclass(frozen=True, slots=True, repr=False)
class OutboundMessage:
    """A text for `send_many`: what `send` takes, and a word of your own.

    Nothing is checked before it is sent. Its repr shows no more than the masked recipient.
    """

    to: str
    """The recipient, in any form that `volt.e164.parse` takes."""
    body: str
    """The text; not blank."""
    from_: str | None = field(default=None, kw_only=True)
    """The sender; else the client's."""
    media: Sequence[str] = field(default=(), kw_only=True)
    """Public http(s) URLs of JPEG, PNG, GIF or VCF files; any makes it an MMS."""
    ref: Any = field(default=None, kw_only=True)
    """Yours, such as the key of a row: it is not sent, and comes back with the outcome."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(to={e164.mask(str(self.to))!r})"


@dataclass(frozen=True, slots=True)
class Accepted:
    """Volt took the text. Accepted is not delivered: `message.status` says what it knows so far."""

    outbound: OutboundMessage
    """What was to be sent: the same object that was given."""
    message: Message
    """The message as `send` returns it."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """This text was refused, here or by Volt. Nobody was texted.

    The same text will be refused again, unless the refusal is temporary: `error.code.temporary`.
    """

    outbound: OutboundMessage
    """What was to be sent: the same object that was given."""
    error: InputError | RejectedError
    """Why: an argument, or what Volt says, with its `code`."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """The text could not be sent, for a reason that is not its own. Nobody was texted.

    When that is mended or over, it can be sent again.
    """

    outbound: OutboundMessage
    """What was to be sent: the same object that was given."""
    error: VoltError
    """Why: such as an `UnavailableError`, a `RateLimitedError` or an `AuthenticationError`."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The text may be out: nothing proves that it is, or that it is not.

    Do not just send it again.
    """

    outbound: OutboundMessage
    """What was to be sent: the same object that was given."""
    error: DeliveryUnknownError
    """What is known, as `send` raises it."""


_NOTE = "volt: send_many: "

#: What became of one text of `send_many`: one of four, for `match`.
Outcome: TypeAlias = Accepted | Rejected | NotSent | Unknown


def outcome_of(outbound: OutboundMessage, error: BaseException) -> Outcome:
    """What an error that `send` has raised says of the text."""
    if isinstance(error, DeliveryUnknownError):
        return Unknown(outbound, error)
    if isinstance(error, (InputError, RejectedError)):
        return Rejected(outbound, error)
    if isinstance(error, VoltError):
        return NotSent(outbound, error)
    # A cancellation, or a fault in code of the user's that `send` calls: the client has left a
    # note on it if the text may be out.
    name = type(error).__name__
    notes: Sequence[str] = getattr(error, "__notes__", ())
    warning = next((note for note in notes if note.startswith("volt: ")), None)
    if warning is None:
        unsent = UnavailableError(
            f"broken off by {name} before Volt had the text: nothing was sent, and it is no sign "
            "that Volt is unavailable"
        )
        unsent.__cause__ = error
        return NotSent(outbound, unsent)
    unknown = _unknown(outbound, f"{warning.removeprefix('volt: ')}; broken off by {name}")
    unknown.error.__cause__ = error
    return unknown


def left_alone(outbound: OutboundMessage) -> Unknown:
    """What is known of a text that is under way, and that nobody waits for."""
    return _unknown(
        outbound, "the text may have been sent: look before you repeat it; it was left under way"
    )


def _unknown(outbound: OutboundMessage, said: str) -> Unknown:
    error = DeliveryUnknownError(said)
    with suppress(VoltError):  # of a `send` of the user's own, which may take other numbers
        error.to = e164.mask(e164.parse(outbound.to))
    return Unknown(outbound, error)


def annotate(error: BaseException, said: str | None) -> None:
    """Say it in the traceback, in place of what `send_many` said there before."""
    notes: list[str] = getattr(error, "__notes__", [])
    notes[:] = [note for note in notes if not note.startswith(_NOTE)]
    if said:
        error.add_note(f"{_NOTE}{said}")


def to_be_taken(outcomes: Iterable[Outcome]) -> str:
    """How many outcomes are there to be taken, by kind; no `ref`, which may be a person's."""
    kinds = Counter(type(outcome).__name__ for outcome in outcomes)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    return (
        f"outcomes to be taken after the block: {kinds.total()} ({counts}); "
        "go on iterating to have them"
    )


def checked_concurrency(concurrency: int, connections: int) -> int:
    """How many texts to send at once; a client has so many connections."""
    if type(concurrency) is not int or not 1 <= concurrency <= connections:
        raise InputError(
            f"how many texts at once: a whole number from 1 to {connections}, as many as a client "
            "has connections",
            argument="concurrency",
        )
    return concurrency


def no_message(found: object, number: int) -> InputError:
    """The error for an element of the input that is no `OutboundMessage`."""
    return InputError(
        f"an OutboundMessage, not {type(found).__name__}; the input was read no further",
        argument=f"messages[{number}]",
    )


def warn_if_left(outcomes: object, under_way: int) -> None:
    """Say that outcomes are forgotten while texts are under way; for their `__del__`."""
    if under_way:
        warnings.warn(
            f"send_many was left with {under_way} texts under way: use it as a context manager",
            ResourceWarning,
            source=outcomes,
            stacklevel=3,
        )


def outcomes_repr(outcomes: object, in_flight: int, to_take: int) -> str:
    """How far it is, in counts: how many texts are under way, and how many outcomes are there."""
    return f"<{type(outcomes).__name__}: {in_flight - to_take} under way, {to_take} to be taken>"
