"""A jury of four comes to one report."""

from pathlib import Path

import pytest

from fedjury.oracle.exchange.bench import Bench, Turns
from fedjury.protocol.round_record import RoundRecord
from fedjury.protocol.verdicts import VerdictCode, unpack
from tests.support.fake_federation import FakeFederation, weights
from tests.support.joint import FOUR, QUORUM, FakeJury
from tests.support.jurors import finalized_rounds

ACCEPTED, NOT_IMPROVED, UNAVAILABLE = (
    VerdictCode.ACCEPTED,
    VerdictCode.NOT_IMPROVED,
    VerdictCode.UNAVAILABLE,
)


@pytest.fixture
def federation(tmp_path: Path) -> FakeFederation:
    return FakeFederation(tmp_path / "federation")


@pytest.fixture
def jury(federation: FakeFederation, tmp_path: Path) -> FakeJury:
    return FakeJury(federation, tmp_path / "jurors")


def leader_of(federation: FakeFederation, attempt: int = 0) -> int:
    """The index of who leads an attempt of the current round."""
    bench = Bench.of((each.address for each in FOUR), QUORUM)
    contract = federation.contract
    turns = Turns(bench, contract.address, contract.number, contract.deadline, 25)
    return bench.jurors.index(turns.leader(attempt))


def test_four_jurors_finalize_a_round_with_three_signatures(
    federation: FakeFederation, jury: FakeJury
) -> None:
    federation.submit_weights(weights(0, 1), weights(), weights(0))
    assert jury.play()
    (finalized,) = finalized_rounds(federation)
    assert unpack(finalized.verdicts) == [ACCEPTED, NOT_IMPROVED, NOT_IMPROVED]
    assert finalized.attempt == 0
    assert len(finalized.signatures) >= QUORUM * 65
    record = RoundRecord.from_bytes(federation.store.fetch(finalized.record_digest, 2**20, 1))
    assert len(record.haves) >= QUORUM
