"""What is made for docs/: nothing public is left out, nothing is claimed without its evidence."""

import inspect
import re
import shutil
from importlib import import_module
from pathlib import Path

import pytest

import volt
from codegen.documents import filled
from codegen.evidence import SOURCES, evidence, parts
from codegen.markdown import anchor, line, table
from tests.conftest import ROOT
from tests.test_codegen import Project
from volt import AsyncVolt, Volt
from volt.errors import VOLT_CODES
from volt.schema._items import items_of
from volt.schema._notes import read_note

REFERENCE = (ROOT / "docs/reference.md").read_text()
API = (ROOT / "docs/volt-api.md").read_text()
#: Whatever says what is public of it.
MODULES = sorted(
    path.stem
    for path in (ROOT / "volt").glob("[a-z]*")
    if re.search(
        r"^__all__ = ", (path / "__init__.py" if path.is_dir() else path).read_text(), re.M
    )
)
SCHEMA = items_of((ROOT / "schema.graphql").read_text())


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next of its level."""
    level = re.match("#+", heading)
    assert level
    (found,) = re.findall(
        rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(level[0])}}} |\Z)",
        page,
        re.MULTILINE | re.DOTALL,
    )
    return str(found)


def public_names() -> list[str]:
    own = [name for name in volt.__all__ if not inspect.ismodule(getattr(volt, name))]
    return [*own, *(n for m in MODULES for n in import_module(f"volt.{m}").__all__)]


def test_every_module_that_says_what_is_public_has_its_section() -> None:
    assert {"e164", "errors", "media", "schema"} <= {*MODULES}
    for module in MODULES:
        heading = "Errors" if module == "errors" else f"`volt.{module}`"
        assert section(REFERENCE, f"## {heading}")


@pytest.mark.parametrize("name", sorted({*public_names()}))
def test_every_public_name_has_its_section_with_words(name: str) -> None:
    """Once."""
    text = section(REFERENCE, f"### `{name}`")
    assert re.search("[a-z]{3}", re.sub(r"```.*?```", "", text, flags=re.DOTALL)), name


def test_every_method_is_described_once_with_its_arguments() -> None:
    """Not again for coroutines."""
    described = section(REFERENCE, "### `Volt`")
    for name, method in inspect.getmembers(Volt, inspect.isfunction):
        if name.startswith("_"):
            continue
        text = section(described, f"#### `{name}`")
        assert (
            "**Returns:**" in text
            or method.__annotations__["return"] in (None, "None")
            or (name == "with_options")
        )
        for argument in inspect.signature(method).parameters:
            if argument not in ("self", "unknown"):
                assert f"- `{argument}`: " in text, (name, argument)
    twin = section(REFERENCE, "### `AsyncVolt`")
    only = {name for name in dir(AsyncVolt) if name[0] != "_"} - set(dir(Volt))
    assert set(re.findall("^#### `(.*)`$", twin, re.MULTILINE)) == only == {"aclose"}


def test_every_field_of_a_result_is_described() -> None:
    """Also those of the fragments in it; what every result has, once."""
    for name in volt.__all__:
        fields = getattr(getattr(volt, name), "model_fields", {})
        text = section(REFERENCE, f"### `{name}`") if fields else ""
        for field in fields:
            assert re.search(rf"^\| `{field}` \| `\S.*` \| \S.* \|$", text, re.MULTILINE), (
                name,
                field,
            )
        assert "`raw`" not in text
    assert REFERENCE.count("| `raw` |") == 1


def test_every_variable_of_the_environment_is_described() -> None:
    """That the code reads."""
    code = "".join(path.read_text() for path in (ROOT / "volt").glob("*.py"))
    read = set(re.findall(r'environ\.get\("(VOLT_\w+)"', code))
    table_ = section(REFERENCE, "## Environment")
    assert set(re.findall(r"^\| `(VOLT_\w+)` \|", table_, re.MULTILINE)) == read


@pytest.mark.parametrize("page", [REFERENCE, API], ids=["reference", "volt-api"])
def test_the_pages_are_plain_markdown(page: str) -> None:
    """No HTML but comments; every row of a table has as many cells as its head."""
    prose = re.sub(r"`[^`\n]*`|^```.*?^```|^    .*?$", "", page, flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"<(?!!-- )", prose)
    for block in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        rows = [re.split(r"(?<!\\)\|", row) for row in block.splitlines()]
        assert len({len(row) for row in rows}) == 1, block


def test_every_item_of_the_schema_is_told_with_its_evidence() -> None:
    """In words of its own notes."""
    page = " ".join(API.split())
    for item in SCHEMA.values():
        note = read_note(item.description)
        assert line(note.words).replace("|", "\\|") in page, item.coordinate
        for _, text in note.evidence:
            assert text in page, item.coordinate


def test_every_item_says_where_it_is_known_from() -> None:
    """By the words that the page explains; a method of ours rests on no pure guess."""
    explained = re.findall(
        r"^\| ([A-Za-z ]+) \|", section(API, "## How a thing is known"), re.MULTILINE
    )
    for item in SCHEMA.values():
        if item.coordinate in ("Query", "Mutation"):
            continue
        if item.coordinate.endswith(":)"):
            item = item if read_note(item.description).evidence else SCHEMA[item.parent]
        assert evidence(item) in explained, item.coordinate
    assert {*SOURCES} <= {*explained}


def test_every_fact_says_where_it_is_known_from() -> None:
    """In the tables that are written by hand; each word is one that the page explains."""
    explained = re.findall(
        r"^\| ([A-Za-z ]+?) \|",
        section(API, "## How a thing is known").split("<!--")[0],
        re.MULTILINE,
    )
    by_hand = re.sub(r"<!-- made: .*?<!-- end -->", "", API, flags=re.DOTALL)
    tables = re.findall(
        r"^\| what \| known from \|.*\n\| --.*\n((?:^\|.*\n)+)", by_hand, re.MULTILINE
    )
    assert len(tables) == 4
    for row in "".join(tables).splitlines():
        known = re.split(r"(?<!\\)\|", row)[2]
        words = [word.strip().partition(":")[0] for word in known.split(";")]
        assert {*words} <= {*explained}, row


def test_every_code_is_in_the_table() -> None:
    rows = section(API, "## Volt's error codes")
    for code in VOLT_CODES.values():
        kind = {True: "temporary", False: "permanent", None: ""}[code.temporary]
        assert f"| {code.code} | {code.group} | {code.meaning} | {kind} |" in rows


def test_the_parts_fit_the_page() -> None:
    """A part that is not there, or not made, is named."""
    made = parts(ROOT / "schema.graphql", ROOT / "queries")
    assert filled(API, made) == API
    with pytest.raises(ValueError, match="certainty"):
        filled(API, {name: text for name, text in made.items() if name != "certainty"})
    with pytest.raises(ValueError, match="another"):
        filled(API, made | {"another": ""})


def test_a_page_that_is_not_what_it_is_made_from_fails_the_check(tmp_path: Path) -> None:
    """What is written by hand around it is nobody's business but the writer's."""
    project = Project(tmp_path)
    project.replace("docs/volt-api.md", "# What we know", "# All that we know")
    assert project.codegen("check").returncode == 0
    project.replace("docs/volt-api.md", "bad media type", "good media type")
    project.replace("volt/e164.py", "Hide the middle of a number", "Show the middle of a number")
    project.replace("schema.graphql", "Look up one message", "Look for one message")
    checked = project.codegen("check")
    assert checked.returncode == 1
    for gone, come in [
        ("| 407 | client | good media type |", "| 407 | client | bad media type |"),
        ("Hide the middle", "Show the middle"),
        ("Look up one message by its id.", "Look for one message by its id."),
    ]:
        assert re.search(
            rf"^-{re.escape(gone)}.*\n(?:.*\n)*?^\+{re.escape(come)}", checked.stdout, re.MULTILINE
        )
    assert "make codegen" in checked.stderr
    assert project.codegen("generate").returncode == 0
    assert project.codegen("check").returncode == 0
    shutil.rmtree(project.folder)


def test_a_table_keeps_its_borders() -> None:
    """Whatever is in a cell."""
    assert (
        table(("a", "b"), [("x | y", "two\nlines")])
        == "| a | b |\n| --- | --- |\n| x \\| y | two lines |"
    )
    assert anchor("`volt.e164`") == "volte164"
    assert anchor("Volt's error codes") == "volts-error-codes"
