"""The docstring of a generated method, put together from the schema's descriptions."""

from textwrap import fill

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    get_named_type,
)

from codegen.queries import is_repeatable, name_of, root_fields

RAISES = {
    "query": "VoltError: there is no answer to read; a query changes nothing.",
    "mutation": (
        "DeliveryUnknownError: it may have been done: look before you call again.\n"
        "    VoltError: any other error; it was not done."
    ),
    "repeatable mutation": (
        "DeliveryUnknownError: it may have been done, though trying again brought no answer; to\n"
        "        call again does no harm.\n"
        "    VoltError: any other error; it was not done."
    ),
}


def described(
    operation: OperationDefinitionNode, schema: GraphQLSchema, arguments: dict[str, str]
) -> str:
    """What the schema says of an operation; `arguments` are Python's names by GraphQL's."""
    root = schema.get_root_type(operation.operation)
    assert root is not None, "validated before"
    sections = []
    descriptions: dict[str, str] = {}
    returned = "All of these."
    for node in root_fields(operation):
        field = root.fields[node.name.value]
        sections.append(field.description or f"Run `{name_of(operation)}`.")
        descriptions |= variable_descriptions(node, field.args)
        if len(root_fields(operation)) == 1:
            returned = result_description(field, operation)
    lines = [
        entry(f"{python}: {descriptions.get(name, 'Not described in the schema.')}")
        for name, python in arguments.items()
    ]
    if lines:
        sections.append("\n".join(["Args:", *lines]))
    sections.append(f"Returns:\n{entry(returned)}")
    kind = "repeatable mutation" if is_repeatable(operation) else operation.operation.value
    sections.append(f"Raises:\n    {RAISES[kind]}")
    return "\n\n".join(sections)


def entry(text: str) -> str:
    """One entry of a docstring's section, wrapped as a method's docstring is."""
    return fill(text, width=88, initial_indent="    ", subsequent_indent="        ")


def variable_descriptions(node: FieldNode, arguments: dict[str, GraphQLArgument]) -> dict[str, str]:
    """The description of each variable: that of the argument which takes it."""
    return {
        argument.value.name.value: " ".join(description.split())
        for argument in node.arguments
        if isinstance(argument.value, VariableNode)
        and (description := arguments[argument.name.value].description)
    }


def result_description(field: GraphQLField, operation: OperationDefinitionNode) -> str:
    about = (
        get_named_type(field.type).description or "What the schema says of it: nothing."
    ).strip()
    never_none = isinstance(field.type, GraphQLNonNull) or (
        operation.operation is OperationType.MUTATION
    )
    sentence = " ".join(about.split("\n\n")[0].split())
    return sentence if never_none else f"{sentence} None where there is none."
