"""The picture of docs/performance.md: an update, every rule, memory, and a whole federation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from experiments.judging_benchmark.goals import MOST_FEDAVGS, MOST_MIB, MOST_PRODUCTS, longest
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
from fedjury.simulation.plotting import (
    COLORS,
    EDGE,
    IDLE,
    JURY,
    MARKERS,
    PLAIN,
    decorate,
    drawing,
)

_OLD = COLORS[4]
_COLOR = {PRODUCT: PLAIN, LOADER: PLAIN, SLICES: PLAIN, FEDAVG: PLAIN, BEFORE: _OLD, NOW: JURY}
_LINES = {"paper": 0, "median": 2, "selection": 3}
"""Which of the colours and markers a rule's line has."""
_WORDS = {
    PRODUCT: "one bare product",
    SLICES: "plain loop, slices of 1,024",
    LOADER: "plain loop, DataLoader of 128",
    BEFORE: "judged, before",
    NOW: "judged, now",
    FEDAVG: "plain FedAvg",
}
_GOAL = {"color": EDGE, "lw": 1, "ls": "--"}
_SMALL = {"fontsize": 8.5, "color": EDGE, "textcoords": "offset points"}


def draw(results: Results, path: Path) -> None:
    """Draw what was measured; a panel without figures stays empty.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    with drawing(path, 11, 7.4) as figure:
        (update, rules), (federation, memory) = figure.subplots(2, 2, height_ratios=[5, 4])
        _update(update, results)
        _rules(rules, results)
        _federation(federation, results)
        _memory(memory, results)
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)


def _update(axes: Any, results: Results) -> None:
    decorate(
        axes,
        title="One update by the rule paper, 10,000 samples",
        x="products of 10,000 × 784 × 128, one thread",
        grid="x",
    )
    found = longest(results.of("update", threads=1))
    if found:
        _bars(axes, found, [PRODUCT, SLICES, LOADER, BEFORE, NOW], MOST_PRODUCTS)


def _federation(axes: Any, results: Results) -> None:
    decorate(
        axes,
        title="A federation on MNIST by the rule selection",
        x="times as long as plain FedAvg, one thread",
        grid="x",
    )
    found = results.one("federation", threads=1)
    if found:
        _bars(axes, found, [FEDAVG, BEFORE, NOW], MOST_FEDAVGS)


def _bars(axes: Any, measured: Measurement, names: list[str], goal: float) -> None:
    """A bar for each contestant, in units, with its figure in it; the goal is dashed."""
    rows = [name for name in reversed(names) if measured.has(name)]
    for row, name in enumerate(rows):
        length = measured.ratio(name) or 0.0
        axes.barh(row, length, color=_COLOR[name], height=0.62)
        axes.annotate(
            f"{length:.2f}",
            (0, row),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color="white",
            weight="bold",
        )
    axes.axvline(goal, **_GOAL)
    place = (goal, 1), ("data", "axes fraction")
    axes.annotate(f"goal {goal:g}", place[0], xycoords=place[1], xytext=(3, -3), va="top", **_SMALL)
    axes.set_yticks(range(len(rows)), [_WORDS[name] for name in rows])
    axes.set_ylim(-0.6, len(rows) - 0.2)
    axes.tick_params(axis="y", length=0)
    axes.set_axisbelow(True)


def _rules(axes: Any, results: Results) -> None:
    """From before to now, a row for each rule and number of updates."""
    decorate(
        axes,
        title="Every rule, by updates a round",
        x="products for each update, one thread",
        grid="x",
    )
    found = list(reversed(results.of("rules", threads=1)))
    if not found:
        return
    for row, each in enumerate(found):
        now, before = each.ratio(NOW) or 0.0, each.ratio(BEFORE)
        if before is not None:
            axes.plot([now, before], [row, row], color=IDLE, lw=3, zorder=1)
            axes.scatter(before, row, color=_OLD, zorder=2)
        axes.scatter(now, row, color=JURY, zorder=3)
    axes.set_xlim(left=min(0.9, axes.get_xlim()[0]))  # one product can be seen, too
    labels = [f"{each.what['rule']}, {each.what['updates']}" for each in found]
    axes.set_yticks(range(len(found)), labels, fontsize=8)
    axes.scatter([], [], color=JURY, label="now")
    axes.scatter([], [], color=_OLD, label="before")
    axes.legend(frameon=False, loc="lower right")
    _logarithmic(axes, [0.5, 1, 2, 3, 5, 10, 20, 30, 50])
    axes.set_axisbelow(True)


def _memory(axes: Any, results: Results) -> None:
    decorate(axes, title="Memory of a judging process", x="updates a round", y="peak, MiB")
    found = results.of("memory")
    if not found:
        return
    for rule in dict.fromkeys(str(each.what["rule"]) for each in found):
        here = [each for each in found if each.what["rule"] == rule]
        points = [(int(each.what["updates"]), float(each.facts["peak_mib"])) for each in here]
        style = {"color": COLORS[_LINES.get(rule, 5)], "marker": MARKERS[_LINES.get(rule, 5)]}
        axes.plot(*zip(*points, strict=True), label=rule, **style)
    axes.axhline(MOST_MIB, **_GOAL)
    place = (0, MOST_MIB), ("axes fraction", "data")
    axes.annotate("goal: below 1 GiB", place[0], xycoords=place[1], xytext=(4, 4), **_SMALL)
    axes.set_ylim(0, 1.18 * MOST_MIB)
    axes.legend(frameon=False, loc="lower right", ncols=3)
    _logarithmic(axes, sorted({int(each.what["updates"]) for each in found}))


def _logarithmic(axes: Any, ticks: Sequence[float]) -> None:
    """A logarithmic axis with these ticks alone, as far as they are on it, written in full."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    shown = [tick for tick in ticks if low <= tick <= high]
    axes.set_xticks(shown, [f"{tick:,}" for tick in shown])
    axes.set_xticks([], minor=True)
