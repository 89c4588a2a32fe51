"""The promise, over random fault scripts: nobody is texted twice, and nobody is told a lie.

A script is what becomes of each request in turn. A model of the policy, a dozen lines long, says
what must come of it; the laws below it hold whatever the model says.
"""

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from h2.errors import ErrorCodes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Caller
from tests.faults import FaultServer
from tests.faults import actions as a
from tests.faults import http2 as h
from tests.faults.chaos import chaos
from tests.faults.clients import Learned, assert_honest, run, send
from tests.faults.http2 import Http2FaultServer
from tests.faults.network import fail_to_resolve, network_of, refuse
from tests.faults.server import Action

TRIES = 4


@dataclass(frozen=True, eq=False)
class Fault:
    """What one request meets, and what it proves to a careful reader."""

    name: str
    action: Action
    proves: str
    """`accepted`; `unsent`, and worth another try; `refused`, and not; or `nothing`."""
    arrives: bool = True
    executes: bool = False
    keeps: bool = False
    """Whether the connection can be used again."""

    def __repr__(self) -> str:
        return self.name


ACCEPT = Fault("accept", a.accept, "accepted", executes=True, keeps=True)
NETWORK = [
    Fault("refuse", refuse, "unsent", arrives=False),
    Fault("no name", fail_to_resolve, "unsent", arrives=False),
]
FAULTS = [
    *(Fault(f"{s}", a.status(s), "unsent", keeps=True) for s in (429, 425, 421)),
    Fault("429 at once", a.status(429, "0"), "unsent", keeps=True),
    Fault("429, closed", a.status(429, keep=False), "unsent"),
    *(Fault(f"field error {c}", a.field_error(c), "unsent", keeps=True) for c in (601, 602)),
    *(Fault(f"{s}", a.status(s), "refused", keeps=True) for s in (400, 401, 404, 413)),
    *(Fault(f"field error {c}", a.field_error(c), "refused", keeps=True) for c in (103, 503)),
    Fault("errors, no data", a.refusal("Unknown argument"), "refused", keeps=True),
    *(Fault(f"{s}", a.status(s), "nothing", keeps=True) for s in (500, 502, 503, 504, 408)),
    *(
        Fault(f"executed, {s}", a.status(s, "0", execute=True), "nothing", executes=True, keeps=True)
        for s in (500, 502, 503, 504, 408)
    ),
    Fault("closed", a.close_after_request, "nothing"),
    Fault("reset", a.reset_after_request, "nothing"),
    Fault("executed, closed", a.execute_then_close, "nothing", executes=True),
    Fault("executed, reset", a.execute_then_reset, "nothing", executes=True),
    Fault("half a head", a.half_a_head, "nothing", executes=True),
    Fault("truncated", a.truncated(), "nothing"),
    Fault("executed, truncated", a.truncated(execute=True), "nothing", executes=True),
    Fault("HTML", a.reply(a.HTML), "nothing", keeps=True),
    Fault("executed, HTML", a.reply(a.HTML, execute=True), "nothing", executes=True, keeps=True),
    Fault("null", a.result(None), "nothing", keeps=True),
    Fault("executed, null", a.result(None, execute=True), "nothing", executes=True, keeps=True),
    Fault("field error", a.field_error(), "nothing", keeps=True),
    Fault("executed, field error", a.field_error(execute=True), "nothing", executes=True,
          keeps=True),
    Fault("executed, 901", a.field_error(901, execute=True), "nothing", executes=True, keeps=True),
    Fault("accepted with 500", a.accepted_with(500), "accepted", executes=True, keeps=True),
    ACCEPT,
    ACCEPT,
]  # fmt: skip
TEXTS = ["a", "b", "c"]


@dataclass
class Model:
    """The policy in a dozen lines: what must come of a script."""

    script: Iterator[Fault]
    resend: bool
    connected: bool = False

    def next_fault(self) -> Fault:
        """What the next request meets; a kept connection can no more be refused."""
        for fault in self.script:
            if fault.arrives or not self.connected:
                return fault
        return ACCEPT

    def send(self) -> tuple[str, int, int]:
        """The outcome of a send, how many whole POSTs arrive, and how many are executed."""
        arrived = executed = 0
        maybe_out = False
        for _ in range(TRIES):
            fault = self.next_fault()
            arrived += fault.arrives
            executed += fault.executes
            self.connected = fault.keeps
            if fault.proves == "accepted":
                return "accepted", arrived, executed
            maybe_out = maybe_out or fault.proves == "nothing"
            if fault.proves == "refused" or (fault.proves == "nothing" and not self.resend):
                break
        return "unknown" if maybe_out else "not sent", arrived, executed


CONTEXT = httpx.create_ssl_context()


def learn(
    kind: str, transport: str, texts: Sequence[str], server: FaultServer, **options: Any
) -> list[Learned]:
    """Send the texts, one after the other, with hardly a wait."""
    caller = Caller(kind)
    http_client = caller.httpx_client(verify=CONTEXT) if transport == "stock" else None
    with pytest.MonkeyPatch.context() as patch, network_of(server) as url:
        patch.setattr("volt._core.waits", lambda: itertools.repeat(0.0))
        learned = run(
            caller, [send(text) for text in texts], http_client=http_client, url=url, **options
        )
        server.settle()
        return learned


BOUNDED = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
SCRIPTS = st.lists(st.sampled_from([*NETWORK, *FAULTS]), max_size=14)
SENDS = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=6)


