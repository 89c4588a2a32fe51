"""What the sandbox's page waits for at 100,000 messages: the answers of its routes, without HTTP.

    make bench-sandbox

Prints the median and the worst of 9 runs, in milliseconds of CPU, which is what a run takes where
nothing else runs: for a database in memory and in a file, with each person texted 50 times or once.
"""

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from statistics import median
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from volt.sandbox import create_app
from volt.sandbox._inspection import Inspection
from volt.sandbox._sandbox import Sandbox

OWN = "+15555550123"
WORDS = (
    "your table is ready code menu of the day reply stop to opt out thanks see you at eight".split()
)
RUNS = 9
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def fill(sandbox: Sandbox, messages: int, persons: int) -> float:
    """Accept messages as the API does: CPU seconds for each."""
    draw = random.Random(7)  # noqa: S311  # no secret
    start = time.process_time()
    for number in range(messages):
        to = f"+1{5550000000 + number % persons}"
        body = " ".join(draw.choices(WORDS, k=20)) + f" {number}"
        request = sandbox.store.add_request(
            {
                "method": "POST",
                "path": "/graphql",
                "headers": {"user-agent": "benchmark", "authorization": "Bearer •••"},
                "body": {"query": "mutation", "variables": {"to": to, "from": OWN, "body": body}},
                "status": None,
                "fault": None,
            },
            sandbox.now(),
        )
        sandbox.send(to=to, from_=OWN, body=body, request=request)
        sandbox.store.answer_request(request, 200)
    sandbox.advance()
    return (time.process_time() - start) / messages


def ask(handler: Handler, query: str = "", **path: str) -> None:
    """Ask a route's handler, without HTTP."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [],
        "query_string": query.encode(),
        "path_params": path,
    }
    asyncio.run(handler(Request(scope)))


def measure(messages: int, persons: int, database: Path | None) -> None:
    """Fill one sandbox, ask it, and print."""
    app = create_app(keep=messages, pace_seconds=0, database=database)
    sandbox: Sandbox = app.state.sandbox
    each = fill(sandbox, messages, persons)
    show = Inspection(sandbox)
    newest = sandbox.store.messages[-1]
    asked: dict[str, Callable[[], object]] = {
        "first paint: conversations": lambda: ask(show.conversations),
        "search, many found": lambda: ask(show.conversations, "search=table"),
        "search, none found": lambda: ask(show.conversations, "search=zzzz"),
        "search for a number": lambda: ask(show.conversations, "search=555-0145"),
        "one conversation": lambda: ask(show.conversation, own=OWN, person=newest["toNumber"]),
        "one message": lambda: ask(show.message, id=newest["id"]),
        "the contract's inbox": lambda: sandbox.conversations.inbox(OWN, None),
        "state": lambda: ask(show.state),
    }
    print(
        f"\n{messages:,} messages to {persons:,} persons, in {'a file' if database else 'memory'}:"
        f" {each * 1000:.2f} ms of CPU to accept each"
    )
    for name, run in asked.items():
        times: list[float] = []
        for _ in range(RUNS):
            start = time.process_time()
            run()
            times.append((time.process_time() - start) * 1000)
        print(f"  {name:<28} {median(times):7.1f} {max(times):7.1f}")
    sandbox.database.close()


def main() -> None:
    """Measure each."""
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        for number, persons in enumerate((messages // 50, messages)):
            measure(messages, persons, None)
            measure(messages, persons, Path(folder) / f"{number}.db")


if __name__ == "__main__":
    main()
