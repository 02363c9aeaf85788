"""A task's story from its events."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fedjury.chain.contracts.events import (
    ClientRemoved,
    RoundFinalized,
    RoundOpened,
)
from fedjury.errors import ChainUnavailable
from fedjury.protocol.verdicts import Verdict, VerdictCode, pack
from fedjury.task.history import assemble
from tests.support.fake_federation import CLIENTS, JUROR, NO_DIGEST, FakeFederation, weights

PLACE: dict[str, Any] = {"block_number": 1, "log_index": 0, "transaction_hash": bytes(32)}


def test_events_become_rounds_juries_and_clients(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=2)
    federation.submit_weights(weights(0))
    federation.contract.void()
    federation.submit_weights(weights(1))
    removed = ClientRemoved(client=CLIENTS[1].address, **PLACE)
    history = assemble([*federation.contract.events, removed])
    assert [record.state for record in history.rounds.values()] == ["voided", "open"]
    assert [record.number for record in history.rounds.values()] == [1, 2]
    assert [len(record.updates) for record in history.rounds.values()] == [1, 1]
    assert history.juries[1].jurors == (JUROR.address,)
    assert history.clients == {CLIENTS[0].address}


def test_who_submits_after_being_removed_is_unregistered(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path, clients=2)
    federation.submit_weights(weights(0))
    first, *others = federation.contract.submitted()
    second = replace(first, client=CLIENTS[1].address, index=1)
    removed = [ClientRemoved(client=each.address, **PLACE) for each in CLIENTS[:2]]
    record = assemble([*federation.contract.events, *removed, second]).rounds[1]
    assert others == []
    assert record.updates == [first, second]
    assert record.unregistered == [second]


def _finalized(verdicts: bytes) -> RoundFinalized:
    return RoundFinalized(
        round=1,
        jury_version=1,
        updates_hash=bytes(32),
        baseline_correct=0,
        model_correct=0,
        model_digest=NO_DIGEST,
        verdicts=verdicts,
        signatures=b"",
        **PLACE,
    )


def test_each_update_stands_with_its_verdict(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    federation.submit_weights(weights(0), weights(1))
    given = [Verdict(VerdictCode.ACCEPTED, 5), Verdict(VerdictCode.DUPLICATE)]
    record = assemble([*federation.contract.events, _finalized(pack(given))]).rounds[1]
    assert record.state == "finalized"
    assert [(update.client, verdict) for update, verdict in record.judged()] == [
        (CLIENTS[0].address, given[0]),
        (CLIENTS[1].address, given[1]),
    ]


def test_an_open_round_has_no_verdicts(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    federation.submit_weights(weights(0))
    record = assemble(federation.contract.events).rounds[1]
    assert record.verdicts() == []
    assert list(record.judged()) == []


@pytest.mark.parametrize("verdicts", [b"", b"\1", b"\0" * 5, bytes([1, 0, 0, 0, 0]) * 2])
def test_verdicts_that_do_not_fit_the_updates_are_a_value_error(
    tmp_path: Path, verdicts: bytes
) -> None:
    federation = FakeFederation(tmp_path)
    federation.submit_weights(weights(0))
    record = assemble([*federation.contract.events, _finalized(verdicts)]).rounds[1]
    with pytest.raises(ValueError):  # noqa: PT011 (three different sentences)
        record.judged()


def test_a_round_without_its_opening_is_the_nodes_fault(tmp_path: Path) -> None:
    federation = FakeFederation(tmp_path)
    federation.submit_weights(weights(0))
    events = [e for e in federation.contract.events if not isinstance(e, RoundOpened)]
    with pytest.raises(ChainUnavailable, match="not of its opening"):
        assemble(events)
