"""What `volt` says and exits with when things fail: rejected, unavailable, unknown, interrupted."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

import volt.cli
from tests.conftest import OWN, THEIRS, Sandbox
from tests.terminal import (
    COMMAND,
    WAIT_SECONDS,
    answering,
    environment,
    read_terminal,
    started,
    volt_here,
)
from tests.terminal import volt as run
from volt import Volt
from volt.cli._exit import Exit
from volt.errors import VoltError

OPTED_OUT = "+1 995 555 0103"  # the sandbox answers 503 to it
ACCEPTED = json.dumps({"data": {"createMessage": {"id": "m1", "status": "queued"}}})


def at(url: str) -> dict[str, str]:
    return environment(VOLT_API_URL=url, VOLT_TOKEN="secret-4711", VOLT_FROM=OWN)


def outcomes(ran: object) -> list[tuple[str, str]]:
    return [(found["to"], found["outcome"]) for found in ran.objects]  # type: ignore[attr-defined]


def test_one_failure_stops_nothing(sandbox: Sandbox) -> None:
    """Each outcome is told, and the worst exit code returned."""
    to = ["--to", THEIRS, "--to", OPTED_OUT, "--to", "+15555550146"]
    ran = run("send", *to, "--body", "Hello", env=environment(sandbox))
    assert ran.code == 3
    assert outcomes(ran) == [
        (THEIRS, "accepted"),
        ("+19955550103", "not_sent"),
        ("+15555550146", "accepted"),
    ]
    error = ran.objects[1]["error"]
    assert (error["type"], error["code"], error["temporary"]) == ("RejectedError", 503, None)
    assert "opted out" in error["meaning"]
    assert ran.err == (
        "volt send: +1995•••0103: the recipient opted out, or is on a do-not-contact list "
        "(Volt code 503); nothing was sent\n"
    )
    assert len(sandbox.messages) == 2


def test_a_wrong_token_stops_all(sandbox: Sandbox) -> None:
    """The others are not tried, and that is said."""
    env = environment(sandbox, VOLT_TOKEN="wrong-4711")
    ran = run("send", "--to", THEIRS, "--to", "+15555550146", "--body", "Hello", env=env)
    assert ran.code == 3
    assert outcomes(ran) == [(THEIRS, "not_sent"), ("+15555550146", "not_tried")]
    assert len(sandbox.requests) == 1
    assert "4711" not in ran.out + ran.err


def test_an_account_that_is_blocked_stops_all(sandbox: Sandbox) -> None:
    """So does a sender that is not of the account."""
    to = ["--to", "+1 991 555 0104", "--to", THEIRS]
    ran = run("send", *to, "--body", "Hello", env=environment(sandbox))
    assert (ran.code, outcomes(ran)[1]) == (3, (THEIRS, "not_tried"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "12", "--body", "x"], "--to: the phone number is too short"),
        (["--to", THEIRS, "--to", "nobody", "--body", "x"], "--to: "),
        (["--to", THEIRS, "--body", "  "], "--body: the text is blank"),
        (["--to", THEIRS], "no text: give --body"),
        (["--to", THEIRS, "--body", "x", "--body-file", "y"], "not both"),
        (["--to", THEIRS, "--body-file", "/nonexistent"], "--body-file: the file cannot be read"),
        (["--to", THEIRS, "--body", "x", "--media", "x"], "--media[0]: not a public URL"),
        (["--to", THEIRS, "--body", "x", "--from", "1"], "--from: "),
        (["--to", THEIRS, "--body", "x", "--deadline", "0"], "deadline: a number of seconds"),
        (["--to", THEIRS, "--body", "x", "--deadline", "soon"], "--deadline: not of the kind"),
        (["--to", THEIRS, "--body", "x", "--on-unknown", "x"], "--on-unknown: not of the kind"),
        (["--to", THEIRS, "--bdy", "secret text"], "no option --bdy: did you mean --body?"),
        (["--body", "secret text"], "--to: missing"),
        (["--to", THEIRS, "--body", "secret", "text"], "too many arguments: put quotation marks"),
        (["--to", THEIRS, "--body", "--dry-run"], "--body: missing"),
    ],
)
def test_wrong_use_is_found_before_anything_is_sent(
    arguments: list[str], said: str, sandbox: Sandbox
) -> None:
    """So that it can be mended and repeated, without texting the first ones twice."""
    ran = volt_here("send", *arguments, env=environment(sandbox))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("volt send: ")
    assert said in ran.err
    assert "secret" not in ran.err
    assert sandbox.requests == []


def test_a_text_that_is_not_utf8_is_refused(sandbox: Sandbox) -> None:
    """In an argument, or in a file."""
    env = environment(sandbox)
    ran = run("send", "--to", THEIRS, "--body", "-", env=env, given=b"caf\xe9")
    assert (ran.code, "--body: the text is not in UTF-8" in ran.err) == (2, True)
    ran = run("send", "--to", THEIRS, "--body", os.fsdecode(b"caf\xe9"), env=env)
    assert (ran.code, "--body: the text has half of" in ran.err) == (2, True)
    assert sandbox.requests == []


def test_a_recipient_given_twice_gets_one_text(sandbox: Sandbox) -> None:
    """However the number is written."""
    to = ["--to", THEIRS, "--to", "(555) 555-0145"]
    ran = run("send", *to, "--body", "Hello", env=environment(sandbox))
    assert (ran.code, len(sandbox.messages)) == (0, 1)
    assert ran.err == "volt send: --to: +1555•••0145 is given twice; it gets one text\n"


def test_no_connection_is_unavailable() -> None:
    """And certain: nothing was sent."""
    env = at("http://127.0.0.1:9/graphql")
    ran = run("send", "--to", THEIRS, "--body", "Hello", "--deadline", "0.5", env=env)
    assert (ran.code, outcomes(ran)) == (4, [(THEIRS, "not_sent")])
    assert ran.objects[0]["error"]["type"] == "UnavailableError"
    assert "nothing was sent" in ran.err


def test_a_failure_after_the_request_is_unknown() -> None:
    """Exit code 5: it may have been sent."""
    with answering(503, "busy") as url:
        to = ["--to", THEIRS, "--to", "+15555550146"]
        ran = run("send", *to, "--body", "Hello", env=at(url))
    assert (ran.code, outcomes(ran)) == (5, [(THEIRS, "unknown"), ("+15555550146", "unknown")])
    assert ran.objects[0]["error"]["requests"] == 1
    assert "volt send: +1555•••0145: the text to +1555•••0145 may have been sent" in ran.err
    assert "Hello" not in ran.err


def test_on_unknown_is_the_clients(sandbox: Sandbox) -> None:
    """`resend` sends again what may have been sent."""
    with answering(503, "busy") as url:
        options = ["--on-unknown", "resend", "--deadline", "5"]
        ran = run("send", "--to", THEIRS, "--body", "Hello", *options, env=at(url))
    assert (ran.code, ran.objects[0]["error"]["requests"] > 1) == (5, True)


def test_what_else_may_have_been_done_is_unknown_too() -> None:
    """A list that may have been filled."""
    with answering(500, "") as url:
        ran = run("list", "add", "regulars", THEIRS, env=at(url))
    assert (ran.code, ran.out) == (5, "")
    assert ran.err.startswith("volt list add: it may have been done: look before you repeat it")


def test_the_worst_of_several_outcomes_is_the_highest_code() -> None:
    """Unknown before unavailable before rejected before wrong use."""
    assert list(Exit) == sorted(Exit)
    assert max(Exit.REJECTED, Exit.UNKNOWN, Exit.UNAVAILABLE, Exit.USAGE) is Exit.UNKNOWN


def test_every_error_has_an_exit_code() -> None:
    """Only what may have been sent has 5."""

    def below(error: type[VoltError]) -> list[type[VoltError]]:
        return [error, *(found for sub in error.__subclasses__() for found in below(sub))]

    for error in below(VoltError):
        code = Exit.of(error("x"))
        assert code in (2, 3, 4, 5)
        assert (code == 5) == error.may_have_been_sent


# Interruptions


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_says_that_the_text_may_be_out(
    number: signal.Signals, code: int, sandbox: Sandbox
) -> None:
    """While the answer is waited for; the next recipient is not tried."""
    late = ["--to", "+17915550120", "--to", THEIRS]  # its answer takes 20 seconds
    process = subprocess.Popen(
        [*COMMAND, "send", *late, "--body", "Hello"],
        env=environment(sandbox),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(lambda: len(sandbox.messages) == 1)
        process.send_signal(number)
        out, err = process.communicate(timeout=WAIT_SECONDS)
    finally:
        process.kill()
        process.communicate()
    found = [json.loads(line) for line in out.splitlines()]
    assert process.returncode == code
    assert [(one["to"], one["outcome"]) for one in found] == [
        ("+17915550120", "unknown"),
        (THEIRS, "not_tried"),
    ]
    assert err == (
        "volt send: +1791•••0120: interrupted; the text to +1791•••0120 may have been sent: "
        "look before you repeat it\n"
    )


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOLT_API_URL", "http://127.0.0.1:9/graphql")
    monkeypatch.setenv("VOLT_TOKEN", "secret-4711")
    monkeypatch.setenv("VOLT_FROM", OWN)
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")


@pytest.mark.usefixtures("in_process")
def test_an_interruption_before_anything_left_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The client leaves no note then."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Volt, "send", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    assert volt.cli.main(["send", "--to", THEIRS, "--to", "5555550146", "--body", "x"]) == 130
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["outcome"], second["outcome"]) == ("not_sent", "not_tried")
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.usefixtures("in_process")
def test_an_interruption_of_another_command_shows_the_clients_note(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as a list that may have been filled."""

    def interrupted(*_: object, **__: object) -> None:
        error = KeyboardInterrupt()
        error.add_note("volt: it may have been done: look before you repeat it")
        raise error

    monkeypatch.setattr(Volt, "add_contacts_to_list", interrupted)
    assert volt.cli.main(["list", "add", "regulars", THEIRS]) == 130
    assert capsys.readouterr().err == "volt: it may have been done: look before you repeat it\n"


