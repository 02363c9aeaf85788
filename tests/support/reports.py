"""Reports on the round that is on, as a jury would write them."""

from collections.abc import Sequence
from typing import Any

from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import NO_GROUNDS, Grounds
from fedjury.protocol.report import NO_ACCURACY, Report
from fedjury.protocol.round_record import (
    RecordedBatch,
    RecordedJury,
    RecordedRoster,
    RecordEntry,
    RoundRecord,
)
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.batches import RoundBatch, RoundUpdate, RoundUpdates
from tests.support.fake_federation import CHAIN_ID, FakeContract

NO_RECORD = Digest(b"\7" * 32)
"""Digest of a record that is nowhere."""

Row = tuple[VerdictCode, Grounds] | tuple[VerdictCode, Grounds, int]


def report_on(contract: FakeContract, model: Digest | None = None, **changes: Any) -> Report:
    """A report on the current round.

    Args:
        contract: with the round.
        model: the new model; None leaves the one that the round began with.
        changes: other values of the report's fields.
    """
    state = contract.current_round()
    fields: dict[str, Any] = {
        "round": state.number,
        "jury_version": state.jury_version,
        "updates_hash": state.updates_hash,
        "attempt": 0,
        "accuracy": NO_ACCURACY,
        "model_digest": model or state.model_digest,
        "record_digest": NO_RECORD,
        "next_jury": contract.jury().hash,
    }
    return Report(**{**fields, **changes})


def record_on(
    contract: FakeContract,
    rows: Sequence[Row | VerdictCode],
    baseline: int | None = None,
    updates: RoundUpdates | None = None,
) -> RoundRecord:
    """A record of the current round.

    Args:
        contract: with the round.
        rows: of each known update its verdict, and as far as it has some its grounds and its count.
        baseline: what counts have to beat, where the record tells them.
        updates: of the round; None where clients submitted all themselves.
    """
    updates = updates or _alone(contract)
    state, roster, jury = contract.current_round(), contract.roster(), contract.jury()
    whole = [row if isinstance(row, tuple) else (row, NO_GROUNDS) for row in rows]
    return RoundRecord(
        chain=CHAIN_ID,
        task=contract.address.lower(),
        round=state.number,
        attempt=0,
        updates_hash="0x" + state.updates_hash.hex(),
        parent="0x" + state.model_digest.hex(),
        roster=RecordedRoster(
            version=roster.version, root="0x" + roster.root.hex(), size=roster.size, digest=_ZERO
        ),
        jury=RecordedJury(
            version=jury.version, hash="0x" + jury.hash.hex(), size=jury.size, quorum=jury.quorum
        ),
        slice=1,
        haves=[],
        batches=[recorded_batch(batch) for batch in updates.batches],
        entries=[
            RecordEntry.of(update.client, update.digest, *row)
            for update, row in zip(updates.known, whole, strict=True)
        ],
        baseline=baseline,
        correct=baseline,
    )


def recorded_batch(batch: RoundBatch) -> RecordedBatch:
    """What a record says of a batch."""
    submitted = batch.submitted
    return RecordedBatch(
        index=submitted.index,
        relayer=submitted.relayer.lower(),
        count=submitted.count,
        digest="0x" + submitted.digest.hex(),
        code=batch.failure.code if batch.failure else 0,
    )


def _alone(contract: FakeContract) -> RoundUpdates:
    submitted = contract.submitted()
    known = [RoundUpdate(each.index, each.client, each.digest) for each in submitted]
    return RoundUpdates(len(known), known)


_ZERO = "0x" + "0" * 64
