"""A round's submissions, held against the contract's running hash."""

from dataclasses import replace
from pathlib import Path

import pytest

from fedjury.chain.contracts.events import Submitted, UpdateSubmitted
from fedjury.chain.rpc.logs import Care
from fedjury.errors import LogsMissing
from fedjury.oracle.round_submissions import RoundSubmissions
from fedjury.protocol.digest import Digest
from fedjury.protocol.updates_hash import BATCH, LONE, opening_hash
from tests.support.fake_federation import CLIENTS, RELAYER, FakeFederation, weights

GONE = Digest(b"\7" * 32)


class Reader:
    """A federation whose submissions are read, round after round."""

    def __init__(self, directory: Path) -> None:
        self.federation = FakeFederation(directory)
        self._submissions = RoundSubmissions(self.federation.task)

    def read(self) -> list[Submitted]:
        contract = self.federation.contract
        state = contract.current_round()
        opening = opening_hash(
            state.number, state.model_digest, contract.roster().root, contract.jury().hash
        )
        return self._submissions.read(state, opening, self.federation.chain.block())


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(tmp_path)


def test_the_updates_come_in_the_contracts_order(reader: Reader) -> None:
    digests = reader.federation.submit_weights(weights(0), weights(1))
    updates = reader.read()
    assert [update.digest for update in updates] == digests
    assert [update.account for update in updates] == [client.address for client in CLIENTS[:2]]


def test_batches_stand_between_lone_updates_in_the_contracts_order(reader: Reader) -> None:
    federation = reader.federation
    federation.submit_weights(weights(0))
    batch = federation.relay(*(federation.domain().sign(each, GONE) for each in CLIENTS[1:3]))
    federation.submit(1, federation.update(1, weights(1)))
    found = reader.read()
    assert [(each.kind, each.index, each.count) for each in found] == [
        (LONE, 0, 1),
        (BATCH, 1, 2),
        (LONE, 3, 1),
    ]
    assert found[1] == batch


def test_a_batch_that_the_node_leaves_out_is_missed(reader: Reader) -> None:
    reader.federation.submit_weights(weights(0))
    batch = reader.federation.contract.batch(RELAYER.address, 2, GONE)
    reader.federation.contract.withheld = [batch]
    with pytest.raises(LogsMissing, match="1 events do not hash to what the contract holds"):
        reader.read()


def test_a_batch_told_with_another_count_is_not_believed(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = reader.federation.contract.batch(RELAYER.address, 2, GONE)
    told = [replace(batch, count=3)]
    monkeypatch.setattr(reader.federation.contract, "read_events", lambda *_, **__: told)
    with pytest.raises(LogsMissing, match="do not hash"):
        reader.read()


def test_rounds_are_read_one_after_the_other(reader: Reader) -> None:
    for number in (1, 2, 3):
        reader.federation.submit_weights(weights(number - 1))
        (update,) = reader.read()
        assert update.round == number
        reader.federation.contract.void()


def test_one_that_the_node_leaves_out_is_missed(reader: Reader) -> None:
    reader.federation.submit_weights(weights(0), weights(1))
    reader.federation.contract.withheld = [*reader.federation.contract.submitted()[:1]]
    with pytest.raises(LogsMissing, match="1 events do not hash to what the contract holds"):
        reader.read()


@pytest.mark.parametrize("told_from", [Care.HALVING, Care.FINEST])
def test_one_that_the_node_tells_only_in_smaller_ranges_is_found(
    reader: Reader, told_from: Care
) -> None:
    reader.federation.submit_weights(weights(0), weights(1))
    reader.federation.contract.withheld = [*reader.federation.contract.submitted()[:1]]
    reader.federation.contract.told_from = told_from
    assert len(reader.read()) == 2


def test_nothing_before_the_last_round_is_asked_for_unless_something_is_missing(
    reader: Reader,
) -> None:
    reader.federation.submit_weights(weights(0))
    reader.read()
    reader.federation.contract.void()
    reader.federation.submit_weights(weights(1))
    reader.federation.change(UpdateSubmitted, block_number=1)  # moved by a reorganization
    (update,) = reader.read()
    assert (update.round, update.block_number) == (2, 1)
