"""The tables of docs/security.md, as Markdown."""

from collections.abc import Callable
from functools import partial

from experiments.leakage.half_known import Poisoned
from experiments.leakage.results import (
    ACCURACY,
    CLASSES,
    COUNTS,
    MEMBERS,
    NOTHING,
    RISING,
    VERDICTS,
    Results,
    mean,
)
from experiments.leakage.scene import CANDIDATES
from experiments.leakage.slice_tests import CHANGES, SIZES, ZS
from experiments.leakage.weighing import weighings
from experiments.reporting.tables import markdown

_NOTHING = "–"
_MEMBER_ROWS = {
    "counts of every update (protocol 1)": (COUNTS, 1),
    "accuracy of the new model, every update taken": (ACCURACY, 1),
    "verdicts, 1 update a round": (VERDICTS, 1),
    "verdicts, 10 updates a round": (VERDICTS, 10),
    "verdicts, 100 updates a round": (VERDICTS, 100),
}
_CLASS_ROWS = {
    "nothing: classes as in the attacker's own samples": NOTHING,
    "counts of every update (protocol 1)": COUNTS,
    "accuracy of the new model, every update taken": ACCURACY,
    "accuracy of the new model, only better ones taken (`paper`)": RISING,
    "verdicts, model no better than a constant answer, 128 members known": VERDICTS,
}


def number(value: float | None, digits: int = 1) -> str:
    """A number with so many decimals, without those that are 0; a dash for none."""
    if value is None:
        return _NOTHING
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def member_table(results: Results) -> str:
    """What it takes to tell which of 128 candidates are the jury's."""
    ideal = f"{len(weighings(CANDIDATES))} + 1"
    rows = []
    for words, (published, attackers) in _MEMBER_ROWS.items():
        found = [results.of(MEMBERS, data, published, attackers) for data in results.datasets]
        updates = [number(mean(each, lambda one: one.updates)) for each in found]
        rounds = [number(mean(each, lambda one: one.rounds)) for each in found]
        wrong = [number(mean(each, lambda one: one.wrong)) for each in found]
        rows.append([words, *_interleaved(updates, rounds, wrong)])
    columns = [
        f"{data}: {what}" for data in _sized(results) for what in ("updates", "rounds", "wrong")
    ]
    draws = [f"{len(results.of(MEMBERS, data, COUNTS))} of {data}" for data in results.datasets]
    note = f"Means over draws: {' and '.join(draws)}. Counts need {ideal} questions."
    return f"{markdown(['what is published', *columns], rows)}\n\n{note}"


def class_table(results: Results) -> str:
    """What it takes to tell how many samples of each class the jury has."""
    rows = []
    for words, published in _CLASS_ROWS.items():
        found = [results.of(CLASSES, data, published) for data in results.datasets]
        updates = [number(mean(each, lambda one: one.updates)) for each in found]
        wrong = [number(mean(each, lambda one: one.wrong)) for each in found]
        rows.append([words, *_interleaved(updates, wrong)])
    columns = [f"{data}: {what}" for data in _sized(results) for what in ("updates", "samples off")]
    return markdown(["what is published", *columns], rows)


def half_table(results: Results) -> str:
    """What knowing half of the set is worth."""
    rows = []
    for data in results.datasets:
        for later in (False, True):
            for known in (False, True):
                here = [
                    each
                    for each in results.poisoned
                    if (each.data, each.later, each.known) == (data, later, known)
                ]
                if here:
                    rows.append([_where(data, later, known), *_worst(here)])
    columns = ["class 3: before", "z = 0", "z = 2", "all classes: before", "z = 0", "z = 2"]
    return markdown(["model that is on, and what is known", *columns], rows)


def _where(data: str, later: bool, known: bool) -> str:
    stage = "later" if later else "early"
    return f"{data}, {stage}, {'half of the set' if known else 'none of it'}"


def _worst(here: list[Poisoned]) -> list[str]:
    by_z = [[each for each in here if each.z == z] for z in (0.0, 2.0)]
    recalls = [number(mean(each, lambda one: one.recall)) for each in by_z]
    accuracies = [number(mean(each, lambda one: one.accuracy)) for each in by_z]
    before = mean(here, lambda one: one.before), mean(here, lambda one: one.accuracy_before)
    return [number(before[0]), *recalls, number(before[1]), *accuracies]


def slice_table(results: Results) -> str:
    """How likely each rule accepts an update that is worse, as good, or better."""
    rows = []
    for change in CHANGES:
        for z in ZS:
            shares = [results.accepted(samples, z, change) for samples in SIZES]
            rows.append(
                [f"{100 * change:+.1f}", f"{z:g}", *(f"{100 * each:.1f}" for each in shares)]
            )
    sizes = [f"{samples:,} samples" for samples in SIZES]
    return markdown(["truly better by, points", "z", *sizes], rows)


def tables_of(results: Results) -> dict[str, Callable[[], str]]:
    """Every table by the name of its marker."""
    return {
        "leakage-members": partial(member_table, results),
        "leakage-classes": partial(class_table, results),
        "leakage-half": partial(half_table, results),
        "leakage-slices": partial(slice_table, results),
    }


def report(results: Results) -> str:
    """All tables, each below a heading."""
    titles = {
        "leakage-members": f"Which of {CANDIDATES} candidates are the jury's",
        "leakage-classes": "How many samples of each class the jury has",
        "leakage-half": "The worst model that is accepted, in percent",
        "leakage-slices": "How often an update is accepted, in percent",
    }
    return "\n\n".join(f"{titles[name]}:\n\n{make()}" for name, make in tables_of(results).items())


def _sized(results: Results) -> list[str]:
    sizes = {each.data: each.samples for each in results.findings}
    return [f"{data}, {sizes[data]:,}" for data in results.datasets]


def _interleaved(*columns: list[str]) -> list[str]:
    return [each for row in zip(*columns, strict=True) for each in row]
