"""Goals, tables and picture say what was measured, and that something was not."""

from dataclasses import replace
from pathlib import Path

import pytest

from experiments.judging_benchmark.goals import goals
from experiments.judging_benchmark.plot import draw
from experiments.judging_benchmark.results import (
    BEFORE,
    FEDAVG,
    LOADER,
    NOW,
    PRODUCT,
    SLICES,
    Measurement,
    Results,
)
from experiments.judging_benchmark.tables import TABLES, report

ONE = {"threads": 1, "samples": 10_000}
UPDATE = Measurement(
    "update",
    {**ONE, "updates": 10},
    PRODUCT,
    {PRODUCT: [0.02], SLICES: [0.022], LOADER: [0.044], BEFORE: [0.05], NOW: [0.024]},
)
SELECTED = Measurement(
    "rules",
    {**ONE, "rule": "selection", "updates": 50},
    PRODUCT,
    {PRODUCT: [0.02], BEFORE: [0.16], NOW: [0.05]},
)
FEDERATION = Measurement(
    "federation",
    {"threads": 1, "clients": 10, "rounds": 10},
    FEDAVG,
    {FEDAVG: [10.0, 12.0], BEFORE: [25.0, 30.0], NOW: [14.0, 18.0]},
)
MODEL = Measurement(
    "models",
    {**ONE, "model": "conv net", "updates": 10},
    SLICES,
    {SLICES: [0.1], BEFORE: [0.2], NOW: [0.4]},
)
STEPS = Measurement("steps", {**ONE}, PRODUCT, {PRODUCT: [0.02], "hash": [0.001]})
SIZES = replace(UPDATE, part="sizes", what={**ONE, "hidden": 32, "updates": 10})


def _memory(updates: int, peak: float, rule: str = "paper") -> Measurement:
    what: dict[str, str | int] = {**ONE, "rule": rule, "updates": updates}
    facts: dict[str, str | int | float] = {"start_mib": 300, "peak_mib": peak, "reads": 3}
    return Measurement("memory", what, NOW, {NOW: [0.05]}, facts)


MEMORY = [_memory(1000, 400), _memory(10_000, 600), _memory(10_000, 900, "median")]
MEASURED = [UPDATE, STEPS, SELECTED, SIZES, MODEL, *MEMORY]
MACHINE: dict[str, str | int | float] = {
    "processor": "a processor",
    "cores": 2,
    "torch": "2",
    "kernels": "AVX2",
    "data": "mnist",
}
ALL = Results({each.part: MACHINE for each in [*MEASURED, FEDERATION]}, [*MEASURED, FEDERATION])


def _met(results: Results) -> dict[str, bool | None]:
    return {each.what: each.met for each in goals(results)}


def test_goals_are_held_against_what_was_measured() -> None:
    assert _met(ALL) == {
        "`paper`, 10 updates a round, beside one product": True,
        "`paper`, 10 updates a round, beside a DataLoader loop": True,
        "`selection`, 50 updates a round, beside the code before": False,
        "a federation with `selection`, beside plain averaging": True,
        "memory, `paper`, 10,000 updates": True,
        "memory, `paper`, 10,000 updates beside 1,000": False,
        "memory, `median`, 10,000 updates": True,
        "memory, `median`, 10,000 updates, beyond what it starts with": False,
        "memory, `selection`, 1,000 updates": None,
        "conv net, beside plain float32": False,
        "attention, beside plain float32": None,
    }
    assert [each.measured for each in goals(ALL)][:4] == [
        "1.20 products",
        "1.83 times as fast",
        "3.20 times as fast",
        "1.45 times as long",
    ]


def test_a_goal_that_was_not_measured_is_neither_met_nor_missed() -> None:
    assert set(_met(Results()).values()) == {None}
    slow = replace(UPDATE, seconds=UPDATE.seconds | {NOW: [0.0251]})
    missed = _met(Results({}, [slow]))
    assert missed["`paper`, 10 updates a round, beside one product"] is False
    other = replace(UPDATE, what={**UPDATE.what, "samples": 1000})
    assert set(_met(Results({}, [other])).values()) == {None}


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("judging-update", "| plain loop, `DataLoader` of 128 | 44.0 | 2.20 |"),
        ("judging-update", "| `paper`, now, 10 updates a round | 24.0 | 1.20 |"),
        ("judging-steps", "| hash | 1.0 | 0.05 |"),
        ("judging-rules", "| `selection` | 50 | 160.0 | 50.0 | 2.50 | 3.20 |"),
        ("judging-sizes", "| 10,000 × 32 | 20.0 | 1.10 | 2.50 | 1.20 | 2.08 |"),
        ("judging-models", "| conv net | 10,000 | 100.0 | 400.0 | 2.00 | 4.00 |"),
        ("judging-memory", "| `paper` | 10,000 | 300 | 600 | 3.0 | 50.0 |"),
        ("judging-federation", "| 1 thread | 2 | 11.0 | 27.5 | 16.0 | 2.50 | 1.45 |"),
        ("judging-machine", "Measured on a processor, 2 cores, torch 2 with AVX2, mnist."),
    ],
)
def test_a_table_has_a_row_for_each_measurement(table: str, row: str) -> None:
    assert row in TABLES[table](ALL).splitlines()


def test_figures_of_more_threads_stand_beside_those_of_one() -> None:
    two = [
        replace(each, what={**each.what, "threads": 2}, seconds=each.seconds | {NOW: [0.04]})
        for each in (UPDATE, SELECTED)
    ]
    results = Results(ALL.machines, [*ALL.measurements, *two])
    update = TABLES["judging-update"](results).splitlines()
    assert update[0] == "| one update | 1 thread, ms | products | 2 threads, ms | products |"
    assert "| `paper`, now, 10 updates a round | 24.0 | 1.20 | 40.0 | 2.00 |" in update
    rules = TABLES["judging-rules"](results).splitlines()
    assert rules[2] == "| `selection` | 50 | 160.0 | 50.0 | 2.50 | 3.20 | 4.00 |"
    assert len(rules) == 3


def test_borrowed_ratios_are_marked() -> None:
    without = replace(SELECTED, seconds={PRODUCT: [0.02], NOW: [0.05]})
    results = Results({}, [without]).borrowing(Results({}, [SELECTED]), BEFORE)
    table = TABLES["judging-rules"](results)
    assert "| `selection` | 50 | – | 50.0 | 2.50 | 3.20 † |" in table
    assert table.splitlines()[-1].startswith("† the code before could not be had here")
    assert "†" not in TABLES["judging-rules"](ALL)
    assert "3.20 times as fast †" in TABLES["judging-goals"](results)


def test_machines_are_told_apart() -> None:
    quick = {**MACHINE, "quick": 1, "cpu_time": 1}
    text = TABLES["judging-machine"](Results({"update": MACHINE, "rules": quick}))
    words = "Measured on a processor, 2 cores, torch 2 with AVX2, mnist"
    assert text == f"{words}: update.\n{words}, `--quick`, `--cpu-time`: rules."


def test_a_report_has_the_parts_that_were_measured() -> None:
    text = report(Results({"update": MACHINE}, [UPDATE]))
    assert "one update" in text
    assert "step" not in text


@pytest.mark.parametrize("results", [ALL, Results()], ids=["all", "nothing"])
def test_the_picture_is_drawn_of_whatever_there_is(results: Results, tmp_path: Path) -> None:
    draw(results, tmp_path / "judging.png")
    assert (tmp_path / "judging.png").read_bytes().startswith(b"\x89PNG")
