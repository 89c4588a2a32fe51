"""`docs/reference.md`: every public name, from the docstrings.

griffe reads the code without running it, and takes its docstrings apart (ISC licence, no
dependencies of its own, used by mkdocstrings). What it says becomes Markdown here.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

from griffe import (
    Alias,
    AliasResolutionError,
    DocstringSectionKind,
    Expr,
    ExprName,
    GriffeLoader,
    Module,
    Object,
    ParameterKind,
    Parser,
)

from codegen.markdown import anchor, line, table

_WIDTH = 100

Named = Object | Alias

_HEAD = """\
<!-- Made by `make codegen` from the docstrings. Do not edit. -->

# Reference

Every public name. How they fit together is in the [README](../README.md), what happens when a call
fails in [When things fail](when-things-fail.md), and what "Source" and "Guess" mean in
[What we know of the Volt API](volt-api.md). An argument whose default is `UNSET` is not sent unless
you give it.
"""


def reference(generated: Path) -> str:
    """Write the page, with the generated package in the folder `generated`."""
    loader = GriffeLoader(
        search_paths=[".", str(generated)],
        docstring_parser=Parser.google,
        docstring_options={"returns_multiple_items": False, "warnings": False},
    )
    volt, made = loader.load("volt"), loader.load("volt_graphql")
    loader.resolve_aliases(implicit=True, external=False)
    found = {**volt.modules, "sandbox.testing": volt["sandbox.testing"]}
    modules = {name: module for name, module in sorted(found.items()) if module.exports}
    in_modules = {name for module in modules.values() for name in _exports(module)}
    errors = modules.pop("errors")
    names = [name for name in _exports(volt) if name not in in_modules]
    results = [name for name in names if _is_made(volt[name])]
    others = [name for name in names if name not in ("Volt", "AsyncVolt", *results)]
    sections = [
        ("Clients", [*_client(volt["Volt"]), *_twin(volt["AsyncVolt"], volt["Volt"])]),
        ("Environment", [*_environment(volt["Volt"], volt["_log"])]),
        ("Results", [*_every_result(made["ResultModel"]), *_members(volt, sorted(results))]),
        ("Beside them", [*_members(volt, sorted(others))]),
        ("Errors", [_text(errors), *_members(errors, _exports(errors))]),
        *((f"`{m.path}`", [_text(m), *_members(m, _exports(m))]) for m in modules.values()),
    ]
    blocks = [_HEAD.rstrip(), "\n".join(_contents(title, parts) for title, parts in sections)]
    for title, parts in sections:
        blocks += [f"## {title}", *parts]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _contents(title: str, parts: list[str]) -> str:
    names = [part.removeprefix("### ") for part in parts if part.startswith("### ")]
    links = ", ".join(f"[{name}](#{anchor(name)})" for name in names)
    return f"- [{title}](#{anchor(title)})" + (f": {links}" if len(names) > 1 else "")


# Clients.


def _client(client: Named) -> Iterator[str]:
    yield f"### `{client.name}`"
    yield _text(client)
    start = _target(client.all_members["__init__"])
    parameters = {parameter.name: parameter for parameter in start.parameters}
    yield table(
        ("option", "type", "default", ""),
        [
            (f"`{option.name}`", f"`{_type(parameters[option.name].annotation)}`",
             f"`{_expanded(parameters[option.name].default)}`", option.description)
            for option in _arguments(start)
        ],
    )  # fmt: skip
    for name in _methods(client):
        yield from _described_function(client.all_members[name], level=4)


def _twin(client: Named, original: Named) -> Iterator[str]:
    yield f"### `{client.name}`"
    yield _text(client)
    own = [name for name in _methods(client) if name not in _methods(original)]
    yield (
        f"It has the options and the methods of `{original.name}`. They are coroutines, to be "
        "awaited; `send_many` and those named `iter_…` give asynchronous iterators, and "
        "`async with` takes the place of `with`. It has its own:"
    )
    for name in own:
        yield from _described_function(client.all_members[name], level=4)


def _methods(client: Named) -> list[str]:
    """What is written by hand in the order of the code, its own first; then what is generated."""
    members = client.all_members
    public = [n for n, member in members.items() if member.is_function and n[0] != "_"]
    return sorted(
        public,
        key=lambda name: (
            (_is_made(members[name]), name not in client.members)
            + ((name,) if _is_made(members[name]) else ())
        ),
    )


def _environment(client: Named, log: Module) -> Iterator[str]:
    rows = [
        (f"`{variable}`", f"`{option.name}`", option.description)
        for option in _arguments(client.all_members["__init__"])
        for variable in re.findall(r"`(VOLT_\w+)`", option.description)
    ]
    for function in log.functions.values():
        rows += [
            (f"`{name}`", "", _text(function))
            for name in re.findall(r"`(VOLT_\w+)`", _text(function))
        ]
    yield "What is read beside the options, or where one is not given:"
    yield table(("variable", "option", ""), rows)


# Everything else.


def _every_result(base: Named) -> Iterator[str]:
    yield "What is true of every result:"
    yield _text(base)
    yield _fields(base)


def _members(around: Any, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        member = _target(around[name])
        if member.is_function:
            yield from _described_function(member, level=3)
            continue
        yield f"### `{name}`"
        yield _text(member)
        if member.is_class:
            yield _fields(member)
            for method in member.members.values():
                if method.is_function and method.name[0] != "_":
                    yield from _described_function(method, level=4)
        elif len(value := f"{name} = {member.value}") <= _WIDTH:
            yield f"```py\n{value}\n```"


def _fields(owner: Named) -> str:
    """A table of a class's public attributes; of a result, those of the fragments in it too."""
    rows = {
        field.name: (_type(field.annotation), field.description)
        for field in _section(owner, DocstringSectionKind.attributes)
    }
    members = owner.all_members if _is_made(owner) else owner.members
    for name, member in members.items():
        attribute = _target(member)
        base = attribute.parent
        is_told_once = base.name in ("ResultModel", "OpenEnum") and base.name != owner.name
        if name[0] == "_" or name in rows or not attribute.is_attribute or is_told_once:
            continue
        if attribute.docstring or attribute.annotation:
            words = attribute.docstring.value if attribute.docstring else ""
            rows[name] = (_type(attribute.annotation), words)
    if not rows:
        return ""
    return table(
        ("", "type", ""),
        [(f"`{name}`", kind and f"`{kind}`", words) for name, (kind, words) in rows.items()],
    )


