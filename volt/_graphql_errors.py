"""What a reply's GraphQL `errors` say: the Volt code, and words without what was sent."""

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeGuard, cast

from volt.errors import VOLT_CODES, ErrorDetail, VoltCode

#: What is left of a server's message in an error, and how many of its errors.
_MESSAGE_CHARACTERS = 300
_ERRORS_KEPT = 20

Errors = tuple[Mapping[str, Any], ...]


def is_object(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def well_formed(errors: object) -> Errors:
    """The elements of `errors`, if it is a list of objects as the specification says."""
    if _is_list(errors) and all(isinstance(error, dict) for error in errors):
        return tuple(errors)
    return ()


def error_details(errors: Errors, hidden: object, status: int) -> tuple[ErrorDetail, ...]:
    """Read the first errors of a reply.

    Args:
        errors: Well-formed GraphQL errors.
        hidden: What was sent, as a JSON value: none of its texts may be in the result.
        status: The reply's HTTP status.
    """
    return tuple(_error_detail(error, hidden, status) for error in errors[:_ERRORS_KEPT])


def _error_detail(error: Mapping[str, Any], hidden: object, status: int) -> ErrorDetail:
    message, extensions, path = error.get("message"), error.get("extensions"), error.get("path")
    message = message if isinstance(message, str) else ""
    kind = extensions.get("code") if is_object(extensions) else None
    kind = kind if isinstance(kind, str) and re.fullmatch(r"[A-Z][A-Z_]{0,60}", kind) else None
    return ErrorDetail(
        message=_redact(message, hidden),
        code=_volt_code(error, message, status),
        kind=kind,
        path=tuple(part for part in path if isinstance(part, int) or _is_name(part))
        if _is_list(path)
        else None,
        blames_server=bool(_BLAMES_SERVER.search(f"{message} {kind}".replace("_", " "))),
    )


def _is_name(value: object) -> TypeGuard[str]:
    return (
        isinstance(value, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,60}", value) is not None
    )


_BLAMES_SERVER = re.compile(
    r"\b(?:internal|time[d-]? ?out|unavailable|gateway|upstream|downstream|overloaded)\b",
    re.IGNORECASE,
)
_CODE_KEYS = ("code", "errorCode", "error_code")
_CODE_IN_TEXT = re.compile(
    r"(?:^\W*|\b(?:error[ _-]?code|error|code)\b\W{0,3})([1-9][0-9]{2})\b(?![.,:]?[0-9])",
    re.IGNORECASE,
)
_HTTP_PHRASES = {status.value: status.phrase.lower() for status in HTTPStatus}
_ABOUT_HTTP = re.compile(r"\b(?:https?|status\w*)\b", re.IGNORECASE)


def _volt_code(error: Mapping[str, Any], message: str, status: int) -> VoltCode | None:
    """Find the Volt code of a GraphQL error. Where Volt puts it is not documented.

    Looked for in `extensions` and in the error itself, as text or number, and in the message. A
    wrong find would call a sent text "not sent", so two things are no find: a number that may be an
    HTTP status (503 means "opted out" to Volt), if the error or its reply speaks of HTTP; and a
    number in a message that has no word of what Volt means by it ("Error 104 while writing").
    """
    extensions = error.get("extensions")
    places = (extensions if is_object(extensions) else {}, error)
    values = (place.get(key) for place in places for key in _CODE_KEYS)
    found = next((code for value in values if (code := _known_code(value))), None)
    if found is None and (match := _CODE_IN_TEXT.search(message)):
        found = _known_code(match[1])
        if found and not _words(found.meaning) & _words(message):
            return None
    if found and (phrase := _HTTP_PHRASES.get(found.code)):
        speaks_of_http = _ABOUT_HTTP.search(f"{message} {' '.join(_names_in(error))}")
        if speaks_of_http or phrase in message.lower() or found.code == status:
            return None
    return found


def _known_code(value: object) -> VoltCode | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{3}", value):
        value = int(value)
    return VOLT_CODES.get(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _words(text: str) -> set[str]:
    """The words of a text that say something."""
    return {word for word in re.findall(r"[a-z]{4,}", text.lower()) if word not in {"that", "this"}}


def _redact(message: str, hidden: object) -> str:
    """Take out of a server's message what must not reach a log.

    That is: whatever it shares with what was sent, numbers of four digits and more, tokens, and
    characters that are not for reading.
    """
    message = "".join(c if c.isprintable() else " " for c in message[:_MESSAGE_CHARACTERS])
    for text in _texts_in(hidden):
        message = _without_shared(message, text)
    message = re.sub(r"\b(?i:bearer)\s+(?=\S*[0-9._-])\S{6,}|\beyJ[\w.-]+", "•••", message)
    return re.sub(r"\+?\(?[0-9](?:[^\w\s]{0,3}\s?[^\w\s]{0,3}[0-9]){3,}", "•••", message)


def _without_shared(message: str, text: str, shared: int = 8) -> str:
    """Mask every run of characters that `message` has in common with `text`; short texts whole."""
    size = min(shared, len(text))
    if size < 4:
        return message
    hits = {
        position
        for start in range(len(message) - size + 1)
        if message[start : start + size] in text
        for position in range(start, start + size)
    }
    masked = "".join("\0" if i in hits else c for i, c in enumerate(message))
    return re.sub("\0+", "•••", masked)


def _texts_in(value: object) -> Iterator[str]:
    """Every string in a JSON value."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, (list, tuple)):
            pending += value
        elif isinstance(value, Mapping):
            pending += value.values()


def _names_in(value: object) -> Iterator[str]:
    """Every member name in a JSON value."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, (list, tuple)):
            pending += value
        elif isinstance(value, Mapping):
            members = cast("Mapping[str, object]", value)
            pending += members.values()
            yield from members
