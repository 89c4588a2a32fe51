"""Writes the page: docs/benchmarks/speed.md and its plots, of nothing but a run's results."""

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.speed.clients import CLIENTS
from benchmarks.speed.goals import Goal, goals
from benchmarks.speed.results import Cost, Memory, Results, Slow, Spread, Start
from benchmarks.speed.servers import SLOW_SECONDS

_PAGE = (Path(__file__).parent / "page.md.in").read_text()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """As Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _named(client: str) -> str:
    return f"**{client}**" if client == "volt" else client


def _by_client(
    modes: Mapping[str, Mapping[str, Cost]], cell: Callable[[Cost, Mapping[str, Cost]], str]
) -> str:
    """A row for each client, a column for each mode; a cell is made of a cost and its column."""
    names = [name for name in CLIENTS if any(name in costs for costs in modes.values())]
    rows = [
        [_named(name), *(cell(of[name], of) if name in of else "" for of in modes.values())]
        for name in names
    ]
    return table(["", *modes], rows)


def ratios(modes: Mapping[str, Mapping[str, Cost]]) -> str:
    """CPU per message of each client, as a multiple of ours."""
    return _by_client(
        modes, lambda cost, of: f"{cost.cpu_us.median / of['volt'].cpu_us.median:.2f}"
    )


def costs(modes: Mapping[str, Mapping[str, Cost]]) -> str:
    """The same in microseconds, with the quartiles."""
    return _by_client(modes, lambda cost, _: _spread(cost.cpu_us))


def rates(modes: Mapping[str, Mapping[str, Cost]]) -> str:
    """Messages for each second."""
    return _by_client(modes, lambda cost, _: f"{cost.rate.median:,.0f}")


def failures(modes: Mapping[str, Mapping[str, Cost]]) -> str:
    """Whose messages ended in an error, although nothing was wrong."""
    found = [
        f"- {_named(name)}, {mode}: {cost.failed:,} of {cost.messages:,} (`{cost.error}`)"
        for mode, costs in modes.items()
        for name, cost in costs.items()
        if cost.failed
    ]
    return "\n".join(found or ["None did."])


def slow(found: Mapping[str, Mapping[str, Slow]]) -> str:
    """How each fares with the slow server."""
    names = list(next(iter(found.values())))
    rows = [
        [
            _named(name),
            *(f"{by_client[name].rate.median:,.0f}" for by_client in found.values()),
            *(f"{by_client[name].opened:,.0f}" for by_client in found.values()),
        ]
        for name in names
    ]
    head = [f"{scheme}, messages per second" for scheme in found]
    head += [f"{scheme}, new connections per 1,000 messages" for scheme in found]
    return table(["", *head], rows)


def imports(found: Mapping[str, Start]) -> str:
    """What it costs to import each."""
    least = found["`import httpx, pydantic`"].cpu_ms.median
    rows = [
        [name, _spread(one.cpu_ms), f"{one.cpu_ms.median / least:.2f}"]
        for name, one in found.items()
    ]
    return table(["", "CPU, ms", "of `import httpx, pydantic`"], rows)


def first(found: Mapping[str, Mapping[str, Start]]) -> str:
    """From start to first message."""
    names = list(next(iter(found.values())))
    rows = [
        [_named(name), *(_spread(by_client[name].cpu_ms) for by_client in found.values())]
        for name in names
    ]
    return table(["", *(f"{scheme}, CPU, ms" for scheme in found)], rows)


def memory(found: Mapping[str, Memory]) -> str:
    """What our process holds."""
    rows = [
        [mode, f"{one.messages:,}", _mebibytes(one.before_bytes), _mebibytes(one.after_bytes),
         f"{one.objects:,}"]
        for mode, one in found.items()
    ]  # fmt: skip
    return table(["volt", "messages", "MiB before", "MiB after", "objects more than before"], rows)


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.1f}"


def _spread(spread: Spread) -> str:
    digits = 0 if spread.median >= 10 else 1
    return f"{spread.median:,.{digits}f} ({spread.low:,.{digits}f} to {spread.high:,.{digits}f})"


def goal_table(aims: Iterable[Goal]) -> str:
    """Every aim, with what was found."""
    rows = [
        [
            aim.name,
            f"{'≤' if aim.at_most else '≥'} {aim.aim:g}",
            f"{aim.found:.3g} {aim.of}".strip(),
            aim.verdict,
        ]
        for aim in aims
    ]
    return table(["", "aim", "found", ""], rows)


def misses(aims: Iterable[Goal]) -> str:
    """Why each was missed that was."""
    missed = [aim for aim in aims if not aim.met]
    return "".join(f"- {aim.name}: {aim.reason}\n" for aim in missed) + "\n" * bool(missed)


def summary(results: Results) -> str:
    """In one paragraph; the README has it too."""
    sync, many = results.modes["sync"], results.modes["async 64"]
    slow = results.slow["https"]
    said = (
        f"One after another, a text costs {_us(sync, 'volt')} µs of CPU, and {_us(sync, 'httpx')} "
        f"with plain httpx, {_us(sync, 'twilio')} with Twilio's SDK. With 64 in flight in one "
        f"event loop it is {_us(many, 'volt')} µs, with httpx {_us(many, 'httpx')}, with Twilio's "
        f"{_us(many, 'twilio')}. A server that takes {SLOW_SECONDS * 1000:.0f} ms is sent "
        f"{slow['volt'].rate.median:,.0f} texts per second that way over https, by httpx "
        f"{slow['httpx'].rate.median:,.0f}."
    )
    return textwrap.fill(said, 120)


def _us(costs: Mapping[str, Cost], name: str) -> str:
    return f"{costs[name].cpu_us.median:,.0f}"


def page(results: Results) -> str:
    """The whole page."""
    aims = list(goals(results))
    versions = ", ".join(f"{name} {number}" for name, number in results.versions.items())
    return _PAGE.format(
        summary=summary(results),
        ratios=ratios(results.modes),
        costs=costs(results.modes),
        rates=rates(results.modes),
        failures=failures(results.modes),
        slow_ms=round(SLOW_SECONDS * 1000),
        ideal=round(64 / SLOW_SECONDS),
        slow=slow(results.slow),
        imports=imports(results.imports),
        first=first(results.first),
        memory=memory(results.memory),
        goals=goal_table(aims),
        misses=misses(aims),
        rounds=results.rounds,
        seconds=results.seconds,
        machine=results.machine,
        versions=f"{versions}.",
    )
