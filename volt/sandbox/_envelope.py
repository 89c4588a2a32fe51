"""A webhook's body, in the form of the vendor's samples."""

import json
import secrets
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from volt.sandbox._records import Message, timestamp
from volt.sandbox._segments import segments

EVENTS = ("message.sent", "message.finalized", "message.received")

_APP_ID = str(uuid5(NAMESPACE_URL, "volt-sandbox:app"))
_PROFILE_ID = str(uuid5(NAMESPACE_URL, "volt-sandbox:profile"))
_VALID_SECONDS = 3600


class Event(NamedTuple):
    """One event: the id by which a receiver knows a repetition, what happened, and the body."""

    id: str
    kind: str
    body: str


def trial(now: float) -> Event:
    """The request by which a URL is tried before it is registered; its form is our own."""
    return _event("test", "test", {}, now)


def event(kind: str, message: Message, *, sent_at: float, now: float) -> Event:
    """An event of a message.

    Args:
        kind: One of `EVENTS`.
        message: As it is now.
        sent_at: When it was accepted, or came, in seconds since 1970.
        now: When the event occurred.
    """
    is_inbound = message["direction"] == "inbound"
    is_final = kind == "message.finalized"
    encoding, parts = segments(message["body"])
    payload: dict[str, Any] = {
        "message_app_id": _APP_ID,
        "id": None if is_inbound else message["id"],
        "to_number": message["toNumber"],
        "from_number": message["fromNumber"],
        "valid_until": None if is_inbound else timestamp(sent_at + _VALID_SECONDS),
        "type": "MMS" if message["media"] else "SMS",
        "text": message["body"],
        "sent_at": None if is_inbound else timestamp(sent_at),
        "received_at": timestamp(sent_at) if is_inbound else None,
        "status": "webhook_delivered" if is_inbound else message["status"],
        "parts": parts,
        "messaging_profile_id": _PROFILE_ID,
        "media": message["media"],
        "encoding": encoding,
        "direction": message["direction"],
        "completed_at": timestamp(now) if is_final else None,
        "occurred_at": timestamp(now),
        "event_type": kind,
    }
    if message["errorCode"]:
        payload |= {
            "provider_error_code": "40002",  # the one value in the vendor's sample
            "provider_error_title": "Message not delivered",
            "provider_error_detail": message["statusDescription"],
            "carrier_name": "Sandbox Wireless",
            "error_code": message["errorCode"],
        }
    return _event("messaging", kind, payload, now)


def _event(envelope_type: str, kind: str, payload: dict[str, Any], now: float) -> Event:
    event_id = f"rfw_{secrets.token_hex(4)}_{secrets.token_hex(16)}"
    envelope = {"type": envelope_type, "id": event_id, "payload": payload, "time": int(now)}
    return Event(event_id, kind, json.dumps(envelope))
