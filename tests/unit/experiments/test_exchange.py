"""What is measured of exchanges between jurors, how it is told, and that the page tells it."""

from pathlib import Path

from experiments.exchange.demo import GOAL, DemoTimes
from experiments.exchange.results import (
    Results,
    demo_sentence,
    read_results,
    round_table,
    write_results,
)
from experiments.exchange.rounds import JointRound
from experiments.exchange.wire import Asked, Counts
from experiments.measure_exchange import COMMITTED, main

RESULTS = Results(
    "a machine",
    [JointRound(10, 4, 1.5, 1, {"feed": Asked(27, 30_100, 46_670)})],
    DemoTimes(4, 10, [2.0, 2.0, 4.0], [3.0, 5.0, 8.0]),
)
HEADERS = b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_what_is_asked_for_is_counted_by_its_kind() -> None:
    counts, key = Counts(), b"/rounds/3/0x" + b"ab" * 32
    targets = key + b"/feed?after=2", key + b"/feed?after=4", key + b"/findings/0", b"/files/Qm"
    for target in targets:
        counts.count(b"GET " + target + HEADERS, 100, 1_000)
    counts.count(b"nothing of HTTP", 15, 0)
    assert counts.copy() == {
        "feed": Asked(2, 200, 2_000),
        "files": Asked(1, 100, 1_000),
        "findings": Asked(1, 100, 1_000),
        "other": Asked(1, 15, 0),
    }


def test_the_ratio_is_the_median_of_the_pairs() -> None:
    assert RESULTS.demo.ratio == 2.0
    assert "takes 2.0 times as long with 4 jurors as with one" in demo_sentence(RESULTS)


def test_the_table_has_a_line_a_kind() -> None:
    assert round_table(RESULTS).splitlines()[-1] == "| 10 | feed | 27 | 30,100 | 46,670 | 1.5 | 1 |"


def test_a_round_takes_the_place_of_an_earlier_one_of_its_size() -> None:
    larger, other = JointRound(100, 4, 9.0, 1, {}), JointRound(10, 4, 1.4, 1, {})
    found = RESULTS.with_round(larger).with_round(other)
    assert found.rounds == [other, larger]
    assert found.demo == RESULTS.demo


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_results(RESULTS, tmp_path / "exchange.json")
    assert read_results(tmp_path / "exchange.json") == RESULTS


def test_the_page_has_the_committed_figures() -> None:
    assert main(["--check"]) == 0
    found = read_results(COMMITTED)
    assert [each.updates for each in found.rounds] == [10, 1_000, 10_000]


def test_four_jurors_take_at_most_three_times_as_long_and_one_transaction_a_round() -> None:
    found = read_results(COMMITTED)
    assert found.demo.jurors == 4
    assert found.demo.ratio <= GOAL == 3
    assert {each.transactions for each in found.rounds} == {1}
