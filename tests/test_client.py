"""Both clients: what they send, what they return, what they raise, and what they never show."""

import copy
import json
import logging
import pickle
import signal
import socket
import traceback
from typing import Any

import httpx
import pytest

import volt
from tests.conftest import OWN, THEIRS, Caller, Handler, Sandbox
from tests.faults.network import unused_port
from volt import (
    AsyncVolt,
    AuthenticationError,
    ConfigurationError,
    DeliveryUnknownError,
    InputError,
    Message,
    MessageDetails,
    RateLimitedError,
    RejectedError,
    RequestRefusedError,
    UnavailableError,
    UnknownOptionError,
    UnreadableReplyError,
    Volt,
    VoltError,
)
from volt._flow import TRIES
from volt_graphql import CREATE_MESSAGE

TOKEN, BODY = "secret-token", "Your One Time Code is 654312"


def no_request(request: httpx.Request) -> httpx.Response:
    raise AssertionError("nothing must be sent")


def replying(status: int = 200, **response: Any) -> Handler:
    return lambda request: httpx.Response(status, **response)


def accepted(**message: Any) -> Handler:
    return replying(json={"data": {"createMessage": {"id": "m1", "status": "queued"} | message}})


# Against the sandbox: the whole way.


def test_a_text_travels_to_volt_and_back(caller: Caller, sandbox: Sandbox) -> None:
    """The main job: a guarded send returns a typed message, and Volt has it."""
    client = caller.make(token="sandbox", url=sandbox.url)
    message = caller.call(
        client, "send", "(555) 555-0145", BODY, media=("https://e.example/a.png",)
    )
    assert isinstance(message, Message)
    (stored,) = sandbox.messages
    assert message.id == stored["id"]
    assert message.to_number == THEIRS
    assert message.from_number == OWN
    assert message.body == BODY
    assert message.media == ["https://e.example/a.png"]
    assert message.sent_at is not None
    assert message.sent_at.utcoffset() is not None
    assert message.raw["sentAt"] == stored["sentAt"]
    assert stored["variables"] == {
        "to": THEIRS,
        "from": OWN,
        "body": BODY,
        "media": ["https://e.example/a.png"],
    }


def test_a_message_and_a_conversation_can_be_read_back(caller: Caller, sandbox: Sandbox) -> None:
    """Typed queries, newest message first."""
    ids = []
    for body in ("first", "second"):
        client = caller.make(token="sandbox", url=sandbox.url)
        ids.append(caller.call(client, "send", THEIRS, body).id)
    client = caller.make(token="sandbox", url=sandbox.url)
    message = caller.call(client, "get_message", id=ids[0])
    assert (message.id, message.body) == (ids[0], "first")
    client = caller.make(token="sandbox", url=sandbox.url)
    details = caller.call(client, "get_message_details", id=ids[0])
    assert isinstance(details, MessageDetails)
    assert details.error_code is None
    client = caller.make(token="sandbox", url=sandbox.url)
    page = caller.call(client, "get_conversation", to=THEIRS, from_=OWN)
    assert [message.body for message in page.messages] == ["second", "first"]
    assert page.page_info.total_items == 2
    client = caller.make(token="sandbox", url=sandbox.url)
    assert caller.call(client, "get_message", id="none") is None


def test_a_rejection_carries_the_volt_code(caller: Caller, sandbox: Sandbox) -> None:
    """The sandbox says no the way Volt's table has it."""
    client = caller.make(token="sandbox", url=sandbox.url, from_="+15555550199")
    with pytest.raises(RejectedError, match="nothing was sent") as caught:
        caller.call(client, "send", THEIRS, BODY)
    assert caught.value.code == volt.errors.VOLT_CODES[103]
    assert caught.value.errors[0].path == ("createMessage",)
    assert sandbox.messages == []


def test_a_wrong_token_is_an_authentication_error(caller: Caller, sandbox: Sandbox) -> None:
    """And says what to check."""
    with pytest.raises(AuthenticationError, match="VOLT_TOKEN") as caught:
        caller.call(caller.make(url=sandbox.url), "send", THEIRS, BODY)
    assert caught.value.status_code == 401


