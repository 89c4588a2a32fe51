"""How often is a person texted, and what is the caller told, when requests fail?

    make bench-safety

Runs every client of `peers.py` against a local server that fails, and ours beside them; then many
sends with faults on 30 % of the requests. Writes the tables into docs/benchmarks/safety.md, and
fails if ours texts anyone twice or tells a lie. Nothing is timed.
"""

import argparse
import asyncio
import logging
import os
import ssl
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import trustme

from benchmarks.peers import OURS, PEERS, Peer
from tests.faults import Exchange, FaultServer, VoltService
from tests.faults import actions as a
from tests.faults.chaos import ChaosServer, Tally, chaos
from tests.faults.network import network_of, refuse
from tests.faults.server import Action
from tests.faults.service import Operation

PAGE = Path(__file__).parent.parent / "docs/benchmarks/safety.md"
TEXT = "Your table is ready."


class AnyService(VoltService):
    """Executes whatever it is sent, and answers as one client expects."""

    def __init__(self, reply: object) -> None:
        super().__init__()
        self.reply = reply

    def receive(self, body: bytes) -> Operation:
        """Take note of a request in any format."""
        if self.reply is None:
            return super().receive(body)
        operation = Operation("createMessage", {"to": "", "from": "", "body": TEXT})
        self.operations.append(operation)
        return operation

    def answer(self, exchange: Exchange) -> bool:
        """Be healthy."""
        exchange.read()
        data = exchange.execute()
        kind = "text/xml" if isinstance(self.reply, bytes) else "application/json"
        reply = {"data": data} if self.reply is None else self.reply
        exchange.reply(reply, headers={"Content-Type": kind})
        return True


@dataclass(frozen=True)
class Seen:
    """What came of one logical send."""

    posts: int
    texted: int
    told: str
    """`sent`, or the error's name."""
    one_key: bool
    """Whether every request carried the same idempotency key."""


