"""Round records in the content store, for whoever wants to see reasons beside verdicts."""

from itertools import islice

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.checks.counts import counted
from fedjury.errors import ContentError, StoreUnavailable
from fedjury.protocol.round_record import (
    RecordedBatch,
    RecordEntry,
    RoundRecord,
    hexadecimal,
    most_record_bytes,
)
from fedjury.store import ContentStore, time_for

_MOST_JURORS = 128
_SECONDS = 5.0


def find_record(
    store: ContentStore, end: RoundFinalized, seconds: float = _SECONDS
) -> RoundRecord | None:
    """The record that a report names, for showing what it says.

    Nothing may depend on it: a record is what a quorum of the jury signed, and whether it is right
    is what audits find out. One that contradicts its own report is passed over.

    Args:
        store: that may have it.
        end: the report.
        seconds: to wait for a small one, see `time_for`.

    Returns:
        None where it cannot be had now, is malformed, or is not about this report's verdicts.
    """
    limit = most_record_bytes(len(end.verdicts), _MOST_JURORS)
    try:
        data = store.fetch(end.record_digest, limit, time_for(limit, seconds))
        record = RoundRecord.from_bytes(data)
        codes = bytes(slot.code for slot in record_slots(record, len(end.verdicts)))
    except (ContentError, StoreUnavailable, ValueError):
        return None
    told = (record.round, record.updates_hash, codes)
    return record if told == (end.round, hexadecimal(end.updates_hash), end.verdicts) else None


def record_slots(record: RoundRecord, size: int) -> list[RecordEntry | RecordedBatch]:
    """For each verdict of a record's round what it is on: an entry, or a batch that was not read.

    Args:
        record: of the round.
        size: how many verdicts there are.

    Raises:
        ValueError: the record is on another number of updates, or its batches are not in order.
    """
    unread = [batch for batch in record.batches if batch.code]
    if len(record.entries) + sum(batch.count for batch in unread) != size:
        raise ValueError(f"the record is not on {counted(size, 'update')}")
    slots: list[RecordEntry | RecordedBatch] = []
    entries = iter(record.entries)
    for batch in unread:
        if batch.index < len(slots):
            raise ValueError("the record's batches are not in order")
        slots += islice(entries, batch.index - len(slots))
        if batch.index != len(slots):
            raise ValueError("the record lacks updates before a batch")
        slots += [batch] * batch.count
    return [*slots, *entries]


def entry_at(record: RoundRecord, index: int) -> RecordEntry | None:
    """What a record says of one update.

    Args:
        record: that `find_record` found.
        index: place of the update in the round.

    Returns:
        None for an update of a batch that could not be read, which has no entry.
    """
    unread = [batch for batch in record.batches if batch.code and batch.index <= index]
    if unread and index < unread[-1].index + unread[-1].count:
        return None
    return record.entries[index - sum(batch.count for batch in unread)]