def test_an_ad_hoc_operation_returns_data_as_received(caller: Caller, sandbox: Sandbox) -> None:
    """`execute` takes what `queries/` does not have."""
    client = caller.make(token="sandbox", url=sandbox.url)
    query = "query Two($id: ID!) { a: message(id: $id) { id } __typename }"
    data = caller.call(client, "execute", query, {"id": "none"}, "Two")
    assert data == {"a": None, "__typename": "Query"}
    assert sandbox.requests[-1]["body"]["operationName"] == "Two"


def test_a_generated_operation_can_be_executed_directly(caller: Caller, sandbox: Sandbox) -> None:
    """It returns what the generated method would, with the object around it."""
    client = caller.make(token="sandbox", url=sandbox.url)
    variables = {"to": THEIRS, "from": OWN, "body": BODY}
    result = caller.call(client, "execute", CREATE_MESSAGE, variables)
    assert result.create_message.body == BODY
    assert sandbox.messages[0]["variables"] == variables


def test_an_invalid_ad_hoc_operation_is_refused_not_sent(caller: Caller, sandbox: Sandbox) -> None:
    """Volt's own words say what is wrong with it."""
    client = caller.make(token="sandbox", url=sandbox.url)
    with pytest.raises(RequestRefusedError, match="Cannot query field 'nope'"):
        caller.call(client, "execute", "mutation { nope }")


# What is sent.


def test_create_message_sends_what_it_is_given(caller: Caller) -> None:
    """It is the exact operation: no check, no default, no list that was not passed."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return accepted()(request)

    client = caller.answered_by(handler)
    caller.call(client, "create_message", to="anyone", from_="me", body="")
    sent = json.loads(seen[0].content)
    assert sent["variables"] == {"to": "anyone", "from": "me", "body": ""}
    assert seen[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert seen[0].headers["content-type"] == "application/json"
    assert seen[0].method == "POST"


def test_passthrough_has_an_operation_of_its_own(caller: Caller, sandbox: Sandbox) -> None:
    """What only client code shows cannot break a plain send."""
    client = caller.make(token="sandbox", url=sandbox.url)
    arguments = {"to": THEIRS, "from_": OWN, "body": BODY, "passthrough": "order 7"}
    caller.call(client, "create_message_with_passthrough", **arguments)
    assert sandbox.messages[0]["passthrough"] == "order 7"
    assert "passthrough" not in CREATE_MESSAGE.document
    assert "errorCode" not in CREATE_MESSAGE.document


def test_the_environment_fills_in_token_url_and_sender(
    caller: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`VOLT_TOKEN`, `VOLT_API_URL`, `VOLT_FROM`."""
    monkeypatch.setenv("VOLT_TOKEN", "sandbox")
    monkeypatch.setenv("VOLT_API_URL", sandbox.url)
    monkeypatch.setenv("VOLT_FROM", "(555) 555-0123")
    caller.call(caller.client_type(), "send", THEIRS, BODY)
    assert sandbox.messages[0]["fromNumber"] == OWN


def test_without_a_url_the_vendors_is_used(caller: Caller) -> None:
    """The article's endpoint; nothing is sent in this test."""
    client = caller.client_type(token=TOKEN)
    assert "https://api.respondflow.com/graphql" in repr(client)


# Wrong input: a typed error that names the argument and the remedy, before anything is sent.


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("to", {"to": ""}),
        ("to", {"to": "call me"}),
        ("to", {"to": "+1234567890123456"}),
        ("to", {"to": "0791112345"}),
        ("to", {"to": "447911123456"}),
        ("to", {"to": None}),
        ("from_", {"from_": "me"}),
        ("body", {"body": ""}),
        ("body", {"body": " \n\t\u00a0"}),
        ("body", {"body": "\u200b\x00\ufeff"}),
        ("body", {"body": None}),
        ("body", {"body": b"bytes"}),
        ("body", {"body": "\ud83d"}),
        ("media", {"media": "https://example.com/a.jpg"}),
        ("media", {"media": None}),
        ("media[0]", {"media": ["ftp://example.com/a.jpg"]}),
        ("media[0]", {"media": ["https://example.com/\ud83d.jpg"]}),
        ("media[1]", {"media": ["https://example.com/a.jpg", "https://example.com/a.mp4"]}),
    ],
)
def test_send_refuses_what_cannot_be_sent(
    caller: Caller, argument: str, arguments: dict[str, Any]
) -> None:
    """Named as the caller wrote it."""
    arguments = {"to": THEIRS, "body": BODY} | arguments
    with pytest.raises(InputError) as caught:
        caller.call(caller.answered_by(no_request), "send", **arguments)
    assert caught.value.argument == argument
    assert str(caught.value).startswith(f"{argument}: ")
    assert not caught.value.may_have_been_sent


