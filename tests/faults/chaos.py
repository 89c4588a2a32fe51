"""Many sends, many of them hit by a fault: what became of each text, and what was said of it."""

import itertools
import random
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.conftest import Caller
from tests.faults import actions as a
from tests.faults.clients import TRANSPORTS, run, send
from tests.faults.network import network_of
from tests.faults.server import Action, FaultServer

#: What hits a request that arrives; each as likely as any other.
FAULTS: Sequence[Action] = [
    a.close_unread,
    a.close_after_request,
    a.reset_after_request,
    a.hang_after_request,
    a.execute_then_close,
    a.execute_then_reset,
    a.execute_then_hang,
    a.half_a_head,
    a.no_http,
    a.head_only,
    a.accept_then_close,
    a.status(429),
    a.status(425),
    a.status(429, "0"),
    *(a.status(code) for code in (500, 502, 503, 504, 408)),
    *(a.status(code, execute=True) for code in (500, 502, 503, 504, 408)),
    a.status(503, "0", execute=True),
    a.reply(a.HTML, execute=True),
    a.reply(b"", execute=True),
    a.reply({}),
    a.result(None, execute=True),
    a.result(None),
    a.truncated(),
    a.truncated(execute=True),
    a.field_error(),
    a.field_error(execute=True),
    a.field_error(901, execute=True),
    a.field_error(601),
    a.field_error(103),
    a.status(400),
    a.status(401),
    a.refusal("Unknown argument"),
    a.accepted_with(503),
]


class ChaosServer(FaultServer):
    """A fault server without a script: every request takes its chance.

    Args:
        rate: How many of a hundred requests meet a fault, divided by a hundred.
        seed: Of the chance.
    """

    def __init__(self, rate: float, seed: int) -> None:
        self.rate = rate
        self.faults = 0
        self._chance = random.Random(seed)
        self._chances = threading.Lock()
        super().__init__()

    def next_action(self) -> Action:
        """Be healthy, or not."""
        with self._chances:
            if self._chance.random() >= self.rate:
                return a.accept
            self.faults += 1
            return self._chance.choice(FAULTS)

    def takes(self, fault: Action) -> bool:
        """Whether a connection, or the look-up of a name, fails."""
        with self._chances:
            hit = self._chance.random() < self.rate / 10
            self.faults += hit
            return hit


@dataclass(frozen=True)
class Tally:
    """What became of the texts, and what their callers were told."""

    sends: int
    faults: int
    accepted_once: int
    """Told "accepted", and out once."""
    twice: int
    """The person got the text more than once, whatever was told."""
    silently_lost: int
    """Told "accepted" and not out, or told "not sent" and out."""
    not_sent: int
    """Told "not sent", and not out."""
    unknown: int
    """Told that it may be out, or nothing that says whether."""

    @classmethod
    def of(cls, server: ChaosServer, told: Mapping[str, str]) -> "Tally":
        """Count, given what was said of each text: `accepted`, `not sent`, or anything else."""
        out = Counter(server.volt.executed)
        counts = Counter((what, min(out[text], 2)) for text, what in told.items())
        lost = counts["accepted", 0] + counts["not sent", 1] + counts["not sent", 2]
        return cls(
            sends=len(told),
            faults=server.faults,
            accepted_once=counts["accepted", 1],
            twice=sum(count > 1 for count in out.values()),
            silently_lost=lost,
            not_sent=counts["not sent", 0],
            unknown=len(told) - counts["accepted", 1] - counts["accepted", 2] - lost
            - counts["not sent", 0],
        )  # fmt: skip


def person(number: int) -> str:
    """A number of the fictional ranges, another for each of 80,000."""
    return f"+1{200 + number // 100}55501{number % 100:02}"


def chaos(
    kind: str,
    *,
    sends: int,
    rate: float = 0.3,
    seed: int = 0,
    at_once: int = 16,
    transport: str = "default",
    timeout_seconds: float = 0.5,
    **options: Any,
) -> Tally:
    """Send a text to each of so many people, with one client of this kind, and count.

    The waits between tries are cut to a thousandth of a second.
    """
    caller = Caller(kind)
    with (
        ChaosServer(rate, seed) as server,
        network_of(server) as url,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("volt._core.waits", lambda: itertools.repeat(0.001))
        patch.setattr("volt._core.POLLS", (0.01, 0.05, 0.1, 0.2))
        learned = run(
            caller,
            [send(f"text {number}", to=person(number)) for number in range(sends)],
            at_once=at_once,
            http_client=TRANSPORTS[transport](caller),
            url=url,
            timeout=timeout_seconds,
            **options,
        )
        server.settle()
        return Tally.of(server, {one.text: one.outcome for one in learned})