def _described_function(named: Named, *, level: int) -> Iterator[str]:
    function = _target(named)
    yield f"{'#' * level} `{function.name}`"
    yield f"```py\n{_signature(function)}\n```"
    yield _text(function)
    arguments = _arguments(function)
    yield "\n".join(f"- `{a.name}`: {line(a.description)}" for a in arguments)
    for returned in _section(function, DocstringSectionKind.returns):
        yield f"**Returns:** {line(returned.description)}"
    raised = _section(function, DocstringSectionKind.raises)
    if raised:
        yield "**Raises:**"
        yield "\n".join(f"- `{_type(e.annotation)}`: {line(e.description)}" for e in raised)


def _signature(function: Any) -> str:
    """As `def …: ...`, without `self`; one argument a line where it is long."""
    parts: list[str] = []
    for parameter in function.parameters:
        if parameter.name == "self" or parameter.kind is ParameterKind.var_keyword:
            continue  # `**unknown` is there to be refused
        if parameter.kind is ParameterKind.keyword_only and "*" not in parts:
            parts.append("*")
        annotation, default = _type(parameter.annotation), parameter.default
        part = parameter.name + (f": {annotation}" if annotation else "")
        parts.append(part if default is None else f"{part} = {_expanded(default)}")
    head = "async def" if "async" in function.labels else "def"
    returns = f" -> {_type(function.returns)}" if function.returns else ""
    text = f"{head} {function.name}({', '.join(parts)}){returns}: ..."
    if len(text) <= _WIDTH:
        return text
    inner = "".join(f"    {part},\n" for part in parts)
    return f"{head} {function.name}(\n{inner}){returns}: ..."


# What griffe has read.


def _target(member: Any) -> Any:
    return member.final_target if member.is_alias else member


def _exports(module: Any) -> list[str]:
    """The public names that are there: a class whose query is gone is a matter for the tests."""
    names = [str(name) for name in module.exports or () if name not in module.modules]
    return [name for name in names if not module[name].is_alias or _is_there(module[name])]


def _is_there(alias: Any) -> bool:
    try:
        alias.resolve_target()
    except AliasResolutionError:
        return False
    return True


def _is_made(member: Named) -> bool:
    return member.canonical_path.startswith("volt_graphql.")


def _text(documented: Named) -> str:
    """What a docstring says before its sections; of a constant, the `#:` comment above it."""
    found = _target(documented)
    if found.docstring is None and found.is_attribute:
        above = reversed(
            found.filepath.read_text(encoding="utf-8").splitlines()[: found.lineno - 1]
        )
        comment = [text[2:].strip() for text in takewhile(lambda text: text[:2] == "#:", above)]
        return "\n".join(reversed(comment))
    return "\n\n".join(
        section.value
        for section in (found.docstring.parsed if found.docstring else ())
        if section.kind is DocstringSectionKind.text
    )


def _section(documented: Named, kind: DocstringSectionKind) -> list[Any]:
    found = _target(documented)
    sections = found.docstring.parsed if found.docstring else ()
    return [entry for section in sections if section.kind is kind for entry in section.value]


def _arguments(function: Named) -> list[Any]:
    arguments = _section(function, DocstringSectionKind.parameters)
    return [argument for argument in arguments if argument.name[0] != "*"]


def _type(annotation: Any) -> str:
    """A type as one would write it by hand."""
    if annotation is None:
        return ""
    text = re.sub(r"Annotated\[([\w.]+), [^\]]*\]", r"\1", _expanded(annotation))
    return re.sub(
        r"Optional\[(.*)\]$", r"\1 | None", re.sub(r"\"(\w+)\"(?=[\]|]|$| \|)", r"\1", text)
    )


def _expanded(expression: Any) -> str:
    """An expression as text, with what a private name stands for: `Literal['raise']`."""
    if not isinstance(expression, Expr):
        return str(expression)
    return "".join(map(_told, expression.iterate(flat=True)))


def _told(part: Any) -> str:
    if not isinstance(part, ExprName) or "._" not in part.canonical_path:
        return str(part)
    around: Any = part.parent
    try:
        found = around.modules_collection.get_member(part.canonical_path)
    except KeyError:  # nothing of this project
        return part.name
    if not found.is_attribute:
        return part.name
    value = str(found.value)
    constrained = re.match(r"TypeVar\(\S+ bound='([\w.]+)", value)
    return constrained[1] if constrained else value
