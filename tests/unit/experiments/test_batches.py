"""What is measured of rounds of batches, how it is told, and what is reckoned from it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from experiments.batches import scale_tables, tables
from experiments.batches.goals import goals
from experiments.batches.members import clients, roster
from experiments.batches.parts import measure_parts
from experiments.batches.results import Measured, Results, read_results, write_results
from experiments.batches.scale import Line, Scale
from experiments.batches.settings import POISONED, Room, Settings
from experiments.batches.steps import Moment, ProcessSteps, Step, Stopwatch, peak_of
from experiments.batches.timed_store import CHECKING, FETCHING, TimedStore
from experiments.batches.weights import WeightMaker, is_poisoned
from experiments.measure_batches import COMMITTED, DOCS, main
from fedjury.data import Samples
from fedjury.errors import ConfigError, ExitCode
from fedjury.models import mlp
from fedjury.store import DirectoryStore
from fedjury.task.state import weights_of

SETTINGS = Settings(updates=20, roster=50, seed=3, chain="http://127.0.0.1:1")
STEPS = {
    "hand-over": ["hand over, take receipts"],
    "relay": [],
    "juror": [
        "check signatures and members",
        "fetch the updates",
        "judge",
        "write the record, keep all files, sign, finalize",
    ],
    "light-audit": ["audit"],
    "full-audit": ["audit"],
}


def _measured(updates: int) -> Measured:
    """A round whose every figure is a straight line."""
    processes = [
        ProcessSteps(
            process,
            [Step(name, 0.001 * updates, 0.0005 * updates) for name in names],
            (100 + updates) * 2**20,
        )
        for process, names in STEPS.items()
    ]
    return Measured(
        updates=updates,
        roster=100_000,
        accepted=updates * 9 // 10,
        seconds=0.03 * updates,
        gas={"batches": 41_000, "report": 30_000 + 40 * updates},
        bytes={
            "roster": 2_000_000,
            "batches": 12 + 117 * updates,
            "update": 26_000,
            "record": 1_000 + 170 * updates,
        },
        processes=processes,
    )


PARTS = {"20": ProcessSteps("20", [Step("start", 1.0, 1.0), Step("sign", 0.25, 0.2)], 2**20)}
RESULTS = Results("a machine, 2 cores", [_measured(size) for size in (100, 1_000, 10_000)], PARTS)


def _row(table: str, name: str) -> list[str]:
    """The cells of a table's row behind its first."""
    (found,) = (line for line in table.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in found.split("|")[2:-1]]


def test_the_roster_has_the_clients_and_as_many_strangers_as_are_asked_for() -> None:
    members = clients(SETTINGS)
    made = roster(SETTINGS, members)
    assert len({member.address for member in members}) == 20
    assert made.size == 50
    assert all(member.address in made for member in members)


def test_keys_come_of_the_seed() -> None:
    again, other = clients(SETTINGS), clients(replace(SETTINGS, seed=4))
    assert [each.key for each in again] == [each.key for each in clients(SETTINGS)]
    assert {each.address for each in again}.isdisjoint(each.address for each in other)


def test_as_many_are_poisoned_as_the_settings_say() -> None:
    assert SETTINGS.poisoned == sum(is_poisoned(client) for client in range(20)) == 2
    assert POISONED == 10


def test_every_client_has_weights_of_its_own_and_those_who_poison_learn_the_next_class() -> None:
    inputs = torch.eye(4).repeat(8, 1)
    samples = Samples(inputs, torch.arange(4).repeat(8))
    model = mlp(4, 8, 4)
    names = list(weights_of(model))
    maker = WeightMaker(model, samples, names, seed=1)
    made = [maker.weights(client) for client in range(3)]
    assert len({each["1.weight"].numpy().tobytes() for each in made}) == 3
    assert maker.weights(1)["1.weight"].equal(made[1]["1.weight"])
    answers = []
    for weights in made:
        model.load_state_dict(weights)
        answers.append(model(torch.eye(4)).argmax(1).tolist())
    assert answers == [[1, 2, 3, 0], [0, 1, 2, 3], [0, 1, 2, 3]]


