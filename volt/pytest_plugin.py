"""Fixtures for pytest: a local Volt for each test, and clients that send to it.

    def test_a_guest_is_told(volt_sandbox):
        tell_guest("+15555550145")  # your code, which calls Volt() and send
        assert volt_sandbox.last_message.body == "Your table is ready."

pytest finds them by itself where `volt-sms[sandbox]` is installed. Nothing is loaded, and nothing
changes, before a test asks for one.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from volt import AsyncVolt, Volt
    from volt.sandbox.testing import RunningSandbox

__all__ = ["async_volt_client", "volt_client", "volt_sandbox", "volt_sandbox_options"]


@pytest.fixture
def volt_sandbox_options() -> Mapping[str, Any]:
    """The options of `create_app` for `volt_sandbox`: none; override it to have some."""
    return {}


@pytest.fixture
def volt_sandbox(
    volt_sandbox_options: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> "Iterator[RunningSandbox]":
    """A local Volt of this test alone, in a thread, which `Volt()` finds in the environment.

    `VOLT_API_URL`, `VOLT_TOKEN` and `VOLT_FROM` lead to it until the test is over. Texts are
    delivered at once, unless `volt_sandbox_options` have a `pace_seconds`.
    """
    from volt.sandbox import remedy

    try:
        from volt.sandbox import create_app
        from volt.sandbox.testing import running
    except ModuleNotFoundError as error:
        pytest.fail(f"volt_sandbox: {remedy(error)}", pytrace=False)
    options: dict[str, Any] = {"pace_seconds": 0, **volt_sandbox_options}
    with running(create_app(**options)) as sandbox:
        monkeypatch.setenv("VOLT_API_URL", sandbox.url)
        monkeypatch.setenv("VOLT_TOKEN", sandbox.token)
        monkeypatch.setenv("VOLT_FROM", sandbox.sender)
        yield sandbox


@pytest.fixture
def volt_client(volt_sandbox: "RunningSandbox") -> "Iterator[Volt]":
    """A `Volt` that sends to `volt_sandbox`."""
    from volt import Volt

    sandbox = volt_sandbox
    with Volt(url=sandbox.url, token=sandbox.token, from_=sandbox.sender) as client:
        yield client


@pytest.fixture
def async_volt_client(volt_sandbox: "RunningSandbox") -> "AsyncVolt":
    """An `AsyncVolt` that sends to `volt_sandbox`, whatever runs the test's event loop.

    Its connections end with the loop.
    """
    from volt import AsyncVolt

    sandbox = volt_sandbox
    return AsyncVolt(url=sandbox.url, token=sandbox.token, from_=sandbox.sender)
