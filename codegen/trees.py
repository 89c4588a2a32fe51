"""Small changes to Python and GraphQL syntax trees."""

import ast
from collections.abc import Collection
from copy import copy
from textwrap import indent

from ariadne_codegen.utils import str_to_snake_case
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
)


def constant_name(operation_name: str) -> str:
    return str_to_snake_case(operation_name).upper()


def verbatim(code: str) -> ast.expr:
    """Code that reaches the file as it stands: `ast.unparse` copies a name letter by letter."""
    return ast.Name(code)


def text_block(text: str) -> ast.expr:
    escaped = text.replace("\\", "\\\\")
    if '"""' in text or text.endswith('"'):
        escaped = escaped.replace('"', '\\"')
    return verbatim(f'"""{escaped}"""')


def docstring(text: str | None, indentation: int = 4) -> list[ast.stmt]:
    if not text:
        return []
    if "\n" in text:
        text = indent(text, " " * indentation).strip() + "\n" + " " * indentation
    return [ast.Expr(text_block(text))]


def rewrite_docstrings(class_def: ast.ClassDef) -> None:
    """Write the texts between a class's fields as docstrings of ours."""
    for place, statement in enumerate(class_def.body):
        match statement:
            case ast.Expr(ast.Constant(str(text))):
                class_def.body[place : place + 1] = docstring(text)
            case _:
                pass


def import_from(module: str, *names: str) -> ast.ImportFrom:
    return ast.ImportFrom(module=module, names=[ast.alias(name) for name in names], level=1)


def add_keyword(field: ast.AnnAssign, name: str, value: bool | None) -> None:
    """Give a model's field one more keyword of pydantic's `Field(...)`."""
    if not isinstance(field.value, ast.Call):
        field.value = ast.Call(func=ast.Name("Field"), args=[], keywords=[])
    field.value.keywords.append(ast.keyword(name, ast.Constant(value)))


def drop_keyword(field: ast.AnnAssign, name: str) -> None:
    if isinstance(field.value, ast.Call):
        kept = [keyword for keyword in field.value.keywords if keyword.arg != name]
        field.value = ast.Call(field.value.func, [], kept) if kept else None


def split_alias(field: ast.AnnAssign) -> None:
    """Say for reading and for writing what pydantic's `alias` says for both.

    To a type checker, `alias` would be the argument's name: `Message(toNumber=…)`.
    """
    keywords = field.value.keywords if isinstance(field.value, ast.Call) else []
    for keyword in [keyword for keyword in keywords if keyword.arg == "alias"]:
        keyword.arg = "validation_alias"
        keywords.append(ast.keyword("serialization_alias", keyword.value))


def is_optional(annotation: ast.expr) -> bool:
    match annotation:
        case ast.Subscript(value=ast.Name(id="Optional")):
            return True
        case _:
            return False


def drop_optional(field: ast.AnnAssign) -> None:
    if isinstance(field.annotation, ast.Subscript) and is_optional(field.annotation):
        field.annotation = field.annotation.slice


def make_optional(field: ast.AnnAssign) -> None:
    if not is_optional(field.annotation):
        field.annotation = ast.Subscript(ast.Name("Optional"), field.annotation)
        add_keyword(field, "default", None)


def collapse_synonyms(module: ast.Module, keep: Collection[str]) -> None:
    """Use a class itself where ariadne-codegen makes another name, or an empty subclass, for it."""
    synonyms: dict[str, str] = {}
    body: list[ast.stmt] = []
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=original)):
                synonyms[name] = original
            case ast.ClassDef(name=name, bases=[ast.Name(id=original)]) if (
                name not in keep and not any(isinstance(part, ast.AnnAssign) for part in node.body)
            ):
                synonyms[name] = original
            case ast.Expr(ast.Call(func=ast.Attribute(value=ast.Name(id=name)))) if (
                name in synonyms
            ):
                pass  # synonym.model_rebuild()
            case _:
                body.append(node)
    module.body = body
    for name_node in (node for node in ast.walk(module) if isinstance(node, ast.Name)):
        name = name_node.id.strip("\"'")
        while name in synonyms:
            name = synonyms[name]
            name_node.id = f'"{name}"'


def inline_fragments(document: DocumentNode, schema: GraphQLSchema) -> DocumentNode:
    """Put the fields of every named fragment where it is spread; leave the operation alone."""
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }

    def inlined(selection_set: SelectionSetNode, parent: GraphQLNamedType) -> SelectionSetNode:
        selections: list[SelectionNode] = []
        for selection in selection_set.selections:
            match selection:
                case FieldNode(selection_set=SelectionSetNode() as inner):
                    field = copy(selection)
                    definition = parent.fields[selection.name.value]  # type: ignore[attr-defined]
                    field.selection_set = inlined(inner, get_named_type(definition.type))
                    selections.append(field)
                case FragmentSpreadNode():
                    fragment = fragments[selection.name.value]
                    condition = fragment.type_condition
                    inner = inlined(fragment.selection_set, schema.type_map[condition.name.value])
                    if condition.name.value == parent.name and not selection.directives:
                        selections += inner.selections
                    else:
                        selections.append(
                            InlineFragmentNode(
                                type_condition=condition,
                                directives=selection.directives,
                                selection_set=inner,
                            )
                        )
                case InlineFragmentNode():
                    part = copy(selection)
                    condition = selection.type_condition
                    on = schema.type_map[condition.name.value] if condition else parent
                    part.selection_set = inlined(selection.selection_set, on)
                    selections.append(part)
                case _:
                    selections.append(selection)
        return SelectionSetNode(selections=tuple(selections))

    operations = [
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    ]
    for operation in operations:
        root = schema.get_root_type(operation.operation)
        assert root is not None, "validated before"
        operation.selection_set = inlined(operation.selection_set, root)
    return DocumentNode(definitions=tuple(operations))


def without_directive(document: DocumentNode, name: str) -> DocumentNode:
    """Take a directive away from the operations of a document."""
    operations = [copy(node) for node in document.definitions]
    for operation in operations:
        if isinstance(operation, OperationDefinitionNode):
            kept = (node for node in operation.directives if node.name.value != name)
            operation.directives = tuple(kept)
    return DocumentNode(definitions=tuple(operations))
