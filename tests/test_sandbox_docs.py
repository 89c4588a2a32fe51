"""docs/sandbox.md: its tables are those of the code, its commands and programs run."""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable

import httpx
import pytest

from codegen.markdown import table
from tests.conftest import OWN, ROOT, VENV
from tests.test_sandbox_process import running
from volt import ConfigurationError, Volt
from volt.sandbox._chaos import FAULTS
from volt.sandbox._magic import CODES, TABLE
from volt.sandbox._opt_outs import START_WORDS, STOP_WORDS, UNTRACKED_WORDS

PAGE = (ROOT / "docs/sandbox.md").read_text()
VOLT = [sys.executable, "-c", "import sys; from volt.cli import main; sys.exit(main())"]


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


LINES = [line for block in blocks("sh") for line in block.splitlines()]
STARTS = [line for line in LINES if line.startswith("volt ")]
OTHERS = [line for line in LINES if not line.startswith("volt ")]


def codes_table() -> str:
    refused, failing = TABLE[: len(CODES)], TABLE[len(CODES) : 2 * len(CODES)]
    rows = zip(CODES.items(), refused, failing, strict=True)
    return table(
        [
            "code",
            "refused when sent to",
            "accepted, then fails, when sent to",
            "what the code says",
        ],
        [
            [code, f"`{first.number}`", f"`{second.number}`", meaning]
            for (code, meaning), first, second in rows
        ],
    )


def others_table() -> str:
    rows = [[f"`{row.number}`", row.does] for row in TABLE[2 * len(CODES) :]]
    return table(["a text to", "what happens to it"], rows)


def faults_table() -> str:
    rows = [
        [
            f"`{name}`",
            fault.does,
            "yes" if fault.accepts else "no",
            "" if fault.seconds is None else f"{fault.seconds:g}",
        ]
        for name, fault in FAULTS.items()
    ]
    return table(["fault", "the client meets", "is the text out?", "`seconds`"], rows)


@pytest.mark.parametrize("made", [codes_table, others_table, faults_table])
def test_the_tables_are_those_of_the_code(made: Callable[[], str]) -> None:
    """Row for row; here is what belongs into the page."""
    assert made() in PAGE, made()


def test_the_words_are_those_of_the_code() -> None:
    """Each set, in its own sentence."""
    page = PAGE.replace("OPT OUT", "OPTOUT").replace("\n", " ")
    for sentence in (
        r"STOP, REMOVE, [A-Z, ]+ and QUIT",
        r"START and UNSTOP",
        r"END, REVOKE and STOPALL",
    ):
        [found] = re.findall(sentence, page)
        assert set(re.findall("[A-Z]+", found)) in (STOP_WORDS, START_WORDS, UNTRACKED_WORDS)


@pytest.mark.parametrize("line", STARTS)
def test_the_sandbox_starts_as_the_page_says(line: str, tmp_path: object) -> None:
    """Each of its command lines, on a free port."""
    options = [str(tmp_path) + "/texts.db" if o == "texts.db" else o for o in shlex.split(line)]
    popen = subprocess.Popen(
        [*VOLT, *options[1:], "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert popen.stdout
        first = popen.stdout.readline()
        expected = "Volt sandbox: http://" if "--json" not in options else '{"time"'
        assert first.startswith(expected), popen.stderr and popen.stderr.read()
    finally:
        popen.terminate()
        popen.communicate(timeout=20)
    assert popen.returncode == 0


def test_the_other_commands_do_what_the_page_says() -> None:
    """In order, in one shell's environment, against one sandbox."""
    told: list[str] = []
    with running() as process:
        environment = os.environ | {"PATH": f"{VENV / 'bin'}:{os.environ['PATH']}"}
        for line in OTHERS:
            if line.startswith("export "):
                pairs = shlex.split(line.replace("8026", str(process.port)))[1:]
                environment |= dict(pair.split("=", 1) for pair in pairs)
                continue
            ran = subprocess.run(
                ["sh", "-c", line.replace("8026", str(process.port))],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert (ran.returncode, ran.stderr) == (0, ""), line
            told.append(ran.stdout)
    sent, messages, doubles, reset, reply, chaos, cleared = told
    assert sent == "queued\n"
    assert [message["body"] for message in json.loads(messages)] == ["Hello"]
    assert json.loads(doubles) == []
    assert json.loads(reply)["isOptedOut"] is True
    assert json.loads(chaos)["fault"] == "503"
    assert (reset, cleared) == ("", "")


@pytest.mark.parametrize("code", blocks("python"))
def test_the_programs_run(code: str) -> None:
    """Each as one of its own."""
    with running() as process:
        settings = {"VOLT_API_URL": process.url, "VOLT_TOKEN": "sandbox", "VOLT_FROM": OWN}
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env=os.environ | settings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout


def test_the_compose_file_starts_a_sandbox_that_its_client_can_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the name of the service as host, if plain http is allowed; the page asks for its token."""
    [compose] = blocks("yaml")
    [command] = re.findall(r"&& volt sandbox (.*)\"$", compose, re.MULTILINE)
    [settings] = re.findall(r"environment: \{(.*)\}", compose)
    environment = dict(re.findall(r'(\w+): "(.*?)"', settings))
    assert environment == {
        "VOLT_API_URL": "http://volt:8026/graphql",
        "VOLT_TOKEN": "sandbox",
        "VOLT_FROM": OWN,
    }
    with running(*shlex.split(command)) as process:
        headers = {"Host": "volt:8026"}
        page = httpx.get(httpx.URL(process.url).join("/"), headers=headers)
        assert page.status_code == 401
        headers["Authorization"] = f"Bearer {environment['VOLT_TOKEN']}"
        api = httpx.post(process.url, headers=headers, json={"query": "{ webhooks { id } }"})
        assert api.json() == {"data": {"webhooks": []}}

        here = socket.getaddrinfo("127.0.0.1", process.port, type=socket.SOCK_STREAM)
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: {"volt": here}[host])
        url = environment.pop("VOLT_API_URL").replace("8026", str(process.port))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(ConfigurationError, match="insecure_http=True allows it"):
            Volt(url=url)
        with Volt(url=url, insecure_http=True) as client:
            assert client.send("(555) 555-0145", "Hello from a container.").status == "queued"


def test_no_block_is_in_a_language_that_nobody_runs() -> None:
    """Each kind has its test above."""
    assert set(re.findall(r"^```(.+)$", PAGE, re.MULTILINE)) == {"sh", "python", "yaml"}
