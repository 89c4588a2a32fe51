"""What people see: at 80 columns, compared with pictures in `tests/snapshots/`.

`UPDATE_SNAPSHOTS=1` writes them anew; look at the difference before you commit it.
"""

import json
import os
import re

import pytest

from tests.conftest import OWN, ROOT, THEIRS, Sandbox
from tests.terminal import answering, environment, volt, volt_on_terminal
from volt.cli import _output
from volt.cli._output import json_line, shown

SNAPSHOTS = ROOT / "tests/snapshots"


def compare(name: str, text: str) -> None:
    """Compare with the picture; no line is wider than the terminal."""
    text = "\n".join(line.rstrip() for line in text.splitlines()).strip("\n") + "\n"
    file = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text()
    # Two things are one line, however long: the exact body of a request, and what goes to stderr.
    lines = text.partition("[stderr]")[0].splitlines()
    assert all(len(line) <= 80 or line.startswith('{"query"') for line in lines)


@pytest.fixture
def env(sandbox: Sandbox) -> dict[str, str]:
    """With a fixed address, so that a picture does not change with the port."""
    return environment(sandbox, NO_COLOR="1")


def seen(*arguments: str, env: dict[str, str], code: int = 0) -> str:
    ran = volt_on_terminal(*arguments, env=env)
    assert ran.code == code, ran.err
    words = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8026", ran.plain)
    return words + (f"[stderr]\n{ran.err}" if ran.err else "")


def test_send(env: dict[str, str]) -> None:
    """One line each, however it ended; then the count."""
    to = [THEIRS, "+1 995 555 0103", "+1 997 555 0102", "+15555550146"]
    options = [word for number in to for word in ("--to", number)]
    compare("send", seen("send", *options, "--body", "Hello", env=env, code=3))


def test_send_of_one(env: dict[str, str]) -> None:
    """No count."""
    compare("send-one", seen("send", "--to", THEIRS, "--body", "Hello", env=env))


def test_send_that_may_be_out() -> None:
    """In words that nobody takes for "not sent"."""
    with answering(502, "") as url:
        env = environment(VOLT_API_URL=url, VOLT_TOKEN="x", VOLT_FROM=OWN, NO_COLOR="1")
        compare("send-unknown", seen("send", "--to", THEIRS, "--body", "x", env=env, code=5))


def test_send_with_a_wrong_token(env: dict[str, str]) -> None:
    """The others are not tried."""
    command = ["send", "--to", THEIRS, "--to", "+15555550146", "--body", "x"]
    compare("send-token", seen(*command, env=env | {"VOLT_TOKEN": "another"}, code=3))


def test_dry_run(env: dict[str, str]) -> None:
    """What it costs, and what goes over the wire."""
    command = ["send", "--to", THEIRS, "--body", "It’s ready: 12.50 €", "--dry-run"]
    media = ["--media", "https://example.com/menu.png"]
    sms, mms = seen(*command, env=env), seen(*command, *media, env=env)
    compare("dry-run", f"{sms}\n\n{mms}")


def test_messages(env: dict[str, str], sandbox: Sandbox) -> None:
    """A conversation, a message and an inbox; texts wrap in their column."""
    long = (
        "The menu of the day: soup, bread, and a cake that is worth the walk. Until three o'clock."
    )
    for to, body in [(THEIRS, "Hello"), ("+18995550102", long), (THEIRS, "Two\nlines")]:
        volt("send", "--to", to, "--body", body, env=env)
    put = ["contact", "put", THEIRS, "--name", "Ada Lovelace, Countess", "--not-blocked"]
    volt(*put, "--no-fields", env=env)
    for id_ in (message["id"] for message in sandbox.messages):
        settled(env, id_)
    compare("inbox", seen("inbox", env=env))
    compare("conversation", seen("conversation", THEIRS, env=env))
    compare("message", seen("message", sandbox.messages[1]["id"], env=env))
    compare("contact", seen("contact", "get", THEIRS, env=env))


def settled(env: dict[str, str], id_: str) -> None:
    for _ in range(40):
        if volt("message", id_, env=env).objects[0]["confirmedAt"]:
            return
    raise AssertionError("the sandbox never came to an end with it")


def test_lists_and_webhooks(env: dict[str, str]) -> None:
    """Cards and a table."""
    compare("list", seen("list", "put", "regulars", env=env))
    with answering(200, "") as url:
        volt("webhook", "add", url, "--event", "received", env=env)
        compare("webhooks", seen("webhook", "list", env=env))


