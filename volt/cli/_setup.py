"""`volt login` and `volt completion`."""

import sys
from getpass import getpass
from typing import Annotated, Literal

from cyclopts import App, Parameter

from volt import e164
from volt.cli import _settings
from volt.cli._commands import COMMANDS
from volt.cli._exit import Exit
from volt.cli._output import complain
from volt.errors import InputError


def login(
    *,
    from_: Annotated[str | None, Parameter("--from", metavar="NUMBER")] = None,
    url: Annotated[str | None, Parameter("--url", metavar="URL")] = None,
) -> int:
    """Keep the token, in a file that only you read.

    It asks for the token, and does not show what you type; or it reads one line of standard input.
    Nothing is sent, and nothing checked with Volt: `volt doctor` does that. VOLT_TOKEN, where it is
    set, goes before the file.

    For example:
      volt login
      volt login --from "(555) 555-0123"
      pass show volt | volt login

    Args:
        from_: Keep also the number to send from.
        url: Keep also another endpoint than the vendor's.
    """
    from volt import Volt

    values = {"token": _asked_token()}
    if from_ is not None:
        values["from"] = e164.parse(from_, argument="--from")
    if url is not None:
        values["url"] = url
    Volt(token=values["token"], url=url).close()  # it checks both
    try:
        written = _settings.save(values)
    except OSError as error:
        raise InputError(f"{_settings.path()} cannot be written: {error.strerror}") from None
    complain(f"Wrote {written}, for you alone to read.")
    return Exit.DONE


def _asked_token() -> str:
    if sys.stdin.isatty():
        return getpass("Access token (not shown): ").strip()
    try:
        return sys.stdin.readline(100_000).strip()
    except UnicodeDecodeError:  # it holds the line, so nothing of it goes on
        problem = "standard input is no text: give the access token alone, on one line"
    raise InputError(problem)


def completion(shell: Annotated[Literal["bash", "zsh", "fish"], Parameter("SHELL")], /) -> int:
    """Print what makes your shell complete `volt`.

    For example:
      volt completion bash > ~/.local/share/bash-completion/completions/volt
      volt completion zsh > ~/.zfunc/_volt
      volt completion fish > ~/.config/fish/completions/volt.fish

    Args:
        shell: The shell.
    """
    from volt.cli._app import build

    app = build()
    for commands in COMMANDS.values():
        for name, command in commands.items():
            if not command.place:  # its options are for its own parser
                app.command(App(name=name, help=command.summary))
    print(app.generate_completion(prog_name="volt", shell=shell))
    return Exit.DONE
