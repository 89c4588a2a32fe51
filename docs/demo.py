"""`make demo`: the vendor's example travels through the typed client into a local Volt and back.

Nothing leaves this machine, and nobody is texted. On a terminal the local Volt stays open at the
end, to look into its inbox and to send it more; in a pipe the demo ends by itself.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from itertools import islice
from pathlib import Path
from textwrap import indent
from urllib.request import urlopen

from volt import AsyncVolt, Message, Volt

ARTICLE = Path(__file__).parent / "article"
EXAMPLE = json.loads((ARTICLE / "variables.json").read_text())
TOKEN = "sandbox"  # noqa: S105 - the local Volt's


def send(url: str) -> Message:
    """Send the example with the client for ordinary code."""
    with Volt(token=TOKEN, url=url, from_=EXAMPLE["from"]) as client:
        return client.send(EXAMPLE["to"], EXAMPLE["body"])


async def send_async(url: str) -> Message:
    """Send the example with the client for coroutines."""
    async with AsyncVolt(token=TOKEN, url=url, from_=EXAMPLE["from"]) as client:
        return await client.send(EXAMPLE["to"], EXAMPLE["body"])


def send_with_curl(url: str) -> str:
    """Run the article's curl command, with this URL and token, and return the reply."""
    command = (ARTICLE / "curl.sh").read_text()
    command = command.replace("https://api.respondflow.com/graphql", url)
    command = command.replace("<token>", TOKEN)
    environment = os.environ | {"NO_PROXY": "127.0.0.1"}
    return subprocess.run(
        ["sh", "-c", f"{command.strip()} --silent --show-error"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def show(title: str, message: Message) -> None:
    """Print a message field by field, as a program would read it."""
    print(f"\n{title}")
    print(f"  message.id           {message.id!r}")
    print(f"  message.to_number    {message.to_number!r}")
    print(f"  message.from_number  {message.from_number!r}")
    print(f"  message.status       {message.status!r}")
    print(f"  message.sent_at      {message.sent_at}")
    print(f"  message.body         {message.body!r}")


def main() -> None:
    """Start the local Volt on a free port, send three times, show what it stored, and stop it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without stopping it, too
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "volt.sandbox", "--port", "0", "--token", TOKEN],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sandbox.stdout is not None  # noqa: S101 - it is a pipe
        first_line = sandbox.stdout.readline()
        if not first_line:
            raise SystemExit("The local Volt did not start; it says why above.")
        url = first_line.split(": ", 1)[1].strip()
        print(f"A local Volt runs at {url}")
        show("1. Volt", send(url))
        show("2. AsyncVolt", asyncio.run(send_async(url)))
        print("\n3. The vendor's curl command (docs/article/curl.sh)")
        print(indent(json.dumps(json.loads(send_with_curl(url)), indent=2), "  "))
        with urlopen(url.replace("/graphql", "/_sandbox/messages")) as reply:  # noqa: S310 - our own
            stored = json.load(reply)
        print(f"\nThe local Volt stored {len(stored)} messages. The first came with the variables")
        print(f"  {json.dumps(stored[0]['variables'])}")
        same = all(message["variables"] == EXAMPLE for message in stored)
        print(f"All three are the vendor's example, field for field: {'yes' if same else 'NO'}")
        if len(stored) != 3 or not same:
            raise SystemExit(1)
        if sys.stdin.isatty() and sys.stdout.isatty():
            keep_open(sandbox)
    finally:
        sandbox.terminate()
        sandbox.wait(timeout=10)
    print("\nNext: `make sandbox` keeps a local Volt open; README.md says how to send to it.")


def keep_open(sandbox: "subprocess.Popen[str]") -> None:
    """Repeat what the local Volt said of its inbox, and keep it open until Ctrl-C."""
    assert sandbox.stdout is not None  # noqa: S101 - it is a pipe
    inbox, line = list(islice(sandbox.stdout, 6))[-2:]
    print(f"\nIt stays open until Ctrl-C. {inbox.lstrip('# ')}\n{line}", flush=True)
    with suppress(KeyboardInterrupt):
        sandbox.wait()


if __name__ == "__main__":
    main()
