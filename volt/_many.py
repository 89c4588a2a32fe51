"""`Volt.send_many`: many texts at once, by threads.

An interruption (Ctrl-C) can come into the caller's thread after any call, and must lose no text and
no outcome. CPython looks for signals after a call and where a loop begins again, not in between. So
whatever moves from one place to another here does it within one call into C, or without any.
(`ThreadPoolExecutor.submit` does neither: after an interruption nobody knows whether it took the
text. `Thread.start` may leave a lock taken for good.)
"""

import threading
from _thread import start_new_thread
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from itertools import islice
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self, TypeAlias

from volt._explain import Subject
from volt._log import report
from volt._outbound import (
    Accepted,
    OutboundMessage,
    Outcome,
    annotate,
    checked_concurrency,
    left_alone,
    no_message,
    outcome_of,
    outcomes_repr,
    to_be_taken,
    warn_if_left,
)
from volt._pool import MAX_CONNECTIONS
from volt.errors import InputError
from volt_graphql import Message

#: How long a thread waits for a text before it ends: so none outlives what it works for.
_IDLE_SECONDS = 1.0

_SUBJECT = Subject(kind="mutation", operation="send_many", server="")

_Send: TypeAlias = Callable[..., Message]
_ToDo: TypeAlias = SimpleQueue[tuple[int, OutboundMessage] | None]
_Done: TypeAlias = SimpleQueue[tuple[int, Outcome]]


class Outcomes(Iterator[Outcome]):
    """What becomes of the texts of `Volt.send_many`, in the order in which it is known.

    An iterator for one thread, which also reads the input, and a context manager. The block ends,
    however it ends, when the texts under way have their outcomes, at most the client's `deadline`
    later; no other text is begun then. What you had not taken by that time can still be taken:
    after a `break`, an error or Ctrl-C, go on iterating, in a `finally`. The outcome that you were
    dealing with when an error or Ctrl-C came is given again, as the last. A note on the error says
    how many there are. Ctrl-C while the block waits leaves the texts alone that are under way: to
    go on iterating waits for none then, and gives each whose outcome is not there as `Unknown`.
    """

    def __init__(
        self,
        send: _Send,
        messages: Iterable[OutboundMessage],
        concurrency: int,
        deadline: float,
    ) -> None:
        self._in_flight: dict[int, OutboundMessage] = {}
        self._arrived: deque[tuple[int, Outcome]] = deque()
        self._given: tuple[int, Outcome] | None = None
        self._concurrency = checked_concurrency(concurrency, MAX_CONNECTIONS)
        try:
            self._messages = enumerate(messages)
        except TypeError:
            raise InputError(
                f"an iterable of OutboundMessage, not {type(messages).__name__}",
                argument="messages",
            ) from None
        self._send = send
        self._deadline = deadline
        self._stopped = False
        self._left_alone = False
        self._begun = 0
        self._error: Exception | None = None
        self._to_do: _ToDo = SimpleQueue()
        self._done: _Done = SimpleQueue()
        self._completions = iter(self._done.get, None)
        self._crew: set[_Worker] = set()

    @property
    def in_flight(self) -> tuple[OutboundMessage, ...]:
        """The texts that were begun, and whose outcome you have not taken; any may be out.

        At most `concurrency`.
        """
        return tuple(self._in_flight.values())

    def stop(self) -> None:
        """Read the input no further; the iteration ends with the texts that are under way."""
        self._stopped = True

    def __next__(self) -> Outcome:
        """Wait for the next outcome.

        Raises:
            Exception: The input's own, as it was raised, when the outcomes of all texts before it
                have been given.
            InputError: An element of the input is no `OutboundMessage`; just so.
        """
        self._given = None  # whoever asks for another has dealt with it
        self._begin()
        while not self._arrived:
            if not self._in_flight:
                self._dismiss()
                error, self._error = self._error, None
                raise error or StopIteration
            if self._left_alone and self._done.empty():
                self._arrived.extend(
                    [(number, left_alone(text)) for number, text in self._in_flight.items()]
                )
            elif not (self._done.empty() and self._begin()):
                self._wait()
        self._given = number, outcome = self._arrived[0]
        del self._arrived[0], self._in_flight[number]
        return outcome

    def _begin(self) -> bool:
        """Take a text from the input, if there is room, and hand it to a thread; say if so."""
        if self._begun not in self._in_flight:  # where it is if an interruption came after `update`
            if self._stopped or len(self._in_flight) >= self._concurrency:
                return False
            try:
                self._in_flight.update(islice(self._messages, 1))
            except Exception as error:  # noqa: BLE001 - whatever the input raises
                self._error = error
            if self._begun not in self._in_flight:
                self._stopped = True
                return False
        message = self._in_flight[self._begun]
        if not isinstance(message, OutboundMessage):  # pyright: ignore[reportUnnecessaryIsInstance]
            self._error = no_message(message, self._begun)
            self._stopped = True
            del self._in_flight[self._begun]
            return False
        self._begun += 1
        self._to_do.put((self._begun - 1, message))
        self._hire()
        return True

    def _wait(self) -> None:
        """Wait for an outcome."""
        try:
            self._hire()
            self._arrived.extend(islice(self._completions, 1))
        except KeyboardInterrupt as stop:
            annotate(
                stop,
                f"{len(self._in_flight)} texts are under way and may be sent: `in_flight` has "
                "them, and to go on iterating waits for their outcomes",
            )
            raise

    def _hire(self) -> None:
        """See that there is a thread for each text that is under way."""
        while len(self._crew) < len(self._in_flight):
            worker = _Worker(self._crew, self._to_do, self._done, self._send)
            try:
                self._crew.add(worker)
                start_new_thread(worker.begin, ())
            except BaseException as error:
                self._crew.discard(worker)  # it may have begun all the same: then it is one more
                if isinstance(error, RuntimeError) and self._crew:
                    return  # the system gives no more threads: those that are there will do
                raise

    def _dismiss(self) -> None:
        """End the threads, when nothing is under way; those that are left alone end later."""
        self._to_do.put(None)
        if self._left_alone:
            return
        for worker in tuple(self._crew):
            if worker.ident:  # else it is about to begin, and ends at once
                worker.join()

    def __repr__(self) -> str:
        return outcomes_repr(self, len(self._in_flight), len(self._in_flight) - self._under_way)

    @property
    def _under_way(self) -> int:
        """Of how many texts that were begun the outcome is not there yet."""
        return max(0, len(self._in_flight) - len(self._arrived) - self._done.qsize())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        again = self._given if exc else None
        self._given = None
        if again:
            number, outcome = again
            self._in_flight[number] = outcome.outbound
            self._arrived.appendleft(again)
        try:
            self.stop()
            if self._under_way and isinstance(exc, KeyboardInterrupt):
                self._say_why_it_waits(exc)
            while len(self._arrived) < len(self._in_flight):
                self._begin()  # what an interruption has left
                self._wait()
            self._dismiss()
        except KeyboardInterrupt as second:
            self._left_alone = True
            if exc:
                annotate(exc, None)
            if self._in_flight:
                annotate(
                    second,
                    f"{len(self._in_flight)} outcomes to be taken, {self._under_way} of texts that "
                    "are under way: go on iterating to have what is known of each, without a wait; "
                    f"the process ends when their threads have, within {self._deadline:g} s",
                )
            raise
        if again:
            self._arrived.rotate(-1)  # the last: if it was the cause, the others come first
        if exc and self._in_flight:
            annotate(exc, to_be_taken(outcome for _, outcome in self._arrived))

    def _say_why_it_waits(self, stop: KeyboardInterrupt) -> None:
        under_way = self._under_way
        report(
            _SUBJECT,
            "interrupted",
            by=type(stop).__name__,
            waits_for=under_way,
            says=f"waiting up to {self._deadline:g} s for {under_way} texts under way; "
            "Ctrl-C again to leave them",
        )

    def __del__(self) -> None:
        warn_if_left(self, len(self._in_flight) - len(self._arrived))


