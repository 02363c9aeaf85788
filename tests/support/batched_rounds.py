"""Ending rounds that have batches, as a jury that reads their files would."""

from collections.abc import Mapping

from fedjury.errors import ContentNotFound
from fedjury.protocol.digest import Digest
from fedjury.protocol.reasons import NO_GROUNDS
from fedjury.protocol.round_record import (
    RecordedBatch,
    RecordEntry,
    RoundRecord,
    hexadecimal,
)
from fedjury.protocol.update_failure import UpdateFailure
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.batches import RoundBatch, RoundUpdate, expand
from fedjury.task.records import record_slots
from tests.support.fake_federation import FakeFederation
from tests.support.reports import record_on, report_on


def batched_record(
    federation: FakeFederation, judged: Mapping[int, VerdictCode] | None = None
) -> RoundRecord:
    """The record of the round that is on.

    Args:
        federation: whose store has the batches' files, or has them not.
        judged: the verdicts, by index, of updates that are judged; others are accepted.
    """
    contract, found = federation.contract, judged or {}
    updates = expand(
        contract.submissions(),
        {each.digest: _file(federation, each.digest) for each in contract.submissions()},
        lambda address: address in federation.roster,
        federation.domain(),
    )
    record = record_on(contract, [VerdictCode.ACCEPTED] * len(contract.submitted()))
    entries = [_entry(each, found.get(each.index)) for each in updates.known]
    batches = [_batch(each) for each in updates.batches]
    return record.model_copy(update={"entries": entries, "batches": batches})


def end_batched_round(
    federation: FakeFederation, judged: Mapping[int, VerdictCode] | None = None
) -> Digest:
    """End the round that is on with such a record, and publish that.

    Returns:
        The record's digest.
    """
    contract = federation.contract
    record = batched_record(federation, judged)
    digest = federation.store.add(record.to_bytes())
    codes = bytes(slot.code for slot in record_slots(record, contract.size()))
    contract.finalize(report_on(contract, record_digest=digest), codes, bytes(65))
    return digest


def _file(federation: FakeFederation, digest: Digest) -> bytes | UpdateFailure:
    try:
        return federation.store.fetch(digest, 2**20, 0)
    except ContentNotFound:
        return UpdateFailure(VerdictCode.UNAVAILABLE, "nobody has it")


def _entry(update: RoundUpdate, judged: VerdictCode | None) -> RecordEntry:
    code, grounds = judged or VerdictCode.ACCEPTED, NO_GROUNDS
    if update.failure is not None:
        code, grounds = update.failure.code, update.failure.grounds
    return RecordEntry.of(update.client, update.digest, code, grounds)


def _batch(batch: RoundBatch) -> RecordedBatch:
    submitted = batch.submitted
    return RecordedBatch(
        index=submitted.index,
        relayer=submitted.relayer.lower(),
        count=submitted.count,
        digest=hexadecimal(submitted.digest),
        code=0 if batch.failure is None else int(batch.failure.code),
    )
