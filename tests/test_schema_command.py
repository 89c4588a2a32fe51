"""`python -m volt.schema pull|diff` and its make targets, against the sandbox and another server."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema, graphql_sync

from tests.conftest import MAKE, ROOT, Sandbox, http_server
from volt import Volt, VoltError, _contract
from volt.schema import IncompleteSchemaError, IntrospectionRefusedError, fetch
from volt.schema.__main__ import main

SCHEMA = (ROOT / "schema.graphql").read_text()
TOKEN = "secret-4711-token"


@dataclass
class Server:
    """A GraphQL server on this machine, of any schema, or of bad manners."""

    url: str
    answers: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """What to answer in place of the schema: status and body, the last one again and again."""
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@contextmanager
def serving(
    sdl: str, *, changed: Callable[[ExecutionResult], object] | None = None
) -> Iterator[Server]:
    """Serve a schema until the block ends."""
    schema, release = build_schema(sdl), Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(request)
            if server.answers:
                status, body = server.answers[0]
                del server.answers[: len(server.answers) > 1]
            else:
                status, body = 200, json.dumps(executed(schema, request["query"], changed))
            if body == "hang":
                release.wait(timeout=20)
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

    with http_server(Handler) as url:
        server = Server(f"{url}/graphql")
        try:
            yield server
        finally:
            release.set()


def executed(
    schema: GraphQLSchema, query: str, changed: Callable[[ExecutionResult], object] | None
) -> object:
    result = graphql_sync(schema, query)
    if changed:
        changed(result)
    return result.formatted


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., Ran]:
    """The command in a folder of its own, with a copy of the schema and the queries."""
    shutil.copy(ROOT / "schema.graphql", tmp_path)
    shutil.copytree(ROOT / "queries", tmp_path / "queries")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VOLT_TOKEN", TOKEN)

    def run(*arguments: str, url: str = "", token: str | None = None) -> Ran:
        monkeypatch.setenv("VOLT_API_URL", url or "http://127.0.0.1:9/graphql")
        if token is not None:
            monkeypatch.setenv("VOLT_TOKEN", token)
        command, *others = arguments
        files = ["--schema", "schema.graphql"]
        files += ["--queries", "queries"] if command == "diff" else []
        try:
            code = main([command, *files, *others])
        except SystemExit as exit_:
            code = int(str(exit_.code))
        out, err = capsys.readouterr()
        assert TOKEN not in out + err
        return Ran(code, out, err)

    return run


def test_the_sandbox_serves_the_file_so_nothing_is_different(
    run: Callable[..., Ran], sandbox: Sandbox
) -> None:
    """Not a byte, and not even the time of the file."""
    path = Path("schema.graphql")
    os.utime(path, (1, 1))
    ran = run("pull", url=sandbox.url, token="sandbox")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("schema.graphql says what the live schema says.\n")
    assert "  ? Message.media: that they are the URLs given.\n" in ran.out
    assert path.read_bytes() == (ROOT / "schema.graphql").read_bytes()
    assert path.stat().st_mtime == 1
    ran = run("diff", url=sandbox.url, token="sandbox")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "schema.graphql and the live schema: nothing breaks (exit code 0).\n"


def changed_schema(*changes: tuple[str, str]) -> str:
    """The project's schema, otherwise."""
    sdl = SCHEMA
    for old, new in changes:
        assert old in sdl
        sdl = sdl.replace(old, new)
    return sdl


REMOVED_FIELD = ("  statusDescription: String\n", "  otherField: String\n")


def test_pull_shows_the_difference_and_takes_it_in(run: Callable[..., Ran]) -> None:
    """The notes of what is the same stay, comments and mode of the file too."""
    path = Path("schema.graphql")
    path.chmod(0o640)
    live = changed_schema(
        REMOVED_FIELD, ("  isActive: Boolean\n", "  isActive: String @deprecated\n")
    )
    with serving(live) as server:
        ran = run("pull", url=server.url)
        assert (ran.code, ran.err) == (0, "")
        again = run("pull", url=server.url)
    assert "-  statusDescription: String\n" in ran.out
    assert '+  Source: introspection of the live API.\n+  """\n+  otherField: String\n' in ran.out
    assert (
        "  + Message.otherField\n  - Message.statusDescription\n"
        "  ~ Organization.isActive: Boolean → String @deprecated\n" in ran.out
    )
    assert ran.out.endswith("\nWrote schema.graphql.\n")
    assert "statusDescription: String" not in path.read_text()
    assert path.read_text().startswith(SCHEMA[:2000])
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert again.out.startswith("schema.graphql says what the live schema says.\n")
    assert sorted(file.name for file in Path().iterdir()) == ["queries", "schema.graphql"]


