"""What the sandbox remembers: the messages it accepted or received, and the requests."""

import hashlib
import json
import secrets
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from volt.sandbox._database import Database
from volt.sandbox._paging import PAGE_SIZE, page_info, read_cursor
from volt.sandbox._records import (
    Direction,
    Message,
    ReceivedRequest,
    Step,
    Transition,
    as_accepted,
    as_message,
    as_request,
    as_step,
)

MESSAGES_KEPT = 10_000
REQUESTS_KEPT = 1_000


class Store:
    """The newest messages and requests; older ones are forgotten."""

    def __init__(
        self, database: Database, *, keep: int | None = None, double_window_seconds: float = 600
    ) -> None:
        """Use this database.

        Args:
            database: Where all is kept.
            keep: How many messages; None: 10,000.
            double_window_seconds: Within which the same content is a double.
        """
        self.database = database
        self.messages_kept = MESSAGES_KEPT if keep is None else keep
        self._requests_kept = REQUESTS_KEPT
        self._double_window = double_window_seconds

    # Requests

    def add_request(self, request: ReceivedRequest, at: float) -> int:
        """Keep a request, not answered yet: its number."""
        with self.database.transaction():
            number = self.database.insert(
                "requests",
                at=at,
                method=request["method"],
                path=request["path"],
                headers=json.dumps(request["headers"]),
                body=json.dumps(request["body"]),
                status=request["status"],
                fault=request["fault"],
            )
            self._forget_request(number - self._requests_kept)
        return number

    def answer_request(self, number: int, status: int | None, fault: str | None = None) -> None:
        """Keep how a request was answered."""
        self.database.rows(
            "UPDATE requests SET status = ?, fault = ? WHERE seq = ?", status, fault, number
        )

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The requests to the GraphQL endpoints, the refused ones too, oldest first."""
        rows = self.database.rows(
            "SELECT * FROM requests ORDER BY seq DESC LIMIT ?", self._requests_kept
        )
        return [as_request(row) for row in reversed(rows)]

    # Messages

    def add_message(
        self,
        direction: Direction,
        *,
        own: str,
        person: str,
        body: str,
        media: Sequence[str],
        steps: Sequence[Step],
        passthrough: str | None = None,
        request: int | None = None,
        wave: str | None = None,
    ) -> Message:
        """Keep a message, at the first of its steps; the others are taken when they are due."""
        first = steps[0]
        fingerprint = None
        if request is not None:
            content = json.dumps([own, person, body, list(media)])
            fingerprint = hashlib.sha256(content.encode()).hexdigest()
        with self.database.transaction():
            conversation, _ = conversation_of(self.database, own, person, pair_of(own, person))
            number = self.database.insert(
                "messages",
                conversation=conversation,
                id=f"rf_{secrets.token_hex(10)}",  # 20 characters, as in the vendor's webhooks
                legacy_id=str(uuid4()),
                direction=direction,
                own=own,
                person=person,
                body=body,
                media=json.dumps(list(media)),
                status=first.status,
                status_description=first.description,
                error_code=first.error_code,
                sent_at=first.at,
                passthrough=passthrough,
                request=request,
                wave=wave,
                fingerprint=fingerprint,
                double_of=self._first_of(fingerprint, first.at),
                is_new=True,
            )
            self.database.insert(
                "texts", seq=number, conversation=conversation, folded=body.casefold()
            )
            for step in steps:
                self.database.insert(
                    "steps",
                    message=number,
                    at=step.at,
                    status=step.status,
                    description=step.description,
                    error_code=step.error_code,
                    is_done=step is first,
                )
            self._prune(number)
            return as_message(self.database.row("SELECT * FROM messages WHERE seq = ?", number))

    def _first_of(self, fingerprint: str | None, at: float) -> str | None:
        if fingerprint is None:
            return None
        before = self.database.row(
            "SELECT id, double_of FROM messages WHERE fingerprint = ? AND sent_at >= ?"
            " ORDER BY seq DESC",
            fingerprint,
            at - self._double_window,
        )
        first: str | None = before and (before["double_of"] or before["id"])
        return first

    def _prune(self, newest: int) -> None:
        forgotten = self.database.rows(
            "DELETE FROM messages WHERE seq <= ? RETURNING request", newest - self.messages_kept
        )
        if any(row["request"] for row in forgotten):
            newest_request = self.database.row("SELECT max(seq) AS seq FROM requests")["seq"]
            for row in forgotten:
                if (row["request"] or newest_request) <= newest_request - self._requests_kept:
                    self._forget_request(row["request"])

    def _forget_request(self, number: int) -> None:
        """Forget a request, unless a message that it asked for is still kept."""
        self.database.rows(
            "DELETE FROM requests WHERE seq = ?"
            " AND NOT EXISTS (SELECT 1 FROM messages WHERE request = requests.seq)",
            number,
        )

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The accepted messages, oldest first, with the `variables` that asked for them."""
        rows = self.database.rows(
            "SELECT messages.*, requests.body AS request_body FROM messages"
            " LEFT JOIN requests ON requests.seq = messages.request"
            " WHERE direction = 'outbound' AND wave IS NULL ORDER BY messages.seq"
        )
        return [as_accepted(row) for row in rows]

    def find(self, message_id: str) -> Message | None:
        """Return the message of this id, or None if there is none."""
        row = self.database.row("SELECT * FROM messages WHERE id = ?", message_id)
        return row and as_message(row)

    def conversation(
        self, one: str, other: str, before: str | None = None, *, limit: int = PAGE_SIZE
    ) -> dict[str, Any]:
        """Return a page of the messages between two numbers, as the contract's `Conversation`.

        A cursor marks a message, not a distance from the newest one: a message that arrives
        between two pages moves nothing.

        Args:
            one: A number; which of the two it is does not matter.
            other: The other number.
            before: The `nextPage` of the page before; None: the newest page.
            limit: How many messages at most.

        Returns:
            The messages, newest first; may be empty.

        Raises:
            LookupError: `before` is no cursor of this conversation.
        """
        pair = pair_of(one, other)
        end = read_cursor(before, pair)
        found = self.database.row("SELECT id, total FROM conversations WHERE pair = ?", pair)
        if found is None:
            return {"messages": [], "pageInfo": page_info(0, pair, None)}
        rows = self.database.rows(
            "SELECT * FROM messages WHERE conversation = ? AND seq < ? ORDER BY seq DESC LIMIT ?",
            found["id"],
            end,
            limit + 1,
        )
        page = rows[:limit]
        last = page[-1]["seq"] if len(rows) > limit else None
        return {
            "messages": [as_message(row) for row in page],
            "pageInfo": page_info(found["total"], pair, last),
        }

    # The life of a message

    def advance(self, now: float) -> list[Transition]:
        """Take every step that is due, in order of time."""
        if (due := self.next_step_at()) is None or due > now:
            return []
        taken: list[Transition] = []
        with self.database.transaction():
            rows = self.database.rows(
                "SELECT rowid, * FROM steps WHERE NOT is_done AND at <= ? ORDER BY at, rowid", now
            )
            for row in rows:
                step = as_step(row)
                confirmed_at = step.at if step.status == "delivered" else None
                self.database.rows(
                    "UPDATE messages SET status = ?, status_description = ?, error_code = ?,"
                    " confirmed_at = ? WHERE seq = ?",
                    step.status,
                    step.description,
                    step.error_code,
                    confirmed_at,
                    row["message"],
                )
                self.database.rows("UPDATE steps SET is_done = 1 WHERE rowid = ?", row["rowid"])
                message = self.database.row("SELECT * FROM messages WHERE seq = ?", row["message"])
                taken.append(Transition(as_message(message), step, message["sent_at"]))
        return taken

    def next_step_at(self) -> float | None:
        """When the next step of any message is due; None: none is left."""
        row = self.database.row("SELECT min(at) AS at FROM steps WHERE NOT is_done")
        at: float | None = row["at"]
        return at


def conversation_of(database: Database, own: str, person: str, pair: str) -> tuple[int, int]:
    """A conversation, which begins if there is none: its number, and its latest message's."""
    found = database.row("SELECT id, latest FROM conversations WHERE pair = CAST(? AS TEXT)", pair)
    if found:
        return found["id"], found["latest"]
    return database.insert("conversations", own=own, person=person, pair=pair), 0


def pair_of(one: str, other: str) -> str:
    """Two numbers in order: the same for both directions of a conversation."""
    return "|".join(sorted((one, other)))
