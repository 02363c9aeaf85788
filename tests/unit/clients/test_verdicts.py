"""Telling a client of each finished round once, and where its events are looked for."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import (
    BatchSubmitted,
    ChainEvent,
    RoundFinalized,
    UpdateSubmitted,
)
from fedjury.clients.events import RoundVoided, VerdictReceived
from fedjury.clients.journal import Journal
from fedjury.clients.own_entries import OwnEntries
from fedjury.clients.relay_events import (
    NotInABatch,
)
from fedjury.clients.relay_notes import HandedUpdate, KeptReceipt
from fedjury.clients.verdicts import VerdictReporter
from fedjury.errors import ChainUnavailable, StoreUnavailable
from fedjury.protocol.batch_file import BatchEntry, BatchFile
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import NO_GROUNDS, Grounds, Reason
from fedjury.protocol.round_record import RecordEntry
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.records import record_slots
from tests.support.batched_rounds import batched_record, end_batched_round
from tests.support.fake_federation import (
    CLIENTS,
    OTHER_RELAYER,
    RELAYER,
    FakeFederation,
    weights,
)
from tests.support.recorder import Recorder
from tests.support.reports import Row, record_on, report_on

DIGEST = Digest(b"\7" * 32)


class Bench:
    """A federation, and what the first of its clients is told of its rounds."""

    def __init__(self, directory: Path, **changes: Any) -> None:
        self.federation = FakeFederation(directory, **changes)
        self.contract = self.federation.contract
        self.told = Recorder()
        self.journal = Journal(directory / "journal")
        self._reporter = VerdictReporter(
            self.federation.task,
            CLIENTS[0].address,
            self.journal,
            self.told,
            OwnEntries(self.federation.task, CLIENTS[0].address),
        )

    def report(self) -> None:
        self._reporter.report(
            before=self.contract.number,
            last_round=self.contract.last_rounds.get(CLIENTS[0].address, 0),
            at=self.federation.chain.block(),
        )

    def finalize(self, *rows: Row | VerdictCode, baseline: int | None = None) -> Digest:
        """Have the jury end the round with these verdicts, and publish a record of it."""
        record = record_on(self.contract, rows, baseline)
        digest = self.federation.store.add(record.to_bytes())
        report = report_on(self.contract, record_digest=digest)
        codes = [entry.code for entry in record.entries]
        self.contract.finalize(report, bytes(codes), bytes(65))
        return digest

    def play(self, mine: int, code: VerdictCode = VerdictCode.ACCEPTED) -> None:
        """A round in which this client submits after so many others and gets this verdict."""
        others = [account.address for account in CLIENTS[1:]]
        for client in [*others[:mine], CLIENTS[0].address, *others[mine:]]:
            self.contract.submit(client, DIGEST)
        rest = VerdictCode.UNAVAILABLE
        self.finalize(*[rest] * mine, code, *[rest] * (len(others) - mine))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def verdict(number: int) -> VerdictReceived:
    return VerdictReceived(round=number, code="accepted")


def test_rounds_are_told_in_order_and_once(bench: Bench) -> None:
    for _ in range(3):
        bench.contract.void()
    bench.report()
    bench.report()
    assert bench.told.events == [RoundVoided(round=number) for number in (1, 2, 3)]


def test_the_verdict_is_the_one_at_the_updates_own_place(bench: Bench) -> None:
    for mine in (0, 3, 5):
        bench.play(mine)
    bench.report()
    assert bench.told.events == [verdict(1), verdict(2), verdict(3)]


def test_of_a_round_only_the_own_update_and_the_end_are_read(bench: Bench) -> None:
    bench.play(3)
    given: list[ChainEvent] = []
    read_events = bench.contract.read_events

    def counting(*arguments: Any, **options: Any) -> list[ChainEvent]:
        found = read_events(*arguments, **options)
        given.extend(found)
        return found

    bench.contract.read_events = counting  # type: ignore[method-assign]
    bench.report()
    assert [type(event) for event in given] == [RoundFinalized, UpdateSubmitted]


def test_a_round_without_this_client_is_passed_over(bench: Bench) -> None:
    bench.contract.submit(CLIENTS[1].address, DIGEST)
    bench.finalize(VerdictCode.ACCEPTED)
    bench.play(1)
    bench.report()
    assert bench.told.events == [verdict(2)]
    assert bench.journal.reported == 2


@pytest.mark.parametrize("kind", [UpdateSubmitted, RoundFinalized])
def test_what_the_node_keeps_back_is_asked_for_again(bench: Bench, kind: type[ChainEvent]) -> None:
    bench.play(2)
    contract = bench.contract
    contract.withheld = [event for event in contract.events if isinstance(event, kind)]
    with pytest.raises(ChainUnavailable, match="round 1"):
        bench.report()
    assert (bench.told.events, bench.journal.reported) == ([], 0)
    contract.withheld = []
    bench.report()
    assert bench.told.events == [verdict(1)]


@pytest.mark.parametrize("kind", [RoundFinalized, UpdateSubmitted])
def test_nothing_before_the_last_round_is_asked_for_unless_something_is_missing(
    bench: Bench, kind: type[ChainEvent]
) -> None:
    bench.contract.void()
    bench.report()
    bench.play(len(CLIENTS) - 1)
    bench.federation.change(kind, block_number=1)  # moved by a reorganization
    with pytest.raises(ChainUnavailable, match="round 2"):
        bench.report()
    assert bench.told.events == [RoundVoided(round=1)]
    bench.report()
    assert bench.told.events == [RoundVoided(round=1), verdict(2)]


# --- what the record says ---

MALFORMED = VerdictCode.MALFORMED
SHAPE = Grounds(Reason.TENSOR_SHAPE, (0,))


def end(bench: Bench, *rows: Row | VerdictCode, baseline: int | None = None) -> Digest:
    """A round of this client alone that ends so."""
    bench.contract.submit(CLIENTS[0].address, DIGEST)
    return bench.finalize(*rows, baseline=baseline)


def told(bench: Bench) -> VerdictReceived:
    """The one verdict that is told."""
    bench.report()
    (event,) = bench.told.of(VerdictReceived)
    return event


def test_a_reason_is_told_in_words_with_the_tensors_name(bench: Bench) -> None:
    end(bench, (MALFORMED, SHAPE))
    reason = "tensor 'weight' has another shape than the model's"
    assert told(bench) == VerdictReceived(round=1, code="malformed", reason=reason)


@pytest.mark.parametrize("code", [MALFORMED, VerdictCode.ACCEPTED])
def test_a_verdict_whose_record_says_no_more_is_told_alone(bench: Bench, code: VerdictCode) -> None:
    end(bench, code)
    assert told(bench) == VerdictReceived(round=1, code=code.label)


def test_a_verdict_that_says_all_asks_for_no_record(bench: Bench) -> None:
    bench.play(1, VerdictCode.NOT_IMPROVED)
    bench.federation.store.is_down = True
    assert told(bench) == VerdictReceived(round=1, code="not-improved")


@pytest.mark.parametrize("code", [VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED])
def test_counts_are_told_where_records_tell_them(tmp_path: Path, code: VerdictCode) -> None:
    slices = [{"samples": 6, "commitment": "0x" + digit * 64} for digit in "12"]
    bench = Bench(tmp_path, verification={"slices": slices, "disclosed": True})
    end(bench, (code, NO_GROUNDS, 4), baseline=3)
    assert told(bench) == VerdictReceived(round=1, code=code.label, correct=4, baseline=3)


def test_a_count_that_was_not_enough_is_told_with_what_was_wanted(tmp_path: Path) -> None:
    slices = [{"samples": 6, "commitment": "0x" + digit * 64} for digit in "12"]
    rule = {"name": "paper", "parameters": {"z": 5}}
    bench = Bench(tmp_path, rule=rule, verification={"slices": slices, "disclosed": True})
    end(bench, (VerdictCode.NOT_IMPROVED, NO_GROUNDS, 4), baseline=3)
    assert told(bench).what == (
        "not-improved: above the baseline, but not by enough for z = 5 (4 right with it, 3 to beat)"
    )


def test_a_record_that_is_not_there_takes_nothing_from_the_verdict(bench: Bench) -> None:
    bench.federation.store.missing[end(bench, (MALFORMED, SHAPE))] = 1
    assert told(bench) == VerdictReceived(round=1, code="malformed")


def test_a_store_that_is_down_takes_nothing_from_the_verdict(bench: Bench) -> None:
    end(bench, (MALFORMED, SHAPE))
    bench.federation.store.is_down = True
    assert told(bench) == VerdictReceived(round=1, code="malformed")
    assert bench.journal.reported == 1


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (VerdictReceived(round=1, code="accepted"), "accepted"),
        (VerdictReceived(round=1, code="too-large"), "too-large"),
        (
            VerdictReceived(round=1, code="accepted", correct=4, baseline=3),
            "accepted (4 right with it, 3 to beat)",
        ),
        (
            VerdictReceived(round=1, code="malformed", reason="tensor 'a' is missing"),
            "malformed: tensor 'a' is missing",
        ),
    ],
)
def test_a_verdict_in_words(event: VerdictReceived, says: str) -> None:
    assert event.what == says


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (None, "duplicate: an earlier update of the round has the same tensors; that is no"),
        ("update 2 of the round has the same tensors", "duplicate: update 2 of the round has the"),
    ],
)
def test_a_duplicate_is_told_without_an_accusation(reason: str | None, says: str) -> None:
    words = VerdictReceived(round=1, code="duplicate", reason=reason).what
    assert words.startswith(says)
    assert "no accusation, as clients with equal data and seed train equal weights" in words


# --- updates in batches ---

ME = CLIENTS[0].address
NOBODYS = Digest(b"\6" * 32)
OTHERS = VerdictCode.NOT_IMPROVED


def hand(bench: Bench, data: bytes, *, receipt: bool = True) -> BatchEntry:
    """Sign this client's file for the current round, and note that it was handed over."""
    entry = bench.federation.signed(0, data)
    kept = KeptReceipt("http://relay", RELAYER.address, 1, bytes(65))
    contract = bench.contract
    note = HandedUpdate(contract.number, contract.model, entry.digest, (kept,) * receipt)
    bench.journal.handed.save(note)
    return entry


