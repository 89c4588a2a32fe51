"""The `volt` command: the public API of `volt`, at a prompt.

It needs the extra `volt-sms[cli]`. Without it, it still starts the sandbox and shows its help, and
names the missing install for anything else. What is imported here is imported at every start, so
it is next to nothing: a command is loaded when it is called.
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from volt.cli._exit import Exit

__all__ = ["main"]

#: Commands with a parser of their own: `python -m` runs the same.
_DOORS = {"sandbox": "volt.sandbox.__main__", "schema": "volt.schema.__main__"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: The arguments after `volt`; None: those of the process.

    Returns:
        The exit code, as `volt --help` lists them.

    Raises:
        SystemExit: With 2, after one line on stderr, if the sandbox cannot start.
    """
    _open_what_is_closed()
    try:
        code = _run(sys.argv[1:] if argv is None else list(argv))
        sys.stdout.flush()
    except KeyboardInterrupt as stop:
        # The client says in a note if something may have been done all the same.
        for note in getattr(stop, "__notes__", []):
            print(note, file=sys.stderr)
        return Exit.INTERRUPTED
    except OSError as error:
        if error.filename is not None:
            raise  # of a file, so not of the output
        # Python would try, and complain, once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return Exit.CLOSED_PIPE
        print(f"volt: the output cannot be written: {error.strerror}", file=sys.stderr)
        return Exit.NO_OUTPUT
    return code


def _open_what_is_closed() -> None:
    """Python has None for a standard stream that was closed, as by `>&-`."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _run(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name == "--version":
        from importlib.metadata import version

        print(version("volt-sms"))
        return Exit.DONE
    if name in ("-h", "--help", "help"):
        from volt.cli._commands import overview

        print(overview(is_terminal=sys.stdout.isatty()), end="")
        return Exit.DONE
    if name in _DOORS:
        door: Callable[..., int] = import_module(_DOORS[name]).main
        if name == "schema":
            from volt.cli._settings import lend_token

            lend_token()
        return door(arguments[1:], prog=f"volt {name}")
    try:
        from volt.cli import _app
    except ModuleNotFoundError as error:
        if error.name != "cyclopts":
            raise
        print(
            "volt: the command needs an extra (`volt sandbox` does not): "
            "pip install 'volt-sms[cli]'",
            file=sys.stderr,
        )
        return Exit.USAGE
    return _app.run(arguments)