class _Worker(threading.Thread):
    """Sends one text after the other, until there are none."""

    def __init__(self, crew: "set[_Worker]", to_do: _ToDo, done: _Done, send: _Send) -> None:
        # No daemon: the interpreter ends when what is under way has ended.
        super().__init__(name="volt-send-many", daemon=False)
        self._crew, self._to_do, self._done, self._send = crew, to_do, done, send
        # Of whoever takes the outcomes, as a task of asyncio has it: for what logs and traces.
        self._context = copy_context()

    def begin(self) -> None:
        """Begin, from a thread that no signal interrupts."""
        try:
            self.start()
        except RuntimeError:  # the system gives no more threads: then this one works
            self.run()

    def run(self) -> None:
        """Work."""
        self._context.run(self._work)

    def _work(self) -> None:
        while True:
            try:
                job = self._to_do.get(timeout=_IDLE_SECONDS)
            except Empty:
                self._crew.discard(self)
                # Of what is put from now on, `_hire` sees that nobody is there for it.
                try:
                    job = self._to_do.get_nowait()
                except Empty:
                    return
                self._crew.add(self)
            if job is None:
                self._to_do.put(None)  # for the next of them
                return
            number, message = job
            self._done.put((number, self._outcome(message)))

    def _outcome(self, outbound: OutboundMessage) -> Outcome:
        try:
            message = self._send(
                outbound.to, outbound.body, from_=outbound.from_, media=outbound.media
            )
        except BaseException as error:  # noqa: BLE001 - whatever it is, the text has an outcome
            return outcome_of(outbound, error)
        return Accepted(outbound, message)