def test_send_without_a_sender_says_how_to_give_one(caller: Caller) -> None:
    """In the call, in the client, or in the environment."""
    with pytest.raises(InputError, match=r"from_: no sender: pass from_= .* or set VOLT_FROM"):
        caller.call(caller.answered_by(no_request, from_=None), "send", THEIRS, BODY)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"token": None}, "token: none given: pass token= or set VOLT_TOKEN"),
        ({"token": ""}, "token: blank"),
        ({"token": " \n"}, "token: blank"),
        ({"token": "secret\n"}, "token: has white space"),
        ({"token": "Bearer secret"}, "without 'Bearer'"),
        ({"token": "sécret"}, "not ASCII"),
        ({"token": 7}, "token: text, not int"),
        ({"url": "http://api.example/graphql"}, "url: plain http .* https"),
        ({"url": "http://127.0.0.1.example/graphql"}, "url: plain http"),
        ({"url": "http://localhost.example/graphql"}, "url: plain http"),
        ({"url": "https://me:hunter2@api.example/"}, "url: leave user and password out"),
        ({"url": "api.example/graphql"}, "url: no whole URL: write it as https"),
        ({"url": "ftp://api.example/graphql"}, "url: no whole URL"),
        ({"url": "https://"}, "url: no whole URL"),
        ({"url": "https://api.example:port/"}, "url: no whole URL"),
        ({"url": "https://api.example/\n"}, "url: no whole URL"),
        ({"url": "https://api..example/"}, "url: no whole URL"),
        ({"url": "https://256.0.0.1/graphql"}, "url: no whole URL"),
        ({"url": "https://[::g]/"}, "url: no whole URL"),
        ({"url": "https://api.example[::1]/"}, "url: no whole URL"),
        ({"url": "https://[::1]api.example/"}, "url: no whole URL"),
        ({"url": "https://[v1.a]/"}, "url: no whole URL"),
        ({"url": "https://api.example:0/"}, "url: no whole URL"),
        ({"url": "https://api.example:65536/"}, "url: no whole URL"),
        ({"url": f"https://{'a' * 70}.example/"}, "url: no whole URL"),
        ({"url": ""}, "url: no whole URL"),
        ({"url": 7}, "url: no whole URL"),
        ({"timeout": 0}, "timeout: a number of seconds above 0"),
        ({"timeout": "5"}, "timeout: a number of seconds"),
        ({"timeout": True}, "timeout: a number of seconds"),
        ({"timeout": 10**400}, "timeout: a number of seconds .* at most a day"),
        ({"timeout": float("nan")}, "timeout: a number of seconds"),
        ({"deadline": -1}, "deadline: a number of seconds above 0"),
        ({"deadline": None}, "deadline: a number of seconds above 0"),
        ({"deadline": float("inf")}, "deadline: a number of seconds above 0"),
        ({"on_unknown": "retry"}, "on_unknown: 'raise', 'resend' or 'reconcile'"),
        ({"not_processed": 503}, "not_processed: a set of HTTP statuses"),
        ({"not_processed": {200}}, "not_processed: a set of HTTP statuses"),
        ({"not_processed": {399}}, "not_processed: a set of HTTP statuses"),
        ({"not_processed": {600}}, "not_processed: a set of HTTP statuses"),
        ({"not_processed": "429"}, "not_processed: a set of HTTP statuses"),
        ({"not_processed": {"503"}}, "not_processed: a set of HTTP statuses"),
        ({"http_client": object()}, "http_client: Volt takes an httpx.Client, AsyncVolt"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused_by_name(
    caller: Caller, options: dict[str, Any], message: str
) -> None:
    """When the client is made, not when the first text should go out."""
    with pytest.raises(ConfigurationError, match=message) as caught:
        caller.make(**options)
    assert "secret" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_other_kind_of_http_client_is_refused(caller: Caller) -> None:
    """Each of ours takes one of httpx's."""
    other = httpx.AsyncClient() if caller.kind == "sync" else httpx.Client()
    with pytest.raises(ConfigurationError, match="http_client"):
        caller.make(http_client=other)


def test_a_bad_sender_or_url_is_refused_when_the_client_is_made(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the name of where it came from."""
    with pytest.raises(ConfigurationError, match="^from_: .* E.164"):
        caller.make(from_="me")
    monkeypatch.setenv("VOLT_FROM", "me")
    with pytest.raises(ConfigurationError, match="^VOLT_FROM: .* E.164"):
        caller.make(from_=None)
    monkeypatch.setenv("VOLT_API_URL", "127.0.0.1:8026/graphql")
    with pytest.raises(ConfigurationError, match="^VOLT_API_URL: no whole URL"):
        caller.make(url=None)


@pytest.mark.parametrize("blank", ["", " ", "x\n"])
def test_a_bad_token_in_the_environment_is_named(
    caller: Caller, monkeypatch: pytest.MonkeyPatch, blank: str
) -> None:
    """So that the person looks in the right place."""
    monkeypatch.setenv("VOLT_TOKEN", blank)
    with pytest.raises(ConfigurationError, match="VOLT_TOKEN: "):
        caller.make(token=None)


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("query", [None]),
        ("query", [b"{ a }"]),
        ("query", ["  "]),
        ("query", ["{ a }\ud83d"]),
        ("variables", ["{ a }", ["x"]]),
        ("variables", [CREATE_MESSAGE, "x"]),
        ("operation_name", ["{ a }", {}, 7]),
        ("id", ["query($id: ID) { a(id: $id) }", {"id": object()}]),
    ],
)
def test_execute_refuses_what_is_no_operation(
    caller: Caller, argument: str, arguments: list[Any]
) -> None:
    """Not everyone has a type checker."""
    with pytest.raises(InputError) as caught:
        caller.call(caller.answered_by(no_request), "execute", *arguments)
    assert caught.value.argument == argument


def test_an_input_error_has_nothing_of_the_input_behind_it(caller: Caller) -> None:
    """Debuggers and error trackers show the errors that led to an error."""
    for method, arguments in (
        ("send", {"to": THEIRS, "body": f"{BODY}\ud83d"}),
        ("send", {"to": THEIRS, "body": BODY, "media": 7}),
        ("create_message", {"to": THEIRS, "from_": OWN, "body": f"{BODY}\ud83d"}),
    ):
        with pytest.raises(InputError) as caught:
            caller.call(caller.answered_by(no_request), method, **arguments)
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_every_4xx_and_5xx_may_be_named_as_not_processed(caller: Caller) -> None:
    """From the first to the last of them."""
    statuses = caller.make(not_processed=[400, 599])._options.not_processed
    assert statuses == {400, 599}


def test_an_unknown_option_is_refused_with_the_one_perhaps_meant(caller: Caller) -> None:
    """By the client and by `with_options`; a TypeError too, as Python has it."""
    with pytest.raises(UnknownOptionError, match="tokn: .* did you mean token?"):
        caller.make(tokn="x")
    with pytest.raises(TypeError, match="timeuot: .* did you mean timeout?"):
        caller.make().with_options(timeuot=1)  # type: ignore[arg-type]
    with pytest.raises(UnknownOptionError, match="colour: .* there are token, url"):
        caller.make(colour="red")
    with pytest.raises(UnknownOptionError, match="token: .* here: there are on_unknown, timeout"):
        caller.make().with_options(token="x")  # type: ignore[arg-type]


def test_plain_http_is_for_this_machine_unless_it_is_insisted_on(caller: Caller) -> None:
    """The token would be readable on the way."""
    for host in ("127.0.0.1", "127.8.8.8", "localhost", "volt.localhost", "[::1]"):
        caller.make(url=f"http://{host}:1/graphql")
    caller.make(url="http://sandbox:8026/graphql", insecure_http=True)


# Replies: never a bare KeyError, never a sent text called unsent, never an unsent one called sent.


def field_error(**members: Any) -> dict[str, Any]:
    error = {"message": "no", "path": ["createMessage"]} | members
    return {"data": {"createMessage": None}, "errors": [error]}


HTML = "<html><body>Oops</body></html>"
MESSAGE = {"id": "m1", "status": "queued"}


@pytest.mark.parametrize(
    ("handler", "on_mutation", "on_query"),
    [
        (replying(401), AuthenticationError, AuthenticationError),
        (replying(403, html=HTML), AuthenticationError, AuthenticationError),
        (replying(404, html=HTML), RequestRefusedError, RequestRefusedError),
        (replying(413), RequestRefusedError, RequestRefusedError),
        (replying(400, json={"errors": [{"message": None}]}), RequestRefusedError, RequestRefusedError),
        (replying(json={"errors": [{"message": "Syntax"}]}), RequestRefusedError, RequestRefusedError),
        (replying(429), RateLimitedError, RateLimitedError),
        (replying(425), UnavailableError, UnavailableError),
        (replying(json=field_error(extensions={"code": 601})), RateLimitedError, RateLimitedError),
        (replying(json=field_error(extensions={"code": "503"})), RejectedError, RejectedError),
        (replying(json=field_error(message=None)), DeliveryUnknownError, RejectedError),
        (replying(json=field_error(message="Internal error")), DeliveryUnknownError, RejectedError),
        (replying(json=field_error(extensions={"code": 901})), DeliveryUnknownError, RejectedError),
        (replying(500, html=HTML), DeliveryUnknownError, UnavailableError),
        (replying(503, html=HTML), DeliveryUnknownError, UnavailableError),
        (replying(503, headers={"Retry-After": "1"}), DeliveryUnknownError, UnavailableError),
        (replying(200, html=HTML), DeliveryUnknownError, UnreadableReplyError),
        (replying(200, text='{"data": {"createMessage": {"id'), DeliveryUnknownError, UnreadableReplyError),
        (replying(200), DeliveryUnknownError, UnreadableReplyError),
        (replying(json={}), DeliveryUnknownError, UnreadableReplyError),
        (replying(json=[]), DeliveryUnknownError, UnreadableReplyError),
        (replying(json={"data": None}), DeliveryUnknownError, UnreadableReplyError),
        (replying(json={"data": []}), DeliveryUnknownError, UnreadableReplyError),
        (replying(json={"errors": "boom"}), DeliveryUnknownError, UnreadableReplyError),
        (replying(json={"data": {"createMessage": "ok", "message": "ok"}}), DeliveryUnknownError,
         UnreadableReplyError),
        (replying(302, headers={"Location": "https://elsewhere.example"}), DeliveryUnknownError,
         UnreadableReplyError),
        (replying(200, content=b" " * (10 * 1024 * 1024 + 1)), DeliveryUnknownError, UnavailableError),
    ],
)  # fmt: skip
def test_a_bad_reply_is_a_typed_error(
    caller: Caller,
    handler: Handler,
    on_mutation: type[VoltError],
    on_query: type[VoltError],
) -> None:
    """The class says whether the text may be out, on both clients, for both kinds."""
    with pytest.raises(VoltError) as caught:
        caller.call(caller.answered_by(handler), "send", THEIRS, BODY)
    assert type(caught.value) is on_mutation
    assert caught.value.may_have_been_sent == (on_mutation is DeliveryUnknownError)
    is_repeated = on_mutation in (UnavailableError, RateLimitedError)
    assert len(caught.value.attempts) == (TRIES if is_repeated else 1)
    for attempt in caught.value.attempts:
        assert attempt.phase == "replied"
        assert attempt.status_code == caught.value.status_code
    with pytest.raises(VoltError) as caught:
        caller.call(caller.answered_by(handler), "get_message", id="m1")
    assert type(caught.value) is on_query


def test_null_for_the_message_is_unknown_and_no_such_message_is_none(caller: Caller) -> None:
    """The same null means two things."""
    null = replying(json={"data": {"createMessage": None, "message": None}})
    with pytest.raises(DeliveryUnknownError):
        caller.call(caller.answered_by(null), "send", THEIRS, BODY)
    null = replying(json={"data": {"message": None}})
    assert caller.call(caller.answered_by(null), "get_message", id="m1") is None


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"status": 7}, {"status": "7"}),
        ({"status": "A_NEW_ONE"}, {"status": "A_NEW_ONE"}),
        ({"status": {"deep": 1}}, {"status": None}),
        ({"id": 12}, {"id": "12"}),
        ({"media": "https://example.com/a.png"}, {"media": None}),
        ({"media": [None, "https://example.com/a.png"]}, {"media": ["https://example.com/a.png"]}),
        ({"sentAt": "yesterday"}, {"sent_at": None}),
        ({"sentAt": 1e300}, {"sent_at": None}),
        ({"sentAt": True}, {"sent_at": None}),
        ({"body": None}, {"body": None}),
        ({"unheardOf": [1]}, {"id": "m1"}),
    ],
)
def test_an_odd_field_does_not_reject_an_accepted_text(
    caller: Caller, message: dict[str, Any], expected: dict[str, Any]
) -> None:
    """The text is out: what cannot be read is None, and stays in `raw`."""
    accepted_message = caller.call(caller.answered_by(accepted(**message)), "send", THEIRS, BODY)
    for name, value in expected.items():
        assert getattr(accepted_message, name) == value
    for name, value in message.items():
        assert accepted_message.raw[name] == value


def test_errors_beside_the_message_do_not_hide_that_it_was_accepted(caller: Caller) -> None:
    """The message comes back, with the errors on it."""
    errors = [
        {"message": "statusDescription failed", "path": ["createMessage", "statusDescription"]}
    ]
    handler = replying(json={"data": {"createMessage": MESSAGE}, "errors": errors})
    message = caller.call(caller.answered_by(handler), "send", THEIRS, BODY)
    assert message.id == "m1"
    assert message.errors == tuple(errors)


def test_a_strange_header_does_not_hide_an_accepted_text(caller: Caller) -> None:
    """Nothing that comes after the text is out may break the call."""
    headers = {
        "Retry-After": "Wed, 21 Oct 2026 07:28:00 +99999999999999999999",
        "Date": "Wed, 21 Oct 2026 07:28:00 GMT",
    }
    handler = replying(json={"data": {"createMessage": MESSAGE}}, headers=headers)
    assert caller.call(caller.answered_by(handler), "send", THEIRS, BODY).id == "m1"


def test_a_redirect_is_never_followed(caller: Caller) -> None:
    """Not even by a user's client that would: the token and the text would go elsewhere."""
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(307, headers={"Location": "https://elsewhere.example/"})

    http_client = caller.http_client(httpx.MockTransport(handler))
    http_client.follow_redirects = True
    client = caller.make(http_client=http_client)
    with pytest.raises(DeliveryUnknownError, match="Redirects are never followed"):
        caller.call(client, "send", THEIRS, BODY)
    assert seen == ["http://127.0.0.1:9/"]


def test_a_users_auth_does_not_replace_the_token(caller: Caller) -> None:
    """And no auth flow may send the request twice."""
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["authorization"])
        return accepted()(request)

    http_client = caller.http_client(httpx.MockTransport(handler))
    http_client.auth = ("user", "password")
    caller.call(caller.make(http_client=http_client), "send", THEIRS, BODY)
    assert seen == [f"Bearer {TOKEN}"]


def test_retry_after_is_on_the_error(caller: Caller) -> None:
    """In seconds."""
    handler = replying(429, headers={"Retry-After": "60"})
    with pytest.raises(RateLimitedError) as caught:
        caller.call(caller.answered_by(handler), "send", THEIRS, BODY)
    assert caught.value.retry_after_seconds == 60.0


def test_not_processed_is_the_users_word(caller: Caller) -> None:
    """Who knows the vendor's 503 to be safe says so."""
    client = caller.answered_by(replying(503), not_processed={421, 425, 429, 503})
    with pytest.raises(UnavailableError, match="nothing was sent"):
        caller.call(client, "send", THEIRS, BODY)


# A user's own transport may raise anything; without evidence that is unknown.


@pytest.mark.parametrize(
    "cause",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("late"),
        httpx.PoolTimeout("full"),
        httpx.ReadTimeout("late"),
        httpx.RemoteProtocolError("gone"),
        OSError("no route"),
        ValueError("a bug in a hook"),
    ],
)
def test_a_transport_without_evidence_leaves_delivery_unknown(
    caller: Caller, cause: Exception
) -> None:
    """Some transports raise ConnectError after the server has read the request."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise cause

    with pytest.raises(DeliveryUnknownError) as caught:
        caller.call(caller.answered_by(handler), "send", THEIRS, BODY)
    assert type(caught.value.__cause__) is type(cause)
    assert caught.value.phase == "unknown"
    assert caught.value.to == "+1555•••0145"
    assert caught.value.from_ == "+1555•••0123"
    with pytest.raises(UnavailableError):
        caller.call(caller.answered_by(handler), "get_message", id="m1")


class OddError(httpx.ConnectError):
    """A subclass with arguments of its own."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one + two)


