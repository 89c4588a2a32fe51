"""Everything that can go wrong, and for each whether the text may already be out.

    VoltError
    ├── InputError             an argument cannot be sent
    ├── ConfigurationError     the client cannot be built, or used, like this
    │   └── UnknownOptionError
    ├── AuthenticationError    Volt does not accept the token
    ├── RequestRefusedError    Volt did not execute the request: it is malformed or misdirected
    ├── RejectedError          Volt understood the request and said no; `code` says why
    ├── RateLimitedError       too much at once; later it may work
    ├── UnavailableError       Volt was not reached, or was too busy to begin
    ├── UnreadableReplyError   a query was answered, but not with its result
    ├── SignatureError         a webhook is not from Volt, or not of now
    └── DeliveryUnknownError   THE TEXT MAY BE OUT: nothing proves that it is, or that it is not

One rule to remember: after `DeliveryUnknownError` the text may have been sent; after every other
error it was not.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal, NamedTuple

__all__ = [
    "VOLT_CODES",
    "Attempt",
    "AuthenticationError",
    "ConfigurationError",
    "DeliveryUnknownError",
    "ErrorDetail",
    "InputError",
    "Phase",
    "RateLimitedError",
    "RejectedError",
    "RequestRefusedError",
    "SignatureError",
    "UnavailableError",
    "UnknownOptionError",
    "UnreadableReplyError",
    "VoltCode",
    "VoltError",
]


class VoltCode(NamedTuple):
    """One of Volt's application codes. These are not HTTP statuses: 503 says "opted out" here."""

    code: int
    group: str
    meaning: str
    temporary: bool | None
    """Whether the vendor calls it temporary (True) or permanent (False); None: neither."""


#: Volt's codes by number. Source: the vendor's page "Volt Connect API Error Codes".
VOLT_CODES: dict[int, VoltCode] = {
    code: VoltCode(code, group, meaning, temporary)
    for code, group, meaning, temporary in [
        (101, "account", "account temporarily disabled", True),
        (102, "account", "feature not enabled for the account", None),
        (103, "account", "bad `from`: the sender is no number of the account", None),
        (104, "account", "account temporarily blocked", True),
        (199, "account", "account permanently disabled", False),
        (401, "client", "bad body", None),
        (402, "client", "bad `to`: not a recipient's number", None),
        (403, "client", "bad combination of arguments", None),
        (406, "client", "bad message type", None),
        (407, "client", "bad media type", None),
        (501, "number", "the number is not routable", None),
        (503, "number", "the recipient opted out, or is on a do-not-contact list", None),
        (601, "volume", "message rate limit of Volt", None),
        (602, "volume", "API rate limit of Volt", None),
        (603, "volume", "limit of AT&T", True),
        (701, "spam", "spam, permanently, found by Volt", False),
        (702, "spam", "spam, for now, found downstream", True),
        (703, "spam", "spam, permanently, found downstream", False),
        (704, "spam", "rejected by the carrier as spam", None),
        (705, "spam", "spam, for now, found by Volt", True),
        (706, "spam", "undeliverable, possibly as spam", None),
        (801, "carrier", "rejected by the carrier", True),
        (802, "carrier", "expired at the handset", None),
        (803, "carrier", "expired at the carrier", None),
        (804, "carrier", "carrier down", None),
        (901, "system", "internal error of Volt", None),
    ]
}

#: How far a request got: `nothing` of it left, it left `incomplete`, the server `refused` it unread
#: (HTTP/2), nothing tells (`unknown`), it left `complete`, or a reply came (`replied`).
Phase = Literal["nothing", "incomplete", "refused", "unknown", "complete", "replied"]


@dataclass(frozen=True)
class Attempt:
    """One request of a call: when it began and ended (aware UTC), and how far it got."""

    started_at: datetime
    ended_at: datetime
    phase: Phase
    status_code: int | None = None
    """The HTTP status, if a reply came."""
    waited_seconds: float = 0.0
    """How long the call had waited before it; 0 for the first."""


