"""Does what is due, when it is due: a task that lives as long as something is left to do."""

import asyncio
from collections.abc import Callable
from contextlib import suppress


class Clockwork:
    """Waits for the next due time, works, and waits again.

    It needs no lifespan: whoever makes something due wakes it, in the event loop of the request.
    Where a loop ends with its request, as in some tests, the next request wakes it again.
    """

    def __init__(
        self,
        next_at: Callable[[], float | None],
        work: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        """Take what is to be done.

        Args:
            next_at: When the next thing is due; None: nothing is.
            work: Does all that is due.
            clock: Tells the time.
        """
        self._next_at = next_at
        self._work = work
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._is_stopped = False

    def start(self) -> None:
        """Begin, also again after a stop; where nobody calls it, the first `wake` begins."""
        self._is_stopped = False
        self.wake()

    def wake(self) -> None:
        """Look anew at what is due next; outside of an event loop, wait for the next call."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._is_stopped:
            return
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._changed = asyncio.Event()
            self._task = loop.create_task(self._run())
        else:
            self._changed.set()

    async def _run(self) -> None:
        while (at := self._next_at()) is not None:
            self._changed.clear()
            if (delay := at - self._clock()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), delay)
            else:
                self._work()
                await asyncio.sleep(0)

    def stop(self) -> None:
        """Do nothing more, whoever wakes it."""
        self._is_stopped = True
        if self._task:
            self._task.cancel()
