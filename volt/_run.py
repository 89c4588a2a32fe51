"""One call under way: its flow, its clock, and what to say if it is interrupted."""

import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from volt._explain import Subject
from volt._flow import Flow, Record, Sleep
from volt._outcome import Answer, Failure
from volt._policy import UNSENT
from volt._post import Post
from volt._wire import keep_attempts
from volt.errors import VoltError

ResultT = TypeVar("ResultT")


class Run(Generic[ResultT]):
    """Tells a driver what to do, step by step, until `result` is there or an error is raised.

    Args:
        flow: The call.
        record: Where the flow writes what happened.
        subject: What the call is about.
        report: Told of an interruption.
        seconds: How long all of it may take, from now.
        post: Makes a POST of a body and of the time, by `time.monotonic`, when all must end.
    """

    result: ResultT

    def __init__(
        self,
        flow: Flow[ResultT],
        record: Record,
        subject: Subject,
        report: Callable[..., None],
        *,
        seconds: float,
        post: Callable[[bytes, float], Post],
    ) -> None:
        self._flow, self._record, self._subject, self._report = flow, record, subject, report
        self._make_post = post
        self._ends = time.monotonic() + seconds
        self._post: Post | None = None

    def start(self) -> Post | float | None:
        """The first step: a POST to send, or seconds to wait."""
        return self._advance(None)

    def came(self, outcome: Answer | Failure) -> Post | float | None:
        """The next step after a POST; None: it is done."""
        return self._advance(outcome)

    def waited(self) -> Post | float | None:
        """The next step after a wait; None: it is done."""
        return self._advance(self._ends - time.monotonic())

    def _advance(self, value: Any) -> Post | float | None:
        try:
            step = self._flow.send(value)
        except StopIteration as done:
            self.result = done.value
            keep_attempts(self.result, tuple(self._record.attempts))
            return None
        if isinstance(step, Sleep):
            self._post = None
            return step.seconds
        self._post = self._make_post(step.body, self._ends)
        return self._post

    def interrupted(self, error: BaseException) -> None:
        """Say so, in a note on `error` and in the log, if the text may be out all the same."""
        self._flow.close()
        if isinstance(error, VoltError) or self._subject.kind == "query":
            return
        under_way = self._post and self._post.phase(error) not in UNSENT
        if self._record.in_doubt or under_way:
            why = self._subject.may_be_out
            note = f"volt: {why}"
            error.add_note(note)
            try:  # whoever cancels drops the error, as task groups do, and sees the log alone
                self._report("interrupted", by=type(error).__name__, why=why)
            except BaseException as another:
                another.add_note(note)  # of the user's own handler: it is the one that is seen
                raise
