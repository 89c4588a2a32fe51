"""The routes by which a person acts: reads, answers, opts out, starts a wave or chaos, or anew.

`_app.py` lists them with what they take and answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from volt.sandbox._answers import as_json, is_texts, read_object
from volt.sandbox._chaos import FAULTS, Rule
from volt.sandbox._connection import has_connection
from volt.sandbox._opt_outs import notice_of
from volt.sandbox._rules import check_recipient
from volt.sandbox._sandbox import Sandbox


class Controls:
    """The handlers, each for one route."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Act on this sandbox."""
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Build the routes."""
        post = ["POST"]
        return [
            Route("/_sandbox/reset", self.reset, methods=post),
            Route("/_sandbox/conversations/{own}/{person}/read", self.mark_read, methods=post),
            Route("/_sandbox/reply", self.reply, methods=post),
            Route("/_sandbox/opt-outs/{person}", self.opt_out, methods=["PUT", "DELETE"]),
            Route("/_sandbox/waves", self.send_wave, methods=post),
            Route("/_sandbox/deliveries/{id:int}/resend", self.resend, methods=post),
            Route("/_sandbox/chaos", self.chaos, methods=["GET", "POST", "DELETE"]),
            Route("/_sandbox/chaos/{id}", self.remove_chaos, methods=["DELETE"]),
        ]

    async def reset(self, _: Request) -> Response:
        self._sandbox.reset()
        return Response(status_code=204)

    async def mark_read(self, request: Request) -> Response:
        by = (await read_object(request)).get("by", "phone")
        if by not in {"phone", "organization"}:
            raise HTTPException(400, '\'by\' is "phone" or "organization"')
        own, person = request.path_params["own"], request.path_params["person"]
        count = self._sandbox.conversations.mark_read(
            own, person, by_organization=by == "organization"
        )
        if count:
            self._sandbox.hub.publish("read", {"own": own, "person": person})
        return as_json({"read": count})

    async def reply(self, request: Request) -> Response:
        asked = await read_object(request)
        body = _text(asked, "body", "")
        person = _text(asked, "from")
        message = self._sandbox.receive(
            to=_text(asked, "to", self._sandbox.settings.senders[0]),
            from_=person,
            body=body,
            media=_texts(asked, "media"),
        )
        is_opted_out = self._sandbox.opt_outs.has(person)
        return as_json({"message": message, "isOptedOut": is_opted_out, "notice": notice_of(body)})

    async def opt_out(self, request: Request) -> Response:
        person = request.path_params["person"]
        check_recipient(person)
        if request.method == "PUT":
            self._sandbox.opt_outs.add(person, word="", at=self._sandbox.now())
        else:
            self._sandbox.opt_outs.remove(person)
        self._sandbox.publish_opt_out(person)
        return Response(status_code=204)

    async def send_wave(self, request: Request) -> Response:
        asked = await read_object(request)
        wave = self._sandbox.send_wave(
            from_=_text(asked, "from", self._sandbox.settings.senders[0]),
            name=_text(asked, "name", "Wave"),
            body=_text(asked, "body"),
            media=_texts(asked, "media"),
            lists=_texts(asked, "lists"),
            to=_texts(asked, "to"),
        )
        return as_json(wave, status=201)

    async def resend(self, request: Request) -> Response:
        if not self._sandbox.deliveries.resend(request.path_params["id"]):
            raise HTTPException(404, "there is no delivery of this id; it may be forgotten")
        self._sandbox.clockwork.wake()
        return Response(status_code=202)

    async def chaos(self, request: Request) -> Response:
        chaos = self._sandbox.chaos
        if request.method == "DELETE":
            chaos.clear()
            self._sandbox.hub.publish("chaos")
            return Response(status_code=204)
        if request.method == "POST":
            return await self._add_chaos(request)
        faults = [{"fault": name, **fault._asdict()} for name, fault in FAULTS.items()]
        return as_json({"rules": [rule.show() for rule in chaos.rules], "faults": faults})

    async def _add_chaos(self, request: Request) -> Response:
        try:
            rule = Rule.read(await read_object(request))
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        door = self._sandbox.door
        if FAULTS[rule.fault].breaks and not (has_connection(request.scope) and door):
            reason = f"{rule.fault} breaks connections, which only the server of `volt sandbox` can"
            raise HTTPException(501, reason)
        response = as_json(rule.show(), status=201)
        if rule.fault == "refuse" and door:
            door.refuse(rule.seconds or 0)
            response.headers["Connection"] = "close"
        else:
            self._sandbox.chaos.add(rule)
        self._sandbox.hub.publish("chaos")
        return response

    async def remove_chaos(self, request: Request) -> Response:
        if not self._sandbox.chaos.remove(request.path_params["id"]):
            raise HTTPException(404, "no such rule is in force; it may have had its count")
        self._sandbox.hub.publish("chaos")
        return Response(status_code=204)


def _text(asked: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = asked.get(name, default)
    if value is None and name not in asked:
        raise HTTPException(400, f"'{name}' is missing")
    if not isinstance(value, str):
        raise HTTPException(400, f"'{name}' is text")
    return value


def _texts(asked: Mapping[str, Any], name: str) -> Sequence[str]:
    value: Any = asked.get(name) or []
    if not is_texts(value):
        raise HTTPException(400, f"'{name}' is a list of texts")
    return value
