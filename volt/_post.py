"""One POST: its body, its clock, its evidence, and the outcome that they make."""

import time
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

import httpx

from volt._evidence import Evidence, OwnEvidence, TracedEvidence
from volt._http11 import MAX_REPLY_BYTES
from volt._outcome import Answer, Failure
from volt._policy import UNSENT

_CONNECT_SECONDS = 5.0


class Post:
    """One POST, from when it is to be sent to when it is known what came of it.

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
        self.own = OwnEvidence(self.seconds_left)
        """For our own connections to report to."""
        self.evidence: Evidence = self.own

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
            is_early=self.evidence.phase(None) in UNSENT,
            started_at=self._started_at,
            ended_at=datetime.now(UTC),
            seconds_left=self.seconds_left(),
        )

    def failure(self, cause: Exception) -> Failure:
        """The lack of a reply, with what is known of the request."""
        phase = self.evidence.phase(cause)
        # Before anything was sent, the text is the operating system's. Later it may quote the peer,
        # who has the request.
        text = str(cause) if phase == "nothing" else ""
        if isinstance(cause, httpx.RequestError):
            # Its request holds the token, and so may the errors it comes from. A subclass, whose
            # arguments nobody knows, is told by httpx's own class.
            kinds = (kind for kind in type(cause).__mro__ if kind.__module__ == "httpx")
            cause = next(kinds, httpx.RequestError)(text)
        return Failure(
            phase=phase,
            started_at=self._started_at,
            ended_at=datetime.now(UTC),
            seconds_left=self.seconds_left(),
            cause=cause,
            reason=f"{type(cause).__name__}: {text}" if text else type(cause).__name__,
        )


class Trace:
    """Watches a POST that httpx sends: its evidence, and the time for each of its steps.

    Args:
        post: Which; its evidence is from here on what httpcore reports.
        is_stock: As `TracedEvidence` has it.
        is_blocking: As `TracedEvidence` has it.
    """

    def __init__(self, post: Post, *, is_stock: bool, is_blocking: bool) -> None:
        self._post = post
        self._evidence = post.evidence = TracedEvidence(is_stock=is_stock, is_blocking=is_blocking)
        self.timeouts: dict[str, float] = {}
        """As httpx's extension has them. httpcore reads them anew for each step of a request."""
        self._received = bytearray()
        self._give_time()

    def __call__(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one of httpcore's events; give the next step the time that is left."""
        self._evidence.record(event, info)
        if event.endswith(".started"):
            self._give_time()

    async def asynchronous(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one event of an asynchronous transport."""
        self(event, info)

    def _give_time(self) -> None:
        left = max(self._post.seconds_left(), 0.001)
        for step in ("connect", "read", "write", "pool"):
            limit = self._post.limits.get(step)
            self.timeouts[step] = left if limit is None else min(limit, left)

    def take(self, piece: bytes) -> bool:
        """Keep a piece of the reply; False when it is too long, or too late, to read on."""
        self._received += piece
        self._give_time()
        return len(self._received) <= MAX_REPLY_BYTES and self._post.seconds_left() > 0

    def answer(self, response: httpx.Response, *, whole: bool) -> Answer:
        """The reply, as far as it was read."""
        body = bytes(self._received)
        return self._post.answer(response.status_code, response.headers, body, whole)
