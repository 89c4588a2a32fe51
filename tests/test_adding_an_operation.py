"""docs/adding-an-operation.md, followed step by step in a copy of the project, by the page alone."""

import re
import shutil
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.conftest import MAKE, OWN, ROOT, Sandbox
from tests.test_codegen import Project

PAGE = (ROOT / "docs/adding-an-operation.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(_, QUERY), (_, COMPILE), (_, USE), (_, CASE), (_, CHECK), (_, REPEATABLE) = BLOCKS
NEW = Path(re.findall(r"`(queries/\w+\.graphql)`:\n\n```graphql", PAGE)[0])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A clone, as a contributor has it."""
    project = Project(tmp_path)
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    for folder in ("tests", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    return project


def follow(project: Project, commands: str) -> None:
    for command in commands.splitlines():
        make, target = command.split()
        ran = project.run(*MAKE, target)
        assert (make, ran.returncode) == ("make", 0), ran.stderr


def test_the_page_leads_to_a_tested_method(project: Project, sandbox: Sandbox) -> None:
    """Step by step, and each step does what the page says of it."""
    assert [kind for kind, _ in BLOCKS] == ["graphql", "sh", "python", "python", "sh", "graphql"]
    tests = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_contract.py", "-k")

    # 1 and 2, with the mistake first.
    before = project.generated()
    project.write(str(NEW), QUERY.replace("  status\n", "  staus\n"))
    wrong = project.make(COMPILE.split()[1])
    assert wrong.returncode != 0
    shown = re.findall(r"(?:^    .*\n|^\n)+", PAGE.split("Had you written")[1], re.MULTILINE)[0]
    assert dedent(shown).strip("\n") in wrong.stderr
    assert project.generated() == before
    project.write(str(NEW), QUERY)
    follow(project, COMPILE)

    # 3
    environment = {"VOLT_TOKEN": "sandbox", "VOLT_API_URL": sandbox.url, "VOLT_FROM": OWN}
    used = project.run(sys.executable, "-c", USE, **environment)
    printed = USE.split("print(status)  # ")[1]
    assert (used.stderr, used.stdout) == ("", printed)

    # 4
    assert project.run(sys.executable, *tests, "has_a_case").returncode == 1
    with (project.folder / "tests/operations.py").open("a") as file:
        file.write(f"\n\n{CASE}")
    tested = project.run(sys.executable, *tests, f"has_a_case or {NEW.stem}")
    assert (tested.returncode, "3 passed" in tested.stdout) == (0, True), tested.stdout

    # 5; `make test` runs this very test.
    follow(project, CHECK.removesuffix("make test\n"))
    assert "-m pytest" in project.run(*MAKE, "-n", "test").stdout


def test_the_example_of_a_repeatable_mutation_is_ours() -> None:
    """Word for word."""
    assert (ROOT / "queries/delete_webhook.graphql").read_text() == REPEATABLE


def test_queries_may_be_in_folders(project: Project) -> None:
    """As the page says: the names are the same, and so is the package."""
    before = project.generated()
    folder = project.folder / "queries/messages"
    folder.mkdir()
    for name in ("create_message", "get_message", "fragments"):
        (project.folder / f"queries/{name}.graphql").rename(folder / f"{name}.graphql")
    project.codegen("generate")
    assert project.generated().keys() == before.keys()
    assert project.generated()["create_message.py"] == before["create_message.py"]
