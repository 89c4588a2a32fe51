"""How bytes travel: over connections of our own, or through httpx where those cannot go."""

import asyncio
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar, Generic, TypeVar
from urllib.request import getproxies

import anyio
import httpx

from volt._async_connections import AsyncConnectionTransport
from volt._connections import ConnectionTransport
from volt._http11 import Endpoint
from volt._outcome import Answer, Failure
from volt._pool import IDLE_SECONDS, MAX_CONNECTIONS, ssl_context
from volt._post import Post, Trace
from volt.errors import ConfigurationError

HttpClientT = TypeVar("HttpClientT", httpx.Client, httpx.AsyncClient)
ConnectionsT = TypeVar("ConnectionsT", bound=ConnectionTransport | AsyncConnectionTransport)
MadeT = TypeVar("MadeT")

_LIMITS = httpx.Limits(
    max_connections=MAX_CONNECTIONS,
    max_keepalive_connections=MAX_CONNECTIONS,
    keepalive_expiry=IDLE_SECONDS,
)
# How long after the deadline a task is cancelled whose transport did not end by itself, as when the
# head of a reply drips.
_GRACE_SECONDS = 0.05


def _user_agent() -> str:
    try:
        return f"volt-sms/{version('volt-sms')}"
    except PackageNotFoundError:  # a copy of the source that was never installed
        return "volt-sms"


_USER_AGENT = _user_agent()
_OWN_HEADERS = ((b"User-Agent", _USER_AGENT.encode()), (b"Accept-Encoding", b"identity"))


class _Transport(ABC, Generic[HttpClientT, ConnectionsT]):
    """The way to one endpoint, for a client and its `with_options` copies.

    It is over connections of our own, unless the user gives an httpx client, the environment names
    a proxy, or no asyncio runs a coroutine: then httpx sends.

    Connections are made on first use, for the process (and event loop) that uses them: those of a
    parent process are left alone, because using or closing them would disturb the parent. A user's
    own httpx client is used as it is, and never closed.

    Args:
        http_client: The user's own.
        url: The whole endpoint.
        headers: What every POST has, the token among it.
        use_environment: Whether the environment's proxies and CA files count.
    """

    _http_client_type: ClassVar[Any]
    _stock_type: ClassVar[Any]
    _connections_type: ClassVar[Any]

    def __init__(
        self,
        http_client: HttpClientT | None,
        url: str,
        headers: httpx.Headers,
        *,
        use_environment: bool,
    ) -> None:
        if http_client is not None and not isinstance(http_client, self._http_client_type):
            raise ConfigurationError(
                "http_client: Volt takes an httpx.Client, AsyncVolt an httpx.AsyncClient"
            )
        self._given: HttpClientT | None = http_client
        self._url = httpx.URL(url)
        self._headers = headers
        self._use_environment = use_environment
        self._clients: dict[tuple[int, object], HttpClientT] = {}
        self._closed = False
        self._connections: ConnectionsT | None = None
        if http_client is None and not self._has_proxy():
            self._endpoint = Endpoint("POST", self._url, [*headers.raw, *_OWN_HEADERS])
            self._connections = self._connections_type(trust_env=use_environment)

    def _has_proxy(self) -> bool:
        """Whether the environment names a proxy that might be for us; httpx knows if it is."""
        proxies = getproxies() if self._use_environment else {}
        return bool(proxies.get(self._url.scheme) or proxies.get("all"))

    def _check_usable(self) -> None:
        """Look whether anything can be sent at all.

        Raises:
            ConfigurationError: The client is closed, or the environment's CA file cannot be used.
        """
        if self._closed or (self._given is not None and self._given.is_closed):
            raise ConfigurationError(
                "the client is closed; make a new one, or keep it open for as long as it is used"
            )
        if self._connections is not None and self._url.scheme == "https":
            _usable(partial(ssl_context, True, trust_env=self._use_environment))

    def _client(self) -> HttpClientT:
        """The httpx client to use here and now.

        Raises:
            ConfigurationError: The environment's proxy or CA file cannot be used.
        """
        if self._given is not None:
            return self._given
        here = self._here()
        client = self._clients.get(here)
        if client is None:
            # No lock: one held by another thread while the process forks stays locked in the child.
            client = self._clients.setdefault(here, _usable(self._new_client))
        return client

    def _new_client(self) -> HttpClientT:
        client: HttpClientT = self._http_client_type(
            limits=_LIMITS, headers={"User-Agent": _USER_AGENT}, trust_env=self._use_environment
        )
        return client

    def _request(self, post: Post, trace: Callable[..., Any], timeouts: object) -> dict[str, Any]:
        """What to tell httpx of a POST.

        Redirects and auth flows are off: both can send a request again.
        """
        return {
            "method": "POST",
            "url": self._url,
            "headers": self._headers,
            "content": post.body,
            "auth": None,
            "follow_redirects": False,
            "extensions": {"trace": trace, "timeout": timeouts},
        }

    def _is_stock(self, http_client: HttpClientT) -> bool:
        """Whether a client sends through httpx's own transport, and nothing around it."""
        if type(http_client).send is not self._http_client_type.send:
            return False
        try:
            transport = http_client._transport_for_url(self._url)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
        except Exception:  # noqa: BLE001 - another httpx: then nothing is known
            return False
        return type(transport) is self._stock_type

    @abstractmethod
    def _here(self) -> tuple[int, object]:
        """What tells apart the places that need httpx clients of their own."""


