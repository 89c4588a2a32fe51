"""The `volt` command. Without extras, its commands name the missing install."""

import shlex
import sys
from collections.abc import Sequence

_USAGE = """\
usage: volt sandbox [options]   start a local Volt; `volt sandbox --help` lists the options
       volt schema pull|diff    keep schema.graphql true to the live API; `--help` says more
       volt --version           print the version
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: The arguments after `volt`; None: those of the process.

    Returns:
        The exit code: that of the command, or 2 if there is no such command.

    Raises:
        SystemExit: With a code of its own, if the command cannot start.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    match arguments:
        case ["sandbox", *options]:
            from volt.sandbox.__main__ import main as sandbox

            return sandbox(options, prog="volt sandbox")
        case ["schema", *options]:
            from volt.schema.__main__ import main as schema

            return schema(options, prog="volt schema")
        case ["--version"]:
            from importlib.metadata import version

            print(version("volt-sms"))
            return 0
        case ["-h" | "--help"]:
            print(_USAGE, end="")
            return 0
        case _:
            if arguments:
                print(f"volt: no such command: {shlex.join(arguments)}", file=sys.stderr)
            print(_USAGE, end="", file=sys.stderr)
            return 2
