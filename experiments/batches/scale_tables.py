"""The tables of docs/scale.md: what was measured, and what follows for larger rounds."""

from collections.abc import Callable, Sequence
from functools import partial

from experiments.batches.results import MIB, Results
from experiments.batches.scale import Line, Scale
from experiments.reporting.tables import markdown

FAMILY = "scale-"
SIZES = (10_000, 100_000, 1_000_000)
_ADDRESS_BYTES = 20
_BYTE_GAS = 40  # the least that a byte of calldata other than zero costs (EIP-7623)
_MEGABYTE, _GIGABYTE = 10**6, 10**9
_LINE = 125_000_000  # bytes a second: a gigabit
# An update of the paper's model: bytes, and seconds on one core with 10,000 samples
# (docs/performance.md, `paper`).
_PAPER_BYTES, _PAPER_SECONDS = 407_400, 0.024
_LARGE_BYTES = 100 * _MEGABYTE

Cell = Callable[[int], float]


def chain_table(results: Results) -> str:
    """What stands on chain."""
    scale = Scale(results)
    rows: list[tuple[str, Cell]] = [
        ("tasks that hold them, a round each", scale.tasks),
        ("gas of batches, one a task", lambda size: scale.tasks(size) * scale.batch_gas),
        ("gas of reports, a byte a verdict", lambda size: _reports(scale, size, 1)),
        ("gas of an update, both together", lambda size: _each(scale, size)),
        ("bytes of verdicts in one report", lambda size: size / scale.tasks(size)),
        ("gas of reports, were a verdict a bit", lambda size: _reports(scale, size, 1 / 8)),
        ("gas of a report, were verdicts a root", lambda size: scale.report_gas.fixed),
    ]
    return _table("", rows, "{:,.0f}")


def file_table(results: Results) -> str:
    """What a juror downloads, and how long a line of a gigabit takes for it."""
    scale = Scale(results)
    rows: list[tuple[str, Cell]] = [
        ("roster, if all of it takes part", lambda size: _ADDRESS_BYTES * size),
        ("batch files", scale.batch_bytes.at),
        ("round records", scale.record_bytes.at),
        ("updates of the model that was measured", lambda size: scale.update_bytes * size),
        ("updates of the paper's model", lambda size: _PAPER_BYTES * size),
        ("updates of a model of 100 MB", lambda size: _LARGE_BYTES * size),
    ]
    gigabytes = [(name, partial(_divided, cell, _GIGABYTE)) for name, cell in rows]
    minutes = [
        (f"minutes for {name}", partial(_divided, cell, 60 * _LINE)) for name, cell in rows[-3:]
    ]
    return _table("GB", [*gigabytes, *minutes], "{:,.2f}")


def time_table(results: Results) -> str:
    """How long steps take on the machine that was measured."""
    scale = Scale(results)
    steps = {
        "one relay takes signed updates in": ("hand-over", "hand over, take receipts"),
        "signatures and members": ("juror", "check signatures and members"),
        "fetching from a disk": ("juror", "fetch the updates"),
        "judging the model that was measured": ("juror", "judge"),
        "record, keeping, report": ("juror", "write the record, keep all files, sign, finalize"),
        "light audit": ("light-audit", "audit"),
        "full audit": ("full-audit", "audit"),
    }
    rows = [(name, scale.step_seconds(*step).at) for name, step in steps.items()]
    paper = ("judging the paper's model, one core", lambda size: _PAPER_SECONDS * size)
    minutes = [(name, partial(_divided, cell, 60)) for name, cell in [*rows, paper]]
    return _table("minutes", minutes, "{:,.1f}")


def memory_table(results: Results) -> str:
    """What processes hold at most."""
    scale = Scale(results)
    names = ("relay", "juror", "light-audit", "full-audit")
    rows = [(name, partial(_divided, scale.peak(name).at, MIB)) for name in names]
    return _table("MiB", rows, "{:,.0f}")


def _reports(scale: Scale, size: int, bytes_each: float) -> float:
    """Gas of all reports, where a verdict takes so many bytes."""
    line = scale.report_gas
    less = Line(line.fixed, line.each - _BYTE_GAS * (1 - bytes_each))
    return less.fixed * scale.tasks(size) + less.each * size


def _each(scale: Scale, size: int) -> float:
    return (scale.tasks(size) * scale.batch_gas + _reports(scale, size, 1)) / size


def _divided(cell: Cell, unit: float, size: int) -> float:
    return cell(size) / unit


def _table(unit: str, rows: Sequence[tuple[str, Cell]], form: str) -> str:
    columns = [unit, *(f"{size:,} updates" for size in SIZES)]
    return markdown(
        columns, [[name, *(form.format(cell(size)) for size in SIZES)] for name, cell in rows]
    )


TABLES: dict[str, Callable[[Results], str]] = {
    "scale-chain": chain_table,
    "scale-files": file_table,
    "scale-time": time_table,
    "scale-memory": memory_table,
}


def tables_of(results: Results) -> dict[str, Callable[[], str]]:
    """The tables of a page, by their markers."""
    return {name: partial(table, results) for name, table in TABLES.items()}