def test_an_error_that_cannot_be_made_again_is_told_by_httpxs_own(caller: Caller) -> None:
    """What a user's transport raises must not break the telling of it."""

    def handler(request: httpx.Request) -> httpx.Response:
        raise OddError("a", "b")

    with pytest.raises(DeliveryUnknownError) as caught:
        caller.call(caller.answered_by(handler), "send", THEIRS, BODY)
    assert type(caught.value.__cause__) is httpx.ConnectError


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, RateLimitedError), (404, RequestRefusedError), (503, DeliveryUnknownError)],
)
def test_a_users_hook_that_raises_for_a_status_hides_no_proof(
    caller: Caller, status: int, error: type[VoltError]
) -> None:
    """There is a reply, and its status says what it always says."""

    def check(response: httpx.Response) -> None:
        response.raise_for_status()

    async def check_async(response: httpx.Response) -> None:
        response.raise_for_status()

    http_client = caller.http_client(httpx.MockTransport(replying(status)))
    hook = check if caller.kind == "sync" else check_async
    http_client.event_hooks = {"response": [hook]}
    with pytest.raises(VoltError) as caught:
        caller.call(caller.make(http_client=http_client), "send", THEIRS, BODY)
    assert type(caught.value) is error


def test_the_query_of_a_url_is_not_shown(caller: Caller) -> None:
    """It may hold a key."""
    client = caller.answered_by(replying(503), url="http://127.0.0.1:9/graphql?key=QUERYKEY")
    assert "QUERYKEY" not in repr(client)
    with pytest.raises(DeliveryUnknownError) as caught:
        caller.call(client, "send", THEIRS, BODY)
    assert "QUERYKEY" not in str(caught.value)


