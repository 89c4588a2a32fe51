"""Conversations as lists of them show them: the contract's inbox, and the page's overview."""

import re
from typing import Any

from volt.sandbox._database import Database
from volt.sandbox._directory import Directory
from volt.sandbox._paging import PAGE_SIZE, page_info, read_cursor
from volt.sandbox._records import as_message, timestamp
from volt.sandbox._refusals import as_refusal
from volt.sandbox._store import pair_of


class Conversations:
    """The conversations, newest first: the inbox by messages, the overview by refusals too."""

    def __init__(self, database: Database, directory: Directory) -> None:
        """Use this database."""
        self._database = database
        self._directory = directory

    def inbox(self, own: str, before: str | None) -> dict[str, Any]:
        """Return a page of the conversations of one number, as the contract's `Inbox`.

        Raises:
            LookupError: `before` is no cursor of this inbox.
        """
        scope = f"inbox {own}"
        rows = self._database.rows(
            "SELECT * FROM conversations WHERE own = ? AND total > 0 AND latest < ?"
            " ORDER BY latest DESC LIMIT ?",
            own,
            read_cursor(before, scope),
            PAGE_SIZE + 1,
        )
        total = self._database.row(
            "SELECT count(*) AS n FROM conversations WHERE own = ? AND total > 0", own
        )["n"]
        page = rows[:PAGE_SIZE]
        last = page[-1]["latest"] if len(rows) > len(page) else None
        return {
            "items": [self._item(row) for row in page],
            "pageInfo": page_info(total, scope, last),
        }

    def _item(self, row: Any) -> dict[str, Any]:
        latest = self._database.row("SELECT * FROM messages WHERE seq = ?", row["latest"])
        return {
            "contact": self._directory.contact(row["own"], row["person"]),
            "lastMessage": latest["body"],
            "isUnread": row["unread_by_organization"] > 0,
            "lastMessageTime": timestamp(latest["sent_at"]),
        }

    def overview(
        self,
        *,
        search: str = "",
        own: str = "",
        person: str = "",
        before: str | None = None,
        limit: int = 50,
    ) -> dict[str, Any]:
        """Return a page of all conversations, for a person who looks at them.

        Args:
            search: What a message, a number or a contact's name contains, in any case.
            own: Only those of this number of the organization; empty: of all.
            person: Only those with this person; empty: with anyone.
            before: The `nextPage` of the page before; None: the newest page.
            limit: How many at most.

        Raises:
            LookupError: `before` is no cursor of these conversations.
        """
        scope = f"overview {search!a} {own} {person}"
        where, values = _condition(own, person)
        columns = "SELECT *, (SELECT count(*) FROM found) AS found"
        page_of = "activity < ? ORDER BY activity DESC LIMIT ?"
        if search:
            # Its texts are read once, for the page and for the count. Where much is found, the page
            # is full long before all of it is sorted.
            found, searched = _found(search)
            if where != "1":
                found = f"SELECT id FROM conversations WHERE {where} AND id IN ({found})"  # noqa: S608
            values += searched
            sql = (
                f"WITH found (id) AS MATERIALIZED ({found})"
                f" {columns} FROM conversations INDEXED BY by_activity"
                f" WHERE id IN found AND {page_of}"
            )
        else:
            sql = (
                f"WITH found AS NOT MATERIALIZED (SELECT * FROM conversations WHERE {where})"  # noqa: S608
                f" {columns} FROM found WHERE {page_of}"
            )
        rows = self._database.rows(sql, *values, read_cursor(before, scope), limit + 1)
        total = rows[0]["found"] if rows else 0
        page = rows[:limit]
        last = page[-1]["activity"] if len(rows) > len(page) else None
        return {
            "conversations": [self._summary(row, search.casefold()) for row in page],
            "pageInfo": page_info(total, scope, last),
        }

    def _summary(self, row: Any, folded: str) -> dict[str, Any]:
        latest = self._database.row("SELECT * FROM messages WHERE seq = ?", row["latest"])
        refusal = self._database.row(
            "SELECT * FROM refusals WHERE conversation = ? ORDER BY seq DESC", row["id"]
        )
        is_refusal_latest = refusal and refusal["after"] == row["latest"]
        person = row["person"]
        opt_out = self._database.row("SELECT at FROM opt_outs WHERE person = ?", person)
        return {
            "own": row["own"],
            "person": person,
            "name": self._directory.contact(row["own"], person)["name"],
            "total": row["total"],
            "unread": row["unread"],
            "unreadByOrganization": row["unread_by_organization"],
            "doubles": row["doubles"],
            "isOptedOut": opt_out is not None,
            "refused": row["refused"],
            "latest": latest and as_message(latest),
            "refusal": as_refusal(refusal) if is_refusal_latest else None,
            "match": self._match(row["id"], folded) if folded else None,
        }

    def _match(self, conversation: int, folded: str) -> str | None:
        """The newest text of a conversation in which something is found, or None."""
        found = self._database.row(
            "SELECT body FROM messages JOIN texts USING (seq)"
            " WHERE messages.conversation = ? AND instr(folded, CAST(? AS TEXT))"
            " ORDER BY seq DESC",
            conversation,
            folded,
        ) or self._database.row(
            "SELECT body FROM refusals"
            " WHERE conversation = ? AND instr(folded, CAST(? AS TEXT)) ORDER BY seq DESC",
            conversation,
            folded,
        )
        body: str | None = found and found["body"]
        return body

    def mark_read(self, own: str, person: str, *, by_organization: bool = False) -> int:
        """Mark a conversation read: by whoever holds the phone, or by the organization.

        Returns:
            How many messages were new until now; by the phone's page, the refused ones too.
        """
        with self._database.transaction():
            read = self._database.rows(
                "UPDATE messages SET is_new = 0 WHERE is_new AND direction = ? AND conversation ="
                " (SELECT id FROM conversations WHERE pair = CAST(? AS TEXT)) RETURNING seq",
                "inbound" if by_organization else "outbound",
                pair_of(own, person),
            )
            if not by_organization:
                read += self._database.rows(
                    "UPDATE refusals SET is_new = 0 WHERE is_new"
                    " AND own = CAST(? AS TEXT) AND person = CAST(? AS TEXT) RETURNING seq",
                    own,
                    person,
                )
        return len(read)


_LIKE_A_NUMBER = re.compile(r"[+()\d\s.-]+")


def _condition(own: str, person: str) -> tuple[str, list[str]]:
    """The condition for conversations of a number, with a person, or both; and its values."""
    given = {"own": own, "person": person}
    conditions = [f"{name} = CAST(? AS TEXT)" for name, value in given.items() if value]
    return " AND ".join(conditions) or "1", [value for value in given.values() if value]


def _found(search: str) -> tuple[str, list[str]]:
    """The select of the ids of the conversations in which something is found, and its values."""
    folded = search.casefold()
    # Without an index: 100,000 texts are read in a fraction of what a person notices, and any
    # part of a word is found. See benchmarks/sandbox_store.py.
    selects = [
        "SELECT conversation FROM texts WHERE instr(folded, CAST(? AS TEXT))",
        "SELECT id FROM contacts JOIN conversations USING (own, person)"
        " WHERE instr(folded, CAST(? AS TEXT))",
        "SELECT conversation FROM refusals WHERE instr(folded, CAST(? AS TEXT))",
    ]
    values = [folded] * len(selects)
    digits = re.sub(r"\D", "", search)
    if digits and _LIKE_A_NUMBER.fullmatch(search):
        selects.append("SELECT id FROM conversations WHERE instr(pair, ?)")
        values.append(digits)
    return " UNION ".join(selects), values
