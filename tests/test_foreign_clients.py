"""The local Volt speaks GraphQL as others know it: their clients, the same operations and answers."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportQueryError, TransportServerError
from gql.transport.httpx import HTTPXTransport

from tests.conftest import OWN, ROOT, THEIRS, Sandbox
from tests.operations import CASES, Stage, request_of, set_up
from tests.test_sandbox_webhooks import receiving
from volt._wire import encode
from volt_graphql import CREATE_MESSAGE

NODE = ROOT / "tests/node"
LIBRARIES = ["gql", "apollo", "graphql-request"]


def replies(
    library: str, sandbox: Sandbox, requests: list[dict[str, Any]], token: str = "sandbox"
) -> list[dict[str, Any]]:
    """What a library makes of the answers: `data`, and `errors` if there are any."""
    if library == "gql":
        return [_by_gql(sandbox, request, token) for request in requests]
    if not shutil.which("node") or not (NODE / "node_modules").exists():
        missing = f"{library}: install Node.js, then `make tests/node/node_modules`"
        (pytest.fail if os.environ.get("REQUIRE_ALL_LANGUAGES") else pytest.skip)(missing)
    ran = subprocess.run(
        ["node", NODE / "clients.mjs", library, sandbox.url, token],
        input=json.dumps(requests),
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    answers: list[dict[str, Any]] = json.loads(ran.stdout)
    return answers


def _by_gql(sandbox: Sandbox, request: dict[str, Any], token: str) -> dict[str, Any]:
    """It fetches the schema by introspection, and checks the query against it."""
    asked = GraphQLRequest(request["query"], variable_values=request["variables"])
    transport = HTTPXTransport(sandbox.url, headers={"Authorization": f"Bearer {token}"})
    try:
        with Client(transport=transport, fetch_schema_from_transport=True) as session:
            data = session.execute(asked)
    except TransportQueryError as error:
        return {"errors": error.errors, "data": error.data}
    except TransportServerError as error:
        return {"errors": [{"message": str(error)}]}
    return {"data": data}


@dataclass(frozen=True)
class Answered:
    stage: Stage
    answers: dict[str, dict[str, Any]]


@pytest.fixture(scope="module", params=LIBRARIES)
def answered(request: pytest.FixtureRequest, sandbox_process: Sandbox) -> Iterator[Answered]:
    """Every operation once, by one library, on one stage."""
    sandbox_process.reset()
    with receiving() as receiver:
        stage = set_up(sandbox_process, receiver.url)
        requests = [json.loads(encode(*request_of(method, stage))) for method in CASES]
        answers = replies(request.param, sandbox_process, requests)
        yield Answered(stage, dict(zip(CASES, answers, strict=True)))


@pytest.mark.parametrize("method", CASES)
def test_another_client_gets_the_same_answer(method: str, answered: Answered) -> None:
    """By the same check as the generated client's."""
    answer = answered.answers[method]
    assert not answer.get("errors")
    operation, _ = request_of(method, answered.stage)
    ((_, result),) = operation.read(answer["data"])
    CASES[method].check(result, answered.stage)


@pytest.mark.parametrize("library", LIBRARIES)
def test_another_client_is_told_why_a_text_is_refused(library: str, sandbox: Sandbox) -> None:
    """The vendor's code is where GraphQL has a place for it."""
    variables = {"to": THEIRS, "from": "+15555550199", "body": "Hello"}
    request = json.loads(encode(CREATE_MESSAGE, variables))
    (reply,) = replies(library, sandbox, [request])
    assert [error["extensions"]["code"] for error in reply["errors"]] == ["103"]
    assert sandbox.messages == []


@pytest.mark.parametrize("library", LIBRARIES)
def test_another_client_is_told_of_a_wrong_token(library: str, sandbox: Sandbox) -> None:
    """As an error, in its own words."""
    variables = {"to": THEIRS, "from": OWN, "body": "Hello"}
    (reply,) = replies(library, sandbox, [json.loads(encode(CREATE_MESSAGE, variables))], "wrong")
    assert reply["errors"]
    assert not reply.get("data")
    assert sandbox.messages == []
