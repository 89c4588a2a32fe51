"""What happens, told to whoever listens: server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

HEARTBEAT_SECONDS = 15.0
LISTENERS_AT_MOST = 100
_WAITING_AT_MOST = 1_000  # events for one listener; one that is slower starts anew


class Hub:
    """Tells each listener every event, or that it missed some."""

    def __init__(self) -> None:
        """Start with no listener."""
        self._listeners: set[asyncio.Queue[bytes | None]] = set()
        self.observers: list[Callable[[str, Any], None]] = []

    @property
    def is_full(self) -> bool:
        """Whether there are as many listeners as may be."""
        return len(self._listeners) >= LISTENERS_AT_MOST

    def publish(self, kind: str, data: Any = None) -> None:
        """Tell every listener; called in the event loop that serves them."""
        for observe in self.observers:
            observe(kind, data)
        if not self._listeners:
            return
        event = _event(kind, data)
        for queue in self._listeners:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(_event("missed", None))
            else:
                queue.put_nowait(event)

    def close(self) -> None:
        """End every stream, so that the server need not wait for it."""
        for queue in self._listeners:
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(None)

    async def stream(self) -> AsyncIterator[bytes]:
        """Every event from now on, as `text/event-stream`; a comment when none came for a while."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_WAITING_AT_MOST)
        self._listeners.add(queue)
        try:
            yield b"retry: 1000\n" + _event("hello", None)
            while True:
                try:
                    event = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if event is None:
                    return
                yield event
        finally:
            self._listeners.discard(queue)


def _event(kind: str, data: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data)}\n\n".encode()
