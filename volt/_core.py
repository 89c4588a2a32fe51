"""What the two clients share: their options, the guard before `send`, and the call itself."""

import re
from collections.abc import Collection, Generator, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar, Generic, Never, Self, TypeVar

import httpx

from volt import e164
from volt import media as media_rules
from volt._flow import Answer, Call, Send, run
from volt._options import OnUnknown, Options
from volt._policy import NOT_PROCESSED, Failure
from volt._transport import AsyncTransport, Post, Transport
from volt._wire import ad_hoc, decode, encode
from volt.errors import InputError
from volt_graphql import UNSET, Operation, UnsetType

HttpClientT = TypeVar("HttpClientT", httpx.Client, httpx.AsyncClient)
TransportT = TypeVar("TransportT", Transport, AsyncTransport)


#: The arguments of a client, in their order, for the error that names them.
OPTIONS = (
    "token url from_ timeout deadline on_unknown not_processed http_client insecure_http".split()
)


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
            deadline: Seconds for one call in all; looked at between the pieces of the reply's body.
                Web workers are commonly killed after 30.
            on_unknown: What to do when a text may or may not have been sent: `"raise"`
                `DeliveryUnknownError`. There is no other choice yet.
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
        self._options = Options.checked(
            url=url,
            from_=from_,
            timeout=timeout,
            deadline=deadline,
            on_unknown=on_unknown,
            not_processed=not_processed,
            insecure_http=insecure_http,
        )
        # As a header and nowhere else: httpx leaves its value out of every repr.
        self._headers = httpx.Headers(
            {
                "Authorization": f"Bearer {Options.checked_token(token)}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            }
        )
        self._transport = self._transport_type(
            http_client, use_environment=self._options.use_environment
        )

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

    def _call(
        self,
        query: str | Operation[Any],
        variables: Mapping[str, object] | None,
        operation_name: str | None,
    ) -> Generator[Send, Answer | Failure, Any]:
        variables = {} if variables is None else variables
        operation = _checked_operation(query, variables, operation_name)
        body = encode(operation, variables)
        token = self._headers["Authorization"].removeprefix("Bearer ")
        to, from_ = variables.get("to"), variables.get("from")
        return run(
            Call(
                kind=operation.kind,
                body=body,
                read=partial(decode, operation, [variables, token]),
                not_processed=self._options.not_processed,
                server=self._options.server,
                to=e164.mask(to) if isinstance(to, str) else None,
                from_=e164.mask(from_) if isinstance(from_, str) else None,
            )
        )

    def _post(self, step: Send) -> Post:
        return Post(
            url=self._options.url,
            headers=self._headers,
            body=step.body,
            seconds=self._options.deadline,
            read_seconds=self._options.timeout,
        )


def _checked_body(body: str) -> str:
    if not isinstance(body, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError(f"the text is a string, not {type(body).__name__}", argument="body")
    if not any(character.isprintable() and not character.isspace() for character in body):
        raise InputError("the text is blank: give it a visible character", argument="body")
    if re.search("[\ud800-\udfff]", body):
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