def test_settings_are_read_as_they_were_saved(tmp_path: Path) -> None:
    Room(tmp_path).save(SETTINGS)
    assert Room(tmp_path).settings() == SETTINGS


def test_a_stopwatch_tells_each_step_and_the_peak() -> None:
    watch = Stopwatch("juror", "start")
    watch.enter("one")
    since = Moment.now()
    watch.enter("two", since=since)
    found = watch.stop()
    assert found.process == "juror"
    assert [step.name for step in found.steps] == ["start", "one", "two"]
    assert all(step.seconds >= 0 and step.processor >= 0 for step in found.steps)
    assert found.peak > 2**20


def test_another_processs_peak_is_told_and_nobodys_is_nothing() -> None:
    assert peak_of(1) >= 0
    assert peak_of(2**22 + 1) == 0  # beyond the largest id


def test_the_first_update_that_is_asked_for_begins_two_steps(tmp_path: Path) -> None:
    inner = DirectoryStore(tmp_path)
    batch, update, other = (inner.add(content) for content in (b"batch", b"update", b"other"))
    watch = Stopwatch("juror", "fetch the batches")
    store = TimedStore(inner, watch, [batch])
    assert store.receive(batch, 100, 1.0)() == b"batch"
    assert store.receive(update, 100, 1.0)() == b"update"
    assert store.receive(other, 100, 1.0)() == b"other"
    steps = [step.name for step in watch.stop().steps]
    assert steps == ["fetch the batches", CHECKING, FETCHING]


def test_a_batch_that_is_asked_for_begins_no_step(tmp_path: Path) -> None:
    inner = DirectoryStore(tmp_path)
    batch = inner.add(b"batch")
    watch = Stopwatch("juror", "fetch the batches")
    store = TimedStore(inner, watch, [batch])
    before = store.last
    store.receive(batch, 100, 1.0)()
    assert len(watch.stop().steps) == 1
    assert store.last.time >= before.time


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    write_results(RESULTS, path)
    assert read_results(path) == RESULTS


def test_parts_have_a_column_for_each_size() -> None:
    table = scale_tables.part_table(RESULTS)
    assert "20 entries" in table
    assert _row(table, "sign") == ["0.2"]
    assert _row(table, "peak of memory, MiB") == ["1"]
    assert "start" not in table


def test_parts_of_a_round_are_measured_without_a_chain() -> None:
    watch = Stopwatch("20", "start")
    measure_parts(20, 1, watch)
    assert [step.name for step in watch.stop().steps] == [
        "start",
        "make keys",
        "sign",
        "write the batch",
        "hash the roster's tree",
        "check signatures and members",
        "write the record",
        "read the record",
    ]


@pytest.mark.parametrize(
    "content", ["", "[]", '{"machine": "m"}', '{"machine": 1, "rounds": [{}]}']
)
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "figures.json"
    path.write_text(content)
    with pytest.raises(ConfigError, match="holds no figures of this measurement"):
        read_results(path)


def test_every_step_has_a_row_and_every_round_a_column() -> None:
    table = tables.step_table(RESULTS)
    row = ["updates × model × samples", "0.10", "1.00", "10.00", "5.00"]
    assert _row(table, "juror: judge") == row
    assert _row(table, "all of it") == ["", "3", "30", "300", ""]
    assert len(table.splitlines()) == 2 + sum(map(len, STEPS.values())) + 1


def test_the_memory_of_an_update_comes_of_the_two_largest_rounds() -> None:
    assert _row(tables.memory_table(RESULTS), "juror") == ["200", "1100", "10100", "1,048,576"]