def other(bench: Bench, client: int = 1) -> BatchEntry:
    return bench.federation.signed(client, bench.federation.update(client, weights(client)))


def mine(bench: Bench) -> BatchEntry:
    return hand(bench, bench.federation.update(0, weights(0)))


def place(batch: BatchSubmitted, bench: Bench) -> int:
    """The index of this client's update in a batch."""
    file = BatchFile.from_bytes(bench.federation.store.fetch(batch.digest, 4096, 0))
    found = file.place_of(ME)
    assert found is not None
    return batch.index + found


def test_the_verdict_on_a_batched_update_is_at_its_own_place(bench: Bench) -> None:
    bench.contract.submit(CLIENTS[2].address, DIGEST)
    batch = bench.federation.relay(mine(bench), other(bench))
    index = place(batch, bench)
    end_batched_round(bench.federation, {1: OTHERS, 2: OTHERS, index: VerdictCode.ACCEPTED})
    assert told(bench) == VerdictReceived(round=1, code="accepted")


@pytest.mark.parametrize("code", [VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED])
def test_a_lone_submission_is_what_counts(bench: Bench, code: VerdictCode) -> None:
    bench.federation.relay(mine(bench), other(bench))
    bench.contract.submit(ME, DIGEST)
    end_batched_round(bench.federation, {2: code})
    assert told(bench) == VerdictReceived(round=1, code=code.label)


