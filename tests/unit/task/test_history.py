"""A task's story from its events."""

from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import (
    ChainEvent,
    JuryAnnounced,
    RosterSet,
    RoundFinalized,
    RoundOpened,
)
from fedjury.errors import ChainUnavailable, LogsMissing
from fedjury.protocol.report import NO_ACCURACY
from fedjury.protocol.roster import Roster
from fedjury.protocol.updates_hash import updates_hash
from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.task.history import assemble
from tests.support.fake_federation import (
    CLIENTS,
    JUROR,
    NO_DIGEST,
    OTHER_JUROR,
    OTHER_RELAYER,
    RELAYER,
    STRANGER,
    FakeFederation,
    weights,
)

PLACE: dict[str, Any] = {"block_number": 1, "log_index": 0, "transaction_hash": bytes(32)}


def test_events_become_rounds_juries_and_rosters(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=2)
    federation.submit_weights(weights(0))
    smaller = Roster.of([CLIENTS[0].address])
    federation.contract.set_roster_of(smaller, NO_DIGEST)
    announced = federation.contract.announce([OTHER_JUROR], 1)
    federation.contract.void()
    federation.submit_weights(weights(1))
    history = assemble(federation.contract.events)
    assert [record.state for record in history.rounds.values()] == ["voided", "open"]
    assert [record.number for record in history.rounds.values()] == [1, 2]
    assert [record.size for record in history.rounds.values()] == [1, 1]
    assert [record.roster.size for record in history.rounds.values()] == [2, 1]
    assert [record.jury.jurors for record in history.rounds.values()] == [(JUROR.address,)] * 2
    assert history.juries[2] == announced


def test_batches_of_those_who_are_no_relayers_by_then_are_told_apart(tmp_path: Path) -> None:
    contract = FakeFederation(tmp_path).contract
    early = contract.batch(RELAYER.address, 1, NO_DIGEST)
    contract.set_relayer_to(RELAYER.address, True)
    contract.batch(RELAYER.address, 1, NO_DIGEST)
    never = contract.batch(OTHER_RELAYER.address, 1, NO_DIGEST)
    contract.set_relayer_to(RELAYER.address, False)
    late = contract.batch(RELAYER.address, 1, NO_DIGEST)
    first = assemble(contract.events).rounds[1]
    assert first.by_others == [early, never, late]
    assert len(first.batches) == 4


def test_of_several_announcements_the_last_one_counts(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    federation.contract.announce([OTHER_JUROR], 1)
    last = federation.contract.announce([STRANGER], 1)
    assert assemble(federation.contract.events).juries[2] == last
    federation.contract.open_round(NO_DIGEST, last.jury)
    assert assemble(federation.contract.events).rounds[2].jury == last


def test_the_opening_of_a_round_is_what_its_hash_begins_with(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    record = assemble(federation.contract.events).rounds[1]
    assert record.opening == federation.contract.current_round().updates_hash


def test_disclosures_stand_by_their_slice(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    for number, discloser in [(1, STRANGER), (2, JUROR), (1, JUROR)]:
        federation.contract.disclose(number, NO_DIGEST, discloser.address)
    found = assemble(federation.contract.events).disclosed
    assert {number: [each.discloser for each in told] for number, told in found.items()} == {
        1: [STRANGER.address, JUROR.address],
        2: [JUROR.address],
    }


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [(RosterSet, "its roster, version 1"), (JuryAnnounced, "its jury, version 1")],
)
def test_a_round_without_its_roster_or_its_jury_is_the_nodes_fault(
    tmp_path: Path, kind: type[ChainEvent], sentence: str
) -> None:
    events = FakeFederation(tmp_path).contract.events
    with pytest.raises(LogsMissing, match=sentence):
        assemble(event for event in events if not isinstance(event, kind))


def _finalized(verdicts: bytes) -> RoundFinalized:
    return RoundFinalized(
        round=1,
        jury_version=1,
        updates_hash=bytes(32),
        attempt=0,
        accuracy=NO_ACCURACY,
        model_digest=NO_DIGEST,
        record_digest=NO_DIGEST,
        next_jury=bytes(32),
        verdicts=verdicts,
        signatures=b"",
        **PLACE,
    )


def test_each_update_stands_with_its_verdict(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    federation.submit_weights(weights(0), weights(1))
    given = [VerdictCode.ACCEPTED, VerdictCode.DUPLICATE]
    record = assemble([*federation.contract.events, _finalized(pack(given))]).rounds[1]
    assert record.state == "finalized"
    assert record.verdicts() == given


def test_lone_updates_and_batches_stand_in_order(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=3)
    data = [federation.update(client, weights(client)) for client in range(3)]
    federation.submit(2, data[2])
    batch = federation.relay(federation.signed(0, data[0]), federation.signed(1, data[1]))
    federation.submit(0, data[0])
    record = assemble(federation.contract.events).rounds[1]
    assert [(each.index, each.count) for each in record.submissions] == [(0, 1), (1, 2), (3, 1)]
    assert record.batches == [batch]
    assert [update.client for update in record.alone] == [CLIENTS[2].address, CLIENTS[0].address]
    assert record.size == 4
    closed = updates_hash(record.opening, record.submissions)
    assert closed == federation.contract.current_round().updates_hash


def test_of_what_was_said_of_a_relayer_the_last_counts(tmp_path: Path) -> None:
    contract = FakeFederation(tmp_path).contract
    for relayer, allowed in [(RELAYER, True), (OTHER_RELAYER, True), (RELAYER, False)]:
        contract.set_relayer_to(relayer.address, allowed)
    assert assemble(contract.events).relayers == {
        RELAYER.address: False,
        OTHER_RELAYER.address: True,
    }


def test_an_open_round_has_no_verdicts(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    federation.submit_weights(weights(0))
    record = assemble(federation.contract.events).rounds[1]
    assert record.verdicts() == []


@pytest.mark.parametrize("verdicts", [b"", b"\0", b"\xff", b"\1\1"])
def test_verdicts_that_do_not_fit_the_updates_are_a_value_error(
    tmp_path: Path, verdicts: bytes
) -> None:
    federation = FakeFederation(tmp_path)
    federation.submit_weights(weights(0))
    record = assemble([*federation.contract.events, _finalized(verdicts)]).rounds[1]
    with pytest.raises(ValueError):  # noqa: PT011 (two different sentences)
        record.verdicts()


def test_a_round_without_its_opening_is_the_nodes_fault(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    federation.submit_weights(weights(0))
    events = [e for e in federation.contract.events if not isinstance(e, RoundOpened)]
    with pytest.raises(ChainUnavailable, match="not of its opening"):
        assemble(events)
