"""`python -m volt.sandbox`, which is also `volt sandbox`: start a local Volt and keep it open."""

import argparse
import errno
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from volt.sandbox import remedy

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8026
DEFAULT_SENDER = "+15555550123"  # the sender in the vendor's article

_SEND = 'from volt import Volt; print(Volt().send("(555) 555-0145", "Hello"))'
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


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
    is_local = options.host in _LOOPBACK
    if not is_local and options.page_token is None:
        parser.error(
            f"--host {options.host} lets other machines read the messages, which the API's token "
            "does not protect: choose a token for the page with --page-token"
        )
    senders: list[str] = options.sender or [DEFAULT_SENDER]
    try:
        from volt.sandbox._app import create_app
        from volt.sandbox._guard import LOOPBACK_NAMES
        from volt.sandbox._log import JSONLog
        from volt.sandbox._server import listen, serve
    except ModuleNotFoundError as error:
        parser.error(remedy(error))
    try:
        app = create_app(
            token=options.token,
            senders=senders,
            pace_seconds=options.pace,
            keep=options.keep,
            database=options.db,
            hosts=(*LOOPBACK_NAMES, *options.allow_host) if is_local else None,
            page_token=options.page_token,
            webhook_hosts=options.webhook_host,
            standard_webhooks=options.standard_webhooks,
            chaos=options.chaos,
            seed=options.seed,
        )
    except ValueError as error:
        parser.error(str(error))
    try:
        listener = listen(options.host, options.port)
    except OSError as error:
        parser.error(_why_not_listening(options.host, options.port, error))

    base_url = _base_url(options.host, listener.getsockname()[1])
    if not options.json:
        greeting = _greeting(base_url, options.token, senders[0])
        serve(app, listener, greet=lambda: print(greeting, flush=True))
        return 0
    log = JSONLog()
    log.follow(app.state.sandbox.hub)
    start = {"url": f"{base_url}/graphql", "page": f"{base_url}/", "senders": len(senders)}
    serve(app, listener, greet=lambda: log.write("start", **start))
    log.write("stop")
    return 0


def _greeting(base_url: str, token: str, sender: str) -> str:
    url = f"{base_url}/graphql"
    settings = [
        f"VOLT_API_URL={shlex.quote(url)}",
        f"VOLT_TOKEN={shlex.quote(token)}",
        f"VOLT_FROM={shlex.quote(sender)}",
    ]
    exports = "\n".join(f"export {setting}" for setting in settings)
    return f"""\
Volt sandbox: {url}
# Ctrl-C stops it. In another terminal:
{exports}
# The inbox is at {base_url}/ and this line makes a text appear in it:
{" ".join(settings)} {shlex.quote(sys.executable)} -c '{_SEND}'"""


def _base_url(host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # only to print it
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=prog,
        allow_abbrev=False,
        description="A local Volt. No text leaves this machine.",
        epilog="It is made from the vendor's documentation: that a call works here does not prove "
        "that it works on Volt.",
    )
    add = parser.add_argument
    add(
        "--port",
        type=int,
        default=DEFAULT_PORT,
        help="the port to listen on; 0 takes a free one (default: %(default)s)",
    )
    add("--token", default="sandbox", help="the bearer token to ask for (default: %(default)s)")
    add(
        "--sender",
        action="extend",
        nargs="+",
        metavar="NUMBER",
        help=f"a number of your organization, in E.164 form (default: {DEFAULT_SENDER})",
    )
    add(
        "--pace",
        type=float,
        default=1.0,
        metavar="SECONDS",
        help="from queued to sent, and from sent to delivered; 0: at once (default: %(default)s)",
    )
    add("--db", type=Path, metavar="FILE", help="keep everything in this SQLite file")
    add("--keep", type=int, metavar="N", help="how many messages to keep (default: 10000)")
    add(
        "--chaos",
        action="append",
        default=[],
        metavar="FAULT[,count=N][,probability=P][,to=NUMBER][,seconds=S]",
        help="fail on purpose, such as accept-drop,count=3; GET /_sandbox/chaos lists the faults",
    )
    add("--seed", type=int, metavar="N", help="of the chance in --chaos: the same seed, the same")
    add(
        "--webhook-host",
        action="append",
        default=[],
        metavar="HOST",
        help="let webhooks go to this host too, not to this machine only",
    )
    add("--standard-webhooks", action="store_true", help="sign by Standard Webhooks too")
    add(
        "--host",
        default=DEFAULT_HOST,
        help="the address to listen on; any but this machine's own needs a --page-token "
        "(default: %(default)s)",
    )
    add(
        "--page-token", metavar="TOKEN", help="what the page and /_sandbox/ ask for (default: none)"
    )
    add(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that this machine is asked by, beside localhost",
    )
    add("--json", action="store_true", help="print what happens as lines of JSON")
    return parser


def _why_not_listening(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is in use; choose another with --port, or --port 0 for a free one"
    if error.errno is None or error.errno < 0 or error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host} is not an address of this machine"
    return f"cannot listen on port {port}: {os.strerror(error.errno)}"


if __name__ == "__main__":
    sys.exit(main())
