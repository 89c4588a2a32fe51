"""What the connections of both clients have in common: whose turn it is, and for how long."""

import math
import os
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Generic, Literal, Protocol, TypeVar

from volt._network import (
    ConnectTimeout,
    PoolTimeout,
    ReadTimeout,
    StepTimeoutError,
    UnusableSettingsError,
    WriteTimeout,
)

#: Servers close idle connections after 5 s at the earliest (Node.js). A request on a connection
#: that is just being closed is lost without a trace, so none is used that was idle for longer.
IDLE_SECONDS = 4.0
MAX_CONNECTIONS = 100

Step = Literal["connect", "read", "write", "pool"]


class Progress(Protocol):
    """Is told how far a request got, and tells how long it may go on.

    No call means that no byte was handed on. A request that was begun and is not complete is
    incomplete: the server cannot have had its last byte.
    """

    def begin(self) -> None:
        """The first byte is about to be handed on."""

    def complete(self) -> None:
        """The last byte is about to be handed on."""

    def incomplete(self) -> None:
        """The last byte was never handed on, for certain, and will not be."""

    def seconds_left(self) -> float:
        """Seconds until the one deadline over everything."""
        ...


_TIMEOUTS: dict[Step, type[StepTimeoutError]] = {
    "connect": ConnectTimeout,
    "read": ReadTimeout,
    "write": WriteTimeout,
    "pool": PoolTimeout,
}


class Clock:
    """How long each step of a request may take: its own timeout, and at most until the deadline.

    Args:
        timeouts: Seconds for `connect`, `read`, `write` and `pool`; None or nothing is for ever.
        progress: Knows the deadline.
    """

    __slots__ = ("_timeouts", "progress")

    def __init__(self, timeouts: Mapping[str, float | None], progress: Progress) -> None:
        self._timeouts = timeouts
        self.progress = progress

    def left(self, step: Step) -> float | None:
        """Seconds for this step; None is for ever.

        Raises:
            StepTimeoutError: There are none; the class is the step's.
        """
        left = self.progress.seconds_left()
        own = self._timeouts.get(step)
        if own is not None and own < left:
            left = own
        if left <= 0:
            raise self.late(step)
        return None if left == math.inf else left

    def countdown(self, step: Step) -> Callable[[], float | None]:
        """What tells the seconds left for a step that begins now and has parts; as `left` does."""
        seconds = self.left(step)
        if seconds is None:
            return lambda: None
        end = time.monotonic() + seconds

        def left() -> float:
            if (seconds := end - time.monotonic()) <= 0:
                raise self.late(step)
            return seconds

        return left

    @staticmethod
    def late(step: Step) -> StepTimeoutError:
        """The error for a step that took too long."""
        return _TIMEOUTS[step](f"timed out ({step})")


class _Poolable(Protocol):
    idle_since: float

    def close(self) -> None: ...


class _Waiter(Protocol):
    def done(self) -> bool: ...

    def set_result(self, result: Any, /) -> None: ...

    def cancel(self) -> bool: ...


ConnectionT = TypeVar("ConnectionT", bound=_Poolable)
WaiterT = TypeVar("WaiterT", bound=_Waiter)


class Pool(Generic[ConnectionT]):
    """The idle connections to one origin, of one process (and event loop), and its queue.

    A turn is either a connection or None: the right to open one. Who takes a turn gives one back.
    The connection used last is the first to be used again, so the others can grow old and go; who
    waits first is served first.

    Args:
        size: How many connections there may be.
        idle_seconds: How long one may be idle before it is not used again.
    """

    def __init__(self, size: int, idle_seconds: float) -> None:
        self._idle: deque[ConnectionT] = deque()
        self._unopened = size
        self._waiting: deque[_Waiter] = deque()
        self.closed = False
        """Whether nothing is kept any more; who finds it so makes another pool."""
        self._idle_seconds = idle_seconds
        # No other process ever uses this object, so none can find the lock taken by a thread that
        # it does not have.
        self._lock = threading.Lock()

    def take(self, new_waiter: Callable[[], WaiterT]) -> ConnectionT | WaiterT | None:
        """Take a turn, or a place in the queue: the waiter's result will be the turn."""
        with self._lock:
            if self.closed:
                return None
            if self._idle:
                return self._idle.pop()
            if self._unopened:
                self._unopened -= 1
                return None
            waiter = new_waiter()
            self._waiting.append(waiter)
            return waiter

    def leave(self, waiter: _Waiter) -> bool:
        """Leave the queue; False if a turn was given already."""
        with self._lock:
            return waiter.cancel()

    def give(self, turn: ConnectionT | None) -> None:
        """Give a turn back; a connection has to be one that may be used again."""
        now = time.monotonic()
        if turn is not None:
            turn.idle_since = now
        spent: list[ConnectionT] = []
        with self._lock:
            if self.closed and turn is not None:
                spent.append(turn)
                turn = None
            while self._waiting:
                waiter = self._waiting.popleft()
                if not waiter.done():
                    waiter.set_result(turn)
                    break
            else:
                if turn is None:
                    self._unopened += 1
                else:
                    self._idle.append(turn)
            while self._idle and self._idle[0].idle_since < now - self._idle_seconds:
                spent.append(self._idle.popleft())
                self._unopened += 1
        for connection in spent:
            connection.close()

    def is_fresh(self, connection: ConnectionT) -> bool:
        """Whether the connection was used so recently that it may be used again."""
        return time.monotonic() - connection.idle_since < self._idle_seconds

    def close(self) -> None:
        """Close the idle connections; those in use are closed when they are given back."""
        with self._lock:
            self.closed = True
            idle = list(self._idle)
            self._idle.clear()
            while self._waiting:
                waiter = self._waiting.popleft()
                if not waiter.done():
                    waiter.set_result(None)
        for connection in idle:
            connection.close()


AddressT = TypeVar("AddressT")


def attempts(addresses: list[AddressT], clock: Clock) -> Iterator[tuple[AddressT, float | None]]:
    """Each address, with the seconds for it: one that is dead leaves the others their share."""
    left = clock.countdown("connect")
    for place, address in enumerate(addresses):
        seconds = left()
        yield address, None if seconds is None else seconds / (len(addresses) - place)


def tls_of(scheme: str, given: ssl.SSLContext | None, *, trust_env: bool) -> ssl.SSLContext | None:
    """The TLS settings of a connection: those given, else `ssl_context`; None: it has no TLS."""
    return (given or ssl_context(trust_env=trust_env)) if scheme == "https" else None


def ssl_context(*, trust_env: bool) -> ssl.SSLContext:
    """The TLS settings, made once for all clients: certifi's authorities, or the environment's.

    Args:
        trust_env: Whether `SSL_CERT_FILE` and `SSL_CERT_DIR` count, as they do for httpx.

    Raises:
        UnusableSettingsError: The environment's files cannot be used.
    """
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR") if trust_env else ()
    try:
        return _made_context(*(os.environ.get(name) or None for name in names))
    except Exception as error:  # of the system and of OpenSSL
        raise UnusableSettingsError(type(error).__name__) from error


@cache
def _made_context(file: str | None = None, folder: str | None = None) -> ssl.SSLContext:
    # It takes 23 ms, as long as 200 calls.
    if file is None and folder is None:
        import certifi  # it comes with httpx

        file = certifi.where()
    context = ssl.create_default_context(cafile=file, capath=None if file else folder)
    context.set_alpn_protocols(["http/1.1"])
    return context
