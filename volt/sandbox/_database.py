"""The sandbox's SQLite database, in memory or in a file: its tables, and how they are asked."""

import re
import sqlite3
import weakref
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

_APPLICATION_ID = 0x566F6C74  # "Volt"
_SURROGATE = re.compile("[\ud800-\udfff]")
_VERSION = 1  # of the tables; a file of another version is refused

# `own` is the organization's number, `person` the other one, `pair` both in order: what is said
# between two numbers is one conversation, whichever way it goes. Times are seconds since 1970.
# Triggers count what a list of conversations shows, and `texts` holds only what a search reads, so
# that both are quick at 100,000 messages: see benchmarks/sandbox_store.py.
_TABLES = """
CREATE TABLE requests (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at REAL NOT NULL,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  headers TEXT NOT NULL,
  body TEXT NOT NULL,
  status INTEGER,
  fault TEXT
);
CREATE TABLE conversations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  own TEXT NOT NULL,
  person TEXT NOT NULL,
  pair TEXT NOT NULL UNIQUE,
  latest INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL DEFAULT 0,
  unread INTEGER NOT NULL DEFAULT 0,
  unread_by_organization INTEGER NOT NULL DEFAULT 0,
  doubles INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX by_latest ON conversations (latest);
CREATE INDEX by_own ON conversations (own, latest);
CREATE INDEX by_person ON conversations (person, latest);
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  conversation INTEGER NOT NULL,
  id TEXT NOT NULL UNIQUE,
  legacy_id TEXT NOT NULL,
  direction TEXT NOT NULL,
  own TEXT NOT NULL,
  person TEXT NOT NULL,
  body TEXT NOT NULL,
  media TEXT NOT NULL,
  status TEXT NOT NULL,
  status_description TEXT NOT NULL,
  error_code TEXT,
  sent_at REAL NOT NULL,
  confirmed_at REAL,
  passthrough TEXT,
  request INTEGER,
  wave TEXT,
  fingerprint TEXT,
  double_of TEXT,
  is_new INTEGER NOT NULL
);
CREATE INDEX by_conversation ON messages (conversation, seq);
CREATE INDEX by_new ON messages (conversation) WHERE is_new;
CREATE INDEX by_fingerprint ON messages (fingerprint, seq) WHERE fingerprint IS NOT NULL;
CREATE INDEX by_request ON messages (request) WHERE request IS NOT NULL;
CREATE INDEX by_double ON messages (double_of) WHERE double_of IS NOT NULL;
CREATE INDEX by_wave ON messages (wave) WHERE wave IS NOT NULL;
CREATE TABLE texts (
  seq INTEGER PRIMARY KEY,
  conversation INTEGER NOT NULL,
  folded TEXT NOT NULL
);
CREATE TRIGGER message_added AFTER INSERT ON messages BEGIN
  UPDATE conversations SET
    latest = new.seq,
    total = total + 1,
    unread = unread + (new.is_new AND new.direction = 'outbound'),
    unread_by_organization = unread_by_organization + (new.is_new AND new.direction = 'inbound'),
    doubles = doubles + (new.double_of IS NOT NULL)
  WHERE id = new.conversation;
END;
CREATE TRIGGER message_read AFTER UPDATE OF is_new ON messages BEGIN
  UPDATE conversations SET
    unread = unread - (old.is_new AND old.direction = 'outbound'),
    unread_by_organization = unread_by_organization - (old.is_new AND old.direction = 'inbound')
  WHERE id = old.conversation;
END;
CREATE TRIGGER message_forgotten AFTER DELETE ON messages BEGIN
  UPDATE conversations SET
    total = total - 1,
    unread = unread - (old.is_new AND old.direction = 'outbound'),
    unread_by_organization = unread_by_organization - (old.is_new AND old.direction = 'inbound'),
    doubles = doubles - (old.double_of IS NOT NULL)
  WHERE id = old.conversation;
  DELETE FROM conversations WHERE id = old.conversation AND total = 0;
  DELETE FROM texts WHERE seq = old.seq;
END;
CREATE TABLE steps (
  message INTEGER NOT NULL REFERENCES messages (seq) ON DELETE CASCADE,
  at REAL NOT NULL,
  status TEXT NOT NULL,
  description TEXT NOT NULL,
  error_code TEXT,
  is_done INTEGER NOT NULL
);
CREATE INDEX by_message ON steps (message);
CREATE INDEX by_due ON steps (at) WHERE NOT is_done;
CREATE TABLE contacts (
  own TEXT NOT NULL,
  person TEXT NOT NULL,
  name TEXT NOT NULL,
  folded TEXT NOT NULL,
  fields TEXT NOT NULL,
  blocked INTEGER NOT NULL,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  PRIMARY KEY (own, person)
);
CREATE TABLE lists (
  id TEXT NOT NULL PRIMARY KEY,
  own TEXT NOT NULL,
  name TEXT NOT NULL,
  source TEXT,
  term TEXT,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL,
  UNIQUE (own, name)
);
CREATE TABLE members (
  list TEXT NOT NULL REFERENCES lists (id) ON DELETE CASCADE,
  person TEXT NOT NULL,
  PRIMARY KEY (list, person)
);
CREATE TABLE waves (
  id TEXT NOT NULL PRIMARY KEY,
  own TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  media TEXT NOT NULL,
  lists TEXT NOT NULL,
  scheduled_at REAL NOT NULL
);
CREATE TABLE opt_outs (
  person TEXT NOT NULL PRIMARY KEY,
  at REAL NOT NULL,
  word TEXT NOT NULL
);
CREATE TABLE webhooks (
  id TEXT NOT NULL PRIMARY KEY,
  url TEXT NOT NULL,
  own TEXT,
  events TEXT,
  created_at REAL NOT NULL,
  updated_at REAL NOT NULL
);
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  webhook TEXT NOT NULL,
  url TEXT NOT NULL,
  event TEXT NOT NULL,
  event_id TEXT NOT NULL,
  message TEXT,
  payload TEXT NOT NULL,
  created_at REAL NOT NULL,
  state TEXT NOT NULL,
  due_at REAL NOT NULL
);
CREATE INDEX by_delivery_due ON deliveries (due_at) WHERE state = 'pending';
CREATE INDEX by_delivery_message ON deliveries (message);
CREATE TABLE attempts (
  delivery INTEGER NOT NULL REFERENCES deliveries (seq) ON DELETE CASCADE,
  at REAL NOT NULL,
  seconds REAL NOT NULL,
  status INTEGER,
  answer TEXT NOT NULL
);
CREATE INDEX by_attempt ON attempts (delivery);
CREATE TABLE keys (
  name TEXT NOT NULL PRIMARY KEY,
  pem TEXT NOT NULL
);
"""
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
        if is_used and version != _VERSION:
            raise sqlite3.DatabaseError(
                "another version of the sandbox wrote it; remove it, or name another file"
            )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        if not is_used:
            marks = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {_VERSION};"
            connection.executescript(f"BEGIN; {_TABLES} {marks} COMMIT;")

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
