"""JSON in and out of the sandbox's own routes, and what is said when a request is wrong."""

import json
from typing import Any, TypeGuard, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from volt.sandbox._rules import RefusedError

_BODY_LIMIT_BYTES = 1024 * 1024


def as_json(content: object, *, status: int = 200) -> Response:
    """Answer with JSON."""
    # Escaped to ASCII: half of a split emoji is echoed as it came, where UTF-8 would refuse it.
    return Response(json.dumps(content) + "\n", status, media_type="application/json")


async def read_object(request: Request) -> dict[str, Any]:
    """Read the JSON object in a request's body; no body at all is an empty one.

    Raises:
        HTTPException: It is something else, or too large.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_LIMIT_BYTES:
            raise HTTPException(413, f"the body is larger than {_BODY_LIMIT_BYTES} bytes")
    if not body:
        return {}
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "the body is not JSON") from None
    if not isinstance(content, dict):
        raise HTTPException(400, "the body is not a JSON object")
    return cast(dict[str, Any], content)


def is_texts(value: Any) -> TypeGuard[list[str]]:
    """Whether this is a list of texts."""
    return isinstance(value, list) and all(
        isinstance(item, str) for item in cast(list[object], value)
    )


async def explain(_: Request, error: Exception) -> Response:
    """Say what is wrong with a request, as `{"error": …}`."""
    if isinstance(error, HTTPException):
        response = as_json({"error": error.detail}, status=error.status_code)
        response.headers.update(error.headers or {})
        return response
    assert isinstance(error, RefusedError)  # noqa: S101  # registered for these two only
    return as_json({"error": error.message, "code": error.code}, status=400)
