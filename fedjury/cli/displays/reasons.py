"""What `fedjury events --reasons` adds: what the rounds' records say of each update."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from fedjury.chain.contracts.events import RoundFinalized
from fedjury.cli.displays.ranges import ranges
from fedjury.cli.displays.updates import Row, is_batch
from fedjury.protocol.digest import Digest
from fedjury.protocol.round_record import RecordedBatch, RecordEntry, RoundRecord
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.history import TaskHistory
from fedjury.task.reason_words import reason_words
from fedjury.task.records import record_slots
from fedjury.task.rule_words import why_despite_count

# Finds the record that a report names; None where it cannot be had.
FindRecord = Callable[[RoundFinalized], RoundRecord | None]

_UNKNOWN: Row = dict.fromkeys(("reason", "arguments", "why", "right", "baseline"))
_UNREAD = {
    VerdictCode.UNAVAILABLE: "the batch's file was not to be had",
    VerdictCode.MALFORMED: "the batch's file is not as the protocol has it",
}


def with_reasons(
    rows: Sequence[Row], history: TaskHistory, find: FindRecord, spec: TaskSpec | None
) -> list[Row]:
    """The rows with what the rounds' records say of each update, in batches too.

    ``reason`` and ``arguments`` are as the record has them, ``why`` is that in words: "" where the
    verdict says all, and what decided where the counts did not. ``right`` and ``baseline`` are
    counts, where records tell them. All are None where there is no record, or none can be had;
    ``record`` is "found", "missing" where a report's cannot be had, None where there is no report.
    A batch's row gives way to one for each of its updates, where the record tells of them.

    Args:
        rows: of updates and batches.
        history: of the task.
        find: is asked once for each round that has a report and a row.
        spec: of the task; None where it cannot be had.
    """
    numbers = sorted({row["round"] for row in rows})
    reports = {number: history.rounds[number].finalized for number in numbers}
    records = {
        number: _Record.of(find(report), report, spec)
        for number, report in reports.items()
        if report is not None
    }
    found: list[Row] = []
    for row in rows:
        record = records.get(row["round"])
        if record is None:
            known = "missing" if row["round"] in records else None
            found.append({**row, "record": known, **_UNKNOWN})
        else:
            found += record.rows(row)
    return found


def without_records(rows: Sequence[Row]) -> str:
    """A sentence on the rounds whose records cannot be had; "" where there are none."""
    numbers = sorted({row["round"] for row in rows if row["record"] == "missing"})
    if not numbers:
        return ""
    which = f"round{'s' * (len(numbers) > 1)} {ranges(numbers)}"
    return f"the store has no usable record of {which}, so that reasons and counts are missing"


def without_reports(rows: Sequence[Row]) -> str:
    """A sentence on the batches of rounds that have no report; "" where there are none."""
    numbers = sorted({row["round"] for row in rows if is_batch(row) and row["record"] is None})
    if not numbers:
        return ""
    several = len(numbers) > 1
    return (
        f"round{'s' * several} {ranges(numbers)} {'have' if several else 'has'} no report, whose "
        "record alone says who is in a batch: each batch there is one line"
    )


@dataclass(frozen=True)
class _Record:
    """One round's record, by the places of its updates."""

    record: RoundRecord
    slots: Sequence[RecordEntry | RecordedBatch]
    spec: TaskSpec | None

    @classmethod
    def of(
        cls, record: RoundRecord | None, end: RoundFinalized, spec: TaskSpec | None
    ) -> "_Record | None":
        if record is None:
            return None
        return cls(record, record_slots(record, len(end.verdicts)), spec)

    def rows(self, row: Row) -> Iterator[Row]:
        """A row with what the record says; of a batch that was read, a row for each update."""
        first = self.slots[row["update"]]
        if isinstance(first, RecordedBatch):
            why = _UNREAD.get(VerdictCode(first.code))
            yield {**row, "record": "found", **_UNKNOWN, "why": why}
        elif not is_batch(row):
            yield {**row, "record": "found", **self._reason(first)}
        else:
            for place in range(row["update"], row["update"] + row["count"]):
                entry = self.slots[place]
                if isinstance(entry, RecordEntry):
                    yield self._entry(row, place, entry)

    def _entry(self, batch: Row, place: int, entry: RecordEntry) -> Row:
        """The row of one update of a batch."""
        code = VerdictCode(entry.code)
        return {
            **batch,
            "update": place,
            "count": 1,
            "client": to_checksum_address(entry.client),
            "verdict": code.label,
            "codes": None,
            "accepted": code.accepted,
            "file": Digest(bytes.fromhex(entry.digest[2:])).cid,
            "record": "found",
            **self._reason(entry),
        }

    def _reason(self, entry: RecordEntry) -> Row:
        return {
            "reason": entry.reason,
            "arguments": entry.arguments,
            "why": self._why(entry),
            "right": entry.correct,
            "baseline": self.record.baseline,
        }

    def _why(self, entry: RecordEntry) -> str:
        spec, baseline = self.spec, self.record.baseline
        names = None if spec is None else spec.federated.names
        words = reason_words(entry.reason, entry.arguments, names)
        if words or spec is None or entry.correct is None or baseline is None:
            return words
        accepted = entry.code == VerdictCode.ACCEPTED
        return why_despite_count(spec.rule, entry.correct, baseline, accepted=accepted)
