"""Check `queries/` against the schema, and against the rules that make a good Python method."""

import builtins
import keyword
from collections.abc import Iterator
from pathlib import Path

from ariadne_codegen.utils import str_to_pascal_case, str_to_snake_case
from graphql import (
    DirectiveLocation,
    DocumentNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLDirective,
    GraphQLError,
    GraphQLSchema,
    NoDeprecatedCustomRule,
    OperationDefinitionNode,
    OperationType,
    Source,
    assert_valid_schema,
    build_ast_schema,
    concat_ast,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    parse,
    specified_rules,
    validate,
)

#: What `volt` itself puts on its clients, now or soon: an operation of that name would hide it.
RESERVED_METHODS = frozenset(
    [
        "send",
        "send_many",
        "execute",
        "close",
        "aclose",
        "with_options",
        "iter_conversation",
        "iter_inbox",
    ]
)
#: The modules of the generated package; an operation's own module takes its method's name.
RESERVED_MODULES = frozenset(
    [
        "client",
        "async_client",
        "base_model",
        "enums",
        "fragments",
        "input_types",
        "inputs",
        "operation",
        "results",
    ]
)
#: Written beside an operation for the client alone: `Operation.repeatable`, never sent.
REPEATABLE = GraphQLDirective(
    "repeatable",
    [DirectiveLocation.MUTATION],
    description="Sending it twice does no more than sending it once.",
)
#: In a class body, a method of such a name would take its place in later annotations.
RESERVED_WORDS = frozenset(keyword.kwlist) | frozenset(dir(builtins))


def check_queries(schema_path: Path, queries_path: Path) -> list[GraphQLError]:
    """Everything wrong with the queries; each error prints `file:line:column` and a caret."""
    if errors := list(file_errors(queries_path)):
        return errors
    try:
        schema = with_repeatable(build_ast_schema(read(schema_path)))
        assert_valid_schema(schema)
        documents = {path: read(path) for path in sorted(queries_path.rglob("*.graphql"))}
    except GraphQLError as error:
        return [error]
    everything = concat_ast(list(documents.values()))
    operations = operations_of(everything)
    if not operations:
        return [GraphQLError(f"{queries_path}: no operation in it; each file holds one.")]
    unnamed = [operation for operation in operations if operation.name is None]
    if unnamed:
        return [
            GraphQLError("Give the operation a name: it becomes the method's.", operation)
            for operation in unnamed
        ]
    if errors := validate(schema, everything, [*specified_rules, NoDeprecatedCustomRule]):
        return errors
    fragments = {
        definition.name.value
        for definition in everything.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    return [
        error
        for path, document in documents.items()
        for error in method_errors(path, document, schema, fragments)
    ]


def with_repeatable(schema: GraphQLSchema) -> GraphQLSchema:
    """The schema that `queries/` are written against: Volt's, and `@repeatable` on a mutation."""
    parts = schema.to_kwargs()
    parts["directives"] = (*schema.directives, REPEATABLE)
    return GraphQLSchema(**parts)


def read(path: Path) -> DocumentNode:
    return parse(Source(path.read_text(encoding="utf-8"), str(path)))


def operations_of(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]


def name_of(definition: ExecutableDefinitionNode) -> str:
    assert definition.name is not None, "anonymous operations are refused before"
    return definition.name.value


def root_fields(operation: ExecutableDefinitionNode) -> list[FieldNode]:
    return [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]


def is_repeatable(operation: OperationDefinitionNode) -> bool:
    return any(directive.name.value == REPEATABLE.name for directive in operation.directives)


def file_errors(queries_path: Path) -> Iterator[GraphQLError]:
    """Only files that are checked, and each name once, in whatever folder."""
    stems: dict[str, Path] = {}
    for path in sorted(path for path in queries_path.rglob("*") if path.is_file()):
        if path.suffix != ".graphql":
            yield GraphQLError(f"{path}: only .graphql files belong here: rename or move it.")
        elif stems.setdefault(path.stem, path) != path:
            yield GraphQLError(f"{path}: {stems[path.stem]} has the same name: rename one.")


def method_errors(
    path: Path,
    document: DocumentNode,
    schema: GraphQLSchema,
    fragments: set[str],
) -> Iterator[GraphQLError]:
    """One operation a file; file, operation and method share one free name."""
    operations = operations_of(document)
    for operation in operations[1:]:
        yield GraphQLError("One operation a file: move this one to a file of its own.", operation)
    for operation in operations:
        if operation.operation is OperationType.SUBSCRIPTION:
            yield GraphQLError("Subscriptions are not supported: Volt documents none.", operation)
            continue
        name = name_of(operation)
        method = str_to_snake_case(name)
        if method != path.stem:
            yield GraphQLError(
                f"File and method share one name: {name} belongs in {method}.graphql.",
                operation.name,
            )
        if method in RESERVED_METHODS | RESERVED_MODULES | RESERVED_WORDS:
            yield GraphQLError(
                f"{method!r} is taken: give the operation another name, such as "
                f"get{str_to_pascal_case(name)}.",
                operation.name,
            )
        if str_to_pascal_case(name) in fragments:
            yield GraphQLError(
                f"The fragment {str_to_pascal_case(name)} makes a class of that name: give the "
                f"operation another, such as get{str_to_pascal_case(name)}.",
                operation.name,
            )
        for variable in operation.variable_definitions:
            argument = variable.variable.name
            if str_to_snake_case(argument.value) in {"self", ""}:
                yield GraphQLError(f"${argument.value} makes no Python argument.", argument)
        root = schema.get_root_type(operation.operation)
        for node in operation.selection_set.selections:
            if not isinstance(node, FieldNode) or root is None or node.name.value == "__typename":
                yield GraphQLError("Only fields of the schema here; spread fragments below.", node)
                continue
            result = get_named_type(root.fields[node.name.value].type)
            if is_abstract_type(result):
                yield GraphQLError("Interfaces and unions are not supported: Volt has none.", node)
            if node.selection_set is None:
                continue
            spreads = [
                part
                for part in node.selection_set.selections
                if isinstance(part, FragmentSpreadNode)
            ]
            if is_composite_type(result) and not spreads:
                yield GraphQLError(
                    f"Return the result through a fragment (`...{result.name}`), so that every "
                    "operation shares its class.",
                    node,
                )
