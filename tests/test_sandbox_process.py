"""The sandbox as a process: how it starts, what it prints, how it ends, what it loads."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from threading import Timer

import httpx
import pytest

from volt.cli import main

MODULE = [sys.executable, "-m", "volt.sandbox"]
COMMAND = [sys.executable, "-c", "import sys; from volt.cli import main; sys.exit(main())"]
WAIT_SECONDS = 20
# Python's default: a line is not out before it is flushed.
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
CREATE = """mutation createMessage($to: String!, $from: String!, $body: String!) {
  createMessage(to: $to, from: $from, body: $body) { id }
}"""


class Process:
    """A running sandbox and the lines it printed."""

    def __init__(self, popen: subprocess.Popen[str]) -> None:
        self.popen = popen
        assert popen.stdout
        self.lines = [popen.stdout.readline().rstrip("\n") for _ in range(5)]
        self.url = self.lines[0].removeprefix("Volt sandbox: ")
        self.port = httpx.URL(self.url).port or 0

    def end(self, number: signal.Signals) -> tuple[int, str, float]:
        """Send the signal: the exit code, all of stderr, and how many seconds it took."""
        start = time.monotonic()
        self.popen.send_signal(number)
        _, stderr = self.popen.communicate(timeout=WAIT_SECONDS)
        return self.popen.returncode, stderr, time.monotonic() - start


@contextmanager
def running(*arguments: str, command: Sequence[str] = MODULE) -> Iterator[Process]:
    popen = subprocess.Popen(
        [*command, "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=BUFFERED,
    )
    watchdog = Timer(WAIT_SECONDS, popen.kill)  # ends the wait for a line that never comes
    watchdog.start()
    try:
        yield Process(popen)
    finally:
        watchdog.cancel()
        popen.kill()
        popen.communicate(timeout=WAIT_SECONDS)


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=WAIT_SECONDS)


def without(*modules: str) -> list[str]:
    """Name a Python in which these modules cannot be imported, as if they were not installed."""
    blocked = "".join(f"sys.modules[{module!r}] = None; " for module in modules)
    return [sys.executable, "-c", f"import runpy, sys; {blocked}"]


# Starting


def test_the_first_line_is_the_address_and_the_others_can_be_pasted() -> None:
    """The shell that reads the printed lines has what a client needs."""
    token = 'it\'s $HOME `a` "b"'
    with running("--token", token, "--sender", "+15555550100", "+15555550101") as process:
        assert process.lines[0] == f"Volt sandbox: http://127.0.0.1:{process.port}/graphql"
        assert process.lines[1] == "# Ctrl-C stops it. In another terminal:"
        assert [shlex.split(line) for line in process.lines[2:]] == [
            ["export", f"VOLT_API_URL={process.url}"],
            ["export", f"VOLT_TOKEN={token}"],
            ["export", "VOLT_FROM=+15555550100"],
        ]
        for sender in ["+15555550100", "+15555550101"]:
            reply = httpx.post(
                process.url,
                headers={"Authorization": f"Bearer {token}"},
                json={
                    "query": CREATE,
                    "variables": {"to": "+15555550145", "from": sender, "body": "Hi"},
                },
            )
            assert reply.json()["data"]["createMessage"]["id"]
        shown = httpx.get(httpx.URL(process.url).join("/_sandbox/messages")).json()
        assert [message["fromNumber"] for message in shown] == ["+15555550100", "+15555550101"]


def test_the_defaults_are_the_documented_ones() -> None:
    """Token `sandbox`, and the sender of the vendor's article."""
    with running() as process:
        assert process.lines[3:] == [
            "export VOLT_TOKEN=sandbox",
            "export VOLT_FROM=+15555550123",
        ]
    assert "8026" in run([*MODULE, "--help"]).stdout


