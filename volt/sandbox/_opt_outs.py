"""Who has opted out, and the words that do it."""

import re
from typing import Any, TypedDict

from volt.sandbox._database import Database
from volt.sandbox._records import timestamp

# The words that Volt says it tracks itself, as the whole message.
STOP_WORDS = frozenset({"STOP", "REMOVE", "OPTOUT", "UNSUBSCRIBE", "CANCEL", "QUIT"})
# 47 CFR 64.1200(a)(10) and the carriers name more; that Volt acts on these, nothing says.
UNTRACKED_WORDS = frozenset({"END", "REVOKE", "STOPALL"})
START_WORDS = frozenset({"START", "UNSTOP"})


class OptOut(TypedDict):
    """One person who has opted out, by which word and when."""

    person: str
    word: str
    at: str


class OptOuts:
    """The persons who have opted out of every text of the organization."""

    def __init__(self, database: Database) -> None:
        """Use this database."""
        self._database = database

    def has(self, person: str) -> bool:
        """Whether the person has opted out."""
        return bool(self._database.row("SELECT 1 FROM opt_outs WHERE person = ?", person))

    def find(self, person: str) -> OptOut | None:
        """Return when and how the person opted out, or None."""
        row = self._database.row("SELECT * FROM opt_outs WHERE person = ?", person)
        return row and _as_opt_out(row)

    def add(self, person: str, *, word: str, at: float) -> None:
        """Opt a person out; who already is stays so, since when they first asked."""
        self._database.rows(
            "INSERT OR IGNORE INTO opt_outs (person, at, word) VALUES (?, ?, ?)", person, at, word
        )

    def remove(self, person: str) -> None:
        """Opt a person in again."""
        self._database.rows("DELETE FROM opt_outs WHERE person = ?", person)

    def hear(self, person: str, body: str, *, at: float) -> bool:
        """Act on a text from a person, if it is one of the words and nothing else.

        Returns:
            Whether it was one.
        """
        word = bare(body)
        if word in STOP_WORDS:
            self.add(person, word=word, at=at)
        elif word in START_WORDS:
            self.remove(person)
        else:
            return False
        return True

    def all(self) -> list[OptOut]:
        """Return everyone who has opted out, the latest first."""
        rows = self._database.rows("SELECT * FROM opt_outs ORDER BY at DESC, person")
        return [_as_opt_out(row) for row in rows]


def _as_opt_out(row: Any) -> OptOut:
    return {"person": row["person"], "word": row["word"], "at": timestamp(row["at"]) or ""}


def notice_of(body: str) -> str | None:
    """What is to be told of a text from a person on which Volt may not act, or None."""
    if (word := bare(body)) not in UNTRACKED_WORDS:
        return None
    return (
        f"{word} is an opt-out too, by 47 CFR 64.1200(a)(10) or the carriers, but not "
        "among the words that Volt says it acts on: your code has to honour it."
    )


def bare(body: str) -> str:
    """A text without white space and punctuation, in capitals: `Opt-out!` is `OPTOUT`."""
    return re.sub(r"[\W_]", "", body).upper()
