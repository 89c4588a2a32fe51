"""What ariadne-codegen is told to do differently: each hook is one decision."""

import ast
from typing import Any, TypeGuard

from ariadne_codegen.contrib.shorter_results import ShorterResultsPlugin
from graphql import (
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_scalar_type,
    parse,
    print_ast,
    visit,
)

from codegen import trees
from codegen.method_docs import described
from codegen.queries import REPEATABLE, is_repeatable, name_of, root_fields, with_repeatable

#: What every result object has beside its fields (`runtime/results.py`).
RESULT_ATTRIBUTES = frozenset({"raw", "errors", "attempts"})


class VoltPlugin(ShorterResultsPlugin):
    """ShorterResults makes `create_message` return the `Message`, not an object around it."""

    def __init__(self, schema: GraphQLSchema, config_dict: dict[str, Any]) -> None:
        super().__init__(schema, config_dict)
        settings = config_dict["tool"]["ariadne-codegen"]
        self.shown_in_repr = frozenset(settings["shown_in_repr"])
        self.scalars = frozenset(settings["scalars"])
        self.operation_modules: dict[str, ast.Module] = {}
        self.field_nodes: dict[ast.stmt, FieldNode] = {}

    def get_file_comment(self, comment: str, code: str, source: str | None = None) -> str:
        return "# Made by `make codegen` from schema.graphql and queries/. Do not edit."

    def process_name(self, name: str, node: Node | None = None) -> str:
        return f"{name}_" if isinstance(node, FieldNode) and name in RESULT_ATTRIBUTES else name

    def copy_code(self, copied_code: str) -> str:
        # `help()` shows it as the default of every argument that may be left out.
        unset = "class UnsetType:\n"
        representation = '    def __repr__(self) -> str:\n        return "UNSET"\n\n'
        return copied_code.replace(unset, unset + representation)

    def process_schema(self, schema: GraphQLSchema) -> GraphQLSchema:
        return with_repeatable(schema)

    # Types: docstrings from the schema, tolerant results, open enums and inputs.

    def generate_enum(self, class_def: ast.ClassDef, enum_type: GraphQLEnumType) -> ast.ClassDef:
        class_def.bases = [ast.Name("OpenEnum")]
        members = zip(class_def.body, enum_type.values.values(), strict=True)
        class_def.body = [
            *trees.docstring(enum_type.description),
            *(
                statement
                for member, value in members
                for statement in (member, *trees.docstring(value.description))
            ),
        ]
        return class_def

    def generate_enums_module(self, module: ast.Module) -> ast.Module:
        module.body.insert(0, trees.import_from("results", "OpenEnum"))
        return module

    def generate_input_class(
        self, class_def: ast.ClassDef, input_type: GraphQLInputObjectType
    ) -> ast.ClassDef:
        class_def.bases = [ast.Name("InputModel")]
        trees.rewrite_docstrings(class_def)
        return class_def

    def generate_input_field(
        self, field_implementation: ast.AnnAssign, input_field: GraphQLInputField, field_name: str
    ) -> ast.AnnAssign:
        trees.split_alias(field_implementation)
        return field_implementation

    def generate_inputs_module(self, module: ast.Module) -> ast.Module:
        module.body.insert(0, trees.import_from("inputs", "InputModel"))
        return module

    def generate_result_field(
        self,
        field_implementation: ast.AnnAssign,
        operation_definition: ExecutableDefinitionNode,
        field: FieldNode,
    ) -> ast.AnnAssign:
        self.field_nodes[field_implementation] = field
        if is_operation(operation_definition) and any(
            field is root for root in root_fields(operation_definition)
        ):
            # A reply without the field is no answer. Null is one to a query, but leaves open
            # whether a mutation did anything.
            trees.drop_keyword(field_implementation, "default")
            if operation_definition.operation is OperationType.MUTATION:
                trees.drop_optional(field_implementation)
        else:
            # Whatever the schema promises: an answer that breaks it is read all the same.
            trees.make_optional(field_implementation)
            trees.split_alias(field_implementation)
        return field_implementation

    def generate_result_class(
        self,
        class_def: ast.ClassDef,
        operation_definition: ExecutableDefinitionNode,
        selection_set: SelectionSetNode,
    ) -> ast.ClassDef:
        root = is_operation(operation_definition) and (
            selection_set is operation_definition.selection_set
        )
        for base in class_def.bases:
            if isinstance(base, ast.Name) and base.id == "BaseModel":
                base.id = "OperationResult" if root else "ResultModel"
        parent = self.type_of(selection_set, operation_definition)
        about = f"The `data` of `{name_of(operation_definition)}`." if root else parent.description
        body = trees.docstring(about)
        for statement in class_def.body:
            body.append(statement)
            node = self.field_nodes.get(statement)
            field = parent.fields.get(node.name.value) if node else None
            if node is not None and field is not None and isinstance(statement, ast.AnnAssign):
                body += [] if root else trees.docstring(field.description)
                if not self.is_shown_in_repr(field, node.name.value):
                    trees.add_keyword(statement, "repr", False)
        class_def.body = body
        return super().generate_result_class(class_def, operation_definition, selection_set)

    def generate_fragments_module(
        self, module: ast.Module, fragments_definitions: dict[str, FragmentDefinitionNode]
    ) -> ast.Module:
        module.body.insert(0, trees.import_from("results", "ResultModel"))
        trees.collapse_synonyms(module, keep=fragments_definitions.keys())
        return super().generate_fragments_module(module, fragments_definitions)

    def is_shown_in_repr(self, field: GraphQLField, name: str) -> bool:
        """Free text may be a number, a name or a body; ids, counts, times and enums are not."""
        named = get_named_type(field.type)
        speaks_for_itself = named.name in {"ID", "Int", "Float", "Boolean", *self.scalars}
        return name in self.shown_in_repr or speaks_for_itself or not is_scalar_type(named)

    # Operations: a constant beside the result, with the document as it goes over the wire.

    def generate_result_types_module(
        self, module: ast.Module, operation_definition: ExecutableDefinitionNode
    ) -> ast.Module:
        module.body.insert(0, trees.import_from("results", "OperationResult", "ResultModel"))
        module.body.insert(0, trees.import_from("operation", "Operation"))
        trees.collapse_synonyms(module, keep=())
        self.operation_modules[name_of(operation_definition)] = module
        return super().generate_result_types_module(module, operation_definition)

    def generate_operation_str(
        self, operation_str: str, operation_definition: ExecutableDefinitionNode
    ) -> str:
        assert is_operation(operation_definition)
        name = name_of(operation_definition)
        module = self.operation_modules[name]
        result_class = next(node for node in module.body if isinstance(node, ast.ClassDef))
        inlined = trees.inline_fragments(parse(operation_str), self.schema)
        document = print_ast(trees.without_directive(inlined, REPEATABLE.name))
        operation = ast.Call(
            func=ast.Name("Operation"),
            args=[],
            keywords=[
                ast.keyword("name", ast.Constant(name)),
                ast.keyword("kind", ast.Constant(operation_definition.operation.value)),
                ast.keyword("document", trees.text_block(document)),
                ast.keyword("read", ast.Attribute(ast.Name(result_class.name), "model_validate")),
            ],
        )
        if is_repeatable(operation_definition):
            operation.keywords.append(ast.keyword("repeatable", ast.Constant(True)))
        constant = ast.Name(trees.constant_name(name))
        module.body.append(ast.Assign(targets=[constant], value=operation, lineno=1))
        return operation_str

    # Clients: one line a method, a docstring from the schema, no `**kwargs` to swallow a typo.

    def generate_client_method(
        self,
        method_def: ast.FunctionDef | ast.AsyncFunctionDef,
        operation_definition: OperationDefinitionNode,
    ) -> ast.FunctionDef | ast.AsyncFunctionDef:
        method_def.args.kwarg = None
        own_self, *others = method_def.args.args
        if len(others) > 1:
            # By name only: two numbers in the wrong order text the wrong person.
            method_def.args = ast.arguments(
                posonlyargs=[],
                args=[own_self],
                kwonlyargs=others,
                kw_defaults=[None] * (len(others) - len(method_def.args.defaults))
                + [*method_def.args.defaults],
                defaults=[],
            )
        variables = next(node for node in ast.walk(method_def) if isinstance(node, ast.Dict))
        constant = trees.constant_name(name_of(operation_definition))
        call: ast.expr = ast.Call(
            func=ast.Attribute(ast.Name("self"), "execute"),
            args=[ast.Name(constant), variables],
            keywords=[],
        )
        if isinstance(method_def, ast.AsyncFunctionDef):
            call = ast.Await(call)
        arguments = {
            str(name.value): argument.arg
            for name, argument in zip(variables.keys, others, strict=True)
            if isinstance(name, ast.Constant)
        }
        documentation = described(operation_definition, self.schema, arguments)
        method_def.body = [
            *trees.docstring(documentation, indentation=8),
            # Here, so that only the operations that a program uses are loaded.
            trees.import_from(constant.lower(), constant),
            ast.Return(call),
        ]
        return method_def

    def generate_client_class(self, class_def: ast.ClassDef) -> ast.ClassDef:
        about = "A method for every file of `queries/`; how it is sent is up to the subclass."
        class_def.body = [*trees.docstring(about), *class_def.body]
        return class_def

    def generate_client_module(self, module: ast.Module) -> ast.Module:
        module.body = [node for node in module.body if not isinstance(node, ast.FunctionDef)]
        return super().generate_client_module(module)

    # The schema.

    def type_of(
        self, selection_set: SelectionSetNode, definition: ExecutableDefinitionNode
    ) -> GraphQLObjectType:
        type_info = TypeInfo(self.schema)
        found: list[object] = []

        class Finder(Visitor):
            def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
                if node is selection_set:
                    found.append(type_info.get_parent_type())

        visit(definition, TypeInfoVisitor(type_info, Finder()))
        (parent,) = found
        assert isinstance(parent, GraphQLObjectType), "Volt has no interfaces and no unions"
        return parent


def is_operation(definition: ExecutableDefinitionNode) -> TypeGuard[OperationDefinitionNode]:
    return isinstance(definition, OperationDefinitionNode)
