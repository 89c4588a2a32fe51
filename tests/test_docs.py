"""Every command and code block of the documents is run, and says what it claims."""

import ast
import doctest
import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest

from codegen.markdown import anchor
from tests.conftest import MAKE, OWN, ROOT, VENV, Sandbox
from volt import AsyncVolt, Volt, errors, pytest_plugin
from volt._flow import TRIES, Budget
from volt._options import OnUnknown
from volt._policy import NOT_PROCESSED
from volt._reconcile import PAGES, POLLS, SLACK
from volt.sandbox.testing import RunningSandbox, SandboxMessage

#: Every document there is; each of its blocks is run here, or by a test of its own.
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / ".github").glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
#: The documents that a test of their own follows, with that test.
FOLLOWED = {
    "docs/adding-an-operation.md": "tests/test_adding_an_operation.py",
    "docs/benchmarks/safety.md": "tests/test_benchmarks.py",
    "docs/benchmarks/speed.md": "tests/test_speed.py",
    "docs/languages/README.md": "tests/languages/test_page.py",
    "docs/sandbox.md": "tests/test_sandbox_docs.py",
}
RUN_HERE = [path for path in DOCUMENTS if str(path.relative_to(ROOT)) not in FOLLOWED]


def blocks(language: str, documents: list[Path] = RUN_HERE) -> list[str]:
    """The fenced blocks of a language that are run here, in order."""
    pattern = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    return [block for path in documents for block in pattern.findall(path.read_text())]


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        cwd=ROOT,
        env=os.environ | {"NO_PROXY": "127.0.0.1"} | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_no_block_is_in_a_language_that_nobody_runs() -> None:
    """Each kind of block has its test below.

    But text is the help of the command (`test_cli_help.py`), and TOML its file
    (`test_cli_settings.py`).
    """
    for path in RUN_HERE:
        fences = re.findall(r"^ *```(.*)$", path.read_text(), re.MULTILINE)
        opening, closing = fences[::2], fences[1::2]
        assert set(opening) <= {"python", "pycon", "sh", "py", "text", "toml"}, path
        assert set(closing) <= {""}, path
        assert len(opening) == len(closing), path


def test_the_signatures_are_python() -> None:
    """A `py` block is a signature or a value; `make check-codegen` compares it with the code."""
    found = blocks("py")
    assert len(found) > 30
    for block in found:
        (statement,) = ast.parse(block).body
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                assert isinstance(statement.body[0], ast.Expr)
            case _:
                assert isinstance(statement, ast.Assign)


#: A block that has a test in it is run by pytest, any other as a program.
PROGRAMS = [code for code in blocks("python") if "@pytest" not in code and "def test_" not in code]
TESTS = [code for code in blocks("python") if code not in PROGRAMS]


@pytest.mark.parametrize("code", PROGRAMS)
def test_the_python_blocks_run(code: str, sandbox: Sandbox) -> None:
    """As a program of their own, against the local Volt, with no other setting than the README's."""
    environment = {"VOLT_TOKEN": "sandbox", "VOLT_API_URL": sandbox.url, "VOLT_FROM": OWN}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout
    calls_volt = "Volt(" in code and "not_processed" not in code  # which only makes a client
    assert bool(sandbox.requests) == calls_volt
    assert all(request["status"] == 200 for request in sandbox.requests)


def test_the_tests_pass(tmp_path: Path) -> None:
    """Each block in a folder of its own; one that is only a fixture is the conftest of all."""
    for number, code in enumerate(TESTS):
        is_test = "def test_" in code
        folder = tmp_path / f"block_{number}" if is_test else tmp_path
        folder.mkdir(exist_ok=True)
        (folder / (f"test_block_{number}.py" if is_test else "conftest.py")).write_text(code)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:asyncio", "-q", tmp_path],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    written = sum(code.count("def test_") for code in TESTS)
    assert f"{written} passed" in ran.stdout, ran.stdout


def test_the_page_on_testing_has_every_member_and_fixture() -> None:
    """And no other."""
    page = (ROOT / "docs/testing.md").read_text()
    fixtures, members = (
        set(re.findall(r"`(\w+)(?:\(…?\))?`", column))
        for column in (
            " ".join(re.findall(r"^\| (.*?) \|", part, re.MULTILINE))
            for part in page.split("## What it got")[:2]
        )
    )
    assert fixtures == set(pytest_plugin.__all__)
    described = {name for name in vars(RunningSandbox) if not name.startswith("_")}
    [attributes] = re.findall("Attributes:\n(.*)", inspect.getdoc(RunningSandbox) or "", re.DOTALL)
    described |= set(re.findall(r"^    (\w+):", attributes, re.MULTILINE))
    assert members == described
    for name in SandboxMessage.__dataclass_fields__:
        assert f"`{name}`" in page


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_python_sessions_answer_as_shown(document: Path) -> None:
    """Each line after `>>>`, in one session for each document."""
    sessions = "\n".join(blocks("pycon", [document]))
    test = doctest.DocTestParser().get_doctest(sessions, {}, document.name, str(document), 0)
    report: list[str] = []
    doctest.DocTestRunner().run(test, out=report.append)
    assert not report, "".join(report)
    assert (len(test.examples) > 0) == (">>>" in document.read_text())


