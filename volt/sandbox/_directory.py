"""Contacts and lists, as each number of the organization keeps its own."""

import hashlib
import json
import secrets
from collections.abc import Iterable
from typing import Any, TypedDict

from volt.sandbox._database import Database
from volt.sandbox._records import timestamp


class Contact(TypedDict):
    """A person as one number of the organization knows them, under GraphQL's names.

    Whoever a message went to or came from is a contact without a name; `createdAt` is null until
    the contact was created by name.
    """

    id: str
    primaryPhone: str
    phoneNumber: str
    name: str | None
    customFields: list[dict[str, Any]]
    blocked: bool
    createdAt: str | None
    lastUpdatedAt: str | None


class List(TypedDict):
    """A list of persons, under GraphQL's names; `size` is counted when it is asked for."""

    id: str
    primaryPhone: str
    name: str
    createdBy: str
    createdAt: str | None
    lastUpdatedAt: str | None
    size: int
    querySourceListName: str | None
    queryNameSearchTerm: str | None


class Directory:
    """The contacts and the lists."""

    def __init__(self, database: Database) -> None:
        """Use this database."""
        self._database = database

    # Contacts

    def save_contact(
        self,
        own: str,
        person: str,
        *,
        name: str,
        fields: list[dict[str, Any]],
        blocked: bool,
        at: float,
    ) -> Contact:
        """Create the contact, or replace all that is known of it."""
        with self._database.transaction():
            before = self._database.row(
                "SELECT created_at FROM contacts WHERE own = ? AND person = ?", own, person
            )
            self._database.rows("DELETE FROM contacts WHERE own = ? AND person = ?", own, person)
            self._database.insert(
                "contacts",
                own=own,
                person=person,
                name=name,
                folded=name.casefold(),
                fields=json.dumps(fields),
                blocked=blocked,
                created_at=before["created_at"] if before else at,
                updated_at=at,
            )
        return self.contact(own, person)

    def contact(self, own: str, person: str) -> Contact:
        """Return the contact, whether or not it was created."""
        row = self._database.row("SELECT * FROM contacts WHERE own = ? AND person = ?", own, person)
        key = f"{own} {person}".encode("utf-8", "surrogatepass")  # a refused number is any text
        return {
            "id": f"contact_{hashlib.sha256(key).hexdigest()[:20]}",
            "primaryPhone": own,
            "phoneNumber": person,
            "name": row and row["name"],
            "customFields": json.loads(row["fields"]) if row else [],
            "blocked": bool(row and row["blocked"]),
            "createdAt": timestamp(row and row["created_at"]),
            "lastUpdatedAt": timestamp(row and row["updated_at"]),
        }

    def is_blocked(self, own: str, person: str) -> bool:
        """Whether the contact was created as one that is to get no text."""
        return bool(
            self._database.row(
                "SELECT 1 FROM contacts WHERE own = ? AND person = ? AND blocked", own, person
            )
        )

    def is_known(self, own: str, person: str) -> bool:
        """Whether the contact was created, or a message went to or came from the person."""
        return bool(
            self._database.row(
                "SELECT 1 FROM contacts WHERE own = ? AND person = ? UNION ALL"
                " SELECT 1 FROM conversations WHERE own = ? AND person = ?",
                own,
                person,
                own,
                person,
            )
        )

    # Lists

    def save_list(
        self, own: str, name: str, *, source: str | None, term: str | None, at: float
    ) -> List:
        """Create the list, or change what its query selects; its members stay.

        Args:
            own: The organization's number that the list belongs to.
            name: By which it is found.
            source: The list that its query selects from; None: all contacts of the number.
            term: What a contact's name contains, in any case, to be selected.
            at: The time.
        """
        with self._database.transaction():
            before = self.find_list(own, name)
            if before is None:
                self._database.insert(
                    "lists",
                    id=f"list_{secrets.token_hex(10)}",
                    own=own,
                    name=name,
                    source=source,
                    term=term,
                    created_at=at,
                    updated_at=at,
                )
            else:
                self._database.rows(
                    "UPDATE lists SET source = CAST(? AS TEXT), term = CAST(? AS TEXT),"
                    " updated_at = ? WHERE id = ?",
                    source,
                    term,
                    at,
                    before["id"],
                )
            found = self.find_list(own, name)
            assert found is not None  # noqa: S101  # it was saved above
            return found

    def find_list(self, own: str, name: str) -> List | None:
        """Return the list of this name, or None if there is none."""
        row = self._database.row(
            "SELECT * FROM lists WHERE own = ? AND name = CAST(? AS TEXT)", own, name
        )
        return row and self._as_list(row)

    def lists_with(self, own: str, person: str) -> list[List]:
        """Return the lists that a person is in, by name."""
        rows = self._database.rows("SELECT * FROM lists WHERE own = ? ORDER BY name", own)
        return [self._as_list(row) for row in rows if person in self._members(row)]

    def add_to_list(self, list_id: str, persons: Iterable[str], at: float) -> None:
        """Add persons to a list; whoever is in it stays in it once."""
        with self._database.transaction():
            for person in persons:
                self._database.rows(
                    "INSERT OR IGNORE INTO members (list, person) VALUES (?, ?)", list_id, person
                )
            self._database.rows("UPDATE lists SET updated_at = ? WHERE id = ?", at, list_id)

    def members(self, own: str, name: str) -> list[str]:
        """Return the numbers in a list, in order; none if there is no such list."""
        row = self._database.row(
            "SELECT * FROM lists WHERE own = ? AND name = CAST(? AS TEXT)", own, name
        )
        return sorted(self._members(row)) if row else []

    def _members(self, row: Any, seen: frozenset[str] = frozenset()) -> set[str]:
        """Whoever was added to a list, and whom its query selects; a circle selects no one."""
        added = self._database.rows("SELECT person FROM members WHERE list = ?", row["id"])
        members = {member["person"] for member in added}
        if row["source"] is None and row["term"] is None:
            return members
        contacts = self._database.rows(
            "SELECT person FROM contacts WHERE own = ? AND instr(folded, CAST(? AS TEXT))",
            row["own"],
            (row["term"] or "").casefold(),
        )
        selected = {contact["person"] for contact in contacts}
        if row["source"] is not None:
            source = self._database.row(
                "SELECT * FROM lists WHERE own = ? AND name = CAST(? AS TEXT)",
                row["own"],
                row["source"],
            )
            is_usable = source is not None and source["id"] not in seen | {row["id"]}
            origin = self._members(source, seen | {row["id"]}) if is_usable else set[str]()
            selected = origin if row["term"] is None else selected & origin
        return members | selected

    def _as_list(self, row: Any) -> List:
        return {
            "id": row["id"],
            "primaryPhone": row["own"],
            "name": row["name"],
            "createdBy": "sandbox",
            "createdAt": timestamp(row["created_at"]),
            "lastUpdatedAt": timestamp(row["updated_at"]),
            "size": len(self._members(row)),
            "querySourceListName": row["source"],
            "queryNameSearchTerm": row["term"],
        }
