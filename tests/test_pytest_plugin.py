"""The fixtures in a project of a user's own, with pytest as the user runs it."""

import pytest

pytest_plugins = "pytester"

#: A user's code: it knows nothing of tests, and finds its settings in the environment.
SHOP = """
from volt import DeliveryUnknownError, Volt, VoltError

def tell(guest):
    with Volt() as client:
        try:
            return client.send(guest, "Your table is ready.").id
        except DeliveryUnknownError:
            return "unknown"
        except VoltError:
            return None
"""
SHOP_TESTS = """
import os
import pytest
from shop import tell
from volt.sandbox.testing import RunningSandbox

ANN = "+15555550145"
BEFORE = {name: os.environ.get(name) for name in ("VOLT_API_URL", "VOLT_TOKEN", "VOLT_FROM")}

@pytest.fixture(autouse=True)
def environment_is_as_before():
    yield
    assert {name: os.environ.get(name) for name in BEFORE} == BEFORE

@pytest.mark.parametrize("again", range(10))
def test_a_guest_is_told(volt_sandbox: RunningSandbox, again):
    assert volt_sandbox.messages == []
    assert tell("(555) 555-0145") == volt_sandbox.last_message.id
    assert volt_sandbox.last_message.to_number == ANN
    assert len(volt_sandbox.messages) == 1

def test_a_lost_reply_is_not_sent_again(volt_sandbox):
    volt_sandbox.chaos("accept-drop", count=1)
    assert tell(ANN) == "unknown"
    assert len(volt_sandbox.messages) == 1

def test_who_said_stop_is_not_told(volt_sandbox):
    tell(ANN)
    volt_sandbox.reply("STOP")
    assert tell(ANN) is None

def test_the_clients(volt_sandbox, volt_client):
    volt_client.send(ANN, "Hello")
    assert volt_sandbox.wait_for(body="Hello", status="delivered")
"""


@pytest.fixture
def shop(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(shop=SHOP, test_shop=SHOP_TESTS)
    return pytester


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Any warning is an error; pytest-asyncio is off where it is not what is tested."""
    return project.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", *options)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_users_own_code_is_tested(
    shop: pytest.Pytester, workers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each test has a sandbox of its own, with workers beside each other too."""
    monkeypatch.setenv("VOLT_TOKEN", "the token of the real account")
    ran = run(shop, "-p", "no:asyncio", "-n", workers)
    ran.assert_outcomes(passed=13)
    assert "warning" not in ran.stdout.str()


def test_a_failed_wait_shows_the_users_line_and_what_came(pytester: pytest.Pytester) -> None:
    """And none of ours."""
    pytester.makepyfile(
        """
        def test_it(volt_sandbox, volt_client):
            volt_client.send("+15555550146", "Hello")
            volt_sandbox.wait_for(to="+15555550145", timeout_seconds=0.01)
        """
    )
    ran = run(pytester, "-p", "no:asyncio")
    ran.assert_outcomes(failed=1)
    ran.stdout.fnmatch_lines(
        [
            ">       volt_sandbox.wait_for(*",
            "E       AssertionError: no text with to='+15555550145' within 0.01 s; accepted were 1,*",
            "E         to +15555550146, delivered: 'Hello'",
        ]
    )
    assert "sandbox/testing.py" not in ran.stdout.str()
    assert "sandbox/_thread.py" not in ran.stdout.str()


COROUTINES = """
import asyncio
import pytest

{mark}
async def test_one(volt_sandbox, async_volt_client):
    await async_volt_client.send("(555) 555-0145", "Hello")
    assert volt_sandbox.last_message.body == "Hello"

{mark}
async def test_two(async_volt_client, volt_sandbox):
    await async_volt_client.send("(555) 555-0145", "Hello")
    assert len(volt_sandbox.messages) == 1
"""
SCOPE = ("-o", "asyncio_default_fixture_loop_scope=function")
NO_PLUGIN = """
import asyncio

def test_without_a_plugin(volt_sandbox, async_volt_client):
    for _ in range(2):
        asyncio.run(async_volt_client.send("(555) 555-0145", "Hello"))
    assert len(volt_sandbox.messages) == 2
"""


@pytest.mark.parametrize(
    ("code", "options", "passed"),
    [
        (
            COROUTINES.format(mark="@pytest.mark.asyncio"),
            ["-p", "no:anyio", *SCOPE],
            2,
        ),
        (
            COROUTINES.format(mark=""),
            ["-p", "no:anyio", *SCOPE, "-o", "asyncio_mode=auto"],
            2,
        ),
        (COROUTINES.format(mark="@pytest.mark.anyio"), ["-p", "no:asyncio"], 4),  # trio, too
        (NO_PLUGIN, ["-p", "no:asyncio", "-p", "no:anyio"], 1),
    ],
    ids=["pytest-asyncio", "pytest-asyncio-auto", "anyio", "none"],
)
def test_coroutines_are_tested_with_any_plugin(
    code: str, options: list[str], passed: int, pytester: pytest.Pytester
) -> None:
    """Nothing is left open, which would be an error here."""
    pytester.makepyfile(code)
    run(pytester, *options).assert_outcomes(passed=passed)


def test_options_are_overridden_as_any_fixture_is(pytester: pytest.Pytester) -> None:
    """For a folder, a module or a class."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture
        def volt_sandbox_options():
            return {"pace_seconds": 60, "senders": ["+15555550100"]}
        """
    )
    pytester.makepyfile(
        """
        def test_it(volt_sandbox, volt_client):
            volt_client.send("+15555550145", "Hello")
            message = volt_sandbox.last_message
            assert (message.status, message.from_number) == ("queued", "+15555550100")
        """
    )
    run(pytester, "-p", "no:asyncio").assert_outcomes(passed=1)


def test_without_the_extra_the_remedy_is_named(pytester: pytest.Pytester) -> None:
    """In one line, without a traceback through ours."""
    fixtures = ["volt_sandbox", "volt_client", "async_volt_client"]
    pytester.makeconftest("import sys\nsys.modules['ariadne'] = None")
    pytester.makepyfile("\n".join(f"def test_{name}({name}): ..." for name in fixtures))
    ran = run(pytester, "-p", "no:asyncio")
    ran.assert_outcomes(errors=3)
    remedy = "volt_sandbox: the sandbox is an extra; install it: pip install 'volt-sms[sandbox]'"
    assert ran.stdout.lines.count(remedy) == 3
    assert "Traceback" not in ran.stdout.str()


def test_who_does_not_use_it_loads_nothing(pytester: pytest.Pytester) -> None:
    """The fixtures are listed all the same, with what they are."""
    pytester.makepyfile(
        """
        import sys

        def test_it():
            loaded = {name for name in sys.modules if name.partition(".")[0] == "volt"}
            assert loaded == {"volt", "volt.pytest_plugin"}
            assert not {"httpx", "pydantic", "starlette"} & set(sys.modules)
        """
    )
    run(pytester, "-p", "no:asyncio", "-p", "no:anyio").assert_outcomes(passed=1)
    listed = run(pytester, "-p", "no:asyncio", "--fixtures").stdout.str()
    for name in ("volt_sandbox", "volt_sandbox_options", "volt_client", "async_volt_client"):
        assert f"\n{name} -- " in listed
    assert "A local Volt of this test alone" in listed
