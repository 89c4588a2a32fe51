"""The benchmarks' pages say of this package what is so today."""

import subprocess

from benchmarks import sandbox_load
from benchmarks.peers import OURS
from benchmarks.safety import chaos_of_peer, comparison, quick
from tests.conftest import MAKE, ROOT


def test_the_page_on_safety_has_our_rows_as_they_are_measured() -> None:
    """Of one send, against each fault."""
    page = (ROOT / "docs/benchmarks/safety.md").read_text()
    with quick() as context:
        for table in comparison(OURS, context):
            head, _, *rows = table.splitlines()
            assert head in page
            for row in rows:
                assert row in page


def test_the_chaos_run_can_measure_any_client() -> None:
    """One that the benchmark does not know to be ours, and whose errors say nothing."""
    with quick():
        tally = chaos_of_peer(OURS[0], sends=60)
    assert tally.twice == 0
    assert tally.accepted_once > 20
    assert tally.accepted_once + tally.silently_lost + tally.unknown == 60


def test_the_command_of_the_page_on_safety_is_there() -> None:
    """It takes minutes, and installs a dozen other clients: here make only says what it would do."""
    ran = subprocess.run(
        [*MAKE, "-n", "bench-safety"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "python -m benchmarks.safety" in ran.stdout


def test_the_sandbox_loses_no_text_under_load() -> None:
    """In seconds, with 50 senders; `make bench-sandbox-load` takes two minutes, with 200."""
    load = sandbox_load.run(senders=50, seconds=2, keep=100_000)
    assert (load.lost, load.unasked, load.failed) == (set(), set(), {})
    assert sorted(load.kept) == sorted(load.accepted)
    assert len(load.kept) >= 50
    pruned = sandbox_load.run(senders=50, seconds=2, keep=20)
    assert len(pruned.kept) == 20
    assert set(pruned.kept) < set(pruned.accepted)
    assert pruned.failed == {}


def test_the_load_would_show_a_lost_text() -> None:
    """And one that nobody was told of."""
    load = sandbox_load.Load(keep=10, seconds=1, accepted=["a", "b"], kept=["b", "c"])
    assert (load.lost, load.unasked) == ({"a"}, {"c"})
