"""What happens, as lines of JSON: for machines that read logs. No text, full number or token."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO

from volt.sandbox._events import Hub

_NUMBERS = frozenset({"toNumber", "fromNumber", "person", "own", "to"})
_SHOWN = {
    "request": ("method", "path", "status", "fault"),
    "message": ("id", "direction", "fromNumber", "toNumber", "status", "doubleOf"),
    "refusal": ("code",),
    "status": ("id", "toNumber", "status", "errorCode"),
    "delivery": ("id", "event", "eventId", "state"),
    "opt-out": ("person", "isOptedOut"),
    "wave": ("id",),
    "chaos": (),
    "reset": (),
}


class JSONLog(logging.Handler):
    """Writes every event of a hub, and every record of the loggers, one line each."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        """Write to a stream."""
        super().__init__()
        self._stream = stream

    def follow(self, hub: Hub) -> None:
        """Write what happens from now on; warnings and errors of all loggers too."""
        hub.observers.append(self.write_event)
        logging.getLogger().addHandler(self)

    def write_event(self, kind: str, data: Any) -> None:
        """Write an event, if it is one that a log has."""
        if (names := _SHOWN.get(kind)) is None:
            return
        shown = {name: data[name] for name in names}
        for name in _NUMBERS & shown.keys():
            shown[name] = mask(shown[name])
        self.write(kind, **shown)

    def write(self, kind: str, **fields: Any) -> None:
        """Write one line."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        print(json.dumps({"time": now, "event": kind} | fields), file=self._stream, flush=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; an exception's traceback is in one field."""
        fields = {"level": record.levelname.lower(), "message": record.getMessage()}
        if record.exc_info:
            formatter = self.formatter or logging.Formatter()
            fields["traceback"] = formatter.formatException(record.exc_info)
        self.write("log", **fields)


def mask(number: str) -> str:
    """A number of which enough is left to recognize it: `+1555•••0145`."""
    return f"{number[:-7]}•••{number[-4:]}" if len(number) > 9 else "•••"
