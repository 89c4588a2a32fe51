"""The sandbox's contract, rules, paging and inspection, asked in-process over ASGI."""

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import (
    build_client_schema,
    build_schema,
    get_introspection_query,
    lexicographic_sort_schema,
    parse,
    print_ast,
    print_schema,
    separate_operations,
)

from volt import _contract
from volt.sandbox import _store, create_app

ROOT = Path(__file__).parents[1]
OWN, OWN_2, PERSON, STRANGER = "+15555550123", "+15555550124", "+15555550145", "+15555550199"
ARGUMENTS: dict[str, Any] = {"to": PERSON, "from": OWN, "body": "Your table is ready."}
QUERIES = "".join(path.read_text() for path in (ROOT / "queries").glob("*.graphql"))
QUERIES = QUERIES.replace(" @repeatable", "")  # said to the client alone
OPERATIONS = {
    name: print_ast(document) for name, document in separate_operations(parse(QUERIES)).items()
}
CREATE = OPERATIONS["createMessage"]
CREATE_WITH_PASSTHROUGH = OPERATIONS["createMessageWithPassthrough"]
GET = OPERATIONS["getMessage"]
CONVERSATION = OPERATIONS["getConversation"]


class Sandbox:
    """The app, asked as any HTTP client would."""

    def __init__(self, **options: Any) -> None:
        self.app = create_app(**options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://volt") as client:
                return await client.request(method, path, **options)

        return asyncio.run(ask())

    def post(
        self, content: Any, *, path: str = "/graphql", token: str = "sandbox"
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return self.request("POST", path, content=json.dumps(content), headers=headers)

    def execute(self, query: str, **variables: Any) -> dict[str, Any]:
        response = self.post({"query": query, "variables": variables})
        assert response.status_code == 200, response.text
        reply: dict[str, Any] = response.json()
        return reply

    def create(self, **changes: Any) -> dict[str, Any]:
        reply = self.execute(CREATE, **(ARGUMENTS | changes))
        assert "errors" not in reply
        message: dict[str, Any] = reply["data"]["createMessage"]
        return message

    def page(self, before: str | None = None, **changes: Any) -> dict[str, Any]:
        variables = {"to": PERSON, "from": OWN, "before": before}
        reply = self.execute(CONVERSATION, **(variables | changes))
        page: dict[str, Any] = reply["data"]["conversation"]
        return page

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.request("GET", "/_sandbox/messages").json()
        return found

    def requests(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.request("GET", "/_sandbox/requests").json()
        return found


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(senders=[OWN, OWN_2])


def bodies(page: dict[str, Any]) -> list[str]:
    return [message["body"] for message in page["messages"]]


# The contract


def test_introspection_tells_exactly_schema_graphql(sandbox: Sandbox) -> None:
    """What the sandbox serves is the project's contract, descriptions included."""
    told = build_client_schema(sandbox.execute(get_introspection_query())["data"])
    written = build_schema((ROOT / "schema.graphql").read_text())
    assert print_schema(lexicographic_sort_schema(told)) == print_schema(
        lexicographic_sort_schema(written)
    )


def test_the_schema_of_an_installed_package_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wheel carries schema.graphql inside the package; a repository has it at its root."""
    package = tmp_path / "volt"
    monkeypatch.setattr(_contract, "package_folder", lambda: package)
    assert _contract.schema_path() == tmp_path / "schema.graphql"
    assert _contract.queries_path() == tmp_path / "queries"

    installed = package / "contract" / "schema.graphql"
    installed.parent.mkdir(parents=True)
    installed.write_text("type Query { onlyHere: Int }")
    assert _contract.schema_path() == installed
    assert _contract.queries_path() == package / "contract" / "queries"


def test_the_schema_of_the_repository_is_found_at_its_root() -> None:
    """No copy of the contract is kept for the sandbox."""
    assert _contract.schema_path() == ROOT / "schema.graphql"


@pytest.mark.parametrize("path", ["/graphql", "/v1.0/graphql"])
def test_both_documented_paths_answer(sandbox: Sandbox, path: str) -> None:
    """The vendor documents two addresses of one API."""
    response = sandbox.post({"query": CREATE, "variables": ARGUMENTS}, path=path)
    assert response.status_code == 200
    assert sandbox.messages()[0]["id"] == response.json()["data"]["createMessage"]["id"]


# Accepted messages


def test_an_accepted_message_is_answered_with_the_documented_fields(sandbox: Sandbox) -> None:
    """The vendor's own operation gets a queued message back."""
    message = sandbox.create(media=["https://example.com/menu.jpg"])
    assert re.fullmatch(r"rf_[0-9A-Za-z]{20}", message["id"])
    assert message["legacyId"]
    assert message | {"id": "", "legacyId": "", "sentAt": ""} == {
        "id": "",
        "legacyId": "",
        "toNumber": PERSON,
        "fromNumber": OWN,
        "status": "queued",
        "statusDescription": "queued",
        "media": ["https://example.com/menu.jpg"],
        "body": "Your table is ready.",
        "sentAt": "",
        "confirmedAt": None,
    }


def test_sent_at_is_now_in_utc_with_milliseconds(sandbox: Sandbox) -> None:
    """Times have the form of the vendor's webhooks."""
    sent_at = sandbox.create()["sentAt"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", sent_at)
    assert abs((datetime.now(UTC) - datetime.fromisoformat(sent_at)).total_seconds()) < 60


def test_ids_differ(sandbox: Sandbox) -> None:
    """The same text twice is two messages: Volt has no idempotency key."""
    first, second = sandbox.create(), sandbox.create()
    assert first["id"] != second["id"]
    assert first["legacyId"] != second["legacyId"]


@pytest.mark.parametrize("media", [None, []])
def test_a_plain_text_has_an_empty_list_of_media(sandbox: Sandbox, media: list[str] | None) -> None:
    """Null and an empty list both ask for an SMS."""
    assert sandbox.create(media=media)["media"] == []


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.jpg",
        "http://example.com/a.JPEG?size=2#top",
        "https://example.com/a.png",
        "https://example.com/a.gif",
        "https://example.com/a.vcf",
        "https://example.com/picture",
        "https://example.com",
        "https://example.com/picture.mp4/original",
        "https://example.com/picture.of.unknown",
    ],
)
def test_supported_and_unknown_media_pass(sandbox: Sandbox, url: str) -> None:
    """Only a type known to be unsupported is refused by its extension."""
    assert sandbox.create(media=[url])["media"] == [url]


def test_a_message_is_found_by_its_id(sandbox: Sandbox) -> None:
    """What was accepted can be looked up, unchanged."""
    sandbox.create()
    message = sandbox.create(body="Another")
    assert sandbox.execute(GET, id=message["id"]) == {"data": {"message": message}}


def test_an_unknown_id_finds_null(sandbox: Sandbox) -> None:
    """Asking for a message that never was is no error."""
    assert sandbox.execute(GET, id="rf_nothing") == {"data": {"message": None}}


def test_half_of_a_split_emoji_is_echoed_as_it_came(sandbox: Sandbox) -> None:
    """A client that cuts a surrogate pair sees so, instead of a server error."""
    content = json.dumps({"query": CREATE, "variables": ARGUMENTS | {"body": "\ud83d"}})
    headers = {"Authorization": "Bearer sandbox", "Content-Type": "application/json"}
    response = sandbox.request("POST", "/graphql", content=content, headers=headers)
    assert response.json()["data"]["createMessage"]["body"] == "\ud83d"
    assert sandbox.messages()[0]["body"] == "\ud83d"


# Refusals

REFUSALS = [
    ({"from": STRANGER}, "103"),
    ({"from": "5555550123"}, "103"),
    ({"from": ""}, "103"),
    ({"to": "5555550145"}, "402"),
    ({"to": "(555) 555-0145"}, "402"),
    ({"to": "+05555550145"}, "402"),
    ({"to": "+1"}, "402"),
    ({"to": "+1234567890123456"}, "402"),
    ({"to": "+1555555014५"}, "402"),
    ({"to": PERSON + "\n"}, "402"),
    ({"to": ""}, "402"),
    ({"body": ""}, "401"),
    ({"body": " \n\t\u00a0"}, "401"),
    ({"media": ["menu.jpg"]}, "407"),
    ({"media": ["ftp://example.com/menu.jpg"]}, "407"),
    ({"media": ["file:///menu.jpg"]}, "407"),
    ({"media": ["https:///menu.jpg"]}, "407"),
    ({"media": ["https://[menu].jpg"]}, "407"),
    ({"media": ["https://example.com/my menu.jpg"]}, "407"),
    ({"media": [""]}, "407"),
    *(
        (
            {"media": ["https://example.com/a.jpg", f"https://example.com/a.{extension}?x=.jpg"]},
            "407",
        )
        for extension in ["mp4", "pdf", "webp", "mp3", "svg", "zip", "MP4", "heic", "docx", "%6dp4"]
    ),
]


@pytest.mark.parametrize(("changes", "code"), REFUSALS)
def test_what_volt_would_not_send_is_refused_and_not_stored(
    sandbox: Sandbox, changes: dict[str, Any], code: str
) -> None:
    """A refusal is null data and one GraphQL error with the vendor's code, as text."""
    reply = sandbox.execute(CREATE, **(ARGUMENTS | changes))
    assert reply["data"] == {"createMessage": None}
    [error] = reply["errors"]
    assert error["extensions"] == {"code": code}
    assert error["path"] == ["createMessage"]
    assert sandbox.messages() == []


@pytest.mark.parametrize(("changes", "code"), REFUSALS)
def test_a_refusal_repeats_neither_numbers_nor_the_body(
    sandbox: Sandbox, changes: dict[str, Any], code: str
) -> None:
    """What a client logs of an error holds nothing of the person."""
    variables = ARGUMENTS | changes
    [error] = sandbox.execute(CREATE, **variables)["errors"]
    assert error["message"]
    for name in ["to", "from", "body"]:
        assert not variables[name].strip() or variables[name] not in error["message"]


def test_an_ordinary_refusal_is_not_logged(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Tracebacks are for the sandbox's own bugs."""
    sandbox.execute(CREATE, **(ARGUMENTS | {"to": "5"}))
    sandbox.post({"query": "{ nothing }"})
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_bug_is_logged_and_told_without_its_details(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply names a system error; its traceback stays in the sandbox's log."""

    def fail(_: str) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(sandbox.app.state.store, "find", fail)
    reply = sandbox.execute(GET, id="rf_1")
    assert reply["data"] == {"message": None}
    assert reply["errors"][0]["extensions"] == {"code": "901"}
    assert "secret" not in str(reply)
    assert "secret detail" in caplog.text
    assert "Traceback" in caplog.text


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer wrong", "sandbox", "Basic sandbox", "Bearer sandböx"],
)
def test_a_missing_or_wrong_token_is_http_401_without_data(
    sandbox: Sandbox, authorization: str | None
) -> None:
    """Whoever does not know the token gets no GraphQL at all."""
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    content = {"query": CREATE, "variables": ARGUMENTS}
    response = sandbox.request("POST", "/graphql", json=content, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    [error] = response.json().pop("errors")
    assert error["message"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED"}
    assert "data" not in response.json()
    assert sandbox.messages() == []


def test_token_and_senders_can_be_chosen() -> None:
    """The options replace the defaults, they do not add to them."""
    sandbox = Sandbox(token="other", senders=[OWN_2])
    content = {"query": CREATE, "variables": ARGUMENTS | {"from": OWN_2}}
    assert sandbox.post(content).status_code == 401
    assert sandbox.post(content, token="other").json()["data"]["createMessage"]["id"]
    content["variables"] = ARGUMENTS
    errors = sandbox.post(content, token="other").json()["errors"]
    assert errors[0]["extensions"] == {"code": "103"}


def test_the_articles_sender_and_the_token_sandbox_work_by_default() -> None:
    """A newcomer needs no options."""
    assert Sandbox().create()["fromNumber"] == "+15555550123"


@pytest.mark.parametrize(
    "options",
    [
        {"token": ""},
        {"token": " "},
        {"token": "padded "},
        {"token": "two\nlines"},
        {"token": "töken"},
        {"senders": []},
        {"senders": ["5555550123"]},
        {"senders": [OWN, ""]},
    ],
)
def test_unusable_options_are_refused_at_once(options: dict[str, Any]) -> None:
    """A sandbox nobody could talk to is not built."""
    with pytest.raises(ValueError, match="must be"):
        create_app(**options)


@pytest.mark.parametrize(
    "content",
    [
        {"query": "mutation {"},
        {"query": "{ nothing }"},
        {"query": CREATE, "variables": {"to": PERSON}},
        {"query": CREATE, "variables": ARGUMENTS | {"body": None}},
        {"query": CREATE, "variables": ARGUMENTS | {"media": [None]}},
        {"query": CREATE, "variables": [ARGUMENTS]},
        {"query": ""},
        {"variables": ARGUMENTS},
        [{"query": CREATE, "variables": ARGUMENTS}],
        "text",
        None,
    ],
)
def test_what_cannot_be_executed_is_http_400_without_data(sandbox: Sandbox, content: Any) -> None:
    """Syntax, validation and variables are checked before anything runs."""
    response = sandbox.post(content)
    assert response.status_code == 400
    assert response.json().keys() == {"errors"}
    assert sandbox.messages() == []


@pytest.mark.parametrize("length", [0, 20_000])
def test_a_query_is_answered_the_same_again_and_to_any_length(
    sandbox: Sandbox, length: int
) -> None:
    """What is remembered of its text is neither another's errors nor another's sandbox."""
    padding = "#".ljust(length) + "\n"
    other = Sandbox(senders=[OWN])
    for _ in range(2):
        wrong = sandbox.post({"query": padding + "{ nothing }"})
        assert wrong.status_code == 400
        assert "Cannot query field 'nothing'" in wrong.json()["errors"][0]["message"]
        query = {"query": padding + CREATE, "variables": ARGUMENTS}
        assert sandbox.post(query).status_code == other.post(query).status_code == 200
    assert len(sandbox.messages()) == len(other.messages()) == 2


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\xfd", b"[" * 100_000])
def test_a_body_that_is_not_json_is_http_400(sandbox: Sandbox, content: bytes) -> None:
    """Whatever the bytes are, the answer says what is wrong, and the request is kept."""
    headers = {"Authorization": "Bearer sandbox", "Content-Type": "application/json"}
    response = sandbox.request("POST", "/graphql", content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["errors"]
    assert sandbox.requests()[0]["body"] == content.decode(errors="replace")


def test_another_content_type_is_http_415(sandbox: Sandbox) -> None:
    """The vendor documents application/json; a client that forgets the header should notice."""
    content = json.dumps({"query": CREATE, "variables": ARGUMENTS})
    for content_type in ["text/plain", "application/jsonp", ""]:
        headers = {"Authorization": "Bearer sandbox", "Content-Type": content_type}
        response = sandbox.request("POST", "/graphql", content=content, headers=headers)
        assert response.status_code == 415
    headers["Content-Type"] = "Application/JSON; charset=utf-8"
    assert sandbox.request("POST", "/graphql", content=content, headers=headers).is_success


def test_a_body_of_one_mebibyte_is_read_and_a_larger_one_is_http_413(sandbox: Sandbox) -> None:
    """The limit is exact, and what exceeds it is not kept."""
    content = json.dumps({"query": CREATE, "variables": ARGUMENTS}).encode()
    headers = {"Authorization": "Bearer sandbox", "Content-Type": "application/json"}

    at_the_limit = content.ljust(1024 * 1024)
    response = sandbox.request("POST", "/graphql", content=at_the_limit, headers=headers)
    assert response.status_code == 200

    response = sandbox.request("POST", "/graphql", content=at_the_limit + b" ", headers=headers)
    assert response.status_code == 413
    assert response.json()["errors"]
    assert len(sandbox.messages()) == 1
    assert [(request["status"], request["body"] is None) for request in sandbox.requests()] == [
        (200, False),
        (413, True),
    ]


def test_a_large_body_is_read_to_its_end_in_bounded_memory(sandbox: Sandbox) -> None:
    """A client that sends in pieces gets the answer, not a broken connection."""
    pieces_sent = 0

    async def pieces() -> Any:
        nonlocal pieces_sent
        for _ in range(40):
            pieces_sent += 1
            yield b" " * 65_536

    assert sandbox.request("POST", "/graphql", content=pieces()).status_code == 413
    assert pieces_sent == 40


# Conversations


def test_three_pages_stay_stable_when_a_message_arrives_in_between(sandbox: Sandbox) -> None:
    """A page goes on where the page before ended, whatever came since."""
    for number in range(1, 46):
        sandbox.create(body=str(number))

    first = sandbox.page()
    assert bodies(first) == [str(number) for number in range(45, 25, -1)]
    assert first["pageInfo"]["totalItems"] == 45
    assert first["pageInfo"]["hasNextPage"] is True

    sandbox.create(body="newest")
    second = sandbox.page(before=first["pageInfo"]["nextPage"])
    assert bodies(second) == [str(number) for number in range(25, 5, -1)]

    third = sandbox.page(before=second["pageInfo"]["nextPage"])
    assert bodies(third) == ["5", "4", "3", "2", "1"]
    assert third["pageInfo"] == {"totalItems": 46, "nextPage": None, "hasNextPage": False}
    assert bodies(sandbox.page())[0] == "newest"


def test_a_full_last_page_has_no_next_page(sandbox: Sandbox) -> None:
    """Twenty messages are one page, not one and an empty one."""
    for _ in range(20):
        sandbox.create()
    page = sandbox.page()
    assert len(page["messages"]) == 20
    assert page["pageInfo"] == {"totalItems": 20, "nextPage": None, "hasNextPage": False}


def test_a_conversation_holds_the_messages_of_its_two_numbers_only(sandbox: Sandbox) -> None:
    """Both directions belong to it; other people and other senders do not."""
    sandbox.create(body="to her")
    sandbox.create(body="to another", to=STRANGER)
    sandbox.create(body="from another", **{"from": OWN_2})
    sandbox.create(body="from one number of ours to the other", to=OWN_2)
    assert bodies(sandbox.page()) == ["to her"]
    assert bodies(sandbox.page(to=OWN, **{"from": OWN_2})) == [
        "from one number of ours to the other"
    ]


def test_a_conversation_without_messages_is_an_empty_page(sandbox: Sandbox) -> None:
    """That nothing was said yet is no error."""
    assert sandbox.page() == {
        "messages": [],
        "pageInfo": {"totalItems": 0, "nextPage": None, "hasNextPage": False},
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"from": STRANGER}, "103"), ({"to": "5"}, "402"), ({"before": "?"}, "BAD_USER_INPUT")],
)
def test_a_conversation_that_cannot_be_read_is_an_error(
    sandbox: Sandbox, changes: dict[str, str], code: str
) -> None:
    """A stranger's sender, a malformed number and an invalid cursor are refused."""
    sandbox.create()
    reply = sandbox.execute(CONVERSATION, **({"to": PERSON, "from": OWN} | changes))
    assert reply["data"] == {"conversation": None}
    assert reply["errors"][0]["extensions"] == {"code": code}


def test_a_cursor_of_another_conversation_is_invalid(sandbox: Sandbox) -> None:
    """A mixed-up cursor is noticed rather than read as some position."""
    for _ in range(21):
        sandbox.create()
    variables = {"to": STRANGER, "from": OWN, "before": sandbox.page()["pageInfo"]["nextPage"]}
    assert sandbox.execute(CONVERSATION, **variables)["errors"]


# Inspection


def test_messages_are_shown_oldest_first_with_all_their_fields(sandbox: Sandbox) -> None:
    """A test reads there what was sent, without a query."""
    first = sandbox.create()
    variables = ARGUMENTS | {"passthrough": "order 7", "media": ["https://example.com/a.png"]}
    sandbox.execute(CREATE_WITH_PASSTHROUGH, **variables)
    shown = sandbox.messages()
    assert shown[0] == first | {"errorCode": None, "passthrough": None, "variables": ARGUMENTS}
    assert shown[1]["passthrough"] == "order 7"
    assert shown[1]["variables"] == variables


@pytest.mark.parametrize(
    "variables",
    [
        ARGUMENTS,
        ARGUMENTS | {"media": None},
        ARGUMENTS | {"media": []},
        ARGUMENTS | {"media": "https://example.com/a.png"},
        ARGUMENTS | {"unused": {"deep": [1, 2.5, None]}},
    ],
)
def test_variables_are_shown_exactly_as_received(
    sandbox: Sandbox, variables: dict[str, Any]
) -> None:
    """What a client leaves out stays out; nothing is coerced."""
    sandbox.execute(CREATE, **variables)
    assert sandbox.messages()[0]["variables"] == variables


def test_a_message_asked_for_without_variables_shows_null(sandbox: Sandbox) -> None:
    """Arguments written into the query are legal GraphQL."""
    arguments = f'to: "{PERSON}", from: "{OWN}", body: "Hi"'
    sandbox.post({"query": f"mutation {{ createMessage({arguments}) {{ id }} }}"})
    assert sandbox.messages()[0]["variables"] is None


def test_requests_are_shown_oldest_first_with_status_and_masked_token(sandbox: Sandbox) -> None:
    """Every request to the API is kept, the refused ones too; no token is."""
    content = {"query": GET, "variables": {"id": "rf_1"}}
    sandbox.post(content, path="/v1.0/graphql")
    sandbox.post(content, token="hunter2")
    sandbox.request("GET", "/graphql?a=1", headers={"Authorization": "hunter2", "X-Trace": "7"})
    accepted, refused, other_method = sandbox.requests()

    assert accepted["method"] == "POST"
    assert accepted["path"] == "/v1.0/graphql"
    assert accepted["body"] == content
    assert accepted["status"] == 200
    assert accepted["headers"]["content-type"] == "application/json"
    assert accepted["headers"]["authorization"] == "Bearer •••"
    assert (refused["status"], refused["body"]) == (401, content)
    assert refused["headers"]["authorization"] == "Bearer •••"
    assert (other_method["method"], other_method["path"]) == ("GET", "/graphql")
    assert (other_method["status"], other_method["body"]) == (405, "")
    assert other_method["headers"]["x-trace"] == "7"
    assert "hunter2" not in str(sandbox.requests())
    assert "Bearer sandbox" not in str(sandbox.requests())


def test_reset_forgets_messages_and_requests(sandbox: Sandbox) -> None:
    """Tests that share a sandbox can start from nothing."""
    message = sandbox.create()
    response = sandbox.request("POST", "/_sandbox/reset")
    assert (response.status_code, response.content) == (204, b"")
    assert (sandbox.messages(), sandbox.requests()) == ([], [])
    assert sandbox.execute(GET, id=message["id"])["data"] == {"message": None}


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/graphql", "POST"),
        ("PUT", "/v1.0/graphql", "POST"),
        ("OPTIONS", "/graphql", "POST"),
        ("POST", "/_sandbox/messages", "GET"),
        ("DELETE", "/_sandbox/requests", "GET"),
        ("GET", "/_sandbox/reset", "POST"),
        ("POST", "/", "GET"),
    ],
)
def test_other_methods_are_http_405(sandbox: Sandbox, method: str, path: str, allowed: str) -> None:
    """The reply names the method that works."""
    response = sandbox.request(method, path)
    assert response.status_code == 405
    assert allowed in response.headers["Allow"]


def test_only_the_newest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox left running does not fill the memory."""
    assert (_store.MESSAGES_KEPT, _store.REQUESTS_KEPT) == (10_000, 1_000)
    monkeypatch.setattr(_store, "MESSAGES_KEPT", 3)
    monkeypatch.setattr(_store, "REQUESTS_KEPT", 2)
    sandbox = Sandbox()
    for number in range(5):
        sandbox.create(body=str(number))
    assert [message["body"] for message in sandbox.messages()] == ["2", "3", "4"]
    shown = [request["body"]["variables"]["body"] for request in sandbox.requests()]
    assert shown == ["3", "4"]


def test_two_apps_share_nothing() -> None:
    """Each has a store of its own, which a test in the same process can read."""
    one, other = Sandbox(), Sandbox()
    one.create()
    assert [message["body"] for message in one.app.state.store.messages] == [ARGUMENTS["body"]]
    assert list(other.app.state.store.messages) == []


def test_the_overview_names_every_endpoint(sandbox: Sandbox) -> None:
    """Whoever has no browser learns where to go on."""
    response = sandbox.request("GET", "/_sandbox")
    assert response.headers["content-type"].startswith("text/plain")
    for path in ["/graphql", "/v1.0/graphql", "messages", "requests", "reset"]:
        assert path in response.text
