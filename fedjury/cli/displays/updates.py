"""What `fedjury events` shows: a row for each update, or for a whole batch of which no more is
known."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from fedjury.chain.contracts.events import Submitted, UpdateSubmitted
from fedjury.checks.counts import counted
from fedjury.cli.output import Output
from fedjury.protocol.verdicts import VerdictCode
from fedjury.task.history import RoundHistory, TaskHistory

Row = dict[str, Any]

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
    """A task's updates in order; of each batch one row, as the chain does not tell who is in it.

    The verdict is ``pending`` in an open round, ``voided`` in one without a report, and
    ``unreadable`` where the report's verdicts are not well-formed: the contract checks only how
    many bytes they are. A batch's row has no client; its verdict is a tally, ``codes`` for
    machines, and ``count`` says how many updates it is, from ``update`` on.

    Args:
        history: of the task.
        round_number, client, accepted: as for `chosen_rows`.
    """
    rounds = [each for each in history.rounds.values() if round_number in (None, each.number)]
    return chosen_rows([row for record in rounds for row in _rows(record)], client, accepted)


def chosen_rows(rows: Sequence[Row], client: str | None, accepted: bool | None) -> list[Row]:
    """The rows of a client, and those with a verdict that accepts, or rejects; None takes all.

    A batch's row is nobody's, and stays where any of its verdicts is such a one.
    """
    return [
        row
        for row in rows
        if client in (None, row["client"]) and (accepted is None or _has(row, accepted=accepted))
    ]


def is_batch(row: Row) -> bool:
    """Whether a row is on a whole batch."""
    return row["client"] is None


def _has(row: Row, *, accepted: bool) -> bool:
    if not is_batch(row) or row["codes"] is None:
        return bool(row["accepted"] is accepted)
    good = row["codes"].get(VerdictCode.ACCEPTED.label, 0)
    return bool(good if accepted else row["count"] - good)


def _rows(record: RoundHistory) -> Iterator[Row]:
    verdicts: Sequence[VerdictCode] | None
    try:
        verdicts = record.verdicts() if record.finalized else None
        without = "voided" if record.voided else "pending"
    except ValueError:
        verdicts, without = None, "unreadable"
    for each in record.submissions:
        own = None if verdicts is None else verdicts[each.index : each.index + each.count]
        row = _row(each, without)
        if own is not None:
            row |= _verdict(own[0]) if isinstance(each, UpdateSubmitted) else _tally(own)
        yield row


def _row(submitted: Submitted, without: str) -> Row:
    """A submission's row; `without` stands in for a verdict that is not there."""
    alone = isinstance(submitted, UpdateSubmitted)
    return {
        "round": submitted.round,
        "update": submitted.index,
        "count": submitted.count,
        "client": submitted.account if alone else None,
        "relayer": None if alone else submitted.account,
        "verdict": without,
        "codes": None,
        "accepted": None,
        "file": submitted.digest.cid,
        "block": submitted.block_number,
        "transaction": "0x" + submitted.transaction_hash.hex(),
    }


def _verdict(code: VerdictCode) -> Row:
    return {"verdict": code.label, "accepted": code.accepted}


def _tally(codes: Sequence[VerdictCode]) -> Row:
    """What the updates of a batch got, the most frequent first."""
    tally = {code.label: count for code, count in Counter(codes).most_common()}
    same = {code.accepted for code in codes}
    return {
        "verdict": ", ".join(f"{count} {label}" for label, count in tally.items()),
        "codes": tally,
        "accepted": same.pop() if len(same) == 1 else None,
    }


def not_looked_into(history: TaskHistory, round_number: int | None, client: str | None) -> str:
    """A sentence on the batches that a client may be in; "" where there are none to look into."""
    if client is None:
        return ""
    rounds = [each for each in history.rounds.values() if round_number in (None, each.number)]
    batches = sum(len(each.batches) for each in rounds)
    if not batches:
        return ""
    return (
        f"who is in {'the batch' if batches == 1 else f'the {batches} batches'} of these rounds "
        "only the rounds' records say: see them by --reasons"
    )


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
    cells = [[_cell(row, key) for key in columns] for row in rows]
    total = sum(row["count"] for row in rows)
    output.table(f"{counted(total, 'update')} of {task}", headers, cells)
    for row in rows if output.as_json else []:
        output.result(row)


def _cell(row: Row, key: str) -> str:
    if key == "client" and is_batch(row):
        return f"batch of {row['relayer']}"
    if key == "update" and row["count"] > 1:
        return f"{row['update']} to {row['update'] + row['count'] - 1}"
    return "–" if row[key] in (None, "") else str(row[key])