def test_of_two_batches_the_first_counts(bench: Bench) -> None:
    entry = mine(bench)
    bench.federation.relay(entry)
    bench.federation.relay(entry, relayer=OTHER_RELAYER)
    end_batched_round(bench.federation, {0: VerdictCode.NOT_IMPROVED})
    assert told(bench) == VerdictReceived(round=1, code="not-improved")


def test_a_batch_that_the_jury_could_not_read_does_not_count(bench: Bench) -> None:
    entry = mine(bench)
    batch = bench.federation.relay(entry)
    bench.federation.store.missing[batch.digest] = 1  # for the jury
    bench.federation.relay(entry, other(bench), relayer=OTHER_RELAYER)
    end_batched_round(bench.federation)
    assert told(bench) == VerdictReceived(round=1, code="accepted")


def test_a_batch_that_the_jury_alone_could_not_read_is_unavailable(bench: Bench) -> None:
    batch = bench.federation.relay(mine(bench))
    bench.federation.store.missing[batch.digest] = 1
    end_batched_round(bench.federation)
    assert told(bench) == VerdictReceived(round=1, code="unavailable")


def test_a_reason_is_found_past_batches_that_were_not_read(bench: Bench) -> None:
    bench.contract.batch(OTHER_RELAYER.address, 5, NOBODYS)
    batch = bench.federation.relay(mine(bench), other(bench))
    index = place(batch, bench)
    record = batched_record(bench.federation, {index: MALFORMED})
    at = index - 5
    entries = [*record.entries]
    entries[at] = RecordEntry.of(ME, Digest.of(b""), MALFORMED, SHAPE)
    record = record.model_copy(update={"entries": entries})
    codes = bytes(slot.code for slot in record_slots(record, 7))
    digest = bench.federation.store.add(record.to_bytes())
    bench.contract.finalize(report_on(bench.contract, record_digest=digest), codes, bytes(65))
    reason = "tensor 'weight' has another shape than the model's"
    assert told(bench) == VerdictReceived(round=1, code="malformed", reason=reason)


