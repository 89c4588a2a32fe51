"""`python -m codegen generate | check | check-queries`, run from the project's folder."""

import ast
import contextlib
import difflib
import io
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from codegen.documents import documents
from codegen.examples import FOLDER, examples
from codegen.queries import check_queries

PACKAGE = Path("generated/volt_graphql")
RUNTIME = Path(__file__).parent / "runtime"
CLIENTS = [
    {"client_name": "Client", "client_file_name": "client", "base_client_name": "BaseClient"},
    {
        "client_name": "AsyncClient",
        "client_file_name": "async_client",
        "base_client_name": "AsyncBaseClient",
        "async_client": True,
    },
]


#: Loads a module when a name of it is first used: most programs use one or two operations.
INIT = '''"""The typed client of the Volt API, made from schema.graphql and queries/.

Names are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
{imports}

__all__ = {all!r}

_HOMES = {homes!r}


if not TYPE_CHECKING:  # a type checker shall see a misspelt name

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
        value = getattr(import_module(f"{{__name__}}.{{_HOMES[name]}}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({{*globals(), *__all__}})
'''


class UnusableNamesError(Exception):
    """The queries or the schema use names that do not make a working package."""


def generate(target: Path) -> None:
    """Write the whole package into the folder `target`, which must not exist yet."""
    from ariadne_codegen.main import client as run_ariadne_codegen

    config: dict[str, Any] = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    settings = config["tool"]["ariadne-codegen"]
    settings["target_package_path"] = str(target.parent)
    settings["target_package_name"] = target.name
    settings["base_client_file_path"] = str(RUNTIME / "operation.py")
    settings["files_to_include"] = [str(RUNTIME / "inputs.py"), str(RUNTIME / "results.py")]
    for names in CLIENTS:
        settings.update(names)
        with contextlib.redirect_stdout(io.StringIO()):
            run_ariadne_codegen(config)  # type: ignore[no-untyped-call]  # it has no annotations
    (target / "py.typed").touch()
    (target / "__init__.py").write_text(package_init(target), encoding="utf-8")
    import_alone(target)
    tidy(target)


def package_init(package: Path) -> str:
    """Export every public class and constant of every module, whichever run made it."""
    homes: dict[str, str] = {}
    imports: list[str] = []
    for module in sorted(package.glob("[a-z]*.py")):
        exported: list[str] = []
        for node in ast.parse(module.read_text(encoding="utf-8")).body:
            match node:
                case ast.ClassDef(name=name):
                    exported.append(name)
                case ast.Assign(targets=[ast.Name(id=name)]) if name.isupper():
                    exported.append(name)
                case _:
                    pass
        exported = [name for name in exported if not name.startswith("_")]
        if exported:
            imports.append(f"    from .{module.stem} import {', '.join(exported)}")
        if twice := sorted(homes.keys() & exported):
            raise UnusableNamesError(f"two things would be called {', '.join(twice)}")
        homes |= dict.fromkeys(exported, module.stem)
    return INIT.format(imports="\n".join(imports), all=sorted(homes), homes=homes)


def import_alone(package: Path) -> None:
    """Try the package before it is swapped in: a name may hide one that the code itself needs."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"from {package.name} import *"],
        cwd=package.parent,
        env=os.environ | {"PYTHONPATH": str(package.parent), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise UnusableNamesError(f"the package does not import: {ran.stderr.splitlines()[-1]}")


def tidy(package: Path) -> None:
    """Modern annotations, sorted imports, the project's line length."""
    ruff = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--quiet", "--no-cache", "--target-version=py311", "--line-length=100"]
    rules = [
        "--fix",
        "--unsafe-fixes",
        "--select=UP,I,F401,RUF022",
        "--per-file-ignores=__init__.py:F401",
    ]
    subprocess.run([*ruff, "check", *options, *rules, str(package)], check=True)
    subprocess.run([*ruff, "format", *options, str(package)], check=True)


@contextlib.contextmanager
def freshly_generated() -> Iterator[Path]:
    """A complete package in a scratch folder beside the real one."""
    PACKAGE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".codegen-", dir=PACKAGE.parent) as scratch:
        target = Path(scratch) / PACKAGE.name
        generate(target)
        yield target


def swap_in() -> None:
    """Put what is new in its place; what is as it was stays untouched: others may read it."""
    with freshly_generated() as fresh:
        if package_differences(fresh):
            if PACKAGE.exists():
                PACKAGE.rename(fresh.parent / "replaced")
            fresh.rename(PACKAGE)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, text in chain(examples(), documents(PACKAGE.parent)):
        if compared(path, text):
            path.write_bytes(text.encode())


def differences() -> list[str]:
    """What `generate` would change, as lines of a unified diff."""
    with freshly_generated() as fresh:
        lines = package_differences(fresh)
        for path, text in chain(examples(), documents(fresh.parent)):
            lines += compared(path, text)
    return lines


def package_differences(fresh: Path) -> list[str]:
    names = {
        file.relative_to(folder)
        for folder in (PACKAGE, fresh)
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    lines: list[str] = []
    for name in sorted(names):
        old, new = PACKAGE / name, fresh / name
        if new.exists():
            lines += compared(old, new.read_text(encoding="utf-8"))
        else:
            lines.append(f"{old}: made by no query; not part of the generated package")
    return lines


def compared(path: Path, generated: str) -> list[str]:
    if not path.exists():
        return [f"{path}: missing"]
    lines = difflib.unified_diff(
        path.read_bytes().decode().splitlines(keepends=True),
        generated.splitlines(keepends=True),
        f"{path} (as it is)",
        f"{path} (as generated)",
        lineterm="",
    )
    return [line.removesuffix("\n") for line in lines]


def main(command: str) -> int:
    try:
        return run(command)
    except UnusableNamesError as error:
        print(f"{error}: rename a fragment, an operation or a field.", file=sys.stderr)
        return 1


def run(command: str) -> int:
    errors = check_queries(Path("schema.graphql"), Path("queries"))
    for error in errors:
        print(error, end="\n\n", file=sys.stderr)
    if errors:
        return 1
    match command:
        case "generate":
            swap_in()
            print(f"Wrote {PACKAGE}/ and what is made of it in docs/.")
        case "check":
            lines = differences()
            if lines:
                print(*lines, sep="\n")
                print("\nThis is not what it is made from: run `make codegen`.", file=sys.stderr)
                return 1
        case "check-queries":
            print("queries/ is valid against schema.graphql.")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2] or [""]))
