"""How much CPU does the command cost at its start?

    make bench-start

Runs each command in turn, on a terminal, and writes the medians into
docs/benchmarks/command-start.md, as multiples of what an empty Python costs: those hold on other
machines, and under load, where milliseconds do not.
"""

import os
import platform
import pty
import re
import resource
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/benchmarks/command-start.md"
ROUNDS = 25
VOLT = [str(Path(sys.executable).parent / "volt")]
COMMANDS: dict[str, list[str]] = {
    "`python -c pass`": [sys.executable, "-c", "pass"],
    "`volt --help`": [*VOLT, "--help"],
    "`volt number 5555550145`": [*VOLT, "number", "5555550145"],
    "`volt segments Hello`": [*VOLT, "segments", "Hello"],
    "`volt send --help`": [*VOLT, "send", "--help"],
    "`import argparse`": [sys.executable, "-c", "import argparse"],
    "`import cyclopts`": [sys.executable, "-c", "import cyclopts"],
    "`import httpx`": [sys.executable, "-c", "import httpx"],
    "`from volt import Volt`": [sys.executable, "-c", "from volt import Volt"],
}


def cpu_seconds(command: list[str]) -> float:
    """The user and system time of one run."""
    ours, theirs = pty.openpty()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdin=theirs, stdout=theirs, stderr=theirs, check=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    os.close(theirs)
    os.close(ours)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure, and write the table."""
    for command in COMMANDS.values():  # so that each has its bytecode
        cpu_seconds(command)
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            taken[name].append(cpu_seconds(command))
    empty = median(taken["`python -c pass`"])
    rows = [
        f"| {name} | {median(seconds) / empty:.1f} | {median(seconds) * 1000:.0f} |"
        for name, seconds in taken.items()
    ]
    made_with = (
        f"Python {platform.python_version()}, cyclopts {version('cyclopts')}, "
        f"rich {version('rich')}, httpx {version('httpx')}; {ROUNDS} rounds, interleaved."
    )
    table = "\n".join(["| | times an empty Python | CPU, ms |", "| --- | --- | --- |", *rows])
    page = re.sub(
        r"(?<=<!-- table: written by make bench-start -->\n).*?(?=<!-- end -->)",
        lambda _: f"{table}\n\n{made_with}\n",
        PAGE.read_text(),
        flags=re.DOTALL,
    )
    PAGE.write_text(page)
    print(table)


if __name__ == "__main__":
    main()
