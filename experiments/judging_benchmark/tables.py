"""The benchmark's tables, as Markdown."""

from collections.abc import Callable
from functools import partial

from experiments.judging_benchmark.goals import goals, longest
from experiments.judging_benchmark.results import (
    BEFORE,
    FEDAVG,
    LOADER,
    NOW,
    PRODUCT,
    SLICES,
    Measurement,
    Results,
)
from experiments.reporting.tables import markdown

Table = Callable[[Results], str]
_NOTHING = "–"
_MARK = " †"
_OPTIONS = {"quick": "--quick", "cpu_time": "--cpu-time"}
_NOTE = "† the code before could not be had here: its ratio is that of an earlier run."


def number(value: float | None, digits: int = 2) -> str:
    """A number with so many decimals; a dash for none."""
    return _NOTHING if value is None else f"{value:,.{digits}f}"


def milliseconds(measured: Measurement, name: str) -> str:
    """Median of a contestant."""
    seconds = measured.median(name)
    return _NOTHING if seconds is None else f"{1000 * seconds:,.1f}"


def ratio(measured: Measurement, name: str, to: str | None = None) -> str:
    """Ratio of two contestants, marked where one is borrowed."""
    found = measured.ratio(name, to)
    borrowed = {name, to} & measured.borrowed.keys()
    return number(found) + (_MARK if found is not None and borrowed else "")


def _noted(table: str) -> str:
    return f"{table}\n\n{_NOTE}" if _MARK in table else table


def goal_table(results: Results) -> str:
    """Every goal, what was measured, and whether it is met."""
    words = {True: "yes", False: "**no**", None: _NOTHING}
    rows = [
        [each.what, each.measured or _NOTHING, each.aim, words[each.met]] for each in goals(results)
    ]
    return _noted(markdown(["what", "measured", "goal", "met"], rows))


def update_table(results: Results) -> str:
    """What it costs to evaluate one update, in the ways that there are."""
    threads = sorted({int(each.what["threads"]) for each in results.of("update")})
    columns = [column for each in threads for column in (f"{_threads(each)}, ms", "products")]
    plain = {
        "one bare product": PRODUCT,
        "plain loop, slices of 1,024": SLICES,
        "plain loop, `DataLoader` of 128": LOADER,
    }
    found = [longest(results.of("update", threads=each)) for each in threads]
    rows = [[words, *_costs(found, name)] for words, name in plain.items()]
    for updates in sorted({int(each.what["updates"]) for each in results.of("update")}):
        here = [results.one("update", threads=each, updates=updates) for each in threads]
        for words, name in (("before", BEFORE), ("now", NOW)):
            rows.append([f"`paper`, {words}, {updates} updates a round", *_costs(here, name)])
    return _noted(markdown(["one update", *columns], rows))


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _costs(found: list[Measurement | None], name: str) -> list[str]:
    """Milliseconds and units, side by side."""
    return [
        cell
        for each in found
        for cell in (
            (milliseconds(each, name), ratio(each, name)) if each else (_NOTHING, _NOTHING)
        )
    ]


def step_table(results: Results) -> str:
    """The steps of judging one update."""
    measured = results.one("steps")
    names = [name for name in measured.seconds if name != PRODUCT] if measured else []
    rows = [[name, *_costs([measured], name)] for name in names]
    return markdown(["step", "ms", "products"], rows)


def rule_table(results: Results) -> str:
    """Whole rounds by every rule, for each update."""
    others = sorted({int(each.what["threads"]) for each in results.of("rules")} - {1})
    rows = []
    for each in results.of("rules", threads=1):
        rule, updates = each.what["rule"], each.what["updates"]
        beside = [
            results.one("rules", threads=count, rule=rule, updates=updates) for count in others
        ]
        rows.append(
            [
                f"`{rule}`",
                str(updates),
                milliseconds(each, BEFORE),
                milliseconds(each, NOW),
                ratio(each, NOW),
                ratio(each, BEFORE, NOW),
                *[ratio(other, BEFORE, NOW) if other else "" for other in beside],
            ]
        )
    faster = [f"times as fast, {_threads(count)}" for count in (1, *others)]
    columns = ["rule", "updates", "before, ms", "now, ms", "now, products", *faster]
    return _noted(markdown(columns, rows))


