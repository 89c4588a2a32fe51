"""Waves: one text to many persons, and what has become of it."""

import json
import secrets
from collections.abc import Sequence
from typing import Any

from volt.sandbox._database import Database
from volt.sandbox._directory import Directory
from volt.sandbox._records import timestamp


class Waves:
    """The waves; their messages are kept with all others."""

    def __init__(self, database: Database, directory: Directory) -> None:
        """Use this database, and look up lists there."""
        self._database = database
        self._directory = directory

    def add(
        self,
        *,
        own: str,
        name: str,
        body: str,
        media: Sequence[str],
        lists: Sequence[str],
        at: float,
    ) -> str:
        """Keep a wave, without its messages: its id."""
        wave_id = f"wave_{secrets.token_hex(10)}"
        self._database.insert(
            "waves",
            id=wave_id,
            own=own,
            name=name,
            body=body,
            media=json.dumps(list(media)),
            lists=json.dumps(list(lists)),
            scheduled_at=at,
        )
        return wave_id

    def find(self, wave_id: str) -> dict[str, Any] | None:
        """Return a wave and what has become of its messages so far, as the contract's `Wave`."""
        row = self._database.row("SELECT * FROM waves WHERE id = ?", wave_id)
        if row is None:
            return None
        counts = self._database.row(
            "SELECT count(*) AS total, sum(status = 'delivered') AS delivered,"
            " sum(status = 'failed') AS failed FROM messages WHERE wave = ?",
            wave_id,
        )
        lists = [self._directory.find_list(row["own"], name) for name in json.loads(row["lists"])]
        return {
            "id": row["id"],
            "name": row["name"],
            "body": row["body"],
            "media": json.loads(row["media"]),
            "primaryPhone": row["own"],
            "sentBy": "sandbox",
            "scheduledTime": timestamp(row["scheduled_at"]),
            "lists": [found for found in lists if found],
            "totalMessages": counts["total"],
            "totalMessagesDelivered": counts["delivered"] or 0,
            "totalMessagesFailed": counts["failed"] or 0,
            "type": None,
        }
