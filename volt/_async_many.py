"""`AsyncVolt.send_many`: many texts at once, by tasks of asyncio."""

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import count, islice
from types import TracebackType
from typing import Final, Self, TypeAlias

from volt._outbound import (
    Accepted,
    OutboundMessage,
    Outcome,
    annotate,
    checked_concurrency,
    no_message,
    outcome_of,
    outcomes_repr,
    to_be_taken,
    warn_if_left,
)
from volt._pool import MAX_CONNECTIONS
from volt.errors import ConfigurationError, InputError
from volt_graphql import Message

_END: Final = object()

_Send: TypeAlias = Callable[..., Awaitable[Message]]
_Messages: TypeAlias = Iterable[OutboundMessage] | AsyncIterable[OutboundMessage]


class AsyncOutcomes(AsyncIterator[Outcome]):
    """What becomes of the texts of `AsyncVolt.send_many`, in the order in which it is known.

    An asynchronous iterator and context manager. The block ends, however it ends, when no task is
    left: after a `break` or an error, the texts under way have their outcomes then, at most the
    client's `deadline` later; a cancellation breaks them off, and each is `NotSent` or, if it may
    be out, `Unknown`. No other text is begun then. What you had not taken by that time can still
    be taken: go on iterating, in a `finally`. The outcome that you were dealing with when an error
    or a cancellation came is given again, as the last. A note on the error says how many there are.

    Ctrl-C under `asyncio.run` is a cancellation: nothing is waited for, as it is with `Volt`.
    """

    def __init__(self, send: _Send, messages: _Messages, concurrency: int) -> None:
        self._run = _Run(send, messages, checked_concurrency(concurrency, MAX_CONNECTIONS))
        self._given: tuple[int, Outcome] | None = None

    @property
    def in_flight(self) -> tuple[OutboundMessage, ...]:
        """The texts that were begun, and whose outcome you have not taken; any may be out.

        At most `concurrency`.
        """
        return tuple(self._run.in_flight.values())

    def stop(self) -> None:
        """Read the input no further; the iteration ends with the texts that are under way.

        An asynchronous input that is being waited for is cancelled.
        """
        self._run.stop()

    async def __anext__(self) -> Outcome:
        """Wait for the next outcome.

        Raises:
            Exception: The input's own, as it was raised, when the outcomes of all texts before it
                have been given.
            InputError: An element of the input is no `OutboundMessage`; just so.
            ConfigurationError: Not asyncio runs this, but trio.
        """
        run = self._run
        if self._given:  # whoever asks for another has dealt with it
            self._given = None
            run.room.release()
        run.start()
        while not run.arrived:
            if run.is_over:
                error, run.error = run.error, None
                raise error or StopAsyncIteration
            run.news.clear()
            await run.news.wait()
        self._given = number, outcome = run.arrived.popleft()
        del run.in_flight[number]
        return outcome

    def __repr__(self) -> str:
        return outcomes_repr(self, len(self._run.in_flight), len(self._run.arrived))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        run = self._run
        run.stop()
        again = self._given if exc else None
        self._given = None
        if again:
            number, outcome = again
            run.in_flight[number] = outcome.outbound
            run.arrived.appendleft(again)
        try:
            if isinstance(exc, Exception | None):
                await run.settle()
        except BaseException as error:  # a cancellation of who waits
            exc = error
            raise
        finally:
            broken_off = len(run.in_flight) - len(run.arrived)
            await run.break_off()
            if again:
                run.arrived.rotate(-1)  # the last: if it was the cause, the others come first
            if exc and run.in_flight:
                said = to_be_taken(outcome for _, outcome in run.arrived)
                if broken_off:
                    said = f"{broken_off} texts under way were broken off; {said}"
                annotate(exc, said)

    def __del__(self) -> None:
        run: _Run | None = getattr(self, "_run", None)  # None: the arguments were refused
        if run is None or run.loop is None or run.loop.is_closed():
            return
        run.stopped = True
        run.loop.call_soon_threadsafe(run.stop)  # which may be another thread's
        warn_if_left(self, len(run.in_flight) - len(run.arrived))


