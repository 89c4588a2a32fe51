"""The benchmark of docs/benchmarks/speed.md: each piece measures, and the page says what was found."""

import os
import re
import subprocess
from collections.abc import Iterator
from xml.etree import ElementTree

import httpx
import pytest

from benchmarks.answerer import opened
from benchmarks.speed import __main__ as command
from benchmarks.speed import page, plot, servers, start
from benchmarks.speed.clients import CLIENTS
from benchmarks.speed.goals import Goal, goals
from benchmarks.speed.measure import MODES, Bench, bench
from benchmarks.speed.process import WorkerFailedError, running
from benchmarks.speed.results import Results, Spread
from benchmarks.speed.worker import Order
from tests.conftest import MAKE, ROOT

#: Those that `make test` has installed; the others are only in the environment of `make bench`.
HERE = [
    CLIENTS[name] for name in ("volt", "ariadne-codegen", "gql on httpx", "httpx", "raw socket")
]
RESULTS = Results.model_validate_json((ROOT / "docs/benchmarks/speed.json").read_text())


@pytest.fixture(scope="module")
def at() -> Iterator[Bench]:
    """Servers, for the pieces to measure against."""
    try:
        with bench() as made:
            yield made
    except servers.NginxMissingError as error:
        (pytest.fail if os.environ.get("REQUIRE_ALL_LANGUAGES") else pytest.skip)(str(error))


def test_every_mode_measures_every_client_that_has_it(at: Bench) -> None:
    """And nothing else; how long it takes is not looked at."""
    *_, costs = at.rounds(HERE, MODES, rounds=1, seconds=0.01)
    names = [client.name for client in HERE]
    assert costs.keys() == {mode.name for mode in MODES}
    for mode in MODES:
        by_client = costs[mode.name]
        assert list(by_client) == names
        for cost in by_client.values():
            assert cost.messages >= mode.order.in_flight
            assert cost.cpu_us.median > 0
            assert cost.rate.median > 0
    *_, costs = at.rounds([CLIENTS["aiohttp"]], [MODES[0]], rounds=1, seconds=0.01)
    assert costs == {"sync": {}}


def test_new_connections_to_the_slow_server_are_counted(at: Bench) -> None:
    """Ours opens none once it is warm; over http and https."""
    found = at.slow([CLIENTS["volt"], CLIENTS["raw socket"]], rounds=1, messages=2)
    assert list(found) == ["http", "https"]
    for by_client in found.values():
        assert {name: one.opened for name, one in by_client.items()} == {"volt": 0, "raw socket": 0}
        assert all(0 < one.rate.median <= 64 / servers.SLOW_SECONDS for one in by_client.values())


def test_each_new_connection_counts_and_asking_does_not(at: Bench) -> None:
    """So that a count of 0 means what it says."""
    origin = at.servers.slow["http"]
    before = opened(origin)
    for _ in range(3):
        assert httpx.post(f"{origin}/graphql", content=b"{}").status_code == 200
    assert opened(origin) == before + 3
    with httpx.Client() as client:
        for _ in range(3):
            client.post(f"{origin}/graphql", content=b"{}")
    assert opened(origin) == before + 4


def test_the_memory_of_our_process_is_looked_at_twice(at: Bench) -> None:
    """Of ordinary code and of coroutines."""
    found = at.memory(1_600)
    assert list(found) == ["sync", "async 16"]
    for memory in found.values():
        assert memory.messages == 1_600
        assert memory.after_bytes > 10 * 2**20


def test_a_start_is_measured_beyond_an_empty_one(at: Bench) -> None:
    """A program that does something takes longer than one that does nothing."""
    environment = {"PYTHONPATH": ""}
    found = start.measure({"busy": "sum(range(3_000_000))"}, environment, rounds=2, core=None)
    assert found["busy"].cpu_ms.median > 5
    with pytest.raises(RuntimeError, match="import no_such_module"):
        start.measure({"wrong": "import no_such_module"}, environment, rounds=1, core=None)


@pytest.mark.parametrize("name", ["volt", "ariadne-codegen", "httpx"])
def test_the_programs_that_send_a_first_message_run(name: str, at: Bench) -> None:
    """Over http and https, with the authority that the bundle adds."""
    for origin in at.servers.fast.values():
        code = start.programs(origin)[name]
        assert list(start.measure({name: code}, at.environment, 1, None)) == [name]