def test_a_dry_run_only_shows(run: Callable[..., Ran]) -> None:
    with serving(changed_schema(REMOVED_FIELD)) as server:
        ran = run("pull", "--dry-run", url=server.url)
    assert ran.code == 0
    assert "-  statusDescription: String\n" in ran.out
    assert "Wrote" not in ran.out
    assert Path("schema.graphql").read_text() == SCHEMA


def test_pull_can_write_another_file(run: Callable[..., Ran]) -> None:
    with serving(changed_schema(REMOVED_FIELD)) as server:
        ran = run("pull", "--output", "other.graphql", url=server.url)
    assert ran.out.endswith("\nWrote other.graphql.\n")
    assert Path("schema.graphql").read_text() == SCHEMA
    assert "otherField" in Path("other.graphql").read_text()


def test_the_schema_of_an_installed_package_is_not_written_over(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sandbox: Sandbox
) -> None:
    """It belongs to pip."""
    installed = tmp_path / "volt/contract"
    installed.mkdir(parents=True)
    shutil.copy("schema.graphql", installed)
    monkeypatch.setattr(_contract, "package_folder", lambda: tmp_path / "volt")
    monkeypatch.setenv("VOLT_TOKEN", "sandbox")
    monkeypatch.setenv("VOLT_API_URL", sandbox.url)
    assert main(["pull"]) == 5
    assert main(["pull", "--dry-run"]) == 0
    assert main(["pull", "--output", "mine.graphql"]) == 0
    assert Path("mine.graphql").read_text() == SCHEMA


@pytest.mark.parametrize(
    ("change", "code", "lines"),
    [
        (("  totalItems: Int\n", "  totalItems: Int\n  totalPages: Int\n"), 0, []),
        (
            REMOVED_FIELD,
            1,
            [
                "Breaking, in queries of ours:",
                "statusDescription was removed.",
                r"    queries/fragments.graphql:\d+:\d+: Cannot query field 'statusDescription' on "
                r"type 'Message'. \[create_message, .*get_message, .*\]",
            ],
        ),
        (
            ("    body: String!\n", "    body: String!\n    urgent: Boolean!\n"),
            1,
            [r"    queries/create_message.graphql:2:3: .*urgent.* required.* \[create_message\]"],
        ),
        (
            ("PageInfo", "Page"),
            1,
            [r"    queries/fragments.graphql:\d+:3: .* \[get_conversation\]"],
        ),
        (
            ("  callForwardingNumber: String\n", "  forwarding: String\n"),
            2,
            ["Breaking, but nothing that our queries use:", "callForwardingNumber was removed."],
        ),
        (
            ("  nameSearchTerm: String\n", "  nameSearchTerm: String\n  owner: String!\n"),
            1,
            [r"    queries/create_or_update_list.graphql:\d+:\d+: still valid, but .*"],
        ),
        (
            ("  MESSAGE_SENT\n", "  MESSAGE_SENT\n  MESSAGE_READ\n"),
            3,
            ["Dangerous:", "MESSAGE_READ"],
        ),
    ],
)
def test_diff_tells_what_breaks_by_its_exit_code(
    run: Callable[..., Ran], change: tuple[str, str], code: int, lines: list[str]
) -> None:
    """And by its last line, for people; nothing is written."""
    with serving(changed_schema(change)) as server:
        ran = run("diff", url=server.url)
    assert (ran.code, ran.err) == (code, "")
    assert ran.out.endswith(f"(exit code {code}).\n")
    for line in lines:
        assert re.search(line, ran.out, re.MULTILINE), ran.out
    assert Path("schema.graphql").read_text() == SCHEMA


def test_the_example_of_the_page_is_what_the_command_prints(run: Callable[..., Ran]) -> None:
    """But for line numbers, and for the names that are left out."""
    page = (ROOT / "docs/live-schema.md").read_text()
    example = re.findall(r"^    (.+)$", page, re.MULTILINE)[:3]
    with serving(changed_schema(REMOVED_FIELD)) as server:
        printed = run("diff", url=server.url).out.splitlines()
    for shown, line in zip(example, printed[:3], strict=True):
        pattern = re.sub(r"\\d\+|\d+", r"\\d+", re.escape(shown)).replace("…", ".*")
        assert re.fullmatch(pattern, line), (shown, line)


