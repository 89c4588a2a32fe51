"""The sandbox as an ASGI app: the GraphQL endpoints, and the routes that show what arrived."""

import hmac
import json
import logging
from collections.abc import Sequence
from typing import Any, cast

import ariadne
from graphql import GraphQLError, GraphQLSchema
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from volt.sandbox._contract import executable_schema
from volt.sandbox._rules import RefusedError, is_e164
from volt.sandbox._store import ReceivedRequest, Store

BODY_LIMIT_BYTES = 1024 * 1024

_OVERVIEW = """\
Volt sandbox: a local Volt. No text leaves this machine.

POST /graphql              the API, also at /v1.0/graphql; asks for the bearer token
GET  /_sandbox/messages    the accepted messages, oldest first (the newest 10,000)
GET  /_sandbox/requests    the requests to the API, oldest first (the newest 1,000)
POST /_sandbox/reset       forget both
"""
_BEARER_RULE = "the token must be printable ASCII without white space around it"
_SENDER_RULE = "a sender must be an E.164 number, such as +15555550123"

_log = logging.getLogger("volt.sandbox")
# ariadne logs every GraphQL error with its traceback; here a refusal is an answer like any other.
_unheard = logging.Logger("volt.sandbox.refusals", level=logging.CRITICAL)


def create_app(
    *,
    token: str = "sandbox",  # noqa: S107  # documented; it guards nothing
    senders: Sequence[str] = ("+15555550123",),
) -> Starlette:
    """Build a local Volt.

    Args:
        token: The bearer token to ask for.
        senders: The organization's own numbers, in E.164 form; any other `from` is refused.

    Returns:
        The ASGI app, with a store of its own as `app.state.store`.

    Raises:
        ValueError: The token cannot travel in a header, or there is no sender in E.164 form.
    """
    if not (token.isascii() and token.isprintable() and token == token.strip() != ""):
        raise ValueError(_BEARER_RULE)
    if not senders or not all(map(is_e164, senders)):
        raise ValueError(_SENDER_RULE)
    store = Store()

    async def overview(_: Request) -> Response:
        return PlainTextResponse(_OVERVIEW)

    async def messages(_: Request) -> Response:
        return _json(list(store.messages))

    async def requests(_: Request) -> Response:
        return _json(list(store.requests))

    async def reset(_: Request) -> Response:
        store.clear()
        return Response(status_code=204)

    api = _API(executable_schema(store, frozenset(senders)), store, token)
    app = Starlette(
        routes=[
            Route("/", overview),
            Route("/graphql", api),
            Route("/v1.0/graphql", api),
            Route("/_sandbox/messages", messages),
            Route("/_sandbox/requests", requests),
            Route("/_sandbox/reset", reset, methods=["POST"]),
        ]
    )
    app.state.store = store
    return app


class _API:
    """The GraphQL endpoint, for any method: a request is recorded, then answered."""

    def __init__(self, schema: GraphQLSchema, store: Store, token: str) -> None:
        """Take the token as text, to compare it as bytes."""
        self._schema = schema
        self._store = store
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        try:
            raw = await _read(request)
        except ClientDisconnect:
            return
        is_too_large = len(raw) > BODY_LIMIT_BYTES
        body = None if is_too_large else _parsed(raw)
        if request.method != "POST":
            response = _refusal(405, "GraphQL is asked by POST.")
            response.headers["Allow"] = "POST"
        elif is_too_large:
            response = _refusal(413, f"The body is larger than {BODY_LIMIT_BYTES} bytes.")
        elif not self._admits(request.headers.get("authorization", "")):
            response = _refusal(401, "The bearer token is missing or wrong.", "UNAUTHENTICATED")
            response.headers["WWW-Authenticate"] = "Bearer"
        elif not _is_json(request.headers.get("content-type", "")):
            response = _refusal(415, "The Content-Type is not application/json.")
        else:
            response = await self._execute(body)
        self._store.requests.append(
            ReceivedRequest(
                method=request.method,
                path=request.url.path,
                headers=_headers_without_token(request),
                body=body,
                status=response.status_code,
            )
        )
        await response(scope, receive, send)

    def _admits(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        is_same = hmac.compare_digest(given.strip().encode("latin-1"), self._token)
        return is_same and scheme.lower() == "bearer"

    async def _execute(self, body: Any) -> Response:
        # ariadne declares bare dicts.
        execute = cast(Any, ariadne.graphql)  # pyright: ignore[reportUnknownMemberType]
        _, result = await execute(
            self._schema, body, context_value=body, logger=_unheard, error_formatter=_describe
        )
        if result.get("data") is None:  # nothing was executed: not even a null stands for it
            return _json({"errors": result["errors"]}, status=400)
        return _json(result)


async def _read(request: Request) -> bytes:
    """Read the body to its end, as a client that is still sending might miss the answer.

    Of a body over the limit only the start is kept, by which it is still over.
    """
    body = bytearray()
    async for chunk in request.stream():
        if len(body) <= BODY_LIMIT_BYTES:
            body += chunk
    return bytes(body)


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", errors="replace")


def _headers_without_token(request: Request) -> dict[str, str]:
    headers = dict(request.headers.items())
    if "authorization" in headers:
        is_bearer = headers["authorization"].lower().startswith("bearer ")
        headers["authorization"] = "Bearer •••" if is_bearer else "•••"
    return headers


def _describe(error: GraphQLError, debug: bool = False) -> dict[str, Any]:
    original = error.original_error
    if original is not None and not isinstance(original, GraphQLError):
        _log.error("The sandbox failed.", exc_info=original)
        error = RefusedError("901")
    return dict(error.formatted)


def _json(content: object, *, status: int = 200) -> Response:
    # Escaped to ASCII: half of a split emoji is echoed as it came, where UTF-8 would refuse it.
    return Response(json.dumps(content) + "\n", status, media_type="application/json")


def _refusal(status: int, message: str, code: str | None = None) -> Response:
    extensions = {"extensions": {"code": code}} if code else {}
    return _json({"errors": [{"message": message, **extensions}]}, status=status)
