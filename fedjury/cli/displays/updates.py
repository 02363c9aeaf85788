"""What `fedjury events` shows: a row for each update."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fedjury.chain.contracts.events import RoundFinalized, UpdateSubmitted
from fedjury.checks.counts import counted
from fedjury.cli.displays.ranges import ranges
from fedjury.cli.output import Output
from fedjury.protocol.round_record import RoundRecord
from fedjury.protocol.task_spec import TaskSpec
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.history import RoundHistory, TaskHistory
from fedjury.task.reason_words import reason_words
from fedjury.task.rule_words import why_despite_count

Row = dict[str, Any]
# Finds the record that a report names; None where it cannot be had.
FindRecord = Callable[[RoundFinalized], RoundRecord | None]

_COLUMNS = ("round", "update", "client", "verdict", "file")
_REASON_COLUMNS = ("round", "update", "client", "verdict", "why", "right", "baseline", "file")
_HEADERS = {"baseline": "to beat"}
_COUNTS = ("right", "baseline")  # which most records do not tell


def update_rows(
    history: TaskHistory,
    round_number: int | None = None,
    client: str | None = None,
    accepted: bool | None = None,
) -> list[Row]:
    """A task's updates in order.

    The verdict is ``pending`` in an open round, ``voided`` in one without a report, and
    ``unreadable`` where the report's verdicts are not well-formed: the contract checks only how
    many bytes they are.

    Args:
        history: of the task.
        round_number, client, accepted: only updates of which this holds; None takes all.
    """
    rounds = [each for each in history.rounds.values() if round_number in (None, each.number)]
    rows = [row for record in rounds for row in _rows(record)]
    return [
        row
        for row in rows
        if client in (None, row["client"]) and accepted in (None, row["accepted"])
    ]


def with_reasons(
    rows: Sequence[Row], history: TaskHistory, find: FindRecord, spec: TaskSpec | None
) -> list[Row]:
    """The rows with what the rounds' records say of each update.

    ``reason`` and ``arguments`` are as the record has them, ``why`` is that in words: "" where the
    verdict says all, and what decided where the counts did not. ``right`` and ``baseline`` are
    counts, where records tell them. All are None where there is no record, or none can be had;
    ``record`` is "found", "missing" where a report's cannot be had, None where there is no report.

    Args:
        rows: of updates.
        history: of the task.
        find: is asked once for each round that has a report and a row.
        spec: of the task; None where it cannot be had.
    """
    numbers = sorted({row["round"] for row in rows})
    reports = {number: history.rounds[number].finalized for number in numbers}
    records = {number: find(report) for number, report in reports.items() if report is not None}
    return [{**row, **_reason(records, row, spec)} for row in rows]


def without_records(rows: Sequence[Row]) -> str:
    """A sentence on the rounds whose records cannot be had; "" where there are none."""
    numbers = sorted({row["round"] for row in rows if row["record"] == "missing"})
    if not numbers:
        return ""
    which = f"round{'s' * (len(numbers) > 1)} {ranges(numbers)}"
    return f"the store has no usable record of {which}, so that reasons and counts are missing"


def _reason(records: Mapping[int, RoundRecord | None], row: Row, spec: TaskSpec | None) -> Row:
    record, index = records.get(row["round"]), row["update"]
    if record is None:
        unknown: Row = dict.fromkeys(("reason", "arguments", "why", "right", "baseline"))
        return {"record": "missing" if row["round"] in records else None, **unknown}
    entry = record.entries[index]
    return {
        "record": "found",
        "reason": entry.reason,
        "arguments": entry.arguments,
        "why": _why(record, index, spec),
        "right": entry.correct,
        "baseline": record.baseline,
    }


def _why(record: RoundRecord, index: int, spec: TaskSpec | None) -> str:
    entry, baseline = record.entries[index], record.baseline
    names = None if spec is None else spec.federated.names
    words = reason_words(entry.reason, entry.arguments, names)
    if words or spec is None or entry.correct is None or baseline is None:
        return words
    accepted = entry.code == VerdictCode.ACCEPTED
    return why_despite_count(spec.rule, entry.correct, baseline, accepted=accepted)


def _rows(record: RoundHistory) -> Iterator[Row]:
    verdicts: Sequence[VerdictCode | None]
    try:
        verdicts = record.verdicts() or [None] * len(record.updates)
        without = "voided" if record.voided else "pending"
    except ValueError:
        verdicts, without = [None] * len(record.updates), "unreadable"
    for update, verdict in zip(record.updates, verdicts, strict=True):
        yield _row(update, verdict, without)


def _row(update: UpdateSubmitted, verdict: VerdictCode | None, without: str) -> Row:
    """One update's row; `without` stands in for a verdict that is not there."""
    return {
        "round": update.round,
        "update": update.index,
        "client": update.client,
        "verdict": verdict.label if verdict else without,
        "accepted": verdict.accepted if verdict else None,
        "file": update.digest.cid,
        "block": update.block_number,
        "transaction": "0x" + update.transaction_hash.hex(),
    }


def show_updates(rows: Sequence[Row], task: str, output: Output, *, reasons: bool = False) -> None:
    """A table for people, a line a row for machines.

    Args:
        rows: of updates.
        task: the contract's address.
        output: where to.
        reasons: whether the rows have them.
    """
    columns: Sequence[str] = _COLUMNS
    if reasons:
        counts = any(row["right"] is not None for row in rows)
        columns = [each for each in _REASON_COLUMNS if counts or each not in _COUNTS]
    headers = [_HEADERS.get(each, each) for each in columns]
    cells = [["–" if row[key] in (None, "") else str(row[key]) for key in columns] for row in rows]
    output.table(f"{counted(len(rows), 'update')} of {task}", headers, cells)
    for row in rows if output.as_json else []:
        output.result(row)