def test_gas_is_divided_among_the_updates() -> None:
    row = _row(tables.gas_table(RESULTS), "10,000")
    assert row == ["41,000", "430,000", "47.1", "1,170,012", "1,701,000", "26,000"]


def test_the_round_of_ten_thousand_is_held_against_the_goals() -> None:
    told = [(goal.measured, goal.met) for goal in goals(RESULTS)]
    assert told == [("5.0 minutes", True), ("10,100.0 MiB", False)]
    few = Results("m", RESULTS.rounds[:2])
    assert [goal.met for goal in goals(few)] == [None, None]
    assert "**no**" in tables.goal_table(RESULTS)


def test_a_line_goes_through_its_points() -> None:
    line = Line.through((1_000, 70_000), (10_000, 430_000))
    assert line == Line(30_000, 40)
    assert line.at(100_000) == 4_030_000


def test_a_round_holds_no_more_than_the_contract_allows() -> None:
    scale = Scale(RESULTS)
    assert [scale.tasks(size) for size in (1, 119_999, 120_000, 1_000_000)] == [1, 1, 2, 9]


def test_gas_of_larger_rounds_follows_from_that_of_those_measured() -> None:
    table = scale_tables.chain_table(RESULTS)
    assert _row(table, "gas of reports, a byte a verdict") == ["430,000", "4,030,000", "40,270,000"]
    assert _row(table, "gas of reports, were a verdict a bit") == ["80,000", "530,000", "5,270,000"]
    # a task's report costs no more than that of the smallest round
    root = _row(table, "gas of reports, were verdicts a root")
    assert root == ["34,000", "34,000", "306,000"]
    assert _row(table, "gas of an update, both together") == ["47.1", "40.7", "40.6"]
    assert _row(table, "bytes of verdicts in one report") == ["10,000", "100,000", "111,111"]


def test_the_memory_of_a_large_round_is_that_of_one_of_its_tasks() -> None:
    row = _row(scale_tables.memory_table(RESULTS), "juror")
    assert row == ["10,100", "100,100", "111,211"]


def test_bytes_of_files_become_minutes_on_a_line() -> None:
    files = scale_tables.file_table(RESULTS)
    assert _row(files, "batch files") == ["1.2", "11.7", "117.0"]
    assert _row(files, "updates of the paper's model")[-1] == "407,400.0"
    lines = scale_tables.line_table(RESULTS)
    assert _row(lines, "updates of the paper's model") == ["0.5", "5.4", "54.3"]


def test_times_grow_in_a_straight_line() -> None:
    table = scale_tables.time_table(RESULTS)
    assert _row(table, "signatures and members") == ["0.2", "1.7", "16.7"]
    assert _row(table, "judging the paper's model on one core") == ["4.0", "40.0", "400.0"]


def test_a_page_with_other_figures_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("performance.md", "scale.md"):
        page = (DOCS / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(page, encoding="utf-8")
    monkeypatch.setattr("experiments.measure_batches.DOCS", tmp_path)
    monkeypatch.setattr("experiments.measure_batches.COMMITTED", tmp_path / "batches.json")
    write_results(RESULTS, tmp_path / "batches.json")
    assert main(["--check"]) == 1
    assert "docs/scale.md differs" in capsys.readouterr().out
    measured = ["--measured", str(tmp_path / "batches.json")]
    assert main([*measured, "--write-docs"]) == ExitCode.OK
    assert main(["--check"]) == 0


def test_the_pages_have_the_committed_figures() -> None:
    assert main(["--check"]) == 0
    sizes = [each.updates for each in read_results(COMMITTED).rounds]
    assert sizes[:3] == [100, 1_000, 10_000]


def test_the_committed_figures_reach_the_goals() -> None:
    assert all(goal.met for goal in goals(read_results(COMMITTED)))


def test_figures_are_printed_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "figures.json"
    write_results(RESULTS, path)
    assert main(["--measured", str(path), "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out) == RESULTS.to_json()
