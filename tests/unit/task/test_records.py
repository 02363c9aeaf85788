"""Round records in the store, for whoever wants to see reasons."""

from pathlib import Path

import pytest

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.protocol.reasons import Grounds, Reason
from fedjury.protocol.round_record import RoundRecord
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.records import find_record
from tests.support.fake_federation import NO_DIGEST, FakeFederation
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
