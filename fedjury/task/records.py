"""Round records in the content store, for whoever wants to see reasons beside verdicts."""

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.errors import ContentError, StoreUnavailable
from fedjury.protocol.round_record import RoundRecord, hexadecimal, most_record_bytes
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
    except (ContentError, StoreUnavailable, ValueError):
        return None
    told = (record.round, record.updates_hash, [entry.code for entry in record.entries])
    return record if told == (end.round, hexadecimal(end.updates_hash), [*end.verdicts]) else None
