"""Bytes out, bytes in: an operation becomes a request body, a reply becomes a result or errors."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, NamedTuple, TypeVar, cast

from pydantic import BaseModel
from pydantic_core import from_json

from volt._graphql_errors import Errors, error_details, is_object, well_formed
from volt._outcome import Answer, Content, Reply
from volt._policy import Kind
from volt.errors import Attempt, InputError
from volt_graphql import UNSET, Operation, OperationResult, ResultModel

ResultT = TypeVar("ResultT")


class Data(dict[str, Any]):
    """The `data` of the reply to an ad-hoc operation, as received: values by response key.

    `errors` holds the GraphQL errors that came beside it, as received; usually none. `attempts`
    holds every request of the call, oldest first.
    """

    errors: tuple[Mapping[str, Any], ...] = ()
    attempts: tuple[Attempt, ...] = ()


def ad_hoc(document: str, operation_name: str | None) -> Operation[Data]:
    """Make an operation of a GraphQL text that no file in `queries/` knows."""
    return Operation(operation_name, _kind(document), document, Data)


# One that does not end reaches as far as it can: to try again within it would take quadratic time.
_STRINGS_AND_COMMENTS = re.compile(
    r'"""(?:\\"""|[^"]|"(?!""))*(?:""")?|"(?:\\.|[^"\\\n\r])*"?|#[^\n\r]*'
)


def _kind(document: str) -> Kind:
    """A document is a query only if nothing in it can be anything else.

    Strings, comments, and whatever stands in brackets are taken away from the inside out; what is
    left are the heads of the definitions. Anything unfamiliar or unbalanced is a mutation: the safe
    side, on which nothing is called "not sent" without proof.
    """
    heads = _STRINGS_AND_COMMENTS.sub(" ", document)
    inner = 1
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
        InputError: The query or a variable holds what JSON text in UTF-8 cannot.
    """
    given = {name: value for name, value in variables.items() if value is not UNSET}
    body = _json(given, before=operation.request_head, after="}")
    if body is not None:
        return body
    # Raised here, where no error that holds what was to be sent is being handled.
    argument = next((name for name, value in given.items() if _json(value) is None), "query")
    raise InputError(
        "cannot be written as JSON text in UTF-8: use text, numbers, lists and the like",
        argument="from_" if argument == "from" else argument,
    )


def _json(value: object, *, before: str = "", after: str = "") -> bytes | None:
    try:
        return (before + _encoder.encode(value) + after).encode()
    except (TypeError, ValueError, RecursionError):
        return None


def _plain(value: object) -> object:
    """What JSON has for an input object or a point in time."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError


# Not pydantic's: that one writes NaN, bytes and sets in silence.
_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain)


def decode(operation: Operation[ResultT], hidden: object, answer: Answer) -> Reply[ResultT]:
    """Read a reply; whatever it is, this does not fail.

    Args:
        operation: What was asked.
        hidden: What was sent, as a JSON value: none of its texts may appear in an error.
        answer: What came back.
    """
    body = _read_body(operation, answer)
    return Reply(
        status=answer.status,
        content=body.content,
        errors=error_details(body.errors, hidden, answer.status),
        is_early=answer.is_early,
        result=body.result,
        retry_after_seconds=_retry_after_seconds(answer),
    )


def _read_json(body: bytes) -> object:
    try:
        value: object = from_json(body, allow_inf_nan=False)
    except ValueError:
        # It takes what pydantic's reader, which is four times as quick, does not: NaN, half of a
        # surrogate pair, UTF-16.
        return json.loads(body, parse_constant=lambda _: None)
    return value


class _Body(NamedTuple, Generic[ResultT]):
    content: Content
    errors: Errors = ()
    result: ResultT | None = None


def _read_body(operation: Operation[ResultT], answer: Answer) -> _Body[ResultT]:
    try:
        # A body that was cut short where it was complete as JSON has lost nothing.
        reply = _read_json(answer.body)
    except (ValueError, RecursionError):
        return _Body(Content.UNREADABLE if answer.whole else Content.CUT_SHORT)
    if not is_object(reply):
        return _Body(Content.UNREADABLE)
    errors, data = well_formed(reply.get("errors")), reply.get("data")
    if data in (None, {}) and errors:
        executed = any(error.get("path") for error in errors)
        # Some servers put `data: null` beside the errors of a request that they refuse.
        refused = "data" not in reply or 400 <= answer.status < 500
        return _Body(Content.REFUSAL if refused and not executed else Content.NULL, errors)
    if not is_object(data):
        return _Body(Content.UNREADABLE)
    return _read_data(operation, data, errors)


def _read_data(
    operation: Operation[ResultT], data: dict[str, Any], errors: Errors
) -> _Body[ResultT]:
    roots = [value for name, value in data.items() if name != "__typename"]
    nulls = [value is None for value in roots]
    mutation = operation.kind == "mutation"
    if mutation and any(nulls):
        return _Body(Content.NULL if all(nulls) else Content.PARTIAL, errors)
    if errors and all(nulls):
        return _Body(Content.NULL, errors)
    if not data:
        return _Body(Content.UNREADABLE)
    try:
        result = operation.read(data)
    except Exception:  # noqa: BLE001 - what cannot be read says nothing, whatever the reason
        return _Body(Content.UNREADABLE)
    objects = list(vars(result).values()) if isinstance(result, OperationResult) else roots
    if mutation and not (objects and all(map(_says_something, objects))):
        return _Body(Content.NULL, errors)
    if errors:
        _keep_errors(result, errors)
    return _Body(Content.RESULT, errors, result)


def _says_something(value: object) -> bool:
    """Whether there is anything in a result of what was asked for: null and "" prove nothing."""
    if isinstance(value, ResultModel):
        return any(map(_says_something, vars(value).values()))
    if is_object(value):
        return any(_says_something(field) for name, field in value.items() if name != "__typename")
    if isinstance(value, list):
        return any(map(_says_something, cast("list[object]", value)))
    return value is not None and value != ""


def _keep_errors(result: object, errors: Errors) -> None:
    if isinstance(result, Data):
        result.errors = errors
    for model in _models(result):
        model._errors = errors  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def keep_attempts(result: object, attempts: tuple[Attempt, ...]) -> None:
    """Put the requests of a call on its result, where the result is an object."""
    if isinstance(result, Data):
        result.attempts = attempts
    for model in _models(result):
        object.__setattr__(model, "_attempts", attempts)


def _models(result: object) -> list[ResultModel]:
    """The objects that an operation returned, without those inside them."""
    if not isinstance(result, OperationResult):
        return []
    return [value for value in vars(result).values() if isinstance(value, ResultModel)]


def _retry_after_seconds(answer: Answer) -> float | None:
    """Read `Retry-After` (RFC 9110, section 10.2.3); a date counts from the reply's own `Date`."""
    value = answer.headers.get("retry-after")
    if value is None:
        return None
    value = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        date = answer.headers.get("date")
        now = parsedate_to_datetime(date) if date else answer.ended_at
        return max(0.0, (until - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None
