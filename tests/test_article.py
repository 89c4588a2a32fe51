"""The vendor's article is the contract: the same operation, the same bytes but for white space."""

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import (
    OperationDefinitionNode,
    Source,
    build_schema,
    concat_ast,
    parse,
    print_ast,
)

from codegen.trees import inline_fragments
from tests.conftest import ROOT, Caller, Sandbox
from volt_graphql import CREATE_MESSAGE

ARTICLE = ROOT / "docs/article"
EXAMPLE: dict[str, Any] = json.loads((ARTICLE / "variables.json").read_text())


def canonical(document: str) -> str:
    """The document without what GraphQL ignores."""
    return print_ast(parse(document, no_location=True))


def curls_request() -> dict[str, Any]:
    words = shlex.split((ARTICLE / "curl.sh").read_text().replace("\\\n", ""))
    request: dict[str, Any] = json.loads(words[words.index("--data-raw") + 1])
    return request


def read(path: Path) -> Source:
    return Source(path.read_text(), str(path))


def test_the_query_file_is_the_articles_operation_once_fragments_are_inlined() -> None:
    """One required path, resting on documented fields alone."""
    schema = build_schema((ROOT / "schema.graphql").read_text())
    ours = concat_ast(
        [
            parse(read(ROOT / "queries" / name))
            for name in ("create_message.graphql", "fragments.graphql")
        ]
    )
    inlined = inline_fragments(ours, schema)
    (operation,) = inlined.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert print_ast(inlined) == canonical((ARTICLE / "create_message.graphql").read_text())


def test_the_document_sent_is_the_articles_operation() -> None:
    """The generated constant, as it goes over the wire."""
    assert canonical(CREATE_MESSAGE.document) == canonical(curls_request()["query"])


def test_send_sends_what_the_articles_curl_command_sends(caller: Caller) -> None:
    """Field for field, plus `operationName`."""
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": {"createMessage": {"id": "m1"}}})

    caller.call(
        caller.answered_by(handler, from_=EXAMPLE["from"]), "send", EXAMPLE["to"], EXAMPLE["body"]
    )
    ours, curls = json.loads(seen[0].content), curls_request()
    assert ours.pop("operationName") == "createMessage"
    assert canonical(ours.pop("query")) == canonical(curls.pop("query"))
    assert ours == curls == {"variables": EXAMPLE}
    assert list(ours["variables"]) == list(EXAMPLE)
    assert seen[0].headers["authorization"] == "Bearer secret-token"
    assert seen[0].headers["content-type"] == "application/json"


def test_curl_and_both_clients_leave_the_same_in_the_sandbox(
    caller: Caller, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With only the URL and the token of the article's command changed."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    command = (ARTICLE / "curl.sh").read_text().strip()
    command = command.replace("https://api.respondflow.com/graphql", sandbox.url)
    command = command.replace("<token>", "sandbox")
    curl = subprocess.run(
        ["sh", "-c", f"{command} --silent"], capture_output=True, timeout=30, check=True
    )
    assert json.loads(curl.stdout)["data"]["createMessage"]["toNumber"] == EXAMPLE["to"]
    client = caller.make(token="sandbox", url=sandbox.url, from_=EXAMPLE["from"])
    caller.call(client, "send", EXAMPLE["to"], EXAMPLE["body"])
    first, second = sandbox.messages
    assert first["variables"] == second["variables"] == EXAMPLE
    own = {"id", "legacyId", "sentAt"}
    assert {k: v for k, v in first.items() if k not in own} == {
        k: v for k, v in second.items() if k not in own
    }
