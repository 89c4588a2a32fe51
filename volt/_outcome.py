"""What can come of one request: a reply, read as GraphQL, or a failure with its evidence."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Generic, NamedTuple, TypeVar

from volt.errors import ErrorDetail, Phase

ResultT = TypeVar("ResultT")


class Content(Enum):
    """What the body of a reply is, as GraphQL."""

    RESULT = auto()
    """`data` with everything asked for."""
    NULL = auto()
    """`data`, but null, or null where the result should be."""
    PARTIAL = auto()
    """`data` of a mutation with some root fields, and null for others."""
    REFUSAL = auto()
    """`errors` and no `data`: by the specification, the request was not executed."""
    UNREADABLE = auto()
    """Not a GraphQL reply to this request."""
    CUT_SHORT = auto()
    """The connection ended, or time ran out, before the body did."""


class Answer(NamedTuple):
    """A reply as it came, in bytes."""

    status: int
    headers: Mapping[str, str]
    """By name, in lower case or any."""
    body: bytes
    whole: bool
    """Whether the body was read to its end."""
    started_at: datetime
    """When the request began (aware UTC, by this machine's clock)."""
    ended_at: datetime
    seconds_left: float
    """How much of the call's deadline was left then; 0 or less: nothing."""
    is_early: bool = False
    """Whether it came although it is certain that not all of the request was handed on."""

    def __repr__(self) -> str:
        """Without what came: it may hold texts and numbers."""
        return f"Answer(status={self.status}, {len(self.body)} bytes)"


class Failure(NamedTuple):
    """No reply came: how far the request got, and what ended it."""

    phase: Phase
    started_at: datetime
    ended_at: datetime
    seconds_left: float
    cause: Exception
    reason: str
    """The cause in words that hold nothing of the request."""


class Reply(NamedTuple, Generic[ResultT]):
    """A reply, read: its HTTP status, what its body is, and the result, where it has one."""

    status: int
    content: Content
    errors: tuple[ErrorDetail, ...] = ()
    is_early: bool = False
    """Whether it came although it is certain that not all of the request was handed on."""
    retry_after_seconds: float | None = None
    result: ResultT | None = None
