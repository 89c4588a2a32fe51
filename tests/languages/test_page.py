"""docs/languages/README.md: each of its commands is run as it stands."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import Sandbox
from tests.languages.conftest import ACCEPTED, Stub
from tests.languages.runtimes import FOLDER, PROGRAMS, RUNTIMES, require, run
from tests.languages.test_programs import EXAMPLE
from volt.snippets import LANGUAGES, render
from volt_graphql import CREATE_MESSAGE

PAGE = (FOLDER / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
COMMANDS = re.sub(r"\|\n +", "| ", "".join(code for kind, code in BLOCKS if kind == "sh"))
EXPORT, *RUN_IT, SEND_PLAIN, SEND_BY_TLS = COMMANDS.splitlines()


def in_copy(command: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    copy = folder / "languages"
    shutil.copytree(FOLDER, copy)
    return run(["sh", "-c", command], cwd=copy, **variables)


def test_the_page_has_a_command_for_each_program() -> None:
    """And blocks in no other language than those that are run here."""
    assert [kind for kind, _ in BLOCKS] == ["sh", "sh", "sh", "python"]
    for language, command in zip(PROGRAMS, RUN_IT, strict=True):
        assert LANGUAGES[language] in command
    for language, name in LANGUAGES.items():
        (packages,) = re.findall(rf"^\| \[{name}\]\({name}\) \| `([^`]*)`", PAGE, re.MULTILINE)
        assert packages == RUNTIMES[language].packages
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (FOLDER / target).exists(), target


@pytest.mark.parametrize("language", PROGRAMS)
def test_the_pages_command_runs_the_program(
    language: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """After the line that sets the environment."""
    require(language)
    command = RUN_IT[PROGRAMS.index(language)]
    port = str(urlsplit(sandbox.url).port)
    ran = in_copy(f"{EXPORT.replace('8026', port)}\n{command}", tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert re.fullmatch(r"Accepted: rf_\w+ \(queued\)\n", ran.stdout)
    assert [message["variables"] for message in sandbox.messages] == [EXAMPLE]


def test_the_pages_command_sends_the_http_request_as_it_is(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """But for token and host, and those only in the head; the reply is shown whole."""
    require("http")
    send = SEND_PLAIN.replace("8026", str(urlsplit(sandbox.url).port))
    (tmp_path / "a").mkdir()
    ran = in_copy(send, tmp_path / "a", VOLT_TOKEN="sandbox")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("HTTP/1.1 200 OK")
    assert '"data": {"createMessage": {"id": "rf_' in ran.stdout
    (message,), (request,) = sandbox.messages, sandbox.requests
    assert message["variables"] == EXAMPLE
    assert request["body"]["query"] == CREATE_MESSAGE.document
    assert request["headers"]["host"] == urlsplit(sandbox.url).netloc

    (tmp_path / "b").mkdir()
    refused = in_copy(send, tmp_path / "b", VOLT_TOKEN="wrong")
    assert refused.stdout.startswith("HTTP/1.1 401")
    assert "The bearer token is missing or wrong." in refused.stdout
    source = render("http", from_="+15555550199", body="<token>")
    send = f"{send.split('|')[0].replace(LANGUAGES['http'], '')} | nc 127.0.0.1 "
    ran = run(
        ["sh", "-c", f"{send}{urlsplit(sandbox.url).port}"], text=source, VOLT_TOKEN="sandbox"
    )
    assert '{"code": "103"}' in ran.stdout
    assert sandbox.requests[-1]["body"]["variables"]["body"] == "<token>"


def test_the_pages_command_for_tls_sends_to_a_proven_server_alone(
    tls_stub: Stub, certificate: Path, tmp_path: Path
) -> None:
    """The same request, by openssl."""
    require("http")
    send = SEND_BY_TLS.replace("api.respondflow.com:443", f"localhost:{tls_stub.server_port}")
    (tmp_path / "a").mkdir()
    refused = in_copy(send, tmp_path / "a", VOLT_TOKEN="t")
    assert refused.returncode != 0
    assert "verify" in refused.stderr
    assert tls_stub.paths == []
    send = send.replace("api.respondflow.com", "localhost")
    send = send.replace("-quiet", f"-quiet -CAfile {certificate}")
    (tmp_path / "b").mkdir()
    ran = in_copy(send, tmp_path / "b", VOLT_TOKEN="t")
    assert ran.stdout.startswith("HTTP/1.1 200 OK")
    assert ran.stdout.endswith(ACCEPTED)
    assert tls_stub.paths == ["/graphql"]


def test_the_pages_python_block_writes_every_program() -> None:
    """With the user's own text."""
    (code,) = (code for kind, code in BLOCKS if kind == "python")
    ran = run([sys.executable, "-c", code])
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("mutation createMessage") == len(LANGUAGES)
