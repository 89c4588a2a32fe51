"""What is posted to webhooks: a queue for each, and every attempt."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from volt.sandbox._database import Database
from volt.sandbox._envelope import Event
from volt.sandbox._events import Hub
from volt.sandbox._outbound import Answer, Outbound, UndeliverableError
from volt.sandbox._paging import page_info, read_cursor
from volt.sandbox._records import as_message, timestamp
from volt.sandbox._signing import RSA_HEADER, Keys

DELIVERIES_KEPT = 10_000
TRIES = 5
_ANSWER_KEPT_CHARACTERS = 2_000


class Deliveries:
    """The deliveries, each of one event to one webhook.

    Each webhook is told one event after the other, in order; one that did not take an event is told
    again after a while, and meanwhile the next ones.
    """

    def __init__(
        self,
        database: Database,
        hub: Hub,
        outbound: Outbound,
        clock: Callable[[], float],
        *,
        retry_seconds: float,
        standard: bool,
    ) -> None:
        """Go on with what is in the database.

        Args:
            database: Where all is kept.
            hub: Is told of every attempt.
            outbound: Posts.
            clock: Tells the time.
            retry_seconds: The wait after the first failure; it doubles with each.
            standard: Whether requests are signed by Standard Webhooks too.
        """
        self.keys = Keys(database)
        self._database = database
        self._hub = hub
        self._outbound = outbound
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._standard = standard
        self._busy: dict[str, asyncio.Task[None]] = {}  # by webhook
        self.on_change: Callable[[], None] = lambda: None

    def add(self, told: Event, *, webhook_id: str, url: str, message_id: str) -> None:
        """Post an event to a webhook, after what it is still to be told."""
        now = self._clock()
        number = self._database.insert(
            "deliveries",
            webhook=webhook_id,
            url=url,
            event=told.kind,
            event_id=told.id,
            message=message_id,
            payload=told.body,
            created_at=now,
            state="pending",
            due_at=now,
        )
        self._database.rows("DELETE FROM deliveries WHERE seq <= ?", number - DELIVERIES_KEPT)

    def cancel(self, webhook_id: str) -> None:
        """Tell a webhook no more."""
        self._database.rows(
            "UPDATE deliveries SET state = 'cancelled' WHERE webhook = ? AND state = 'pending'",
            webhook_id,
        )

    def next_due_at(self) -> float | None:
        """When the next delivery is due to a URL that is not being told something already."""
        rows = self._database.rows(
            "SELECT webhook, min(due_at) AS at FROM deliveries WHERE state = 'pending'"
            " GROUP BY webhook"
        )
        return min((row["at"] for row in rows if row["webhook"] not in self._busy), default=None)

    def work(self) -> None:
        """Begin with all that is due; called in an event loop."""
        now = self._clock()
        rows = self._database.rows(
            "SELECT webhook, min(seq) AS seq FROM deliveries"
            " WHERE state = 'pending' AND due_at <= ? GROUP BY webhook",
            now,
        )
        for row in rows:
            if row["webhook"] in self._busy:
                continue
            task = asyncio.get_running_loop().create_task(self._deliver(row["seq"]))
            self._busy[row["webhook"]] = task
            task.add_done_callback(partial(self._done, row["webhook"]))

    def _done(self, webhook_id: str, _: asyncio.Task[None]) -> None:
        self._busy.pop(webhook_id, None)
        self.on_change()

    def stop(self) -> None:
        """Break off what is under way; it is tried again at the next start."""
        for task in self._busy.values():
            task.cancel()

    async def _deliver(self, number: int) -> None:
        row = self._database.row("SELECT * FROM deliveries WHERE seq = ?", number)
        start = self._clock()
        try:
            answer = await self.post(
                row["url"], Event(row["event_id"], row["event"], row["payload"])
            )
        except UndeliverableError as error:
            answer = Answer(0, str(error))
        self._keep_attempt(number, answer, start)

    def _keep_attempt(self, number: int, answer: Answer, start: float) -> None:
        now = self._clock()
        is_taken = 200 <= answer.status < 300
        with self._database.transaction():
            if self._database.row("SELECT 1 FROM deliveries WHERE seq = ?", number) is None:
                return  # forgotten meanwhile
            self._database.insert(
                "attempts",
                delivery=number,
                at=start,
                seconds=now - start,
                status=answer.status or None,
                answer=answer.text[:_ANSWER_KEPT_CHARACTERS],
            )
            tried = self._database.row(
                "SELECT count(*) AS n FROM attempts WHERE delivery = ?", number
            )["n"]
            state = "delivered" if is_taken else "failed" if tried >= TRIES else "pending"
            self._database.rows(
                "UPDATE deliveries SET state = ?, due_at = ? WHERE seq = ?",
                state,
                now + self._retry_seconds * 2 ** (tried - 1),
                number,
            )
        self._hub.publish("delivery", self.find(number))

    async def post(self, url: str, told: Event) -> Answer:
        """Post an event to a URL, signed: the answer.

        Raises:
            UndeliverableError: It may not go there, or there was no answer.
        """
        return await self._outbound.post(url, told.body.encode(), self.headers(told))

    def headers(self, told: Event) -> dict[str, str]:
        """The headers of the request that tells an event, its signatures among them."""
        body = told.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "volt-sandbox",
            RSA_HEADER: self.keys.rsa_signature(body),
        }
        if self._standard:
            headers |= self.keys.standard_headers(told.id, body, at=self._clock())
        return headers

    def resend(self, number: int) -> bool:
        """Post a delivery once more, at once: whether there is one of this number."""
        return bool(
            self._database.rows(
                "UPDATE deliveries SET state = 'pending', due_at = ? WHERE seq = ? RETURNING seq",
                self._clock(),
                number,
            )
        )

    def find(self, number: int) -> dict[str, Any] | None:
        """Return a delivery with its payload and every attempt, or None."""
        row = self._database.row("SELECT * FROM deliveries WHERE seq = ?", number)
        return row and self._as_delivery(row)

    def of_message(self, message_id: str) -> list[dict[str, Any]]:
        """Return the deliveries that tell of a message, the oldest first."""
        rows = self._database.rows(
            "SELECT * FROM deliveries WHERE message = ? ORDER BY seq", message_id
        )
        return [self._as_delivery(row) for row in rows]

    def page(self, *, before: str | None, limit: int) -> dict[str, Any]:
        """Return a page of the deliveries, the newest first.

        Raises:
            LookupError: `before` is no cursor of the deliveries.
        """
        rows = self._database.rows(
            "SELECT * FROM deliveries WHERE seq < ? ORDER BY seq DESC LIMIT ?",
            read_cursor(before, "deliveries"),
            limit + 1,
        )
        total = self._database.row("SELECT count(*) AS n FROM deliveries")["n"]
        page = rows[:limit]
        last = page[-1]["seq"] if len(rows) > len(page) else None
        return {
            "deliveries": [self._as_delivery(row) for row in page],
            "pageInfo": page_info(total, "deliveries", last),
        }

    def _as_delivery(self, row: Any) -> dict[str, Any]:
        attempts = self._database.rows(
            "SELECT * FROM attempts WHERE delivery = ? ORDER BY rowid", row["seq"]
        )
        message = self._database.row("SELECT * FROM messages WHERE id = ?", row["message"])
        is_pending = row["state"] == "pending"
        return {
            "id": row["seq"],
            "webhookId": row["webhook"],
            "url": row["url"],
            "event": row["event"],
            "eventId": row["event_id"],
            "messageId": row["message"],
            "message": message and as_message(message),
            "payload": row["payload"],
            "createdAt": timestamp(row["created_at"]),
            "state": row["state"],
            "nextAttemptAt": timestamp(row["due_at"]) if is_pending else None,
            "attempts": [
                {
                    "at": timestamp(attempt["at"]),
                    "seconds": round(attempt["seconds"], 3),
                    "status": attempt["status"],
                    "answer": attempt["answer"],
                }
                for attempt in attempts
            ],
        }