def test_an_outcome_is_not_lost_with_the_output(sandbox: Sandbox) -> None:
    """The disk is full: the text is out all the same, and stderr says so."""
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ran = subprocess.run(
            [*COMMAND, "send", "--to", THEIRS, "--body", "Hello"],
            env=environment(sandbox), stdout=full, stderr=subprocess.PIPE, text=True, timeout=60,
        )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (74, "volt send: +1555•••0145: accepted\n")
    assert len(sandbox.messages) == 1


@pytest.mark.parametrize("arguments", [["number", THEIRS], ["--help"], ["doctor"]])
def test_an_output_that_cannot_be_written_is_one_line(arguments: list[str]) -> None:
    """And an exit code of its own."""
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ran = subprocess.run(
            [*COMMAND, *arguments], env=environment(), stdout=full, stderr=subprocess.PIPE,
            text=True, timeout=60,
        )  # fmt: skip
    said = "volt: the output cannot be written: No space left on device\n"
    assert (ran.returncode, ran.stderr) == (74, said)


@pytest.mark.parametrize("arguments", [["number", THEIRS], ["--help"], ["segments", "-"]])
def test_closed_streams_are_no_error(arguments: list[str]) -> None:
    """As of a job that is started with `>&-`."""
    command = [*COMMAND, *arguments]
    ran = subprocess.run(
        ["sh", "-c", '"$@" <&- >&- 2>&-', "sh", *command], env=environment(), timeout=60
    )
    assert ran.returncode == 0


