"""Webhooks: who is told of what happens to messages."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from volt.sandbox._database import Database
from volt.sandbox._deliveries import Deliveries
from volt.sandbox._envelope import EVENTS, Event, event, trial
from volt.sandbox._magic import behaviour_of
from volt.sandbox._outbound import UndeliverableError
from volt.sandbox._records import Message, Transition, timestamp

#: The event of each status that has one.
KINDS = {
    "received": "message.received",
    "sent": "message.sent",
    "delivered": "message.finalized",
    "failed": "message.finalized",
}


class Webhooks:
    """The registered URLs."""

    def __init__(
        self, database: Database, deliveries: Deliveries, clock: Callable[[], float]
    ) -> None:
        """Keep them in this database, and post by these deliveries."""
        self._database = database
        self._deliveries = deliveries
        self._clock = clock

    async def register(self, url: str, own: str | None, events: Sequence[str]) -> dict[str, Any]:
        """Register a URL, after it has answered a request with 2XX.

        Raises:
            UndeliverableError: It has not.
        """
        answer = await self._deliveries.post(url, trial(self._clock()))
        if not 200 <= answer.status < 300:
            raise UndeliverableError(f"the test request was answered with HTTP {answer.status}")
        now = self._clock()
        webhook_id = f"webhook_{secrets.token_hex(10)}"
        self._database.insert(
            "webhooks",
            id=webhook_id,
            url=url,
            own=own,
            events=" ".join(events) or None,
            created_at=now,
            updated_at=now,
        )
        return _as_webhook(self._database.row("SELECT * FROM webhooks WHERE id = ?", webhook_id))

    def all(self) -> list[dict[str, Any]]:
        """Return the registered webhooks, the oldest first, as the contract's `Webhook`."""
        return [_as_webhook(row) for row in self._database.rows("SELECT * FROM webhooks")]

    def delete(self, webhook_id: str) -> dict[str, Any] | None:
        """Delete a webhook: what it was, or None if there is none of this id."""
        row = self._database.row("DELETE FROM webhooks WHERE id = ? RETURNING *", webhook_id)
        if row is None:
            return None
        self._deliveries.cancel(webhook_id)
        return _as_webhook(row)

    def tell_step(self, taken: Transition) -> None:
        """Tell of a step in the life of a message from the organization."""
        message, step, sent_at = taken
        kind = KINDS.get(step.status)
        if kind is None or not (listeners := self._who_wants(message["fromNumber"])):
            return
        told = [event(kind, message, sent_at=sent_at, now=step.at)]
        order = behaviour_of(message["toNumber"]).webhooks
        if order == "twice":
            told *= 2
        elif order == "reversed" and kind == "message.sent":
            return  # it is told after the end
        elif order == "reversed":
            before: Message = {**message, "status": "sent", "errorCode": None}
            told.append(event("message.sent", before, sent_at=sent_at, now=step.at))
        for happened in told:
            self._tell(listeners, happened, message["id"])

    def tell_arrival(self, message: Message, *, at: float) -> None:
        """Tell of a message from a person."""
        if listeners := self._who_wants(message["toNumber"]):
            told = event("message.received", message, sent_at=at, now=at)
            self._tell(listeners, told, message["id"])

    def _who_wants(self, own: str) -> list[Any]:
        return self._database.rows("SELECT * FROM webhooks WHERE own IS NULL OR own = ?", own)

    def _tell(self, listeners: list[Any], told: Event, message_id: str) -> None:
        for row in listeners:
            if row["events"] is None or told.kind in row["events"].split():
                self._deliveries.add(
                    told, webhook_id=row["id"], url=row["url"], message_id=message_id
                )


def _as_webhook(row: Any) -> dict[str, Any]:
    names: list[str] = row["events"].split() if row["events"] else []
    return {
        "id": row["id"],
        "url": row["url"],
        "primaryPhone": row["own"],
        "eventTypes": [name.upper().replace(".", "_") for name in names] or None,
        "createdAt": timestamp(row["created_at"]),
        "lastUpdatedAt": timestamp(row["updated_at"]),
    }


def event_names(types: Sequence[str | None] | None) -> list[str]:
    """The events that values of `WebhookEventType` stand for; none given: none."""
    wanted = {(name or "").lower().replace("_", ".") for name in types or ()}
    return [name for name in EVENTS if name in wanted]
