"""What the two clients share: their options, the guard before `send`, and the call itself."""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Never, Self, TypeVar

from volt import e164
from volt import media as media_rules
from volt._explain import Subject
from volt._flow import Budget, Call, Record, run
from volt._http11 import Fields
from volt._log import follow_environment, report
from volt._options import OnUnknown, Options
from volt._policy import NOT_PROCESSED
from volt._post import Post
from volt._reconcile import POLLS, Search, Text, Texts, can_be_found, in_turn, watched
from volt._run import Run
from volt._wire import ad_hoc, decode, encode
from volt.errors import InputError
from volt_graphql import UNSET, Operation, UnsetType

if TYPE_CHECKING:
    import httpx

    from volt._async_transport import AsyncTransport
    from volt._transport import Transport

HttpClientT = TypeVar("HttpClientT", bound="httpx.Client | httpx.AsyncClient")
TransportT = TypeVar("TransportT", bound="Transport | AsyncTransport")

#: The arguments of a client, in their order, for the error that names them.
OPTIONS = (
    "token url from_ timeout deadline on_unknown not_processed http_client insecure_http".split()
)


def waits() -> Iterator[float]:
    """The seconds to wait before each retry: full jitter below 0.5, 1, 2, 4, 8, 8, ...

    There are none where `backoff` cannot be loaded, as when there is no file descriptor left, or
    only half, as while another thread fails to load it.

    Source: the vendor asks for exponential backoff; why with full jitter, "Exponential Backoff And
    Jitter", AWS Architecture Blog, 2015.
    """
    try:
        from backoff import expo, full_jitter  # on first use: it loads asyncio
    except (ImportError, OSError):
        return
    longest = expo(factor=0.5, max_value=8)
    next(longest)  # it begins with nothing
    yield from map(full_jitter, longest)