def test_a_client_that_fails_ends_the_run_with_its_traceback() -> None:
    """Instead of being measured as fast."""
    with (
        running(CLIENTS["httpx"], {}, None) as process,
        pytest.raises(WorkerFailedError, match=r"httpx, Order(.|\n)*ConnectError"),
    ):
        process.measure(Order("sync", "http://127.0.0.1:9"))


def test_without_nginx_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And ends with 1."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    with pytest.raises(SystemExit) as ended:
        command.main(["--clients", "volt", "--rounds", "1"])
    assert ended.value.code == 1
    assert capsys.readouterr().err == "nginx is missing: sudo apt-get install nginx-light\n"


def test_a_part_is_measured_and_printed(at: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    """What a whole run writes stays as it is."""
    before = (ROOT / "docs/benchmarks/speed.md").read_text()
    options = "--clients volt httpx --modes sync --rounds 1 --seconds 0.01".split()
    command.main(options)
    printed = capsys.readouterr().out
    assert re.search(r"^\| \*\*volt\*\* \| [\d,]+ \([\d,]+ to [\d,]+\) \|$", printed, re.MULTILINE)
    assert re.search(r"^\| httpx \| \d\.\d\d \|$", printed, re.MULTILINE)
    assert (ROOT / "docs/benchmarks/speed.md").read_text() == before


def test_make_bench_runs_it() -> None:
    """It takes ten minutes, and installs the other clients: here make only says what it would do."""
    asked = [*MAKE, "-n", "bench", "ARGS=--help"]
    ran = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "python -m benchmarks.speed --help" in ran.stdout


# What a run writes.


def test_the_page_is_what_the_run_found() -> None:
    """Nobody edits it, its plots, or the paragraph in the README by hand."""
    for path, text in command.files(RESULTS).items():
        assert path.read_text() == text, f"{path}: make bench ARGS=--rewrite"


def test_the_readme_has_the_figures() -> None:
    """Between the marks."""
    assert page.summary(RESULTS) in (ROOT / "README.md").read_text()


def test_every_client_is_in_the_tables() -> None:
    """In each mode that it has."""
    for mode in MODES:
        fitting = [client.name for client in CLIENTS.values() if mode.fits(client)]
        assert list(RESULTS.modes[mode.name]) == fitting
    assert RESULTS.imports.keys() == start.IMPORTS.keys()
    for scheme in ("http", "https"):
        assert RESULTS.first[scheme].keys() == start.PROGRAMS.keys()


def test_every_goal_that_was_missed_says_why() -> None:
    """And what would be needed."""
    for goal in goals(RESULTS):
        assert goal.met or goal.reason, goal.name


def test_a_goal_is_judged_by_the_figures() -> None:
    """Doubling what ours costs misses what was met."""
    dear = RESULTS.model_copy(deep=True)
    for mode, costs in dear.modes.items():
        for name, cost in costs.items():
            cost.cpu_us = Spread.of([200 if name == "volt" else 150])
            assert name in RESULTS.modes[mode]
    verdicts = {goal.name: goal.verdict for goal in goals(dear)}
    assert verdicts["CPU per message, sync: below every SMS SDK and GraphQL client"] == (
        "**missed** by 33%"
    )
    assert Goal("rate", 5.0, 4.0, at_most=False).verdict == "**missed** by 20%"
    assert Goal("rate", 5.0, 5.0, at_most=False).verdict == "met"
    assert Goal("new connections", 0, 3.0).verdict == "**missed** by 3"


@pytest.mark.parametrize("palette", [plot.LIGHT, plot.DARK])
def test_the_plot_keeps_within_its_frame(palette: plot.Palette) -> None:
    """Every bar and every word, by a careful guess of its width."""
    svg = ElementTree.fromstring(plot.draw(RESULTS.modes, palette))
    width, height = int(svg.attrib["width"]), int(svg.attrib["height"])
    space = "{http://www.w3.org/2000/svg}"
    bars, words = svg.findall(f"{space}rect"), svg.findall(f"{space}text")
    assert len(bars) == 4 + sum(len(RESULTS.modes[mode]) for mode in plot.MODES)
    for bar in bars:
        assert float(bar.attrib["x"]) + float(bar.attrib["width"]) <= width
        assert float(bar.attrib["y"]) + float(bar.attrib["height"]) <= height
    for word in words:
        long = len(word.text or "") * float(word.attrib["font-size"]) * 0.6
        left = float(word.attrib["x"]) - (long if "text-anchor" in word.attrib else 0)
        assert left >= 0, word.text
        assert left + long <= width or "text-anchor" in word.attrib, word.text
