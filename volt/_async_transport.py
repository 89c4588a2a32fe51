"""How bytes travel for coroutines; the same as for ordinary code, but for the waiting."""

import asyncio
import logging
from typing import TYPE_CHECKING

from volt._async_connections import AsyncConnections
from volt._http11 import Fields
from volt._network import NetworkError, UnusableSettingsError
from volt._outcome import Answer, Failure
from volt._post import Post
from volt._transport import AnyTransport, no_connection

if TYPE_CHECKING:
    import httpx

    from volt._by_httpx import AsyncByHttpx

_log = logging.getLogger("volt")


class AsyncTransport(AnyTransport["httpx.AsyncClient", "AsyncByHttpx"]):
    """Sends POSTs from coroutines; each event loop has connections of its own.

    Where no asyncio runs a coroutine, such as on trio, httpx sends.
    """

    def __init__(
        self,
        http_client: "httpx.AsyncClient | None",
        url: str,
        fields: Fields,
        *,
        use_environment: bool,
    ) -> None:
        super().__init__(http_client, url, fields, use_environment=use_environment)
        self._connections = AsyncConnections(trust_env=use_environment)

    def _way_by_httpx(self, http_client: "httpx.AsyncClient | None") -> "AsyncByHttpx":
        from volt._by_httpx import AsyncByHttpx

        return AsyncByHttpx(
            http_client, self._url, self._fields, use_environment=self._use_environment
        )

    async def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply.

        Raises:
            ConfigurationError: Nothing can be sent, by how the client or the environment is.
        """
        self._check_open()
        try:
            if self._always_by_httpx or not _is_asyncio_running():
                if self.by_httpx is None:
                    _log.debug("no asyncio event loop is running: httpx sends")
                    self.by_httpx = self._way_by_httpx(None)
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
