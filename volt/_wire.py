"""Bytes out, bytes in: an operation becomes a request body, a reply becomes a result or errors."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Generic, TypeGuard, TypeVar

from volt._flow import Answer, ReadReply
from volt._policy import Content, Kind
from volt.errors import VOLT_CODES, ErrorDetail, InputError, VoltCode
from volt_graphql import UNSET, Operation, OperationResult, ResultModel

ResultT = TypeVar("ResultT")

#: What is left of a server's message in an error.
_MESSAGE_CHARACTERS = 300


class Data(dict[str, Any]):
    """The `data` of the reply to an ad-hoc operation, as received: values by response key.

    `errors` holds the GraphQL errors that came beside it, as received; usually none.
    """

    errors: tuple[Mapping[str, Any], ...] = ()


def ad_hoc(document: str, operation_name: str | None) -> Operation[Data]:
    """Make an operation of a GraphQL text that no file in `queries/` knows."""
    return Operation(operation_name, _kind(document), document, Data)


def _kind(document: str) -> Kind:
    """A document is a query only if nothing in it can be anything else.

    Strings, comments, and whatever stands in brackets are taken away from the inside out; what is
    left are the heads of the definitions. Anything unfamiliar or unbalanced is a mutation: the safe
    side, on which nothing is called "not sent" without proof.
    """
    outside_strings = re.sub(
        r'"""(?:\\"""|[^"]|"(?!""))*"""|"(?:\\.|[^"\\\n])*"|#[^\n]*', " ", document
    )
    heads, inner = outside_strings, 1
    while inner:
        heads, inner = re.subn(r"\{[^(){}]*\}|\([^(){}]*\)", _group_end, heads)
    definitions = (head.split() for head in heads.split(";"))
    keywords = {words[0] for words in definitions if words}
    unbalanced = re.search(r"[(){}]", heads)
    return "query" if keywords <= {"query", "fragment"} and not unbalanced else "mutation"


def _group_end(group: re.Match[str]) -> str:
    return ";" if group[0].startswith("{") else " "