def test_an_unknown_error_tells_a_person_what_to_look_for(caller: Caller) -> None:
    """When it was tried, how far it got, for whom; not the number, not the text."""
    with pytest.raises(DeliveryUnknownError) as caught:
        caller.call(caller.answered_by(replying(503, html=HTML)), "send", THEIRS, BODY)
    text = str(caught.value)
    assert "the text to +1555•••0145 may have been sent" in text
    assert "http://127.0.0.1:9/" in text
    assert "HTTP 503" in text
    (attempt,) = caught.value.attempts
    assert attempt.started_at <= attempt.ended_at
    assert attempt.started_at.utcoffset() is not None


# Secrets.


@pytest.mark.parametrize("way", ["httpx", "own connections"])
def test_a_report_of_an_error_with_its_variables_shows_no_token(caller: Caller, way: str) -> None:
    """As tools that watch for errors send it, and pytest and rich show it on request."""
    client = (
        caller.answered_by(replying(503, html=BODY))
        if way == "httpx"
        else caller.make(url=f"http://127.0.0.1:{unused_port()}/", deadline=0.3)
    )
    with pytest.raises(VoltError) as caught:
        caller.call(client, "send", THEIRS, BODY)
    error: BaseException | None = caught.value
    names: set[str] = set()
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            variables = {} if frame.f_code.co_filename == __file__ else frame.f_locals
            for name, value in variables.items():
                names.add(name)
                assert TOKEN not in repr(value), name
                assert name in ("body", "variables", "kwargs", "args") or BODY not in repr(value)
        error = error.__cause__ or error.__context__
    assert {"call", "came"} <= names


