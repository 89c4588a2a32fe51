"""What a reply's GraphQL `errors` say: the Volt code, and words without what was sent."""

import re
from collections.abc import Collection, Iterator, Mapping
from http import HTTPStatus
from typing import Any, TypeGuard

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
    if not errors:
        return ()
    texts = {part for part in _parts_of(hidden) if isinstance(part, str)}
    details = [_error_detail(error, texts, status) for error in errors[:_ERRORS_KEPT]]
    if more := len(errors) - len(details):
        # Not looked at, so no proof of anything.
        details.append(ErrorDetail(message=f"and {more} more", blames_server=True))
    return tuple(details)


def _error_detail(error: Mapping[str, Any], texts: Collection[str], status: int) -> ErrorDetail:
    message, extensions, path = error.get("message"), error.get("extensions"), error.get("path")
    message = message if isinstance(message, str) else ""
    kind = extensions.get("code") if is_object(extensions) else None
    kind = kind if isinstance(kind, str) and not _known_code(kind) else ""
    return ErrorDetail(
        message=_redact(message, texts),
        code=_volt_code(error, message, status),
        kind=kind if re.fullmatch(r"[A-Z][A-Z_]{0,60}", kind) and kind not in texts else None,
        path=tuple(part for part in path if _is_step(part) and part not in texts)
        if _is_list(path)
        else None,
        blames_server=_blames_server(message, kind),
    )


def _is_step(value: object) -> TypeGuard[str | int]:
    """Whether this may stand in a path: a name, or a place in a list."""
    if isinstance(value, int):
        return value < 10_000
    return isinstance(value, str) and bool(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,60}", value))


_SERVER_WORDS = re.compile(
    r"internal|time[d-]? ?out|unavailable|gateway|upstream|downstream|overload|socket|econn"
    r"|connection|deadline|cancell?ed|unexpected|server ?error|exception|webhook|fetch|aborted"
    r"|subrequest",
    re.IGNORECASE,
)


def _blames_server(message: str, kind: str) -> bool:
    """Whether an error may come from something that gave up on work under way.

    The names that a validation error quotes do not count, nor a parser's "unexpected".
    """
    words = re.sub(r"""(["'`]).*?\1""", " ", message)
    if words.startswith("Syntax Error"):
        words = ""
    return bool(_SERVER_WORDS.search(f"{words} {kind.replace('_', ' ')}"))


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
        names = [name for part in _parts_of(error) if is_object(part) for name in part]
        speaks_of_http = _ABOUT_HTTP.search(" ".join([message, *names]))
        if speaks_of_http or phrase in message.lower() or found.code == status:
            return None
    return found


def _known_code(value: object) -> VoltCode | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{3}", value):
        value = int(value)
    return VOLT_CODES.get(value) if isinstance(value, int) and not isinstance(value, bool) else None


_EVERYDAY_WORDS = frozenset(
    "that this with from send number message account temporarily permanently contact found limit "
    "list body type down arguments".split()
)


def _words(text: str) -> set[str]:
    """The words of a text that say something, and the vendor's own "bad …"."""
    text = re.sub("[`'\"]", "", text.lower())
    return {*re.findall(r"[a-z]{4,}", text), *re.findall(r"bad \w+", text)} - _EVERYDAY_WORDS


#: A run of so many characters that a message shares with what was sent is masked; of a text
#: longer than any SMS, only the beginning is compared.
_SHARED_CHARACTERS = 8
_COMPARED_CHARACTERS = 5_000


def _redact(message: str, texts: Collection[str]) -> str:
    """Take out of a server's message what must not reach a log.

    That is: whatever it shares with what was sent, numbers of four digits and more, tokens, and
    characters that are not for reading.
    """
    message = "".join(c if c.isprintable() else " " for c in message[:_MESSAGE_CHARACTERS])
    shared = {place for text in texts for place in _shared_places(message, text)}
    message = "".join("\0" if place in shared else c for place, c in enumerate(message))
    message = re.sub("\0+", "•••", message)
    message = re.sub(r"\b(?i:bearer)\s+(?=\S*[0-9._-])\S{6,}|\beyJ[\w.-]+", "•••", message)
    return re.sub(r"\+?\(?\d(?:(?:\W|_){0,4}\d){3,}", "•••", message)


def _shared_places(message: str, text: str) -> Iterator[int]:
    """Where `message` repeats a run of `text`, in upper or lower case; a short text only whole."""
    if len(text) < 3 or (len(text) == 3 and not any(map(str.isdigit, text))):
        return  # a word such as "the"
    text, searched = text[:_COMPARED_CHARACTERS].lower(), message.lower()
    if len(searched) != len(message):  # a letter that is two in lower case
        searched = message
    size = min(_SHARED_CHARACTERS, len(text))
    for start in range(len(searched) - size + 1):
        if searched[start : start + size] in text:
            yield from range(start, start + size)


def _parts_of(value: object) -> Iterator[object]:
    """A JSON value and everything in it, however deep."""
    pending = [value]
    while pending:
        value = pending.pop()
        yield value
        if isinstance(value, (list, tuple)):
            pending += value
        elif isinstance(value, Mapping):
            pending += value.values()
