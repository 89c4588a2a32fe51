"""How bytes travel: over connections of our own, or through httpx where those cannot go."""

import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from volt._connections import Connections
from volt._http11 import Endpoint, Fields
from volt._network import NetworkError, UnusableSettingsError
from volt._outcome import Answer, Failure
from volt._post import Post
from volt.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx

    from volt._by_httpx import ByHttpx


class Transport:
    """The way to one endpoint, for a client and its `with_options` copies.

    It is over connections of our own, unless the user gives an httpx client or the environment
    names a proxy: then httpx sends. Any number of threads may use it.

    Args:
        http_client: The user's own.
        url: The whole endpoint.
        fields: What every POST has in its head, the token among it.
        use_environment: Whether the environment's proxies and CA files count.
    """

    def __init__(
        self,
        http_client: "httpx.Client | None",
        url: str,
        fields: Fields,
        *,
        use_environment: bool,
    ) -> None:
        self._closed = False
        self.by_httpx: ByHttpx | None = None
        """The other way, if that is the one."""
        if http_client is None:
            fields = with_own_fields(fields)
        if http_client is not None or has_proxy(url, use_environment=use_environment):
            from volt import _by_httpx

            self.by_httpx = _by_httpx.ByHttpx(
                http_client, url, fields, use_environment=use_environment
            )
        self._endpoint = Endpoint(url, fields)
        self._connections = Connections(trust_env=use_environment)

    def post(self, post: Post) -> Answer | Failure:
        """Send one POST and read the reply.

        Raises:
            ConfigurationError: Nothing can be sent, by how the client or the environment is.
        """
        if self._closed or (self.by_httpx and self.by_httpx.is_closed):
            raise closed()
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


def with_own_fields(fields: Mapping[str, str]) -> Fields:
    """What a user's own httpx client says for itself."""
    return Fields({**fields, "User-Agent": _user_agent(), "Accept-Encoding": "identity"})


@cache
def _user_agent() -> str:
    try:
        return f"volt-sms/{version('volt-sms')}"
    except PackageNotFoundError:  # a copy of the source that was never installed
        return "volt-sms"


def has_proxy(url: str, *, use_environment: bool) -> bool:
    """Whether the environment names a proxy that might be for us; httpx knows if it is."""
    # To ask Python costs as much as ten calls. Where the system keeps no settings of its own, there
    # is nothing to ask for without a variable.
    keeps_settings = sys.platform in ("darwin", "win32")
    named = keeps_settings or any(name.lower().endswith("_proxy") for name in os.environ)
    if not (use_environment and named):
        return False
    from urllib.request import getproxies

    proxies = getproxies()
    return bool(proxies.get(urlsplit(url).scheme) or proxies.get("all"))


def closed() -> ConfigurationError:
    """The error for a call after the client was closed."""
    return ConfigurationError(
        "the client is closed; make a new one, or keep it open for as long as it is used"
    )


def no_connection(reason: str) -> ConfigurationError:
    """The error for an environment that lets nothing be sent."""
    return ConfigurationError(
        f"no connection can be made ({reason}): look at HTTPS_PROXY, ALL_PROXY and "
        "SSL_CERT_FILE in the environment, or pass http_client="
    )
