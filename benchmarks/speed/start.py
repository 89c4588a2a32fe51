"""What it costs to start: an import, and a whole program that sends one message."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from itertools import product

from benchmarks.cores import pinned
from benchmarks.speed.message import FROM, HEADERS, payload
from benchmarks.speed.results import Spread, Start

IMPORTS = {
    "`import httpx, pydantic`": "import httpx, pydantic",
    "`from pydantic import BaseModel`": "from pydantic import BaseModel",
    "`import volt`": "import volt",
    "`from volt import Volt`": "from volt import Volt",
    "`from volt import AsyncVolt`": "from volt import AsyncVolt",
    "twilio": "from twilio.rest import Client",
    "telnyx": "from telnyx import Telnyx",
    "ariadne-codegen": "from stock_sync import Client",
    "gql on httpx": "from gql import Client, gql; from gql.transport.httpx import HTTPXTransport",
    "gql on aiohttp": (
        "from gql import Client, gql; from gql.transport.aiohttp import AIOHTTPTransport"
    ),
    "sgqlc": "from sgqlc.endpoint.http import HTTPEndpoint",
    "requests": "import requests",
    "aiohttp": "import aiohttp",
}

_TO, _BODY = "+15555550145", "Your table is ready."
_POST = f"json={payload(_TO, _BODY)!r}, headers={HEADERS!r}"
#: Programs; `{origin}` stands for the server.
PROGRAMS = {
    "volt": f"""
from volt import Volt
with Volt(token="sandbox", url="{{origin}}/graphql", from_="{FROM}") as client:
    client.send("{_TO}", "{_BODY}")
""",
    "twilio": f"""
from twilio.rest import Client
client = Client("AC0", "token")
client.api.base_url = "{{origin}}"
client.messages.create(to="{_TO}", from_="{FROM}", body="{_BODY}")
""",
    "telnyx": f"""
from telnyx import Telnyx
with Telnyx(api_key="key", base_url="{{origin}}") as client:
    client.messages.send(to="{_TO}", from_="{FROM}", text="{_BODY}")
""",
    "ariadne-codegen": f"""
from stock_sync import Client
with Client("{{origin}}/graphql", headers={HEADERS!r}) as client:
    client.create_message(to="{_TO}", from_="{FROM}", body="{_BODY}", media=[])
""",
    "httpx": f"""
import httpx
httpx.post("{{origin}}/graphql", {_POST}).raise_for_status()
""",
    "requests.request": f"""
import requests
requests.post("{{origin}}/graphql", {_POST}).raise_for_status()
""",
}


def _run(code: str, environment: Mapping[str, str]) -> tuple[float, float]:
    """Milliseconds of CPU, and by the clock, of one process.

    Raises:
        RuntimeError: It failed.
    """
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code], env=os.environ | environment)  # noqa: S603
    _, status, used = os.wait4(process.pid, 0)
    milliseconds = (time.perf_counter() - started) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"this program failed:\n{code}")
    return (used.ru_utime + used.ru_stime) * 1000, milliseconds


def measure(
    programs: Mapping[str, str], environment: Mapping[str, str], rounds: int, core: int | None
) -> dict[str, Start]:
    """What each program costs more than an empty one; each has its turn in every round.

    Args:
        programs: Their code, by name.
        environment: What they need beside this process's own.
        rounds: How often each is run.
        core: Where.
    """
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in ("", *programs)}
    with pinned(core):
        for code in programs.values():  # so that each has its bytecode
            _run(code, environment)
        for _, name in product(range(rounds), taken):
            taken[name].append(_run(programs.get(name, "pass"), environment))
    empty_cpu, empty = (Spread.of(values).median for values in zip(*taken.pop(""), strict=True))
    return {
        name: Start(
            cpu_ms=Spread.of(cpu - empty_cpu for cpu, _ in runs),
            ms=Spread.of(clock - empty for _, clock in runs),
        )
        for name, runs in taken.items()
    }


def programs(origin: str) -> dict[str, str]:
    """Those of `PROGRAMS`, for one server."""
    return {name: code.replace("{origin}", origin) for name, code in PROGRAMS.items()}