def size_table(results: Results) -> str:
    """Other sizes of verification sets and layers."""
    rows = [
        [
            f"{each.what['samples']:,} × {each.what['hidden']}",
            milliseconds(each, PRODUCT),
            ratio(each, SLICES),
            ratio(each, BEFORE),
            ratio(each, NOW),
            ratio(each, BEFORE, NOW),
        ]
        for each in results.of("sizes")
    ]
    columns = ["samples × hidden", "product, ms", "plain slices", "before", "now", "times as fast"]
    return _noted(markdown(columns, rows))


def model_table(results: Results) -> str:
    """Other models beside a plain evaluation."""
    rows = [
        [
            str(each.what["model"]),
            f"{each.what['samples']:,}",
            milliseconds(each, SLICES),
            milliseconds(each, NOW),
            ratio(each, BEFORE),
            ratio(each, NOW),
        ]
        for each in results.of("models")
    ]
    columns = ["model", "samples", "plain, ms", "now, ms", "before / plain", "now / plain"]
    return _noted(markdown(columns, rows))


def memory_table(results: Results) -> str:
    """Peaks of memory."""
    rows = [
        [
            f"`{each.what['rule']}`",
            f"{each.what['updates']:,}",
            number(float(each.facts["start_mib"]), 0),
            number(float(each.facts["peak_mib"]), 0),
            number(float(each.facts["reads"]), 1),
            milliseconds(each, NOW),
        ]
        for each in results.of("memory")
    ]
    columns = [
        "rule",
        "updates",
        "at the start, MiB",
        "peak, MiB",
        "reads of a file",
        "processor, ms",
    ]
    return markdown(columns, rows)


def federation_table(results: Results) -> str:
    """Whole federations."""
    rows = [
        [
            _threads(int(each.what["threads"])),
            str(len(each.seconds[FEDAVG])),
            *[number(each.median(name), 1) for name in (FEDAVG, BEFORE, NOW)],
            ratio(each, BEFORE),
            ratio(each, NOW),
        ]
        for each in results.of("federation")
    ]
    columns = ["", "seeds", "FedAvg, s", "before, s", "now, s", "before / FedAvg", "now / FedAvg"]
    return _noted(markdown(columns, rows))


def machines(results: Results) -> str:
    """A sentence for each machine, and which parts were measured there."""
    parts: dict[str, list[str]] = {}
    for part, facts in results.machines.items():
        how = "".join(f", `{option}`" for key, option in _OPTIONS.items() if facts.get(key))
        words = (
            f"{facts['processor']}, {facts['cores']} cores, torch {facts['torch']} with "
            f"{facts['kernels']}, {facts['data']}{how}"
        )
        parts.setdefault(words, []).append(part)
    if len(parts) == 1:
        return f"Measured on {next(iter(parts))}."
    return "\n".join(f"Measured on {words}: {', '.join(names)}." for words, names in parts.items())


TABLES: dict[str, Table] = {
    "judging-machine": machines,
    "judging-goals": goal_table,
    "judging-update": update_table,
    "judging-steps": step_table,
    "judging-rules": rule_table,
    "judging-sizes": size_table,
    "judging-models": model_table,
    "judging-memory": memory_table,
    "judging-federation": federation_table,
}


def tables_of(results: Results) -> dict[str, Callable[[], str]]:
    """The tables of a page, by their markers."""
    return {name: partial(table, results) for name, table in TABLES.items()}


def report(results: Results) -> str:
    """What was measured, for people: the tables that have something in them."""
    having = {f"judging-{part}" for part in results.machines} | {"judging-machine", "judging-goals"}
    return "\n\n".join(table(results) for name, table in TABLES.items() if name in having)