@pytest.mark.parametrize(
    ("environment", "printed"),
    [
        ({"VOLT_TOKEN": "sandbox"}, "accepted: rf_"),
        ({"VOLT_TOKEN": "wrong"}, "not sent: Volt does not accept the token"),
    ],
)
def test_the_first_example_tells_the_outcomes_apart(
    environment: dict[str, str], printed: str, sandbox: Sandbox
) -> None:
    """The eight lines that people copy."""
    environment |= {"VOLT_API_URL": sandbox.url, "VOLT_FROM": OWN}
    command = [sys.executable, "-c", blocks("python")[0]]
    ran = subprocess.run(
        command,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert ran.stdout.startswith(printed)


def test_a_document_that_is_followed_elsewhere_has_its_test() -> None:
    """Which names it, or lies beside what it is about."""
    for document, test in FOLLOWED.items():
        assert ROOT / document in DOCUMENTS
        assert document.removeprefix("docs/") in (ROOT / test).read_text()


def test_the_index_lists_every_document() -> None:
    """With a link."""
    index = ROOT / "docs/README.md"
    linked = re.findall(r"^\| \[[^]]+\]\(([^)]+)\)", index.read_text(), re.MULTILINE)
    found = {(index.parent / target).resolve() for target in linked}
    assert found == {path for path in DOCUMENTS if path != index}


def test_the_methods_named_in_the_readme_exist() -> None:
    """Those of the table, on both clients."""
    table = (ROOT / "README.md").read_text().split("| about | methods |")[1].split("\n\n")[0]
    names = re.findall(r"`(\w+)`", table)
    assert "create_message" in names
    for name in names:
        assert hasattr(Volt, name), name
        assert hasattr(AsyncVolt, name), name


# Commands. Each line of a shell block has a test here; a new line without one fails.


def run_demo(command: str, sandbox: Sandbox) -> None:
    """The whole demo: three texts, the same, and nothing left running."""
    ran = shell(command.replace("make", shlex.join(MAKE), 1))
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("message.id           'rf_") == 2
    assert "3. The vendor's curl command (docs/article/curl.sh)\n  {" in ran.stdout
    assert "stored 3 messages" in ran.stdout
    assert "field for field: yes" in ran.stdout


def run_in_sandbox(command: str, sandbox: Sandbox) -> None:
    """A line for the other terminal, with the environment of the line before."""
    port = str(urlsplit(sandbox.url).port)
    export = next(line for line in COMMANDS if line.startswith("export "))
    steps = f"{export}\n{command}".replace("8026", port).replace(".venv", str(VENV))
    path = f"{VENV}/bin:{os.environ['PATH']}"
    ran = shell(steps, PATH=path, XDG_CONFIG_HOME="/nonexistent")
    assert (ran.returncode, ran.stderr) == (0, "")
    if command.startswith("volt "):
        assert ran.stdout or command.startswith(("volt inbox", "volt conversation"))
    elif command.startswith("curl"):
        assert json.loads(ran.stdout) == sandbox.messages
    elif "Volt().send" in command:
        assert "status='queued'" in ran.stdout
        assert sandbox.messages[0]["body"] == "Hello"


def run_schema(command: str, sandbox: Sandbox) -> None:
    """Against the local Volt, which serves the very schema: nothing is different, or written."""
    before = (ROOT / "schema.graphql").stat()
    command = re.sub(r"^\.venv", str(VENV), command)
    command = re.sub("^make", shlex.join(MAKE), command)
    ran = shell(command, VOLT_TOKEN="sandbox", VOLT_API_URL=sandbox.url)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.search("nothing breaks|says what the live schema says", ran.stdout)
    assert (ROOT / "schema.graphql").stat().st_mtime_ns == before.st_mtime_ns


def run_installed_schema(command: str, sandbox: Sandbox) -> None:
    """In a folder of one's own, with the command that pip installs."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "queries", Path(folder) / "queries")
        shutil.copy2(ROOT / "schema.graphql", folder)
        ran = shell(
            f"cd {folder}; PATH={VENV}/bin:$PATH; {command}",
            VOLT_TOKEN="sandbox",
            VOLT_API_URL=sandbox.url,
        )
    assert (ran.returncode, ran.stderr) == (0, "")


def run_make_quietly(command: str, sandbox: Sandbox) -> None:
    """Changes nothing here: the queries are valid, and what is made of them is up to date."""
    made = [*(ROOT / "generated").rglob("*.py"), *(ROOT / "docs").rglob("*.md")]
    before = {path: path.read_bytes() for path in made}
    ran = shell(command.replace("make", shlex.join(MAKE), 1))
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert {path: path.read_bytes() for path in made} == before


def run_sandbox(command: str, sandbox: Sandbox) -> None:
    """`tests/test_sandbox_process.py` runs the program; here is how make starts it."""
    assert "-m volt.sandbox" in shell(f"{command} -n").stdout


def is_run_elsewhere(command: str, sandbox: Sandbox) -> None:
    """`make test` runs this very test; `make check` does, and installs the package bare and whole."""
    assert "-m pytest" in shell("make -n test").stdout
    assert "-m pytest" in shell("make -n check").stdout
    assert "tests/check_wheel.py" in shell("make -n check").stdout


def is_measured_elsewhere(command: str, sandbox: Sandbox) -> None:
    """It writes what it measures into its page; a test measures no time."""
    assert "-m benchmarks.command_start" in shell(f"{command} -n").stdout


#: What runs a line, by what the whole line is. A line that is none of these is refused.
RUN: dict[str, Callable[[str, Sandbox], None]] = {
    "make demo": run_demo,
    "make (test|check)|pip install .*": is_run_elsewhere,
    "make bench-start": is_measured_elsewhere,
    "make sandbox": run_sandbox,
    "make (codegen|check-queries)": run_make_quietly,
    r"make (check-)?schema|\.venv/bin/python -m volt\.schema .*": run_schema,
    "volt schema .*": run_installed_schema,
    r"export .*|volt (?!schema).*|curl .*|sh docs/.*|\.venv/bin/python -c .*": run_in_sandbox,
}
COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_work(command: str, sandbox: Sandbox) -> None:
    """Every line that a reader may type."""
    found = [run for pattern, run in RUN.items() if re.fullmatch(pattern, command)]
    assert len(found) == 1, f"give {command!r} its test in RUN"
    found[0](command, sandbox)


def test_every_target_named_in_the_documents_exists() -> None:
    """And `make` alone lists those that a person calls."""
    text = "".join(path.read_text() for path in DOCUMENTS)
    named = set(re.findall(r"`?make ([a-z][a-z-]+)`", text))
    makefile = (ROOT / "Makefile").read_text()
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    listed = shell("make").stdout
    daily = "demo sandbox test check codegen check-codegen check-queries schema check-schema"
    for target in daily.split():
        assert f"  make {target} " in listed


def test_the_links_lead_somewhere() -> None:
    """Those within the project, to the heading, if they name one."""
    for document in DOCUMENTS:
        for target in re.findall(r"\]\((?!http)([^)]+)\)", document.read_text()):
            path, _, heading = target.partition("#")
            found = document.parent / path if path else document
            assert found.exists(), target
            if heading:
                headings = re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE)
                assert [anchor(text) for text in headings].count(heading) == 1, target


def test_the_tables_of_options_and_errors_are_complete() -> None:
    """Name for name what the code has."""
    readme = (ROOT / "README.md").read_text()
    options = set(re.findall(r"^\| `(\w+)` \|", readme, re.MULTILINE))
    named_errors = set(re.findall(r"`(\w+Error)`", readme)) - {"VoltError"}
    assert options - named_errors == set(inspect.signature(Volt).parameters) - {"unknown"}
    assert named_errors == {name for name in errors.__all__ if name.endswith("Error")} - {
        "VoltError"
    }


def test_the_page_about_failures_has_the_numbers_of_the_code() -> None:
    """Tries, deadline, budget, searches, and the statuses of the table."""
    page = " ".join((ROOT / "docs/when-things-fail.md").read_text().split())
    statuses = sorted(NOT_PROCESSED)
    for said in (
        f"{TRIES} requests at the most",
        f"`deadline={inspect.signature(Volt).parameters['deadline'].default}` seconds",
        f"{Budget().tokens} tokens",
        "Up to five looks, of three pages each",
        f"less {SLACK.seconds} seconds",
        "HTTP {}, {} or {}; the Volt codes 601 and 602".format(*statuses),
        *(f'| `"{choice}"` |' for choice in get_args(OnUnknown)),
    ):
        assert said in page, said
    assert (len(POLLS), PAGES) == (5, 3)
    budget = Budget()
    budget.take(throttled=False)
    budget.take(throttled=True)
    assert Budget().tokens - budget.tokens == 14 + 5
    assert "a retry costs 14, after a rate limit 5" in page
