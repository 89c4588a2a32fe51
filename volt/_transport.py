"""How bytes travel, and the evidence of how far they got."""

import asyncio
import os
import time
from abc import ABC, abstractmethod
from collections.abc import MutableMapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, ClassVar, Generic, TypeVar
from weakref import WeakKeyDictionary

import httpx

from volt._flow import Answer
from volt._policy import Failure
from volt.errors import ConfigurationError, Phase

HttpClientT = TypeVar("HttpClientT", httpx.Client, httpx.AsyncClient)

_CONNECT_SECONDS = 5.0
# Servers close idle connections after 5 s at the earliest (Node.js). A request on a connection that
# is just being closed is lost without a trace, so none is used that has been idle for longer.
_IDLE_SECONDS = 4.0
#: A longer reply is not read to its end.
MAX_REPLY_BYTES = 10 * 1024 * 1024

_LIMITS = httpx.Limits(
    max_connections=100, max_keepalive_connections=100, keepalive_expiry=_IDLE_SECONDS
)


class Evidence:
    """What httpcore's trace events say of one POST, as `extensions={"trace": …}` of a request.

    Recorded are facts only: that the POST began to be handed on, that all of it was, that no
    connection came about. A transport that reports nothing leaves nothing known.
    """

    def __init__(self) -> None:
        self.stock = False
        """Whether the transport is known to report every event."""
        self._begun = False
        self._complete = False
        self._unconnected = False

    def record(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one event, such as `http11.send_request_headers.started`."""
        request = info.get("request")
        if request is not None and request.method == b"CONNECT":
            return  # a proxy's tunnel, not our POST
        if event.endswith("send_request_headers.started"):
            self._begun, self._complete = True, False
        elif event.endswith("send_request_body.complete"):
            self._complete = True
        elif event.endswith((".connect_tcp.failed", ".start_tls.failed")):
            self._unconnected = True

    async def record_async(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one event of an asynchronous transport."""
        self.record(event, info)

    @property
    def phase(self) -> Phase:
        """How far the POST got. `nothing` needs proof: a stock transport, or a failed connect."""
        if self._begun:
            return "complete" if self._complete else "unknown"
        return "nothing" if self.stock or self._unconnected else "unknown"


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
        self._body = bytearray()

    def take(self, chunk: bytes) -> bool:
        """Keep a piece of the reply; False when it is too long, or too late, to read on."""
        self._body += chunk
        return len(self._body) <= MAX_REPLY_BYTES and time.monotonic() < self._ends

    def answer(self, response: httpx.Response, *, whole: bool) -> Answer:
        """The reply's bytes; without a body if it was not read to its end."""
        return Answer(
            status=response.status_code,
            headers=response.headers,
            body=bytes(self._body) if whole else None,
            started_at=self._started_at,
            ended_at=datetime.now(UTC),
        )

    def failure(self, cause: Exception) -> Failure:
        """The lack of a reply, with what is known of the request."""
        # The text of our own transport's errors is the operating system's; another's may hold
        # anything.
        text = f" ({cause})" if self.evidence.stock and str(cause) else ""
        return Failure(
            reason=f"{type(cause).__name__}{text}",
            phase=self.evidence.phase,
            started_at=self._started_at,
            ended_at=datetime.now(UTC),
            cause=cause,
        )


class _Transport(ABC, Generic[HttpClientT]):
    """The connections of a client and of its `with_options` copies.

    Connections are made on first use, for the process (and event loop) that uses them: those of a
    parent process or of an ended loop are left alone, because using or closing them would disturb
    the other side. A user's own httpx client is used as it is, and never closed.

    Args:
        http_client: The user's own.
        use_environment: Whether the environment's proxies and CA files count.
    """

    _http_client_type: ClassVar[Any]

    def __init__(self, http_client: HttpClientT | None, *, use_environment: bool) -> None:
        if http_client is not None and not isinstance(http_client, self._http_client_type):
            raise ConfigurationError(
                "http_client: Volt takes an httpx.Client, AsyncVolt an httpx.AsyncClient"
            )
        self._given = http_client
        self._use_environment = use_environment
        self._closed = False

    def _prepared(self, post: Post) -> tuple[HttpClientT, dict[str, Any]]:
        """The httpx client to use here and now, and what to tell it of this POST.

        Redirects and auth flows are off: both can send a request again.

        Raises:
            ConfigurationError: The client is closed.
        """
        if self._closed or (self._given is not None and self._given.is_closed):
            raise ConfigurationError(
                "the client is closed; make a new one, or keep it open for as long as it is used"
            )
        post.evidence.stock = self._given is None
        request = {
            "url": post.url,
            "headers": post.headers,
            "content": post.content,
            "timeout": post.timeout,
            "auth": None,
            "follow_redirects": False,
        }
        return self._own() if self._given is None else self._given, request

    @abstractmethod
    def _own(self) -> HttpClientT:
        """Our own httpx client for this process (and event loop), made on first use."""

    def _new(self) -> HttpClientT:
        client: HttpClientT = self._http_client_type(
            limits=_LIMITS,
            headers={"User-Agent": f"volt-sms/{version('volt-sms')}"},
            trust_env=self._use_environment,
        )
        return client


class Transport(_Transport[httpx.Client]):
    """Sends POSTs; any number of threads may use it."""

    _http_client_type = httpx.Client

    def __init__(self, http_client: httpx.Client | None, *, use_environment: bool) -> None:
        super().__init__(http_client, use_environment=use_environment)
        self._by_process: dict[int, httpx.Client] = {}

    def _own(self) -> httpx.Client:
        process = os.getpid()
        client = self._by_process.get(process)
        if client is None:
            # No lock: one held by another thread while the process forks stays locked in the child.
            client = self._by_process.setdefault(process, self._new())
        return client

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
        except Exception as error:  # noqa: BLE001 - a user's transport may raise anything
            return post.failure(error)

    def close(self) -> None:
        """Close our own connections of this process."""
        self._closed = True
        client = self._by_process.pop(os.getpid(), None)
        if client is not None:
            client.close()


def _running_loop() -> object:
    """What tells event loops apart: asyncio's own object. Other libraries (trio) run one loop."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return AsyncTransport


class AsyncTransport(_Transport[httpx.AsyncClient]):
    """Sends POSTs from coroutines; each event loop has connections of its own."""

    _http_client_type = httpx.AsyncClient

    def __init__(self, http_client: httpx.AsyncClient | None, *, use_environment: bool) -> None:
        super().__init__(http_client, use_environment=use_environment)
        self._by_loop: WeakKeyDictionary[object, httpx.AsyncClient] = WeakKeyDictionary()

    def _own(self) -> httpx.AsyncClient:
        # A forked child runs a loop of its own, so the loop tells processes apart too.
        loop = _running_loop()
        client = self._by_loop.get(loop)
        if client is None:
            client = self._by_loop.setdefault(loop, self._new())
        return client

    async def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply."""
        http_client, request = self._prepared(post)
        trace = {"trace": post.evidence.record_async}
        try:
            async with http_client.stream("POST", **request, extensions=trace) as response:
                whole = True
                try:
                    async for chunk in response.aiter_bytes():
                        whole = post.take(chunk)
                        if not whole:
                            break
                except httpx.HTTPError:
                    whole = False
                return post.answer(response, whole=whole)
        except Exception as error:  # noqa: BLE001 - a user's transport may raise anything
            return post.failure(error)

    async def aclose(self) -> None:
        """Close our own connections of the running event loop."""
        self._closed = True
        client = self._by_loop.pop(_running_loop(), None)
        if client is not None:
            await client.aclose()
