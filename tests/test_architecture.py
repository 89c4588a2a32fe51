"""The house rules: who may import whom, which names are public, what an import loads."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import volt
import volt.errors
from tests.conftest import ROOT
from volt._core import OPTIONS

#: What each module of the core may import of this project. Left of `_transport`, nothing reads a
#: clock, draws a random number or does I/O.
MAY_IMPORT = {
    "_contract": set[str](),
    "errors": set[str](),
    "e164": {"errors", "_numbering"},  # within functions: it is an extra
    "_numbering": {"errors"},
    "segments": {"errors"},
    "media": {"errors", "_media_fetch"},  # within functions: it is what does the I/O
    "_media_fetch": {"errors", "media"},
    "webhooks": {"errors"},
    "_outcome": {"errors"},
    "_policy": {"errors", "_outcome"},
    "_explain": {"errors", "e164", "_outcome", "_policy"},
    "_flow": {"errors", "_outcome", "_policy", "_explain"},
    "_graphql_errors": {"errors"},
    "_wire": {"errors", "_outcome", "_policy", "_graphql_errors", "volt_graphql"},
    "_reconcile": {"errors", "_outcome", "_flow", "_wire", "volt_graphql"},
    "_log": {"errors", "_policy", "_explain"},
    "_network": set[str](),
    "_http11": {"_network"},
    "_pool": {"_network"},
    "_socket_connection": {"_http11", "_network", "_pool"},
    "_loop_end": set[str](),
    "_asyncio_connection": {"_http11", "_loop_end", "_network", "_pool", "_socket_connection"},
    "_connections": {"_http11", "_network", "_pool", "_socket_connection"},
    "_async_connections": {"_http11", "_network", "_pool", "_asyncio_connection"},
    "_post": {"errors", "_outcome", "_policy", "_network"},
    "_trace": {"errors", "_outcome", "_policy", "_http11", "_post"},
    "_by_httpx": {"errors", "_outcome", "_http11", "_loop_end", "_network", "_pool", "_post",
                  "_trace"},
    "_transport": {"errors", "_outcome", "_http11", "_network", "_post", "_connections",
                   "_by_httpx"},
    "_async_transport": {"_outcome", "_http11", "_network", "_post", "_async_connections",
                         "_by_httpx", "_transport"},
    "_run": {"errors", "_outcome", "_policy", "_explain", "_flow", "_wire", "_post"},
    "_options": {"errors", "e164"},
    "_core": {"errors", "e164", "media", "_policy", "_explain", "_flow", "_http11", "_wire",
              "_reconcile", "_log", "_post", "_transport", "_async_transport", "_run", "_options",
              "volt_graphql"},
    "_paging": {"errors", "e164", "_graphql_errors", "_options", "volt_graphql"},
    # What sends many texts is imported within functions: not all need it.
    "_outbound": {"errors", "e164", "volt_graphql"},
    "_many": {"errors", "_explain", "_log", "_outbound", "_pool", "volt_graphql"},
    "_async_many": {"errors", "_outbound", "_pool", "volt_graphql"},
    "_client": {"_core", "_paging", "_post", "_transport", "_wire", "volt_graphql", "_many",
                "_outbound"},
    "_async_client": {"_core", "_paging", "_post", "_async_transport", "_wire", "volt_graphql",
                      "_async_many", "_outbound"},
    "__init__": {"e164", "errors", "media", "segments", "webhooks", "_wire", "_client",
                 "_async_client", "_outbound", "_many", "_async_many", "volt_graphql"},
}  # fmt: skip
PURE = """
    errors e164 _numbering segments media _outcome _policy _explain _flow _graphql_errors _wire _reconcile
    _paging _outbound
""".split()
IMPURE = {
    "asyncio",
    "httpx",
    "os",
    "random",
    "secrets",
    "socket",
    "ssl",
    "sys",
    "threading",
    "time",
}


def imports(path: Path) -> set[str]:
    """The modules that a file imports, at its top or anywhere else."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 or "generated" in path.parts, f"{path}: a relative import"
            if node.module == "volt":
                found |= {f"volt.{alias.name}" for alias in node.names}
            else:
                found.add(node.module or "")
    return found


