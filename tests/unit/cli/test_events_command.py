"""`fedjury events` where the store lacks records."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from fedjury.protocol.verdicts import VerdictCode, pack
from fedjury.runtime.patience import Patience
from fedjury.store import ContentStore
from fedjury.task.on_chain import TaskOnChain
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
    monkeypatch.setattr("fedjury.task.location.find_location", lambda *_: Place(federation))
    ended = succeed("events", "--reasons", "--json")
    rows = [json.loads(line) for line in ended.out.splitlines()]
    assert [row["record"] for row in rows] == ["found", "found", "missing", "missing"]
    assert ended.err == (
        "note: the store has no usable record of round 2, so that reasons and counts are missing\n"
    )
