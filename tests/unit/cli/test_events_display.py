"""What `fedjury events` shows."""

import json
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.cli.displays.updates import (
    Row,
    show_updates,
    update_rows,
    with_reasons,
    without_records,
)
from fedjury.cli.output import Output
from fedjury.protocol.reasons import Grounds, Reason
from fedjury.protocol.round_record import RoundRecord
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.task.history import TaskHistory
from tests.support.fake_federation import CLIENTS, FakeFederation, spec, weights
from tests.support.reports import record_on, report_on

GOOD = pack([VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED])
UNKNOWN_CODES = b"\xff" * len(GOOD)  # of the right length, which is all that the contract checks


@pytest.fixture
def history(tmp_path: Path) -> TaskHistory:
    """Two updates a round: readable verdicts, unreadable ones, a voided round and an open one."""
    federation = FakeFederation(tmp_path, clients=2)
    contract = federation.contract
    for verdicts in (GOOD, UNKNOWN_CODES):
        federation.submit_weights(weights(0), weights(1))
        contract.finalize(report_on(contract), verdicts, b"")
    federation.submit_weights(weights(0), weights(1))
    contract.void()
    federation.submit_weights(weights(0), weights(1))
    return federation.task.read_history(federation.chain.block())


def shown(rows: list[Row]) -> list[tuple[int, int, str]]:
    return [(row["round"], row["update"], row["verdict"]) for row in rows]


def test_every_update_has_its_verdict_or_why_there_is_none(history: TaskHistory) -> None:
    rows = update_rows(history)
    assert shown(rows) == [
        *[(1, 0, "accepted"), (1, 1, "not-improved")],
        *[(2, 0, "unreadable"), (2, 1, "unreadable")],
        *[(3, 0, "voided"), (3, 1, "voided")],
        *[(4, 0, "pending"), (4, 1, "pending")],
    ]
    assert [row["accepted"] for row in rows] == [True, False, *[None] * 6]
    assert rows[0]["client"] == CLIENTS[0].address


def test_rows_are_chosen_by_round_client_and_verdict(history: TaskHistory) -> None:
    second = CLIENTS[1].address
    assert shown(update_rows(history, 1)) == [(1, 0, "accepted"), (1, 1, "not-improved")]
    assert shown(update_rows(history, 2, second)) == [(2, 1, "unreadable")]
    assert shown(update_rows(history, client=second)) == [
        (1, 1, "not-improved"),
        (2, 1, "unreadable"),
        (3, 1, "voided"),
        (4, 1, "pending"),
    ]
    assert shown(update_rows(history, accepted=True)) == [(1, 0, "accepted")]
    assert shown(update_rows(history, accepted=False)) == [(1, 1, "not-improved")]
    assert update_rows(history, 5) == []


def test_people_and_machines_see_an_unreadable_verdict(
    history: TaskHistory, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = update_rows(history, 2)
    show_updates(rows, "0xab", Output())
    assert capsys.readouterr().out.count("unreadable") == 2
    show_updates(rows, "0xab", Output(as_json=True))
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == rows


# --- reasons ---

SHAPE = (VerdictCode.MALFORMED, Grounds(Reason.TENSOR_SHAPE, (0,)))


def explained(tmp_path: Path, spec: TaskSpec | None) -> list[Row]:
    """Rows of a round with a record, one whose record is lost, and an open one."""
    federation = FakeFederation(tmp_path, clients=2)
    contract, records = federation.contract, dict[int, RoundRecord]()
    for _ in range(2):
        federation.submit_weights(weights(0), weights(1))
        accepted = (VerdictCode.ACCEPTED, Grounds(), 5)
        records[contract.number] = record_on(contract, [accepted, SHAPE], baseline=4)
        verdicts = pack([VerdictCode.ACCEPTED, VerdictCode.MALFORMED])
        contract.finalize(report_on(contract), verdicts, b"")
    federation.submit_weights(weights(0))
    history = federation.task.read_history(federation.chain.block())
    asked: list[int] = []

    def find(end: RoundFinalized) -> RoundRecord | None:
        asked.append(end.round)
        return records[1] if end.round == 1 else None

    rows = with_reasons(update_rows(history), history, find, spec)
    assert asked == [1, 2]
    return rows


def test_rows_say_what_the_records_say(tmp_path: Path) -> None:
    keys = ("round", "update", "record", "reason", "arguments", "why", "right", "baseline")
    assert [tuple(row[key] for key in keys) for row in explained(tmp_path, spec())] == [
        (1, 0, "found", 0, [], "", 5, 4),
        (1, 1, "found", 5, [0], "tensor 'weight' has another shape than the model's", None, 4),
        (2, 0, "missing", None, None, None, None, None),
        (2, 1, "missing", None, None, None, None, None),
        (3, 0, None, None, None, None, None, None),
    ]


def test_rounds_whose_records_are_missing_are_named(tmp_path: Path) -> None:
    rows = explained(tmp_path, spec())
    assert without_records(rows) == (
        "the store has no usable record of round 2, so that reasons and counts are missing"
    )
    lost = [{**rows[0], "round": number, "record": "missing"} for number in (1, 2, 3, 5)]
    assert "no usable record of rounds 1–3, 5, so" in without_records(lost)
    assert without_records([rows[0], rows[-1]]) == ""


def test_columns_of_counts_are_shown_only_where_there_are_any(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = explained(tmp_path, spec())
    show_updates(rows, "0xab", Output(), reasons=True)
    assert {"right", "beat"} <= set(capsys.readouterr().out.replace("┃", " ").split())
    show_updates(rows[1:], "0xab", Output(), reasons=True)
    assert not {"right", "beat"} & set(capsys.readouterr().out.replace("┃", " ").split())


def test_a_count_that_did_not_decide_is_told_with_what_did(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=2)
    contract = federation.contract
    federation.submit_weights(weights(0), weights(1))
    rows = [(VerdictCode.ACCEPTED, Grounds(), 9), (VerdictCode.NOT_IMPROVED, Grounds(), 5)]
    record = record_on(contract, rows, baseline=4)
    contract.finalize(report_on(contract), GOOD, b"")
    history = federation.task.read_history(federation.chain.block())
    strict = spec(rule={"name": "paper", "parameters": {"z": 2}})
    found = with_reasons(update_rows(history), history, lambda _: record, strict)
    why = "above the baseline, but not by enough for z = 2"
    assert [row["why"] for row in found] == ["", why]


def test_without_the_spec_a_tensor_is_told_by_its_place(tmp_path: Path) -> None:
    why = "tensor 0 of the model (in order of name) has another shape than the model's"
    assert explained(tmp_path, None)[1]["why"] == why


def test_people_see_reasons_only_where_they_asked_for_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = explained(tmp_path, spec())
    show_updates(rows, "0xab", Output(), reasons=True)
    assert "another shape" in " ".join(capsys.readouterr().out.split())
    show_updates(rows, "0xab", Output())
    assert "why" not in capsys.readouterr().out
