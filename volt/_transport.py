"""How bytes travel: over connections of our own, or through httpx where those cannot go."""

import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlsplit

from volt._connections import Connections
from volt._http11 import Endpoint, Fields
from volt._network import NetworkError, UnusableSettingsError
from volt._outcome import Answer, Failure
from volt._post import Post
from volt.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

    from volt._by_httpx import AsyncByHttpx, ByHttpx

HttpClientT = TypeVar("HttpClientT", bound="httpx.Client | httpx.AsyncClient")
WayT = TypeVar("WayT", bound="ByHttpx | AsyncByHttpx")


class AnyTransport(ABC, Generic[HttpClientT, WayT]):
    """The way to one endpoint, for a client and its `with_options` copies.

    It is over connections of our own, unless the user gives an httpx client or the environment
    names a proxy: then httpx sends.

    Args:
        http_client: The user's own.
        url: The whole endpoint.
        fields: What every POST has in its head, the token among it.
        use_environment: Whether the environment's proxies and CA files count.
    """

    def __init__(
        self, http_client: HttpClientT | None, url: str, fields: Fields, *, use_environment: bool
    ) -> None:
        self._closed = False
        self._url = url
        self._fields = _with_own_fields(fields) if http_client is None else fields
        self._use_environment = use_environment
        self.by_httpx: WayT | None = None
        """The other way, once it was taken."""
        self._always_by_httpx = http_client is not None or self._has_proxy()
        if self._always_by_httpx:
            self.by_httpx = self._way_by_httpx(http_client)
        self._endpoint = Endpoint(url, self._fields)

    @abstractmethod
    def _way_by_httpx(self, http_client: HttpClientT | None) -> WayT:
        """Load httpx, and make the other way."""

    def _has_proxy(self) -> bool:
        """Whether the environment names a proxy that might be for us; httpx knows if it is."""
        # To ask Python costs as much as ten calls. Where the system keeps no settings of its own,
        # there is nothing to ask for without a variable.
        keeps_settings = sys.platform in ("darwin", "win32")
        named = keeps_settings or any(name.lower().endswith("_proxy") for name in os.environ)
        if not (self._use_environment and named):
            return False
        from urllib.request import getproxies

        proxies = getproxies()
        return bool(proxies.get(urlsplit(self._url).scheme) or proxies.get("all"))

    def _check_open(self) -> None:
        """Look whether the client, or the user's own, is closed.

        Raises:
            ConfigurationError: It is.
        """
        if self._closed or (self.by_httpx and self.by_httpx.is_closed):
            raise ConfigurationError(
                "the client is closed; make a new one, or keep it open for as long as it is used"
            )


class Transport(AnyTransport["httpx.Client", "ByHttpx"]):
    """Sends POSTs; any number of threads may use it."""

    def __init__(
        self, http_client: "httpx.Client | None", url: str, fields: Fields, *, use_environment: bool
    ) -> None:
        super().__init__(http_client, url, fields, use_environment=use_environment)
        self._connections = Connections(trust_env=use_environment)

    def _way_by_httpx(self, http_client: "httpx.Client | None") -> "ByHttpx":
        from volt._by_httpx import ByHttpx

        return ByHttpx(http_client, self._url, self._fields, use_environment=self._use_environment)

    def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply.

        Raises:
            ConfigurationError: Nothing can be sent, by how the client or the environment is.
        """
        self._check_open()
        try:
            if self.by_httpx:
                return self.by_httpx.post(post)
            reply = self._connections.send(self._endpoint, post.body, post, post.limits)
        except NetworkError as error:
            return post.failure(error)
        except UnusableSettingsError as error:
            reason = str(error)
        else:
            return post.answer(*reply)
        raise no_connection(reason)

    def close(self) -> None:
        """Close our own connections of this process."""
        self._closed = True
        self._connections.close()
        if self.by_httpx:
            self.by_httpx.close()


def _with_own_fields(fields: Mapping[str, str]) -> Fields:
    """What a user's own httpx client says for itself."""
    return Fields({**fields, "User-Agent": _user_agent(), "Accept-Encoding": "identity"})


@cache
def _user_agent() -> str:
    try:
        return f"volt-sms/{version('volt-sms')}"
    except PackageNotFoundError:  # a copy of the source that was never installed
        return "volt-sms"


def no_connection(reason: str) -> ConfigurationError:
    """The error for an environment that lets nothing be sent."""
    return ConfigurationError(
        f"no connection can be made ({reason}): look at HTTPS_PROXY, ALL_PROXY and "
        "SSL_CERT_FILE in the environment, or pass http_client="
    )