def test_nor_does_one_of_an_interruption() -> None:
    """Such as a web worker's that is told to end while it waits for the reply."""

    def interrupt(_number: int, _frame: object) -> None:
        raise SystemExit

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}/"
            with Volt(token=TOKEN, url=url, from_=OWN) as client:
                signal.setitimer(signal.ITIMER_REAL, 0.3)
                with pytest.raises(SystemExit) as caught:
                    client.send(THEIRS, BODY)
    finally:
        signal.signal(signal.SIGALRM, before)
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    for frame in frames:
        if frame.f_code.co_filename != __file__:
            assert TOKEN not in repr(frame.f_locals), frame.f_code
    assert any("volt" in frame.f_code.co_filename for frame in frames)


def test_token_number_and_body_are_nowhere_to_be_seen(
    caller: Caller, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in a repr, an error or a log line, also not httpx's own at the finest level."""
    caplog.set_level(logging.DEBUG)
    seen = ""
    client = caller.make(token="sandbox-" + TOKEN, url=sandbox.url)
    seen += repr(client) + str(vars(client))
    with pytest.raises(AuthenticationError) as caught:
        caller.call(client, "send", THEIRS, BODY)
    seen += str(caught.value) + repr(caught.value) + repr(caught.value.errors)
    client = caller.make(token="sandbox", url=sandbox.url)
    message = caller.call(client, "send", THEIRS, BODY)
    seen += repr(message) + str(message)
    page = caller.call(
        caller.make(token="sandbox", url=sandbox.url), "get_conversation", to=THEIRS, from_=OWN
    )
    seen += repr(page)
    echo = replying(400, json={"errors": [{"message": f"bad {THEIRS} {BODY} {TOKEN} 654312"}]})
    with pytest.raises(RequestRefusedError) as refused:
        caller.call(caller.answered_by(echo), "send", THEIRS, BODY)
    seen += str(refused.value) + repr(refused.value.errors)
    odd = caller.call(caller.answered_by(accepted(media=[{BODY: THEIRS}])), "send", THEIRS, BODY)
    seen += repr(odd) + caplog.text
    assert "volt_graphql" in caplog.text
    for secret in (TOKEN, THEIRS, OWN, BODY, "654312"):
        assert secret not in seen
    assert message.id in seen


def test_a_client_is_not_pickled_or_copied(caller: Caller) -> None:
    """It would carry the token along; `with_options` makes copies."""
    for spread in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="token"):
            spread(caller.make())


