"""What does a message cost the sender?

    make bench
    make bench ARGS="--clients volt twilio --modes sync 'async 16' --rounds 5"

A whole run writes docs/benchmarks/speed.md, its plots and its numbers (speed.json), and the
paragraph in the README. With any option it prints what it finds, and writes nothing.
"""

import argparse
import os
import platform
import re
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks.cores import cores
from benchmarks.speed import page, plot
from benchmarks.speed.clients import CLIENTS, Client
from benchmarks.speed.generated import ROOT
from benchmarks.speed.goals import goals
from benchmarks.speed.measure import MODES, Bench, Mode, bench
from benchmarks.speed.results import Cost, Results
from benchmarks.speed.servers import NginxMissingError, nginx_version

FOLDER = ROOT / "docs/benchmarks"
README = ROOT / "README.md"
ROUNDS, SECONDS = 15, 0.2
#: A whole run ends in about ten minutes, whatever else the machine does.
FEWEST_ROUNDS, LONGEST_SECONDS = 5, 330
PARTS = ("messages", "slow", "start", "memory")
_PARAGRAPH = re.compile(
    r"(?<=<!-- speed: written by make bench -->\n).*?(?=\n<!-- end of speed -->)", re.DOTALL
)


def say(what: str) -> None:
    """Tell whoever waits how far it is."""
    print(f"{time.strftime('%H:%M:%S')} {what}", file=sys.stderr, flush=True)


def messages(
    at: Bench, clients: Sequence[Client], modes: Sequence[Mode], rounds: int, seconds: float
) -> tuple[dict[str, dict[str, Cost]], int]:
    """The costs after all rounds, and how many there were: fewer on a machine that is too busy."""
    started, found = time.monotonic(), list[dict[str, dict[str, Cost]]]()
    for costs in at.rounds(clients, modes, rounds, seconds):
        found.append(costs)
        say(f"messages: round {len(found)} of {rounds}")
        if len(found) >= FEWEST_ROUNDS and time.monotonic() - started > LONGEST_SECONDS:
            break
    return found[-1], len(found)


def machine() -> str:
    """What it was measured on."""
    pinned = "not pinned" if cores().client is None else "client and server on a core each"
    return (
        f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}, "
        f"{_processor()}, {os.cpu_count()} cores, {pinned}; nginx {nginx_version()}."
    )


def _processor() -> str:
    try:
        found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def versions() -> dict[str, str]:
    """Of all packages that are measured."""
    names = dict.fromkeys(name for client in CLIENTS.values() for name in client.packages)
    return {name: version(name) for name in names}


def run_whole() -> Results:
    """Measure everything."""
    clients, about, numbers = list(CLIENTS.values()), machine(), versions()
    with bench() as at:
        modes, rounds = messages(at, clients, MODES, ROUNDS, SECONDS)
        say("a slow server")
        slow = at.slow(clients, rounds=4)
        say("imports and first messages")
        imports, first = at.imports(rounds=6), at.first(rounds=6)
        say("memory")
        memory = at.memory(100_000)
    return Results(
        machine=about,
        versions=numbers,
        rounds=rounds,
        seconds=SECONDS,
        modes=modes,
        slow=slow,
        imports=imports,
        first=first,
        memory=memory,
    )


def files(results: Results) -> dict[Path, str]:
    """What a whole run writes, by path."""
    return {
        FOLDER / "speed.json": results.model_dump_json(indent=1) + "\n",
        FOLDER / "speed.md": page.page(results),
        FOLDER / "speed-light.svg": plot.draw(results.modes, plot.LIGHT),
        FOLDER / "speed-dark.svg": plot.draw(results.modes, plot.DARK),
        README: _PARAGRAPH.sub(lambda _: page.summary(results), README.read_text()),
    }


def run_part(options: argparse.Namespace) -> None:
    """Measure what was asked for, and print it."""
    clients = [CLIENTS[name] for name in options.clients]
    modes = [mode for mode in MODES if mode.name in options.modes]
    with bench() as at:
        if "messages" in options.parts:
            found, _ = messages(at, clients, modes, options.rounds, options.seconds)
            print(page.costs(found))
            if "volt" in options.clients:
                print("", page.ratios(found), sep="\n")
        if "slow" in options.parts:
            print(page.slow(at.slow(clients, rounds=min(options.rounds, 4))))
        if "start" in options.parts:
            print(page.imports(at.imports(options.rounds)))
            print(page.first(at.first(options.rounds)))
        if "memory" in options.parts:
            print(page.memory(at.memory(100_000)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [mode.name for mode in MODES]
    parser.add_argument("--clients", nargs="+", choices=CLIENTS, default=[*CLIENTS], metavar="NAME",
                        help=", ".join(CLIENTS))  # fmt: skip
    parser.add_argument("--modes", nargs="+", choices=names, default=names, metavar="MODE",
                        help="; ".join(names))  # fmt: skip
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=["messages"])
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="%(default)s")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of a turn; %(default)s")
    parser.add_argument("--rewrite", action="store_true",
                        help="measure nothing; write the page anew, of speed.json")  # fmt: skip
    given = sys.argv[1:] if arguments is None else arguments
    options = parser.parse_args(given)
    try:
        if options.rewrite:
            results = Results.model_validate_json((FOLDER / "speed.json").read_text())
        elif given:
            run_part(options)
            return
        else:
            results = run_whole()
    except NginxMissingError as error:
        parser.exit(1, f"{error}\n")
    for path, text in files(results).items():
        path.write_text(text)
    print(page.ratios(results.modes), page.goal_table(goals(results)), sep="\n\n")


if __name__ == "__main__":
    main()
