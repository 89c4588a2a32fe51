"""The rows of the sandbox's tables, as its JSON shows them."""

import json
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, TypedDict, cast

Direction = Literal["outbound", "inbound"]


class Message(TypedDict):
    """One message, its fields under their GraphQL names; then what only the sandbox knows.

    `isNew` is true until an outbound message was looked at on the phone, an inbound one by the
    organization. `doubleOf` is the id of the first message of the same content, if this reached
    the sandbox soon after.
    """

    id: str
    legacyId: str
    toNumber: str
    fromNumber: str
    status: str
    statusDescription: str
    media: list[str]
    body: str
    sentAt: str
    confirmedAt: str | None
    errorCode: str | None
    passthrough: str | None
    direction: Direction
    waveId: str | None
    doubleOf: str | None
    isNew: bool


class ReceivedRequest(TypedDict):
    """One HTTP request to a GraphQL endpoint, and the status it was answered with.

    `headers` has lower-case names and no token. `body` is the parsed JSON, the text of a body
    that is not JSON, or null if it was too large. `status` is null while there is no answer yet,
    and if the chaos asked for gave none; `fault` names that chaos.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int | None
    fault: str | None


class Step(NamedTuple):
    """One step in a message's life: its status from a time on (seconds since 1970)."""

    at: float
    status: str
    description: str
    error_code: str | None = None


class Transition(NamedTuple):
    """A message that has just taken a step, and when it was accepted."""

    message: Message
    step: Step
    sent_at: float


def timestamp(seconds: float | None) -> str | None:
    """A time as the vendor's webhooks write it: `2026-01-31T12:00:00.000+00:00`."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def as_message(row: Any) -> Message:
    """Read a row of the table of messages."""
    own, person = row["own"], row["person"]
    is_outbound = row["direction"] == "outbound"
    return {
        "id": row["id"],
        "legacyId": row["legacy_id"],
        "toNumber": person if is_outbound else own,
        "fromNumber": own if is_outbound else person,
        "status": row["status"],
        "statusDescription": row["status_description"],
        "media": json.loads(row["media"]),
        "body": row["body"],
        "sentAt": timestamp(row["sent_at"]) or "",
        "confirmedAt": timestamp(row["confirmed_at"]),
        "errorCode": row["error_code"],
        "passthrough": row["passthrough"],
        "direction": row["direction"],
        "waveId": row["wave"],
        "doubleOf": row["double_of"],
        "isNew": bool(row["is_new"]),
    }


def as_request(row: Any) -> ReceivedRequest:
    """Read a row of the table of requests."""
    return {
        "method": row["method"],
        "path": row["path"],
        "headers": json.loads(row["headers"]),
        "body": json.loads(row["body"]),
        "status": row["status"],
        "fault": row["fault"],
    }


def as_step(row: Any) -> Step:
    """Read a row of the table of steps."""
    return Step(row["at"], row["status"], row["description"], row["error_code"])


_SANDBOX_ONLY = ("direction", "waveId", "doubleOf", "isNew")


def as_accepted(row: Any) -> dict[str, Any]:
    """Read a row with its request's body: the message as it was accepted, and its variables."""
    message: dict[str, Any] = {**as_message(row)}
    for name in _SANDBOX_ONLY:
        del message[name]
    message["variables"] = variables_of(json.loads(row["request_body"] or "null"))
    return message


def variables_of(body: Any) -> Any:
    """The variables in a request's body, as received; null if it had none."""
    return cast(dict[str, Any], body).get("variables") if isinstance(body, dict) else None
