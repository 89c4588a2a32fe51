"""Which items of a schema a set of queries uses, and where."""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    Node,
    ObjectFieldNode,
    ObjectValueNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    visit,
)


@dataclass(frozen=True)
class Use:
    """A place in a query that uses an item."""

    node: Node
    value: Node | None
    """What is given for an argument or an input field: an error may be there, too."""
    queries: tuple[str, ...]
    """The queries that contain it, by name."""


def uses_of(document: DocumentNode, schema: GraphQLSchema) -> dict[str, list[Use]]:
    """Find every use of every item, by its coordinate.

    A variable uses its type and everything in it, as its value is for the caller to fill.

    Args:
        document: All queries and fragments.
        schema: What they are valid against.
    """
    type_info = TypeInfo(schema)
    finder = _Finder(schema, type_info)
    visit(document, TypeInfoVisitor(type_info, finder))
    return {
        coordinate: [
            Use(node, value, finder.queries_with(definition)) for node, value, definition in found
        ]
        for coordinate, found in finder.found.items()
    }


class _Finder(Visitor):
    def __init__(self, schema: GraphQLSchema, type_info: TypeInfo) -> None:
        super().__init__()
        self.schema = schema
        self.types: Any = type_info  # its types are declared in part only
        self.found: dict[str, list[tuple[Node, Node | None, str]]] = {}
        self.definition = ""
        """Where the visit is: the name of a fragment, or the file of an operation."""
        self.spreads: dict[str, set[str]] = {}
        self.operations: set[str] = set()

    def queries_with(self, definition: str) -> tuple[str, ...]:
        """The queries that are a definition, or spread it, however indirectly."""
        around, more = set[str](), {definition}
        while more:
            around |= more
            more = {name for name, inner in self.spreads.items() if inner & around} - around
        return tuple(sorted(PurePath(name).stem for name in around & self.operations))

    def add(self, coordinate: str, node: Node, value: Node | None = None) -> None:
        self.found.setdefault(coordinate, []).append((node, value, self.definition))

    def add_type(self, named: NamedTypeNode | None) -> None:
        if named:
            self.add(named.name.value, named)

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        assert node.loc is not None, "parsed with locations"  # noqa: S101 - for the type checker
        self.definition = node.loc.source.name
        self.operations.add(self.definition)

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        self.definition = node.name.value
        self.add_type(node.type_condition)

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: Any) -> None:
        self.add_type(node.type_condition)

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        self.spreads.setdefault(self.definition, set()).add(node.name.value)

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        parent, result = self.types.get_parent_type(), self.types.get_type()
        if parent is None or result is None:
            return
        coordinate = f"{parent.name}.{node.name.value}"
        self.add(coordinate, node)
        self.add(_name_of(result), node)
        given = {argument.name.value: argument for argument in node.arguments or ()}
        for name in self.types.get_field_def().args:
            argument = given.get(name)
            if argument:
                self.add(f"{coordinate}({name}:)", argument, argument.value)
            else:  # which must stay possible
                self.add(f"{coordinate}({name}:)", node)

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        named: Any = node.type
        while not isinstance(named, NamedTypeNode):
            named = named.type
        pending, seen = [named.name.value], set[str]()
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            self.add(name, named)
            match self.schema.get_type(name):
                case GraphQLInputObjectType(fields=fields):
                    for field_name, field in fields.items():
                        self.add(f"{name}.{field_name}", named)
                        pending.append(_name_of(field.type))
                case GraphQLEnumType(values=values):
                    for value in values:
                        self.add(f"{name}.{value}", named)
                case _:
                    pass

    def enter_object_value(self, node: ObjectValueNode, *_: Any) -> None:
        if expected := self.types.get_input_type():
            self.add(_name_of(expected), node)

    def enter_object_field(self, node: ObjectFieldNode, *_: Any) -> None:
        if around := self.types.get_parent_input_type():
            self.add(f"{_name_of(around)}.{node.name.value}", node, node.value)

    def enter_enum_value(self, node: EnumValueNode, *_: Any) -> None:
        if expected := self.types.get_input_type():
            self.add(f"{_name_of(expected)}.{node.value}", node)


def _name_of(type_: Any) -> str:
    """The name of a type without its brackets and exclamation marks."""
    return str(type_).strip("[]!")