def _usable(make: Callable[[], MadeT]) -> MadeT:
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - httpx lets through what its parts raise
        reason = type(error).__name__
    raise ConfigurationError(
        f"no connection can be made ({reason}): look at HTTPS_PROXY, ALL_PROXY and "
        "SSL_CERT_FILE in the environment, or pass http_client="
    )


class Transport(_Transport[httpx.Client, ConnectionTransport]):
    """Sends POSTs; any number of threads may use it."""

    _http_client_type = httpx.Client
    _stock_type = httpx.HTTPTransport
    _connections_type = ConnectionTransport

    def _here(self) -> tuple[int, object]:
        return os.getpid(), None

    def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply.

        Raises:
            ConfigurationError: Nothing can be sent, by how the client or the environment is.
        """
        self._check_usable()
        if self._connections is None:
            return self._post_by_httpx(post)
        try:
            reply = self._connections.send(self._endpoint, post.body, post.own, post.limits)
        except httpx.TransportError as error:
            return post.failure(error)
        return post.answer(*reply)

    def _post_by_httpx(self, post: Post) -> Answer | Failure:
        http_client = self._client()
        trace = Trace(post, is_stock=self._is_stock(http_client), is_blocking=True)
        request = self._request(post, trace, trace.timeouts)
        try:
            with http_client.stream(**request) as response:
                try:
                    whole = all(trace.take(piece) for piece in response.iter_bytes())
                except httpx.HTTPError:
                    whole = False
                return trace.answer(response, whole=whole)
        except httpx.HTTPStatusError as error:  # of a user's hook: there is a reply
            return trace.answer(error.response, whole=False)
        except Exception as error:  # noqa: BLE001 - a user's transport may raise anything
            return post.failure(error)
        except BaseException:
            # Interrupted, httpx may keep the connection for taken: the next call makes others.
            self._clients.pop(self._here(), None)
            raise

    def close(self) -> None:
        """Close our own connections of this process."""
        self._closed = True
        if self._connections is not None:
            self._connections.close()
        client = self._clients.pop(self._here(), None)
        if client is not None:
            client.close()


class AsyncTransport(_Transport[httpx.AsyncClient, AsyncConnectionTransport]):
    """Sends POSTs from coroutines; each event loop has connections of its own."""

    _http_client_type = httpx.AsyncClient
    _stock_type = httpx.AsyncHTTPTransport
    _connections_type = AsyncConnectionTransport

    def _here(self) -> tuple[int, object]:
        loop = _running_loop()
        for owner, other in list(self._clients):
            if isinstance(other, asyncio.AbstractEventLoop) and other.is_closed():
                self._clients.pop((owner, other), None)  # nobody can use or close them any more
        # The connections of trio outlive a run.
        return os.getpid(), threading.get_ident() if loop is None else loop

    async def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply.

        Raises:
            ConfigurationError: Nothing can be sent, by how the client or the environment is.
        """
        self._check_usable()
        if self._connections is None or _running_loop() is None:
            return await self._post_by_httpx(post)
        try:
            reply = await self._connections.send(self._endpoint, post.body, post.own, post.limits)
        except httpx.TransportError as error:
            return post.failure(error)
        return post.answer(*reply)

    async def _post_by_httpx(self, post: Post) -> Answer | Failure:
        http_client = self._client()
        trace = Trace(post, is_stock=self._is_stock(http_client), is_blocking=False)
        request = self._request(post, trace.asynchronous, trace.timeouts)
        response = None
        try:
            with anyio.fail_after(post.seconds_left() + _GRACE_SECONDS):
                async with http_client.stream(**request) as response:
                    whole = True
                    try:
                        async for piece in response.aiter_bytes():
                            if not (whole := trace.take(piece)):
                                break
                    except httpx.HTTPError:
                        whole = False
                    return trace.answer(response, whole=whole)
        except httpx.HTTPStatusError as error:  # of a user's hook: there is a reply
            return trace.answer(error.response, whole=False)
        except Exception as error:  # noqa: BLE001 - a user's transport may raise anything
            return post.failure(error) if response is None else trace.answer(response, whole=False)

    async def aclose(self) -> None:
        """Close our own connections of the running event loop."""
        self._closed = True
        if self._connections is not None and _running_loop() is not None:
            await self._connections.aclose()
        client = self._clients.pop(self._here(), None)
        if client is not None:
            await client.aclose()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """The running event loop of asyncio; None: it is another's, such as trio's."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