@dataclass(frozen=True)
class ErrorDetail:
    """One element of a reply's GraphQL `errors`."""

    message: str
    """What the server said, shortened, and masked where it repeats what was sent."""
    code: VoltCode | None = None
    """The Volt code found in it, if any."""
    kind: str | None = None
    """`extensions.code` where it is a word, such as `UNAUTHENTICATED`."""
    path: tuple[str | int, ...] | None = None
    """The response field it belongs to; None for an error of the request as a whole."""
    blames_server: bool = False
    """Whether it speaks of a failure, such as a timeout, that may have come after the work."""


class VoltError(Exception):
    """The base of every error of this package.

    Attributes:
        attempts: Every request of the call, oldest first; empty if there was none.
        status_code: The HTTP status of the last reply, if there was one.
        errors: The GraphQL errors of that reply.
        retry_after_seconds: How long that reply asks to wait, if it says.
    """

    retry_after_seconds: float | None = None
    may_have_been_sent: ClassVar[bool] = False
    """Whether the text may be out. Only `DeliveryUnknownError` says so."""

    def __init__(
        self,
        message: str,
        *,
        attempts: tuple[Attempt, ...] = (),
        status_code: int | None = None,
        errors: tuple[ErrorDetail, ...] = (),
    ) -> None:
        super().__init__(message)
        self.attempts = attempts
        self.status_code = status_code
        self.errors = errors

    @property
    def code(self) -> VoltCode | None:
        """The first Volt code among `errors`, if any."""
        return next((error.code for error in self.errors if error.code), None)


class InputError(VoltError, ValueError):
    """An argument cannot be sent. Nothing was.

    Attributes:
        argument: The argument's name, such as `to` or `media[0]`.
    """

    def __init__(self, message: str, *, argument: str = "") -> None:
        super().__init__(f"{argument}: {message}" if argument else message)
        self.argument = argument


class ConfigurationError(VoltError, ValueError):
    """The client cannot be built, or used, like this. Nothing was sent."""


class UnknownOptionError(ConfigurationError, TypeError):
    """The client has no option of that name. Nothing was sent."""


class AuthenticationError(VoltError):
    """Volt does not accept the token, or not for this. Nothing was sent.

    Source: HTTP 401 and 403; GraphQL errors without `data`, of the kind `UNAUTHENTICATED` or
    `FORBIDDEN`.
    """


class RequestRefusedError(VoltError):
    """Volt did not execute the request: it is malformed, too large, or at the wrong address.

    Nothing was sent. Source: HTTP 400, 404, 405, 413 and 415; GraphQL errors without `data`, which
    the GraphQL specification keeps for requests that were not executed (section 7.1, "Data"),
    unless they speak of a timeout or the like: then something may have been executed behind them.
    """


class RejectedError(VoltError):
    """Volt understood the request and said no. Nothing was sent.

    `code` says why, and whether trying later may help (`code.temporary`). It is None only for a
    query that failed without a Volt code.
    """


class RateLimitedError(VoltError):
    """Too much at once: HTTP 429, or the Volt codes 601 and 602. Nothing was sent."""


class UnavailableError(VoltError):
    """Volt was not reached, or was too busy to begin. It is certain that nothing was sent.

    A text of `send_many` that was broken off before Volt had it has this error, too.
    """


class UnreadableReplyError(VoltError):
    """A query was answered, but not with its result. Queries send nothing."""


class SignatureError(VoltError):
    """A webhook was not signed with the key, was changed, or is too old. Nothing was sent."""


class DeliveryUnknownError(VoltError):
    """The text may have been sent: nothing proves that it was, or that it was not.

    Do not send it again blindly; look whether it arrived, or let a person decide.

    Attributes:
        to: The recipient, masked (`+1555•••0145`); None if the operation has none.
        from_: The sender, masked; None if the operation has none.
        phase: How far the request got that may have been executed.
    """

    may_have_been_sent: ClassVar[bool] = True
    to: str | None = None
    from_: str | None = None
    phase: Phase = "unknown"
