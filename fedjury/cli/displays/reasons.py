"""What `fedjury events --reasons` adds: what the rounds' records say of each update."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from eth_utils.address import to_checksum_address

from fedjury.chain.contracts.events import RoundFinalized, Submitted, UpdateSubmitted
from fedjury.cli.displays.ranges import ranges
from fedjury.cli.displays.updates import Row, is_batch
from fedjury.protocol.digest import Digest
from fedjury.protocol.round_record import RecordedBatch, RecordEntry, RoundRecord, hexadecimal
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.history import RoundHistory, TaskHistory
from fedjury.task.reason_words import reason_words
from fedjury.task.records import record_slots
from fedjury.task.rule_words import why_despite_count

# Finds the record that a report names; None where it cannot be had.
FindRecord = Callable[[RoundFinalized], RoundRecord | None]

_UNKNOWN: Row = dict.fromkeys(("reason", "arguments", "why", "right", "baseline"))
_UNREAD: dict[int, str] = {
    VerdictCode.UNAVAILABLE: "the batch's file was not to be had",
    VerdictCode.MALFORMED: "the batch's file is not as the protocol has it",
}


def with_reasons(
    rows: Sequence[Row], history: TaskHistory, find: FindRecord, spec: TaskSpec | None
) -> list[Row]:
    """The rows with what the rounds' records say of each update, in batches too.

    ``reason`` and ``arguments`` are as the record has them, ``why`` is that in words: "" where the
    verdict says all, and what decided where the counts did not. ``right`` and ``baseline`` are
    counts, where records tell them. All are None where no record says them; ``record`` is "found",
    "missing" where a report's cannot be had, "senseless" where it has verdicts that are none or is
    about other updates than the chain's, None where there is no report.
    A batch's row gives way to one for each of its updates, where the record tells of them.

    Args:
        rows: of updates and batches.
        history: of the task.
        find: is asked once for each round that has a report and a row.
        spec: of the task; None where it cannot be had.
    """
    numbers = sorted({row["round"] for row in rows})
    reports = {number: history.rounds[number].finalized for number in numbers}
    found_of = {number: find(report) for number, report in reports.items() if report is not None}
    records = {
        number: _Record.of(record, history.rounds[number], spec)
        for number, record in found_of.items()
        if record is not None
    }
    found: list[Row] = []
    for row in rows:
        number = row["round"]
        if (record := records.get(number)) is not None:
            found += record.rows(row)
        else:
            known = "senseless" if number in records else "missing" if number in found_of else None
            found.append({**row, "record": known, **_UNKNOWN})
    return found


def without_records(rows: Sequence[Row]) -> str:
    """A sentence on the rounds whose records cannot be had; "" where there are none."""
    which = _rounds(rows, "missing")
    if not which:
        return ""
    return f"the store has no usable record of {which}, so that reasons and counts are missing"


def senseless_records(rows: Sequence[Row]) -> str:
    """A sentence on the rounds whose records make no sense; "" where there are none."""
    which = _rounds(rows, "senseless")
    if not which:
        return ""
    return (
        f"the record of {which} makes no sense, though a quorum of the jury signed it: it has "
        "verdicts that are none, or other updates than the chain"
    )


def _rounds(rows: Sequence[Row], record: str) -> str:
    """The rounds whose records are so, in words; "" for none."""
    numbers = sorted({row["round"] for row in rows if row["record"] == record})
    return f"round{'s' * (len(numbers) > 1)} {ranges(numbers)}" if numbers else ""


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


def _fits(submitted: Submitted, slots: Sequence[RecordEntry | RecordedBatch]) -> bool:
    """Whether what a record says of a submission can be said of it."""
    first = slots[0]
    if isinstance(submitted, UpdateSubmitted):
        wanted = submitted.client.lower(), hexadecimal(submitted.digest)
        return isinstance(first, RecordEntry) and (first.client, first.digest) == wanted
    if isinstance(first, RecordedBatch):
        place = submitted.index, submitted.count
        return (first.index, first.count) == place and first.code in _UNREAD
    return all(isinstance(each, RecordEntry) for each in slots)


@dataclass(frozen=True)
class _Record:
    """One round's record, by the places of its updates."""

    record: RoundRecord
    slots: Sequence[RecordEntry | RecordedBatch]
    spec: TaskSpec | None

    @classmethod
    def of(
        cls, record: RoundRecord, history: RoundHistory, spec: TaskSpec | None
    ) -> "_Record | None":
        """None where it makes no sense: a quorum signs what it likes."""
        try:
            slots = record_slots(record, len(history.verdicts()))
        except ValueError:
            return None
        fits = all(
            _fits(each, slots[each.index : each.index + each.count]) for each in history.submissions
        )
        return cls(record, slots, spec) if fits else None

    def rows(self, row: Row) -> Iterator[Row]:
        """A row with what the record says; of a batch that was read, a row for each update."""
        first = self.slots[row["update"]]
        if isinstance(first, RecordedBatch):
            why = _UNREAD[first.code]
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
