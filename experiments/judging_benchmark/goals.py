"""What judging is to cost at most, and what it does."""

from collections.abc import Iterator
from dataclasses import dataclass

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
from experiments.judging_benchmark.settings import FULL, MEDIAN, OTHER_MODELS

MOST_PRODUCTS = 1.25
LOADER_TIMES = 1.75
SELECTION_TIMES = 4.0
MOST_FEDAVGS = 1.5
MOST_MIB, MOST_MEDIAN_MIB = 1024, 512
MOST_PLAIN = 3.0
_SAMPLES = 10_000
_MANY = 10_000  # updates that are to take no more memory than fewer
_GROWTH = 1.05  # peaks of the same process differ by about as much


@dataclass(frozen=True)
class Goal:
    """A figure to reach.

    Attributes:
        what: is measured.
        measured: the figure; empty where it was not measured.
        aim: in words.
        met: whether it is reached; None where it was not measured.
    """

    what: str
    measured: str
    aim: str
    met: bool | None


def goals(results: Results) -> list[Goal]:
    """Every goal, whether it was measured or not."""
    return [
        *_update(results),
        *_selection(results),
        *_federation(results),
        *_memory(results),
        *_models(results),
    ]


def _at_most(what: str, value: float | None, most: float, of: str) -> Goal:
    measured = "" if value is None else f"{value:.2f} {of}"
    return Goal(what, measured, f"at most {most:g}", None if value is None else value <= most)


def _at_least(what: str, value: float | None, least: float, mark: str = "") -> Goal:
    measured = "" if value is None else f"{value:.2f} times as fast{mark}"
    return Goal(what, measured, f"at least {least:g}", None if value is None else value >= least)


def _update(results: Results) -> Iterator[Goal]:
    """Rounds of every measured length: of few updates the new model's own count is a good part."""
    found = results.of("update", threads=1, samples=_SAMPLES)
    for each in found:
        where = f"`paper`, {each.what['updates']} updates a round, beside"
        products = each.ratio(NOW, PRODUCT)
        yield _at_most(f"{where} one product", products, MOST_PRODUCTS, "products")
        loader = each.ratio(LOADER, NOW)
        yield _at_least(f"{where} a DataLoader loop", loader, LOADER_TIMES)
    if not found:
        yield _at_most("`paper`, beside one product", None, MOST_PRODUCTS, "")
        yield _at_least("`paper`, beside a DataLoader loop", None, LOADER_TIMES)


def longest(found: list[Measurement]) -> Measurement | None:
    """The measurement with the most updates."""
    return max(found, key=lambda each: each.what["updates"], default=None)


def _selection(results: Results) -> Iterator[Goal]:
    found = [
        each
        for each in results.of("rules", threads=1, samples=_SAMPLES, rule="selection")
        if each.has(BEFORE)
    ]
    for each in found:
        mark = " †" if BEFORE in each.borrowed else ""
        what = f"`selection`, {each.what['updates']} updates a round, beside the code before"
        yield _at_least(what, each.ratio(BEFORE, NOW), SELECTION_TIMES, mark)
    if not found:
        yield _at_least("`selection`, beside the code before", None, SELECTION_TIMES)


def _federation(results: Results) -> Iterator[Goal]:
    found = results.one("federation", threads=1)
    ratio = found.ratio(NOW, FEDAVG) if found else None
    what = "a federation with `selection`, beside plain averaging"
    yield _at_most(what, ratio, MOST_FEDAVGS, "times as long")


def _memory(results: Results) -> Iterator[Goal]:
    """Of each rule the longest round that is measured at all, and whether more take more."""
    for rule, lengths in FULL.memory:
        *_, fewer, most = lengths
        found = results.one("memory", rule=rule.label, updates=most)
        peak = float(found.facts["peak_mib"]) if found else None
        what = f"memory, `{rule.label}`, {most:,} updates"
        yield _below(what, peak, MOST_MIB)
        if rule == MEDIAN:
            more = peak - float(found.facts["start_mib"]) if found and peak else None
            yield _below(f"{what}, beyond what it starts with", more, MOST_MEDIAN_MIB)
        shorter = results.one("memory", rule=rule.label, updates=fewer)
        if peak and shorter and most == _MANY:
            growth = peak / float(shorter.facts["peak_mib"])
            what = f"memory, `{rule.label}`, {most:,} updates beside {fewer:,}"
            yield Goal(what, f"{growth:.2f} times", f"at most {_GROWTH:g}", growth <= _GROWTH)


def _below(what: str, mib: float | None, most: float) -> Goal:
    measured = "" if mib is None else f"{mib:,.0f} MiB"
    return Goal(what, measured, f"below {most:,} MiB", None if mib is None else mib < most)


def _models(results: Results) -> Iterator[Goal]:
    for name in OTHER_MODELS:
        found = results.one("models", model=name)
        ratio = found.ratio(NOW, SLICES) if found else None
        yield _at_most(f"{name}, beside plain float32", ratio, MOST_PLAIN, "times as long")