def refused(message: str) -> str:
    return json.dumps({"errors": [{"message": message}]})


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([(401, "{}")], "does not accept the token"),
        ([(403, refused("no"))], "does not accept the token"),
        ([(400, refused("GraphQL introspection is not allowed"))],
         "does not tell its schema: introspection is turned off.*GraphQL introspection is not"),
        ([(200, refused("introspection is disabled"))], "does not tell its schema"),
        ([(200, '{"data": null, "errors": [{"message": "no"}]}')], "does not tell its schema"),
        ([(200, '{"data": {"schema": null}}'), (200, refused("no"))], "does not tell its schema"),
        ([(200, "<html>hello</html>")], "no GraphQL reply"),
        ([(200, '{"data": {"__schema": null}}')], "not a whole schema"),
        ([(200, '{"data": {"__schema": {"queryType": {"name": "Query"}, "types": []}}}')],
         "not a whole schema"),
        ([(503, "busy")], "not available"),
        ([(302, "")], "Redirects are never followed"),
        ([(200, "hang")], "not available.*[Tt]ime"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["pull", "diff"])
def test_without_a_live_schema_nothing_is_written(
    run: Callable[..., Ran], command: str, answers: list[tuple[int, str]], message: str
) -> None:
    """One line says why, and the exit code is 4."""
    with serving(SCHEMA) as server:
        server.answers = answers
        ran = run(command, "--deadline", "0.5", url=server.url)
    assert (ran.code, ran.out) == (4, "")
    assert re.fullmatch(rf"python -m volt.schema: .*{message}.*\n", ran.err), ran.err
    assert Path("schema.graphql").read_text() == SCHEMA


def test_without_a_token_or_a_server_nothing_is_written(run: Callable[..., Ran]) -> None:
    for ran, message in [
        (run("pull", token=""), "VOLT_TOKEN"),
        (run("diff", token="two words"), "VOLT_TOKEN"),
        (run("pull", "--deadline", "2", token=TOKEN), "not available"),
        (run("pull", url="http://volt.example/graphql"), "plain http would show the token"),
    ]:
        assert (ran.code, ran.out) == (4, "")
        assert message in ran.err
        assert ran.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pull", "--schema", "nowhere.graphql"], "nowhere.graphql: No such file"),
        (["pull", "--schema", "queries/get_message.graphql"], "get_message.graphql is not a valid"),
        (["pull", "--output", "nowhere/x.graphql"], "No such file"),
        (["diff", "--queries", "nowhere"], "nowhere: no .graphql file in it"),
        (["pull", "--check"], "unrecognized arguments: --check"),
        (["push"], "invalid choice: 'push'"),
    ],
)
def test_wrong_use_is_code_5(
    run: Callable[..., Ran], arguments: list[str], message: str, sandbox: Sandbox
) -> None:
    """And one line."""
    ran = run(*arguments, url=sandbox.url, token="sandbox")
    assert ran.code == 5
    assert message in ran.err
    assert ran.err.count("\n") == 1
    assert Path("schema.graphql").read_text() == SCHEMA


def test_a_query_in_no_graphql_is_code_5(run: Callable[..., Ran], sandbox: Sandbox) -> None:
    Path("queries/broken.graphql").write_text("query {")
    ran = run("diff", url=sandbox.url, token="sandbox")
    assert ran.code == 5
    assert "queries/broken.graphql is not GraphQL: Syntax Error" in ran.err


# The library.

MODERN = '''
"""
What it is about.
"""
schema { query: Query }

directive @twice(old: Int = 1 @deprecated(reason: "no")) repeatable on FIELD

scalar Url @specifiedBy(url: "https://example.com")

type Query { a(old: Int @deprecated, new: In): Url }

input In { x: Int = 3 @deprecated, y: Url }
'''


def as_client(server: Server, **options: Any) -> Volt:
    return Volt(token=TOKEN, url=server.url, **options)


def test_what_newer_editions_of_graphql_tell_is_asked_for() -> None:
    """Deprecated arguments would else look as if they were gone."""
    with serving(MODERN) as server, as_client(server) as client:
        sdl = fetch(client)
    for text in (
        "What it is about.",
        'directive @twice(old: Int = 1 @deprecated(reason: "no")) repeatable on FIELD',
        'scalar Url @specifiedBy(url: "https://example.com")',
        "a(old: Int @deprecated, new: In): Url",
        "x: Int = 3 @deprecated",
    ):
        assert text in sdl


def test_an_older_server_is_not_asked_for_what_it_does_not_know() -> None:
    """It would refuse the whole query."""

    def of_2018(result: ExecutionResult) -> None:
        for name in ("type", "directive", "inputValue", "schema"):
            fields = (result.data or {}).get(name, {}).get("fields", [])
            fields[:] = [
                f for f in fields if not re.search("specified|Repeat|Deprec|desc", f["name"])
            ]

    with serving(MODERN, changed=of_2018) as server, as_client(server) as client:
        sdl = fetch(client)
    assert not re.search("specifiedByURL|isRepeatable|includeDeprecated: true\\) *{ *\\.\\.\\.In",
                         server.asked[1]["query"])  # fmt: skip
    assert "directive @twice on FIELD" in sdl


