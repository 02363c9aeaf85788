"""What `fedjury events` shows."""

import json
from pathlib import Path

import pytest

from fedjury.cli.displays.updates import Row, show_updates, update_rows
from fedjury.cli.output import Output
from fedjury.protocol.report import Report
from fedjury.protocol.verdicts import Verdict, VerdictCode, pack
from fedjury.task.history import TaskHistory
from tests.support.fake_federation import CLIENTS, NO_DIGEST, FakeFederation, weights

GOOD = pack([Verdict(VerdictCode.ACCEPTED, 5), Verdict(VerdictCode.NOT_IMPROVED, 3)])
UNKNOWN_CODES = b"\xff" * len(GOOD)  # of the right length, which is all that the contract checks


@pytest.fixture
def history(tmp_path: Path) -> TaskHistory:
    """Two updates a round: readable verdicts, unreadable ones, a voided round and an open one."""
    federation = FakeFederation(tmp_path, clients=2)
    contract = federation.contract
    for verdicts in (GOOD, UNKNOWN_CODES):
        federation.submit_weights(weights(0), weights(1))
        contract.finalize(Report(contract.number, 1, bytes(32), 4, 5, NO_DIGEST), verdicts, b"")
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
    assert [(row["accepted"], row["right"], row["baseline"]) for row in rows[:4]] == [
        *[(True, 5, 4), (False, 3, 4)],
        *[(None, None, 4), (None, None, 4)],
    ]
    assert [(row["accepted"], row["right"], row["baseline"]) for row in rows[4:]] == [
        (None, None, None)
    ] * 4


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