def test_results_and_errors_survive_pickling(caller: Caller) -> None:
    """Task queues and process pools send them between processes."""
    message = caller.call(caller.answered_by(accepted(unheard="of")), "send", THEIRS, BODY)
    twin = pickle.loads(pickle.dumps(message))
    assert (twin, twin.raw) == (message, message.raw)
    for handler in (replying(503), replying(429, headers={"Retry-After": "60"}), replying(401)):
        with pytest.raises(VoltError) as caught:
            caller.call(caller.answered_by(handler), "send", THEIRS, BODY)
        loaded = pickle.loads(pickle.dumps(caught.value))
        assert type(loaded) is type(caught.value)
        assert str(loaded) == str(caught.value)
        assert vars(loaded) == vars(caught.value)
    with pytest.raises(InputError) as caught:
        caller.call(caller.answered_by(no_request), "send", "me", BODY)
    loaded = pickle.loads(pickle.dumps(caught.value))
    assert (str(loaded), loaded.argument) == (str(caught.value), "to")


# with_options.


def test_with_options_is_a_copy_that_shares_connections(caller: Caller) -> None:
    """The original stays as it is."""
    client = caller.answered_by(accepted(), timeout=3.0)
    twin = client.with_options(timeout=None, deadline=1.0)
    assert type(twin) is type(client)
    assert twin._transport is client._transport
    assert (twin._options.timeout, twin._options.deadline) == (None, 1.0)
    assert (client._options.timeout, client._options.deadline) == (3.0, 25.0)
    assert client.with_options(on_unknown="raise")._options == client._options
    assert caller.call(twin, "send", THEIRS, BODY).id == "m1"


def test_with_options_checks_its_values(caller: Caller) -> None:
    """As the client does."""
    for options in ({"timeout": 0}, {"deadline": None}, {"on_unknown": "hope"}):
        with pytest.raises(ConfigurationError, match=next(iter(options))):
            caller.make().with_options(**options)


def test_a_subclass_keeps_its_type_and_attributes(caller: Caller) -> None:
    """`with_options` on a user's own client."""
    if caller.kind == "sync":

        class Mine(Volt):
            label = "mine"

        client = Mine(token=TOKEN)
        client.label = "yours"
        assert (type(client.with_options(timeout=1)), client.with_options(timeout=1).label) == (
            Mine,
            "yours",
        )
    else:
        assert isinstance(AsyncVolt(token=TOKEN).with_options(timeout=1), AsyncVolt)
