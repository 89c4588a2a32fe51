"""The sandbox's SQLite database, in memory or in a file, and how it is asked."""

import re
import sqlite3
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from volt.sandbox._tables import TABLES, VERSION

_APPLICATION_ID = 0x566F6C74  # "Volt"
_SURROGATE = re.compile("[\ud800-\udfff]")

# Whoever uses a sandbox's keys goes on with them after a reset.
_KEPT_BY_RESET = {"keys"}


class DatabaseError(ValueError):
    """The database file cannot be used, for the reason given."""


class Database:
    """One SQLite connection that any thread may use, one after the other.

    A file is kept open exclusively: two sandboxes would both carry on the same messages. What is
    written outlives the process at once, even if it is killed; not a power failure.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Open the file, or with None a database in memory, and create what is missing.

        Raises:
            DatabaseError: The file is in use, no database of a sandbox, or of another version.
        """
        self._lock = RLock()
        try:
            self._connection = sqlite3.connect(
                ":memory:" if path is None else path,
                timeout=0.5,
                isolation_level=None,
                check_same_thread=False,
            )
            self._close = weakref.finalize(self, self._connection.close)
            self._prepare()
        except sqlite3.Error as error:
            raise DatabaseError(f"cannot use {path}: {_reason(error)}") from error

    def _prepare(self) -> None:
        connection = self._connection
        # Halves of split emoji are text too: SQLite keeps the bytes as they are.
        connection.text_factory = _text
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA foreign_keys = ON")
        [is_used] = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        [application] = connection.execute("PRAGMA application_id").fetchone()
        [version] = connection.execute("PRAGMA user_version").fetchone()
        if is_used and application != _APPLICATION_ID:
            raise sqlite3.DatabaseError("it is not the database of a sandbox")
        if is_used and version != VERSION:
            raise sqlite3.DatabaseError(
                "another version of the sandbox wrote it; remove it, or name another file"
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if not is_used:
            marks = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {VERSION};"
            connection.executescript(f"BEGIN; {TABLES} {marks} COMMIT;")

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Run one statement: its rows, whose columns are asked by name.

        Text that a person wrote is best written `CAST(? AS TEXT)`: UTF-8 refuses half of a split
        emoji, which is handed on as bytes.
        """
        with self._lock:
            try:
                return self._connection.execute(sql, values).fetchall()
            except UnicodeEncodeError:
                return self._connection.execute(sql, _as_bytes(values)).fetchall()

    def row(self, sql: str, *values: Any) -> Any:
        """Run one statement: its first row, or None."""
        found = self.rows(sql, *values)
        return found[0] if found else None

    def insert(self, table: str, **columns: Any) -> int:
        """Insert one row: its number."""
        names, values = ", ".join(columns), tuple(columns.values())
        marks = ", ".join("?" * len(values))
        sql = f"INSERT INTO {table} ({names}) VALUES"  # names of ours
        with self._lock:
            try:
                cursor = self._connection.execute(f"{sql} ({marks})", values)
            except UnicodeEncodeError:
                encoded = _as_bytes(values)
                marks = ", ".join(
                    "CAST(? AS TEXT)" if isinstance(v, bytes) else "?" for v in encoded
                )
                cursor = self._connection.execute(f"{sql} ({marks})", encoded)
            return cursor.lastrowid or 0

    @contextmanager
    def transaction(self) -> Generator[None]:
        """All statements within succeed, or none does; one within another is part of it."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def clear(self) -> None:
        """Forget everything but the keys."""
        with self.transaction():
            for row in self.rows("SELECT name FROM sqlite_schema WHERE type = 'table'"):
                if row["name"] not in _KEPT_BY_RESET and not row["name"].startswith("sqlite_"):
                    self.rows(f"DELETE FROM {row['name']}")  # noqa: S608  # a name of ours

    def close(self) -> None:
        """Close the file; also done when nobody uses it any more."""
        with self._lock:
            self._close()


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogatepass")


def _as_bytes(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values, with the bytes of each text that UTF-8 refuses in its place."""
    return tuple(
        value.encode("utf-8", "surrogatepass") if _SURROGATE.search(str(value)) else value
        for value in values
    )


def _reason(error: sqlite3.Error) -> str:
    if "locked" in str(error):
        return "another program has it open"
    return str(error)
