"""`fedjury events` where the store lacks records, or has some that make no sense."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.runtime.patience import Patience
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain
from tests.support.batched_rounds import batched_record
from tests.support.commands import succeed
from tests.support.fake_federation import FakeFederation, weights
from tests.support.reports import record_on, report_on

CODES = [VerdictCode.ACCEPTED, VerdictCode.NOT_IMPROVED]


@dataclass(frozen=True)
class Place:
    """Where a federation's task is."""

    federation: FakeFederation

    def on_chain(self, _: Patience) -> TaskOnChain:
        return self.federation.task

    def open_store(self, _: Patience) -> ContentStore:
        return self.federation.store


def test_a_record_that_the_store_lacks_is_told_beside_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    federation = FakeFederation(tmp_path, clients=2)
    contract = federation.contract
    for kept in (True, False):
        federation.submit_weights(weights(0), weights(1))
        record = record_on(contract, CODES).to_bytes()
        digest = federation.store.add(record)
        contract.finalize(report_on(contract, record_digest=digest), pack(CODES), b"")
        if not kept:
            federation.store.missing[digest] = 1
    monkeypatch.setattr("fedjury.task.location.find_location", lambda *_, **__: Place(federation))
    ended = succeed("events", "--reasons", "--json")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [row["record"] for row in rows] == ["found", "found", "missing", "missing"]
    assert ended.err == (
        "note: the store has no usable record of round 2, so that reasons and counts are missing\n"
    )


def test_codes_that_nobody_knows_are_told_beside_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A jury that lies signs what it likes, and puts a record of just that into the store."""
    federation = FakeFederation(tmp_path, clients=2)
    contract = federation.contract
    federation.submit_weights(weights(0))
    federation.relay(federation.signed(1, federation.update(1, weights(1))))
    record = batched_record(federation)
    entries = [each.model_copy(update={"code": 99}) for each in record.entries]
    odd = record.model_copy(update={"entries": entries})
    digest = federation.store.add(odd.to_bytes())
    contract.finalize(report_on(contract, record_digest=digest), bytes([99, 99]), b"")
    monkeypatch.setattr("fedjury.task.location.find_location", lambda *_, **__: Place(federation))
    ended = succeed("events", "--reasons", "--json")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    keys = ("update", "record", "verdict", "why")
    assert [tuple(row[key] for key in keys) for row in rows] == [
        (0, "senseless", "unreadable", None),
        (1, "senseless", "unreadable", None),
    ]
    assert ended.err == (
        "note: the record of round 1 makes no sense, though a quorum of the jury signed it: it has "
        "verdicts that are none, or other updates than the chain\n"
    )
