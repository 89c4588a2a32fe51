"""Every command and code block of the documents is run, and says what it claims."""

import doctest
import inspect
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_args
from urllib.parse import urlsplit

import pytest

from tests.conftest import MAKE, OWN, ROOT, VENV, Sandbox
from volt import AsyncVolt, Volt, errors
from volt._flow import TRIES, Budget
from volt._options import OnUnknown
from volt._policy import NOT_PROCESSED
from volt._reconcile import PAGES, POLLS, SLACK

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / ".github/CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


#: Documents whose blocks are steps that belong together: each is followed by a test of its own.
FOLLOWED = {"adding-an-operation.md": "test_adding_an_operation.py"}


def blocks(language: str, documents: list[Path] = DOCUMENTS) -> list[str]:
    """The fenced blocks of a language, in all documents, in order."""
    pattern = re.compile(rf"^```{language}\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    documents = [document for document in documents if document.name not in FOLLOWED]
    return [block for document in documents for block in pattern.findall(document.read_text())]


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
    """Python, sessions of it, shell and GraphQL are run below."""
    fences = re.findall(
        r"^```(\w*)$", "".join(path.read_text() for path in DOCUMENTS), re.MULTILINE
    )
    assert {fence for fence in fences if fence} == {"python", "pycon", "sh", "graphql"}
    assert fences.count("") == len(fences) / 2


@pytest.mark.parametrize("code", blocks("python"))
def test_the_python_blocks_run(code: str, sandbox: Sandbox) -> None:
    """As a program of their own, against the local Volt, with no other setting than the README's."""
    environment = {"VOLT_TOKEN": "sandbox", "VOLT_API_URL": sandbox.url, "VOLT_FROM": OWN}
    ran = subprocess.run(
        [sys.executable, "-c", code],
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
    """And is there."""
    for document, test in FOLLOWED.items():
        assert document in {path.name for path in DOCUMENTS}
        assert document in (ROOT / "tests" / test).read_text()


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
    ran = shell(f"{export}\n{command}".replace("8026", port).replace(".venv", str(VENV)))
    assert (ran.returncode, ran.stderr) == (0, "")
    if "curl" in command:
        assert json.loads(ran.stdout) == sandbox.messages
    elif "python" in command:
        assert "status='queued'" in ran.stdout
        assert sandbox.messages[0]["body"] == "Hello"


def run_make_quietly(command: str, sandbox: Sandbox) -> None:
    """Changes nothing here: the queries are valid, and generated/ is what they say."""
    before = {path: path.read_bytes() for path in (ROOT / "generated").rglob("*.py")}
    ran = shell(command.replace("make", shlex.join(MAKE), 1))
    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert {path: path.read_bytes() for path in (ROOT / "generated").rglob("*.py")} == before


def run_sandbox(command: str, sandbox: Sandbox) -> None:
    """`tests/test_sandbox_process.py` runs the program; here is how make starts it."""
    assert "-m volt.sandbox" in shell(f"{command} -n").stdout


def is_run_elsewhere(command: str, sandbox: Sandbox) -> None:
    """`make test` runs this very test; `make check` does, and installs the package bare and whole."""
    assert "-m pytest" in shell("make -n test").stdout
    assert "-m pytest" in shell("make -n check").stdout
    assert "tests/check_wheel.py" in shell("make -n check").stdout


RUN: dict[str, Callable[[str, Sandbox], None]] = {
    "make demo": run_demo,
    "make test": is_run_elsewhere,
    "make check": is_run_elsewhere,
    "pip install .": is_run_elsewhere,
    "pip install '.[sandbox]'": is_run_elsewhere,
    "pip install '.[numbers]'": is_run_elsewhere,
    "make sandbox": run_sandbox,
    "make check-queries": run_make_quietly,
    "make codegen": run_make_quietly,
}
COMMANDS = [line for block in blocks("sh") for line in block.splitlines()]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_work(command: str, sandbox: Sandbox) -> None:
    """Every line that a reader may type."""
    RUN.get(command, run_in_sandbox)(command, sandbox)


def test_every_target_named_in_the_documents_exists() -> None:
    """And `make` alone lists those that a person calls."""
    text = "".join(path.read_text() for path in DOCUMENTS)
    named = set(re.findall(r"`?make ([a-z][a-z-]+)`", text))
    makefile = (ROOT / "Makefile").read_text()
    assert named <= set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    listed = shell("make").stdout
    for target in ("demo", "sandbox", "test", "check", "codegen", "check-codegen", "check-queries"):
        assert f"  make {target} " in listed


def test_the_links_lead_somewhere() -> None:
    """Those within the project."""
    for document in DOCUMENTS:
        for target in re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text()):
            assert (document.parent / target).exists(), target


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