def test_a_reader_that_goes_ends_the_command_quietly(sandbox: Sandbox) -> None:
    """As `| head` does."""
    for n in range(3):
        run("send", "--to", f"+1555555010{n}", "--body", "Hello", env=environment(sandbox))
    process = subprocess.Popen(
        [*COMMAND, "inbox"], env=environment(sandbox), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.wait(WAIT_SECONDS) == 141
    assert process.stderr.read() == b""
    process.stderr.close()


# Following, and what takes long


def test_inbox_follows_until_ctrl_c(sandbox: Sandbox) -> None:
    """What is new comes as it comes; what was shown does not come again."""
    env = environment(sandbox)
    run("send", "--to", THEIRS, "--body", "before", env=env)
    with started("inbox", "--follow", "--interval", "0.2", "--json", env=env) as (
        process,
        terminal,
    ):
        first = read_terminal(terminal, until="before")
        run("send", "--to", "+15555550146", "--body", "meanwhile", env=env)
        second = read_terminal(terminal, until="meanwhile")
        process.send_signal(signal.SIGINT)
        rest = read_terminal(terminal)
        assert process.wait(WAIT_SECONDS) == 130
    shown = [json.loads(line)["lastMessage"] for line in (first + second + rest).splitlines()]
    assert shown == ["before", "meanwhile"]


def test_what_takes_over_a_second_says_that_it_goes_on(sandbox: Sandbox) -> None:
    """On the terminal's stderr, masked; what is quick says nothing."""
    env = environment(sandbox)
    with started("send", "--to", "+17915550102", "--body", "x", env=env, stderr=None) as running:
        seen = read_terminal(running[1])
        assert running[0].wait(WAIT_SECONDS) == 0
    assert "Sending to +1791•••0102 (at most 25 s)" in seen
    assert "accepted" in seen
    with started("send", "--to", THEIRS, "--body", "x", env=env, stderr=None) as running:
        assert "Sending" not in read_terminal(running[1])
