"""Queries in, typed Python out: in a copy of the project, as a contributor would use it."""

import ast
import inspect
import os
import re
import shutil
import subprocess
import sys
import typing
from pathlib import Path

import pytest
from graphql import FieldNode, TypeInfo, TypeInfoVisitor, Visitor, build_schema, parse, visit

import volt_graphql
from codegen.queries import RESERVED_METHODS, RESERVED_MODULES, check_queries
from tests.conftest import MAKE, ROOT, Sandbox
from volt import AsyncVolt, Volt


class Project:
    """A copy of the project that a test may change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("codegen", "docs", "generated", "queries", "volt"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, folder / name, ignore=ignored)
        for name in ("Makefile", "pyproject.toml", "schema.graphql"):
            shutil.copy2(ROOT / name, folder / name)

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.folder), str(self.folder / "generated")])
        return subprocess.run(
            command,
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": path} | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def make(self, target: str) -> subprocess.CompletedProcess[str]:
        return self.run(*MAKE, "-s", target)

    def codegen(self, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "codegen", command, **environment)

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new))

    def generated(self) -> dict[str, str]:
        package = self.folder / "generated/volt_graphql"
        return {
            str(file.relative_to(package)): file.read_text()
            for file in package.rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


NEW_QUERY = """query getMessageStatus($id: ID!) {
  message(id: $id) {
    ...MessageStatus
  }
}
"""
NEW_FRAGMENT = """
fragment MessageStatus on Message {
  status
  sentAt
}
"""
USE_IT = """
import asyncio, sys
from datetime import datetime
from typing import get_type_hints
from volt import AsyncVolt, Volt
from volt_graphql import AsyncClient, Client, MessageStatus

for client in (Client, AsyncClient):
    hints = get_type_hints(client.get_message_status)
    assert hints == {"id": str, "return": MessageStatus | None}, hints
assert get_type_hints(MessageStatus)["status"] == str | None

options = {"token": "sandbox", "url": sys.argv[1], "from_": "+15555550123"}
with Volt(**options) as client:
    sent = client.send("+15555550145", "hi")
    found = client.get_message_status(id=sent.id)
assert isinstance(found, MessageStatus) and isinstance(found.sent_at, datetime)

async def find():
    async with AsyncVolt(**options) as client:
        return await client.get_message_status(id=sent.id)

