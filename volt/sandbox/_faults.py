"""How each fault looks to the client: what stands in for the answer, or breaks off."""

import asyncio
import hashlib
import json
import math
from contextlib import suppress
from datetime import datetime
from typing import Any, cast

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from volt.sandbox._answers import as_json
from volt.sandbox._chaos import Rule
from volt.sandbox._connection import connection_of, has_connection

_PHRASES = {
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
_NOT_HERE = PlainTextResponse(
    "This fault breaks connections, which only the server of `volt sandbox` can.\n", 501
)
_HTML = "<!doctype html><title>Welcome</title><p>Please accept the terms of this network.</p>\n"


def stand_in(rule: Rule, answer: Response | None) -> Response:
    """What the client gets instead of the answer.

    Args:
        rule: The fault's rule.
        answer: The answer of a request that was executed; None: it was not.
    """
    name = rule.fault.removeprefix("accept-")
    seconds = rule.seconds or 0
    if name in {"drop", "hang"}:
        return NoAnswer(seconds if name == "hang" else 0, reset=answer is None)
    if name == "html":
        return HTMLResponse(_HTML)
    if name == "401":
        reason = {
            "message": "The token was refused on purpose.",
            "extensions": {"code": "UNAUTHENTICATED"},
        }
        return as_json({"errors": [reason]}, status=401)
    if name == "429":
        wait = {"Retry-After": str(math.ceil(seconds))}
        return PlainTextResponse("Too Many Requests\n", 429, headers=wait)
    if name.isdigit():
        # No GraphQL in it: that would prove to the client that nothing was executed.
        status, phrase = int(name), _PHRASES[int(name)]
        if status == 500:
            return PlainTextResponse(f"{phrase}\n", status)
        page = f"<html><head><title>{status} {phrase}</title></head></html>\n"
        return HTMLResponse(page, status)
    assert answer is not None  # noqa: S101  # the others are met by executed requests only
    return _spoiled(name, answer, seconds)


def _spoiled(name: str, answer: Response, seconds: float) -> Response:
    body = bytes(answer.body)
    if name == "slow":
        return _Late(answer, seconds)
    if name == "cut":
        return _Cut(body, answer.status_code, media_type="application/json")
    if name == "truncated":
        return Response(body[: len(body) // 2], answer.status_code, media_type="application/json")
    reply = json.loads(body)
    if name == "null":
        data = dict.fromkeys(reply.get("data") or {})
        return as_json({"data": data}, status=answer.status_code)
    return as_json(reply | {"data": drifted(reply.get("data"))}, status=answer.status_code)


def drifted(value: Any, name: str = "") -> Any:
    """An answer of a later version of the API, such as nobody announces.

    Ids are numbers, times are milliseconds since 1970, a list of texts is one text, `legacyId` is
    gone, and every object has a field more.
    """
    if isinstance(value, dict):
        fields = cast(dict[str, Any], value)
        return {key: drifted(field, key) for key, field in fields.items() if key != "legacyId"} | {
            "addedLater": True
        }
    if isinstance(value, list):
        items = cast(list[object], value)
        if name == "media":
            return ", ".join(map(str, items))
        return [drifted(item) for item in items]
    if not isinstance(value, str):
        return value
    if name == "id":
        return int(hashlib.sha256(value.encode()).hexdigest()[:12], 16)
    if name.endswith(("At", "Time")):
        return int(datetime.fromisoformat(value).timestamp() * 1000)
    return value


class _Late(Response):
    """An answer that takes its time."""

    def __init__(self, answer: Response, seconds: float) -> None:
        super().__init__(status_code=answer.status_code)
        self._answer = answer
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self._seconds)
        await self._answer(scope, receive, send)


class NoAnswer(Response):
    """No answer: the connection ends."""

    def __init__(self, after_seconds: float, *, reset: bool) -> None:
        """Say when, and whether it is reset or closed in order."""
        super().__init__()
        self._after_seconds = after_seconds
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, and end it; or see the client end it first."""
        if not has_connection(scope):
            await _NOT_HERE(scope, receive, send)
            return
        if self._after_seconds:
            with suppress(TimeoutError):
                await asyncio.wait_for(_gone(receive), self._after_seconds)
                return
        connection = connection_of(scope)
        if self._reset:
            connection.reset()
        else:
            connection.close()
        await _gone(receive)


class _Cut(Response):
    """Half an answer, and the end of the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not has_connection(scope):
            await _NOT_HERE(scope, receive, send)
            return
        head = {"type": "http.response.start", "status": self.status_code}
        await send(head | {"headers": self.raw_headers})
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        connection_of(scope).close()
        await _gone(receive)


async def _gone(receive: Receive) -> None:
    """Wait until the connection has ended."""
    while (await receive())["type"] != "http.disconnect":
        pass
