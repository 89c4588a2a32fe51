"""Takes the measurements: every client in its own process, in turn, round after round."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from benchmarks import answerer
from benchmarks.cores import Cores, cores
from benchmarks.speed import start
from benchmarks.speed.clients import CLIENTS, Client
from benchmarks.speed.generated import generate
from benchmarks.speed.process import Process, running
from benchmarks.speed.results import Cost, Memory, Slow, Spread, Start
from benchmarks.speed.servers import Servers, serving
from benchmarks.speed.worker import Order, Slice


@dataclass(frozen=True)
class Mode:
    """A way to send that is measured for every client that has it.

    Attributes:
        name: As in the tables.
        order: What a worker is told, but for the server and the time.
        tls: Whether to send over TLS.
    """

    name: str
    order: Order
    tls: bool = False

    def fits(self, client: Client) -> bool:
        """Whether a client can send so."""
        way = client.coroutine if self.order.kind == "async" else client.sync
        return way is not None


MODES = [
    Mode("sync", Order("sync")),
    *[Mode(f"async {number}", Order("async", in_flight=number)) for number in (1, 16, 64)],
    *[Mode(f"threads {number}", Order("threads", in_flight=number)) for number in (8, 32)],
    Mode("sync, TLS", Order("sync"), tls=True),
    Mode("async 16, TLS", Order("async", in_flight=16), tls=True),
]


class Bench:
    """Servers and clients at work.

    Args:
        servers: The servers.
        environment: What the clients' processes need beside this process's own.
        at: Where all of them run.
    """

    def __init__(self, servers: Servers, environment: dict[str, str], at: Cores) -> None:
        self.servers, self.environment, self._cores = servers, environment, at

    def _running(self, client: Client) -> AbstractContextManager[Process]:
        return running(client, self.environment, self._cores.client)

    def rounds(
        self, clients: Sequence[Client], modes: Sequence[Mode], rounds: int, seconds: float
    ) -> Iterator[dict[str, dict[str, Cost]]]:
        """Costs by mode and client, so far, after each round.

        In each round every client has its turn in every mode, so that what else the machine does
        falls on all of them.

        Args:
            clients: Which.
            modes: Which; a client that has no such way to send is left out of it.
            rounds: How often.
            seconds: How long a turn is.
        """
        taken: dict[str, dict[str, list[Slice]]] = {mode.name: {} for mode in modes}
        with ExitStack() as stack:
            processes = [stack.enter_context(self._running(client)) for client in clients]
            for number in range(rounds):
                for mode in modes:
                    origin = self.servers.fast["https" if mode.tls else "http"]
                    order = replace(mode.order, origin=origin, seconds=seconds)
                    turns = [process for process in processes if mode.fits(process.client)]
                    for place in range(len(turns)):  # each after another one in every round
                        process = turns[(place + number) % len(turns)]
                        slices = taken[mode.name].setdefault(process.client.name, [])
                        slices.append(process.measure(order))
                yield {
                    mode: {client.name: _cost(by_client[client.name])
                           for client in clients if client.name in by_client}
                    for mode, by_client in taken.items()
                }  # fmt: skip

    def slow(
        self, clients: Sequence[Client], rounds: int, messages: int = 6
    ) -> dict[str, dict[str, Slow]]:
        """Rates and new connections, with the server that takes 50 ms, by scheme and client.

        Args:
            clients: Which; those that are not for coroutines are left out.
            rounds: How often.
            messages: How many each of the 64 tasks sends in a round.
        """
        return {
            scheme: self._slow(clients, rounds, messages, origin)
            for scheme, origin in self.servers.slow.items()
        }

    def _slow(
        self, clients: Sequence[Client], rounds: int, messages: int, origin: str
    ) -> dict[str, Slow]:
        order = Order("async", origin=origin, in_flight=64, messages=messages)
        rates: dict[str, list[float]] = {}
        opened: dict[str, list[float]] = {}
        with ExitStack() as stack:
            processes = [stack.enter_context(self._running(c)) for c in clients if c.coroutine]
            for _, process in product(range(rounds), processes):
                process.measure(replace(order, messages=0))  # only warms up
                before = answerer.opened(self.servers.slow["http"])
                part = process.measure(order)
                new = answerer.opened(self.servers.slow["http"]) - before
                rates.setdefault(process.client.name, []).append(part.messages / part.seconds)
                opened.setdefault(process.client.name, []).append(new)
        sent = rounds * order.in_flight * (order.messages + 2)  # a slice begins with 2 to warm up
        return {
            name: Slow(rate=Spread.of(rates[name]), opened=round(sum(new) / sent * 1000, 1))
            for name, new in opened.items()
        }

    def imports(self, rounds: int) -> dict[str, Start]:
        """What it costs to import a client."""
        return start.measure(start.IMPORTS, self.environment, rounds, self._cores.client)

    def first(self, rounds: int) -> dict[str, dict[str, Start]]:
        """What a program costs that sends one message, by scheme and client."""
        return {
            scheme: start.measure(
                start.programs(origin), self.environment, rounds, self._cores.client
            )
            for scheme, origin in self.servers.fast.items()
        }

    def memory(self, messages: int) -> dict[str, Memory]:
        """What our process holds after so many messages, by mode."""
        found: dict[str, Memory] = {}
        for mode in MODES:
            if mode.name not in ("sync", "async 16"):
                continue
            order = replace(
                mode.order,
                origin=self.servers.fast["http"],
                messages=messages // mode.order.in_flight,
            )
            with self._running(CLIENTS["volt"]) as process:
                before = process.measure(replace(order, messages=order.messages // 8))
                after = process.measure(order)
            found[mode.name] = Memory(
                messages=after.messages,
                before_bytes=before.memory_bytes,
                after_bytes=after.memory_bytes,
                objects=after.objects - before.objects,
            )
        return found


def _cost(slices: Sequence[Slice]) -> Cost:
    return Cost(
        cpu_us=Spread.of(part.cpu_seconds / part.messages * 1e6 for part in slices),
        rate=Spread.of(part.messages / part.seconds for part in slices),
        messages=sum(part.messages for part in slices),
        failed=sum(part.failed for part in slices),
        error=max(part.error for part in slices),
    )


@contextmanager
def bench() -> Iterator[Bench]:
    """Start the servers; end them.

    Raises:
        NginxMissingError: It is not installed.
    """
    at = cores()
    with (
        serving(at.servers) as servers,
        tempfile.TemporaryDirectory(prefix="volt-bench-") as folder,
    ):
        generate(Path(folder))
        path = [folder, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {
            "PYTHONPATH": os.pathsep.join(path),
            "NO_PROXY": "127.0.0.1",  # a proxy of the environment is no part of this
            **servers.environment,
        }
        yield Bench(servers, environment, at)
