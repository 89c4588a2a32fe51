"""The GraphQL endpoint: a request is recorded, then answered."""

import hmac
import json
import logging
from typing import Any, cast

import ariadne
from graphql import GraphQLError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from volt.sandbox._answers import as_json
from volt.sandbox._chaos import FAULTS
from volt.sandbox._contract import Context, checked_query, executable_schema
from volt.sandbox._faults import NoAnswer, stand_in
from volt.sandbox._rules import RefusedError
from volt.sandbox._sandbox import Sandbox

BODY_LIMIT_BYTES = 1024 * 1024

_log = logging.getLogger("volt.sandbox")
# ariadne logs every GraphQL error with its traceback; here a refusal is an answer like any other.
_unheard = logging.Logger("volt.sandbox.refusals", level=logging.CRITICAL)


class GraphQLEndpoint:
    """The endpoint, for any method."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Serve this sandbox."""
        self._sandbox = sandbox
        self._schema = executable_schema(sandbox)
        self._token = sandbox.settings.token.encode()  # compared as bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive)
        sandbox, is_post = self._sandbox, request.method == "POST"
        # A fault for one recipient is chosen by the body, any other before it is read.
        is_chosen_late = sandbox.chaos.looks_at_bodies
        rule = sandbox.chaos.pick() if is_post and not is_chosen_late else None
        try:
            raw = b"" if rule and rule.fault == "drop" else await _read(request)
        except ClientDisconnect:
            return
        is_too_large = len(raw) > BODY_LIMIT_BYTES
        body = None if is_too_large else _parsed(raw)
        if is_post and is_chosen_late:
            rule = sandbox.chaos.pick(json.dumps(body))
        number = self._keep(request, body)
        answer = None
        if rule is None or FAULTS[rule.fault].accepts:
            answer = await self._answer(request, body, number, is_too_large=is_too_large)
        response = stand_in(rule, answer) if rule else cast(Response, answer)
        status = None if isinstance(response, NoAnswer) else response.status_code
        fault = rule.fault if rule else None
        sandbox.store.answer_request(number, status, fault)
        told = {"method": request.method, "path": request.url.path}
        sandbox.hub.publish("request", told | {"status": status, "fault": fault})
        if rule:
            sandbox.hub.publish("chaos")
        await response(scope, receive, send)

    def _keep(self, request: Request, body: Any) -> int:
        return self._sandbox.store.add_request(
            {
                "method": request.method,
                "path": request.url.path,
                "headers": _headers_without_token(request),
                "body": body,
                "status": None,
                "fault": None,
            },
            self._sandbox.now(),
        )

    async def _answer(
        self, request: Request, body: Any, number: int, *, is_too_large: bool
    ) -> Response:
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
            response = await self._execute(body, number)
        return response

    def _admits(self, authorization: str) -> bool:
        scheme, _, given = authorization.partition(" ")
        is_same = hmac.compare_digest(given.strip().encode("latin-1"), self._token)
        return is_same and scheme.lower() == "bearer"

    async def _execute(self, body: Any, number: int) -> Response:
        self._sandbox.advance()
        # ariadne declares bare dicts.
        execute = cast(Any, ariadne.graphql)  # pyright: ignore[reportUnknownMemberType]
        known = checked_query(body)  # None: ariadne looks at it, and says what is wrong
        _, result = await execute(
            self._schema,
            body,
            query_document=known and known.document,
            query_validator=known and known.validate,
            context_value=Context(request=number),
            logger=_unheard,
            error_formatter=_describe,
        )
        if result.get("data") is None:  # nothing was executed: not even a null stands for it
            return as_json({"errors": result["errors"]}, status=400)
        return as_json(result)


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


def _refusal(status: int, message: str, code: str | None = None) -> Response:
    extensions = {"extensions": {"code": code}} if code else {}
    return as_json({"errors": [{"message": message, **extensions}]}, status=status)