def of_project(names: set[str]) -> set[str]:
    inner = {name.removeprefix("volt.") for name in names if name.startswith("volt.")}
    return inner | {name for name in names if name == "volt_graphql"}


PLUGIN = ROOT / "volt/pytest_plugin.py"  # beside the core, as the command is
CORE = {path.stem: path for path in (ROOT / "volt").glob("*.py") if path != PLUGIN}


def test_every_module_of_the_core_has_its_place() -> None:
    """A new one is given one in the table above."""
    assert CORE.keys() == MAY_IMPORT.keys()


@pytest.mark.parametrize("module", MAY_IMPORT)
def test_imports_go_one_way(module: str) -> None:
    """What is to the right is not known to the left."""
    assert of_project(imports(CORE[module])) <= MAY_IMPORT[module]


@pytest.mark.parametrize("module", PURE)
def test_the_decision_and_the_wire_read_no_clock_and_do_no_io(module: str) -> None:
    """So that they can be tested without mocks."""
    names = {name.split(".")[0] for name in imports(CORE[module])}
    assert not names & IMPURE
    source = CORE[module].read_text()
    assert ".now(" not in source
    assert "open(" not in source


def test_the_sandbox_never_imports_the_client() -> None:
    """Otherwise both could be wrong together."""
    for path in (ROOT / "volt/sandbox").rglob("*.py"):
        names = imports(path)
        assert not names & {"httpx", "volt_graphql", "volt"}
        assert all(name.startswith(("sandbox", "_contract")) for name in of_project(names)), path


def test_the_schema_commands_use_the_public_client() -> None:
    """Like anyone else."""
    for path in (ROOT / "volt/schema").rglob("*.py"):
        names = {name for name in of_project(imports(path)) if not name.startswith("schema")}
        assert names <= {"_contract", "errors", *volt.__all__}, path


def test_the_snippets_stand_beside_the_core() -> None:
    """They know its errors only, and need nothing that must be installed."""
    for path in (ROOT / "volt/snippets").glob("*.py"):
        names = imports(path)
        assert of_project(names) <= {"errors", "snippets._literals"}
        assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names | {"volt"}
    loaded = loaded_after("import volt.snippets")
    assert {name for name in loaded if name.startswith("volt")} == {
        "volt", "volt.errors", "volt.snippets", "volt.snippets._literals",
    }  # fmt: skip


def test_the_command_uses_the_public_api() -> None:
    """Like anyone else, and nothing uses the command."""
    for path in (ROOT / "volt/cli").rglob("*.py"):
        names = {name for name in of_project(imports(path)) if not name.startswith("cli")}
        assert names <= {"segments", "snippets", *volt.__all__}, path
    for path in (ROOT / "volt").rglob("*.py"):
        if path.parent.name != "cli":
            assert not any(name.startswith("volt.cli") for name in imports(path)), path


def test_the_pytest_plugin_uses_the_public_api_and_loads_next_to_nothing() -> None:
    """It is imported in every project where volt is installed, and by nothing else."""
    assert of_project(imports(PLUGIN)) <= {"sandbox", "sandbox.testing", *volt.__all__}
    for path in (ROOT / "volt").rglob("*.py"):
        assert "volt.pytest_plugin" not in imports(path), path
    before = loaded_after("import pytest")
    assert loaded_after("import pytest, volt.pytest_plugin") - before == {
        "volt", "volt.pytest_plugin",
    }  # fmt: skip


def test_the_command_starts_with_next_to_nothing() -> None:
    """The overview without an extra, a command without what it does not use.

    How much time that saves, `benchmarks/command_start.py` measures.
    """
    slow = {"asyncio", "httpx", "pydantic", "rich", "importlib.metadata", "volt._client"}
    overview = loaded_after("from volt.cli import main; main(['--help'])")
    assert not overview & {"cyclopts", "dataclasses", "inspect", "volt.errors", "volt.e164", *slow}
    number = loaded_after("from volt.cli import main; main(['number', '5555550145'])")
    assert "cyclopts" in number
    assert not number & {"docstring_parser", "volt.segments", "volt.cli._send", *slow}
    assert not {name for name in number if name.startswith("phonenumbers")}


