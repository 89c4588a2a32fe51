"""`Volt`: a thin driver of the flow, for ordinary code."""

import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from volt._core import Core
from volt._paging import Paging
from volt._post import Post
from volt._transport import Transport
from volt._wire import Data
from volt_graphql import Message, Operation

if TYPE_CHECKING:
    import httpx  # noqa: F401 - the base class names it in a string

    from volt._many import Outcomes
    from volt._outbound import OutboundMessage

ResultT = TypeVar("ResultT")


class Volt(Core["httpx.Client", Transport], Paging):
    """The Volt messaging API, for ordinary code; `AsyncVolt` is its twin for coroutines.

    Any number of threads may share one client, and a forked process may go on using it: it opens
    connections of its own. Close it, or use it as a context manager.

    Every method either returns what Volt answered or raises a `VoltError`; only after a
    `DeliveryUnknownError` may a text be out all the same.
    """

    _transport_type = Transport

    def send(
        self, to: str, body: str, *, from_: str | None = None, media: Iterable[str] = ()
    ) -> Message:
        """Send a text, after checking what can be checked here.

        Args:
            to: The recipient, in any form that `volt.e164.parse` takes.
            body: The text; not blank.
            from_: The sender; else the client's.
            media: Public http(s) URLs of JPEG, PNG, GIF or VCF files; any makes it an MMS.

        Returns:
            The message as Volt accepted it. Accepted is not delivered: `status` says what has
            become of it so far, and `get_message` what became of it later.

        Raises:
            InputError: An argument cannot be sent; nothing was.
            DeliveryUnknownError: The text may have been sent. Do not just send it again.
            VoltError: Any other error; the text was not sent.
        """
        return self.create_message(**self._guarded(to, body, from_, media))

    def send_many(
        self, messages: Iterable["OutboundMessage"], *, concurrency: int = 16
    ) -> "Outcomes":
        """Send many texts at once, each as `send` does, with its own deadline and retries.

        One that fails stops nothing: what became of it is its outcome. Neither input nor outcomes
        are kept: the input is read, in your thread, when you take an outcome and there is room.

        Args:
            messages: The texts; any iterable, of any length. If it raises an error, that is raised
                after the outcomes of the texts before it.
            concurrency: How many texts may be under way or wait to be taken, from 1 to 100; as
                many threads send them.

        Returns:
            An iterator of an `Outcome` for each text, as soon as it is known: `Accepted`,
            `Rejected`, `NotSent`, or `Unknown`, and only then the text may be out all the same.
            Use it as a context manager: then none is under way after the block. After Ctrl-C or an
            error, iterate once more, in a `finally`, for what was. `in_flight` has those that are,
            `stop()` reads the input no further.

        Raises:
            InputError: An argument cannot be used; nothing was sent.
        """
        from volt._many import Outcomes

        return Outcomes(self.send, messages, concurrency, self._options.deadline)

    @overload
    def execute(
        self, query: Operation[ResultT], variables: Mapping[str, object] | None = None
    ) -> ResultT: ...

    @overload
    def execute(
        self,
        query: str,
        variables: Mapping[str, object] | None = None,
        operation_name: str | None = None,
    ) -> Data: ...

    def execute(
        self,
        query: str | Operation[Any],
        variables: Mapping[str, object] | None = None,
        operation_name: str | None = None,
    ) -> Any:
        """Send an operation that `queries/` does not have, or one that it has.

        Args:
            query: GraphQL text, or an operation of `volt_graphql` such as `CREATE_MESSAGE`.
            variables: The values of its variables, by GraphQL name. Nothing is checked.
            operation_name: Which operation of `query` to run, if the text has more than one.

        Returns:
            For text, the reply's `data` as received, a `dict` by response key (with the `errors`
            that came beside it); for an operation, its result.

        Raises:
            DeliveryUnknownError: It was a mutation, and may have been executed.
            VoltError: Any other error; a mutation was not executed.
        """
        run = self._run(query, variables, operation_name)
        try:
            step = run.start()
            while step is not None:
                if isinstance(step, Post):
                    step = run.came(self._transport.post(step))
                else:
                    time.sleep(step)
                    step = run.waited()
        except BaseException as error:
            run.interrupted(error)
            raise
        return run.result

    def close(self) -> None:
        """Close the connections; further calls raise `ConfigurationError`. Yours stay open."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
