"""The texts that were refused, for as long as their requests are kept."""

from typing import Any, TypedDict

from volt.sandbox._database import Database
from volt.sandbox._records import timestamp
from volt.sandbox._rules import RefusedError

_SHOWN = 50
_BODY_KEPT_CHARACTERS = 2_000


class Refusal(TypedDict):
    """One text that was refused: when, the vendor's code, what it says, and the text."""

    at: str
    code: str
    reason: str
    body: str


class Refusals:
    """The refusals, of each pair of numbers."""

    def __init__(self, database: Database) -> None:
        """Use this database."""
        self._database = database

    def add(
        self, error: RefusedError, *, own: str, person: str, body: str, request: int, at: float
    ) -> Refusal:
        """Keep a refusal, with the request that it answered."""
        number = self._database.insert(
            "refusals",
            request=request,
            own=own,
            person=person,
            at=at,
            code=error.code,
            reason=error.message,
            body=body[:_BODY_KEPT_CHARACTERS],
        )
        return _as_refusal(self._database.row("SELECT * FROM refusals WHERE seq = ?", number))

    def of(self, own: str, person: str) -> list[Refusal]:
        """Return those of one conversation, the newest first, 50 at most."""
        rows = self._database.rows(
            "SELECT * FROM refusals WHERE own = CAST(? AS TEXT) AND person = CAST(? AS TEXT)"
            " ORDER BY seq DESC LIMIT ?",
            own,
            person,
            _SHOWN,
        )
        return [_as_refusal(row) for row in rows]


def _as_refusal(row: Any) -> Refusal:
    return {
        "at": timestamp(row["at"]) or "",
        "code": row["code"],
        "reason": row["reason"],
        "body": row["body"],
    }
