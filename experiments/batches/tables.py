"""The tables of docs/performance.md on rounds of batches, as Markdown."""

from collections.abc import Callable
from functools import partial

from experiments.batches.goals import goals
from experiments.batches.results import BATCHES, MIB, RECORD, REPORT, UPDATE, Measured, Results
from experiments.reporting.tables import markdown

FAMILY = "batches-"  # of this page's tables; others are another measurement's

# What the time of a step grows with.
GROWTH = {
    "start": "–",
    "make keys": "updates",
    "make the roster": "members",
    "hash the roster's tree": "members",
    "work out spec and first model": "model, samples",
    "publish the files, create the task": "members, 20 bytes each",
    "make and publish the updates": "updates × model",
    "sign": "updates",
    "hand over, take receipts": "updates",
    "wait until the batch stands on chain": "updates",
    "check the receipts": "updates",
    "read the round and its roster": "members",
    "fetch the batches": "updates, 117 bytes each",
    "check signatures and members": "updates",
    "fetch the updates": "updates × model",
    "judge": "updates × model × samples",
    "write the record, keep all files, sign, finalize": "updates",
    "audit": "updates × model; the full one × samples too",
}


def machine(results: Results) -> str:
    """What the figures were measured on."""
    return f"Measured on {results.machine}."


def step_table(results: Results) -> str:
    """Seconds of each step of each process, and how many of them it computed in the last round."""
    largest = results.rounds[-1]
    rows = [
        [
            f"{process.process}: {step.name}",
            GROWTH[step.name],
            *(f"{each.step(process.process, step.name).seconds:.2f}" for each in results.rounds),
            f"{step.processor:.2f}",
        ]
        for process in largest.processes
        for step in process.steps
    ]
    whole = ["all of it", "", *(f"{each.seconds:.0f}" for each in results.rounds), ""]
    columns = ["seconds", "grow with", *_sizes(results), "of which computing"]
    return markdown(columns, [*rows, whole])


def memory_table(results: Results) -> str:
    """The most memory of each process, and how much more an update takes."""
    names = [process.process for process in results.rounds[-1].processes]
    rows = []
    for name in names:
        peaks = [each.process(name).peak for each in results.rounds]
        told = [f"{peak / MIB:.0f}" if peak else "–" for peak in peaks]
        rows.append([name, *told, _per_update(results.rounds, peaks)])
    return markdown(["MiB", *_sizes(results), "bytes an update"], rows)


def gas_table(results: Results) -> str:
    """Gas and bytes of each round."""
    rows = [
        [
            f"{each.updates:,}",
            f"{each.gas[BATCHES]:,}",
            f"{each.gas[REPORT]:,}",
            f"{each.gas_per_update:,.1f}",
            f"{each.bytes[BATCHES]:,}",
            f"{each.bytes[RECORD]:,}",
            f"{each.bytes[UPDATE]:,}",
        ]
        for each in results.rounds
    ]
    gas = ["updates", "gas of the batch", "gas of the report", "gas an update"]
    return markdown([*gas, "bytes of the batch", "of the record", "of an update"], rows)


def goal_table(results: Results) -> str:
    """What was to be reached."""
    rows = [[goal.what, goal.measured, goal.aim, _met(goal.met)] for goal in goals(results)]
    return markdown(["what", "measured", "goal", "met"], rows)


def _met(met: bool | None) -> str:
    return "–" if met is None else "yes" if met else "**no**"


def _sizes(results: Results) -> list[str]:
    return [f"{each.updates:,} updates" for each in results.rounds]


def _per_update(rounds: list[Measured], peaks: list[int]) -> str:
    """Bytes by which the peak grows with an update, from the two largest rounds."""
    if len(rounds) < 2 or not all(peaks):
        return "–"
    more = max(peaks[-1] - peaks[-2], 0)
    return f"{more / (rounds[-1].updates - rounds[-2].updates):,.0f}"


TABLES: dict[str, Callable[[Results], str]] = {
    "batches-machine": machine,
    "batches-goals": goal_table,
    "batches-gas": gas_table,
    "batches-steps": step_table,
    "batches-memory": memory_table,
}


def tables_of(results: Results) -> dict[str, Callable[[], str]]:
    """The tables of a page, by their markers."""
    return {name: partial(table, results) for name, table in TABLES.items()}


def report(results: Results) -> str:
    """What was measured, for people."""
    return "\n\n".join(table(results) for table in TABLES.values())
