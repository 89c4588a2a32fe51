"""Where the token comes from, how it is kept, and what `volt doctor` reads from it."""

import base64
import json
import os
import re
import stat
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import OWN, ROOT, THEIRS, Sandbox
from tests.terminal import Ran, answering, environment
from tests.terminal import volt_here as volt
from volt.cli._doctor import read_claims
from volt.cli._settings import _toml_text

ANSWER = json.dumps({"data": {"__typename": "Query"}})


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environment(XDG_CONFIG_HOME=str(tmp_path))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "volt/config.toml"
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    return path


def jwt(**claims: object) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + ".x"


def findings(ran: Ran) -> dict[str, dict[str, Any]]:
    return {found["check"]: found for found in ran.objects}


def test_login_keeps_the_settings_for_their_owner_alone(
    env: dict[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    """And every command then has them."""
    options = ["--from", "(555) 555-0123", "--url", sandbox.url]
    ran = volt("login", *options, env=env, given="sandbox\n")
    file = tmp_path / "volt/config.toml"
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"Wrote {file}, for you alone to read.\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert volt("send", "--to", THEIRS, "--body", "Hello", env=env).code == 0
    assert sandbox.messages[0]["fromNumber"] == OWN


def test_login_writes_the_whole_file_anew(env: dict[str, str], tmp_path: Path) -> None:
    """Nothing of the old one, and no other file, is left."""
    volt("login", "--from", OWN, env=env, given="first-token")
    volt("login", env=env, given="second-token")
    (file,) = (tmp_path / "volt").iterdir()
    assert "second-token" in file.read_text()
    assert "first-token" not in file.read_text()
    assert "from" not in file.read_text()


@pytest.mark.parametrize(
    ("token", "options", "said"),
    [
        ("", [], "token: blank"),
        ("two words", [], "token: has white space"),
        ("fine", ["--url", "example.com"], "url: no whole URL"),
        ("fine", ["--url", "http://example.com/"], "url: plain http"),
        ("fine", ["--from", "12"], "--from: "),
    ],
)
def test_login_refuses_what_cannot_be_used(
    token: str, options: list[str], said: str, env: dict[str, str], tmp_path: Path
) -> None:
    """And writes nothing."""
    ran = volt("login", *options, env=env, given=token)
    assert (ran.code, ran.err.startswith(f"volt login: {said}")) == (2, True), ran.err
    assert not (tmp_path / "volt").exists()


def test_the_environment_goes_before_the_file(
    env: dict[str, str], file: Path, sandbox: Sandbox
) -> None:
    """Each setting for itself."""
    file.write_text(f'token = "kept"\nfrom = "+15555550199"\nurl = "{sandbox.url}"\n')
    ran = volt("doctor", env=env | {"VOLT_TOKEN": "sandbox", "VOLT_FROM": OWN})
    assert ran.code == 0
    assert "from VOLT_TOKEN" in findings(ran)["token"]["message"]
    assert findings(ran)["sender"]["message"] == f"{OWN}, from VOLT_FROM"
    assert f"+15555550199, from {file}" in findings(volt("doctor", env=env))["sender"]["message"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_file_that_others_may_read_is_refused(mode: int, env: dict[str, str], file: Path) -> None:
    """With the remedy; the token is not used, nor shown."""
    file.write_text('token = "secret-4711"\n')
    file.chmod(mode)
    ran = volt("send", "--to", THEIRS, "--body", "x", env=env)
    assert (ran.code, ran.out, "4711" in ran.err) == (2, "", False)
    assert f"{file} holds a token, and others may read it: chmod 600 {file}" in ran.err


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(env: dict[str, str], file: Path) -> None:
    """Who could change it could send the token elsewhere."""
    os.chown(file, 12345, 12345)
    ran = volt("doctor", env=env)
    assert (ran.code, "belongs to another user" in ran.out) == (2, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"token = secret-4711", "not TOML, such as: token"),
        (b'token = "caf\xe9-4711"', "not TOML"),
        (b'tokn = "secret-4711"', "'tokn': there are token, from, url"),
        (b"token = 4711", "token: text, in quotation marks"),
    ],
)
def test_a_file_with_a_mistake_is_refused_without_showing_it(
    content: bytes, said: str, env: dict[str, str], file: Path
) -> None:
    """A parser's own words may quote the token."""
    file.write_bytes(content)
    ran = volt("message", "m1", env=env)
    assert (ran.code, said in ran.err, "4711" in ran.err) == (2, True, False), ran.err


def test_without_a_token_the_remedy_is_named(env: dict[str, str]) -> None:
    """Both of them."""
    ran = volt("message", "m1", env=env)
    assert ran.code == 2
    assert "no token: set VOLT_TOKEN, or let `volt login` keep it" in ran.err
    ran = volt("doctor", env=env)
    assert (ran.code, findings(ran)["token"]["state"]) == (2, "fault")


@pytest.mark.parametrize("option", ["--token", "--api-token", "-t"])
def test_a_token_is_never_an_argument(option: str, env: dict[str, str]) -> None:
    """Other users of the machine would see it; nor is it repeated."""
    ran = volt("send", option, "secret-4711", "--to", THEIRS, "--body", "x", env=env)
    assert (ran.code, "4711" in ran.err) == (2, False)


def test_the_file_of_the_page_is_read(env: dict[str, str], file: Path) -> None:
    """As a person would write it."""
    (block,) = re.findall(
        r"^```toml\n(.*?)^```$", (ROOT / "docs/cli.md").read_text(), re.MULTILINE | re.DOTALL
    )
    file.write_text(block.replace("…", "kept"))
    found = findings(volt("doctor", env=env | {"VOLT_API_URL": "http://127.0.0.1:9/graphql"}))
    assert found["token"]["message"].startswith(f"from {file}")
    assert found["sender"]["message"] == f"{OWN}, from {file}"


@given(st.text(min_size=1))
def test_what_login_writes_is_read_as_it_was(text: str) -> None:
    """Whatever is in it."""
    import tomllib

    if not any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        assert tomllib.loads(f"token = {_toml_text(text)}")["token"] == text


# doctor


@pytest.mark.parametrize(
    ("claims", "state", "said", "code"),
    [
        ({"exp": time.time() + 30 * 86_400}, "ok", "ends in 30 days", 0),
        ({"exp": time.time() + 3 * 86_400 + 60}, "warning", "ends in 3 days", 0),
        ({"exp": time.time() - 7_201}, "fault", "it ended 2 hours ago", 2),
        ({}, "info", "does not say", 0),
        ({"exp": "tomorrow"}, "info", "does not say", 0),
        ({"exp": 1e30}, "warning", "no point in time", 0),
        ({"exp": True}, "info", "does not say", 0),
    ],
)
def test_doctor_reads_when_a_token_ends(
    claims: dict[str, object], state: str, said: str, code: int, env: dict[str, str]
) -> None:
    """Without verifying it, which only Volt can."""
    with answering(200, ANSWER) as url:
        ran = volt("doctor", env=env | {"VOLT_TOKEN": jwt(**claims), "VOLT_API_URL": url})
    found = findings(ran)
    assert (ran.code, found["expiry"]["state"]) == (code, state)
    assert said in found["expiry"]["message"]
    assert "a JWT, read but not verified" in found["token"]["message"]


@pytest.mark.parametrize(
    ("claims", "state", "said"),
    [
        ({"scope": "read:messages write:messages"}, "ok", "read:messages, write:messages"),
        ({"permissions": ["write:messages"]}, "ok", "write:messages"),
        ({"scp": ["read:messages", 7]}, "warning", "without write:messages"),
        ({}, "ok", "it names none"),
        ({"scope": 7}, "ok", "it names none"),
    ],
)
def test_doctor_reads_the_scopes_of_a_token(
    claims: dict[str, object], state: str, said: str, env: dict[str, str]
) -> None:
    """In the forms that are in use."""
    with answering(200, ANSWER) as url:
        ran = volt("doctor", env=env | {"VOLT_TOKEN": jwt(**claims), "VOLT_API_URL": url})
    assert ran.code == 0
    assert findings(ran)["scopes"]["state"] == state
    assert said in findings(ran)["scopes"]["message"]


@given(st.text())
def test_whatever_a_token_is_it_can_be_read(token: str) -> None:
    """As a JWT, or as none."""
    payload = base64.urlsafe_b64encode(token.encode(errors="replace")).decode()
    for made in (token, f"a.{token}.c", f"a.{payload}.c"):
        claims = read_claims(made)
        assert claims is None or isinstance(claims, dict)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [(401, "", 3), (200, "<html>", 4), (404, "", 3)],
)
def test_doctor_says_what_is_wrong_with_the_address(
    status: int, body: str, code: int, env: dict[str, str]
) -> None:
    """Or with the token, if that is not taken there."""
    with answering(status, body) as url:
        ran = volt("doctor", env=env | {"VOLT_TOKEN": "secret-4711", "VOLT_API_URL": url})
    assert (ran.code, findings(ran)["address"]["state"]) == (code, "fault")
    assert "4711" not in ran.out + ran.err


def test_doctor_says_that_the_address_is_not_reached(env: dict[str, str]) -> None:
    """With all that could be found out without it."""
    env |= {"VOLT_TOKEN": "x", "VOLT_API_URL": "http://127.0.0.1:9/graphql"}
    ran = volt("doctor", env=env)
    found = findings(ran)
    assert (ran.code, found["address"]["state"], "clock" in found) == (4, "fault", False)


@pytest.mark.parametrize(
    ("offset_seconds", "state", "said"),
    [
        (0, "ok", "agrees"),
        (25, "ok", "agrees"),
        (600, "warning", "10 minutes behind the server's"),
        (-7_260, "warning", "2 hours ahead of the server's"),
    ],
)
def test_doctor_compares_the_clocks(
    offset_seconds: int, state: str, said: str, env: dict[str, str]
) -> None:
    """By the answer's Date."""
    date = formatdate(time.time() + offset_seconds, usegmt=True)
    with answering(200, ANSWER, {"Date": date}) as url:
        ran = volt("doctor", env=env | {"VOLT_TOKEN": "x", "VOLT_API_URL": url})
    assert (ran.code, findings(ran)["clock"]["state"]) == (0, state)
    assert said in findings(ran)["clock"]["message"]