@contextmanager
def quick() -> Iterator[ssl.SSLContext]:
    """Cut all waits to a hundredth of a second, and trust the TLS of the yielded context."""
    sleep, sleep_async = time.sleep, asyncio.sleep
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with (
        pytest.MonkeyPatch.context() as patch,
        authority.cert_pem.tempfile() as certificate,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        patch.setenv("REQUESTS_CA_BUNDLE", certificate)
        patch.setattr(time, "sleep", lambda seconds: sleep(min(seconds, 0.01)))
        patch.setattr(
            asyncio, "sleep", lambda delay, result=None: sleep_async(min(delay, 0.01), result)
        )
        yield context


def try_once(peer: Peer, context: ssl.SSLContext, *script: Action, otherwise: Any = None) -> Seen:
    """One logical send, against a server with this script."""
    service = AnyService(peer.reply)
    server = FaultServer(
        *script,
        otherwise=otherwise or service.answer,
        volt=service,
        tls=context if peer.tls else None,
    )
    with server, network_of(server):
        try:
            peer.send(server.url, TEXT)
            told = "sent"
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the caller gets
            told = type(error).__name__
        server.settle(0.3)
        keys = [request.headers.get("idempotency-key") for request in server.requests]
        one_key = len(keys) > 1 and keys[0] is not None and len(set(keys)) == 1
        return Seen(len(server.requests), len(service.executed), told, one_key)


def cell(counts: Sequence[int], seen: Sequence[Seen]) -> str:
    """Numbers, each once, and whether the requests could be known for one."""
    text = ", ".join(str(count) for count in dict.fromkeys(counts))
    return f"{text} (one key)" if any(one.one_key for one in seen) else text


ALWAYS: dict[str, Sequence[Action]] = {
    "closed": [a.close_after_request],
    "reset": [a.reset_after_request],
    "read timeout": [a.hang_after_request],
    "502, 503, 504": [a.status(code) for code in (502, 503, 504)],
    "429": [a.status(429)],
}


def comparison(clients: Sequence[Peer], context: ssl.SSLContext) -> tuple[str, str]:
    """The two tables: how many POSTs arrived, and what the caller was told."""
    counts = [[*ALWAYS, "executed, then 503 once", "refused once"]]
    told = [["never connected", "closed after the request", "503", "429"]]
    for peer in clients:
        print(f"  {peer.name}", file=sys.stderr)
        seen = {
            name: [try_once(peer, context, otherwise=action) for action in actions]
            for name, actions in ALWAYS.items()
        }
        healthy = try_once(peer, context)
        assert (healthy.posts, healthy.told) == (1, "sent"), (peer.name, healthy)
        executed = try_once(peer, context, a.status(503, execute=True))
        refused = try_once(peer, context, refuse)
        never = try_once(peer, context, otherwise=refuse)
        counts.append([
            peer.name, *(cell([one.posts for one in each], each) for each in seen.values()),
            cell([executed.texted], [executed]), "sent" if refused.texted else "not sent",
        ])  # fmt: skip
        told.append([
            peer.name, never.told, seen["closed"][0].told, seen["502, 503, 504"][1].told,
            seen["429"][0].told,
        ])  # fmt: skip
    return table("client", counts), table("client", told)


def table(first: str, rows: Sequence[Sequence[str]]) -> str:
    """Write rows as Markdown; the first row is the head."""
    head, *others = [first, *rows[0]], *rows[1:]
    lines = [head, ["---"] * len(head), *others]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# Many sends.


def chaos_of_peer(peer: Peer, sends: int) -> Tally:
    """The same faults for a client that is not ours."""
    texts = [f"text {number}" for number in range(sends)]

    with ChaosServer(0.3, seed=0) as server, network_of(server) as url:

        def one(text: str) -> str:
            try:
                peer.send(url, text)
            except Exception:  # noqa: BLE001 - it does not say whether the text is out
                return "error"
            return "accepted"

        with ThreadPoolExecutor(16) as pool:
            told = dict(zip(texts, pool.map(one, texts), strict=True))
        server.settle(1.0)
        return Tally.of(server, told)


def runs(sends: int) -> Iterator[tuple[str, Callable[[], Tally]]]:
    """Each line of the table: its name, and how to get it."""
    for kind in ("sync", "async"):
        yield f"**volt**, {kind}", partial(chaos, kind, sends=sends)
    for choice in ("reconcile", "resend"):
        name = f'**volt**, async, `on_unknown="{choice}"`'
        yield name, partial(chaos, "async", sends=sends, on_unknown=choice, deadline=5.0)
    for peer in PEERS:
        if peer.is_graphql:
            yield peer.name, partial(chaos_of_peer, peer, sends // 10)


def chaos_table(sends: int) -> str:
    """The table of the many sends."""
    rows = [["sends", "accepted, out once", "texted twice", "silently lost", "error: not sent",
             "error: unknown, or does not say"]]  # fmt: skip
    for name, measure in runs(sends):
        print(f"  {name}", file=sys.stderr)
        tally = measure()
        if name.startswith("**volt**") and "resend" not in name:
            assert (tally.twice, tally.silently_lost) == (0, 0), tally
        facts = (tally.sends, tally.accepted_once, tally.twice, tally.silently_lost,
                 tally.not_sent, tally.unknown)  # fmt: skip
        rows.append([name, *(f"{fact:,}" for fact in facts)])
    return table("client", rows)


def versions() -> str:
    """Of everything that was compared."""
    names = dict.fromkeys(name for peer in PEERS for name in peer.packages)
    return ", ".join(f"{name} {version(name)}" for name in names) + "."


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sends", type=int, default=10_000, help="of the chaos run")
    sends = parser.parse_args().sends
    logging.disable(logging.CRITICAL)
    print("One send at a time:", file=sys.stderr)
    with quick() as context:
        counts, told = comparison([*OURS, *PEERS], context)
    print("Many sends:", file=sys.stderr)
    with quick():
        many = chaos_table(sends)
    page = PAGE.read_text()
    parts = {"counts": counts, "told": told, "chaos": many, "versions": versions()}
    for name, text in parts.items():
        begin, end = f"<!-- {name}: written by make bench-safety -->", f"<!-- end of {name} -->"
        before, (_, after) = page.partition(begin)[0], page.partition(begin)[2].split(end)
        page = f"{before}{begin}\n{text}\n{end}{after}"
    PAGE.write_text(page)
    print(f"Written to {os.path.relpath(PAGE)}", file=sys.stderr)


if __name__ == "__main__":
    main()
