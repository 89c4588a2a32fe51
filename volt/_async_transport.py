"""How bytes travel for coroutines; the same as for ordinary code, but for the waiting."""

import asyncio
import logging
from typing import TYPE_CHECKING

from volt._async_connections import AsyncConnections
from volt._http11 import Endpoint, Fields
from volt._network import NetworkError, UnusableSettingsError
from volt._outcome import Answer, Failure
from volt._post import Post
from volt._transport import closed, has_proxy, no_connection, with_own_fields

if TYPE_CHECKING:
    import httpx

    from volt._by_httpx import AsyncByHttpx

_log = logging.getLogger("volt")


class AsyncTransport:
    """The way to one endpoint, for a client and its `with_options` copies.

    It is as `Transport` has it; and where no asyncio runs a coroutine, such as on trio, httpx
    sends. Each event loop has connections of its own.

    Args:
        http_client: The user's own.
        url: The whole endpoint.
        fields: What every POST has in its head, the token among it.
        use_environment: Whether the environment's proxies and CA files count.
    """

    def __init__(
        self,
        http_client: "httpx.AsyncClient | None",
        url: str,
        fields: Fields,
        *,
        use_environment: bool,
    ) -> None:
        self._closed = False
        self._url = url
        self._fields = with_own_fields(fields) if http_client is None else fields
        self._use_environment = use_environment
        self.by_httpx: AsyncByHttpx | None = None
        """The other way, once it was taken."""
        self._always_by_httpx = http_client is not None or has_proxy(
            url, use_environment=use_environment
        )
        if self._always_by_httpx:
            self.by_httpx = self._way_by_httpx(http_client)
        self._endpoint = Endpoint(url, self._fields)
        self._connections = AsyncConnections(trust_env=use_environment)

    def _way_by_httpx(self, http_client: "httpx.AsyncClient | None" = None) -> "AsyncByHttpx":
        from volt._by_httpx import AsyncByHttpx

        return AsyncByHttpx(
            http_client, self._url, self._fields, use_environment=self._use_environment
        )

    async def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply.

        Raises:
            ConfigurationError: Nothing can be sent, by how the client or the environment is.
        """
        if self._closed or (self.by_httpx and self.by_httpx.is_closed):
            raise closed()
        try:
            if self._always_by_httpx or not _is_asyncio_running():
                if self.by_httpx is None:
                    _log.debug("no asyncio event loop is running: httpx sends")
                    self.by_httpx = self._way_by_httpx()
                return await self.by_httpx.post(post)
            reply = await self._connections.send(self._endpoint, post.body, post, post.limits)
        except NetworkError as error:
            return post.failure(error)
        except UnusableSettingsError as error:
            reason = str(error)
        else:
            return post.answer(*reply)
        raise no_connection(reason)

    async def sleep(self, seconds: float) -> None:
        """Wait, whatever runs the coroutine."""
        if _is_asyncio_running():
            await asyncio.sleep(seconds)
            return
        import anyio  # it comes with httpx

        await anyio.sleep(seconds)

    async def aclose(self) -> None:
        """Close our own connections of the running event loop."""
        self._closed = True
        if _is_asyncio_running():
            await self._connections.aclose()
        if self.by_httpx:
            await self.by_httpx.aclose()


def _is_asyncio_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
