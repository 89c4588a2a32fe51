"""The process of one client, on the client's core; `worker.py` is what it runs."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO

from benchmarks.speed.clients import Client
from benchmarks.speed.generated import ROOT
from benchmarks.speed.worker import Order, Slice


class WorkerFailedError(Exception):
    """A client did not send what it was told to; the message has its traceback."""


class Process:
    """A client that sends when it is told to; `running` makes it."""

    def __init__(self, client: Client, process: subprocess.Popen[str], errors: IO[str]) -> None:
        self.client, self._process, self._errors = client, process, errors

    def measure(self, order: Order) -> Slice:
        """Have it send, and wait for the end.

        Raises:
            WorkerFailedError: It could not.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(asdict(order)), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(timeout=10)
            self._errors.seek(0)
            raise WorkerFailedError(f"{self.client.name}, {order}:\n{self._errors.read()}")
        return Slice(**json.loads(line))


@contextmanager
def running(client: Client, environment: Mapping[str, str], core: int | None) -> Iterator[Process]:
    """Start the process of a client; end it.

    Args:
        client: Which.
        environment: What it needs beside this process's own.
        core: Where it runs.
    """
    command = [sys.executable, "-m", "benchmarks.speed.worker", client.name]
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=os.environ | environment,
            cwd=ROOT,
            text=True,
        ) as process,
    ):
        try:
            if core is not None:
                os.sched_setaffinity(process.pid, {core})
            yield Process(client, process, errors)
        finally:
            process.kill()  # what it knows, it has said
