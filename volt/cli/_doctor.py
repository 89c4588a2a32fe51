"""`volt doctor`: why it does not work, or that it should."""

import base64
import json as json_format
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal, cast

from volt.cli import _settings
from volt.cli._exit import Exit
from volt.cli._output import Output, shown, working
from volt.cli._parameters import JSON
from volt.errors import ConfigurationError, InputError, VoltError

if TYPE_CHECKING:
    import httpx

#: By how much the clocks may differ: less than anything here, or a signature, cares for.
_SKEW_SECONDS = 30.0
_SOON_SECONDS = 7 * 86_400
_PACKAGES = "volt-sms httpx pydantic backoff cyclopts rich phonenumbers cryptography".split()


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was looked at, and found."""

    name: str
    state: Literal["ok", "warning", "fault", "info"]
    words: str
    exit: Exit = Exit.DONE


def doctor(*, json: JSON = False) -> int:
    """Check token, address, clock and versions.

    The token is read, not verified: only Volt can do that, and is asked for next to nothing, once.
    Nothing is sent to anyone. It exits with 0 if nothing is wrong; with 2 if something is to be
    mended here; with 3 if Volt does not accept the token; with 4 if it cannot be reached.

    For example:
      volt doctor
    """
    output = Output(json=json)
    worst = Exit.DONE
    for finding in _findings():
        worst = max(worst, finding.exit)
        if output.is_json:
            output.json({"check": finding.name, "state": finding.state, "message": finding.words})
        else:
            _show(output, finding)
    return worst


def _show(output: Output, finding: Finding) -> None:
    from rich.table import Table
    from rich.text import Text

    style = {"ok": "green", "warning": "yellow", "fault": "bold red", "info": "dim"}[finding.state]
    row = Table.grid(padding=(0, 2))
    row.add_column(width=7)
    row.add_column(width=8)
    row.add_column(overflow="fold")
    state = "" if finding.state == "info" else finding.state
    row.add_row(Text(state, style), Text(finding.name, "dim"), Text(shown(finding.words)))
    output.show(row)


def _findings() -> Iterator[Finding]:
    yield from _versions()
    try:
        settings = _settings.load()
    except ConfigurationError as error:
        yield Finding(name="settings", state="fault", words=str(error), exit=Exit.USAGE)
        return
    yield from _token(settings)
    yield _sender(settings)
    if settings.token is not None:
        yield from _reach(settings)


def _versions() -> Iterator[Finding]:
    found: list[str] = []
    for package in _PACKAGES:
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    system = f"Python {platform.python_version()}, {platform.system()} {platform.release()}"
    yield Finding(name="versions", state="info", words=f"{', '.join(found)}; {system}")


def _sender(settings: _settings.Settings) -> Finding:
    try:
        number = settings.sender(None)
    except (ConfigurationError, InputError) as error:
        if settings.from_ is None:
            words = "none set: each command then needs --from"
            return Finding(name="sender", state="info", words=words)
        return Finding(name="sender", state="fault", words=str(error), exit=Exit.USAGE)
    words = f"{number}, from {settings.origins['from']}"
    return Finding(name="sender", state="ok", words=words)


def _token(settings: _settings.Settings) -> Iterator[Finding]:
    token = settings.token
    if token is None:
        words = f"none: set VOLT_TOKEN, or let `volt login` write {_settings.path()}"
        yield Finding(name="token", state="fault", words=words, exit=Exit.USAGE)
        return
    origin = settings.origins["token"]
    claims = read_claims(token)
    if claims is None:
        words = f"from {origin}; it is no JWT, so nothing can be read from it"
        yield Finding(name="token", state="ok", words=words)
        return
    yield Finding(name="token", state="ok", words=f"from {origin}; a JWT, read but not verified")
    yield _expiry(claims)
    scopes = _scopes(claims)
    words = ", ".join(scopes) if scopes else "it names none"
    missing = bool(scopes) and "write:messages" not in scopes
    if missing:
        words += "; without write:messages it may not be able to send"
    yield Finding(name="scopes", state="warning" if missing else "ok", words=words)


def _expiry(claims: dict[str, Any]) -> Finding:
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, (int, float)):
        return Finding(name="expiry", state="info", words="it does not say when it ends")
    try:
        moment = datetime.fromtimestamp(expires, UTC)
    except (OverflowError, OSError, ValueError):
        return Finding(name="expiry", state="warning", words="its end is no point in time")
    left = expires - time.time()
    date = f"{moment:%Y-%m-%d %H:%M} UTC"
    if left <= 0:
        words = f"it ended {_duration(-left)} ago ({date}): ask Volt for a new one"
        return Finding(name="expiry", state="fault", words=words, exit=Exit.USAGE)
    state: Literal["warning", "ok"] = "warning" if left < _SOON_SECONDS else "ok"
    return Finding(name="expiry", state=state, words=f"ends in {_duration(left)} ({date})")


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"


def read_claims(token: str) -> dict[str, Any] | None:
    """What a JWT says of itself (RFC 7519, section 3), not verified; None if it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        claims: object = json_format.loads(payload)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", claims) if isinstance(claims, dict) else None


def _scopes(claims: dict[str, Any]) -> list[str]:
    """The scopes: as OAuth writes them (RFC 8693, section 4.2), or as others do."""
    for name in ("scope", "scopes", "scp", "permissions"):
        value: object = claims.get(name)
        if isinstance(value, str):
            return value.split()
        if isinstance(value, list):
            return [item for item in cast("list[object]", value) if isinstance(item, str)]
    return []


def _reach(settings: _settings.Settings) -> Iterator[Finding]:
    """Ask for the name of the root type, and look at the answer and its date."""
    import httpx

    asked: list[float] = []
    answers: list[tuple[httpx.Response, float, float]] = []

    def begin(request: httpx.Request) -> None:
        asked.append(time.time())

    def keep(response: httpx.Response) -> None:
        answers.append((response, asked[-1], time.time()))

    with httpx.Client(event_hooks={"request": [begin], "response": [keep]}) as http_client:
        error: VoltError | None = None
        try:
            with (
                settings.client(http_client=http_client, deadline=10.0) as client,
                working("Asking Volt…"),
            ):
                client.execute("query Doctor { __typename }")
        except VoltError as problem:
            error = problem
    if error is None:
        response, began, ended = answers[-1]
        milliseconds = f"{(ended - began) * 1000:.0f} ms"
        words = f"{response.url} answered in {milliseconds}, and does not refuse the token"
        yield Finding(name="address", state="ok", words=words)
    else:
        yield Finding(name="address", state="fault", words=str(error), exit=Exit.of(error))
    if answers:
        yield _clock(*answers[-1])


def _clock(response: "httpx.Response", began: float, ended: float) -> Finding:
    """Compare this machine's clock with the answer's `Date`, which is cut to whole seconds."""
    try:
        theirs = parsedate_to_datetime(response.headers["date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        words = "the server does not say what time it is"
        return Finding(name="clock", state="info", words=words)
    ahead = began - (theirs + 1) if began > theirs + 1 else min(0.0, ended - theirs)
    if abs(ahead) <= _SKEW_SECONDS:
        return Finding(name="clock", state="ok", words="agrees with the server's")
    where = "ahead of" if ahead > 0 else "behind"
    words = f"{_duration(abs(ahead))} {where} the server's: set this machine's clock"
    return Finding(name="clock", state="warning", words=words)
