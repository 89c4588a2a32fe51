"""The help: complete, the same in `docs/cli.md`, with examples that can be typed."""

import os
import re
import shlex
from importlib import import_module

import pytest
from cyclopts import App

from tests.conftest import ROOT
from tests.terminal import environment, volt_here
from volt.cli import _app
from volt.cli._commands import COMMANDS

PAGE = ROOT / "docs/cli.md"


def paths() -> list[list[str]]:
    """Every command, as words; the overview first."""
    found: list[list[str]] = [[]]
    for name in (name for commands in COMMANDS.values() for name in commands):
        found.append([name])
        if name not in ("sandbox", "schema"):  # they have parsers of their own
            found += [[name, inner] for inner in _app.build()[name] if not inner.startswith("-")]
    return [words for words in found if words not in (["sandbox"], ["schema"])]


def help_of(words: list[str]) -> str:
    ran = volt_here(*words, "--help", env=environment())
    assert (ran.code, ran.err) == (0, "")
    return ran.out.strip("\n") + "\n"


def test_the_page_has_every_help_text() -> None:
    """Word for word; `UPDATE_SNAPSHOTS=1` writes them anew."""
    head, mark, _ = PAGE.read_text().partition("## Commands\n")
    sections = "".join(
        f"\n### {' '.join(['volt', *words])}\n\n```text\n{help_of(words)}```\n" for words in paths()
    )
    page = head + mark + sections
    if os.environ.get("UPDATE_SNAPSHOTS"):
        PAGE.write_text(page)
    assert page == PAGE.read_text()


@pytest.mark.parametrize("words", paths(), ids=" ".join)
def test_a_help_text_fits_a_terminal(words: list[str]) -> None:
    """80 columns; but an example is one line, to be copied."""
    for line in help_of(words).splitlines():
        assert len(line) <= 80 or line.startswith("  volt ")


@pytest.mark.parametrize("words", [words for words in paths() if words], ids=" ".join)
def test_a_help_text_has_examples_that_can_be_typed(words: list[str]) -> None:
    """They are taken apart as they would be; nothing is run."""
    text = help_of(words)
    if "\nCommands\n" in text:
        return
    block = re.search(r"^For example\n((?:  .*\n)+)", text, re.MULTILINE)
    assert block
    for line in block[1].splitlines():
        call = line.rpartition("| volt ")[2].strip().removeprefix("volt ")
        call = call.partition(" > ")[0].partition(" | ")[0]
        arguments = shlex.split(call)
        assert arguments[: len(words)] == words
        command, _, _ = _app.build().parse_args(
            _app._joined(arguments), exit_on_error=False, print_error=False
        )
        assert command.__name__ == "_".join(words)


def test_every_command_begins_its_help_with_its_summary() -> None:
    """What the overview says of it."""
    for commands in COMMANDS.values():
        for name, command in commands.items():
            if not command.place:
                continue
            module, _, attribute = command.place.partition(":")
            found = getattr(import_module(module), attribute)
            text = found.help if isinstance(found, App) else found.__doc__
            assert text.splitlines()[0] == command.summary, name
            assert command.summary in help_of([])


def test_the_page_has_every_exit_code() -> None:
    """And so has the overview."""
    from volt.cli._exit import Exit

    table = PAGE.read_text().partition("## Exit codes")[2].partition("## ")[0]
    codes = {
        int(code)
        for row in re.findall(r"^\| ([0-9, ]+) \|", table, re.M)
        for code in row.split(",")
    }
    assert codes == set(Exit)


def test_without_a_command_the_overview_goes_to_stderr() -> None:
    """As it was not asked for; a wrong one is a line with a remedy."""
    ran = volt_here(env=environment())
    assert (ran.code, ran.out, ran.err) == (2, "", help_of([]))
    ran = volt_here("nonsense", env=environment())
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert "`volt --help` lists them" in ran.err


def test_no_command_takes_a_token() -> None:
    """`ps` would show it."""
    for words in paths():
        options = re.findall(r"^  (--[a-z-]+)", help_of(words), re.MULTILINE)
        assert not any("token" in option for option in options)
