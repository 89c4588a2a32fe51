"""One POST: its body, its clock, its evidence, and the outcome that they make."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from volt._network import reported
from volt._outcome import Answer, Failure
from volt._policy import UNSENT
from volt.errors import Phase

_CONNECT_SECONDS = 5.0


class Evidence(Protocol):
    """What httpx lets us know of one POST."""

    def phase(self, cause: BaseException | None) -> Phase:
        """How far it got when `cause` ended it; None: a reply."""
        ...


class Post:
    """One POST, from when it is to be sent to when it is known what came of it.

    Our own connections tell it how far it gets, as their `Progress`.

    Args:
        body: What to send.
        ends: When the call's deadline is, by `time.monotonic`.
        read_seconds: How long to wait for the server's next byte; None: until the deadline.
    """

    def __init__(self, body: bytes, ends: float, read_seconds: float | None) -> None:
        self.body = body
        self.limits: Mapping[str, float | None] = {
            "connect": _CONNECT_SECONDS,
            "read": read_seconds,
        }
        """The most seconds for a step, by httpx's name for it."""
        self._ends = ends
        self._started_at = datetime.now(UTC)
        self._phase: Phase = "nothing"
        self.evidence: Evidence | None = None
        """What is known of it where httpx sends it."""

    def begin(self) -> None:
        """The first byte is about to be handed on; not to reach the last proves enough."""
        self._phase = "incomplete"

    def complete(self) -> None:
        """The last byte is about to be handed on."""
        self._phase = "complete"

    def incomplete(self) -> None:
        """The last byte was never handed on."""
        self._phase = "incomplete"

    def phase(self, cause: BaseException | None) -> Phase:
        """How far it got when `cause` ended it; None: a reply."""
        return self._phase if self.evidence is None else self.evidence.phase(cause)

    def seconds_left(self) -> float:
        """What is left of the deadline; 0 or less: nothing."""
        return self._ends - time.monotonic()

    def answer(self, status: int, headers: Mapping[str, str], body: bytes, whole: bool) -> Answer:
        """The reply, as far as it was read."""
        return Answer(
            status=status,
            headers=headers,
            body=body,
            whole=whole,
            is_early=self.phase(None) in UNSENT,
            started_at=self._started_at,
            ended_at=datetime.now(UTC),
            seconds_left=self.seconds_left(),
        )

    def failure(self, cause: Exception) -> Failure:
        """The lack of a reply, with what is known of the request."""
        phase = self.phase(cause)
        # Before anything was sent, the text is the operating system's. Later it may quote the peer,
        # who has the request.
        text = str(cause) if phase == "nothing" else ""
        cause = reported(cause, text)
        return Failure(
            phase=phase,
            started_at=self._started_at,
            ended_at=datetime.now(UTC),
            seconds_left=self.seconds_left(),
            cause=cause,
            reason=f"{type(cause).__name__}: {text}" if text else type(cause).__name__,
        )
