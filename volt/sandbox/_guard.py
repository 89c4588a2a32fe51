"""Who may ask: a browser is not to be led here by another page, nor a stranger let in.

A page from anywhere can have a browser post to 127.0.0.1, or, by a name of its own that suddenly
leads there, read what is answered (DNS rebinding). The first sends an Origin that is not ours, the
second a Host that is not.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from volt.sandbox._answers import as_json

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
# The API has a token of its own, and a public key is public.
_OPEN_PATHS = frozenset({"/graphql", "/v1.0/graphql", "/id_rsa.pub"})
_SAFE_METHODS = frozenset({"GET", "HEAD"})
_HOST = re.compile(r"(?:\[([^\]]*)\]|([^:]*))(?::[0-9]*)?")


class Guard:
    """Answers what must not be let in, before the app sees it."""

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None, page_token: str | None) -> None:
        """Guard an app.

        Args:
            app: What is guarded.
            hosts: The names it is asked by; None: any.
            page_token: What all but the API asks for; None: nothing.
        """
        self._app = app
        self._hosts = None if hosts is None else {host.lower().strip("[]") for host in hosts}
        self._page_token = page_token.encode() if page_token is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._hosts is not None and host and (name := _name(host)) not in self._hosts:
            return _refuse(
                400, f"this is not {name}: ask for 127.0.0.1, or start it with --allow-host {name}"
            )
        origin = headers.get("origin")
        may_change = scope["method"] not in _SAFE_METHODS
        if may_change and origin is not None and not _is_of(host, origin):
            return _refuse(403, "another page sent this: only the sandbox's own may")
        path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        if self._page_token is None or path in _OPEN_PATHS:
            return None
        given = _given(headers.get("authorization", ""))
        if given is not None and hmac.compare_digest(given, self._page_token):
            return None
        response = _refuse(
            401,
            "other machines can reach this sandbox, so its page and messages are behind a token of "
            "their own: the password is the --page-token, the user name does not matter",
        )
        response.headers["WWW-Authenticate"] = 'Basic realm="Volt sandbox", charset="UTF-8"'
        return response


def _refuse(status: int, reason: str) -> Response:
    # As the inspection routes say it, and as GraphQL does.
    return as_json({"error": reason, "errors": [{"message": reason}]}, status=status)


def _name(host: str) -> str:
    match = _HOST.fullmatch(host.strip().lower())
    return (match[1] or match[2]).rstrip(".") if match else host


def _is_of(host: str, origin: str) -> bool:
    _, separator, authority = origin.partition("://")  # "null" has no authority
    return bool(separator) and authority.lower() == host.lower()


def _given(authorization: str) -> bytes | None:
    """The token in an Authorization header, as a bearer token or as a password."""
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode("latin-1")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value).partition(b":")[2]
    except binascii.Error:
        return None
