"""The command measures, prints, keeps figures and holds the page against them."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.benchmark_judging import COMMITTED, PAGE, PLOT, keep, main
from experiments.judging_benchmark.engines import PAPER, Engine
from experiments.judging_benchmark.progress import Watch
from experiments.judging_benchmark.results import BEFORE, NOW, Results, read_results
from experiments.judging_benchmark.run import PARTS, Order, measure, settings_here
from experiments.judging_benchmark.settings import FULL, QUICK, SELECTION
from experiments.judging_benchmark.tables import TABLES
from fedjury.errors import ExitCode
from tests.support.threads import threads_as_before

TINY = replace(
    QUICK,
    samples=40,
    update=((2, 1),),
    steps=1,
    rules=((PAPER, ((2, 1),)), (SELECTION, ((2, 1), (3, 1)))),
    sizes=((30, 4),),
    size_turns=1,
    model_samples=20,
    memory=((PAPER, (2,)),),
)


@pytest.fixture(autouse=True)
def _same_threads_afterwards() -> Iterator[None]:
    with threads_as_before():
        yield


def test_every_part_is_measured_and_kept_as_it_comes(capsys: pytest.CaptureFixture[str]) -> None:
    kept: list[Results] = []
    with Watch() as watch:
        results = measure(Order(PARTS, TINY, quick=True), Engine(), watch, kept.append)
    assert list(results.machines) == [part for part in PARTS if part != "federation"]
    counts = {part: len(results.of(part)) for part in PARTS}
    assert counts == {
        "update": 1,
        "steps": 1,
        "rules": 3,
        "sizes": 1,
        "models": 2,
        "memory": 1,
        "federation": 0,
    }
    assert [len(each.measurements) for each in kept] == [1, 1, 1, 2, 3, 1, 1, 2, 1]
    for each in results.of("rules") + results.of("update"):
        assert {BEFORE, NOW} <= each.seconds.keys()
        assert each.facts["verdicts that differ from before"] == 0
    assert results.of("update")[0].facts["farthest count from a plain loop"] == 0
    assert all(facts["quick"] == 1 for facts in results.machines.values())
    assert "federation: left out, as it needs MNIST" in capsys.readouterr().err


def test_without_history_the_code_before_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    with Watch() as watch:
        results = measure(Order(["update"], TINY), None, watch, lambda part: None)
    (measured,) = results.measurements
    assert BEFORE not in measured.seconds
    assert "the code before is left out" in capsys.readouterr().err


def test_processor_time_is_taken_of_one_thread_alone() -> None:
    assert settings_here(quick=False, cpu_time=True).threads == (1,)
    assert settings_here(quick=True, cpu_time=False) == QUICK
    assert settings_here(quick=False, cpu_time=False).rounds == FULL.rounds


def test_parts_that_were_not_measured_stay_in_the_file(tmp_path: Path) -> None:
    path, both = tmp_path / "figures.json", read_results(COMMITTED)
    keep(both, [path])
    (first,) = both.of("steps")
    again = replace(first, what={**first.what, "samples": 5})
    keep(Results({"steps": {"cores": 64}}, [again]), [path])
    found = read_results(path)
    assert found.machines == both.machines | {"steps": {"cores": 64}}
    assert found.of("steps") == [again]
    assert found.of("rules") == both.of("rules")


def test_figures_of_a_file_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--measured", str(COMMITTED)]) == 0
    assert "| what | measured | goal | met |" in capsys.readouterr().out
    assert main(["--measured", str(COMMITTED), "--json"]) == 0
    shown = Results.from_json(json.loads(capsys.readouterr().out))
    assert shown == read_results(COMMITTED)


def test_strictly_a_missed_goal_is_a_failure(tmp_path: Path) -> None:
    results = read_results(COMMITTED)
    slow = [
        replace(each, seconds=each.seconds | {NOW: [9.0 for _ in each.seconds[NOW]]})
        for each in results.of("update")
    ]
    keep(replace(results, measurements=slow), [tmp_path / "slow.json"])
    assert main(["--measured", str(tmp_path / "slow.json")]) == 0
    assert main(["--measured", str(tmp_path / "slow.json"), "--strict"]) == 1


def test_a_file_that_is_missing_ends_it_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--measured", str(tmp_path / "none.json")]) == ExitCode.CONFIG
    assert "none.json cannot be read" in capsys.readouterr().err


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "python -m experiments.benchmark_judging --quick" in capsys.readouterr().out


def test_the_page_has_every_table_and_they_are_those_of_the_figures() -> None:
    named = re.findall(r"<!-- table: (judging-[\w-]+) -->", PAGE.read_text())
    assert sorted(named) == sorted(TABLES)
    assert main(["--check"]) == 0
    assert PLOT.is_file()
