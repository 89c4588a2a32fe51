"""What is closed when its event loop ends, because nobody closed it before."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Hashable
from contextlib import suppress
from typing import Protocol
from weakref import WeakSet


class Closable(Protocol):
    """Something of an event loop, such as a connection."""

    async def aclose(self) -> None:
        """Close it; no harm if it is closed already."""
        ...


_ends: dict[Hashable, tuple[AsyncGenerator[None], WeakSet[Closable]]] = {}


def close_with_loop(closable: Closable) -> None:
    """Close it when the running event loop ends, unless it is gone before.

    What runs a loop to its end, such as `asyncio.run` and `trio.run`, closes the asynchronous
    generators that were begun in it: here one waits for that.
    """
    loop: Hashable
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = threading.get_ident()  # a thread runs one loop of trio's at a time
    if loop not in _ends:
        for other in list(_ends):
            if isinstance(other, asyncio.AbstractEventLoop) and other.is_closed():
                _ends.pop(other, None)  # nobody ran it to its end
        closables = WeakSet[Closable]()
        end = _end(loop, closables)
        with suppress(StopIteration):  # it has come to its yield
            end.__anext__().send(None)
        _ends[loop] = end, closables
    _ends[loop][1].add(closable)


async def _end(loop: Hashable, closables: WeakSet[Closable]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        _ends.pop(loop, None)
        for closable in list(closables):
            await closable.aclose()