class _Run:
    """The tasks: one reads the input, when there is room, and begins one for each text.

    They know nothing of the iterator, so that it can tell if it is left behind.
    """

    def __init__(self, send: _Send, messages: _Messages, concurrency: int) -> None:
        self._send = send
        self._messages = _iterator(messages)
        self._reader: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.stopped = False
        self.loop: asyncio.AbstractEventLoop | None = None
        self.room = asyncio.Semaphore(concurrency)
        self.in_flight: dict[int, OutboundMessage] = {}
        self.arrived: deque[tuple[int, Outcome]] = deque()
        self.news = asyncio.Event()
        """Set when an outcome has arrived, or the input has ended."""
        self.error: BaseException | None = None
        """What ended the input, if it did not end by itself."""

    def start(self) -> None:
        """Begin to read the input, unless that was begun."""
        if self._reader or self.stopped:
            return
        try:
            self.loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError(
                "send_many runs on asyncio only: with trio, call send in tasks of your own nursery"
            ) from None
        self._reader = self.loop.create_task(self._read())
        self._reader.add_done_callback(lambda _: self.news.set())

    @property
    def is_over(self) -> bool:
        """Whether there is no outcome left, and will be none."""
        reading = self._reader is not None and not self._reader.done()
        return not (reading or self.in_flight)

    def stop(self) -> None:
        """Read the input no further."""
        self.stopped = True
        if self._reader:
            self._reader.cancel()

    async def settle(self) -> None:
        """Wait until all tasks have ended."""
        while left := self._left():
            await asyncio.wait(left)

    async def break_off(self) -> None:
        """Cancel the texts that are under way, and wait until all tasks have ended."""
        for task in self._tasks:
            task.cancel()
        while self._left():
            with suppress(asyncio.CancelledError):  # anyio's comes again and again
                await self.settle()

    def _left(self) -> set[asyncio.Task[None]]:
        return {task for task in (self._reader, *self._tasks) if task and not task.done()}

    async def _read(self) -> None:
        try:
            for number in count():
                await self.room.acquire()
                if self.stopped:
                    return
                if isinstance(self._messages, Iterator):
                    found = next(self._messages, _END)
                else:
                    found = await anext(self._messages, _END)
                if found is _END:
                    return
                if not isinstance(found, OutboundMessage):
                    self.error = no_message(found, number)
                    return
                self._begin(number, found)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - the input's own
            if not self.stopped:
                self.error = error

    def _begin(self, number: int, outbound: OutboundMessage) -> None:
        self.in_flight[number] = outbound
        task = asyncio.create_task(self._outcome(number, outbound))
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, number, outbound))

    async def _outcome(self, number: int, outbound: OutboundMessage) -> None:
        try:
            message = await self._send(
                outbound.to, outbound.body, from_=outbound.from_, media=outbound.media
            )
        except BaseException as error:
            self._arrive(number, outcome_of(outbound, error))
            if not isinstance(error, (Exception, asyncio.CancelledError)):
                raise  # Ctrl-C is everyone's
        else:
            self._arrive(number, Accepted(outbound, message))

    def _ended(self, number: int, outbound: OutboundMessage, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():  # before its first step
            self._arrive(number, outcome_of(outbound, asyncio.CancelledError()))
        else:
            task.exception()  # whoever runs the loop has seen it

    def _arrive(self, number: int, outcome: Outcome) -> None:
        self.arrived.append((number, outcome))
        self.news.set()


def _iterator(messages: _Messages) -> Iterator[OutboundMessage] | AsyncIterator[OutboundMessage]:
    if isinstance(messages, AsyncIterable):
        return aiter(messages)
    try:
        return islice(messages, None)
    except TypeError:
        raise InputError(
            f"an iterable of OutboundMessage, asynchronous or not, not {type(messages).__name__}",
            argument="messages",
        ) from None
