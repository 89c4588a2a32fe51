"""What the options of the process do: a file that keeps, lines of JSON, other addresses."""

import json
import logging
import signal
import socket
import sqlite3
import subprocess
import time
from io import StringIO
from pathlib import Path
from threading import Timer
from typing import Any

import httpx
import pytest

from tests.test_sandbox import ARGUMENTS, CREATE, OWN, PERSON
from tests.test_sandbox_process import BUFFERED, MODULE, WAIT_SECONDS, Process, run, running
from volt.sandbox import create_app
from volt.sandbox._database import Database, DatabaseError
from volt.sandbox._log import JSONLog, mask

HEADERS = {"Authorization": "Bearer sandbox"}


def send(process: Process, **changes: Any) -> httpx.Response:
    content = json.dumps({"query": CREATE, "variables": ARGUMENTS | changes})
    headers = HEADERS | {"Content-Type": "application/json"}
    return httpx.post(process.url, headers=headers, content=content)


def get(process: Process, path: str) -> Any:
    return httpx.get(httpx.URL(process.url).join(f"/_sandbox/{path}")).json()


# Starting


def test_it_starts_in_under_two_seconds_and_names_the_inbox() -> None:
    """Time to the first answer, on a machine that does other things too: generous by far."""
    start = time.monotonic()
    with running() as process:
        assert httpx.get(httpx.URL(process.url).join("/")).status_code == 200
        assert time.monotonic() - start < 10
        assert process.popen.stdout
        assert f" http://127.0.0.1:{process.port}/ " in process.popen.stdout.readline()
        assert "python -c" in process.popen.stdout.readline()


def test_the_options_reach_the_sandbox() -> None:
    """Each shows in what it does."""
    options = ["--pace", "0", "--keep", "2", "--chaos", "503,count=1", "--seed", "1"]
    with running(*options, "--standard-webhooks", "--webhook-host", "app") as process:
        assert [send(process, body=str(number)).status_code for number in range(4)] == [503] + [
            200
        ] * 3
        assert [(m["body"], m["status"]) for m in get(process, "messages")] == [
            ("2", "delivered"),
            ("3", "delivered"),
        ]
        assert get(process, "state")["paceSeconds"] == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--pace", "-1"], "the pace must be"),
        (["--pace", "x"], "--pace"),
        (["--keep", "0"], "keep"),
        (["--chaos", "teapot"], "'fault' is one of"),
        (["--chaos", "503,count=x"], "'count'"),
        (["--page-token", " "], "for the page, the token"),
        (["--host", "0.0.0.0"], "--page-token"),
        (["--host", "192.0.2.1", "--page-token", "x"], "not an address of this machine"),
        (["--host", "no.such.host.invalid", "--page-token", "x"], "not an address of this machine"),
        (["--db", "/"], "cannot use /"),
        (["--db", "/no/such/folder/volt.db"], "cannot use /no/such"),
    ],
)
def test_options_that_cannot_be_are_one_line(options: list[str], says: str) -> None:
    """And exit code 2."""
    done = run([*MODULE, "--port", "0", *options])
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr


# Other addresses


def test_this_machine_is_asked_by_its_own_names_only() -> None:
    """Until another one is allowed."""
    with running("--allow-host", "volt.test") as process:
        url = httpx.URL(process.url).join("/_sandbox/messages")
        statuses = [
            httpx.get(url, headers={"Host": host}).status_code
            for host in ("127.0.0.1", "localhost", "volt.test", "evil.example")
        ]
    assert statuses == [200, 200, 200, 400]


def test_on_every_address_the_page_asks_for_its_token() -> None:
    """The address to paste is one that works here."""
    with running("--host", "0.0.0.0", "--page-token", "secret") as process:
        assert process.url.startswith("http://127.0.0.1:")
        assert send(process).status_code == 200
        url = httpx.URL(process.url).join("/_sandbox/messages")
        assert httpx.get(url, headers={"Host": "volt:8026"}).status_code == 401
        assert len(httpx.get(url, auth=("", "secret")).json()) == 1
        code, stderr, _ = process.end(signal.SIGTERM)
    assert (code, stderr) == (0, "")


