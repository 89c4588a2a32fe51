"""The texts that were refused, for as long as their requests are kept."""

from typing import Any, TypedDict

from volt.sandbox._database import Database
from volt.sandbox._records import timestamp
from volt.sandbox._rules import RefusedError
from volt.sandbox._store import conversation_of, pair_of

_SHOWN = 50
_BODY_KEPT_CHARACTERS = 2_000


class Refusal(TypedDict):
    """One text that was refused: when, the vendor's code, what it says, and the text.

    `isNew` until the conversation is marked read.
    """

    at: str
    code: str
    reason: str
    body: str
    isNew: bool


class Refusals:
    """The refusals, of each pair of numbers."""

    def __init__(self, database: Database) -> None:
        """Use this database."""
        self._database = database

    def add(
        self,
        error: RefusedError,
        *,
        own: str,
        person: str,
        body: str,
        request: int,
        at: float,
        is_ours: bool,
    ) -> Refusal:
        """Keep a refusal, with the request that it answered.

        Args:
            error: The refusal.
            own: The sender.
            person: The recipient.
            body: The text.
            request: The number of its request.
            at: When, in seconds since 1970.
            is_ours: Whether the sender is a number of the organization. If not, no message will
                ever be said between the two in this direction, and it is not to be taken for the
                other one.
        """
        pair = pair_of(own, person) if is_ours else f"{own} > {person}"
        body = body[:_BODY_KEPT_CHARACTERS]
        with self._database.transaction():
            conversation, latest = conversation_of(self._database, own, person, pair)
            number = self._database.insert(
                "refusals",
                request=request,
                own=own,
                person=person,
                at=at,
                code=error.code,
                reason=error.message,
                body=body,
                folded=body.casefold(),
                conversation=conversation,
                after=latest,
                is_new=True,
            )
            return as_refusal(self._database.row("SELECT * FROM refusals WHERE seq = ?", number))

    def count(self, own: str, person: str) -> int:
        """Return how many there are of one conversation."""
        count: int = self._database.row(
            "SELECT count(*) AS n FROM refusals"
            " WHERE own = CAST(? AS TEXT) AND person = CAST(? AS TEXT)",
            own,
            person,
        )["n"]
        return count

    def of(self, own: str, person: str) -> list[Refusal]:
        """Return those of one conversation, the newest first, 50 at most."""
        rows = self._database.rows(
            "SELECT * FROM refusals WHERE own = CAST(? AS TEXT) AND person = CAST(? AS TEXT)"
            " ORDER BY seq DESC LIMIT ?",
            own,
            person,
            _SHOWN,
        )
        return [as_refusal(row) for row in rows]


def as_refusal(row: Any) -> Refusal:
    """Read a row of the table of refusals."""
    return {
        "at": timestamp(row["at"]) or "",
        "code": row["code"],
        "reason": row["reason"],
        "body": row["body"],
        "isNew": bool(row["is_new"]),
    }