def test_the_core_imports_no_extra() -> None:
    """Only the declared three, and nothing of the sandbox or the command.

    Two modules load one, when they need it.
    """
    allowed = sys.stdlib_module_names | {"backoff", "httpx", "pydantic", "volt", "volt_graphql"}
    allowed |= {
        "anyio",
        "certifi",
        "h11",
        "httpcore",
        "pydantic_core",
    }  # httpx and pydantic stand on them
    extras = {"_numbering": {"phonenumbers"}, "webhooks": {"cryptography"}}
    for path in [*CORE.values(), *(ROOT / "generated").rglob("*.py")]:
        names = imports(path)
        assert {name.split(".")[0] for name in names} - allowed - extras.get(path.stem, set()) - {
            sibling.stem for sibling in path.parent.glob("*.py")
        } == set()
        assert not any(name.startswith(("volt.sandbox", "volt.cli")) for name in names)


def test_the_generated_package_knows_nothing_of_volt() -> None:
    """It could be used with another client."""
    for path in (ROOT / "generated").rglob("*.py"):
        assert not of_project(imports(path)) - {"volt_graphql"}


def loaded_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True
    )
    return set(ran.stdout.split())


def test_import_volt_loads_nothing_until_a_name_is_used() -> None:
    """So the sandbox, and anything else beside the client, starts without it."""
    assert not loaded_after("import volt") & {"httpx", "pydantic", "volt._client", "volt.errors"}
    loaded = loaded_after("from volt import Volt")
    assert "volt._client" in loaded
    assert not loaded & {"ariadne", "graphql", "starlette", "uvicorn", "volt.sandbox", "volt.cli"}
    assert not loaded & {"volt._outbound", "volt._many", "volt._async_many"}


@pytest.mark.parametrize(
    ("code", "kept_out"),
    [
        (
            "from volt import e164; e164.parse('(555) 555-0145'); e164.PhoneNumber",
            "pydantic phonenumbers",
        ),
        ("from volt import segments; segments.split('Hello')", "httpx pydantic"),
        ("from volt import media; media.check([])", "httpx anyio volt._media_fetch"),
        (
            "from volt import e164; e164.describe('020 7946 0958', default_region='GB')",
            "pydantic phonenumbers.geocoder phonenumbers.carrier phonenumbers.geodata",
        ),
    ],
)
def test_a_module_loads_what_is_large_on_first_use(code: str, kept_out: str) -> None:
    """Not before."""
    assert not loaded_after(code) & set(kept_out.split())


PUBLIC = """
    Accepted AsyncOutcomes AsyncVolt AuthenticationError ConfigurationError Contact ContactCustomFieldInput
    ContactDetails Conversation Data DeliveryUnknownError Inbox InboxItem InputError List ListQuery
    Message MessageDetails NotSent OutboundMessage Outcome Outcomes PageInfo RateLimitedError Rejected
    RejectedError RequestRefusedError SignatureError UnavailableError Unknown
    UnknownOptionError UnreadableReplyError Volt VoltError Wave Webhook WebhookEventType
""".split()
MODULES = ["e164", "errors", "media", "segments", "webhooks"]
PUBLIC_ERRORS = """
    VOLT_CODES Attempt AuthenticationError ConfigurationError DeliveryUnknownError ErrorDetail
    InputError Phase RateLimitedError RejectedError RequestRefusedError SignatureError UnavailableError
    UnknownOptionError UnreadableReplyError VoltCode VoltError
""".split()


def test_the_exported_names_are_frozen() -> None:
    """Documents and other people's code are written against them."""
    assert sorted(volt.__all__) == sorted(PUBLIC + MODULES)
    assert sorted(volt.errors.__all__) == sorted(PUBLIC_ERRORS)
    for name in PUBLIC:
        assert getattr(getattr(volt, name), "__name__", "Outcome") == name  # which is a union
    assert set(PUBLIC) <= set(dir(volt))
    with pytest.raises(AttributeError, match="volt.*nope"):
        volt.nope  # type: ignore[attr-defined]  # noqa: B018


