"""`python -m volt.schema`, also `volt schema`: pull the live schema, or compare with it."""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from difflib import unified_diff
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from volt._contract import is_installed, queries_path, schema_path

if TYPE_CHECKING:
    from volt.schema import Change, Merged, Place

#: Exit codes beside those of `Severity`.
NO_LIVE_SCHEMA = 4
WRONG_USE = 5

_MEANINGS = {
    0: "nothing breaks",
    1: "breaks queries of ours",
    2: "breaking changes, but none that our queries use",
    3: "dangerous changes, nothing breaking",
}
_EXIT_CODES = """\
exit codes of diff:
  0  nothing breaks
  1  a breaking change breaks a query of ours
  2  there are breaking changes, but no query of ours uses what they change
  3  there are dangerous changes only
exit codes of pull:
  0  the schema is up to date, or was brought up to date
of both:
  4  the live schema cannot be read: no token, not reached, refused, not a schema
  5  wrong use: an option, a missing extra, or a file that cannot be read or written

VOLT_TOKEN has the token, VOLT_API_URL another endpoint than the vendor's.
"""


class _WrongUseError(Exception):
    """Something is wrong on this machine; the message is one line."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, and whose exit code means nothing else."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message}\n")


def main(argv: Sequence[str] | None = None, *, prog: str = "python -m volt.schema") -> int:
    """Pull the live schema, or compare the vendored one with it.

    Args:
        argv: The arguments; None: those of the process.
        prog: What the user typed, for the help and the error messages.

    Returns:
        The exit code; `--help` lists them.

    Raises:
        SystemExit: With 5, after one line on stderr, if the arguments are wrong.
    """
    options = _parser(prog).parse_args(argv)
    if find_spec("graphql") is None:
        print(
            f"{prog}: it needs graphql-core, an extra; install it: pip install 'volt-sms[sandbox]'",
            file=sys.stderr,
        )
        return WRONG_USE
    from volt import VoltError
    from volt.schema import IncompleteSchemaError, IntrospectionRefusedError, SchemaError

    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except (IncompleteSchemaError, IntrospectionRefusedError) as error:
        reason, code = str(error), NO_LIVE_SCHEMA
    except (SchemaError, _WrongUseError) as error:
        reason, code = str(error), WRONG_USE
    except VoltError as error:
        reason, code = str(error), NO_LIVE_SCHEMA
    except OSError as error:
        reason, code = f"{error.filename}: {error.strerror}", WRONG_USE
    print(f"{prog}: {reason}", file=sys.stderr)
    return code


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=prog,
        allow_abbrev=False,
        description="Keep the vendored schema.graphql true to the live API, read by introspection.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="pull|diff")
    pull = commands.add_parser(
        "pull",
        allow_abbrev=False,
        help="bring schema.graphql up to date, and show the difference",
        description="Bring the vendored schema up to date, and show the difference. What is the "
        "same keeps its notes, comments and place.",
    )
    pull.set_defaults(run=_pull)
    pull.add_argument("--output", type=Path, metavar="FILE", help="write here, not over the schema")
    pull.add_argument("--dry-run", action="store_true", help="only show the difference")
    diff = commands.add_parser(
        "diff",
        allow_abbrev=False,
        help="list what the live schema breaks, and in which queries",
        description="List breaking and dangerous changes of the live schema, and where they break "
        "queries.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    diff.set_defaults(run=_diff)
    diff.add_argument(
        "--queries",
        type=Path,
        default=queries_path(),
        metavar="FOLDER",
        help="the .graphql files to look at (default: those of this package)",
    )
    for command in (pull, diff):
        command.add_argument(
            "--schema",
            type=Path,
            metavar="FILE",
            help="the vendored schema (default: that of this package)",
        )
        command.add_argument(
            "--deadline",
            type=float,
            default=25.0,
            metavar="SECONDS",
            help="how long to wait for an answer (default: %(default)s)",
        )
    return parser


def _pull(options: argparse.Namespace) -> int:
    from volt.schema import merge

    source: Path = options.schema or schema_path()
    target: Path = options.output or source
    if is_installed() and target == schema_path() and not options.dry_run:
        raise _WrongUseError(
            "the schema of an installed package stays as it is: name a file to write, such as "
            "--output schema.graphql"
        )
    vendored = _read(source)
    merged = merge(vendored, _live(options), name=_shown(source))
    sys.stdout.writelines(
        unified_diff(
            vendored.splitlines(keepends=True),
            merged.text.splitlines(keepends=True),
            _shown(source),
            f"{_shown(source)} (as the live API has it)",
        )
    )
    print(*_summary(merged, _shown(source)), sep="\n")
    if not options.dry_run and (target != source or merged.text != vendored):
        _replace(target, merged.text)
        print(f"\nWrote {_shown(target)}.")
    return 0


def _summary(merged: "Merged", name: str) -> Iterable[str]:
    lines = [
        *(f"  + {item}" for item in merged.added),
        *(f"  - {item}" for item in merged.removed),
        *(f"  ~ {item}" for item in merged.changed),
    ]
    if lines:
        yield from ["", "What the live schema has more (+), no more (-) and otherwise (~):", *lines]
    else:
        yield f"{name} says what the live schema says."
    if merged.guessed:
        yield from ["", "Guesses about items that are there, and of the type that was guessed:"]
        yield from (f"  ? {guess}" for guess in merged.guessed)


def _diff(options: argparse.Namespace) -> int:
    from volt.schema import compare, merge

    source: Path = options.schema or schema_path()
    vendored = _read(source)
    files = sorted(options.queries.rglob("*.graphql"))
    if not files:
        raise _WrongUseError(f"{options.queries}: no .graphql file in it")
    queries = {_shown(file): _read(file) for file in files}
    live = _live(options)
    merged = merge(vendored, live, name=_shown(source))
    comparison = compare(vendored, live, queries, name=_shown(source))
    ours = [change for change in comparison.changes if change.places]
    others = [change for change in comparison.changes if not change.places]
    for title, changes in (
        ("Breaking, in queries of ours:", ours),
        ("Breaking, but nothing that our queries use:", [c for c in others if c.is_breaking]),
        ("Dangerous:", [change for change in others if not change.is_breaking]),
    ):
        if changes:
            print(title, *(line for change in changes for line in _lines(change)), "", sep="\n")
    if comparison.unexplained:
        print(
            "Wrong with queries of ours beside that:",
            *map(_line, comparison.unexplained),
            "",
            sep="\n",
        )
    if merged.added or merged.removed or merged.changed:
        print("`pull --dry-run` shows the whole difference.")
    severity = comparison.severity
    print(f"{_shown(source)} and the live schema: {_MEANINGS[severity]} (exit code {severity:d}).")
    return int(severity)


def _lines(change: "Change") -> Iterable[str]:
    yield f"- {change.description}"
    yield from map(_line, change.places)


def _line(place: "Place") -> str:
    used = f" [{', '.join(place.queries)}]" if place.queries else ""
    return f"    {place}{used}"


def _live(options: argparse.Namespace) -> str:
    from volt import Volt
    from volt.schema import fetch

    with Volt(deadline=options.deadline) as client:
        return fetch(client)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()  # as it is: `read_text` would change the ends of lines
    except UnicodeDecodeError:
        raise _WrongUseError(f"{_shown(path)} is not text in UTF-8") from None


def _shown(path: Path) -> str:
    """A path as people would type it from here."""
    with contextlib.suppress(ValueError):
        return str(path.absolute().relative_to(Path.cwd()))
    return str(path)


def _replace(path: Path, text: str) -> None:
    """Write a file whole or not at all: whoever reads it meanwhile sees the old one."""
    path = path.resolve()
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=f".{path.name}-", delete=False
    ) as scratch:
        try:
            scratch.write(text.encode())
            scratch.flush()
            os.fsync(scratch.fileno())
            if path.exists():
                shutil.copymode(path, scratch.name)
            else:
                Path(scratch.name).chmod(0o644)
            Path(scratch.name).replace(path)
        except BaseException:
            Path(scratch.name).unlink()
            raise


if __name__ == "__main__":
    sys.exit(main())
