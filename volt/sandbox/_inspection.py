"""The routes that show what arrived.

`_app.py` lists them with what they take and answer.
"""

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from volt.sandbox._answers import as_json
from volt.sandbox._magic import TABLE
from volt.sandbox._opt_outs import notice_of
from volt.sandbox._records import Message, as_request, as_step, timestamp, variables_of
from volt.sandbox._sandbox import Sandbox
from volt.sandbox._segments import segments

_OVERVIEW = """\
Volt sandbox: a local Volt. No text leaves this machine.

GET  /                     the page: inbox, phone, chaos, deliveries
POST /graphql              the API, also at /v1.0/graphql; asks for the bearer token
GET  /_sandbox/messages    the accepted messages, oldest first, as many as are kept
GET  /_sandbox/requests    the requests to the API, oldest first (the newest 1,000)
GET  /_sandbox/doubles     the texts that arrived twice, with their requests
POST /_sandbox/reply       be the phone: {"from": "+15555550145", "body": "STOP"}
POST /_sandbox/chaos       fail on purpose: {"fault": "accept-drop", "count": 3}; GET lists them
GET  /_sandbox/numbers     the numbers to which a text is refused, fails or is slow
GET  /_sandbox/deliveries  what was posted to webhooks, and the answers
POST /_sandbox/reset       forget everything
"""
_PAGE_AT_MOST = 200
_DOUBLES_SHOWN = 100
_TIMES_SHOWN = 10  # of each: a text that arrived a thousand times is not to fill the page


