"""Every command, as a process, against the local Volt: what it does, writes and exits with."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import OWN, ROOT, THEIRS, Sandbox
from tests.terminal import COMMAND, answering, environment, volt
from tests.test_webhooks import BODY, ID, KEY, SIGNATURE, TIMESTAMP
from volt.cli._commands import COMMANDS


@pytest.fixture
def env(sandbox: Sandbox) -> dict[str, str]:
    return environment(sandbox)


def test_send_sends(env: dict[str, str], sandbox: Sandbox) -> None:
    """One text, in the form that Volt wants, and says what Volt answered."""
    ran = volt("send", "--to", "(555) 555-0145", "--body", "Your table is ready.", env=env)
    assert (ran.code, ran.err) == (0, "")
    (outcome,) = ran.objects
    (stored,) = sandbox.messages
    assert stored["variables"] == {
        "to": THEIRS,
        "from": OWN,
        "body": "Your table is ready.",
        "media": [],
    }
    assert (outcome["to"], outcome["outcome"], outcome["requests"]) == (THEIRS, "accepted", 1)
    assert outcome["message"]["id"] == stored["id"]


def test_send_takes_its_text_from_a_file_or_standard_input(
    env: dict[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """In UTF-8; the line break at the end is the file's, not the text's."""
    file = tmp_path / "menu.txt"
    file.write_bytes("\ufeffThe menu:\n\nçà ✓\n\n".encode())
    assert volt("send", "--to", THEIRS, "--body-file", str(file), env=env).code == 0
    assert volt("send", "--to", THEIRS, "--body", "-", env=env, given="from a pipe\r\n").code == 0
    bodies = [message["body"] for message in sandbox.messages]
    assert bodies == ["The menu:\n\nçà ✓\n", "from a pipe"]


def test_send_has_media_and_another_sender(env: dict[str, str], sandbox: Sandbox) -> None:
    """An MMS, in the order given."""
    urls = ["https://example.com/menu.png", "https://example.com/card.vcf"]
    media = ["--media", urls[0], "--media", urls[1]]
    del env["VOLT_FROM"]
    ran = volt("send", "--to", THEIRS, "--from", "555-555-0123", "--body", "x", *media, env=env)
    assert ran.code == 0
    assert sandbox.messages[0]["variables"]["media"] == urls
    assert sandbox.messages[0]["fromNumber"] == OWN


def test_a_dry_run_shows_the_exact_request_and_sends_nothing(
    env: dict[str, str], sandbox: Sandbox
) -> None:
    """The very body that is then sent; a token is not needed, and never shown."""
    command = ["send", "--to", THEIRS, "--to", "5555550146", "--body", "Héllo ✓"]
    ran = volt(*command, "--dry-run", env=env | {"VOLT_TOKEN": "secret-4711"})
    assert (ran.code, ran.err) == (0, "")
    assert "4711" not in ran.out
    first, second = ran.objects
    assert (first["encoding"], first["segments"], first["units"]) == ("UCS-2", 1, 7)
    assert first["request"]["headers"]["Authorization"] == "Bearer •••"
    assert second["request"]["body"]["variables"]["to"] == "+15555550146"
    assert sandbox.requests == []
    assert volt(*command, env=env).code == 0
    assert [json.loads(request["body"]) if isinstance(request["body"], str) else request["body"]
            for request in sandbox.requests] == [first["request"]["body"], second["request"]["body"]]  # fmt: skip
    without = {name: value for name, value in env.items() if name != "VOLT_TOKEN"}
    assert volt(*command, "--dry-run", env=without).code == 0


def test_message_shows_what_became_of_it(env: dict[str, str], sandbox: Sandbox) -> None:
    """With its error code; one that Volt does not have is exit code 3."""
    volt("send", "--to", "+1 899 555 0102", "--body", "Hello", env=env)
    id_ = sandbox.messages[0]["id"]
    ran = volt("message", id_, env=env)
    assert (ran.code, ran.objects[0]["id"], "errorCode" in ran.objects[0]) == (0, id_, True)
    ran = volt("message", "rf_nothing", env=env)
    assert (ran.code, ran.out, ran.err) == (
        3,
        "",
        "volt message: there is no message with this id\n",
    )


def test_conversation_and_inbox_have_the_newest_last(env: dict[str, str], sandbox: Sandbox) -> None:
    """As many as asked for, and those the newest."""
    for body in ("one", "two", "three"):
        volt("send", "--to", THEIRS, "--body", body, env=env)
    volt("send", "--to", "+15555550146", "--body", "four", env=env)
    ran = volt("conversation", "555 555 0145", "--limit", "2", env=env)
    assert [message["body"] for message in ran.objects] == ["two", "three"]
    ran = volt("conversation", THEIRS, "--limit", "0", env=env)
    assert [message["body"] for message in ran.objects] == ["one", "two", "three"]
    ran = volt("inbox", env=env)
    assert [item["lastMessage"] for item in ran.objects] == ["three", "four"]
    ran = volt("conversation", "+15555550199", env=env)
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_contacts_are_made_changed_and_shown(env: dict[str, str]) -> None:
    """All of a contact must be said, so that none is unblocked by accident."""
    put = ["contact", "put", "(555) 555-0147", "--name", "Ada"]
    ran = volt(*put, "--blocked", "--field", "table=12", env=env)
    assert (ran.code, ran.objects[0]["blocked"], ran.objects[0]["name"]) == (0, True, "Ada")
    assert volt(*put, "--not-blocked", "--no-fields", env=env).objects[0]["blocked"] is False
    assert volt("contact", "get", "+15555550147", env=env).objects[0]["name"] == "Ada"
    for options, said in [
        (["--no-fields"], "--blocked: missing"),
        (["--blocked"], "--field"),
        (["--blocked", "--no-fields", "--field", "a=b"], "--field"),
        (["--blocked", "--field", "nothing"], "--field: write it as KEY=VALUE"),
    ]:
        ran = volt(*put, *options, env=env)
        assert (ran.code, said in ran.err) == (2, True), ran.err
    ran = volt("contact", "get", "+15555550199", env=env)
    assert (ran.code, ran.out, "+1555•••0199" in ran.err) == (3, "", True)


def test_lists_are_made_filled_and_shown(env: dict[str, str]) -> None:
    """A number given twice is put on it once."""
    assert volt("list", "put", "regulars", env=env).objects[0]["name"] == "regulars"
    ran = volt("list", "add", "regulars", "5555550147", "+15555550147", "5555550148", env=env)
    assert (ran.code, ran.objects[0]["size"]) == (0, 2)
    assert volt("list", "get", "regulars", env=env).objects[0]["size"] == 2
    assert volt("list", "get", "nobody", env=env).code == 3
    ran = volt("list", "put", "adas", "--source", "regulars", "--search", "Ada", env=env)
    assert ran.objects[0]["querySourceListName"] == "regulars"
    assert ran.objects[0]["queryNameSearchTerm"] == "Ada"


def test_webhooks_are_added_listed_and_removed(env: dict[str, str], sandbox: Sandbox) -> None:
    """With their events; Volt tries the URL first."""
    with answering(200, "") as url:
        ran = volt("webhook", "add", url, "--event", "received", "--event", "sent", env=env)
        assert ran.code == 0, ran.err
        added = ran.objects[0]
        assert sorted(added["eventTypes"]) == ["MESSAGE_RECEIVED", "MESSAGE_SENT"]
        assert volt("webhook", "list", env=env).objects == [added]
        assert volt("webhook", "remove", added["id"], env=env).objects[0]["id"] == added["id"]
    assert volt("webhook", "list", env=env).out == ""
    assert volt("webhook", "add", "example.com", env=env).code == 2


@pytest.mark.parametrize("form", ["key", "file"])
def test_webhook_verify_knows_the_vendors_example(form: str, tmp_path: Path) -> None:
    """From standard input or a file; anything changed is exit code 3."""
    key = KEY
    if form == "file":
        pem = tmp_path / "volt.pem"
        pem.write_text(f"-----BEGIN PUBLIC KEY-----\n{KEY}\n-----END PUBLIC KEY-----\n")
        key = str(pem)
    options = ["--key", key, "--id", ID, "--timestamp", TIMESTAMP, "--signature", SIGNATURE]
    of_any_age = [*options, "--tolerance", "0"]
    env = environment()
    ran = volt("webhook", "verify", *of_any_age, env=env, given=BODY)
    assert (ran.code, ran.objects[0]["verified"]) == (0, True)
    (tmp_path / "body").write_bytes(BODY)
    assert volt("webhook", "verify", str(tmp_path / "body"), *of_any_age, env=env).code == 0
    ran = volt("webhook", "verify", *of_any_age, env=env, given=BODY + b"\n")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == (
        "volt webhook verify: the webhook was not signed with this key, or was changed since\n"
    )
    ran = volt("webhook", "verify", *options, env=env, given=BODY)
    assert (ran.code, "ago; at most 0:05:00" in ran.err) == (3, True)


def test_number_brings_numbers_into_e164_form() -> None:
    """Each on its own; one that is none does not hide the others."""
    ran = volt("number", "(555) 555-0145", "12", "+44 20 7946 0958", env=environment())
    assert [found["e164"] for found in ran.objects] == [THEIRS, "+442079460958"]
    assert ran.objects[0]["number"] == "(555) 555-0145"
    assert (ran.code, "NUMBER: the phone number is too short" in ran.err) == (2, True)


def test_number_tells_more_of_the_numbers_of_other_countries() -> None:
    """With the extra."""
    ran = volt("number", "--region", "GB", "020 7946 0958", "--details", env=environment())
    (found,) = ran.objects
    assert (found["e164"], found["region"], found["possible"]) == ("+442079460958", "GB", True)


def test_segments_are_counted_and_explained() -> None:
    """What forces UCS-2, where, and what could stand there."""
    (found,) = volt("segments", "It’s ready", env=environment()).objects
    assert (found["encoding"], found["segments"], found["units"]) == ("UCS-2", 1, 10)
    assert found["non_gsm"][0] == {
        "position": 2,
        "text": "’",
        "name": "U+2019 RIGHT SINGLE QUOTATION MARK",
        "kind": "typography",
        "replacement": "'",
    }
    (found,) = volt("segments", "-", "--gsm", env=environment(), given="It’s ready\n").objects
    assert (found["encoding"], found["text"]) == ("GSM-7", "It's ready")
    assert volt("segments", "a" * 161, env=environment()).objects[0]["segments"] == 2


def test_a_snippet_is_a_program_that_sends(env: dict[str, str], sandbox: Sandbox) -> None:
    """What is printed is run."""
    body = "Quotes ' \" and\nlines"
    ran = volt("snippet", "python", "--to", "5555550145", "--body", body, env=env)
    assert (ran.code, ran.err) == (0, "")
    subprocess.run(
        ["python3", "-"], input=ran.out, text=True, env=env, timeout=60, check=True,
        capture_output=True,
    )  # fmt: skip
    assert sandbox.messages[0]["body"] == body
    ran = volt("snippet", "pyhton", env=env)
    assert (ran.code, "did you mean python?" in ran.err) == (2, True)


def test_doctor_finds_nothing_wrong(env: dict[str, str]) -> None:
    """Of the local Volt."""
    ran = volt("doctor", env=env)
    assert (ran.code, ran.err) == (0, "")
    states = {found["check"]: found["state"] for found in ran.objects}
    assert states == {
        "versions": "info",
        "token": "ok",
        "sender": "ok",
        "address": "ok",
        "clock": "ok",
    }


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_has_every_command(shell: str) -> None:
    """And their options."""
    ran = volt("completion", shell, env=environment())
    assert ran.code == 0
    for name in (name for commands in COMMANDS.values() for name in commands):
        assert name in ran.out
    assert "on-unknown" in ran.out


def test_bash_completes() -> None:
    """The script as a user sources it."""
    script = volt("completion", "bash", env=environment()).out
    asked = "COMP_WORDS=(volt send --on); COMP_CWORD=2; _volt; echo ${COMPREPLY[@]}"
    ran = subprocess.run(
        ["bash", "--norc", "-c", f"{script}\n{asked}"], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "--on-unknown\n"


def test_schema_compares(env: dict[str, str]) -> None:
    """Through the same door as `python -m volt.schema`."""
    ran = volt("schema", "diff", env=env)
    assert (ran.code, ran.err) == (0, "")
    assert "nothing breaks" in ran.out


def test_schema_uses_the_token_that_login_keeps(env: dict[str, str], tmp_path: Path) -> None:
    """Though it asks only the environment."""
    env |= {"XDG_CONFIG_HOME": str(tmp_path)}
    url, token = env.pop("VOLT_API_URL"), env.pop("VOLT_TOKEN")
    assert volt("login", "--url", url, env=env, given=token).code == 0
    assert volt("schema", "diff", env=env).code == 0


def test_without_the_extra_one_line_names_the_install() -> None:
    """For every command but the sandbox, the schema and the overview."""
    code = COMMAND[2].replace("import sys", "import sys; sys.modules['cyclopts'] = None", 1)
    env = environment()

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [COMMAND[0], "-c", code, *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, cwd=ROOT)

    for arguments in (["send", "--to", THEIRS], ["send", "--help"], []):
        ran = run(*arguments)
        assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
        assert ran.stderr.endswith("pip install 'volt-sms[cli]'\n")
    assert run("--help").returncode == run("--version").returncode == 0
    assert run("sandbox", "--help").returncode == 0