assert asyncio.run(find()) == found
print(found.status)
"""


def test_a_new_query_file_gives_a_typed_method_on_both_clients(
    project: Project, sandbox: Sandbox
) -> None:
    """A file in queries/ and `make codegen`: nothing else."""
    project.write("queries/get_message_status.graphql", NEW_QUERY)
    project.write(
        "queries/fragments.graphql",
        (ROOT / "queries/fragments.graphql").read_text() + NEW_FRAGMENT,
    )
    made = project.make("codegen")
    assert made.returncode == 0, made.stderr
    used = project.run(sys.executable, "-c", USE_IT, sandbox.url)
    assert (used.stdout, used.stderr) == ("queued\n", "")


def test_the_committed_package_is_what_the_queries_say(project: Project) -> None:
    """`make check-codegen` is quiet about it."""
    checked = project.make("check-codegen")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_any_difference_fails_the_check(project: Project) -> None:
    """An edit, a missing file, and a file that no query makes, also if git does not know it."""
    package = project.folder / "generated/volt_graphql"
    project.replace("generated/volt_graphql/client.py", "def get_message(", "def get_massage(")
    (package / "get_message.py").unlink()
    (package / "untracked.py").touch()
    checked = project.make("check-codegen")
    assert checked.returncode != 0
    assert "-    def get_massage(" in checked.stdout
    assert "+    def get_message(" in checked.stdout
    assert "get_message.py: missing" in checked.stdout
    assert "untracked.py: made by no query" in checked.stdout
    assert "make codegen" in checked.stderr


def test_a_renamed_query_leaves_no_orphan(project: Project) -> None:
    """The package is swapped in whole."""
    folder = project.folder / "queries"
    (folder / "get_message.graphql").rename(folder / "find_message.graphql")
    project.replace("queries/find_message.graphql", "getMessage", "findMessage")
    assert project.codegen("generate").returncode == 0
    files = project.generated()
    assert "find_message.py" in files
    assert "get_message.py" not in files
    assert "get_message(" not in files["client.py"]
    assert project.codegen("check").returncode == 0
    assert [path.name for path in (project.folder / "generated").iterdir()] == ["volt_graphql"]


def test_the_examples_follow_the_query(project: Project) -> None:
    """A field more, a program that was changed or lost: the check says so, and codegen mends it."""
    go = project.folder / "docs/languages/create_message.go"
    go.unlink()
    project.write("docs/languages/create_message.sh", "exit 0\n")
    http = project.folder / "docs/languages/create_message.http"
    http.write_bytes(http.read_bytes().replace(b"\r", b""))
    checked = project.codegen("check")
    assert checked.returncode == 1
    assert "run `make codegen`" in checked.stderr
    for said in (
        "docs/languages/create_message.go: missing\n",
        "--- docs/languages/create_message.sh (as it is)\n",
        "-exit 0\n",
        "--- docs/languages/create_message.http (as it is)\n",
    ):
        assert said in checked.stdout
    project.replace("queries/fragments.graphql", "  legacyId\n", "  legacyId\n  errorCode\n")
    assert "+++ volt/snippets/create_message.graphql (as gen" in project.codegen("check").stdout
    assert project.codegen("generate").returncode == 0
    assert project.codegen("check").returncode == 0
    assert "  errorCode\n" in go.read_text()


def test_a_failed_run_leaves_the_package_alone(project: Project) -> None:
    """Whether the queries are wrong or the generator fails half-way."""
    before = project.generated()
    project.replace("queries/get_message.graphql", "...Message", "nope")
    assert project.codegen("generate").returncode == 1
    project.replace("queries/get_message.graphql", "nope", "...Message")
    project.replace(
        "codegen/plugin.py", "documentation = described", "documentation = 1 / 0 or described"
    )
    assert project.codegen("generate").returncode == 1
    assert project.generated() == before
    assert [path.name for path in (project.folder / "generated").iterdir()] == ["volt_graphql"]


def test_the_output_does_not_depend_on_the_hash_seed(project: Project) -> None:
    """Nor on anything else of one run."""
    outputs = []
    for seed in ("1", "2"):
        assert project.codegen("generate", PYTHONHASHSEED=seed).returncode == 0
        outputs.append(project.generated())
    assert outputs[0] == outputs[1] == Project.generated(project)


RICH_SCHEMA = """
"How far a thing is."
enum Kind {
  "Not yet."
  OPEN
  DONE
}
type Thing {
  "The thing's \\\\ kind, as \\"one\\""
  kind: Kind!
  kinds: [Kind]
  raw: Int
  errors: [String!]!
  note: String!
  things: [Thing!]
}
input ThingInput { note: String! kindOf: Kind at: DateTime }
scalar DateTime
type Query { thing(kind: Kind, like: ThingInput, since: DateTime): Thing! things: [Thing!]! }
"""
RICH_QUERY = """
query getThing($kind: Kind, $like: ThingInput, $since: DateTime) {
  thing(kind: $kind, like: $like, since: $since) { ...Thing }
}
fragment Thing on Thing { __typename kind kinds raw errors note things { ...ThingAlone } }
fragment ThingAlone on Thing { note }
"""
READ_IT = r"""
import inspect, logging
import datetime, json
from volt._wire import encode
from volt_graphql import GET_THING, GET_THINGS, Client, Kind, Thing, ThingInput

logging.disable()
read = GET_THING.read({"thing": {
    "kind": "UNHEARD", "kinds": ["OPEN", 7, None], "raw": 1, "errors": ["a"], "note": None,
    "things": [{"note": "n"}, "odd", None]}}).thing
assert isinstance(read.kind, Kind) and read.kind == "UNHEARD" and read.kind is not Kind.OPEN
assert read.kinds == [Kind.OPEN, None] and list(Kind) == [Kind.OPEN, Kind.DONE]
assert (read.raw_, read.errors_, read.errors, read.note) == (1, ["a"], (), None)
assert [thing.note for thing in read.things] == ["n"]
assert read.raw["things"][1] == "odd"
empty = GET_THING.read({"thing": {}}).thing
assert empty.kind is empty.note is empty.errors_ is None
assert Kind.__doc__ == "How far a thing is."
assert "note" not in repr(read) and "'a'" not in repr(read) and "UNHEARD" in repr(read)
try:
    Kind(7)
except ValueError:
    pass
like = ThingInput(note="n", kind_of=Kind.OPEN)
since = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
sent = json.loads(encode(GET_THING, {"kind": Kind("NEW"), "like": like, "since": since}))
assert sent["variables"] == {
    "kind": "NEW", "like": {"note": "n", "kindOf": "OPEN"}, "since": "2026-01-01T00:00:00+00:00"}