def test_it_listens_on_the_loopback_address_only() -> None:
    """Other machines cannot reach it, and no option lets them."""
    with running() as process:
        listening = Path(f"/proc/{process.popen.pid}/net/tcp")
        if listening.exists():
            rows = [line.split() for line in listening.read_text().splitlines()[1:]]
            local = [
                row[1] for row in rows if row[3] == "0A" and row[1].endswith(f"{process.port:04X}")
            ]
            assert local == [f"0100007F:{process.port:04X}"]
    assert run([*MODULE, "--host", "0.0.0.0"]).returncode == 2


@pytest.mark.parametrize(
    "options",
    [
        ["--port", "x"],
        ["--port", "65536"],
        ["--port=-1"],
        ["--token", ""],
        ["--token", "  "],
        ["--sender", "5555550123"],
        ["--sender"],
        ["--nonsense"],
        ["nonsense"],
    ],
)
def test_unusable_options_are_one_line_and_exit_code_2(options: list[str]) -> None:
    """What is wrong is said in one line, without a traceback."""
    done = run([*MODULE, *options])
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("python -m volt.sandbox: ")
    assert done.stderr.count("\n") == 1


def test_a_port_in_use_is_one_line_and_exit_code_2() -> None:
    """A second sandbox on the same port says so, and how to go on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run([*MODULE, "--port", str(port)])
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == (
        f"python -m volt.sandbox: port {port} is in use; "
        "choose another with --port, or --port 0 for a free one\n"
    )


# Ending


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_right_after_the_first_line_ends_it_with_exit_code_0(
    number: signal.Signals,
) -> None:
    """It can be ended before it serves the first request."""
    with running() as process:
        code, stderr, _ = process.end(number)
    assert (code, stderr) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_kept_alive_connections_do_not_delay_the_end(number: signal.Signals) -> None:
    """A client that keeps its connection open for later is not waited for, which takes a second."""
    with running() as process:
        _, _, seconds_alone = process.end(number)
    with running() as process, httpx.Client() as client:
        assert client.get(httpx.URL(process.url).join("/")).status_code == 200
        with socket.create_connection(("127.0.0.1", process.port)):
            code, stderr, seconds = process.end(number)
    assert (code, stderr) == (0, "")
    assert seconds < seconds_alone + 0.8


def test_a_request_under_way_is_cut_short_without_a_word() -> None:
    """A client that never finishes its request delays the end by about a second, not for ever."""
    half = b"POST /graphql HTTP/1.1\r\nHost: volt\r\nContent-Length: 9\r\n\r\n{"
    with running() as process, socket.create_connection(("127.0.0.1", process.port)) as client:
        client.sendall(half)
        httpx.get(httpx.URL(process.url).join("/"))
        code, stderr, seconds = process.end(signal.SIGTERM)
    assert (code, stderr) == (0, "")
    assert seconds < 5


def test_a_client_that_hangs_up_in_the_middle_leaves_no_trace() -> None:
    """Half a request is neither stored nor an error of the sandbox."""
    with running() as process:
        with socket.create_connection(("127.0.0.1", process.port)) as client:
            client.sendall(b"POST /graphql HTTP/1.1\r\nHost: volt\r\nContent-Length: 9\r\n\r\n{")
        shown = httpx.get(httpx.URL(process.url).join("/_sandbox/requests")).json()
        code, stderr, _ = process.end(signal.SIGTERM)
    assert shown == []
    assert (code, stderr) == (0, "")


def test_refused_requests_leave_stderr_empty() -> None:
    """A terminal that runs the sandbox all day is not filled with tracebacks."""
    with running() as process:
        headers = {"Authorization": "Bearer sandbox"}
        variables = {"to": "5", "from": "+15555550123", "body": "Hi"}
        httpx.post(process.url, headers=headers, json={"query": CREATE, "variables": variables})
        httpx.post(process.url, headers=headers, json={"query": "{"})
        httpx.post(process.url)
        # More than a socket buffers: the answer arrives although the client is still sending.
        large = httpx.post(process.url, content=b" " * 8_000_000)
        code, stderr, _ = process.end(signal.SIGTERM)
    assert large.status_code == 413
    assert (code, stderr) == (0, "")


# What it loads


def test_it_loads_nothing_of_the_client() -> None:
    """Otherwise the client and the sandbox could be wrong together."""
    program = (
        "import sys, volt.sandbox, volt.sandbox.__main__, volt.sandbox._server;"
        "volt.sandbox.create_app();"
        "print(*sys.modules)"
    )
    loaded = run([sys.executable, "-c", program]).stdout.split()
    assert "ariadne" in loaded
    ours = {name for name in loaded if name.partition(".")[0] == "volt"}
    beside = {name for name in ours if not name.startswith("volt.sandbox")}
    assert beside == {"volt", "volt._contract"}  # which only says where the schema lies
    assert {"httpx", "pydantic", "volt_graphql", "backoff"}.isdisjoint(loaded)


def test_importing_the_package_loads_no_extra() -> None:
    """Its help works without the extra, which is loaded on first use."""
    program = "import json, sys, volt.sandbox.__main__; print(json.dumps(list(sys.modules)))"
    loaded = json.loads(run([sys.executable, "-c", program]).stdout)
    assert {"ariadne", "graphql", "starlette", "uvicorn", "asyncio"}.isdisjoint(loaded)


def test_the_package_exports_create_app_only() -> None:
    """Any other name is an ordinary attribute error."""
    import volt.sandbox

    assert volt.sandbox.__all__ == ["create_app"]
    with pytest.raises(AttributeError):
        _ = volt.sandbox.destroy_app


@pytest.mark.parametrize("missing", ["ariadne", "uvicorn"])
@pytest.mark.parametrize("door", ["module", "command"])
def test_without_the_extra_one_line_names_the_install(missing: str, door: str) -> None:
    """Both ways to start it say what to install."""
    program = {
        "module": "runpy.run_module('volt.sandbox', run_name='__main__')",
        "command": "sys.argv = ['volt', 'sandbox']; from volt.cli import main; sys.exit(main())",
    }
    *python, blocked = without(missing)
    done = run([*python, blocked + program[door]])
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.endswith("pip install 'volt-sms[sandbox]'\n")


def test_without_the_extra_an_import_of_the_app_names_the_install() -> None:
    """As both ways to start it do."""
    *python, blocked = without("starlette")
    done = run([*python, f"{blocked}from volt.sandbox import create_app"])
    assert done.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: the sandbox is an extra; install it: pip install 'volt-sms[sandbox]'"
    )


def test_another_missing_module_is_not_taken_for_the_extra() -> None:
    """A broken installation is not explained away."""
    *python, blocked = without("hmac")
    done = run([*python, f"{blocked}runpy.run_module('volt.sandbox', run_name='__main__')"])
    assert done.returncode == 1
    assert "hmac" in done.stderr
    assert "pip install" not in done.stderr


# The command


def test_volt_sandbox_has_the_same_options() -> None:
    """`volt sandbox` is `python -m volt.sandbox` under another name."""
    by_module = run([*MODULE, "--help"])
    by_command = run([*COMMAND, "sandbox", "--help"])
    assert by_command.returncode == by_module.returncode == 0
    assert "usage: volt sandbox" in by_command.stdout
    assert by_command.stdout.partition("options:")[2] == by_module.stdout.partition("options:")[2]
    assert run([*COMMAND, "sandbox", "--port", "x"]).stderr.startswith("volt sandbox: ")


def test_volt_sandbox_serves() -> None:
    """The command starts a sandbox that a client can talk to."""
    with running(command=[*COMMAND, "sandbox"]) as process:
        assert httpx.post(process.url).status_code == 401
        code, stderr, _ = process.end(signal.SIGTERM)
    assert (code, stderr) == (0, "")


def test_volt_help_and_version_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Both are asked for, so they go to stdout."""
    assert main(["--help"]) == 0
    assert "sandbox " in capsys.readouterr().out
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{version('volt-sms')}\n"


def test_volt_reads_the_arguments_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The script entry calls it without arguments."""
    monkeypatch.setattr(sys, "argv", ["volt", "--help"])
    assert main() == 0
