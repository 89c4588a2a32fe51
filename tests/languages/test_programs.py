"""docs/languages/: each program sends the article's example, or says why not; none can drift."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import OWN, ROOT, Sandbox
from tests.languages.runtimes import FOLDER, PROGRAMS, RUNTIMES, Builder, require, run, shown
from volt.snippets import LANGUAGES, render
from volt_graphql import CREATE_MESSAGE

EXAMPLE: dict[str, Any] = json.loads((ROOT / "docs/article/variables.json").read_text())


# What is shown.


def test_the_folder_holds_the_nine_languages_of_the_article() -> None:
    """And the page about them."""
    names = {path.name for path in FOLDER.iterdir() if path.suffix != ".exe"}
    assert names == {*LANGUAGES.values(), "README.md"}
    assert len(LANGUAGES) == 9
    for language in LANGUAGES:
        assert shown(language) == render(language)


def test_ci_installs_every_runtime() -> None:
    """And insists on it: a program that is not run proves nothing."""
    script = (ROOT / ".ci/run").read_text()
    for runtime in RUNTIMES.values():
        for package in runtime.packages.split():
            assert re.search(rf"\b{re.escape(package)}\b", script), package
    assert re.search("^export REQUIRE_ALL_LANGUAGES=1", script, re.MULTILINE)


def test_a_missing_runtime_is_skipped_by_name_and_fails_where_it_must_be_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The reason says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for variable, outcome in (("", pytest.skip.Exception), ("1", pytest.fail.Exception)):
        monkeypatch.setenv("REQUIRE_ALL_LANGUAGES", variable)
        with pytest.raises(outcome, match=r"csharp: no mcs and no mono: apt-get install mono-mcs "):
            require("csharp")


# The article's example, sent to the sandbox.


@pytest.mark.parametrize("language", PROGRAMS)
def test_the_program_sends_exactly_the_articles_example(
    language: str, builder: Builder, sandbox: Sandbox
) -> None:
    """With the document that the generated client sends, and the token trimmed."""
    command = builder.build(language, shown(language))
    ran = run(command, VOLT_API_URL=sandbox.url, VOLT_TOKEN="sandbox\n")
    assert ran.returncode == 0, ran.stderr
    (message,), (request,) = sandbox.messages, sandbox.requests
    assert message["variables"] == EXAMPLE
    assert request["body"].keys() == {"query", "variables"}
    assert request["body"]["query"].strip() == CREATE_MESSAGE.document
    assert ran.stdout == f"Accepted: {message['id']} (queued)\n"


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_program_that_did_not_send_says_why_and_fails(
    language: str, builder: Builder, sandbox: Sandbox
) -> None:
    """No token, a wrong one, a sender that is not the organization's (an error in a 200)."""
    command = builder.build(language, shown(language))
    without = run(command, VOLT_API_URL=sandbox.url, VOLT_TOKEN="")
    assert (without.returncode, without.stderr) == (1, "VOLT_TOKEN is not set.\n")
    assert sandbox.requests == []

    wrong = run(command, VOLT_API_URL=sandbox.url, VOLT_TOKEN="hush-hush")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("HTTP 401: {")
    assert "The bearer token is missing or wrong." in wrong.stderr
    assert "hush-hush" not in wrong.stderr

    command = builder.build(language, render(language, from_="+15555550199"))
    refused = run(command, VOLT_API_URL=sandbox.url, VOLT_TOKEN="sandbox")
    assert refused.returncode == 1
    assert refused.stderr.startswith("No accepted message in the reply: {")
    assert '{"code": "103"}' in refused.stderr
    assert [request["status"] for request in sandbox.requests] == [401, 200]
    assert sandbox.messages == []
    assert without.stdout + wrong.stdout + refused.stdout == ""


def test_the_shell_program_shows_nothing_in_the_list_of_processes(
    builder: Builder, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Neither the token nor the text is an argument of curl."""
    command = builder.build("shell", shown("shell"))
    spy = tmp_path / "curl"
    spy.write_text(
        f'#!/bin/sh\nprintf "%s " "$@" >{tmp_path}/seen\nexec {shutil.which("curl")} "$@"'
    )
    spy.chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    ran = run(command, VOLT_API_URL=sandbox.url, VOLT_TOKEN="sandbox", PATH=path)
    assert ran.returncode == 0, ran.stderr
    seen = (tmp_path / "seen").read_text()
    assert sandbox.url in seen
    assert not any(secret in seen for secret in ("sandbox\n", "Bearer", "One Time", OWN))