assert [thing.note for thing in GET_THINGS.read({"things": [{"note": "a"}, "odd"]}).things] == ["a"]
print(inspect.signature(Client.get_thing))
"""


def test_enums_are_open_and_results_tolerant_whatever_the_schema_promises(project: Project) -> None:
    """A later Volt may answer with new values, or break a promise; the text would be out by then."""
    project.write("schema.graphql", RICH_SCHEMA)
    shutil.rmtree(project.folder / "queries")
    (project.folder / "queries").mkdir()
    project.write("queries/get_thing.graphql", RICH_QUERY)
    project.write("queries/get_things.graphql", "query getThings { things { ...ThingAlone } }")
    made = project.codegen("generate")
    assert made.returncode == 0, made.stderr
    read = project.run(sys.executable, "-c", READ_IT)
    assert read.stderr == ""
    assert "kind: " in read.stdout
    assert "Thing" in read.stdout
    docs = ast.parse(project.generated()["fragments.py"])
    texts = [node.value for node in ast.walk(docs) if isinstance(node, ast.Constant)]
    assert 'The thing\'s \\ kind, as "one"' in texts
    assert '    """Not yet."""' in project.generated()["enums.py"]


# The generated package as it is.


OPERATIONS = [path.stem for path in sorted((ROOT / "queries").glob("*.graphql"))]
OPERATIONS.remove("fragments")


@pytest.mark.parametrize("name", OPERATIONS)
def test_both_clients_have_every_operation_with_the_same_signature_and_docstring(name: str) -> None:
    """A file in queries/ is a method: documented from the schema, without `**kwargs`."""
    ours, theirs = (getattr(client, name) for client in (Volt, AsyncVolt))
    assert inspect.signature(ours) == inspect.signature(theirs)
    assert ours.__doc__ == theirs.__doc__
    assert inspect.iscoroutinefunction(theirs)
    assert not inspect.iscoroutinefunction(ours)
    _, *arguments = inspect.signature(ours).parameters.values()
    # Two numbers in the wrong order text the wrong person: by name only.
    alone = inspect.Parameter.POSITIONAL_OR_KEYWORD
    expected = inspect.Parameter.KEYWORD_ONLY if len(arguments) > 1 else alone
    assert all(argument.kind is expected for argument in arguments)
    for parameter in arguments:
        assert f"    {parameter.name}: " in ours.__doc__
    assert ("Args:" in ours.__doc__) == bool(arguments)
    for section in ("Source: ", "Returns:", "Raises:"):
        assert section in ours.__doc__


def test_create_message_returns_a_message_and_never_none() -> None:
    """Null is an unknown outcome; for a query it is "there is none"."""
    message = volt_graphql.Message
    assert typing.get_type_hints(Volt.create_message)["return"] is message
    assert typing.get_type_hints(Volt.get_message)["return"] == message | None


MUTATIONS = {
    "addContactsToList": False,
    "createMessage": False,
    "createMessageWithPassthrough": False,
    "createOrUpdateContact": True,
    "createOrUpdateList": True,
    "deleteWebhook": True,
    "registerWebhook": False,
}


def test_which_mutations_may_be_sent_twice_is_frozen() -> None:
    """Said beside the query, and never sent; whoever changes it changes this table."""
    operations = [
        constant
        for name in volt_graphql.__all__
        if isinstance(constant := getattr(volt_graphql, name), volt_graphql.Operation)
    ]
    assert len(operations) == len(OPERATIONS)
    assert {
        operation.name: operation.repeatable
        for operation in operations
        if operation.kind == "mutation"
    } == MUTATIONS
    for operation in operations:
        assert "@" not in operation.document
        assert not (operation.repeatable and operation.kind == "query")
        doc = getattr(Volt, re.sub("([A-Z])", r"_\1", str(operation.name)).lower()).__doc__
        assert ("DeliveryUnknownError:" in doc) == (operation.kind == "mutation")
        assert ("to call again does no harm" in " ".join(doc.split())) == operation.repeatable
        assert ("look before you call again" in doc) == (
            MUTATIONS.get(str(operation.name)) is False
        )


def test_every_type_and_field_is_documented_with_its_source() -> None:
    """Where a thing is known from stands where it is used."""
    module = ast.parse((ROOT / "generated/volt_graphql/fragments.py").read_text())
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    assert len(classes) > 2
    for class_def in classes:
        assert "Source: " in (ast.get_docstring(class_def) or "")
        for statement, following in zip(class_def.body, [*class_def.body[1:], None], strict=True):
            if isinstance(statement, ast.AnnAssign):
                assert isinstance(following, ast.Expr)
                assert isinstance(following.value, ast.Constant)
                assert "Source: " in str(following.value.value)


SCHEMA = build_schema((ROOT / "schema.graphql").read_text())
KNOWN_FROM = re.compile("^(Source|Guess|Pure guess): |\\. Guess: ", re.MULTILINE)


def test_every_item_of_the_schema_says_where_it_is_known_from() -> None:
    """A type, field or value by its source or as a guess; an argument is described, and known as its field."""
    for name, item in SCHEMA.type_map.items():
        if name.startswith("__") or name in {"ID", "Int", "String", "Boolean"}:
            continue
        if name not in {"Query", "Mutation"}:
            assert KNOWN_FROM.search(item.description or ""), name
        parts = getattr(item, "fields", {}) | getattr(item, "values", {})
        for part_name, part in parts.items():
            assert KNOWN_FROM.search(part.description or ""), f"{name}.{part_name}"
            for argument_name, argument in getattr(part, "args", {}).items():
                assert argument.description, f"{name}.{part_name}({argument_name})"


def test_no_query_rests_on_a_pure_guess() -> None:
    """One field that does not exist, and the server refuses all that was asked for beside it."""
    queries = parse("".join(path.read_text() for path in (ROOT / "queries").rglob("*.graphql")))
    type_info = TypeInfo(SCHEMA)
    looked_at: set[str] = set()

    class Guesses(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            field = type_info.get_field_def()
            assert field is not None
            assert "Pure guess" not in (field.description or ""), node.name.value
            looked_at.add(node.name.value)

    visit(queries, TypeInfoVisitor(type_info, Guesses()))
    assert "createMessage" in looked_at
    assert "errorCode" in looked_at


def test_the_names_of_the_clients_are_reserved() -> None:
    """A query must not hide what `volt` puts on its clients, nor a module of the package."""
    generated = {name for name in vars(volt_graphql.Client) if not name.startswith("_")}
    own = {name for client in (Volt, AsyncVolt) for name in dir(client) if name[0] != "_"}
    assert own - generated <= RESERVED_METHODS
    modules = {path.stem for path in (ROOT / "generated/volt_graphql").glob("[a-z]*.py")}
    assert modules - set(OPERATIONS) <= RESERVED_MODULES


# check-queries.


def test_a_wrong_query_is_shown_with_file_line_column_and_caret(project: Project) -> None:
    """As a compiler would: the unknown field, the wrong argument type, the deprecated field."""
    project.write(
        "queries/a.graphql", "query a($id: Int) {\n  message(id: $id) {\n    nope\n  }\n}\n"
    )
    project.replace(
        "schema.graphql", "  legacyId: ID\n", '  legacyId: ID @deprecated(reason: "Old.")\n'
    )
    checked = project.make("check-queries")
    assert checked.returncode != 0
    assert "Traceback" not in checked.stderr
    for expected in (
        "Cannot query field 'nope' on type 'Message'.",
        "queries/a.graphql:3:5\n2 |   message(id: $id) {\n3 |     nope\n  |     ^\n",
        "Variable '$id' of type 'Int' used in position expecting type 'ID!'.",
        "queries/a.graphql:1:9\n1 | query a($id: Int) {\n  |         ^\n",
        "The field Message.legacyId is deprecated. Old.",
        "queries/fragments.graphql:6:3\n5 |   id\n6 |   legacyId\n  |   ^\n",
    ):
        assert expected in checked.stderr


def test_the_committed_queries_are_valid(project: Project) -> None:
    """And the check says so."""
    checked = project.make("check-queries")
    assert checked.returncode == 0
    assert checked.stdout == "queries/ is valid against schema.graphql.\n"


def errors_of(tmp_path: Path, **files: str) -> list[str]:
    queries = tmp_path / "queries"
    shutil.copytree(ROOT / "queries", queries)
    for name, text in files.items():
        path = queries / f"{name}.graphql"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return [str(error) for error in check_queries(ROOT / "schema.graphql", queries)]


FIELD = "{ message(id: 1) { ...Message } }"


@pytest.mark.parametrize(
    ("files", "message", "place"),
    [
        ({"a": f"query b {FIELD}"}, "b belongs in b.graphql", "a.graphql:1:7"),
        ({"a": f"query a {FIELD}\nquery b {FIELD}"}, "One operation a file", "a.graphql:2:1"),
        ({"a": FIELD}, "Give the operation a name", "a.graphql:1:1"),
        ({"send": f"query send {FIELD}"}, "'send' is taken", "send.graphql:1:7"),
        ({"execute": f"query execute {FIELD}"}, "'execute' is taken", "execute.graphql:1:7"),
        ({"aclose": f"query aclose {FIELD}"}, "'aclose' is taken", "aclose.graphql:1:7"),
        ({"list": f"query list {FIELD}"}, "'list' is taken", "list.graphql:1:7"),
        ({"fragments_": "query", "a": ""}, "Syntax Error", ""),
        ({"import": f"query import {FIELD}"}, "'import' is taken", "import.graphql:1:7"),
        ({"client": f"query client {FIELD}"}, "'client' is taken", "client.graphql:1:7"),
        ({"message": f"query message {FIELD}"}, "fragment Message makes", "message.graphql:1:7"),
        ({"a": "query a { message(id: 1) { id } }"}, "through a fragment", "a.graphql:1:11"),
        (
            {"a": "query a { ...Q } fragment Q on Query { message(id: 1) { ...Message } }"},
            "Only fields of the schema here",
            "a.graphql:1:11",
        ),
        ({"a": "query a { __typename }"}, "Only fields of the schema here", "a.graphql:1:11"),
        (
            {"a": "query a($self: ID!) { message(id: $self) { ...Message } }"},
            "$self makes no Python argument",
            "a.graphql:1:10",
        ),
        (
            {"more/get_message": "query getMessage { message(id: 1) { ...Message } }"},
            "has the same name",
            "get_message.graphql",
        ),
        ({"a": "fragment Unused on Message { id }"}, "'Unused' is never used", "a.graphql:1:1"),
        ({"a": f"query a @repeatable {FIELD}"}, "may not be used on query", "a.graphql:1:9"),
        (
            {"a": "mutation a { deleteWebhook(id: 1) @repeatable { ...Webhook } }"},
            "may not be used on field",
            "a.graphql:1:35",
        ),
        ({"a": f"query a @repeatabel {FIELD}"}, "Unknown directive", "a.graphql:1:9"),
    ],
)
def test_a_query_that_would_make_a_bad_method_is_refused(
    tmp_path: Path, files: dict[str, str], message: str, place: str
) -> None:
    """One operation a file, one free name for file, operation and method."""
    (error, *_) = errors_of(tmp_path, **files)
    assert message in error
    assert place in error


@pytest.mark.parametrize("name", ["a.gql", "a.graphqls", "notes.txt", "folder/a.gql"])
def test_a_file_that_would_not_be_checked_is_refused(tmp_path: Path, name: str) -> None:
    """The generator reads .gql files too, and would choke on a wrong one."""
    queries = tmp_path / "queries"
    shutil.copytree(ROOT / "queries", queries)
    (queries / name).parent.mkdir(exist_ok=True)
    (queries / name).write_text("query a { nope }")
    (error,) = check_queries(ROOT / "schema.graphql", queries)
    assert f"{name}: only .graphql files belong here" in str(error)


def test_a_folder_without_an_operation_is_refused(tmp_path: Path) -> None:
    """There would be no client to speak of."""
    (tmp_path / "a.graphql").write_text("fragment Message on Message { id }")
    (error,) = check_queries(ROOT / "schema.graphql", tmp_path)
    assert "no operation in it" in str(error)


@pytest.mark.parametrize(
    ("fragment", "said"),
    [
        ("fragment Client on Message { id }", "two things would be called Client"),
        ("fragment ResultModel on Message { id }", "two things would be called ResultModel"),
        ("fragment Optional on Message { id }", "does not import"),
    ],
)
def test_a_name_that_breaks_the_package_is_refused_before_it_is_swapped_in(
    project: Project, fragment: str, said: str
) -> None:
    """Without a traceback, and with the old package in place."""
    before = project.generated()
    name = fragment.split()[1]
    project.write(
        "queries/get_it.graphql", f"query getIt {{ message(id: 1) {{ ...{name} }} }}\n{fragment}"
    )
    made = project.codegen("generate")
    assert made.returncode == 1
    assert said in made.stderr
    assert "Traceback" not in made.stderr
    assert project.generated() == before


def test_every_file_that_is_wrong_is_shown(tmp_path: Path) -> None:
    """Not the first one only."""
    errors = errors_of(tmp_path, a=f"query b {FIELD}", c=f"query d {FIELD}")
    assert len(errors) == 2


def test_an_apostrophe_in_a_query_survives(project: Project) -> None:
    """The generator's own text handling would break on it."""
    query = 'query getIt { message(id: "it\'s \\"one\\" \\\\") { ...Message } }'
    project.write("queries/get_it.graphql", query)
    made = project.codegen("generate")
    assert made.returncode == 0, made.stderr
    code = "from volt_graphql import GET_IT; print(GET_IT.document.splitlines()[1])"
    shown = project.run(sys.executable, "-c", code).stdout
    assert shown == '  message(id: "it\'s \\"one\\" \\\\") {\n'
