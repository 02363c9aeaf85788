"""Round records in the store, for whoever wants to see reasons."""

from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import Grounds, Reason
from fedjury.protocol.round_record import RecordEntry, RoundRecord
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.records import entry_at, find_record, record_slots
from tests.support.batched_rounds import batched_record, end_batched_round
from tests.support.fake_federation import (
    NO_DIGEST,
    OTHER_RELAYER,
    RELAYER,
    FakeFederation,
    weights,
)
from tests.support.reports import Row, record_on, report_on

SHAPE = Grounds(Reason.TENSOR_SHAPE, (0,))


class Bench:
    """A round that ended with one update malformed and one accepted."""

    def __init__(self, directory: Path) -> None:
        self.federation = FakeFederation(directory)
        self.store, contract = self.federation.store, self.federation.contract
        for client in self.federation.clients[:2]:
            contract.submit(client.address, NO_DIGEST)
        rows: list[Row | VerdictCode] = [(VerdictCode.MALFORMED, SHAPE), VerdictCode.ACCEPTED]
        self.record = record_on(contract, rows)
        self.digest = self.store.add(self.record.to_bytes())
        report = report_on(contract, record_digest=self.digest)
        contract.finalize(report, bytes([VerdictCode.MALFORMED, VerdictCode.ACCEPTED]), b"")

    def find(self) -> RoundRecord | None:
        """The record of the report, as it is now."""
        found = [e for e in self.federation.contract.events if isinstance(e, RoundFinalized)]
        return find_record(self.store, found[0])

    def publish(self, content: bytes) -> None:
        """Have the report name another file."""
        self.federation.change(RoundFinalized, record_digest=self.store.add(content))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_record_is_found(bench: Bench) -> None:
    assert bench.find() == bench.record


def test_one_that_cannot_be_had_now_is_none(bench: Bench) -> None:
    bench.store.is_down = True
    assert bench.find() is None
    bench.store.is_down = False
    bench.store.missing[bench.digest] = 1
    assert bench.find() is None
    assert bench.find() == bench.record


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 100_000, b"\xff"])
def test_a_file_that_is_no_record_is_none(bench: Bench, content: bytes) -> None:
    bench.publish(content)
    assert bench.find() is None


def test_a_record_with_white_space_is_none(bench: Bench) -> None:
    bench.publish(bench.record.to_bytes() + b"\n")
    assert bench.find() is None


def test_a_record_of_other_verdicts_is_none(bench: Bench) -> None:
    bench.federation.change(RoundFinalized, verdicts=bytes([1, 1]))
    assert bench.find() is None


def test_a_record_of_other_updates_is_none(bench: Bench) -> None:
    bench.publish(bench.record.model_copy(update={"updates_hash": "0x" + "5" * 64}).to_bytes())
    assert bench.find() is None


def test_a_record_of_another_round_is_none(bench: Bench) -> None:
    bench.publish(bench.record.model_copy(update={"round": 2}).to_bytes())
    assert bench.find() is None


# --- batches ---


@pytest.fixture
def batched(tmp_path: Path) -> FakeFederation:
    """One lone update, a batch of two that nobody has, a batch of two, and one more of three."""
    federation = FakeFederation(tmp_path, clients=4)
    updates = [federation.update(index, weights(index % 3)) for index in range(4)]
    federation.submit(0, updates[0])
    federation.contract.batch(OTHER_RELAYER.address, 2, Digest(b"\7" * 32))
    federation.relay(*[federation.signed(index, updates[index]) for index in (1, 2)])
    federation.contract.batch(RELAYER.address, 3, federation.store.add(b"none"))
    return federation


def test_a_record_with_batches_is_found(batched: FakeFederation) -> None:
    record = batched_record(batched)
    end_batched_round(batched)
    (end,) = [each for each in batched.contract.events if isinstance(each, RoundFinalized)]
    assert [*end.verdicts] == [1, 3, 3, 1, 1, 5, 5, 5]
    assert find_record(batched.store, end) == record


def test_an_entry_is_found_by_its_index_past_batches_that_were_not_read(
    batched: FakeFederation,
) -> None:
    record = batched_record(batched)
    found = [entry_at(record, index) for index in range(8)]
    assert [None if entry is None else record.entries.index(entry) for entry in found] == [
        *(0, None, None, 1, 2, None, None, None)
    ]
    slots = record_slots(record, 8)
    assert [slot if isinstance(slot, RecordEntry) else None for slot in slots] == found
    assert [slot.code for slot in slots] == [1, 3, 3, 1, 1, 5, 5, 5]


@pytest.mark.parametrize(
    "changes",
    [
        {"count": 1},
        {"count": 2**32 - 1},
        {"index": 7},
        {"index": 2**32 - 1},
        {"code": 0},
    ],
)
def test_a_record_whose_batches_do_not_fit_is_none(
    changes: dict[str, int], batched: FakeFederation
) -> None:
    record = batched_record(batched)
    first, *others = record.batches
    record = record.model_copy(update={"batches": [first.model_copy(update=changes), *others]})
    with pytest.raises(ValueError, match="the record"):
        record_slots(record, 8)


def test_batches_out_of_order_are_none(batched: FakeFederation) -> None:
    record = batched_record(batched)
    record = record.model_copy(update={"batches": record.batches[::-1]})
    with pytest.raises(ValueError, match="the record"):
        record_slots(record, 8)
