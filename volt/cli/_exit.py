"""What the command's exit code says, and which error has which."""

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from volt.errors import VoltError


class Exit(IntEnum):
    """An exit code. Of several outcomes, the highest is the worst."""

    DONE = 0
    """Sent, or done."""
    USAGE = 2
    """Wrong use: an argument or a setting. Nothing was sent."""
    REJECTED = 3
    """Volt said no, or has no such thing. Nothing was sent."""
    UNAVAILABLE = 4
    """Volt was not reached, had no time, or gave no answer to read. Nothing was sent."""
    UNKNOWN = 5
    """It may have been sent, or done: nothing proves that it was, or that it was not."""
    NO_OUTPUT = 74
    """What was asked for may be done, but its result cannot be written: the disk is full, say."""
    INTERRUPTED = 130
    """By Ctrl-C; stderr says if a text may be out."""
    CLOSED_PIPE = 141
    """Whoever read the output has gone."""
    TERMINATED = 143
    """By SIGTERM; stderr says if a text may be out."""

    @classmethod
    def of(cls, error: "VoltError") -> "Exit":
        """The exit code of a command that ended in this error."""
        from volt import errors

        if error.may_have_been_sent:
            return cls.UNKNOWN
        if isinstance(error, (errors.InputError, errors.ConfigurationError)):
            return cls.USAGE
        if isinstance(
            error,
            (errors.RateLimitedError, errors.UnavailableError, errors.UnreadableReplyError),
        ):
            return cls.UNAVAILABLE
        return cls.REJECTED
