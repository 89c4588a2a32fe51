"""Bytes out and bytes in: what is sent, and what is made of any reply."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from volt._outcome import Answer, Content, Reply
from volt._wire import Data, ad_hoc, decode, encode
from volt.errors import InputError
from volt_graphql import CREATE_MESSAGE, GET_MESSAGE, UNSET, CreateMessage

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def answer(body: object, status: int = 200, **headers: str) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(
        status=status,
        headers=headers,
        body=raw,
        whole=True,
        started_at=NOW,
        ended_at=NOW,
        seconds_left=25.0,
    )


def read(body: object, status: int = 200) -> Reply[CreateMessage]:
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


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", float("nan"), "\ud83d", CIRCULAR])
@pytest.mark.parametrize(("name", "argument"), [("body", "body"), ("from", "from_")])
def test_a_variable_that_json_cannot_hold_is_an_input_error(
    value: object, name: str, argument: str
) -> None:
    """Named before anything is sent, and without showing what it was, also to a debugger."""
    with pytest.raises(InputError, match=f"^{argument}: cannot be written as JSON") as caught:
        encode(CREATE_MESSAGE, {"to": "+15555550145", name: value})
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_query_that_is_no_text_in_utf8_is_an_input_error() -> None:
    """The one thing beside the variables that a caller writes."""
    with pytest.raises(InputError, match="^query: "):
        encode(ad_hoc('{ a(b: "\ud83d") }', None), {"ok": 1})


def test_input_objects_and_times_are_written_as_graphql_has_them() -> None:
    """By their GraphQL names, without what was left out."""

    class HookInput(BaseModel):
        target_url: str = Field(alias="targetUrl")
        note: str | None = None

    variables = {"hook": [HookInput(targetUrl="u")], "since": NOW}
    assert json.loads(encode(GET_MESSAGE, variables))["variables"] == {
        "hook": [{"targetUrl": "u"}],
        "since": "2026-01-01T00:00:00+00:00",
    }


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
        ("# old Mac\rmutation M { a }", "mutation"),
        ("query A { a } # note\rmutation M { b }", "mutation"),
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


def test_a_document_that_does_not_end_is_read_in_linear_time() -> None:
    """A string without an end, many times over; quadratic time would take minutes."""
    for piece in ('\\"', '"""', '" ', "{", "("):
        assert ad_hoc('query "' + piece * 50_000, None).kind in ("query", "mutation")


def test_masking_takes_no_longer_for_a_longer_text() -> None:
    """A reply is read while other texts wait."""
    errors = [{"message": "ab c" * 75}] * 20
    reply = decode(CREATE_MESSAGE, ["ab c" * 2_000_000], answer({"errors": errors}))
    assert reply.errors[0].message == "•••"


# In: what the body is.


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ({"data": {"createMessage": {"id": "1"}}}, Content.RESULT),
        ({"data": {"createMessage": {"id": "1"}}, "errors": None}, Content.RESULT),
        ({"data": {"createMessage": {"id": "1"}}, "errors": []}, Content.RESULT),
        ({"data": {"createMessage": {"id": "1"}}, "errors": "boom"}, Content.RESULT),
        ({"data": {"createMessage": {"id": "1"}}, "errors": [{"message": "x"}]}, Content.RESULT),
        ({"data": {"createMessage": {"unheard": "of"}}}, Content.NULL),
        ({"data": {"createMessage": {"__typename": "Message"}}}, Content.NULL),
        ({"data": {"createMessage": {"id": None, "status": None}}}, Content.NULL),
        ({"data": {"createMessage": {"id": {"odd": 1}}}}, Content.NULL),
        ({"data": {"createMessage": {"id": "", "media": []}}}, Content.NULL),
        (b'{"data": {"createMessage": {"id": NaN}}}', Content.NULL),
        ({"data": {"__typename": "Mutation", "createMessage": None}}, Content.NULL),
        ({"data": {"createMessage": None}}, Content.NULL),
        ({"data": {"createMessage": {}}}, Content.NULL),
        (field_error(), Content.NULL),
        ({"data": None, "errors": [{"message": "x"}]}, Content.NULL),
        ({"data": {}, "errors": [{"message": "x"}]}, Content.NULL),
        ({"data": None, "errors": [{"message": "x", "path": ["createMessage"]}]}, Content.NULL),
        ({"errors": [{"message": "x", "path": ["createMessage"]}]}, Content.NULL),
        ({"data": {"createMessage": {"id": "1"}, "b": None}}, Content.PARTIAL),
        ({"errors": [{"message": "x"}]}, Content.REFUSAL),
        ({"errors": [{"message": None}]}, Content.REFUSAL),
        ({"errors": [{}]}, Content.REFUSAL),
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


def test_a_4xx_with_data_null_is_a_refusal_unless_a_field_was_executed() -> None:
    """Some servers put `data: null` beside the errors of a request that they refuse."""
    refused = {"data": None, "errors": [{"message": "x"}]}
    assert read(refused, 429).content is Content.REFUSAL
    assert read(refused | {"data": {}}, 400).content is Content.REFUSAL
    assert read(refused, 500).content is Content.NULL
    executed = {"data": None, "errors": [{"message": "x", "path": ["createMessage"]}]}
    assert read(executed, 429).content is Content.NULL


def test_a_body_that_was_cut_short_after_its_end_is_whole_all_the_same() -> None:
    """As when the connection breaks, or the deadline comes, on the last byte."""
    cut = answer({"data": {"createMessage": {"id": "1"}}})._replace(whole=False)
    assert decode(CREATE_MESSAGE, None, cut).content is Content.RESULT
    cut = cut._replace(body=cut.body[:-1])
    assert decode(CREATE_MESSAGE, None, cut).content is Content.CUT_SHORT


def test_an_ad_hoc_mutation_needs_something_that_is_there() -> None:
    """Nothing is known of its types, but null and nothing say nothing."""
    operation = ad_hoc("mutation { a { id } b }", None)
    for data, content in [
        ({"a": {"id": "1"}, "b": True}, Content.RESULT),
        ({"a": {"id": None, "__typename": "A"}, "b": True}, Content.NULL),
        ({"a": {"id": "", "list": [None, {}]}, "b": True}, Content.NULL),
        ({"__typename": "Mutation"}, Content.NULL),
        ({"__typename": "Mutation", "a": {"id": "1"}}, Content.RESULT),
        ({"a": {"id": "1"}, "b": None}, Content.PARTIAL),
    ]:
        assert decode(operation, None, answer({"data": data})).content is content


def test_an_ad_hoc_query_keeps_the_data_that_came() -> None:
    """With the errors beside it; only if there is none at all, it failed."""
    operation, errors = ad_hoc("{ a b }", None), [{"message": "no b", "path": ["b"]}]
    reply = decode(operation, None, answer({"data": {"a": 1, "b": None}, "errors": errors}))
    assert reply.content is Content.RESULT
    assert reply.result == {"a": 1, "b": None}
    assert reply.result is not None
    assert reply.result.errors == tuple(errors)
    reply = decode(operation, None, answer({"data": {"a": None, "b": None}, "errors": errors}))
    assert reply.content is Content.NULL


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
        reply: Reply[Any] = decode(operation, body, answer(raw, status))
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
        {"message": "Bad 'from' number (error code: 103)"},
        {"message": "Bad sender number, errorCode=103", "extensions": {"code": "BAD_REQUEST"}},
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
        {"message": "Error 103"},
        {"message": "Error 104 while writing to socket. Connection reset by peer."},
        {"message": "Error 101 connecting to redis:6379. Network is unreachable."},
        {"message": "601 seconds passed without an answer from the carrier"},
        {"message": "199 of 200 workers died while handling this"},
        {"message": "Error 503. Please contact support."},
        {"message": "Error 406: message could not be parsed from backend"},
        {"message": "Error 104: connection temporarily lost"},
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
        {"message": "opted out", "extensions": {"code": 503, "http": {"status": 503}}},
        {"message": "opted out", "extensions": {"code": "503", "response": {"statusCode": 503}}},
        {"message": "overloaded", "code": "503", "status": "503"},
        {"message": "Error 503 while calling the carrier"},
    ],
)
def test_an_http_status_is_not_taken_for_a_volt_code(error: dict[str, object]) -> None:
    """503 is "opted out" to Volt and "unavailable" to HTTP: one is certain, the other not."""
    assert code_in(error) is None


