"""How bytes travel, and the evidence of how far they got."""

import asyncio
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar, Generic, TypeVar

import anyio
import httpcore
import httpx

from volt._outcome import Answer, Failure
from volt._policy import UNSENT
from volt.errors import ConfigurationError, Phase

HttpClientT = TypeVar("HttpClientT", httpx.Client, httpx.AsyncClient)

#: A longer reply is not read to its end.
MAX_REPLY_BYTES = 10 * 1024 * 1024

_CONNECT_SECONDS = 5.0
# How long after the deadline a task is cancelled whose transport did not end by itself, as when the
# head of a reply drips.
_GRACE_SECONDS = 0.05
_REFUSED_STREAM = 7  # RFC 9113, section 7
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
    """How far one POST got, by what httpcore's trace events say of it.

    Only httpx's own transports are known to report every event; of any other, silence proves
    nothing, nor does the name of its error. The rules are those of RFC 9112 and 9113 for the bytes,
    and of httpcore for the events.

    Args:
        is_blocking: Whether a failed write says that the rest was never handed on. True of plain
            sockets; asyncio keeps what it was given, and may still send it.
    """

    def __init__(self, *, is_blocking: bool) -> None:
        self.is_stock = False
        """Whether the transport is httpx's own."""
        self._is_blocking = is_blocking
        self._is_connecting = False
        self._stream_id = 0
        self._phase: Phase | None = None
        """None until the POST begins."""
        self._earlier_in_doubt = False
        """Whether a POST went before that httpcore sent again by itself, without proof."""

    def record(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one event, such as `http11.send_request_headers.started`."""
        request = info.get("request")
        if request is not None and request.method == b"CONNECT":
            self._is_connecting = True  # a proxy's tunnel, not our POST
            return
        self._is_connecting |= event.startswith("connection.")
        match event.rpartition(".send_request_")[2]:
            case "headers.started":
                self._earlier_in_doubt |= self._phase not in (None, *UNSENT)
                self._stream_id = info.get("stream_id", 0)
                self._phase = "incomplete"
            case _ if self._phase is None:
                pass  # of the tunnel: only the beginning of its events names their request
            case "body.started":
                self._phase = "unknown"
            case "body.complete":
                self._phase = "complete"
            case "body.failed" if self._is_blocking and not self._stream_id:
                failed = info.get("exception")
                if isinstance(failed, (httpcore.WriteError, httpcore.WriteTimeout)):
                    self._phase = "incomplete"
            case _:
                if _is_refusal(info.get("exception"), self._stream_id):
                    self._phase = "refused"

    def phase(self, cause: BaseException | None) -> Phase:
        """How far the POST got when `cause` ended it; None: a reply."""
        if self._earlier_in_doubt or not self.is_stock:
            return "complete" if self._phase == "complete" else "unknown"
        if self._phase:
            return self._phase
        before = self._is_connecting or isinstance(cause, _BEFORE_SENDING)
        return "nothing" if before else "unknown"


def _is_refusal(failed: object, stream_id: int) -> bool:
    """Whether an HTTP/2 server said that it did not process the stream (RFC 9113, 6.8 and 8.7)."""
    if isinstance(failed, httpcore.ConnectionNotAvailable):  # after a GOAWAY below the stream
        return True
    if not isinstance(failed, httpcore.RemoteProtocolError) or not failed.args:
        return False
    frame = failed.args[0]
    match type(frame).__name__:
        case "StreamReset":
            return bool(frame.error_code == _REFUSED_STREAM)
        case "ConnectionTerminated":
            return bool(frame.last_stream_id < stream_id)
        case _:
            return False


class Post:
    """One POST: what to send, its clock, its evidence, and the outcome they make.

    Args:
        ends: When the call's deadline is, by `time.monotonic`.
        read_seconds: How long to wait for the server's next byte; None: until the deadline.
        is_blocking: As `Evidence` has it.
    """

    def __init__(
        self,
        *,
        url: str,
        headers: httpx.Headers,
        body: bytes,
        ends: float,
        read_seconds: float | None,
        is_blocking: bool,
    ) -> None:
        self.url = url
        self.headers = headers
        self.content = body
        self.timeouts: dict[str, float] = {}
        """As httpx's extension has them. httpcore reads them anew for each step of a request."""
        self._ends = ends
        self._limits = {"connect": _CONNECT_SECONDS, "read": read_seconds}
        self._started_at = datetime.now(UTC)
        self._received = bytearray()
        self.evidence = Evidence(is_blocking=is_blocking)
        self._set_timeouts()

    @property
    def seconds_left(self) -> float:
        """What is left of the deadline; 0 or less: nothing."""
        return self._ends - time.monotonic()

    def _set_timeouts(self) -> None:
        left = max(self.seconds_left, 0.001)
        for step in ("connect", "read", "write", "pool"):
            limit = self._limits.get(step)
            self.timeouts[step] = left if limit is None else min(limit, left)

    def trace(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one of httpcore's events; give the next step the time that is left."""
        self.evidence.record(event, info)
        if event.endswith(".started"):
            self._set_timeouts()

    async def trace_async(self, event: str, info: MutableMapping[str, Any]) -> None:
        """Take one event of an asynchronous transport."""
        self.trace(event, info)

    def take(self, chunk: bytes) -> bool:
        """Keep a piece of the reply; False when it is too long, or too late, to read on."""
        self._received += chunk
        self._set_timeouts()
        return len(self._received) <= MAX_REPLY_BYTES and self.seconds_left > 0

    def answer(self, response: httpx.Response, *, whole: bool) -> Answer:
        """The reply, as far as it was read."""
        return Answer(
            status=response.status_code,
            headers=response.headers,
            body=bytes(self._received),
            whole=whole,
            is_early=self.evidence.phase(None) in UNSENT,
            started_at=self._started_at,
            ended_at=datetime.now(UTC),
            seconds_left=self.seconds_left,
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
            seconds_left=self.seconds_left,
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

    is_blocking: ClassVar[bool]
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
        post.evidence.is_stock = self._given is None or self._is_stock(http_client, post.url)
        return http_client, {
            "url": post.url,
            "headers": post.headers,
            "content": post.content,
            "auth": None,
            "follow_redirects": False,
            "extensions": {"trace": self._trace(post), "timeout": post.timeouts},
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
    def _trace(self, post: Post) -> Callable[..., Any]:
        """What to tell of httpcore's events."""

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

    is_blocking = True
    _http_client_type = httpx.Client
    _stock_type = httpx.HTTPTransport

    def _trace(self, post: Post) -> Callable[..., Any]:
        return post.trace

    def _here(self) -> tuple[int, object]:
        return os.getpid(), None

    def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply."""
        http_client, request = self._prepared(post)
        try:
            with http_client.stream("POST", **request) as response:
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

    is_blocking = False
    _http_client_type = httpx.AsyncClient
    _stock_type = httpx.AsyncHTTPTransport

    def _trace(self, post: Post) -> Callable[..., Any]:
        return post.trace_async

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
        response = None
        try:
            with anyio.fail_after(post.seconds_left + _GRACE_SECONDS):
                async with http_client.stream("POST", **request) as response:
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
            return post.failure(error) if response is None else post.answer(response, whole=False)

    async def aclose(self) -> None:
        """Close our own connections of the running event loop."""
        self._closed = True
        client = self._own.pop(self._here(), None)
        if client is not None:
            await client.aclose()