@pytest.mark.parametrize("on_unknown", ["raise", "resend"])
@pytest.mark.parametrize("transport", ["default", "stock"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_every_script_of_faults_ends_as_the_policy_says(
    kind: str, transport: str, on_unknown: str
) -> None:
    """Exactly: outcomes, whole POSTs, executions. So nothing provably unsent is called unknown."""

    @BOUNDED
    @given(SCRIPTS, SENDS)
    def judge(script: list[Fault], texts: list[str]) -> None:
        model = Model(iter(script), resend=on_unknown == "resend")
        with FaultServer(*(fault.action for fault in script)) as server:
            learned = learn(kind, transport, texts, server, on_unknown=on_unknown)
            expected = [model.send() for _ in texts]
            assert [one.outcome for one in learned] == [outcome for outcome, _, _ in expected]
            posts = [text for text, (_, arrived, _) in zip(texts, expected, strict=True)
                     for _ in range(arrived)]  # fmt: skip
            assert server.volt.posts == posts
            executed = [text for text, (_, _, times) in zip(texts, expected, strict=True)
                        for _ in range(times)]  # fmt: skip
            assert server.volt.executed == executed
            if on_unknown == "raise":
                assert_honest(server, learned)

    judge()


SLOW = [
    Fault("silence", a.hang_after_request, "nothing"),
    Fault("executed, silence", a.execute_then_hang, "nothing", executes=True),
    Fault("closed on connect", a.close_on_connect, "nothing", arrives=False),
    Fault("closed unread", a.close_unread, "nothing", arrives=False),
    Fault("accepted, closed", a.accept_then_close, "accepted", executes=True),
]


@pytest.mark.parametrize("at_once", [1, 6])
@pytest.mark.parametrize("transport", ["default", "stock"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_no_race_and_no_silence_makes_anyone_lie(kind: str, transport: str, at_once: int) -> None:
    """Faults whose end is a matter of timing, and sends at the same time: the laws hold."""

    @settings(BOUNDED, max_examples=15)
    @given(st.lists(st.sampled_from([*NETWORK, *FAULTS, *SLOW * 3]), max_size=14), SENDS)
    def judge(script: list[Fault], texts: list[str]) -> None:
        with FaultServer(*(fault.action for fault in script)) as server:
            options = {"timeout": 0.1, "at_once": at_once}
            assert_honest(server, learn(kind, transport, texts, server, **options))

    judge()


STREAMS = {
    "accept": h.accept,
    "REFUSED_STREAM": h.reset_stream(ErrorCodes.REFUSED_STREAM),
    "GOAWAY below": h.goaway(below=True),
    "GOAWAY at": h.goaway(below=False),
    "executed, GOAWAY at": h.goaway(below=False, execute=True),
    "GOAWAY at, accept": h.goaway_then_accept,
    "RST_STREAM": h.reset_stream(ErrorCodes.INTERNAL_ERROR),
    "executed, RST_STREAM": h.reset_stream(ErrorCodes.CANCEL, execute=True),
    "executed, closed": h.close(execute=True),
    "closed": h.close(execute=False),
    "executed, half a reply": h.close_mid_reply,
    "429": h.status(429),
    "503": h.status(503),
    "executed, 503": h.status(503, execute=True),
}
PROOFS = {"accept", "REFUSED_STREAM", "GOAWAY below", "429"}


@pytest.mark.parametrize("at_once", [1, 5])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_no_stream_of_http2_makes_anyone_lie(kind: str, at_once: int) -> None:
    """One connection for all, which one text may end for the others."""

    @settings(BOUNDED, max_examples=20)
    @given(st.lists(st.sampled_from([*STREAMS]), max_size=12), SENDS)
    def judge(script: list[str], texts: list[str]) -> None:
        caller = Caller(kind)
        with Http2FaultServer(*(STREAMS[name] for name in script)) as server:
            learned = run(
                caller,
                [send(text) for text in texts],
                http_client=caller.httpx_client(http1=False, http2=True, verify=CONTEXT),
                at_once=at_once,
                url=server.url,
            )
            server.settle()
            assert_honest(server, learned)
            if set(script) <= PROOFS and at_once == 1:
                assert "unknown" not in {one.outcome for one in learned}

    judge()


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_found_means_executed(kind: str) -> None:
    """Reconciling, too, nobody is told "accepted" of a text that is not out, or texted twice."""

    @settings(BOUNDED, max_examples=15)
    @given(SCRIPTS, SENDS, st.integers(0, 2), st.sampled_from([-60.0, 0.0, 60.0]))
    def judge(script: list[Fault], texts: list[str], lag: int, skew_seconds: float) -> None:
        with FaultServer(*(fault.action for fault in script)) as server:
            server.volt.lag_polls = lag
            server.volt.set_clock(skew_seconds)
            learned = learn(kind, "default", texts, server, on_unknown="reconcile", deadline=0.5)
            assert_honest(server, learned)

    judge()


@pytest.mark.parametrize("on_unknown", ["raise", "reconcile"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_short_chaos_run(kind: str, on_unknown: str) -> None:
    """Hundreds of sends at once, 30 % of the requests hit: twice 0, silently lost 0."""
    seed = random.randrange(1_000_000)
    tally = chaos(kind, sends=300, seed=seed, on_unknown=on_unknown, deadline=2.0)
    assert (tally.twice, tally.silently_lost) == (0, 0), (seed, tally)
    assert tally.faults > 40
    assert tally.accepted_once > 150
    assert tally.accepted_once + tally.not_sent + tally.unknown == tally.sends