def test_a_code_that_is_the_replys_own_status_is_no_volt_code() -> None:
    """A gateway wrote it."""
    body = {"errors": [{"message": "opted out", "code": "503"}]}
    assert read(body, 503).errors[0].code is None
    assert read(body, 200).errors[0].code is not None


def test_opted_out_is_code_503() -> None:
    """The Volt code, found beside words that are not about HTTP."""
    assert code_in({"message": "503: recipient opted out"}) == 503
    assert code_in({"message": "recipient opted out", "extensions": {"code": "503"}}) == 503
    assert code_in({"message": "recipient not found", "extensions": {"code": 402}}) == 402


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
        ('quoted "Hi \\"Bob\\"\\nYour gate code is AB-77"', ["gate code", "AB-77"]),
        ("spam filter: 4821", ["4821"]),
        ("cut: Dear Anna, your test was pos...", ["Anna", "test was"]),
        ("num 5_555_550_145 or ５５５５５５０１４５", ["550", "５５５"]),
        ("to 5 5 5  5 5 5  0 1 4 5", ["5 5", "0 1 4 5"]),
        ("SPAM: YOUR CODE IS BLOCKED", ["YOUR CODE"]),
        ("pin 482 is bad", ["482"]),
        ("to 555/555/0145 or (555)\u00a0555\u00a00145", ["555/0145", "555\u00a00145"]),
    ],
)
def test_secrets_in_a_servers_message_are_masked(message: str, hidden: list[str]) -> None:
    """Servers echo what they were sent; an error of ours must not."""
    sent = [
        {
            "to": "+15555550145",
            "body": "Your code is 654312",
            "media": ["https://example.com/private.jpg"],
            "more": [
                "482",
                'Hi "Bob"\nYour gate code is AB-77',
                "Dear Anna, your test was positive.",
            ],
        },
        "tok-en-1",
    ]
    reply = decode(CREATE_MESSAGE, sent, answer({"errors": [{"message": message}]}))
    for secret in hidden:
        assert secret not in reply.errors[0].message
    assert "•••" in reply.errors[0].message


