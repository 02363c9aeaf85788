"""What `fedjury events` shows: a row for each update."""

from collections.abc import Iterator, Sequence
from typing import Any

from fedjury.chain.contracts.events import UpdateSubmitted
from fedjury.checks.counts import counted
from fedjury.cli.output import Output
from fedjury.protocol.verdicts import Verdict
from fedjury.task.history import RoundRecord, TaskHistory

_COLUMNS = ("round", "update", "client", "verdict", "right", "baseline", "file")
Row = dict[str, Any]


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


def _rows(record: RoundRecord) -> Iterator[Row]:
    verdicts: Sequence[Verdict | None]
    try:
        verdicts = record.verdicts() or [None] * len(record.updates)
        without = "voided" if record.voided else "pending"
    except ValueError:
        verdicts, without = [None] * len(record.updates), "unreadable"
    for update, verdict in zip(record.updates, verdicts, strict=True):
        yield _row(record, update, verdict, without)


def _row(
    record: RoundRecord, update: UpdateSubmitted, verdict: Verdict | None, without: str
) -> Row:
    """One update's row; `without` stands in for a verdict that is not there."""
    return {
        "round": record.number,
        "update": update.index,
        "client": update.client,
        "verdict": verdict.code.label if verdict else without,
        "accepted": verdict.accepted if verdict else None,
        "right": verdict.correct if verdict else None,
        "baseline": record.finalized.baseline_correct if record.finalized else None,
        "file": update.digest.cid,
        "block": update.block_number,
        "transaction": "0x" + update.transaction_hash.hex(),
    }


def show_updates(rows: Sequence[Row], task: str, output: Output) -> None:
    """A table for people, a line a row for machines."""
    cells = [[str(row[key]) if row[key] is not None else "–" for key in _COLUMNS] for row in rows]
    output.table(f"{counted(len(rows), 'update')} of {task}", _COLUMNS, cells)
    for row in rows if output.as_json else []:
        output.result(row)