def test_the_options_of_a_client_are_frozen() -> None:
    """By name, keyword only, the same for both."""
    expected = [
        "token", "url", "from_", "timeout", "deadline", "on_unknown", "not_processed",
        "http_client", "insecure_http", "unknown",
    ]  # fmt: skip
    assert [*OPTIONS, "unknown"] == expected
    for client in (volt.Volt, volt.AsyncVolt):
        parameters = inspect.signature(client).parameters
        assert list(parameters) == expected
        assert parameters["deadline"].default == 25.0
        assert parameters["on_unknown"].default == "raise"
        assert set(parameters["not_processed"].default) == {421, 425, 429}
        assert list(inspect.signature(client.with_options).parameters) == [
            "self", "on_unknown", "timeout", "deadline", "unknown",
        ]  # fmt: skip
        send = inspect.signature(client.send).parameters
        assert [(name, str(parameter.kind)) for name, parameter in send.items()][1:] == [
            ("to", "POSITIONAL_OR_KEYWORD"), ("body", "POSITIONAL_OR_KEYWORD"),
            ("from_", "KEYWORD_ONLY"), ("media", "KEYWORD_ONLY"),
        ]  # fmt: skip
        send_many = inspect.signature(client.send_many).parameters
        assert list(send_many) == ["self", "messages", "concurrency"]
        assert send_many["concurrency"].default == 16


def test_the_error_tree_is_as_its_docstring_draws_it() -> None:
    """Name for name, under its parent, and every error says whether the text may be out."""
    above: list[str] = []
    drawn: dict[str, str] = {}
    for line in (volt.errors.__doc__ or "").splitlines():
        if branch := re.match(r"^    ((?:│?   )*)[├└]── (\w+)", line):
            depth = 1 + len(branch[1]) // 4
            above[depth:] = [branch[2]]
            drawn[branch[2]] = above[depth - 1]
        elif line.strip() == "VoltError":
            above = ["VoltError"]
    errors = {
        name: value.__bases__[0].__name__
        for name, value in vars(volt.errors).items()
        if inspect.isclass(value) and issubclass(value, volt.VoltError)
    }
    assert errors.pop("VoltError") == "Exception"
    assert errors == drawn
    for name in errors:
        error = getattr(volt.errors, name)
        assert error.may_have_been_sent == (name == "DeliveryUnknownError")
        assert "sen" in (error.__doc__ or "")


def test_the_volt_codes_are_the_vendors() -> None:
    """As its page lists them, with what it calls temporary and permanent."""
    codes = volt.errors.VOLT_CODES
    groups = {
        "account": {101, 102, 103, 104, 199},
        "client": {401, 402, 403, 406, 407},
        "number": {501, 503},
        "volume": {601, 602, 603},
        "spam": {701, 702, 703, 704, 705, 706},
        "carrier": {801, 802, 803, 804},
        "system": {901},
    }
    for group, numbers in groups.items():
        assert {code for code, entry in codes.items() if entry.group == group} == numbers
    assert {c for c, entry in codes.items() if entry.temporary} == {101, 104, 603, 702, 705, 801}
    assert {c for c, entry in codes.items() if entry.temporary is False} == {199, 701, 703}
    assert all(code == entry.code and entry.meaning for code, entry in codes.items())


def test_every_public_name_is_documented() -> None:
    """With a sentence."""
    for name in volt.__all__:
        value = getattr(volt, name)
        assert inspect.getdoc(value), name
        for member, function in inspect.getmembers(value, inspect.isfunction):
            if not member.startswith("_") and function.__module__.startswith("volt"):
                assert inspect.getdoc(function), f"{name}.{member}"


def test_the_declared_runtime_is_small() -> None:
    """httpx, pydantic, backoff; everything else is an extra."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = sorted(requirement.split(">")[0] for requirement in project["dependencies"])
    assert names == ["backoff", "httpx", "pydantic"]


def test_no_file_is_named_for_lack_of_a_name() -> None:
    """A name that says nothing collects everything."""
    for folder in ("volt", "codegen", "generated", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            assert path.stem not in {"utils", "helpers", "common", "base", "misc"}, path
