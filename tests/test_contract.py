"""The whole contract, through the generated client, against the local Volt."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse

from codegen.queries import root_fields
from tests.conftest import OWN, ROOT, Caller, Sandbox
from tests.operations import CASES, Stage, request_of, set_up
from tests.test_sandbox_webhooks import Receiver, receiving, wait_for
from volt import Volt

OPERATIONS = {path.stem for path in (ROOT / "queries").rglob("*.graphql")} - {"fragments"}


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture
def stage(sandbox: Sandbox, receiver: Receiver) -> Stage:
    return set_up(sandbox, receiver.url)


def test_every_query_has_a_case() -> None:
    """A new file in queries/ fails here until tests/operations.py has a case for it."""
    assert CASES.keys() == OPERATIONS


def test_every_operation_of_the_schema_has_a_query() -> None:
    """Nothing of the contract is out of the reach of a typed method."""
    schema = build_schema((ROOT / "schema.graphql").read_text())
    assert schema.query_type
    assert schema.mutation_type
    asked = {
        field.name.value
        for path in (ROOT / "queries").rglob("*.graphql")
        for node in parse(path.read_text()).definitions
        if isinstance(node, OperationDefinitionNode)
        for field in root_fields(node)
    }
    assert asked == schema.query_type.fields.keys() | schema.mutation_type.fields.keys()


@pytest.mark.parametrize("method", sorted(CASES))
def test_the_local_volt_answers_every_operation(
    method: str, caller: Caller, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """With what was asked for, each value of the type that the method promises."""
    client = caller.make(token="sandbox", url=stage.sandbox.url)
    with caplog.at_level(logging.WARNING, logger="volt_graphql"):
        result = caller.call(client, method, **CASES[method].arguments(stage))
    CASES[method].check(result, stage)
    assert not caplog.records  # no value was left out for being of another type
    request = stage.sandbox.requests[-1]
    assert (request["status"], request["body"]["query"].split("(")[0].split()[1]) == (
        200,
        request["body"]["operationName"],
    )


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("get_message", {"id": "nope"}),
        ("get_message_details", {"id": "nope"}),
        ("get_contact", {"primary_phone": OWN, "phone_number": "+15555550199"}),
        ("get_contact_details", {"primary_phone": OWN, "phone_number": "+15555550199"}),
        ("get_list", {"primary_phone": OWN, "list_name": "nope"}),
        ("get_wave", {"id": "nope"}),
    ],
)
def test_what_is_not_there_is_none(
    method: str, arguments: dict[str, Any], caller: Caller, sandbox: Sandbox
) -> None:
    """And no error."""
    assert caller.call(caller.make(token="sandbox", url=sandbox.url), method, **arguments) is None


def test_why_a_text_failed_is_read_with_its_details(stage: Stage) -> None:
    """Once it has."""

    def error_code() -> str | None:
        details = client.get_message_details(id=stage.failed.id or "")
        return details.error_code if details else None

    with Volt(token="sandbox", url=stage.sandbox.url) as client:
        wait_for(lambda: error_code() == "702")


@pytest.mark.parametrize("method", ["create_or_update_contact", "create_or_update_list"])
def test_what_may_be_repeated_does_no_more_the_second_time(method: str, stage: Stage) -> None:
    """The same object, with the same in it; here at least."""
    operation, _ = request_of(method, stage)
    assert operation.repeatable
    with Volt(token="sandbox", url=stage.sandbox.url) as client:
        once, twice = (
            getattr(client, method)(**CASES[method].arguments(stage)).model_dump(
                exclude={"last_updated_at"}
            )
            for _ in range(2)
        )
    assert once == twice
