"""What `fedjury events` shows."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.cli.displays.reasons import (
    senseless_records,
    with_reasons,
    without_records,
    without_reports,
)
from fedjury.cli.displays.updates import (
    Row,
    chosen_rows,
    not_looked_into,
    show_updates,
    update_rows,
)
from fedjury.cli.output import Output
from fedjury.protocol.batch_file import BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Grounds, Reason
from fedjury.protocol.round_record import RoundRecord
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.task.history import TaskHistory
from fedjury.task.records import find_record, record_slots
from tests.support.batched_rounds import batched_record, end_batched_round
from tests.support.fake_federation import (
    CLIENTS,
    OTHER_RELAYER,
    RELAYER,
    FakeContract,
    FakeFederation,
    spec,
    weights,
)
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


# --- batches ---


@pytest.fixture
def batched(tmp_path: Path) -> FakeFederation:
    """Of four clients one submits alone and three in a batch, of whom it is one; two updates are
    in a batch that nobody has."""
    federation = FakeFederation(tmp_path, clients=4)
    updates = [federation.update(index, weights(index % 3)) for index in range(4)]
    federation.submit(0, updates[0])
    federation.relay(*[federation.signed(index, updates[index]) for index in (0, 1, 2)])
    federation.contract.batch(OTHER_RELAYER.address, 2, Digest(b"\7" * 32))
    return federation


def place_of(federation: FakeFederation, client: int) -> int:
    """Where a client's entry stands in the round's first batch."""
    (batch, _) = [each for each in federation.contract.submissions() if each.count > 1]
    file = BatchFile.from_bytes(federation.store.fetch(batch.digest, 4096, 0))
    place = file.place_of(CLIENTS[client].address)
    assert place is not None
    return 1 + place


def history_of(federation: FakeFederation) -> TaskHistory:
    return federation.task.read_history(federation.chain.block())


def test_a_batch_is_one_row_with_a_tally_of_its_verdicts(
    batched: FakeFederation, capsys: pytest.CaptureFixture[str]
) -> None:
    end_batched_round(batched, {place_of(batched, 1): VerdictCode.NOT_IMPROVED})
    rows = update_rows(history_of(batched))
    told = [(row["update"], row["count"], row["relayer"], row["accepted"]) for row in rows]
    assert told == [
        (0, 1, None, True),
        (1, 3, RELAYER.address, None),
        (4, 2, OTHER_RELAYER.address, False),
    ]
    assert rows[1]["codes"] == {"accepted": 1, "not-improved": 1, "superseded": 1}
    assert (rows[2]["codes"], rows[2]["verdict"]) == ({"unavailable": 2}, "2 unavailable")
    show_updates(rows, "0xab", Output())
    text = " ".join(capsys.readouterr().out.split())
    assert "6 updates of 0xab" in text
    assert "1 to 3" in text
    assert "4 to 5" in text


@pytest.mark.parametrize(("end", "verdict"), [(None, "pending"), (FakeContract.void, "voided")])
def test_a_batch_without_verdicts_is_a_row_as_well(
    end: Callable[[FakeContract], None] | None, verdict: str, batched: FakeFederation
) -> None:
    if end is not None:
        end(batched.contract)
    rows = update_rows(history_of(batched), 1)
    assert [(row["verdict"], row["codes"]) for row in rows] == [(verdict, None)] * 3


def test_batches_are_chosen_by_any_of_their_verdicts(batched: FakeFederation) -> None:
    end_batched_round(batched)
    history = history_of(batched)
    for accepted, updates in [(True, [0, 1]), (False, [1, 4])]:
        assert [row["update"] for row in update_rows(history, accepted=accepted)] == updates
    alone = update_rows(history, client=CLIENTS[0].address)
    assert [row["update"] for row in alone] == [0]


def test_with_records_each_update_of_a_batch_has_a_row(batched: FakeFederation) -> None:
    files = [Digest.of(batched.update(index, weights(index % 3))).cid for index in range(3)]
    mine, second, third = (place_of(batched, client) for client in range(3))
    end_batched_round(batched, {second: VerdictCode.NOT_IMPROVED})
    history = history_of(batched)
    rows = with_reasons(
        update_rows(history), history, lambda end: find_record(batched.store, end), spec()
    )
    found = {row["update"]: (row["client"], row["verdict"], row["why"]) for row in rows}
    superseded = "update 0 of the round is the one of this client that counts"
    assert found == {
        0: (CLIENTS[0].address, "accepted", ""),
        mine: (CLIENTS[0].address, "superseded", superseded),
        second: (CLIENTS[1].address, "not-improved", ""),
        third: (CLIENTS[2].address, "accepted", ""),
        4: (None, "2 unavailable", "the batch's file was not to be had"),
    }
    assert [row["count"] for row in rows] == [1, 1, 1, 1, 2]
    assert {row["relayer"] for row in rows[1:4]} == {RELAYER.address}
    assert {row["file"] for row in rows[:4]} == set(files)
    own = chosen_rows(rows, CLIENTS[0].address, None)
    assert {row["verdict"] for row in own} == {"accepted", "superseded"}


def test_a_batch_whose_record_is_lost_stays_one_row(batched: FakeFederation) -> None:
    end_batched_round(batched)
    history = history_of(batched)
    rows = with_reasons(update_rows(history), history, lambda _: None, None)
    assert [(row["update"], row["record"], row["why"]) for row in rows] == [
        *((0, "missing", None), (1, "missing", None), (4, "missing", None))
    ]


def with_other_clients(record: RoundRecord) -> RoundRecord:
    """Each entry says the client of the next one."""
    clients = [each.client for each in record.entries]
    entries = [
        each.model_copy(update={"client": client})
        for each, client in zip(record.entries, clients[1:] + clients[:1], strict=True)
    ]
    return record.model_copy(update={"entries": entries})


def with_an_unread_batch(index: int, count: int, code: int) -> Callable[[RoundRecord], RoundRecord]:
    """A batch that could not be read in place of the entries that stand there."""

    def changed(record: RoundRecord) -> RoundRecord:
        batch = record.batches[0].model_copy(update={"index": index, "count": count, "code": code})
        entries = [*record.entries[:index], *record.entries[index + count :]]
        batches = [batch, *record.batches[1:]]
        return record.model_copy(update={"entries": entries, "batches": batches})

    return changed


def with_entries_of_a_batch_that_nobody_has(record: RoundRecord) -> RoundRecord:
    """One update less of the batch that was not read, and an entry before it instead."""
    lone = record.entries[0].model_copy(update={"code": int(VerdictCode.UNAVAILABLE)})
    last = record.batches[1].model_copy(update={"index": 5, "count": 1})
    batches = [record.batches[0], last]
    return record.model_copy(update={"entries": [*record.entries, lone], "batches": batches})


@pytest.mark.parametrize(
    "change",
    [
        with_other_clients,
        with_an_unread_batch(0, 1, 3),  # a lone submission
        with_an_unread_batch(1, 2, 3),  # a part of a batch
        with_an_unread_batch(1, 3, 1),  # accepted without having been read
        with_an_unread_batch(1, 3, 99),
        with_entries_of_a_batch_that_nobody_has,
    ],
)
def test_a_record_that_fits_its_report_and_not_the_chain_makes_no_sense(
    change: Callable[[RoundRecord], RoundRecord], batched: FakeFederation
) -> None:
    record = change(batched_record(batched))
    digest = batched.store.add(record.to_bytes())
    codes = bytes(slot.code for slot in record_slots(record, batched.contract.size()))
    batched.contract.finalize(report_on(batched.contract, record_digest=digest), codes, b"")
    history = history_of(batched)
    plain = update_rows(history)
    rows = with_reasons(plain, history, lambda end: find_record(batched.store, end), spec())
    assert [row["record"] for row in rows] == ["senseless"] * 3
    assert [{key: row[key] for key in plain[0]} for row in rows] == plain
    assert (without_records(rows), senseless_records(rows)[:37]) == (
        "",
        "the record of round 1 makes no sense,",
    )


def test_batches_of_a_round_without_a_report_are_told_in_words(batched: FakeFederation) -> None:
    def note() -> str:
        history = history_of(batched)
        return without_reports(with_reasons(update_rows(history), history, lambda _: None, None))

    assert note() == (
        "round 1 has no report, whose record alone says who is in a batch: each batch there is one "
        "line"
    )
    end_batched_round(batched)
    assert note() == ""


def test_who_asks_for_a_client_is_told_that_batches_were_not_looked_into(
    batched: FakeFederation,
) -> None:
    history = history_of(batched)
    note = "who is in the 2 batches of these rounds only the rounds' records say: see them by"
    assert not_looked_into(history, None, CLIENTS[0].address).startswith(note)
    assert not_looked_into(history, 2, CLIENTS[0].address) == ""
    assert not_looked_into(history, None, None) == ""
