"""From arguments to a command, and from whatever comes of it to an exit code."""

import sys
from collections.abc import Callable

from cyclopts import App, CycloptsError

from volt.cli._commands import COMMANDS
from volt.cli._exit import Exit
from volt.cli._help import HelpLayout, fault_of
from volt.cli._output import bear_any_encoding, complain, make_console
from volt.errors import InputError, VoltError


def build() -> App:
    """All commands, each loaded when it is called."""
    app = App(
        name="volt",
        help_format="plaintext",
        help_formatter=HelpLayout(),
        version_flags=(),
        group_parameters="Options",
    )
    for commands in COMMANDS.values():
        for name, command in commands.items():
            if command.place:
                app.command(command.place, name=name)
    return app


def run(arguments: list[str]) -> int:
    """Run the command that the arguments name."""
    bear_any_encoding()
    app = build()
    if not arguments or arguments[0] not in app:
        return _refuse_command(arguments)
    if {"--help", "-h"} & set(arguments):
        app.console = make_console(sys.stdout)
    try:
        command, bound, _ = app.parse_args(
            _joined(arguments), exit_on_error=False, print_error=False
        )
    except CycloptsError as error:
        complain(f"volt {_name(app, arguments)}: {fault_of(error)}")
        return Exit.USAGE
    call: Callable[..., int | None] = command
    try:
        return call(*bound.args, **bound.kwargs) or Exit.DONE
    except VoltError as error:
        complain(f"volt {_name(app, arguments)}: {explained(error)}")
        return Exit.of(error)


def _joined(arguments: list[str]) -> list[str]:
    """The arguments with `--body -` as one, since `-` alone passes for an option."""
    joined: list[str] = []
    for argument in arguments:
        if argument == "-" and joined and joined[-1] in ("--body", "--body-file"):
            joined[-1] += "=-"
        else:
            joined.append(argument)
    return joined


#: What the command calls the arguments of the client.
_OPTIONS = {"to": "--to", "from_": "--from", "body": "--body", "media": "--media"}


def explained(error: VoltError) -> str:
    """An error in one line, with the command's names for what the client calls otherwise."""
    words = str(error)
    if isinstance(error, InputError) and error.argument in _OPTIONS:
        words = words.replace(error.argument, _OPTIONS[error.argument], 1)
    return words.replace("check token= or VOLT_TOKEN", "`volt doctor` looks at it")


def _name(app: App, arguments: list[str]) -> str:
    """The command's name: one word, or two."""
    return " ".join(app.parse_commands(arguments)[0])


def _refuse_command(arguments: list[str]) -> Exit:
    from difflib import get_close_matches

    from volt.cli._commands import overview

    names = [name for commands in COMMANDS.values() for name in commands]
    if not arguments:
        print(overview(is_terminal=sys.stderr.isatty()), end="", file=sys.stderr)
        return Exit.USAGE
    close = get_close_matches(arguments[0], names, n=1)
    remedy = f"did you mean {close[0]}?" if close else "`volt --help` lists them"
    complain(f"volt: no such command: {arguments[0]}: {remedy}")
    return Exit.USAGE
