"""Holding what a jury finalized against what a dry run derives, in words."""

from collections.abc import Sequence

from fedjury.checks.counts import counted
from fedjury.oracle.audit.record_checks import first_difference
from fedjury.oracle.dry_deriving import Derived
from fedjury.protocol.report import NO_ACCURACY
from fedjury.protocol.round_record import RoundRecord
from fedjury.protocol.verdicts import VerdictCode, unpack
from fedjury.task.history import RoundHistory

_MOST = 3  # updates that are named


def differences(
    history: RoundHistory, codes: Sequence[VerdictCode], record: RoundRecord, derived: Derived
) -> list[str]:
    """What a jury's report says otherwise than the report that is derived.

    Args:
        history: of the round, which is finalized.
        codes: that the jury posted.
        record: that its report names.
        derived: what is derived, on the same attempt and files.

    Returns:
        Sentences naming both sides, none where report and record are the same byte for byte.
    """
    finalized, draft = history.finalized, derived.draft
    report = draft.report
    assert finalized is not None
    found = _verdicts(codes, unpack(draft.verdicts))
    if finalized.model_digest != report.model_digest:
        found.append(f"model {finalized.model_digest.cid}, here {report.model_digest.cid}")
    if finalized.accuracy != report.accuracy:
        found.append(f"{_accuracy(finalized.accuracy)}, here {_accuracy(report.accuracy)}")
    if finalized.record_digest != report.record_digest:
        found.append(_record(record, derived))
    return found


def _verdicts(codes: Sequence[VerdictCode], mine: Sequence[VerdictCode]) -> list[str]:
    pairs = enumerate(zip(codes, mine, strict=True))
    found = [
        f"update {index} is {said.label}, here {here.label}"
        for index, (said, here) in pairs
        if said is not here
    ]
    more = len(found) - _MOST
    return [*found[:_MOST], *([f"{counted(more, 'more verdict')}"] if more > 0 else [])]


def _accuracy(accuracy: int) -> str:
    return "no accuracy" if accuracy == NO_ACCURACY else f"accuracy {accuracy}"


def _record(record: RoundRecord, derived: Derived) -> str:
    """The first place at which two records differ."""
    here = RoundRecord.from_bytes(derived.draft.record_file)
    if (len(record.entries), len(record.batches)) == (len(here.entries), len(here.batches)):
        return first_difference(record, here, derived.updates)
    return f"the record is on {_extent(record)}, here on {_extent(here)}"


def _extent(record: RoundRecord) -> str:
    updates, batches = counted(len(record.entries), "update"), len(record.batches)
    return f"{updates} and {counted(batches, 'batch')}"
