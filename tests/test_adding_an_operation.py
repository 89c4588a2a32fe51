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
    """A clone, as a contributor has it who has not followed the page yet."""
    project = Project(tmp_path)
    ignored = shutil.ignore_patterns(".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__",
                                     "node_modules")  # fmt: skip
    shutil.copytree(ROOT, tmp_path, ignore=ignored, dirs_exist_ok=True)
    if (installed := ROOT / "tests/node/node_modules").exists():
        (tmp_path / "tests/node/node_modules").symlink_to(installed)
    if (tmp_path / NEW).exists():
        (tmp_path / NEW).unlink()
        project.replace("tests/operations.py", CASE, "")
        project.codegen("generate")
    return project


def follow(project: Project, commands: str) -> None:
    """Run each line, with the tools of the environment that runs this."""
    for command in commands.splitlines():
        program, *arguments = command.split()
        programs = {"make": MAKE, ".venv/bin/python": (sys.executable,)}
        ran = project.run(*programs[program], *arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_page_leads_to_a_tested_method(project: Project, sandbox: Sandbox) -> None:
    """Step by step, and each step does what the page says of it."""
    assert [kind for kind, _ in BLOCKS] == ["graphql", "sh", "python", "python", "sh", "graphql"]

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

    # 4 and 5, without the case first.
    with pytest.raises(AssertionError, match="test_every_query_has_a_case"):
        follow(project, CHECK + ".venv/bin/python -m pytest -k has_a_case")
    with (project.folder / "tests/operations.py").open("a") as file:
        file.write(f"\n\n{CASE}")
    follow(project, CHECK)


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
