"""Bytes out and bytes in: what is sent, and what is made of any reply."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volt._flow import Answer, ReadReply
from volt._policy import Content
from volt._wire import Data, ad_hoc, decode, encode
from volt.errors import InputError
from volt_graphql import CREATE_MESSAGE, GET_MESSAGE, UNSET, CreateMessage

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def answer(body: object, status: int = 200, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, headers=headers, body=raw, started_at=NOW, ended_at=NOW)


def read(body: object, status: int = 200) -> ReadReply[CreateMessage]:
    return decode(CREATE_MESSAGE, None, answer(body, status))


def field_error(**members: object) -> dict[str, object]:
    return {
        "data": {"createMessage": None},
        "errors": [{"message": "no", "path": ["createMessage"]} | members],
    }


# Out.


def test_an_operation_is_sent_with_its_name_and_the_variables_given() -> None:
    """The GraphQL-over-HTTP members, in UTF-8."""
    body = encode(CREATE_MESSAGE, {"to": "+15555550145", "body": "Grüße 👋", "media": []})
    assert json.loads(body) == {
        "query": CREATE_MESSAGE.document,
        "operationName": "createMessage",
        "variables": {"to": "+15555550145", "body": "Grüße 👋", "media": []},
    }
    assert "Grüße 👋".encode() in body


def test_a_variable_left_unset_is_not_sent_and_null_is() -> None:
    """GraphQL tells the two apart."""
    sent = json.loads(encode(GET_MESSAGE, {"id": None, "other": UNSET}))
    assert sent["variables"] == {"id": None}


CIRCULAR: list[object] = []
CIRCULAR.append(CIRCULAR)


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", float("nan"), "\ud83d", NOW, CIRCULAR])
def test_a_variable_that_json_cannot_hold_is_an_input_error(value: object) -> None:
    """Found before anything is sent, and without showing what it was."""
    with pytest.raises(InputError, match="variables: ") as caught:
        encode(CREATE_MESSAGE, {"body": value})
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        ("{ message(id: 1) { id } }", "query"),
        ("query { a }", "query"),
        ("query Q($a: In = {x: [1, {y: 2}]}) @d(z: 3) { a(b: {c: 1}) { d } }", "query"),
        ("# mutation M { a }\nquery { a }", "query"),
        ('query { a(b: "mutation { # } ") }', "query"),
        ('query { a(b: """ } mutation M { " \\""" """) }', "query"),
        ("fragment F on T { a } query { ...F }", "query"),
        ("mutation { createMessage }", "mutation"),
        ("query A { a } mutation B { b }", "mutation"),
        ("{ a } mutation B { b }", "mutation"),
        ("subscription { a }", "mutation"),
        ("query { a ", "mutation"),
        ("query { a } }", "mutation"),
        ("", "query"),
        ("not graphql", "mutation"),
    ],
)
def test_what_could_be_a_mutation_is_treated_as_one(document: str, kind: str) -> None:
    """Only a document that holds nothing but queries is trusted to change nothing."""
    assert ad_hoc(document, None).kind == kind


# In: what the body is.


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ({"data": {"createMessage": {"id": "1"}}}, Content.RESULT),
        ({"data": {"createMessage": {"id": "1"}}, "errors": None}, Content.RESULT),
        ({"data": {"createMessage": {"id": "1"}}, "errors": []}, Content.RESULT),
        ({"data": {"createMessage": {"id": "1"}}, "errors": "boom"}, Content.RESULT),
        ({"data": {"createMessage": {"id": "1"}}, "errors": [{"message": "x"}]}, Content.RESULT),
        ({"data": {"createMessage": {"unheard": "of"}}}, Content.RESULT),
        ({"data": {"createMessage": None}}, Content.NULL),
        ({"data": {"createMessage": {}}}, Content.NULL),
        (field_error(), Content.NULL),
        ({"data": None, "errors": [{"message": "x"}]}, Content.NULL),
        ({"data": {}, "errors": [{"message": "x"}]}, Content.NULL),
        ({"errors": [{"message": "x", "path": ["createMessage"]}]}, Content.NULL),
        ({"data": {"createMessage": {"id": "1"}, "b": None}}, Content.PARTIAL),
        ({"errors": [{"message": "x"}]}, Content.REFUSAL),
        ({"errors": [{"message": None}]}, Content.REFUSAL),
        ({"errors": [{}]}, Content.REFUSAL),
        (None, Content.CUT_SHORT),
        (b"", Content.UNREADABLE),
        (b"<html>Bad Gateway</html>", Content.UNREADABLE),
        (b'{"data": {"createMessage": {"id": "1"', Content.UNREADABLE),
        (b"\xff\xfe\x00", Content.UNREADABLE),
        (b"[" * 100_000, Content.UNREADABLE),
        (b"9" * 5_000, Content.UNREADABLE),
        ([], Content.UNREADABLE),
        ("ok", Content.UNREADABLE),
        (7, Content.UNREADABLE),
        ({}, Content.UNREADABLE),
        ({"data": None}, Content.UNREADABLE),
        ({"data": {}}, Content.UNREADABLE),
        ({"data": []}, Content.UNREADABLE),
        ({"data": "ok"}, Content.UNREADABLE),
        ({"data": {"createMessage": "ok"}}, Content.UNREADABLE),
        ({"data": {"createMessage": ["ok"]}}, Content.UNREADABLE),
        ({"data": {"createMessage": True}}, Content.UNREADABLE),
        ({"data": {"other": {"id": "1"}}}, Content.UNREADABLE),
        ({"errors": "boom"}, Content.UNREADABLE),
        ({"errors": []}, Content.UNREADABLE),
        ({"errors": ["boom"]}, Content.UNREADABLE),
        ({"errors": {"message": "boom"}}, Content.UNREADABLE),
        ({"message": "Not Found"}, Content.UNREADABLE),
    ],
)
def test_what_a_body_is_as_a_reply_to_a_mutation(body: object, content: Content) -> None:
    """A result is said only of a reply that holds the object asked for."""
    reply = read(body)
    assert reply.content is content
    assert (reply.result is not None) == (content is Content.RESULT)


def test_null_is_a_result_of_a_query_unless_errors_say_otherwise() -> None:
    """There may be no such message."""
    nothing = {"data": {"message": None}}
    reply = decode(GET_MESSAGE, None, answer(nothing))
    assert reply.content is Content.RESULT
    assert reply.result is not None
    assert reply.result.message is None
    failed = nothing | {"errors": [{"message": "x"}]}
    assert decode(GET_MESSAGE, None, answer(failed)).content is Content.NULL


def test_data_of_a_query_that_is_of_another_shape_is_no_result() -> None:
    """Otherwise a broken reply would read as "no such message"."""
    reply = decode(GET_MESSAGE, None, answer({"data": {"message": "ok"}}))
    assert reply.content is Content.UNREADABLE


def test_errors_beside_a_result_are_kept_on_it() -> None:
    """As received, for who wants to look."""
    errors = [{"message": "status is not known", "path": ["createMessage", "status"]}]
    reply = read({"data": {"createMessage": {"id": "1"}}, "errors": errors})
    assert reply.result is not None
    assert reply.result.create_message.errors == tuple(errors)
    ad_hoc_reply = decode(ad_hoc("{ a }", None), None, answer({"data": {"a": 1}, "errors": errors}))
    assert ad_hoc_reply.result == {"a": 1}
    assert isinstance(ad_hoc_reply.result, Data)
    assert ad_hoc_reply.result.errors == tuple(errors)


KEYS = st.sampled_from(
    ["data", "errors", "createMessage", "id", "status", "sentAt", "media", "message", "extensions",
     "code", "path", "locations", "x"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(JSON | st.binary(max_size=50), st.integers(100, 599))
def test_no_reply_makes_reading_fail(body: object, status: int) -> None:
    """The text may be out by now: whatever comes, something typed is made of it."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    for operation in (CREATE_MESSAGE, GET_MESSAGE, ad_hoc("{ a }", None)):
        reply: ReadReply[Any] = decode(operation, body, answer(raw, status))
        assert reply.status == status


# In: Volt codes.


def code_in(error: dict[str, object]) -> int | None:
    found = read({"data": {"createMessage": None}, "errors": [error]}).errors[0].code
    return found.code if found else None


@pytest.mark.parametrize(
    "error",
    [
        {"message": "no", "extensions": {"code": "103"}},
        {"message": "no", "extensions": {"code": 103}},
        {"message": "no", "extensions": {"errorCode": "103"}},
        {"message": "no", "extensions": {"code": "BAD_REQUEST", "error_code": 103}},
        {"message": "no", "errorCode": 103},
        {"message": "no", "errorCode": "103"},
        {"message": "103: bad from"},
        {"message": "[103] Bad from number"},
        {"message": "Error 103: bad from"},
        {"message": "Cannot send (error code: 103)"},
        {"message": "rejected, errorCode=103", "extensions": {"code": "INTERNAL_SERVER_ERROR"}},
    ],
)
def test_a_volt_code_is_found_wherever_it_may_be(error: dict[str, object]) -> None:
    """Where Volt puts it is not documented; text or number."""
    assert code_in(error) == 103


@pytest.mark.parametrize(
    "error",
    [
        {"message": "no"},
        {"message": None},
        {"message": ["103"]},
        {"message": "the request 103 was bad"},
        {"message": "103"},
        {"message": "Error 1035: x"},
        {"message": "Error 103.5: x"},
        {"message": "Error 299: no such code"},
        {"message": "no", "extensions": {"code": "103 "}},
        {"message": "no", "extensions": {"code": True}},
        {"message": "no", "extensions": {"code": 103.0}},
        {"message": "no", "extensions": {"http": {"status": 103}, "status": 103}},
        {"message": "no", "extensions": "103"},
    ],
)
def test_what_is_not_surely_a_volt_code_is_none(error: dict[str, object]) -> None:
    """A wrong guess here would call a sent text "not sent"."""
    assert code_in(error) is None


@pytest.mark.parametrize(
    "error",
    [
        {"message": "503: Service Unavailable"},
        {"message": "Error 503"},
        {"message": "Request failed with status code 503"},
        {"message": "error 503 from upstream"},
        {"message": "Service Unavailable", "extensions": {"code": 503}},
        {"message": "HTTP error", "extensions": {"code": "503"}},
        {"message": "401: Unauthorized"},
        {"message": "Forbidden", "extensions": {"code": 403}},
    ],
)
def test_an_http_status_is_not_taken_for_a_volt_code(error: dict[str, object]) -> None:
    """503 is "opted out" to Volt and "unavailable" to HTTP: one is certain, the other not."""
    assert code_in(error) is None


def test_opted_out_is_code_503() -> None:
    """The Volt code, found beside words that are not about HTTP."""
    assert code_in({"message": "503: recipient opted out"}) == 503
    assert code_in({"message": "recipient opted out", "extensions": {"code": "503"}}) == 503


# In: what reaches an error's text.


@pytest.mark.parametrize(
    ("message", "hidden"),
    [
        ("cannot send to +15555550145", ["5555550145"]),
        ("cannot send to (555) 555-0145 now", ["555-0145", "555) 555"]),
        ("body 'Your code is 654312' is bad", ["654312", "Your code is"]),
        ("one-time code 918273 is bad", ["918273"]),
        ("token tok-en-1 and Bearer abc.def", ["tok-en-1", "abc.def"]),
        ("jwt eyJhbGciOi.eyJzdWIi.sig", ["eyJ"]),
        ("media https://example.com/private.jpg", ["private"]),
    ],
)
def test_secrets_in_a_servers_message_are_masked(message: str, hidden: list[str]) -> None:
    """Servers echo what they were sent; an error of ours must not."""
    sent = [
        {"to": "+15555550145", "body": "Your code is 654312", "media": ["https://example.com/private.jpg"]},
        "tok-en-1",
    ]  # fmt: skip
    reply = decode(CREATE_MESSAGE, sent, answer({"errors": [{"message": message}]}))
    for secret in hidden:
        assert secret not in reply.errors[0].message
    assert "•••" in reply.errors[0].message


def test_what_is_no_secret_is_left_readable() -> None:
    """The words of an error are there to be understood."""
    message = "The bearer token is missing at line 12, column 7 of the document."
    reply = decode(CREATE_MESSAGE, [{"body": "the"}], answer({"errors": [{"message": message}]}))
    assert reply.errors[0].message == message


def test_a_long_message_is_cut() -> None:
    """A stack trace has no place in a log line."""
    assert len(read({"errors": [{"message": "x" * 5000}]}).errors[0].message) == 300


# In: headers.


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": " 0 "}, 0.0),
        ({"retry_after": "-1"}, None),
        ({"retry_after": "soon"}, None),
        ({"retry_after": "9" * 400}, None),
        ({"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        (
            {
                "retry_after": "Wed, 21 Oct 2026 07:28:30 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            30.0,
        ),
        (
            {
                "retry_after": "Wed, 21 Oct 2026 07:27:00 GMT",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            0.0,
        ),
    ],
)
def test_retry_after_as_seconds_or_as_a_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    """RFC 9110, section 10.2.3; a date counts from the reply's own clock."""
    reply = decode(CREATE_MESSAGE, None, answer(b"", 429, **headers))
    assert reply.retry_after_seconds == seconds
