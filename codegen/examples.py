"""The vendor's example in each language, from the queries that the client itself is made from."""

from collections.abc import Iterator
from pathlib import Path

from graphql import build_schema, concat_ast, print_ast

from codegen.queries import operations_of, read
from codegen.trees import inline_fragments
from volt.snippets import LANGUAGES, render

#: What `volt.snippets` sends: the document of `CREATE_MESSAGE`, as a file of its own.
DOCUMENT = Path("volt/snippets/create_message.graphql")
FOLDER = Path("docs/languages")


def examples() -> Iterator[tuple[Path, str]]:
    """Each file and what belongs in it; write the document, which comes first, before you go on.

    Queries without `createMessage` have no example.
    """
    schema = build_schema(Path("schema.graphql").read_text(encoding="utf-8"))
    queries = concat_ast([read(path) for path in sorted(Path("queries").rglob("*.graphql"))])
    for operation in operations_of(inline_fragments(queries, schema)):
        if operation.name and operation.name.value == "createMessage":
            yield DOCUMENT, print_ast(operation) + "\n"
            for language, name in LANGUAGES.items():
                yield FOLDER / name, render(language)
