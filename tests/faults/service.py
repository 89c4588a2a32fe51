"""A Volt that remembers: the texts that arrived whole, and those that it executed."""

import json
import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_PAGE_SIZE = 20


@dataclass(frozen=True)
class Operation:
    """One GraphQL request that arrived whole."""

    field: str
    """The root field: `createMessage`, `conversation` or `message`."""
    variables: Mapping[str, Any]


class VoltService:
    """What a healthy Volt does with a request, and what it knows afterwards.

    Args:
        clock_skew_seconds: How far its clock, and so `Date` and `sentAt`, is ahead of ours.
        lag_polls: How many reads of a conversation do not show a message yet.
        page_size: Messages on one page of a conversation.
        extra: Fields that replace those of every message, such as `{"sentAt": None}`.
    """

    def __init__(
        self,
        *,
        clock_skew_seconds: float = 0.0,
        lag_polls: int = 0,
        page_size: int = _PAGE_SIZE,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.set_clock(clock_skew_seconds)
        self.lag_polls = lag_polls
        self.page_size = page_size
        self.extra = dict(extra or {})
        self.operations: list[Operation] = []
        self.messages: list[dict[str, Any]] = []
        self._conversations: list[dict[str, Any]] = []
        self._unseen: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def posts(self) -> list[str]:
        """The texts of the `createMessage` requests that arrived whole, in order."""
        return [o.variables["body"] for o in self.operations if o.field == "createMessage"]

    @property
    def queries(self) -> int:
        """How many queries arrived whole."""
        return sum(o.field != "createMessage" for o in self.operations)

    @property
    def executed(self) -> list[str]:
        """The texts that went out, in order. A person got each of them."""
        return [message["body"] for message in self.messages]

    def now(self) -> datetime:
        """This server's idea of the time."""
        return datetime.now(UTC) + self.skew

    def set_clock(self, ahead_seconds: float) -> None:
        """Let its clock be ahead of ours by this much."""
        self.skew = timedelta(seconds=ahead_seconds)

    def receive(self, body: bytes) -> Operation:
        """Take note of a request whose body arrived whole."""
        request = json.loads(body)
        match = re.search(r"\{\s*(?:\w+\s*:\s*)?(\w+)", request["query"])
        assert match, "no root field"
        operation = Operation(match[1], request.get("variables") or {})
        with self._lock:
            self.operations.append(operation)
        return operation

    def execute(self, operation: Operation) -> dict[str, Any]:
        """Do what is asked, and return the reply's `data`."""
        variables = operation.variables
        with self._lock:
            if operation.field == "createMessage":
                return {"createMessage": self._send(variables)}
            if operation.field == "conversation":
                return {"conversation": self._conversation(variables)}
            found = [m for m in self.messages if m["id"] == variables.get("id")]
            return {"message": found[0] if found else self.message(id=variables.get("id"))}

    def message(self, **fields: Any) -> dict[str, Any]:
        """A message as this server writes it."""
        written: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "legacyId": None,
            "toNumber": None,
            "fromNumber": None,
            "status": "queued",
            "statusDescription": None,
            "media": [],
            "body": None,
            "sentAt": self.now().isoformat(timespec="milliseconds"),
            "confirmedAt": None,
        }
        return written | fields | self.extra

    def plant(
        self,
        *,
        body: str,
        to: str = "+15555550145",
        from_: str = "+15555550123",
        age_seconds: float = 0.0,
        **fields: Any,
    ) -> None:
        """Put a message of someone else's into the conversation."""
        sent_at = (self.now() - timedelta(seconds=age_seconds)).isoformat(timespec="milliseconds")
        written = {"toNumber": to, "fromNumber": from_, "body": body, "sentAt": sent_at}
        with self._lock:
            self._conversations.append(self.message(**written | fields))

    def _send(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        message = self.message(
            toNumber=variables["to"],
            fromNumber=variables["from"],
            body=variables["body"],
            media=variables.get("media") or [],
        )
        self.messages.append(message)
        self._conversations.append(message)
        self._unseen[message["id"]] = self.lag_polls
        return message

    def _conversation(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        numbers = {variables["to"], variables["from"]}
        seen = []
        for message in reversed(self._conversations):
            if {message["toNumber"], message["fromNumber"]} != numbers:
                continue
            if self._unseen.get(message["id"], 0) > 0:
                self._unseen[message["id"]] -= 1
            else:
                seen.append(message)
        first = int(variables.get("before") or 0)
        last = first + self.page_size
        more = last < len(seen)
        return {
            "messages": seen[first:last],
            "pageInfo": {
                "totalItems": len(seen),
                "nextPage": str(last) if more else None,
                "hasNextPage": more,
            },
        }