def test_it_can_listen_on_ipv6_loopback() -> None:
    """Which is this machine too."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with running("--host", "::1") as process:
        assert process.url.startswith("http://[::1]:")
        assert send(process).status_code == 200


# Ending


def test_a_listening_page_sees_its_stream_end() -> None:
    """It would last for ever: it is ended in order, not cut off after the grace for others."""
    with running() as process:
        url = httpx.URL(process.url).join("/_sandbox/events")
        with httpx.stream("GET", url, timeout=WAIT_SECONDS) as response:
            lines = response.iter_lines()
            assert next(lines) == "retry: 1000"
            code, stderr, _ = process.end(signal.SIGTERM)
            assert list(lines) == ["event: hello", "data: null", ""]
    assert (code, stderr) == (0, "")


def test_a_request_that_hangs_on_purpose_does_not_delay_the_end_for_long() -> None:
    """It is cut short, without a word."""
    with running("--chaos", "accept-hang") as process:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(process.url, headers=HEADERS, json={}, timeout=0.2)
        with socket.create_connection(("127.0.0.1", process.port)) as client:
            client.sendall(
                b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"
            )
            time.sleep(0.2)
            code, stderr, seconds = process.end(signal.SIGTERM)
    assert (code, stderr) == (0, "")
    assert seconds < 5


# A file that keeps


def test_a_file_keeps_everything_even_if_the_process_is_killed(tmp_path: Path) -> None:
    """What was answered as accepted is there at the next start, and goes on living."""
    options = ("--db", str(tmp_path / "volt.db"), "--pace", "0.2")
    with running(*options) as process:
        message = send(process, body="half an emoji \ud83d").json()["data"]["createMessage"]
        content = {"from": PERSON, "to": OWN, "body": "STOP"}
        httpx.post(httpx.URL(process.url).join("/_sandbox/reply"), json=content)
        process.popen.kill()
        process.popen.wait()
    with running(*options) as process:
        [kept] = get(process, "messages")
        assert (kept["id"], kept["body"]) == (message["id"], "half an emoji \ud83d")
        assert [request["status"] for request in get(process, "requests")] == [200]
        assert get(process, "opt-outs")[0]["person"] == PERSON
        deadline = time.monotonic() + 10
        while get(process, "messages")[0]["status"] != "delivered":
            assert time.monotonic() < deadline
        assert process.end(signal.SIGTERM)[:2] == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["volt.db"]


def test_a_file_is_used_by_one_sandbox_at_a_time(tmp_path: Path) -> None:
    """Two would both carry on the same messages."""
    with running("--db", str(tmp_path / "volt.db")):
        done = run([*MODULE, "--port", "0", "--db", str(tmp_path / "volt.db")])
    assert done.returncode == 2
    assert done.stderr.endswith("volt.db: another program has it open\n")


def test_a_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    """No database, another program's, or that of another version."""
    text, foreign, newer = (tmp_path / name for name in ("text", "foreign", "newer"))
    text.write_text("Dear diary, " * 100)
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE accounts (id)")
    connection.close()
    Database(newer).close()
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for path, says in (
        (text, "not a database"),
        (foreign, "not the database of"),
        (newer, "version"),
    ):
        before = path.read_bytes()
        with pytest.raises(DatabaseError, match=says):
            create_app(database=path)
        assert path.read_bytes() == before


def test_a_failed_change_leaves_nothing_behind() -> None:
    """All statements of a transaction, or none."""
    database = Database()

    def insert_twice() -> None:
        with database.transaction():
            for _ in range(2):
                database.insert("opt_outs", person=PERSON, at=0, word="")

    with pytest.raises(sqlite3.IntegrityError):
        insert_twice()
    assert database.rows("SELECT * FROM opt_outs") == []


# Lines of JSON


def test_json_lines_tell_what_happens_without_texts_numbers_or_tokens() -> None:
    """One line each, from the start to the stop."""
    options = ("--json", "--pace", "0", "--token", "hunter2", "--port", "0")
    popen = subprocess.Popen(
        [*MODULE, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=BUFFERED
    )
    watchdog = Timer(WAIT_SECONDS, popen.kill)
    watchdog.start()
    try:
        assert popen.stdout
        start = json.loads(popen.stdout.readline())
        headers = {"Authorization": "Bearer hunter2"}
        content = {"query": CREATE, "variables": ARGUMENTS}
        httpx.post(start["url"], headers=headers, json=content)
        lines = [json.loads(popen.stdout.readline()) for _ in range(4)]
        popen.send_signal(signal.SIGTERM)
        stdout, stderr = popen.communicate(timeout=WAIT_SECONDS)
    finally:
        watchdog.cancel()
        popen.kill()
    lines += map(json.loads, stdout.splitlines())
    assert stderr == ""
    assert [line["event"] for line in lines] == ["message", "request", "status", "status", "stop"]
    assert lines[0]["toNumber"] == "+1555•••0145"
    assert lines[1]["status"] == 200
    everything = str([start, *lines])
    for secret in ("hunter2", PERSON, OWN, ARGUMENTS["body"]):
        assert secret not in everything
    assert all(line["time"].endswith("+00:00") for line in lines)


def test_an_error_of_the_sandbox_is_one_line_with_its_traceback() -> None:
    """Whoever collects the lines has it in one piece."""
    stream = StringIO()
    logger = logging.Logger("volt.sandbox.test")
    logger.addHandler(JSONLog(stream))
    try:
        json.loads("broken")
    except ValueError:
        logger.exception("The sandbox failed.")
    [line] = stream.getvalue().splitlines()
    shown = json.loads(line)
    assert (shown["event"], shown["level"], shown["message"]) == (
        "log",
        "error",
        "The sandbox failed.",
    )
    assert "JSONDecodeError" in shown["traceback"]


@pytest.mark.parametrize(
    ("number", "masked"), [(PERSON, "+1555•••0145"), ("+49301234", "•••"), ("", "•••")]
)
def test_a_masked_number_can_be_recognized_but_not_called(number: str, masked: str) -> None:
    """A short one is not shown at all."""
    assert mask(number) == masked
