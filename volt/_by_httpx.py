"""How bytes travel where connections of our own cannot go: through httpx.

That is with a user's own httpx client, through a proxy, or where no asyncio runs a coroutine.
"""

import asyncio
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

import anyio
import httpx

from volt._http11 import Fields
from volt._loop_end import close_with_loop
from volt._network import UnusableSettingsError
from volt._outcome import Answer, Failure
from volt._pool import IDLE_SECONDS, MAX_CONNECTIONS
from volt._post import Post
from volt._trace import Trace
from volt.errors import ConfigurationError

HttpClientT = TypeVar("HttpClientT", httpx.Client, httpx.AsyncClient)

_LIMITS = httpx.Limits(
    max_connections=MAX_CONNECTIONS,
    max_keepalive_connections=MAX_CONNECTIONS,
    keepalive_expiry=IDLE_SECONDS,
)
# How long after the deadline a task is cancelled whose transport did not end by itself, as when the
# head of a reply drips.
_GRACE_SECONDS = 0.05


class _ByHttpx(ABC, Generic[HttpClientT]):
    """Sends POSTs through httpx clients: the user's, or ours.

    Ours are made on first use, for the process (and event loop) that uses them: those of a parent
    process are left alone, because using or closing them would disturb the parent. The user's is
    used as it is, and never closed.

    Args:
        http_client: The user's own.
        url: The whole endpoint.
        fields: What every POST has in its head, the token among it.
        use_environment: Whether the environment's proxies and CA files count.
    """

    _http_client_type: ClassVar[Any]
    _stock_type: ClassVar[Any]

    def __init__(
        self,
        http_client: HttpClientT | None,
        url: str,
        fields: Fields,
        *,
        use_environment: bool,
    ) -> None:
        if http_client is not None and not isinstance(http_client, self._http_client_type):
            raise ConfigurationError(
                "http_client: Volt takes an httpx.Client, AsyncVolt an httpx.AsyncClient"
            )
        self.given: HttpClientT | None = http_client
        self._clients: dict[tuple[int, object], HttpClientT] = {}
        self._url = httpx.URL(url)
        self._headers = httpx.Headers(fields)  # leaves the token's value out of its repr
        self._use_environment = use_environment

    @property
    def is_closed(self) -> bool:
        """Whether the user's own client is."""
        return self.given is not None and self.given.is_closed

    def _client(self) -> HttpClientT:
        """The httpx client to use here and now.

        Raises:
            UnusableSettingsError: The environment's proxy or CA file cannot be used.
        """
        if self.given is not None:
            return self.given
        here = self._here()
        client = self._clients.get(here)
        if client is not None and client.is_closed:  # with an event loop that has ended
            self._clients.pop(here, None)
            client = None
        if client is None:
            # No lock: one held by another thread while the process forks stays locked in the child.
            client = self._clients.setdefault(here, self._new_client())
        return client

    def _new_client(self) -> HttpClientT:
        client: HttpClientT
        try:
            client = self._http_client_type(limits=_LIMITS, trust_env=self._use_environment)
        except Exception as error:  # noqa: BLE001 - httpx lets through what its parts raise
            reason = type(error).__name__
        else:
            return client
        raise UnusableSettingsError(reason)

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


class ByHttpx(_ByHttpx[httpx.Client]):
    """Sends POSTs; any number of threads may use it."""

    _http_client_type = httpx.Client
    _stock_type = httpx.HTTPTransport

    def _here(self) -> tuple[int, object]:
        return os.getpid(), None

    def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply."""
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
        """Close our own client of this process."""
        client = self._clients.pop(self._here(), None)
        if client is not None:
            client.close()


class AsyncByHttpx(_ByHttpx[httpx.AsyncClient]):
    """Sends POSTs from coroutines; each event loop has connections of its own."""

    _http_client_type = httpx.AsyncClient
    _stock_type = httpx.AsyncHTTPTransport

    def _here(self) -> tuple[int, object]:
        for owner, other in list(self._clients):
            if isinstance(other, asyncio.AbstractEventLoop) and other.is_closed():
                self._clients.pop((owner, other), None)  # nobody can use or close them any more
        try:
            return os.getpid(), asyncio.get_running_loop()
        except RuntimeError:  # trio, whose connections outlive a run
            return os.getpid(), threading.get_ident()

    def _new_client(self) -> httpx.AsyncClient:
        client = super()._new_client()
        close_with_loop(client)
        return client

    async def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply."""
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
        """Close our own client of the running event loop."""
        client = self._clients.pop(self._here(), None)
        if client is not None:
            await client.aclose()
