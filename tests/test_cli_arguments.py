"""Whatever is typed, the command ends in an exit code and a line, never in a traceback."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.conftest import OWN, THEIRS
from tests.terminal import environment, volt_here
from volt.cli._commands import COMMANDS
from volt.cli._exit import Exit

#: Those with a parser of their own are tested with it: one of them serves until it is stopped.
NAMES = [name for commands in COMMANDS.values() for name, at in commands.items() if at.place]
OPTIONS = """
    --to --from --body --body-file --media --on-unknown --deadline --dry-run --json --account --name
    --blocked --not-blocked --field --no-fields --source --search --limit --follow --interval --event
    --number --key --id --timestamp --signature --tolerance --region --details --gsm --letters --url
    --help -h --version --token -x -- -
""".split()
WORDS = """
    get put add list remove verify go python shell bash zsh raise resend received 0 -1 1e999 nan 12 US GB
    https://example.com/a.png v1a,AAAA a=b
""".split()

texts = st.text(st.characters(exclude_characters="\0"), max_size=40)
values = st.one_of(st.sampled_from([OWN, THEIRS, *WORDS]), texts)
arguments = st.lists(
    st.one_of(
        st.sampled_from(OPTIONS),
        values,
        st.builds("{}={}".format, st.sampled_from(OPTIONS), values),
    ),
    max_size=8,
)
commands = st.builds(
    lambda name, inner, rest: [name, *inner, *rest],
    st.one_of(st.sampled_from(NAMES), texts),
    st.sampled_from([[], ["get"], ["put"], ["add"], ["list"], ["remove"], ["verify"]]),
    arguments,
)


@contextmanager
def at_most(seconds: int) -> Iterator[None]:
    """Some command would otherwise go on for ever."""
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(arguments=["login"], stdin=b"\x80")
@given(arguments=commands, stdin=st.binary(max_size=40))
def test_no_arguments_end_in_a_traceback(
    arguments: list[str], stdin: bytes, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing listens at the address, so nothing is sent, and nothing may say that it was."""
    monkeypatch.chdir(home)
    if arguments and arguments[0] in ("sandbox", "schema"):
        return
    env = environment(
        VOLT_API_URL="http://127.0.0.1:9/graphql", VOLT_TOKEN="secret-4711", VOLT_FROM=OWN,
        XDG_CONFIG_HOME=str(home),
    )  # fmt: skip
    with at_most(20):
        ran = volt_here(*arguments, env=env, given=stdin)
    assert ran.code in (Exit.DONE, Exit.USAGE, Exit.REJECTED, Exit.UNAVAILABLE)
    assert "Traceback" not in ran.err
    assert "secret-4711" not in ran.out + ran.err
    if ran.code != Exit.DONE:
        assert ran.err or arguments[0] in ("doctor", "send")
    if arguments[0] == "send" and "--dry-run" not in arguments and not ran.out.startswith("Usage"):
        assert ran.code != Exit.DONE


@settings(max_examples=100)
@given(arguments=st.lists(texts, max_size=4))
def test_what_was_meant_for_a_text_is_not_repeated(arguments: list[str]) -> None:
    """Stderr may go into a log: an argument in the wrong place is not quoted."""
    marked = [f"private{n}{text}" for n, text in enumerate(arguments)]
    ran = volt_here("send", "--to", THEIRS, "--body", "x", "private", *marked, env=environment())
    assert ran.code == Exit.USAGE
    assert "private" not in ran.err


def test_the_list_of_options_is_whole() -> None:
    """What the fuzz does not know, it does not try."""
    from tests.test_cli_help import help_of, paths

    named = {
        word.strip(",.;:")
        for words in paths() if words
        for line in help_of(words).splitlines()
        for word in line.split()
        if line.startswith("  --") and word.startswith("--")
    }  # fmt: skip
    assert named <= set(OPTIONS)
    assert os.environ.get("VOLT_TOKEN") is None