def encode(operation: Operation[Any], variables: Mapping[str, object]) -> bytes:
    """Write an operation as the JSON body of a GraphQL request; variables left UNSET are left out.

    Raises:
        InputError: A variable is of a type that JSON does not have, or is not Unicode text.
    """
    request: dict[str, object] = {"query": operation.document}
    if operation.name is not None:
        request["operationName"] = operation.name
    request["variables"] = {name: value for name, value in variables.items() if value is not UNSET}
    try:
        return json.dumps(request, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        # Not chained: the cause's text or attributes hold what was to be sent.
        raise InputError(
            "not all of it can be written as JSON text in UTF-8", argument="variables"
        ) from None


def decode(operation: Operation[ResultT], hidden: object, answer: Answer) -> ReadReply[ResultT]:
    """Read a reply; whatever it is, this does not fail.

    Args:
        operation: What was asked.
        hidden: What was sent, as a JSON value: none of its texts may appear in an error.
        answer: What came back.
    """
    body = _read_body(operation, answer.body)
    return ReadReply(
        status=answer.status,
        content=body.content,
        errors=tuple(_error_detail(error, hidden) for error in body.errors),
        result=body.result,
        retry_after_seconds=_retry_after_seconds(answer.headers),
    )


_Errors = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class _Body(Generic[ResultT]):
    content: Content
    errors: _Errors = ()
    result: ResultT | None = None


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _read_body(operation: Operation[ResultT], body: bytes | None) -> _Body[ResultT]:
    if body is None:
        return _Body(Content.CUT_SHORT)
    try:
        reply: object = json.loads(body)
    except (ValueError, RecursionError):
        return _Body(Content.UNREADABLE)
    if not _is_object(reply):
        return _Body(Content.UNREADABLE)
    errors, data = _well_formed(reply.get("errors")), reply.get("data")
    if "data" not in reply and errors:
        executed = any(error.get("path") for error in errors)
        return _Body(Content.NULL if executed else Content.REFUSAL, errors)
    if data is None and errors:
        return _Body(Content.NULL, errors)
    if not _is_object(data):
        return _Body(Content.UNREADABLE)
    return _read_data(operation, data, errors)


def _well_formed(errors: object) -> _Errors:
    """The elements of `errors`, if it is a list of objects as the specification says."""
    if _is_list(errors) and all(isinstance(error, dict) for error in errors):
        return tuple(errors)
    return ()


def _read_data(
    operation: Operation[ResultT], data: dict[str, Any], errors: _Errors
) -> _Body[ResultT]:
    # An object without a single field is no result of a mutation either: fields were asked for.
    mutation = operation.kind == "mutation"
    missing = [value is None or (mutation and value == {}) for value in data.values()]
    if any(missing) and (errors or mutation):
        return _Body(Content.NULL if all(missing) else Content.PARTIAL, errors)
    if not data:
        return _Body(Content.NULL if errors else Content.UNREADABLE, errors)
    try:
        result = operation.read(data)
    except Exception:  # noqa: BLE001 - what cannot be read says nothing, whatever the reason
        return _Body(Content.UNREADABLE)
    _keep_errors(result, errors)
    return _Body(Content.RESULT, errors, result)


def _keep_errors(result: object, errors: _Errors) -> None:
    if isinstance(result, Data):
        result.errors = errors
    elif isinstance(result, OperationResult):
        for _, value in result:
            if isinstance(value, ResultModel):
                value._errors = errors  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def _error_detail(error: Mapping[str, Any], hidden: object) -> ErrorDetail:
    message, extensions, path = error.get("message"), error.get("extensions"), error.get("path")
    message = message if isinstance(message, str) else ""
    extensions = extensions if _is_object(extensions) else {}
    kind = extensions.get("code")
    return ErrorDetail(
        message=_redact(message, hidden),
        code=_volt_code(message, extensions, error),
        kind=kind if isinstance(kind, str) and re.fullmatch(r"[A-Z][A-Z_]{0,60}", kind) else None,
        path=tuple(path) if _is_list(path) and path else None,
        has_location=bool(error.get("locations")),
    )


_CODE_KEYS = ("code", "errorCode", "error_code")
_CODE_IN_TEXT = re.compile(
    r"(?:^\W*|\b(?:error[ _-]?code|error|code)\b\W{0,3})([1-9][0-9]{2})\b(?![.,:]?[0-9])",
    re.IGNORECASE,
)
_HTTP_STATUSES = frozenset(status.value for status in HTTPStatus)
_ABOUT_HTTP = re.compile(
    r"\b(?:https?|status|gateway|proxy|upstream|unavailable|time[d-]? ?out|"
    + "|".join(status.phrase for status in HTTPStatus)
    + r")\b",
    re.IGNORECASE,
)


def _volt_code(message: str, *places: Mapping[str, Any]) -> VoltCode | None:
    """Find the Volt code of a GraphQL error. Where Volt puts it is not documented.

    Looked for in `extensions`, in the error itself, and in its message; as text or number. Some
    Volt codes look like HTTP statuses (503: "opted out"); in the company of words about HTTP they
    are not taken for Volt codes, nor when they stand alone in a message.
    """
    found = next(
        (code for place in places for key in _CODE_KEYS if (code := _known_code(place.get(key)))),
        None,
    )
    if found is None and (match := _CODE_IN_TEXT.search(message)):
        says_more = re.search(r"[A-Za-z]", message[: match.start()] + message[match.end() :])
        found = _known_code(match[1]) if says_more else None
    if found and found.code in _HTTP_STATUSES and _ABOUT_HTTP.search(message):
        return None
    return found


def _known_code(value: object) -> VoltCode | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{3}", value):
        value = int(value)
    return VOLT_CODES.get(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _redact(message: str, hidden: object) -> str:
    """Take out of a server's message what must not reach a log: bodies, numbers, tokens, codes."""
    for text in sorted(_texts_in(hidden), key=len, reverse=True):
        if len(text) > 3:
            message = message.replace(text, "•••")
    message = re.sub(r"\+?\(?[0-9](?:[ ().-]{0,2}[0-9]){4,}", "•••", message)
    message = re.sub(r"\b(?i:bearer)\s+(?=\S*[0-9._-])\S{6,}|\beyJ[\w.-]+", "•••", message)
    return message[:_MESSAGE_CHARACTERS]


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


def _retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Read `Retry-After` (RFC 9110, section 10.2.3); a date counts from the reply's own `Date`."""
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())
