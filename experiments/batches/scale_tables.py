"""The tables of docs/scale.md: what was measured, and what follows for larger rounds."""

from collections.abc import Callable, Sequence
from functools import partial

from experiments.batches.results import MIB, Results
from experiments.batches.scale import Scale
from experiments.batches.steps import ProcessSteps
from experiments.batches.timed_store import CHECKING, FETCHING
from experiments.reporting.tables import markdown

FAMILY = "scale-"
SIZES = (10_000, 100_000, 1_000_000)
_ADDRESS_BYTES = 20
_MEGABYTE, _MINUTE = 10**6, 60
_LINE = 125_000_000  # bytes a second: a gigabit
# An update of the paper's model: bytes, and seconds on one core with 10,000 samples
# (docs/performance.md, `paper`).
_PAPER_BYTES, _PAPER_SECONDS = 407_400, 0.024
_LARGE_BYTES = 100_000_000

Cell = Callable[[int], float]


def chain_table(results: Results) -> str:
    """What stands on chain."""
    scale = Scale(results)
    return _table(
        "",
        [
            _row("tasks that hold them, a round each", scale.tasks),
            _row("gas of batches, one a task", lambda size: scale.tasks(size) * scale.batch_gas),
            _row("gas of reports, a byte a verdict", lambda size: _reports(scale, size, 1)),
            _row("gas of an update, both together", lambda size: _each(scale, size), "{:,.1f}"),
            _row("bytes of verdicts in one report", lambda size: size / scale.tasks(size)),
            _row("gas of reports, were a verdict a bit", lambda size: _reports(scale, size, 1 / 8)),
            _row("gas of reports, were verdicts a root", lambda size: _roots(scale, size)),
        ],
    )


def file_table(results: Results) -> str:
    """What a juror downloads."""
    scale = Scale(results)
    files: list[tuple[str, Cell]] = [
        ("the roster, if all of it takes part", lambda size: _ADDRESS_BYTES * size),
        ("batch files", scale.batch_bytes.at),
        ("round records", scale.record_bytes.at),
        *_updates(scale),
    ]
    return _table("MB", [_row(name, cell, "{:,.1f}", _MEGABYTE) for name, cell in files])


def line_table(results: Results) -> str:
    """How long a line of a gigabit takes for the updates."""
    updates = _updates(Scale(results))
    rows = [_row(name, cell, "{:,.1f}", _MINUTE * _LINE) for name, cell in updates]
    return _table("minutes", rows)


def part_table(results: Results) -> str:
    """Seconds of what was measured with more updates than whole rounds were."""
    found = list(results.parts.values())
    steps = [step.name for step in found[0].steps] if found else []
    rows = [
        [name, *(f"{_seconds(each, name):.1f}" for each in found)]
        for name in steps
        if name != "start"
    ]
    peaks = ["peak of memory, MiB", *(f"{each.peak / MIB:,.0f}" for each in found)]
    columns = ["seconds", *(f"{int(entries):,} entries" for entries in results.parts)]
    return markdown(columns, [*rows, peaks])


def _seconds(process: ProcessSteps, name: str) -> float:
    return sum(step.seconds for step in process.steps if step.name == name)


def time_table(results: Results) -> str:
    """How long steps take on the machine that was measured."""
    scale = Scale(results)
    steps = {
        "one relay takes signed updates in": ("hand-over", "hand over, take receipts"),
        "signatures and members": ("juror", CHECKING),
        "fetching from a disk": ("juror", FETCHING),
        "judging the model that was measured": ("juror", "judge"),
        "record, keeping, report": ("juror", "write the record, keep all files, sign, finalize"),
        "light audit": ("light-audit", "audit"),
        "full audit": ("full-audit", "audit"),
    }
    rows = [
        _row(name, scale.step_seconds(*step).at, "{:,.1f}", _MINUTE) for name, step in steps.items()
    ]
    paper = "judging the paper's model on one core"
    rows.append(_row(paper, lambda size: _PAPER_SECONDS * size, "{:,.1f}", _MINUTE))
    return _table("minutes", rows)


def memory_table(results: Results) -> str:
    """What a process of one task holds at most."""
    scale = Scale(results)

    def row(name: str) -> list[str]:
        line = scale.peak(name)
        return _row(name, lambda size: line.at(size // scale.tasks(size)), unit=MIB)

    return _table("MiB", [row(name) for name in ("relay", "juror", "light-audit", "full-audit")])


def _updates(scale: Scale) -> list[tuple[str, Cell]]:
    """Bytes of all updates, by how large one is."""
    return [
        ("updates of the model that was measured", lambda size: scale.update_bytes * size),
        ("updates of the paper's model", lambda size: _PAPER_BYTES * size),
        ("updates of a model of 100 MB", lambda size: _LARGE_BYTES * size),
    ]


def _reports(scale: Scale, size: int, bytes_each: float) -> float:
    """Gas of all reports, where a verdict takes so many bytes."""
    line = scale.report_gas
    return line.fixed * scale.tasks(size) + bytes_each * line.each * size


def _roots(scale: Scale, size: int) -> float:
    return scale.tasks(size) * scale.short_report_gas


def _each(scale: Scale, size: int) -> float:
    return (scale.tasks(size) * scale.batch_gas + _reports(scale, size, 1)) / size


def _row(name: str, cell: Cell, form: str = "{:,.0f}", unit: float = 1) -> list[str]:
    return [name, *(form.format(cell(size) / unit) for size in SIZES)]


def _table(unit: str, rows: Sequence[Sequence[str]]) -> str:
    return markdown([unit, *(f"{size:,} updates" for size in SIZES)], rows)


TABLES: dict[str, Callable[[Results], str]] = {
    "scale-chain": chain_table,
    "scale-files": file_table,
    "scale-line": line_table,
    "scale-parts": part_table,
    "scale-time": time_table,
    "scale-memory": memory_table,
}


def tables_of(results: Results) -> dict[str, Callable[[], str]]:
    """The tables of a page, by their markers."""
    return {name: partial(table, results) for name, table in TABLES.items()}