class Core(Generic[HttpClientT, TransportT]):
    """A client but for its driver."""

    _transport_type: ClassVar[Any]
    _transport: TransportT

    def __init__(
        self,
        *,
        token: str | None = None,
        url: str | None = None,
        from_: str | None = None,
        timeout: float | None = None,
        deadline: float = 25.0,
        on_unknown: OnUnknown = "raise",
        not_processed: Collection[int] = NOT_PROCESSED,
        http_client: HttpClientT | None = None,
        insecure_http: bool = False,
        **unknown: Never,
    ) -> None:
        """Make a client. Nothing is sent, and no connection opened, before the first call.

        Args:
            token: The access token; else the environment's `VOLT_TOKEN`.
            url: The whole endpoint; else `VOLT_API_URL`, else the vendor's
                `https://api.respondflow.com/graphql`.
            from_: The sender that `send` uses, as `e164.parse` takes it; else `VOLT_FROM`.
            timeout: Seconds to wait for the server's next byte; None waits as long as `deadline`.
            deadline: Seconds for one call in all, its retries and waits included. Web workers are
                commonly killed after 30.
            on_unknown: What to do when a text may or may not have been sent. `"raise"`:
                `DeliveryUnknownError`. `"resend"`: send it again, which may text the person twice.
                `"reconcile"`: look for it in the conversation until the deadline; found, it is
                returned as accepted; else `DeliveryUnknownError`. The server's next byte is then
                waited for half the deadline, if `timeout` says nothing else.
            not_processed: The HTTP statuses that, by your word, prove a request not executed. Who
                knows that the vendor's 503 is one adds it: `{421, 425, 429, 503}`.
            http_client: An `httpx.Client` (`AsyncVolt`: `httpx.AsyncClient`) of your own, with your
                proxy, transport or instruments. It is used as it is, and you close it.
            insecure_http: Allow a plain http `url` that is not on this machine. The token then
                crosses the network for all to read.
            **unknown: Refused, with the name that was perhaps meant.

        Raises:
            ConfigurationError: An option is missing, or its value cannot be used.
        """
        Options.refuse_unknown(unknown, OPTIONS)
        follow_environment()
        self._options = Options.checked(
            url=url,
            from_=from_,
            timeout=timeout,
            deadline=deadline,
            on_unknown=on_unknown,
            not_processed=not_processed,
            insecure_http=insecure_http,
        )
        # As a header and nowhere else: its value is left out of every repr.
        self._fields = Fields(
            {
                "Authorization": f"Bearer {Options.checked_token(token)}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            }
        )
        self._transport = self._transport_type(
            http_client,
            self._options.url,
            self._fields,
            use_environment=self._options.use_environment,
        )
        self._budget = Budget()
        self._texts = Texts()

    def with_options(
        self,
        *,
        on_unknown: OnUnknown | UnsetType = UNSET,
        timeout: float | None | UnsetType = UNSET,
        deadline: float | UnsetType = UNSET,
        **unknown: Never,
    ) -> Self:
        """Make a copy with other options that shares this client's connections.

        It is cheap: make one for a single call. Closing either closes both.

        Args:
            on_unknown: As for the client.
            timeout: As for the client, in seconds.
            deadline: As for the client, in seconds.
            **unknown: Refused, with the name that was perhaps meant.

        Raises:
            ConfigurationError: A value cannot be used.
        """
        changes: dict[str, object] = {
            "on_unknown": on_unknown,
            "timeout": timeout,
            "deadline": deadline,
        }
        Options.refuse_unknown(unknown, [*changes])
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__)
        given = {name: value for name, value in changes.items() if value is not UNSET}
        twin._options = self._options.changed(given)  # noqa: SLF001 - it is one of us
        return twin

    def __repr__(self) -> str:
        sender = f", from_={e164.mask(self._options.from_)!r}" if self._options.from_ else ""
        return f"{type(self).__name__}(url={self._options.server!r}{sender})"

    def __getstate__(self) -> Never:
        raise TypeError(
            f"{type(self).__name__} holds a token and connections, so it is not copied or pickled: "
            "make one where it is used, or with_options()"
        )

    def _guarded(
        self, to: str, body: str, from_: str | None, media: Iterable[str]
    ) -> dict[str, Any]:
        """Check what `send` is given, and name it as `create_message` does."""
        return {
            "to": e164.parse(to, argument="to"),
            "from_": self._options.sender(from_),
            "body": _checked_body(body),
            "media": media_rules.check(media),
        }

    def _run(
        self,
        query: str | Operation[Any],
        variables: Mapping[str, object] | None,
        operation_name: str | None,
    ) -> Run[Any]:
        """Begin a call; whoever drives it does what it asks for."""
        variables = {} if variables is None else variables
        operation = _checked_operation(query, variables, operation_name)
        options, token = self._options, self._fields["Authorization"].removeprefix("Bearer ")
        subject = Subject(
            kind=operation.kind,
            operation=operation.name,
            server=options.server,
            to=variables.get("to"),
            from_=variables.get("from"),
        )
        tell = partial(report, subject)
        text = Text.of(variables) if operation.kind == "mutation" else None
        alike = self._texts.like(text, os.getpid()) if text else None
        search = None
        if text and alike and options.on_unknown == "reconcile" and can_be_found(operation):
            search = Search(
                operation=operation, variables=variables, text=text, alike=alike, polls=POLLS
            )
        call = Call(
            subject=subject,
            body=encode(operation, variables),
            read=partial(decode, operation, [variables, token]),
            not_processed=options.not_processed,
            repeat_unknown=operation.repeatable or options.on_unknown == "resend",
            search=search,
            waits=waits(),
            budget=self._budget,
            report=tell,
        )
        record = Record()
        flow = run(call, record)
        if alike:
            flow = watched(flow, record, alike)
        if search:
            flow = in_turn(flow, search.alike, subject.to)
        return Run(flow, record, subject, tell, seconds=options.deadline, post=self._post)

    def _post(self, body: bytes, ends: float) -> Post:
        options, read_seconds = self._options, self._options.timeout
        if read_seconds is None and options.on_unknown == "reconcile":
            read_seconds = options.deadline / 2  # the rest is for the search
        return Post(body, ends, read_seconds)


def _checked_body(body: str) -> str:
    if not isinstance(body, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"the text is a string, not {type(body).__name__}", argument="body")
    if not any(character.isprintable() and not character.isspace() for character in body):
        raise InputError("the text is blank: give it a visible character", argument="body")
    if not body.isascii() and re.search("[\ud800-\udfff]", body):
        raise InputError(
            "the text has half of a surrogate pair: decode it as UTF-16 or drop it", argument="body"
        )
    return body


def _checked_operation(
    query: str | Operation[Any], variables: Mapping[str, object], operation_name: str | None
) -> Operation[Any]:
    """What `execute` is given, as an operation. Not everyone has a type checker."""
    if not isinstance(variables, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError("a dict, by the names of the query's variables", argument="variables")
    if not isinstance(operation_name, str | None):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError("the name of an operation of the query", argument="operation_name")
    if isinstance(query, Operation):
        return query
    if not isinstance(query, str) or not query.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError("GraphQL text, or an operation of volt_graphql", argument="query")
    return ad_hoc(query, operation_name)