def test_only_queries_are_sent() -> None:
    with serving(SCHEMA) as server, as_client(server) as client:
        fetch(client)
    assert len(server.asked) == 2
    assert all(request["query"].lstrip().startswith("query") for request in server.asked)


def test_the_errors_are_errors_of_volt() -> None:
    """With what is known of the call."""
    with serving(SCHEMA) as server, as_client(server) as client:
        server.answers = [(400, refused("not allowed"))]
        with pytest.raises(IntrospectionRefusedError) as refusal:
            fetch(client)
        server.answers = [(200, '{"data": {"__schema": {}}}')]
        with pytest.raises(IncompleteSchemaError):
            fetch(client)
    assert isinstance(refusal.value, VoltError)
    assert refusal.value.status_code == 400
    assert refusal.value.errors[0].message == "not allowed"
    assert len(refusal.value.attempts) == 1


@pytest.mark.parametrize(
    "broken",
    [
        lambda told: told["types"].pop(0),
        lambda told: told["types"][0].update(name="no name"),
        lambda told: told.update(queryType=None),
        lambda told: told["types"][0].update(kind="NOTHING"),
        lambda told: told["types"][0]["fields"][0].update(
            deprecationReason="\ud800", isDeprecated=True
        ),
    ],
)
def test_an_answer_that_is_no_valid_schema_is_refused(broken: Callable[[Any], object]) -> None:
    def change(result: ExecutionResult) -> None:
        if result.data and "__schema" in result.data:
            broken(result.data["__schema"])

    with (
        serving("type Query { a: Int }", changed=change) as server,
        as_client(server) as client,
        pytest.raises(IncompleteSchemaError),
    ):
        fetch(client)


# The command as a program.


def program(*command: str, url: str, token: str = "sandbox", cwd: Path = ROOT) -> Ran:
    ran = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | {"VOLT_API_URL": url, "VOLT_TOKEN": token},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_make_prints_the_code_that_it_cannot_return(sandbox: Sandbox) -> None:
    """It ends with 2 whatever went wrong."""
    with serving(changed_schema(REMOVED_FIELD)) as server:
        ran = program(*MAKE, "check-schema", url=server.url)
        direct = program(sys.executable, "-m", "volt.schema", "diff", url=server.url)
    assert (ran.code, direct.code) == (2, 1)
    assert ran.out == direct.out
    assert "(exit code 1)" in ran.out
    assert "Error 1" in ran.err
    same = program(*MAKE, "check-schema", url=sandbox.url)
    assert (same.code, same.err) == (0, "")


def test_make_schema_pulls(sandbox: Sandbox) -> None:
    """Here from the sandbox, so that the project's own file stays as it is."""
    before = (ROOT / "schema.graphql").stat()
    ran = program(*MAKE, "schema", url=sandbox.url)
    assert (ran.code, ran.err) == (0, "")
    assert "schema.graphql says what the live schema says.\n" in ran.out
    assert (ROOT / "schema.graphql").stat().st_mtime_ns == before.st_mtime_ns


def test_the_installed_command_has_it_too(sandbox: Sandbox) -> None:
    """Named as the user typed it."""
    volt = str(Path(sys.executable).parent / "volt")
    assert program(volt, "schema", "diff", url=sandbox.url).code == 0
    ran = program(volt, "schema", "diff", url=sandbox.url, token="wrong")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.startswith("volt schema: Volt does not accept the token")


def test_without_the_extra_one_line_names_the_install(tmp_path: Path) -> None:
    """As the command does in a bare installation."""
    hidden = "import sys; sys.modules['graphql'] = None\n"
    hidden += "from volt.schema.__main__ import main; sys.exit(main(['diff']))"
    ran = program(sys.executable, "-c", hidden, url="http://127.0.0.1:9/", cwd=tmp_path)
    assert (ran.code, ran.out) == (5, "")
    assert ran.err == (
        "python -m volt.schema: it needs graphql-core, an extra; install it: pip install "
        "'volt-sms[sandbox]'\n"
    )


def test_a_write_that_fails_leaves_the_old_file(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no other."""

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device", "schema.graphql")

    monkeypatch.setattr(os, "fsync", fail)
    with serving(changed_schema(REMOVED_FIELD)) as server:
        ran = run("pull", url=server.url)
    assert (ran.code, ran.err) == (
        5,
        "python -m volt.schema: schema.graphql: No space left on device\n",
    )
    assert Path("schema.graphql").read_text() == SCHEMA
    assert sorted(file.name for file in Path().iterdir()) == ["queries", "schema.graphql"]
