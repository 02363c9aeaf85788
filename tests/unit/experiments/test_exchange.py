"""What is measured of exchanges between jurors, how it is told, and that the page tells it."""

from pathlib import Path

from experiments.exchange.counted import Asked, Counts
from experiments.exchange.demo import GOAL, DemoTimes
from experiments.exchange.results import (
    Results,
    demo_sentence,
    read_results,
    round_table,
    write_results,
)
from experiments.exchange.rounds import JointRound, measure
from experiments.measure_exchange import COMMITTED, main

RESULTS = Results(
    "a machine",
    [JointRound(10, 4, 1.5, 1, {"feed": Asked(27, 46_670, 0.002)})],
    DemoTimes(4, 10, [2.0, 2.0, 4.0], [3.0, 5.0, 8.0]),
)


def test_what_is_asked_for_is_counted_by_its_kind() -> None:
    counts, key = Counts(), "/rounds/3/0x" + "ab" * 32
    for target in (f"{key}/feed?after=2", f"{key}/feed?after=4", f"{key}/findings/0", "/files/Qm"):
        counts.count(target, 10, 0.5)
    found = {kind: (each.requests, each.bytes, each.seconds) for kind, each in counts.kinds.items()}
    assert found == {"feed": (2, 20, 1.0), "findings": (1, 10, 0.5), "files": (1, 10, 0.5)}


def test_a_round_of_four_jurors_is_one_transaction_and_asks_for_no_files_that_the_store_has(
    tmp_path: Path,
) -> None:
    found = measure(10, 4, tmp_path)
    assert found.transactions == 1
    assert list(found.asked) == ["feed"]
    assert found.asked["feed"].requests >= 3 * 4


def test_the_ratio_is_the_median_of_the_pairs() -> None:
    assert RESULTS.demo.ratio == 2.0
    assert "takes 2.0 times as long with 4 jurors as with one" in demo_sentence(RESULTS)


def test_the_table_has_a_line_a_kind() -> None:
    assert round_table(RESULTS).splitlines()[-1] == "| 10 | feed | 27 | 46,670 | 2.0 | 1.5 | 1 |"


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_results(RESULTS, tmp_path / "exchange.json")
    assert read_results(tmp_path / "exchange.json") == RESULTS


def test_the_page_has_the_committed_figures() -> None:
    assert main(["--check"]) == 0
    found = read_results(COMMITTED)
    assert [each.updates for each in found.rounds][:2] == [10, 1_000]


def test_four_jurors_take_at_most_three_times_as_long_and_one_transaction_a_round() -> None:
    found = read_results(COMMITTED)
    assert found.demo.jurors == 4
    assert found.demo.ratio <= GOAL == 3
    assert [each.transactions for each in found.rounds] == [1] * len(found.rounds)
