"""Ratios are taken turn by turn, and files of results are read as they were written."""

from dataclasses import replace
from pathlib import Path

import pytest

from experiments.judging_benchmark.results import (
    BEFORE,
    NOW,
    PRODUCT,
    Measurement,
    Results,
    read_results,
    write_results,
)
from fedjury.errors import ConfigError

WHAT: dict[str, str | int] = {"threads": 1, "updates": 10}
SECONDS = {PRODUCT: [1.0, 2.0, 4.0], BEFORE: [4.0, 10.0, 8.0], NOW: [2.0, 2.0, 2.0]}
MEASURED = Measurement("update", WHAT, PRODUCT, SECONDS, {"differing": 0})
WITHOUT = replace(MEASURED, seconds={PRODUCT: [1.0], NOW: [2.0]})
EARLIER = Results({"update": {"cores": 2}}, [MEASURED])


def test_a_ratio_is_the_median_of_the_turns_ratios() -> None:
    assert MEASURED.ratio(BEFORE) == 4  # of 4, 5 and 2; the medians' ratio is another
    assert MEASURED.ratio(BEFORE, NOW) == 4
    assert MEASURED.ratio(PRODUCT) == 1
    assert MEASURED.median(BEFORE) == 8


def test_what_did_not_run_has_no_ratio() -> None:
    assert WITHOUT.ratio(BEFORE) is None
    assert WITHOUT.ratio(NOW, BEFORE) is None
    assert WITHOUT.median(BEFORE) is None


def test_a_ratio_is_borrowed_from_earlier_results_with_the_same_settings() -> None:
    (found,) = Results({}, [WITHOUT]).borrowing(EARLIER, BEFORE).measurements
    assert found.borrowed == {BEFORE: 4}
    assert found.ratio(BEFORE) == 4
    assert found.ratio(BEFORE, NOW) == 2
    assert found.median(BEFORE) is None


def test_nothing_is_borrowed_where_it_was_measured_or_the_settings_differ() -> None:
    other = replace(WITHOUT, what={**WHAT, "updates": 50})
    results = Results({}, [MEASURED, other])
    assert results.borrowing(EARLIER, BEFORE).measurements == [MEASURED, other]


def test_measurements_are_found_by_some_of_their_settings() -> None:
    more = replace(MEASURED, what={**WHAT, "updates": 50})
    results = Results({}, [MEASURED, more, replace(MEASURED, part="rules")])
    assert results.of("update") == [MEASURED, more]
    assert results.one("update", updates=50) == more
    assert results.one("update", updates=7) is None


def test_a_part_that_is_measured_again_replaces_the_older_one() -> None:
    rules, again = replace(MEASURED, part="rules"), replace(WITHOUT)
    known = Results({"update": {"cores": 2}, "rules": {"cores": 2}}, [MEASURED, rules])
    newer = Results({"update": {"cores": 4}}, [again])
    both = known.with_parts_of(newer)
    assert both.machines == {"update": {"cores": 4}, "rules": {"cores": 2}}
    assert both.measurements == [rules, again]


def test_a_file_gives_what_was_written(tmp_path: Path) -> None:
    (borrowing,) = Results({}, [WITHOUT]).borrowing(EARLIER, BEFORE).measurements
    results = Results({"update": {"cores": 2}}, [MEASURED, borrowing])
    write_results(results, tmp_path / "figures.json")
    assert read_results(tmp_path / "figures.json") == results


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"machines": {}, "measurements": [{"a": 1}]}'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "figures.json").write_text(text)
    with pytest.raises(ConfigError, match="figures"):
        read_results(tmp_path / "figures.json")
