"""A schema as items: types, fields, arguments, enum values and directives, by their coordinates.

A coordinate names one item, as the GraphQL specification proposes: `Message`, `Message.status`,
`Query.message(id:)`, `@directive(argument:)`. The schema's own definition is `schema`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import (
    ConstDirectiveNode,
    DirectiveDefinitionNode,
    DocumentNode,
    EnumTypeDefinitionNode,
    EnumValueDefinitionNode,
    FieldDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    OperationType,
    ScalarTypeDefinitionNode,
    SchemaDefinitionNode,
    Source,
    UnionTypeDefinitionNode,
    assert_valid_schema,
    build_schema,
    parse,
    print_ast,
    print_schema,
)

from volt.schema._errors import SchemaError

#: The coordinate of the schema definition. No type can have it: `{` is not in names.
SCHEMA = "schema {}"

ItemNode = (
    SchemaDefinitionNode
    | DirectiveDefinitionNode
    | ScalarTypeDefinitionNode
    | ObjectTypeDefinitionNode
    | InterfaceTypeDefinitionNode
    | UnionTypeDefinitionNode
    | EnumTypeDefinitionNode
    | InputObjectTypeDefinitionNode
    | FieldDefinitionNode
    | InputValueDefinitionNode
    | EnumValueDefinitionNode
)

_KEYWORDS: Mapping[type[Node], str] = {
    ScalarTypeDefinitionNode: "scalar ",
    ObjectTypeDefinitionNode: "type ",
    InterfaceTypeDefinitionNode: "interface ",
    UnionTypeDefinitionNode: "union ",
    EnumTypeDefinitionNode: "enum ",
    InputObjectTypeDefinitionNode: "input ",
    DirectiveDefinitionNode: "directive @",
}


@dataclass(frozen=True, kw_only=True)
class Item:
    """One item, without those inside it."""

    coordinate: str
    parent: str
    """The coordinate of the item around it; "" for a definition."""
    node: ItemNode
    head: str
    """How the definition begins: `type Message`, `status`."""
    tail: str
    """What comes after its arguments, or before its fields: `: String @deprecated`."""

    @property
    def signature(self) -> str:
        """What the item is, without its description and the items inside it."""
        return self.head + self.tail

    @property
    def description(self) -> str:
        """What is said of it; "" if nothing is."""
        return self.node.description.value if self.node.description else ""


def built(sdl: str, name: str) -> GraphQLSchema:
    """Build a schema from its text.

    Args:
        sdl: GraphQL's schema language.
        name: What to call the text in an error, such as its file's name.

    Raises:
        SchemaError: It is not a whole, valid schema.
    """
    try:
        schema = build_schema(Source(sdl, name))
        assert_valid_schema(schema)
    except (GraphQLError, TypeError) as error:  # graphql-core raises both
        raise SchemaError(f"{name} is not a valid schema: {error}") from None
    return schema


def normalized(schema: GraphQLSchema) -> str:
    """Print a schema in the one way in which everything equal looks equal."""
    printed = print_schema(schema)
    if needs_schema_definition(schema):
        return printed
    return f"{_schema_definition(schema)}\n\n{printed}"


def needs_schema_definition(schema: GraphQLSchema) -> bool:
    """Whether its text has to say which types the operations begin with."""
    return SCHEMA in items_of(print_schema(schema))


def _schema_definition(schema: GraphQLSchema) -> str:
    roots = {
        operation.value: root.name
        for operation in OperationType
        if (root := schema.get_root_type(operation))
    }
    return f"schema {{{' '.join(f'{name}: {root}' for name, root in roots.items())}}}"


def items_of(sdl: str) -> dict[str, Item]:
    """Every item of a schema, by its coordinate, in the order of the text."""
    return {item.coordinate: item for item in _items(parse(sdl))}


def _items(document: DocumentNode) -> Iterator[Item]:
    for node in document.definitions:
        if not isinstance(node, ItemNode):
            raise SchemaError(
                "extensions (`extend`) are not understood here: write their fields into the type"
            )
        yield from _with_members(node, "")


def _with_members(node: ItemNode, parent: str) -> Iterator[Item]:
    coordinate = coordinate_of(node, parent)
    yield Item(
        coordinate=coordinate,
        parent=parent,
        node=node,
        head=_KEYWORDS.get(type(node), "") + _name(node),
        tail=_tail(node),
    )
    for member in members(node):
        yield from _with_members(member, coordinate)


def coordinate_of(node: ItemNode, parent: str = "") -> str:
    """The coordinate of a node, from that of the item around it; "" for a definition."""
    name = _name(node)
    if isinstance(node, SchemaDefinitionNode):
        return SCHEMA
    if isinstance(node, DirectiveDefinitionNode):
        return f"@{name}"
    if "." in parent or parent.startswith("@"):
        return f"{parent}({name}:)"
    return f"{parent}.{name}" if parent else name


def members(node: ItemNode) -> Sequence[ItemNode]:
    """The items directly inside another."""
    match node:
        case FieldDefinitionNode() | DirectiveDefinitionNode():
            return node.arguments or ()
        case (
            ObjectTypeDefinitionNode()
            | InterfaceTypeDefinitionNode()
            | InputObjectTypeDefinitionNode()
        ):
            return node.fields or ()
        case EnumTypeDefinitionNode():
            return node.values or ()
        case _:
            return ()


def takes_arguments(node: ItemNode) -> bool:
    """Whether the items inside stand in parentheses, before the tail; else in braces, after it."""
    return isinstance(node, (FieldDefinitionNode, DirectiveDefinitionNode))


def _name(node: ItemNode) -> str:
    return "schema" if isinstance(node, SchemaDefinitionNode) else node.name.value


def _tail(node: ItemNode) -> str:
    match node:
        case SchemaDefinitionNode():
            types = [f"  {print_ast(operation)}" for operation in node.operation_types]
            return "\n".join([" {", *types, "}"])
        case DirectiveDefinitionNode():
            repeatable = " repeatable" if node.repeatable else ""
            return f"{repeatable} on {' | '.join(sorted(name.value for name in node.locations))}"
        case UnionTypeDefinitionNode():
            return f" = {_names(node.types, ' | ')}" if node.types else ""
        case ObjectTypeDefinitionNode() | InterfaceTypeDefinitionNode():
            return f" implements {_names(node.interfaces, ' & ')}" if node.interfaces else ""
        case FieldDefinitionNode():
            return f": {print_ast(node.type)}{_directives(node.directives)}"
        case InputValueDefinitionNode():
            default = f" = {print_ast(node.default_value)}" if node.default_value else ""
            return f": {print_ast(node.type)}{default}{_directives(node.directives)}"
        case _:
            return _directives(node.directives)


def _names(types: Sequence[NamedTypeNode] | None, separator: str) -> str:
    return separator.join(sorted(named.name.value for named in types or ()))


def _directives(directives: Sequence[ConstDirectiveNode] | None) -> str:
    return "".join(f" {print_ast(directive)}" for directive in directives or ())
