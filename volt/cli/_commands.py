"""Which commands there are, where each is, and the overview that `volt --help` prints.

The overview needs no extra, and loads no command.
"""

import os
from typing import NamedTuple


class Command(NamedTuple):
    """A command: where its code is, and what it does in one line."""

    place: str
    """`module:attribute`, a function or an app; empty: it has a parser of its own."""
    summary: str


#: The commands, in the groups and the order of the overview. A command's docstring begins with its
#: summary: a test compares them.
COMMANDS: dict[str, dict[str, Command]] = {
    "Messages": {
        "send": Command("volt.cli._send:send", "Send a text to one person, or to several."),
        "message": Command("volt.cli._messages:message", "Show a message, and what became of it."),
        "conversation": Command(
            "volt.cli._messages:conversation", "Show what was written to and by one person."
        ),
        "inbox": Command(
            "volt.cli._messages:inbox", "List who wrote, or was written to, last; or follow it."
        ),
    },
    "Contacts and webhooks": {
        "contact": Command("volt.cli._contacts:contact", "Show, make or change a contact."),
        "list": Command("volt.cli._contacts:lists", "Show, make or fill a list of contacts."),
        "webhook": Command(
            "volt.cli._webhooks:webhook", "List, add or remove webhooks; verify what one received."
        ),
    },
    "Before you send": {
        "number": Command("volt.cli._texts:number", "Bring phone numbers into E.164 form."),
        "segments": Command(
            "volt.cli._texts:segments", "Count the segments that a text costs, and say why."
        ),
        "snippet": Command(
            "volt.cli._texts:snippet", "Write a send as a program in another language."
        ),
    },
    "Set up": {
        "login": Command("volt.cli._setup:login", "Keep the token, in a file that only you read."),
        "doctor": Command("volt.cli._doctor:doctor", "Check token, address, clock and versions."),
        "completion": Command(
            "volt.cli._setup:completion", "Print what makes your shell complete `volt`."
        ),
        "sandbox": Command("", "Start a local Volt: no text leaves this machine."),
        "schema": Command("", "Compare the vendored schema with the live one, or renew it."),
    },
}

_OVERVIEW = """\
The Volt messaging API at your prompt. It texts nobody twice by accident.

{bold}Usage:{plain} volt COMMAND [OPTIONS]

{groups}
`volt COMMAND --help` has options and examples; `volt --version` the version.

{bold}Settings{plain}
  VOLT_TOKEN    the access token, or let `volt login` keep it. It is never an
                argument: other users of the machine can see those
  VOLT_FROM     the number to send from
  VOLT_API_URL  another endpoint than the vendor's, such as a sandbox's
  VOLT_LOG      info or debug: every decision, or attempt, goes to stderr
  NO_COLOR      anything: no colours

{bold}Output{plain}
  For people on a terminal; into a pipe or a file, or with --json, one JSON
  object a line. Numbers are shown in full; on stderr, which logs keep, masked.

{bold}Exit codes{plain}
  0    sent, or done
  2    wrong use: nothing was sent
  3    rejected by Volt, or no such thing: nothing was sent
  4    unavailable: nothing was sent, and later it may work
  5    {bold}unknown: it may have been sent. Look before you send it again{plain}
  74   the output cannot be written; stderr says what was sent
  130  interrupted (143: by SIGTERM); stderr says if a text may be out
  With several recipients, the highest of their codes. `volt schema` has others.
"""


def overview(*, is_terminal: bool) -> str:
    """What `volt --help` prints; with bold headings on a terminal that may have them."""
    decorated = is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    bold, plain = ("\033[1m", "\033[0m") if decorated else ("", "")
    groups = "".join(
        f"{bold}{title}{plain}\n"
        + "".join(f"  {name:13} {command.summary}\n" for name, command in commands.items())
        + "\n"
        for title, commands in COMMANDS.items()
    )
    return _OVERVIEW.format(bold=bold, plain=plain, groups=groups.rstrip("\n") + "\n")