def test_what_is_no_secret_is_left_readable() -> None:
    """The words of an error are there to be understood."""
    message = "The bearer token is missing at line 12, column 7 of the document."
    sent = [{"body": "the", "id": "1", "empty": ""}]
    reply = decode(CREATE_MESSAGE, sent, answer({"errors": [{"message": message}]}))
    assert reply.errors[0].message == message


def test_what_could_forge_a_log_line_is_left_out() -> None:
    """Line breaks, escape sequences, and halves of characters."""
    reply = read({"errors": [{"message": "bad\nWARNING all is well \x1b[31m \ud83d"}]})
    assert reply.errors[0].message == "bad WARNING all is well  [31m  "


def test_only_names_and_places_of_a_path_are_kept() -> None:
    """Whatever else a server puts there."""
    path = [
        "createMessage",
        1,
        {"a": "+15555550145"},
        None,
        "+15555550145",
        1.5,
        15555550145,
        "pin",
    ]
    error = {"message": "x", "path": path, "extensions": {"code": "PIN"}}
    reply = decode(CREATE_MESSAGE, ["pin", "PIN"], answer({"errors": [error]}))
    assert reply.errors[0].path == ("createMessage", 1)
    assert reply.errors[0].kind is None


def test_of_a_million_errors_a_few_are_kept() -> None:
    """Memory stays bounded."""
    errors = read({"errors": [{"message": "x", "extensions": {"code": 103}}] * 1000}).errors
    assert len(errors) == 21
    assert errors[-1].message == "and 980 more"
    assert errors[-1].blames_server


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        ({"message": "Internal server error"}, True),
        ({"message": "Request timed out"}, True),
        ({"message": "x", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}, True),
        ({"message": "x", "extensions": {"code": "REQUEST_TIMEOUT"}}, True),
        ({"message": "x", "extensions": {"code": "SERVICE_UNAVAILABLE"}}, True),
        ({"message": "x", "extensions": {"code": "InternalServerError"}}, True),
        (
            {
                "message": "http exception when calling webhook",
                "extensions": {"code": "unexpected"},
            },
            True,
        ),
        ({"message": "socket hang up"}, True),
        ({"message": "read ECONNRESET"}, True),
        ({"message": "Deadline exceeded"}, True),
        ({"message": "context canceled"}, True),
        ({"message": "Unknown argument 'timeout' on field 'Mutation.createMessage'."}, False),
        ({"message": 'Cannot query field "upstream" on type "Message".'}, False),
        ({"message": "Syntax Error: Unexpected Name 'x'."}, False),
        ({"message": "Cannot query field 'nope' on type 'Message'."}, False),
        ({"message": "Syntax Error: Expected Name, found '}'."}, False),
        ({"message": None}, False),
    ],
)
def test_an_error_that_blames_the_server_is_noticed(error: dict[str, object], blamed: bool) -> None:
    """It proves nothing, even where `data` is missing."""
    assert read({"errors": [error]}).errors[0].blames_server is blamed


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
        (
            {
                "retry_after": "Wed, 21 Oct 2026 07:28:00 +99999999999999999999",
                "date": "Wed, 21 Oct 2026 07:28:00 GMT",
            },
            None,
        ),
        ({"retry_after": "9" * 400}, None),
        ({"retry_after": "Thu, 01 Jan 2026 00:00:07 GMT"}, 7.0),
        ({"retry_after": "Thu, 01 Jan 2026 00:00:07 GMT", "date": "now"}, None),
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
    """RFC 9110, section 10.2.3; a date counts from the reply's own clock, else from ours."""
    reply = decode(CREATE_MESSAGE, None, answer(b"", 429, **headers))
    assert reply.retry_after_seconds == seconds
