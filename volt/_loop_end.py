"""What is closed when its event loop ends, because nobody closed it before."""

import asyncio
import atexit
import sys
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Protocol
from weakref import WeakKeyDictionary, WeakSet


class Closable(Protocol):
    """Something of an event loop, such as a connection."""

    async def aclose(self) -> None:
        """Close it; no harm if it is closed already."""
        ...


# Nothing here keeps a loop: one that nobody closes can be collected with all that it has open.
_ends: WeakKeyDictionary[object, tuple[AsyncGenerator[None], WeakSet[Closable]]] = (
    WeakKeyDictionary()
)
atexit.register(_ends.clear)  # later, what a generator needs for its end is gone


def close_with_loop(closable: Closable) -> None:
    """Close it when the running event loop ends, unless it is gone before.

    What runs a loop to its end, such as `asyncio.run` and `trio.run`, closes the asynchronous
    generators that were begun in it: here one waits for that.
    """
    loop = _here()
    if loop not in _ends:
        closables = WeakSet[Closable]()
        end = _end(closables)
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(finalizer=None)  # the generator would keep it, and it the loop
        try:
            with suppress(StopIteration):  # it has come to its yield
                end.__anext__().send(None)
        finally:
            sys.set_asyncgen_hooks(*hooks)
        _ends[loop] = end, closables
    _ends[loop][1].add(closable)


def _here() -> object:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return threading.current_thread()  # a thread runs one loop of trio's at a time


async def _end(closables: WeakSet[Closable]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        loop = _here()
        if loop in _ends and _ends[loop][1] is closables:  # else it is collected with its loop
            del _ends[loop]
            for closable in list(closables):
                await closable.aclose()
