"""Takes the measurements: every client in its own process, in turn, round after round."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from benchmarks.speed.clients import CLIENTS, Client
from benchmarks.speed.generated import ROOT, generate
from benchmarks.speed.servers import Servers, serving
from benchmarks.speed.worker import Order, Slice


@dataclass(frozen=True)
class Mode:
    """A way to send that is measured for every client that has it.

    Attributes:
        name: As in the tables.
        order: What a worker is told, but for the server.
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
    Mode("sync", Order("sync", "")),
    *[Mode(f"async {number}", Order("async", "", number)) for number in (1, 16, 64)],
    *[Mode(f"{number} threads", Order("threads", "", number)) for number in (8, 32)],
    Mode("sync, TLS", Order("sync", ""), tls=True),
    Mode("async 16, TLS", Order("async", "", 16), tls=True),
]
SLOW = Order("async", "", 64, messages=10)


class WorkerFailedError(Exception):
    """A client did not send what it was told to; the message has its traceback."""


class Process:
    """The process of one client, on the client's core."""

    def __init__(self, client: Client, environment: dict[str, str], core: int | None) -> None:
        self.client = client
        self._errors = tempfile.TemporaryFile("w+")
        command = [sys.executable, "-m", "benchmarks.speed.worker", client.name]
        self._process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=os.environ | environment,
            cwd=ROOT,
            text=True,
        )
        if core is not None:
            os.sched_setaffinity(self._process.pid, {core})

    def measure(self, order: Order) -> Slice:
        """Have it send, and wait for the end.

        Raises:
            WorkerFailedError: It could not.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(asdict(order)) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(timeout=10)
            self._errors.seek(0)
            raise WorkerFailedError(f"{self.client.name}, {order}:\n{self._errors.read()}")
        return Slice(**json.loads(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # what it would keep, it has said
        self._process.wait(timeout=10)
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                pipe.close()


@dataclass(frozen=True)
class Cores:
    """Where the client under measurement runs, and where the servers do; None: anywhere."""

    client: int | None
    servers: int | None

    @classmethod
    def of_this_machine(cls) -> "Cores":
        """Two different ones, where there are two."""
        if not hasattr(os, "sched_getaffinity"):
            return cls(None, None)
        cores = sorted(os.sched_getaffinity(0))
        return cls(cores[0], cores[-1]) if len(cores) > 1 else cls(None, None)


class Bench:
    """Servers and clients at work.

    Args:
        servers: The servers.
        environment: What the clients' processes need.
        cores: Where they run.
    """

    def __init__(self, servers: Servers, environment: dict[str, str], cores: Cores) -> None:
        self.servers, self.environment, self.cores = servers, environment, cores

    def rounds(
        self, clients: Sequence[Client], modes: Sequence[Mode], rounds: int, seconds: float
    ) -> dict[str, dict[str, list[Slice]]]:
        """Slices by mode and client, one for each round.

        In each round every client has its turn in every mode, so that what else the machine does
        falls on all of them.
        """
        taken: dict[str, dict[str, list[Slice]]] = {mode.name: {} for mode in modes}
        with ExitStack() as stack:
            processes = [stack.enter_context(self.process(client)) for client in clients]
            for number in range(rounds):
                for mode in modes:
                    order = replace(
                        mode.order,
                        origin=self.servers.tls if mode.tls else self.servers.plain,
                        seconds=seconds,
                    )
                    turn = [process for process in processes if mode.fits(process.client)]
                    # Each in another's place in every round.
                    for process in turn[number % len(turn) :] + turn[: number % len(turn)]:
                        slices = taken[mode.name].setdefault(process.client.name, [])
                        slices.append(process.measure(order))
        return taken

    def process(self, client: Client) -> Process:
        """A new process for a client."""
        return Process(client, self.environment, self.cores.client)

    def opened(self) -> int:
        """The connections to the slow server so far; this is one of them."""
        with urlopen(f"{self.servers.slow}/opened") as reply:  # noqa: S310 - it is ours
            return int(reply.read())


@contextmanager
def bench() -> Iterator[Bench]:
    """Start the servers; end them."""
    cores = Cores.of_this_machine()
    with tempfile.TemporaryDirectory(prefix="volt-bench-") as folder, serving(cores.servers) as servers:
        generate(Path(folder))
        path = os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        # What is in the environment must change no client.
        environment = {"PYTHONPATH": path, "NO_PROXY": "127.0.0.1", **servers.environment}
        yield Bench(servers, environment, cores)
