"""`python -m volt.sandbox`, which is also `volt sandbox`: start a local Volt and keep it open."""

import argparse
import errno
import os
import shlex
import sys
from collections.abc import Sequence
from typing import NoReturn

DEFAULT_PORT = 8026
DEFAULT_SENDER = "+15555550123"  # the sender in the vendor's article

_EXTRA = frozenset({"ariadne", "cryptography", "graphql", "h11", "starlette", "uvicorn"})


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(argv: Sequence[str] | None = None, *, prog: str = "python -m volt.sandbox") -> int:
    """Start the sandbox and serve until SIGTERM or Ctrl-C.

    Args:
        argv: The options; None: those of the process.
        prog: What the user typed, for the help and the error messages.

    Returns:
        The exit code: 0, when a signal ended it.

    Raises:
        SystemExit: With 2, after one line on stderr, if it cannot start.
    """
    parser = _parser(prog)
    options = parser.parse_args(argv)
    if not 0 <= options.port <= 65535:
        parser.error("--port is a number from 0 to 65535")
    senders: list[str] = options.sender or [DEFAULT_SENDER]
    try:
        from volt.sandbox._app import create_app
        from volt.sandbox._server import HOST, listen, serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        parser.error("the sandbox is an extra; install it: pip install 'volt-sms[sandbox]'")
    try:
        app = create_app(token=options.token, senders=senders)
    except ValueError as error:
        parser.error(str(error))
    try:
        listener = listen(HOST, options.port)
    except OSError as error:
        parser.error(_why_not_listening(options.port, error))

    url = f"http://{HOST}:{listener.getsockname()[1]}/graphql"
    greeting = f"""\
Volt sandbox: {url}
# Ctrl-C stops it. In another terminal:
export VOLT_API_URL={shlex.quote(url)}
export VOLT_TOKEN={shlex.quote(options.token)}
export VOLT_FROM={shlex.quote(senders[0])}"""
    serve(app, listener, greeting=greeting)
    return 0


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=prog,
        allow_abbrev=False,
        description="A local Volt on 127.0.0.1. No text leaves this machine.",
        epilog="It is made from the vendor's documentation: that a call works here does not prove "
        "that it works on Volt.",
    )
    parser.add_argument(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="the port to listen on; 0 takes a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--token", default="sandbox", help="the bearer token to ask for (default: %(default)s)"
    )
    parser.add_argument(
        "--sender",
        action="extend",
        nargs="+",
        metavar="NUMBER",
        help=f"a number of your organization, in E.164 form (default: {DEFAULT_SENDER})",
    )
    return parser


def _why_not_listening(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; choose another with --port, or --port 0 for a free one"
    return f"cannot listen on port {port}: {os.strerror(error.errno or 0)}"


if __name__ == "__main__":
    sys.exit(main())