class Inspection:
    """The handlers, each for one route."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Show this sandbox."""
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """Build the routes."""
        return [
            Route("/_sandbox", self.overview),
            Route("/_sandbox/state", self.state),
            Route("/_sandbox/events", self.events),
            Route("/_sandbox/messages", self.messages),
            Route("/_sandbox/messages/{id}", self.message),
            Route("/_sandbox/requests", self.requests),
            Route("/_sandbox/conversations", self.conversations),
            Route("/_sandbox/conversations/{own}/{person}", self.conversation),
            Route("/_sandbox/doubles", self.doubles),
            Route("/_sandbox/opt-outs", self.opt_outs),
            Route("/_sandbox/waves/{id}", self.wave),
            Route("/_sandbox/webhooks", self.webhooks),
            Route("/_sandbox/deliveries", self.deliveries),
            Route("/_sandbox/keys", self.keys),
            Route("/id_rsa.pub", self.rsa_key),
            Route("/_sandbox/numbers", self.numbers),
        ]

    async def overview(self, _: Request) -> Response:
        return PlainTextResponse(_OVERVIEW)

    async def messages(self, _: Request) -> Response:
        self._sandbox.advance()
        return as_json(self._sandbox.store.messages)

    async def requests(self, _: Request) -> Response:
        return as_json(self._sandbox.store.requests)

    async def state(self, _: Request) -> Response:
        self._sandbox.advance()
        return as_json(self._sandbox.state())

    async def events(self, _: Request) -> Response:
        if self._sandbox.hub.is_full:
            raise HTTPException(503, "too many listen already")
        return StreamingResponse(
            self._sandbox.hub.stream(),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    async def conversations(self, request: Request) -> Response:
        self._sandbox.advance()
        asked = request.query_params
        try:
            found = self._sandbox.conversations.overview(
                search=asked.get("search", "").strip(),
                own=asked.get("own", ""),
                person=asked.get("person", ""),
                before=asked.get("before"),
                limit=_limit(asked),
            )
        except LookupError:
            raise HTTPException(400, "'before' is no nextPage of these conversations") from None
        return as_json(found)

    async def conversation(self, request: Request) -> Response:
        self._sandbox.advance()
        asked, numbers = request.query_params, request.path_params
        try:
            found = self._sandbox.store.conversation(
                numbers["own"],
                numbers["person"],
                before=asked.get("before"),
                limit=_limit(asked),
            )
        except LookupError:
            raise HTTPException(400, "'before' is no nextPage of this conversation") from None
        own, person = numbers["own"], numbers["person"]
        return as_json(
            found
            | {
                "messages": [_with_notice(message) for message in found["messages"]],
                "name": self._sandbox.directory.contact(own, person)["name"],
                "optOut": self._sandbox.opt_outs.find(person),
                "refusals": self._sandbox.refusals.of(own, person),
                "refused": self._sandbox.refusals.count(own, person),
            }
        )

    async def message(self, request: Request) -> Response:
        self._sandbox.advance()
        message_id: str = request.path_params["id"]
        row = self._sandbox.database.row("SELECT seq FROM messages WHERE id = ?", message_id)
        if row is None:
            raise HTTPException(404, "there is no message of this id; it may be forgotten")
        steps = self._sandbox.database.rows(
            "SELECT * FROM steps WHERE message = ? ORDER BY at, rowid", row["seq"]
        )
        shown = self._with_request(message_id)
        first = shown["message"]["doubleOf"] or message_id
        total, doubles = self._doubles_of(first)
        if all(double["message"]["id"] != message_id for double in doubles):
            doubles.append(shown)
        return as_json(
            shown["message"]
            | {
                "variables": variables_of(shown["request"] and shown["request"]["body"]),
                "segments": segments(shown["message"]["body"])._asdict(),
                "history": [
                    {
                        "at": timestamp(step["at"]),
                        "status": as_step(step).status,
                        "statusDescription": as_step(step).description,
                        "errorCode": as_step(step).error_code,
                        "isDone": bool(step["is_done"]),
                    }
                    for step in steps
                ],
                "request": shown["request"],
                "doubles": doubles if total > 1 else [],
                "doublesTotal": total if total > 1 else 0,
                "deliveries": self._sandbox.deliveries.of_message(message_id),
            }
        )

    async def doubles(self, _: Request) -> Response:
        rows = self._sandbox.database.rows(
            "SELECT double_of, max(seq) AS latest FROM messages WHERE double_of IS NOT NULL"
            " GROUP BY double_of ORDER BY latest DESC LIMIT ?",
            _DOUBLES_SHOWN,
        )
        groups = (self._doubles_of(row["double_of"]) for row in rows)
        return as_json([{"total": total, "messages": messages} for total, messages in groups])

    def _doubles_of(self, first: str) -> tuple[int, list[dict[str, Any]]]:
        """How often the content of this message arrived, and the first ten times."""
        which = "FROM messages WHERE id = ? OR double_of = ?"
        total = self._sandbox.database.row(f"SELECT count(*) AS n {which}", first, first)["n"]
        rows = self._sandbox.database.rows(
            f"SELECT id {which} ORDER BY seq LIMIT ?", first, first, _TIMES_SHOWN
        )
        return total, [self._with_request(row["id"]) for row in rows]

    def _with_request(self, message_id: str) -> dict[str, Any]:
        request = self._sandbox.database.row(
            "SELECT requests.* FROM messages JOIN requests ON requests.seq = messages.request"
            " WHERE messages.id = ?",
            message_id,
        )
        return {
            "message": self._sandbox.store.find(message_id),
            "request": request and {"at": timestamp(request["at"]), **as_request(request)},
        }

    async def opt_outs(self, _: Request) -> Response:
        return as_json(self._sandbox.opt_outs.all())

    async def wave(self, request: Request) -> Response:
        self._sandbox.advance()
        if (wave := self._sandbox.waves.find(request.path_params["id"])) is None:
            raise HTTPException(404, "there is no wave of this id")
        return as_json(wave)

    async def webhooks(self, _: Request) -> Response:
        return as_json(self._sandbox.webhooks.all())

    async def deliveries(self, request: Request) -> Response:
        asked = request.query_params
        try:
            found = self._sandbox.deliveries.page(before=asked.get("before"), limit=_limit(asked))
        except LookupError:
            raise HTTPException(400, "'before' is no nextPage of the deliveries") from None
        return as_json(found)

    async def keys(self, _: Request) -> Response:
        return as_json(self._sandbox.deliveries.keys.public())

    async def rsa_key(self, _: Request) -> Response:
        return PlainTextResponse(self._sandbox.deliveries.keys.public()["rsa"])

    async def numbers(self, _: Request) -> Response:
        rows = ({"number": row.number, "does": row.does, "meaning": row.meaning} for row in TABLE)
        return as_json(list(rows))


def _with_notice(message: Message) -> dict[str, Any]:
    is_reply = message["direction"] == "inbound"
    return {**message, "notice": notice_of(message["body"]) if is_reply else None}


def _limit(asked: Mapping[str, str]) -> int:
    text = asked.get("limit", "50")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _PAGE_AT_MOST):
        raise HTTPException(400, f"'limit' is a number from 1 to {_PAGE_AT_MOST}")
    return int(text)
