"""How bytes travel, and the evidence of how far they got."""

import asyncio
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import MutableMapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar, Generic, TypeVar

import httpx

from volt._flow import Answer
from volt._policy import Failure
from volt.errors import ConfigurationError, Phase

HttpClientT = TypeVar("HttpClientT", httpx.Client, httpx.AsyncClient)

#: A longer reply is not read to its end.
MAX_REPLY_BYTES = 10 * 1024 * 1024

_CONNECT_SECONDS = 5.0
# Servers close idle connections after 5 s at the earliest (Node.js). A request on a connection that
# is just being closed is lost without a trace, so none is used that has been idle for longer.
_IDLE_SECONDS = 4.0
_LIMITS = httpx.Limits(
    max_connections=100, max_keepalive_connections=100, keepalive_expiry=_IDLE_SECONDS
)


def _user_agent() -> str:
    try:
        return f"volt-sms/{version('volt-sms')}"
    except PackageNotFoundError:  # a copy of the source that was never installed
        return "volt-sms"


_USER_AGENT = _user_agent()

#: What httpx raises before it hands on a request. Other errors contradict "nothing was sent".
_BEFORE_SENDING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)


class Evidence:
    """What httpcore's trace events say of one POST, as `extensions={"trace": …}` of a request.

    Only httpx's own transports are known to report every event; of any other, silence proves
    nothing, nor does the name of its error.
    """

    def __init__(self) -> None:
        self.stock = False
        """Whether the transport is httpx's own."""
        self._tunnelling = False
        self._begun = False
        self._complete = False

    def record(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one event, such as `http11.send_request_headers.started`."""
        request = info.get("request")
        if request is not None and request.method == b"CONNECT":
            self._tunnelling = True  # a proxy's tunnel, not our POST
        elif event.endswith("send_request_headers.started"):
            self._begun, self._complete = True, False
        elif event.endswith("send_request_body.complete"):
            self._complete = True

    async def record_async(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one event of an asynchronous transport."""
        self.record(event, info)

    def phase(self, cause: Exception) -> Phase:
        """How far the POST got when `cause` ended it."""
        if self._begun:
            return "complete" if self._complete else "unknown"
        before = self._tunnelling or isinstance(cause, _BEFORE_SENDING)
        return "nothing" if self.stock and before else "unknown"


class Post:
    """One POST: what to send, its clock, its evidence, and the outcome they make."""

    def __init__(
        self,
        *,
        url: str,
        headers: httpx.Headers,
        body: bytes,
        seconds: float,
        read_seconds: float | None,
    ) -> None:
        self.url = url
        self.headers = headers
        self.content = body
        self.evidence = Evidence()
        self._started_at = datetime.now(UTC)
        self._ends = time.monotonic() + seconds
        read = seconds if read_seconds is None else min(seconds, read_seconds)
        self.timeout = httpx.Timeout(read, connect=min(seconds, _CONNECT_SECONDS))
        self._received = bytearray()

    def take(self, chunk: bytes) -> bool:
        """Keep a piece of the reply; False when it is too long, or too late, to read on."""
        self._received += chunk
        return len(self._received) <= MAX_REPLY_BYTES and time.monotonic() < self._ends

    def answer(self, response: httpx.Response, *, whole: bool) -> Answer:
        """The reply, as far as it was read."""
        return Answer(
            status=response.status_code,
            headers=response.headers,
            body=bytes(self._received),
            whole=whole,
            started_at=self._started_at,
            ended_at=datetime.now(UTC),
        )

    def failure(self, cause: Exception) -> Failure:
        """The lack of a reply, with what is known of the request."""
        phase = self.evidence.phase(cause)
        # Before anything was sent, the text is the operating system's. Later it may quote the peer,
        # who has the request.
        text = str(cause) if phase == "nothing" else ""
        if isinstance(cause, httpx.RequestError):
            # Its request holds the token, and so may the errors it comes from. A subclass, whose
            # arguments nobody knows, is told by httpx's own class.
            kinds = (kind for kind in type(cause).__mro__ if kind.__module__ == "httpx")
            cause = next(kinds, httpx.RequestError)(text)
        return Failure(
            phase=phase,
            started_at=self._started_at,
            ended_at=datetime.now(UTC),
            cause=cause,
            reason=f"{type(cause).__name__}: {text}" if text else type(cause).__name__,
        )


class _Transport(ABC, Generic[HttpClientT]):
    """The connections of a client and of its `with_options` copies.

    Connections are made on first use, for the process (and event loop) that uses them: those of a
    parent process are left alone, because using or closing them would disturb the parent. A user's
    own httpx client is used as it is, and never closed.

    Args:
        http_client: The user's own.
        use_environment: Whether the environment's proxies and CA files count.
    """

    _http_client_type: ClassVar[Any]
    _stock_type: ClassVar[Any]

    def __init__(self, http_client: HttpClientT | None, *, use_environment: bool) -> None:
        if http_client is not None and not isinstance(http_client, self._http_client_type):
            raise ConfigurationError(
                "http_client: Volt takes an httpx.Client, AsyncVolt an httpx.AsyncClient"
            )
        self._given = http_client
        self._use_environment = use_environment
        self._own: dict[tuple[int, object], HttpClientT] = {}
        self._closed = False

    def _prepared(self, post: Post) -> tuple[HttpClientT, dict[str, Any]]:
        """The httpx client to use here and now, and what to tell it of this POST.

        Redirects and auth flows are off: both can send a request again.

        Raises:
            ConfigurationError: The client is closed, or the environment's proxy or CA file cannot
                be used.
        """
        if self._closed or (self._given is not None and self._given.is_closed):
            raise ConfigurationError(
                "the client is closed; make a new one, or keep it open for as long as it is used"
            )
        http_client = self._given or self._own_here()
        post.evidence.stock = self._given is None or self._is_stock(http_client, post.url)
        return http_client, {
            "url": post.url,
            "headers": post.headers,
            "content": post.content,
            "timeout": post.timeout,
            "auth": None,
            "follow_redirects": False,
        }

    def _is_stock(self, http_client: HttpClientT, url: str) -> bool:
        """Whether a user's client sends through httpx's own transport, and nothing around it."""
        if type(http_client).send is not self._http_client_type.send:
            return False
        try:
            transport = http_client._transport_for_url(httpx.URL(url))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        except Exception:  # noqa: BLE001 - another httpx: then nothing is known
            return False
        return type(transport) is self._stock_type

    @abstractmethod
    def _here(self) -> tuple[int, object]:
        """What tells apart the places that need connections of their own."""

    def _own_here(self) -> HttpClientT:
        here = self._here()
        client = self._own.get(here)
        if client is None:
            # No lock: one held by another thread while the process forks stays locked in the child.
            client = self._own.setdefault(here, self._new())
        return client

    def _new(self) -> HttpClientT:
        try:
            client: HttpClientT = self._http_client_type(
                limits=_LIMITS,
                headers={"User-Agent": _USER_AGENT},
                trust_env=self._use_environment,
            )
        except Exception as error:  # noqa: BLE001 - httpx lets through what its parts raise
            reason = type(error).__name__
        else:
            return client
        raise ConfigurationError(
            f"no connection can be made ({reason}): look at HTTPS_PROXY, ALL_PROXY and "
            "SSL_CERT_FILE in the environment, or pass http_client="
        )


class Transport(_Transport[httpx.Client]):
    """Sends POSTs; any number of threads may use it."""

    _http_client_type = httpx.Client
    _stock_type = httpx.HTTPTransport

    def _here(self) -> tuple[int, object]:
        return os.getpid(), None

    def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply."""
        http_client, request = self._prepared(post)
        trace = {"trace": post.evidence.record}
        try:
            with http_client.stream("POST", **request, extensions=trace) as response:
                try:
                    whole = all(post.take(chunk) for chunk in response.iter_bytes())
                except httpx.HTTPError:
                    whole = False
                return post.answer(response, whole=whole)
        except httpx.HTTPStatusError as error:  # of a user's hook: there is a reply
            return post.answer(error.response, whole=False)
        except Exception as error:  # noqa: BLE001 - a user's transport may raise anything
            return post.failure(error)
        except BaseException:
            # Interrupted, httpx may keep the connection for taken: the next call makes others.
            self._own.pop(self._here(), None)
            raise

    def close(self) -> None:
        """Close our own connections of this process."""
        self._closed = True
        client = self._own.pop(self._here(), None)
        if client is not None:
            client.close()


class AsyncTransport(_Transport[httpx.AsyncClient]):
    """Sends POSTs from coroutines; each event loop has connections of its own."""

    _http_client_type = httpx.AsyncClient
    _stock_type = httpx.AsyncHTTPTransport

    def _here(self) -> tuple[int, object]:
        process = os.getpid()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # trio, whose connections outlive a run
            return process, threading.get_ident()
        for owner, other in list(self._own):
            if isinstance(other, asyncio.AbstractEventLoop) and other.is_closed():
                self._own.pop((owner, other), None)  # nobody can use or close them any more
        return process, loop

    async def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply."""
        http_client, request = self._prepared(post)
        trace = {"trace": post.evidence.record_async}
        try:
            async with http_client.stream("POST", **request, extensions=trace) as response:
                whole = True
                try:
                    async for chunk in response.aiter_bytes():
                        if not (whole := post.take(chunk)):
                            break
                except httpx.HTTPError:
                    whole = False
                return post.answer(response, whole=whole)
        except httpx.HTTPStatusError as error:  # of a user's hook: there is a reply
            return post.answer(error.response, whole=False)
        except Exception as error:  # noqa: BLE001 - a user's transport may raise anything
            return post.failure(error)

    async def aclose(self) -> None:
        """Close our own connections of the running event loop."""
        self._closed = True
        client = self._own.pop(self._here(), None)
        if client is not None:
            await client.aclose()
