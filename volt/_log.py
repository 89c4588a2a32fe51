"""What the logger `volt` says: a line for every attempt and every decision.

Numbers are masked; no text and no token is ever in a line. The same facts are in the record's
`volt`, a dict, for handlers that write JSON.
"""

import logging
import os
from typing import Any

from volt._explain import Subject
from volt._policy import Verdict
from volt.errors import Attempt, ConfigurationError

_log = logging.getLogger("volt")

_LEVELS = {
    "attempt": logging.DEBUG,
    "retry": logging.INFO,
    "found": logging.INFO,
    "not_sent": logging.INFO,
    "unknown": logging.WARNING,
    "interrupted": logging.WARNING,
}


def report(subject: Subject, event: str, **facts: Any) -> None:
    """Say what a call attempted or decided."""
    level = _LEVELS[event]
    if not _log.isEnabledFor(level):
        return
    said = {
        "event": event,
        "operation": subject.operation,
        "to": subject.to,
        **_flat(**facts),
    }
    line = " ".join(
        f"{key}={value!r}" if " " in str(value) else f"{key}={value}"
        for key, value in said.items()
        if value is not None
    )
    _log.log(level, "%s", line, extra={"volt": said})


def _flat(
    *, attempt: Attempt | None = None, verdict: Verdict | None = None, **facts: Any
) -> dict[str, Any]:
    if attempt:
        seconds = (attempt.ended_at - attempt.started_at).total_seconds()
        facts |= {"phase": attempt.phase, "status": attempt.status_code, "seconds": seconds}
    if verdict:
        facts["verdict"] = verdict.name.lower()
    return facts


def follow_environment() -> None:
    """Write to stderr what `VOLT_LOG` asks for: `info` (decisions) or `debug` (attempts too).

    Raises:
        ConfigurationError: It asks for something else.
    """
    wanted = os.environ.get("VOLT_LOG", "").strip().lower()
    if not wanted:
        return
    if wanted not in ("info", "debug"):
        raise ConfigurationError("VOLT_LOG: 'info' or 'debug'")
    _log.setLevel(wanted.upper())
    if not any(handler.name == "VOLT_LOG" for handler in _log.handlers):
        handler = logging.StreamHandler()
        handler.name = "VOLT_LOG"
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))
        _log.addHandler(handler)
