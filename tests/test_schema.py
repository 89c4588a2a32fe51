"""Merging a live schema into the vendored one, and telling what it breaks: on texts alone."""

import copy
import random
import re
from typing import Any

import pytest
from graphql import (
    assert_valid_schema,
    build_client_schema,
    build_schema,
    introspection_from_schema,
    lexicographic_sort_schema,
    print_schema,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from volt.schema import Comparison, SchemaError, Severity, compare, merge
from volt.schema._changes import subject_of
from volt.schema._items import items_of, normalized

OURS = (ROOT / "schema.graphql").read_text()
SOURCE = "Source: introspection of the live API."

#: Everything that GraphQL has, in more than one style.
VENDORED = '''\
# The head, which stays.
# It has two lines.

# above the interface
interface Node { "the id" id: ID! }

directive @cost(
  """
  how much
  """
  units: Int! = 1, per: [String!] = ["a", "b"]) repeatable on FIELD_DEFINITION | OBJECT

"""
Where all begins.

Source: article.
"""
type Query {
  # above first
  first(id: ID!, limit: Int = 3): Thing # behind first

  """
  Source: client code. Guess: that it is
  a list.
  """
  second(
    """
    Which.
    """
    where: Filter = null

    # above before
    before: String
  ): [Thing!]

  # apart, about nothing in particular

  third: Either
}

type Thing implements Node {
  id: ID!
  name: String
  state: State @deprecated
  at: Time
}

type Other { thing: Thing, count: Int }

union Either = Thing | Other

enum State {
  NEW
  # above old
  OLD # behind old

  "Guess: that it exists."
  GONE @deprecated(reason: "no \\"more\\"")
}

input Filter {
  name: String = "n"
  state: State
  deeper: [Filter!]
}

"A time."
scalar Time @specifiedBy(url: "https://example.com/time")

# the end
'''


def without_notes(sdl: str) -> str:
    """The schema, sorted, without descriptions."""
    told = introspection_from_schema(build_schema(sdl), descriptions=False)
    return print_schema(lexicographic_sort_schema(build_client_schema(told)))


def merged(vendored: str, live: str) -> str:
    """The merged text, after what must hold of every one."""
    text = merge(vendored, live).text
    assert without_notes(text) == without_notes(live)
    assert merge(text, live).text == text
    return text


def live(*changes: tuple[str, str], of: str = VENDORED) -> str:
    """A live schema: the vendored one as a server tells it, with some text replaced."""
    told = build_client_schema(introspection_from_schema(build_schema(of), descriptions=False))
    sdl = print_schema(told)
    for old, new in changes:
        assert old in sdl, f"{old!r} is not in\n{sdl}"
        sdl = sdl.replace(old, new)
    return sdl


@pytest.mark.parametrize("vendored", [OURS, VENDORED, VENDORED.replace("\n", "\r\n")])
def test_the_same_schema_leaves_every_byte(vendored: str) -> None:
    """Whatever its style, and in whatever order and with whatever words the server tells it."""
    told: Any = introspection_from_schema(build_schema(vendored), descriptions=False)
    told["__schema"]["types"].reverse()
    for type_ in told["__schema"]["types"]:
        type_["description"] = "Other words."
        (type_["fields"] or []).reverse()
    result = merge(vendored, print_schema(build_client_schema(told)))
    assert result.text == vendored
    assert (result.added, result.removed, result.changed) == ((), (), ())


def test_a_new_field_stands_behind_the_one_that_it_follows_in_the_live_schema() -> None:
    """With the live words and the source; everything else as it was."""
    new = '  """He said \\"""hi\\"""."""\n  fresh(a: Int, b: Int): Int\n  third'
    text = merged(VENDORED, live(("  third", new)))
    assert text == VENDORED.replace(
        "  # apart, about",
        '  """\n  He said \\"""hi\\""".\n\n'
        f'  {SOURCE}\n  """\n  fresh(a: Int, b: Int): Int\n\n  # apart, about',
    )


def test_a_field_before_all_others_stands_first() -> None:
    """There is nothing that it could follow."""
    text = merged(VENDORED, live(("  first(", "  zeroth: Int\n  first(")))
    assert f'type Query {{\n  """\n  {SOURCE}\n  """\n  zeroth: Int\n\n  # above first\n' in text


def test_a_definition_before_all_others_stands_below_the_head_of_the_file() -> None:
    """The file's first comment is about the file."""
    vendored = "# The head,\n# of two lines.\n\n# above\ntype Query { a: Int }\n"
    text = merged(vendored, "enum First { A }\ntype Query { a: Int }")
    assert text.startswith(f'# The head,\n# of two lines.\n\n"""\n{SOURCE}\n"""\nenum First {{')
    assert text.endswith("}\n\n# above\ntype Query { a: Int }\n")


def test_what_is_gone_goes_with_its_own_comments_and_no_others() -> None:
    """A comment that a blank line sets apart is not its own."""
    text = merged(
        VENDORED, live(("  third: Either\n", ""), ("  first(id: ID!, limit: Int = 3): Thing\n", ""))
    )
    assert "above first" not in text
    assert "behind first" not in text
    assert "# apart, about nothing in particular\n}" in text
    assert 'type Query {\n  """\n  Source: client code.' in text


def test_a_changed_item_takes_the_live_words() -> None:
    """Its guess is answered; its arguments and neighbours are as they were."""
    text = merged(
        VENDORED, live(("): [Thing!]", "): [Thing]"), ("  second(", '  "All."\n  second('))
    )
    old = '"""\n  Source: client code. Guess: that it is\n  a list.\n  """\n  second('
    assert text == VENDORED.replace(old, f'"""\n  All.\n\n  {SOURCE}\n  """\n  second(').replace(
        "): [Thing!]", "): [Thing]"
    )


def test_a_changed_item_without_live_words_keeps_ours() -> None:
    """And says that they are older; what it said of evidence and guesses is answered."""
    text = merged(
        VENDORED.replace("Where all begins.", "Where all begins.\n\nGuess: everything."),
        live(("type Query {", "type Query implements Node {\n  id: ID!")),
    )
    kept = "Source: introspection of the live API; the words are older."
    assert f'"""\nWhere all begins.\n\n{kept}\n"""\ntype Query implements Node {{' in text


def test_an_argument_may_come_go_and_change() -> None:
    """What stood on one line is spread, as a description needs lines of its own."""
    text = merged(VENDORED, live(("id: ID!, limit: Int = 3", "id: ID!, limit: Int = 4, after: ID")))
    assert (
        f'  first(\n    id: ID!\n\n    """\n    {SOURCE}\n    """\n    limit: Int = 4\n\n'
        f'    """\n    {SOURCE}\n    """\n    after: ID\n  ): Thing # behind first\n' in text
    )
    text = merged(VENDORED, live(("(id: ID!, limit: Int = 3)", "")))
    assert "  first: Thing # behind first\n" in text
    text = merged(VENDORED, live(("(id: ID!, limit: Int = 3)", "(limit: Int = 3)")))
    assert "  first(limit: Int = 3): Thing # behind first\n" in text
    text = merged(VENDORED, live(("third: Either", "third(id: ID): Either")))
    assert f'  third(\n    """\n    {SOURCE}\n    """\n    id: ID\n  ): Either\n' in text


def test_a_type_may_become_another_kind() -> None:
    """Fields that the new kind has too keep their notes."""
    noted = VENDORED.replace("  name: String\n", '  "What."\n  name: String\n', 1)
    text = merged(
        noted,
        live(
            ("type Thing implements Node", "interface Thing implements Node"),
            ("union Either = Thing | Other", "type Either {\n  it: Other\n}"),
            (
                'enum State {\n  NEW\n  OLD\n  GONE @deprecated(reason: "no \\"more\\"")\n}',
                "scalar State",
            ),
            ('scalar Time @specifiedBy(url: "https://example.com/time")', "enum Time { NOW }"),
        ),
    )
    assert 'interface Thing implements Node {\n  id: ID!\n  "What."\n  name: String\n' in text
    assert "scalar State\n" in text


def test_other_names_for_the_root_types_are_written_down() -> None:
    """And a definition that says the same as always is kept."""
    text = merged(VENDORED, "schema { query: Root }\n" + live(("type Query", "type Root")))
    assert "schema {\n  query: Root\n}" in text
    explicit = VENDORED + "\nschema { query: Query }\n"
    assert merge(explicit, live()).text == explicit
    text = merged(explicit, live() + "\ntype Mutation { do: Int }\n")
    assert "schema {\n  query: Query\n  mutation: Mutation\n}" in text


def test_words_of_the_live_schema_are_kept_up_to_date() -> None:
    """Those of ours are not touched."""
    text = merged(VENDORED, live(("  third", '  "Old."\n  fresh: Int\n  third')))
    newer = merged(text, live(("  third", '  "New\u0007 words."\n  fresh: Int\n  third')))
    assert newer == text.replace("  Old.", "  New  words.")
    assert "Old." not in newer


def test_the_summary_names_what_is_different() -> None:
    """By schema coordinates; of a type only its name."""
    result = merge(
        VENDORED,
        live(("  at: Time", "  at: String"), ("  OLD\n", "")) + "enum Added { A B }\n",
    )
    assert result.added == ("Added", "Added.A", "Added.B")[:1]
    assert result.removed == ("State.OLD",)
    assert result.changed == ("Thing.at: Time → String",)
    assert result.guessed == ("Query.second: that it is a list.", "State.GONE: that it exists.")


@pytest.mark.parametrize(
    ("vendored", "message"),
    [
        ("type Query {", "x.graphql is not a valid schema: Syntax Error"),
        ("type Query { a: Nope }", "x.graphql is not a valid schema: Unknown type 'Nope'"),
        ("type Thing { a: Int }", "x.graphql is not a valid schema: Query root type"),
        ("type Query { a: Int } extend type Query { b: Int }", "extensions"),
    ],
)
def test_a_vendored_schema_that_is_none_is_refused(vendored: str, message: str) -> None:
    """Naming the file."""
    with pytest.raises(SchemaError, match=message):
        merge(vendored, VENDORED, name="x.graphql")


# Any schema that differs in any way.

Told = dict[str, Any]


def edited(told: Told, chance: random.Random) -> Told:
    """Change what a server tells, once; the result may be invalid."""
    told = copy.deepcopy(told)
    types = [type_ for type_ in told["__schema"]["types"] if not type_["name"].startswith("__")]
    own = [t for t in types if t["name"] not in {"Int", "String", "ID", "Boolean", "Float"}]
    type_ = chance.choice(own)
    key = chance.choice(["fields", "inputFields", "enumValues", "interfaces", "possibleTypes"])
    members = type_[key] or []
    named = {"kind": "X", "name": chance.choice(types)["name"], "ofType": None}
    wrapped = {"kind": chance.choice(["LIST", "NON_NULL"]), "name": None, "ofType": named}
    if members and chance.random() < 0.8:
        member = chance.choice(members)
        arguments = member.get("args") or []
        match chance.randrange(9):
            case 0:
                members.remove(member)
            case 1:
                members.insert(0, member | {"name": f"{member['name']}{chance.randrange(9)}"})
            case 2:
                members.append(member | {"name": f"{member['name']}{chance.randrange(9)}"})
            case 3 if "type" in member:
                member["type"] = chance.choice([named, wrapped])
            case 4 if arguments:
                arguments.pop(chance.randrange(len(arguments)))
            case 5 if key == "fields":
                argument = {"name": f"a{chance.randrange(99)}", "type": named, "defaultValue": None,
                            "description": chance.choice([None, 'W "x" """ \\\n  y\n'])}  # fmt: skip
                arguments.insert(chance.randrange(len(arguments) + 1), argument)
            case 6 if arguments:
                chance.choice(arguments)["defaultValue"] = chance.choice(["3", '"x"', "null", "[]"])
            case 7 if "isDeprecated" in member:
                member["isDeprecated"] = not member["isDeprecated"]
                member["deprecationReason"] = 'it is "old"' if member["isDeprecated"] else None
            case _:
                chance.shuffle(members)
        return told
    if chance.random() < 0.5:
        text = re.sub(rf"'{type_['name']}'", f"'{type_['name']}X'", repr(told))
        return dict(eval(text))  # its own repr
    told["__schema"]["types"].insert(
        chance.randrange(len(told["__schema"]["types"])),
        {**type_, "name": f"N{chance.randrange(9)}", "description": chance.choice([None, "New."])},
    )
    return told


@settings(max_examples=30)
@given(
    seed=st.integers(min_value=0),
    edits=st.integers(min_value=1, max_value=6),
    vendored=st.sampled_from([OURS, VENDORED]),
)
def test_any_schema_can_be_merged_and_untouched_notes_stay(
    seed: int, edits: int, vendored: str
) -> None:
    """The text says exactly what the live schema says, and of what is as it was, what it said."""
    chance = random.Random(seed)
    told = introspection_from_schema(build_schema(vendored), descriptions=False)
    sdl = print_schema(build_client_schema(told))
    for _ in range(edits):
        changed: Any = edited(dict(told), chance)
        try:
            schema = build_client_schema(changed)
            assert_valid_schema(schema)
        except TypeError:
            continue
        told, sdl = changed, print_schema(schema)
    text = merged(vendored, sdl)
    before, after = (
        items_of(normalized(build_schema(vendored))),
        items_of(normalized(build_schema(sdl))),
    )
    written, result = items_of(vendored), items_of(text)
    for name, item in written.items():
        if name in after and before[name].signature == after[name].signature:
            assert result[name].description == item.description
    for item in written.values():
        inner = [name for name in {*before, *after} if re.match(rf"{item.coordinate}\b", name)]
        same = all(
            name in before and name in after and before[name].signature == after[name].signature
            for name in inner
        )
        if not item.parent and same and item.node.loc:
            assert vendored[item.node.loc.start : item.node.loc.end] in text
    comments = re.findall(r"# (?:above|behind) (\w+)", vendored)
    homes = {
        "the": "Node",
        "first": "Query.first",
        "before": "Query.second(before:)",
        "old": "State.OLD",
    }
    for comment in comments:
        is_there = homes[comment] in after and homes[comment].split(".")[0] in before
        assert (re.search(rf"# (?:above|behind) {comment}\b", text) is not None) >= is_there
    for line in ("# The head, which stays.", "# the end"):
        assert (line in text) == (line in vendored)


# What a live schema breaks.

QUERIES = {
    "queries/get_first.graphql": """query getFirst($id: ID!) {
  first(id: $id) {
    ...Thing
  }
}
""",
    "queries/get_second.graphql": """query getSecond($where: Filter) {
  second(where: $where) { ...More }
}
""",
    "queries/get_third.graphql": "query getThird { third { ... on Other { count } } }\n",
    "queries/get_new.graphql": 'query getNew { second(where: {state: NEW}) { id } }\n',
    "queries/fragments.graphql": """fragment Thing on Thing {
  name
  at
}

fragment More on Thing { ...Thing, state }
""",
}  # fmt: skip


def breaks(*changes: tuple[str, str], extra: str = "") -> tuple[Severity, list[str]]:
    """The severity, and every change with the places it breaks, as one line each."""
    comparison = compare(VENDORED, live(*changes) + extra, QUERIES)
    lines = [
        f"{change.kind} {' '.join(f'{p.file[8:-8]}:{p.line}:{p.column}' for p in change.places)}"
        for change in comparison.changes
    ]
    assert all(f"{place.file}:{place.line}:" in str(place) for place in comparison.unexplained)
    return comparison.severity, sorted(line.strip() for line in lines)


def test_the_queries_of_the_tests_are_valid() -> None:
    """Otherwise they would show nothing."""
    assert compare(VENDORED, VENDORED, QUERIES) == Comparison((), ())
    assert Comparison((), ()).severity is Severity.NONE


CHANGES: list[tuple[tuple[str, str], Severity, list[str]]] = [
    # Additions.
    (("  name: String\n", "  name: String\n  more: Int\n"), Severity.NONE, []),
    (("limit: Int = 3", "limit: Int = 4"), Severity.DANGEROUS, ["ARG_DEFAULT_VALUE_CHANGE"]),
    (("limit: Int = 3", "limit: Int = 3, a: Int"), Severity.DANGEROUS, ["OPTIONAL_ARG_ADDED"]),
    (("  OLD\n", "  OLD\n  NEWER\n"), Severity.DANGEROUS, ["VALUE_ADDED_TO_ENUM"]),
    (("Either = Thing", "Either = Query | Thing"), Severity.DANGEROUS, ["TYPE_ADDED_TO_UNION"]),
    # What our queries use.
    (("  name: String\n", ""), Severity.BREAKS_QUERIES, ["FIELD_REMOVED fragments:2:3"]),
    (("  count: Int\n", ""), Severity.BREAKS_QUERIES, ["FIELD_REMOVED get_third:1:41"]),
    (("  name: String\n", "  name: Int\n"), Severity.BREAKS_QUERIES, ["FIELD_CHANGED_KIND fragments:2:3"]),
    (("limit: Int = 3", "limit: Int = 3, a: Int!"), Severity.BREAKS_QUERIES, ["REQUIRED_ARG_ADDED get_first:2:3"]),
    (("(id: ID!, ", "("), Severity.BREAKS_QUERIES, ["ARG_REMOVED get_first:2:9"]),
    (("(id: ID!, ", "(id: Int!, "), Severity.BREAKS_QUERIES, ["ARG_CHANGED_KIND get_first:2:9"]),
    (("  deeper: [Filter!]\n", ""), Severity.BREAKS_QUERIES, ["FIELD_REMOVED get_second:1:25"]),
    (('  name: String = "n"\n', '  name: String = "n"\n  must: Int!\n'), Severity.BREAKS_QUERIES,
     ["REQUIRED_INPUT_FIELD_ADDED get_second:1:25 get_new:1:30"]),
    (("  OLD\n", ""), Severity.BREAKS_QUERIES, ["VALUE_REMOVED_FROM_ENUM get_second:1:25"]),
    (("  NEW\n", ""), Severity.BREAKS_QUERIES, ["VALUE_REMOVED_FROM_ENUM get_second:1:25 get_new:1:38"]),
    (("Either = Thing | Other", "Either = Thing"), Severity.BREAKS_QUERIES,
     ["TYPE_REMOVED_FROM_UNION"]),
    # What they do not.
    (("limit: Int = 3", ""), Severity.BREAKING, ["ARG_REMOVED"]),
    (("null, before: String", "null, before: String!"), Severity.BREAKS_QUERIES,
     ["ARG_CHANGED_KIND get_second:2:3 get_new:1:16"]),
    (("  thing: Thing\n", ""), Severity.BREAKING, ["FIELD_REMOVED"]),
    (("type Thing implements Node", "type Thing"), Severity.BREAKING,
     ["IMPLEMENTED_INTERFACE_REMOVED"]),
    (("@cost(units: Int! = 1, per", "@cost(per"), Severity.BREAKING, ["DIRECTIVE_ARG_REMOVED"]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "severity", "lines"), CHANGES)
def test_a_change_is_told_with_the_places_it_breaks(
    change: tuple[str, str], severity: Severity, lines: list[str]
) -> None:
    """Found by resolving and validating the queries, and a change that none uses breaks none."""
    assert breaks(change) == (severity, lines)


def test_everything_is_told_of_a_type_that_is_renamed() -> None:
    """It is gone, and what had it has another; the queries are broken where they name it."""
    severity, lines = breaks(("Thing", "Item"))
    assert severity is Severity.BREAKS_QUERIES
    assert lines == [
        "FIELD_CHANGED_KIND",
        "FIELD_CHANGED_KIND get_first:2:3",
        "FIELD_CHANGED_KIND get_second:2:3 get_new:1:16",
        "TYPE_ADDED_TO_UNION",
        "TYPE_REMOVED fragments:1:19 fragments:6:18",
        "TYPE_REMOVED_FROM_UNION",
    ]


def test_a_change_is_told_once_for_every_query_that_spreads_a_fragment() -> None:
    """However indirectly."""
    comparison = compare(VENDORED, live(("  name: String\n", "")), QUERIES)
    (place,) = next(change for change in comparison.changes).places
    assert place.queries == ("get_first", "get_second")
    assert str(place) == (
        "queries/fragments.graphql:2:3: Cannot query field 'name' on type 'Thing'."
    )


def test_what_no_change_accounts_for_is_told_all_the_same() -> None:
    """A fragment on a type that cannot be there any more."""
    comparison = compare(VENDORED, live(("Either = Thing | Other", "Either = Thing")), QUERIES)
    (place,) = comparison.unexplained
    assert str(place).startswith("queries/get_third.graphql:1:26: Fragment cannot be spread here")


def test_errors_that_the_vendored_schema_shows_too_are_not_the_changes() -> None:
    """`make check-queries` tells those."""
    broken = QUERIES | {"queries/get_nothing.graphql": "query getNothing { nothing }"}
    assert compare(VENDORED, live(), broken).severity is Severity.NONE


def test_a_query_that_is_not_graphql_is_named() -> None:
    with pytest.raises(SchemaError, match="queries/x.graphql is not GraphQL: Syntax Error"):
        compare(VENDORED, VENDORED, {"queries/x.graphql": "query {"})


@pytest.mark.parametrize(
    ("kind", "description", "subject"),
    [
        # graphql-core 3.3 and 3.2 say it in different words.
        ("FIELD_REMOVED", "Field Message.status was removed.", "Message.status"),
        ("FIELD_REMOVED", "Message.status was removed.", "Message.status"),
        ("FIELD_CHANGED_KIND", "Field A.b changed type from C to D.", "A.b"),
        ("FIELD_CHANGED_KIND", "A.b changed type from C to D.", "A.b"),
        ("ARG_REMOVED", "Argument Query.a(b:) was removed.", "Query.a(b:)"),
        ("ARG_REMOVED", "Query.a arg b was removed.", "Query.a(b:)"),
        ("ARG_CHANGED_KIND", "Argument Q.a(to:) has changed type from A to B.", "Q.a(to:)"),
        ("ARG_CHANGED_KIND", "Q.a arg from has changed type from A to B.", "Q.a(from:)"),
        ("REQUIRED_ARG_ADDED", "A required argument Q.a(b:) was added.", "Q.a"),
        ("REQUIRED_ARG_ADDED", "A required arg b on Q.a was added.", "Q.a"),
        ("REQUIRED_INPUT_FIELD_ADDED", "A required field I.f was added.", "I"),
        ("REQUIRED_INPUT_FIELD_ADDED", "A required field f on input type I was added.", "I"),
        ("VALUE_REMOVED_FROM_ENUM", "Enum value E.V was removed.", "E.V"),
        ("VALUE_REMOVED_FROM_ENUM", "V was removed from enum type E.", "E.V"),
        ("TYPE_REMOVED_FROM_UNION", "T was removed from union type U.", "U"),
        ("TYPE_REMOVED", "T was removed.", "T"),
        ("TYPE_REMOVED", "Standard scalar Float was removed because it is not ...", "Float"),
        ("TYPE_CHANGED_KIND", "T changed from an Object type to a Union type.", "T"),
        ("IMPLEMENTED_INTERFACE_REMOVED", "T no longer implements interface I.", "T"),
        ("DIRECTIVE_REMOVED", "Directive @d was removed.", None),
        ("DIRECTIVE_ARG_REMOVED", "a was removed from d.", None),
    ],
)
def test_the_words_of_a_change_name_its_subject(
    kind: str, description: str, subject: str | None
) -> None:
    """graphql-core says where something changed in words alone."""
    assert subject_of(kind, description) == subject