def test_texts_and_numbers() -> None:
    """What needs no Volt."""
    env = environment(NO_COLOR="1")
    compare("number", seen("number", "(555) 555-0145", "nobody", env=env, code=2))
    details = ["number", "--details", THEIRS, "+44 20 7946 0958"]
    compare("number-details", seen(*details, env=env))
    text = "It’s ready, Ján: https://example.com/ç"
    compare("segments", seen("segments", text, env=env))
    compare("segments-gsm", seen("segments", "It’s “ready” …", "--gsm", env=env))


def test_doctor(env: dict[str, str]) -> None:
    """What is wrong stands out."""
    words = seen("doctor", env=env | {"VOLT_TOKEN": "sandbox"})
    words = re.sub(r"versions .*?\nok", "versions  …\nok", words, flags=re.DOTALL)
    # Where the line breaks depends on the port and the milliseconds.
    words = re.sub(r"\d+ ms,\s+.*?token *\n", "7 ms …\n", words, flags=re.DOTALL)
    compare("doctor", words)


def test_wrong_use() -> None:
    """One line on stderr, with the remedy."""
    env = environment(NO_COLOR="1")
    said = [
        volt_on_terminal(*arguments, env=env).err
        for arguments in (["snd"], ["send", "--bdy", "x", "--to", THEIRS], ["contact", "gte", "x"])
    ]
    compare("wrong-use", "[stderr]\n" + "".join(said))


def test_colours_are_for_terminals_that_want_them(env: dict[str, str]) -> None:
    """`NO_COLOR`, `TERM=dumb`; never in a pipe."""
    send = ["send", "--to", THEIRS, "--body", "Hello"]
    wanted = {name: value for name, value in env.items() if name != "NO_COLOR"}
    for command in (send, ["--help"], ["send", "--help"]):
        assert "\x1b[" in volt_on_terminal(*command, env=wanted).out, command
        assert "\x1b[" not in volt_on_terminal(*command, env=env).out
        assert "\x1b[" not in volt_on_terminal(*command, env=wanted | {"TERM": "dumb"}).out
        assert "\x1b[" not in volt(*command, env=wanted).out


def test_json_is_the_same_on_a_terminal(env: dict[str, str]) -> None:
    """With `--json`."""
    on_terminal = volt_on_terminal("number", THEIRS, "--json", env=env)
    assert on_terminal.objects == volt("number", THEIRS, env=env).objects


def test_a_strangers_text_does_not_rule_the_terminal() -> None:
    """Escape sequences, marks of direction, line feeds: shown, not obeyed; letters stay."""
    text = "\x1b]0;owned\x07\x1b[2J\u202etxet\x9b1m \r\x08 naïve 👩‍🍳 \u200d"
    cleaned = shown(text)
    assert "naïve 👩‍🍳" in cleaned
    assert not any(mark in cleaned for mark in "\x1b\x07\u202e\x9b\r\x08")
    line = json_line({"body": text, "lone": "\ud800"})
    assert not any(mark in line for mark in "\x1b\x07\u202e\x9b\r\x08")
    assert json.loads(line) == {"body": text, "lone": "\ud800"}


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_of_the_output_will_do(encoding: str, env: dict[str, str]) -> None:
    """JSON stays JSON; for people, what the terminal lacks is written as its number."""
    env |= {"PYTHONIOENCODING": encoding}
    body = "ç 👩‍🍳 ’"
    ran = volt("segments", body, env=env)
    assert ran.code == 0
    assert ran.objects[0]["non_gsm"][0]["text"] == "ç"
    on_terminal = volt_on_terminal("segments", body, env=env)
    assert (on_terminal.code, on_terminal.err) == (0, "")


def test_what_ended_within_a_second_is_not_said_to_go_on() -> None:
    """Also if its timer ran out at that very moment."""
    sign = _output._Sign("Sending")
    sign.take_down()
    sign.put_up()
    assert sign._status is None


def test_a_moment_that_no_clock_has_is_shown_all_the_same() -> None:
    """The server says what it likes."""
    from datetime import UTC, datetime

    assert _output.time_of(datetime(1, 1, 1, tzinfo=UTC)).endswith("-01-01 00:00")
    assert _output.time_of(None) == ""