def test_where_the_batches_file_is_gone_the_record_tells(bench: Bench) -> None:
    batch = bench.federation.relay(mine(bench), other(bench))
    index = place(batch, bench)
    end_batched_round(bench.federation, {index: VerdictCode.NOT_IMPROVED})
    bench.federation.store.missing[batch.digest] = 100
    assert told(bench) == VerdictReceived(round=1, code="not-improved")


def test_an_update_with_a_receipt_that_is_in_no_batch_is_told(bench: Bench) -> None:
    mine(bench)
    bench.federation.relay(other(bench))
    end_batched_round(bench.federation)
    bench.report()
    assert bench.told.events == [NotInABatch(round=1)]
    assert bench.journal.reported == 1


def test_an_update_that_no_relay_took_is_not_looked_for_twice(bench: Bench) -> None:
    hand(bench, bench.federation.update(0, weights(0)), receipt=False)
    bench.federation.relay(other(bench))
    end_batched_round(bench.federation)
    bench.report()
    assert bench.told.events == []


def test_while_the_store_is_down_nothing_is_told_of_batches(bench: Bench) -> None:
    bench.federation.relay(mine(bench))
    end_batched_round(bench.federation)
    bench.federation.store.is_down = True
    with pytest.raises(StoreUnavailable):
        bench.report()
    assert (bench.told.events, bench.journal.reported) == ([], 0)
    bench.federation.store.is_down = False
    assert told(bench) == VerdictReceived(round=1, code="accepted")


def test_a_store_that_refuses_the_batch_alone_does_not_stop_the_client(bench: Bench) -> None:
    batch = bench.federation.relay(mine(bench))
    bench.federation.store.missing[end_batched_round(bench.federation)] = 100
    bench.federation.store.refused.add(batch.digest)
    bench.report()
    assert bench.told.events == [NotInABatch(round=1)]


def test_an_entry_that_others_signed_is_not_this_clients(bench: Bench) -> None:
    mine(bench)
    forged = replace(other(bench), client=ME)
    bench.federation.relay(forged)
    end_batched_round(bench.federation)
    bench.report()
    assert bench.told.events[-1] == VerdictReceived(round=1, code="bad-signature")


def test_in_words_it_is_told_that_another_update_counts(bench: Bench) -> None:
    words = VerdictReceived(
        round=1, code="superseded", reason="update 0 of the round is the one of this client"
    ).what
    assert words == "superseded: update 0 of the round is the one of this client"
