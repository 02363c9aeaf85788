"""What `fedjury events` shows: a row for each update."""

from collections.abc import Iterator, Sequence
from typing import Any

from fedjury.cli.output import Output
from fedjury.errors import ChainUnavailable
from fedjury.task.history import RoundRecord, TaskHistory

_COLUMNS = ("round", "update", "client", "verdict", "right", "baseline", "file")
Row = dict[str, Any]


def update_rows(history: TaskHistory) -> Iterator[Row]:
    """Every update of a task, in order.

    Raises:
        ChainUnavailable: the node tells of verdicts that are not well-formed.
    """
    for record in history.rounds.values():
        yield from _rows(record)


def _rows(record: RoundRecord) -> Iterator[Row]:
    try:
        verdicts = record.verdicts()
    except ValueError as error:
        raise ChainUnavailable(f"round {record.number}: {error}") from error
    pending = "voided" if record.voided else "pending"
    for index, update in enumerate(record.updates):
        verdict = verdicts[index] if verdicts else None
        yield {
            "round": record.number,
            "update": update.index,
            "client": update.client,
            "verdict": verdict.code.label if verdict else pending,
            "accepted": verdict.accepted if verdict else None,
            "right": verdict.correct if verdict else None,
            "baseline": record.finalized.baseline_correct if record.finalized else None,
            "file": update.digest.cid,
            "block": update.block_number,
            "transaction": "0x" + update.transaction_hash.hex(),
        }


def show(rows: Sequence[Row], task: str, output: Output) -> None:
    """A table for people, a line a row for machines."""
    cells = [[str(row[key]) if row[key] is not None else "–" for key in _COLUMNS] for row in rows]
    output.table(f"{len(rows)} updates of {task}", _COLUMNS, cells)
    for row in rows if output.as_json else []:
        output.result(row)
